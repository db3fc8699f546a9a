"""Tools whose settings people edit themselves: for each the lines to add, and the words for where they belong.

flickr-cli-go    https://github.com/thedavidweng/flickr-cli/tree/main/internal/config
flickr-cli-php   https://github.com/TheFox/flickr-cli
flickr-exporter  https://github.com/cdzombak/flickr-exporter
flickraw         https://github.com/hanklords/flickraw
go-flickr-api    https://github.com/aaronland/go-flickr-api/blob/main/client/oauth1.go
"""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote, urlencode

from ..account import Account
from .formats import yaml_text
from .tool import Tool, four, home_path


class Printed(Tool):
    """A row of the table below. `lines` makes the text; `place` finds the file it belongs in, or says so in words."""

    written = False
    importable = False

    def __init__(
        self,
        name: str,
        summary: str,
        lines: Callable[[Account], str],
        place: Callable[[], Path] | str,
        *,
        action: str = Tool.action,
        instead: str = "",
        needs_details: bool = False,
    ) -> None:
        self.name, self.summary, self.action, self.instead = name, summary, action, instead
        self.needs_details = needs_details
        self._lines = lines
        self.no_place = place if isinstance(place, str) else ""
        self._place = place

    def place(self) -> Path | None:
        """Find the file where the tool looks; None if there is no usual one."""
        return None if isinstance(self._place, str) else self._place()

    def lines(self, account: Account) -> str:
        """Return the lines with the four values."""
        return self._lines(account)


def _shell(account: Account) -> str:
    names = ("API_KEY", "SHARED_SECRET", "ACCESS_TOKEN", "ACCESS_SECRET")
    return "\n".join(f"export FLICKRAW_{name}={shlex.quote(value)}" for name, value in four(account, names).items())


def _uri(account: Account) -> str:
    """Write a URI, percent-encoded, so that no value can end it or add to it."""
    values = four(account, ("consumer_key", "consumer_secret", "oauth_token", "oauth_token_secret"))
    return f"oauth1://?{urlencode(values, quote_via=quote, safe='')}"


def _top(account: Account) -> str:
    return yaml_text.mapping(four(account, ("api_key", "api_secret", "oauth_token", "oauth_token_secret")))


def _flickr(account: Account) -> str:
    return yaml_text.mapping({"flickr": four(account, ("consumer_key", "consumer_secret", "token", "token_secret"))})


def _profile(account: Account) -> str:
    """Write a profile under the person's name, which becomes the current one."""
    name = account.username or account.user_nsid or "default"
    profile: yaml_text.Values = {
        **four(account, ("api_key", "api_secret", "oauth_token", "oauth_token_secret")),
        "permissions": account.perms or "",
        "user": {"nsid": account.user_nsid or "", "username": account.username or ""},
    }
    return yaml_text.mapping({"current_profile": name, "profiles": {name: profile}})


def _config_yml() -> Path:
    return Path(os.environ.get("FLICKRCLI_CONFIG") or "config.yml")


def _config_yaml() -> Path:
    """Find it in XDG_CONFIG_HOME, also on macOS and Windows, else where the system keeps settings."""
    named = os.environ.get("XDG_CONFIG_HOME") or (os.environ.get("APPDATA") if sys.platform == "win32" else None)
    system = ("Library", "Application Support") if sys.platform == "darwin" else (".config",)
    return Path(named or home_path(*system), "flickr-cli", "config.yaml")


TOOLS = (
    Printed(
        "flickr-cli-go",
        "flickr-cli, the one in Go, run as flickr",
        _profile,
        _config_yaml,
        instead="Or add nothing, and start it with the token: flickr-auth run -- flickr auth status",
        needs_details=True,
    ),
    Printed("flickr-cli-php", "flickr-cli, the one in PHP", _flickr, _config_yml),
    Printed("flickr-exporter", "flickr-exporter, in Go", _top, "the file that its -c names"),
    Printed(
        "flickraw",
        "the Ruby library FlickRaw",
        _shell,
        "the environment of your Ruby script",
        action="Set these variables in",
    ),
    Printed(
        "go-flickr-api",
        "the Go library go-flickr-api and its programs",
        _uri,
        "the -client-uri of its programs",
        action="Pass this URI as",
    ),
)
