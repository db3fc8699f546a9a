"""gallery-dl: the four values under extractor.flickr in its JSON configuration.

Of several configuration files the later one wins. A token that `gallery-dl oauth:flickr` got is in its cache, and
counts where the configuration names none.
Sources: https://github.com/mikf/gallery-dl, gallery_dl/config.py, oauth.py and cache.py
"""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from urllib.parse import quote

from .. import values
from ..account import Account
from ..errors import Error, NotConfigured
from ..storage import files
from .formats import sqlite
from .formats.json_file import JsonFile, accounts, settings
from .tool import home_path, ignore

_CACHE = "cache"  # a token that sends gallery-dl there
_SHOWN = 300  # characters of a path in its settings


class GalleryDl(JsonFile):
    """gallery-dl."""

    name = "gallery-dl"
    summary = "gallery-dl; export also adds an API key, to avoid error 401"
    within = ("extractor", "flickr")
    names = ("api-key", "api-secret", "access-token", "access-token-secret")

    def place(self) -> Path:
        """Find the file whose token gallery-dl uses; else the first of its files that is there; else the first.

        Raises `NotConfigured` if GDL_CONFIG_TYPE asks for another format than JSON.
        """
        form = os.environ.get("GDL_CONFIG_TYPE") or "json"
        if form.lower() != "json":
            raise NotConfigured(
                "GDL_CONFIG_TYPE makes gallery-dl read another format than JSON, which flickr-auth does not write.",
                "Run: flickr-auth export gallery-dl --stdout",
            )
        places = _places()
        with_token = [path for path in places if self._has_token(path)]
        there = [path for path in places if os.path.isfile(path)]
        return (with_token[-1:] or there or places)[0]

    def parse(self, text: str, source: str, warn: files.Warn) -> list[Account]:
        """Read the token in the file, else the one in gallery-dl's cache; none if there is neither."""
        fields = settings(text, source, self.within)
        key_name, _, *token_names = self.names
        key, token = fields.get(key_name), fields.get(token_names[0])
        if token in (None, _CACHE):
            cached = _cached(*_cache(text, source), key, warn) if isinstance(key, str) and key else (None, None)
            if token == _CACHE or all(cached):
                fields |= dict(zip(token_names, cached, strict=True))
        return accounts(fields, self.names, source)

    def next_step(self, account: Account) -> str:
        """Get the person's own photos."""
        return (
            f"gallery-dl https://www.flickr.com/photos/{quote(account.user_nsid, safe='@')}/"
            if account.user_nsid
            else ""
        )

    def _has_token(self, path: Path) -> bool:
        """Tell whether a configuration has any of the four values; gallery-dl passes over one that it cannot read."""
        with contextlib.suppress(Error):
            fields = settings(self._text(path, ignore)[1], str(path), self.within)
            return any(fields.get(name) is not None for name in self.names)
        return False


def _places() -> list[Path]:
    """List the user's files, in gallery-dl's order."""
    if sys.platform == "win32":
        roaming = os.environ.get("APPDATA") or str(home_path())
        return [
            Path(roaming, "gallery-dl", "config.json"),
            home_path("gallery-dl", "config.json"),
            home_path("gallery-dl.conf"),
        ]
    named = os.environ.get("XDG_CONFIG_HOME")
    folder = Path(named) if named else home_path(".config")
    return [folder / "gallery-dl" / "config.json", home_path(".gallery-dl.conf")]


def _cache(text: str, source: str) -> tuple[Path, str]:
    """Find the cache, and what messages call it: as the configuration has it, if that says where it is.

    There `$NAME` may be any variable, also one with a secret: it is followed, as gallery-dl does, and never shown.
    """
    named = settings(text, source, ("cache",)).get("file")
    if isinstance(named, str) and named:
        return Path(os.path.expandvars(os.path.expanduser(named))), f"The cache {named[:_SHOWN]!r} of gallery-dl"
    if sys.platform == "win32":
        folder = os.environ.get("APPDATA")
    else:
        folder = os.environ.get("XDG_CACHE_HOME") or str(home_path(".cache"))
    return Path(os.path.expanduser(folder) if folder else home_path(), "gallery-dl", "cache.sqlite3"), ""


def _cached(path: Path, shown: str, key: str, warn: files.Warn) -> tuple[str | None, str | None]:
    """Read the token and its secret from gallery-dl's cache. They are pickled there; nothing is unpickled."""
    import pickletools

    name = f"gallery_dl.oauth._token_cache-{('flickr', key)}"
    try:
        with sqlite.readable(path, warn, shown) as database:
            sqlite.has_table(database, "data", shown or path)  # no view; a table that is missing is SQLite's error
            row = database.execute("SELECT value FROM data WHERE key=?", (name,)).fetchone()
    except files.Missing:
        return None, None
    try:
        operations = pickletools.genops(row[0]) if row and isinstance(row[0], bytes) else ()
        strings = [argument for what, argument, _ in operations if what.name.endswith("UNICODE")]
    except ValueError:
        raise NotConfigured(f"{shown or path} has a token of Flickr's that cannot be read.") from None
    if len(strings) != 2:  # the token and its secret
        return None, None
    for what, value in zip(("token", "token secret"), strings, strict=True):
        values.checked(str(value), f"{shown or path}: the {what}")
    return strings[0], strings[1]


TOOL = GalleryDl()
