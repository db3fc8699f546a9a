"""flickr-download: the token in the two lines of ~/.flickr_token, and the API key in the YAML of ~/.flickr_download.

It is built on python-flickr-api, which reads and writes the token.
Source: https://github.com/beaufour/flickr-download/blob/master/flickr_download/flick_download.py
"""

from __future__ import annotations

from pathlib import Path

from ..account import Account
from ..program import quoted
from .formats import yaml_text
from .formats.two_lines import TwoLines
from .tool import home_path


class FlickrDownload(TwoLines):
    """flickr-download."""

    name = "flickr-download"
    summary = "flickr-download; export prints the API key for its settings"

    def place(self) -> Path:
        """Find it in the home folder on every platform."""
        return home_path(".flickr_token")

    def next_step(self, account: Account) -> str:
        """List the person's own photosets."""
        return f"flickr_download -l {quoted(account.user_nsid)}" if account.user_nsid else ""

    def lines(self, account: Account) -> str:
        """Return the API key, for the file with its other settings."""
        if account.api_key is None:
            return ""
        return yaml_text.mapping({"api_key": account.keys.api_key, "api_secret": account.keys.api_secret})

    def lead(self) -> str:
        """Name that other file."""
        return f"{self.action} {home_path('.flickr_download')}"


TOOL = FlickrDownload()
