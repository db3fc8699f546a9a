"""flickcurl: the four values in the section [flickr] of ~/.flickcurl.conf.

Its reader knows `name=value` without spaces, `#` comments, and the first such section alone.
Source: https://github.com/dajobe/flickcurl/blob/master/src/config.c
"""

from __future__ import annotations

import os
from pathlib import Path

from .. import values
from ..account import Account
from ..errors import NotConfigured
from ..storage import files
from .tool import Tool, check_line_values, found, four, home_path

_NAMES = ("oauth_client_key", "oauth_client_secret", "oauth_token", "oauth_token_secret")


class Flickcurl(Tool):
    """flickcurl and flickrdf."""

    name = "flickcurl"
    summary = "the C library flickcurl and its programs"
    written = False

    def place(self) -> Path:
        """Find it in HOME, which flickcurl reads on every platform."""
        return Path(os.environ["HOME"], ".flickcurl.conf") if os.environ.get("HOME") else home_path(".flickcurl.conf")

    def lines(self, account: Account) -> str:
        """Return the section with the four values. Raises `NotConfigured` for a value that would break its line."""
        named = four(account, _NAMES)
        check_line_values([*named.values()])
        return "\n".join(["[flickr]", *(f"{name}={named[name]}" for name in (*_NAMES[2:], *_NAMES[:2]))])

    def parse(self, text: str, source: str, warn: files.Warn) -> list[Account]:  # noqa: ARG002  # nothing to warn of
        """Read the token, with its keys if both are there; none if flickcurl has not been authorized yet."""
        settings = _section(text, source)
        if settings is None:
            raise NotConfigured(f"{source} has no section [flickr].", "Try: --path FILE")
        return found(_NAMES, tuple(settings.get(name) for name in _NAMES), source)


def _section(text: str, source: str) -> dict[str, str] | None:
    """Read the settings of the first section [flickr], None if there is none. Raises `NotConfigured` with the line."""
    settings: dict[str, str] | None = None
    for number, line in enumerate(map(str.strip, text.splitlines()), start=1):
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
