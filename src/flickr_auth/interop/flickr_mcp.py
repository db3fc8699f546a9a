"""flickr-mcp, the MCP server from npm: the four values and whose they are in ~/.config/flickr-mcp/credentials.json.

Source: https://github.com/MK3Core/flickr-mcp/blob/main/src/auth.ts
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ..account import Account
from ..storage import files
from .formats.json_file import JsonFile
from .tool import FoundToken, home_path


class FlickrMcp(JsonFile):
    """The MCP server flickr-mcp."""

    summary = "the MCP server flickr-mcp (npm)"
    needs_details = True
    names = ("api_key", "api_secret", "oauth_token", "oauth_token_secret")
    indent = "  "

    def place(self, environ: Mapping[str, str]) -> Path:  # noqa: ARG002  # it asks no variable, on no platform
        """The same on every platform."""
        return home_path(".config", "flickr-mcp", "credentials.json")

    def describing(self, account: Account) -> dict[str, str]:
        """Whose token it is."""
        return {"user_nsid": account.user_nsid or "", "username": account.username or ""}

    def next_step(self, account: Account, path: Path) -> str:  # noqa: ARG002  # it finds its file
        """The server reads its file when it starts."""
        return "restart the MCP client that uses flickr-mcp"

    def parse(self, text: str, source: str, environ: Mapping[str, str], warn: files.Warn) -> list[FoundToken]:  # noqa: ARG002  # no variable says more
        """The token with its keys, and whose it is."""
        settings = self.settings(text.removeprefix("\ufeff"), source)
        whose = {name: settings.get(name) for name in ("user_nsid", "username")}
        known = {name: value for name, value in whose.items() if isinstance(value, str) and value}
        return self.found([settings.get(name) for name in self.names], source, **known)


TOOL = FlickrMcp()
