"""Tools whose settings people edit themselves: for each the lines to add, and the words for where they belong.

flickr-cli-go    https://github.com/thedavidweng/flickr-cli/tree/main/internal/config
flickr-cli-php   https://github.com/TheFox/flickr-cli
flickr-exporter  https://github.com/cdzombak/flickr-exporter
flickraw         https://github.com/hanklords/flickraw
go-flickr-api    https://github.com/aaronland/go-flickr-api/blob/main/client/oauth1.go
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import quote, urlencode

from ..account import Account
from .formats import yaml_text
from .tool import Snippet, Tool, home_path, shown_path

Place = Callable[[Mapping[str, str]], Path]


class Printed(Tool):
    """A tool that is a row of the table below: `lines` makes the text, and `place` or `no_place` says where it goes."""

    written = False
    importable = False

    def __init__(
        self,
        name: str,
        summary: str,
        lines: Callable[[Account], str],
        place: Place | str,
        *,
        action: str = Snippet.action,
        instead: str = "",
        needs_details: bool = False,
    ) -> None:
        self._name, self.summary, self._lines, self._action, self._instead = name, summary, lines, action, instead
        self._place = None if isinstance(place, str) else place
        self.no_place = place if isinstance(place, str) else ""
        self.needs_details = needs_details

    @property
    def name(self) -> str:
        """What people type."""
        return self._name

    def place(self, environ: Mapping[str, str]) -> Path | None:
        """The file where the tool looks; None where it has no usual one."""
        return self._place(environ) if self._place else None

    def snippet(self, account: Account, environ: Mapping[str, str]) -> Snippet:
        """The lines with the four values."""
        place = self.place(environ)
        where = shown_path(place) if place else self.no_place
        return Snippet(self._lines(account), where, self._action, self._instead)


def _four(account: Account, *names: str) -> dict[str, str]:
    """The four values under a tool's names for them."""
    keys = account.keys
    values = (keys.api_key, keys.api_secret, account.oauth_token, account.oauth_token_secret)
    return dict(zip(names, values, strict=True))


def _shell(account: Account) -> str:
    names = ("API_KEY", "SHARED_SECRET", "ACCESS_TOKEN", "ACCESS_SECRET")
    return "\n".join(f"export FLICKRAW_{name}={shlex.quote(value)}" for name, value in _four(account, *names).items())


def _uri(account: Account) -> str:
    """A URI, percent-encoded, so that no value can end it or add to it."""
    values = _four(account, "consumer_key", "consumer_secret", "oauth_token", "oauth_token_secret")
    return f"oauth1://?{urlencode(values, quote_via=quote, safe='')}"


def _four_at_the_top(account: Account) -> str:
    return yaml_text.mapping(_four(account, "api_key", "api_secret", "oauth_token", "oauth_token_secret"))


def _four_under_flickr(account: Account) -> str:
    return yaml_text.mapping({"flickr": _four(account, "consumer_key", "consumer_secret", "token", "token_secret")})


def _profile(account: Account) -> str:
    """A profile under the person's name, which becomes the current one."""
    name = account.username or account.user_nsid or "default"
    profile: yaml_text.Values = {
        **_four(account, "api_key", "api_secret", "oauth_token", "oauth_token_secret"),
        "permissions": account.perms or "",
        "user": {"nsid": account.user_nsid or "", "username": account.username or ""},
    }
    return yaml_text.mapping({"current_profile": name, "profiles": {name: profile}})


def _config_yml(environ: Mapping[str, str]) -> Path:
    return Path(environ.get("FLICKRCLI_CONFIG") or "config.yml")


def _config_yaml(environ: Mapping[str, str]) -> Path:
    """In XDG_CONFIG_HOME, also on macOS and Windows, else where the system keeps settings."""
    named = environ.get("XDG_CONFIG_HOME") or (environ.get("APPDATA") if sys.platform == "win32" else None)
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
    Printed("flickr-cli-php", "flickr-cli, the one in PHP", _four_under_flickr, _config_yml),
    Printed("flickr-exporter", "flickr-exporter, in Go", _four_at_the_top, "the file that its -c names"),
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
