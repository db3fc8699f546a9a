"""FlickRaw, the Ruby library: its scripts take the four values from the environment.

Source: https://github.com/hanklords/flickraw
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping

from ..account import Account
from .tool import Snippet, Tool


class FlickRaw(Tool):
    """The Ruby library FlickRaw."""

    summary = "the Ruby library FlickRaw"
    written = False
    importable = False
    no_place = "the environment of your Ruby script"

    def snippet(self, account: Account, environ: Mapping[str, str]) -> Snippet:  # noqa: ARG002  # it is the same always
        """Lines for a shell."""
        keys = account.keys
        variables = {
            "FLICKRAW_API_KEY": keys.api_key,
            "FLICKRAW_SHARED_SECRET": keys.api_secret,
            "FLICKRAW_ACCESS_TOKEN": account.oauth_token,
            "FLICKRAW_ACCESS_SECRET": account.oauth_token_secret,
        }
        lines = [f"export {name}={shlex.quote(value)}" for name, value in variables.items()]
        return Snippet("\n".join(lines), self.no_place, "Set these variables in")


TOOL = FlickRaw()
