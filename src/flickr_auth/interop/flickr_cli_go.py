"""flickr-cli, the one in Go, called `flickr`: our own four variables, else a profile in the YAML of its config.yaml.

Source: https://github.com/thedavidweng/flickr-cli/tree/main/internal/config
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from ..account import Account
from .formats import yaml_text
from .tool import Snippet, Tool, home_path

_FILE = ("flickr-cli", "config.yaml")


class FlickrCliGo(Tool):
    """thedavidweng/flickr-cli."""

    summary = "flickr-cli, the one in Go, run as flickr"
    written = False
    importable = False
    needs_details = True

    def place(self, environ: Mapping[str, str]) -> Path:
        """In XDG_CONFIG_HOME, also on macOS and Windows, else where the system keeps settings."""
        named = environ.get("XDG_CONFIG_HOME") or (environ.get("APPDATA") if sys.platform == "win32" else None)
        if named:
            return Path(named, *_FILE)
        folder = ("Library", "Application Support") if sys.platform == "darwin" else (".config",)
        return home_path(*folder, *_FILE)

    def snippet(self, account: Account, environ: Mapping[str, str]) -> Snippet:
        """A profile under the person's name, which becomes the current one."""
        keys = account.keys
        name = account.username or account.user_nsid or "default"
        profile: yaml_text.Values = {
            "api_key": keys.api_key,
            "api_secret": keys.api_secret,
            "oauth_token": account.oauth_token,
            "oauth_token_secret": account.oauth_token_secret,
            "permissions": account.perms or "",
            "user": {"nsid": account.user_nsid or "", "username": account.username or ""},
        }
        text = yaml_text.mapping({"current_profile": name, "profiles": {name: profile}})
        without = "Or add nothing, and start it with the token: flickr-auth run -- flickr auth status"
        return Snippet(text, str(self.place(environ)), instead=without)


TOOL = FlickrCliGo()
