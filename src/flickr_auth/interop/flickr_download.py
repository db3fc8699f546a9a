"""flickr-download: the token in the two lines of ~/.flickr_token, and the API key in the YAML of ~/.flickr_download.

It is built on python-flickr-api, which reads and writes the token.
Source: https://github.com/beaufour/flickr-download/blob/master/flickr_download/flick_download.py
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ..account import Account
from .formats import yaml_text
from .formats.two_lines import TwoLines
from .tool import Snippet, home_path


class FlickrDownload(TwoLines):
    """flickr-download."""

    summary = "flickr-download; export prints the API key for its settings"

    def place(self, environ: Mapping[str, str]) -> Path:  # noqa: ARG002  # no variable moves it
        """The same on every platform."""
        return home_path(".flickr_token")

    def next_step(self, account: Account, path: Path) -> str:  # noqa: ARG002  # it finds its file
        """Their own photosets, once the key is there."""
        return f"flickr_download -l {account.user_nsid}" if account.user_nsid else ""

    def snippet(self, account: Account, environ: Mapping[str, str]) -> Snippet | None:  # noqa: ARG002  # likewise
        """The API key, for the file with its other settings."""
        if account.api_key is None:
            return None
        keys = account.keys
        text = yaml_text.mapping({"api_key": keys.api_key, "api_secret": keys.api_secret})
        return Snippet(text, str(home_path(".flickr_download")))


TOOL = FlickrDownload()
