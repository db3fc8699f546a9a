"""Tools that take the four values from where people put them by hand: flickr-cli's YAML and FlickRaw's variables.

Sources: https://github.com/TheFox/flickr-cli, https://github.com/hanklords/flickraw
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from pathlib import Path

from ..account import Account
from .tool import Snippet, Tool, shown


class FlickrCli(Tool):
    """TheFox/flickr-cli."""

    in_place = False

    def place(self, environ: Mapping[str, str]) -> Path:
        """What FLICKRCLI_CONFIG names, else config.yml in the working folder."""
        return Path(environ.get("FLICKRCLI_CONFIG") or "config.yml")

    def by_hand(self, account: Account, environ: Mapping[str, str]) -> Snippet:
        """The part of the YAML file with the four values."""
        keys = account.keys
        values = {
            "consumer_key": keys.api_key,
            "consumer_secret": keys.api_secret,
            "token": account.oauth_token,
            "token_secret": account.oauth_token_secret,
        }
        # JSON's strings are YAML's, too; without quotes 16 digits would be a number there.
        lines = [f"  {name}: {json.dumps(value)}" for name, value in values.items()]
        return Snippet("\n".join(["flickr:", *lines]), shown(self.place(environ)))


class FlickRaw(Tool):
    """The Ruby library: its scripts take the values from the environment."""

    in_place = False

    def place(self, environ: Mapping[str, str]) -> None:  # noqa: ARG002  # there is no file
        """None: FlickRaw has no file."""
        return

    def by_hand(self, account: Account, environ: Mapping[str, str]) -> Snippet:  # noqa: ARG002  # it is the same always
        """Lines for a shell."""
        keys = account.keys
        variables = {
            "FLICKRAW_API_KEY": keys.api_key,
            "FLICKRAW_SHARED_SECRET": keys.api_secret,
            "FLICKRAW_ACCESS_TOKEN": account.oauth_token,
            "FLICKRAW_ACCESS_SECRET": account.oauth_token_secret,
        }
        lines = [f"export {name}={shlex.quote(value)}" for name, value in variables.items()]
        return Snippet("\n".join(lines), "the environment of your Ruby script")


TOOLS: dict[str, Tool] = {"flickr-cli": FlickrCli("flickr-cli"), "flickraw": FlickRaw("flickraw")}
