"""flickcurl: the four values in the section [flickr] of ~/.flickcurl.conf.

Its reader knows `name=value` without spaces, `#` comments, and the first such section alone.
Source: https://github.com/dajobe/flickcurl/blob/master/src/config.c
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ..account import Account, ConsumerKeys
from ..errors import NotConfigured
from ..storage import files, values
from .tool import FoundToken, Snippet, Tool, home_path, line_values, whole_token

_NAMES = ("oauth_token", "oauth_token_secret", "oauth_client_key", "oauth_client_secret")


class Flickcurl(Tool):
    """flickcurl and flickrdf."""

    summary = "the C library flickcurl and its programs"
    written = False

    def place(self, environ: Mapping[str, str]) -> Path:
        """In HOME, or the working folder where there is none."""
        return Path(environ["HOME"], ".flickcurl.conf") if environ.get("HOME") else home_path(".flickcurl.conf")

    def snippet(self, account: Account, environ: Mapping[str, str]) -> Snippet:
        """The section with the four values."""
        keys = account.keys
        parts = line_values(account.oauth_token, account.oauth_token_secret, keys.api_key, keys.api_secret)
        lines = [f"{name}={value}" for name, value in zip(_NAMES, parts, strict=True)]
        return Snippet("\n".join(["[flickr]", *lines]), str(self.place(environ)))

    def parse(self, text: str, source: str, environ: Mapping[str, str], warn: files.Warn) -> list[FoundToken]:  # noqa: ARG002  # no variable says more
        """The token, with its keys if both are there; none if flickcurl has not been authorized yet."""
        settings = _section(text, source)
        if settings is None:
            raise NotConfigured(f"{source} has no section [flickr].", "Try: --path FILE")
        token, token_secret, key, secret = (settings.get(name) for name in _NAMES)
        whole = whole_token(_NAMES[:2], token, token_secret, source)
        keys = ConsumerKeys(key, secret, source=source) if key and secret else None
        return [FoundToken(whole, keys, key)] if whole else []


def _section(text: str, source: str) -> dict[str, str] | None:
    """The settings of the first section [flickr]; None if there is none. Raises `NotConfigured`, naming the line."""
    settings: dict[str, str] | None = None
    for number, line in enumerate(map(str.strip, text.removeprefix("\ufeff").splitlines()), start=1):
        if line.startswith("["):
            if settings is not None:
                break
            settings = {} if line == "[flickr]" else None
        elif settings is not None and "=" in line and not line.startswith("#"):
            name, _, value = line.partition("=")
            name, value = name.strip(), value.strip()
            settings[name] = values.checked(value, f"{source}, line {number},") if name in _NAMES and value else value
    return settings


TOOL = Flickcurl()
