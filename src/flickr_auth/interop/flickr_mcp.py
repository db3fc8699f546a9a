"""flickr-mcp, the MCP server from npm: the four values and whose they are in ~/.config/flickr-mcp/credentials.json.

Source: https://github.com/MK3Core/flickr-mcp/blob/main/src/auth.ts
"""

from __future__ import annotations

from pathlib import Path

from ..account import Account
from .formats.json_file import JsonFile
from .tool import home_path


class FlickrMcp(JsonFile):
    """The MCP server flickr-mcp."""

    name = "flickr-mcp"
    summary = "the MCP server flickr-mcp (npm)"
    needs_details = True
    names = ("api_key", "api_secret", "oauth_token", "oauth_token_secret")
    also = ("user_nsid", "username")
    indent = "  "

    def place(self) -> Path:
        """Find it in ~/.config on every platform, whatever the variables say."""
        return home_path(".config", "flickr-mcp", "credentials.json")

    def next_step(self, account: Account) -> str:  # noqa: ARG002  # it has one account
        """Have the server read its file, which it does when it starts."""
        return "restart the MCP client that uses flickr-mcp"


TOOL = FlickrMcp()
