"""flickr-exporter, in Go: the four values at the top level of the YAML file that its option -c names.

Source: https://github.com/cdzombak/flickr-exporter
"""

from __future__ import annotations

from collections.abc import Mapping

from ..account import Account
from .formats import yaml_text
from .tool import Snippet, Tool


class FlickrExporter(Tool):
    """cdzombak/flickr-exporter."""

    summary = "flickr-exporter, in Go"
    written = False
    importable = False
    no_place = "the file that its -c names"

    def snippet(self, account: Account, environ: Mapping[str, str]) -> Snippet:  # noqa: ARG002  # no variable moves it
        """The whole file."""
        keys = account.keys
        values = {
            "api_key": keys.api_key,
            "api_secret": keys.api_secret,
            "oauth_token": account.oauth_token,
            "oauth_token_secret": account.oauth_token_secret,
        }
        return Snippet(yaml_text.mapping(values), self.no_place)


TOOL = FlickrExporter()
