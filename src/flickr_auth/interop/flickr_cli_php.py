"""flickr-cli, the one in PHP: the four values in the YAML of config.yml, which people edit by hand.

Source: https://github.com/TheFox/flickr-cli
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ..account import Account
from .formats import yaml_text
from .tool import Snippet, Tool, shown_path


class FlickrCliPhp(Tool):
    """TheFox/flickr-cli."""

    summary = "flickr-cli, the one in PHP"
    written = False
    importable = False

    def place(self, environ: Mapping[str, str]) -> Path:
        """What FLICKRCLI_CONFIG names, else config.yml in the working folder."""
        return Path(environ.get("FLICKRCLI_CONFIG") or "config.yml")

    def snippet(self, account: Account, environ: Mapping[str, str]) -> Snippet:
        """The part of the YAML file with the four values."""
        keys = account.keys
        values = {
            "consumer_key": keys.api_key,
            "consumer_secret": keys.api_secret,
            "token": account.oauth_token,
            "token_secret": account.oauth_token_secret,
        }
        return Snippet(yaml_text.mapping({"flickr": values}), shown_path(self.place(environ)))


TOOL = FlickrCliPhp()
