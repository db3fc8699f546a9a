"""The plain token file: the token and its secret on two lines, in the working folder.

Read, it may also be what `flickr-auth show --format json` printed on another machine.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ..account import FIELDS, PERMS, ConsumerKeys
from ..errors import NotConfigured, UsageError
from ..provider import named
from ..storage import files, values
from .formats.json_file import settings
from .formats.two_lines import TwoLines
from .tool import FoundToken, whole_token

_LIKE = "Fix: paste what flickr-auth show --format json prints, or two lines: the token and its secret"


class TokenFile(TwoLines):
    """No tool, but a file that many scripts read."""

    summary = "a plain file of two lines, for scripts"

    def place(self, environ: Mapping[str, str]) -> Path:  # noqa: ARG002  # no variable moves it
        """In the working folder."""
        return Path("token")

    def parse(self, text: str, source: str, environ: Mapping[str, str], warn: files.Warn) -> list[FoundToken]:
        """The token of two lines, of four, or of an account in JSON."""
        stripped = text.removeprefix("\ufeff").lstrip()
        return [_account(text, source)] if stripped.startswith("{") else super().parse(text, source, environ, warn)


def _account(text: str, source: str) -> FoundToken:
    """The token in the JSON of an account, with all that it says of it. Raises `NotConfigured`."""
    fields = settings(text.removeprefix("\ufeff"), source, ())
    known = {name: value for name in FIELDS if isinstance(value := fields.get(name), str) and value}
    names = ("oauth_token", "oauth_token_secret")
    token = whole_token(names, known.get(names[0]), known.get(names[1]), source)
    if token is None:
        raise NotConfigured(f"{source} is JSON without an oauth_token.", _LIKE)
    for name in ("api_key", "api_secret", *names):
        if name in known:
            values.checked(known[name], f"{source}: {name}", hint=_LIKE)
    key, secret = known.get("api_key"), known.get("api_secret")
    if "provider" in known:
        try:
            known["provider"] = named(known["provider"]).name
        except UsageError as failure:
            raise NotConfigured(f"{source} has a provider that cannot be used. {failure.message}", _LIKE) from failure
    return FoundToken(
        token,
        ConsumerKeys(key, secret, source=source) if key and secret else None,
        key,
        user_nsid=known.get("user_nsid"),
        username=known.get("username"),
        fullname=known.get("fullname"),
        perms=known["perms"] if known.get("perms") in PERMS else None,
        provider=known.get("provider"),
    )


TOOL = TokenFile()
