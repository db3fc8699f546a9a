"""The plain token file: the token and its secret on two lines, in the working folder.

Read, it may also be what `flickr-auth show --json` printed on another machine.
"""

from __future__ import annotations

from pathlib import Path

from ..account import PERMS, Account
from ..errors import NotConfigured, UsageError
from ..provider import named
from ..storage import files
from .formats import json_file
from .formats.two_lines import TwoLines

_NAMES = ("api_key", "api_secret", "oauth_token", "oauth_token_secret")
_LIKE = "Fix: paste what flickr-auth show --json prints, or two lines: the token and its secret"


class TokenFile(TwoLines):
    """No tool, but a file that many scripts read."""

    name = "token"
    summary = "a plain file of two lines, for scripts"
    called = "a token file"

    def place(self) -> Path:
        """Find it in the working folder."""
        return Path("token")

    def parse(self, text: str, source: str, warn: files.Warn) -> list[Account]:
        """Read the token of two lines, of four, or of an account in JSON."""
        return [_account(text, source)] if text.lstrip().startswith("{") else super().parse(text, source, warn)


def _account(text: str, source: str) -> Account:
    """Read an account in JSON. Raises `NotConfigured`."""
    fields = json_file.settings(text, source, ())
    known = json_file.texts(fields, ("user_nsid", "username", "fullname", "perms", "provider"))
    if known["perms"] not in PERMS:
        known["perms"] = None
    if known["provider"]:
        try:
            known["provider"] = named(known["provider"]).name
        except UsageError as failure:
            raise NotConfigured(f"{source} has a provider that cannot be used. {failure.message}", _LIKE) from failure
    accounts = json_file.accounts(fields, _NAMES, source, **known)
    if not accounts:
        raise NotConfigured(f"{source} is JSON without an oauth_token.", _LIKE)
    return accounts[0]


TOOL = TokenFile()
