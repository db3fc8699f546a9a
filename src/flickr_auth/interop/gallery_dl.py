"""gallery-dl: the four values under extractor.flickr in its JSON configuration.

Of several configuration files the later one wins. A token that `gallery-dl oauth:flickr` got is in its cache, and
counts where the configuration names none.
Sources: https://github.com/mikf/gallery-dl, gallery_dl/config.py, oauth.py and cache.py
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..account import Account, ConsumerKeys, Token
from ..errors import Error, NotConfigured
from ..storage import files
from .formats import json_text, sqlite
from .tool import LEFT_ALONE, Existing, FoundToken, Tool, decoded, home_path, ignore

_WHERE = ("extractor", "flickr")
_NAMES = ("api-key", "api-secret", "access-token", "access-token-secret")
_NEW = "{\n}\n"
_LONGEST = 4 * 1024 * 1024
_LONGEST_CACHE = 256 * 1024 * 1024
_BOM = "\ufeff"


class GalleryDl(Tool):
    """gallery-dl."""

    summary = "gallery-dl, which has no API key of its own (401 without one)"

    def place(self, environ: Mapping[str, str]) -> Path:
        """The file whose token gallery-dl uses; else the first of its files that is there; else the first.

        Raises `NotConfigured` where GDL_CONFIG_TYPE asks for another format than JSON.
        """
        form = environ.get("GDL_CONFIG_TYPE") or "json"
        if form.lower() != "json":
            raise NotConfigured(
                "GDL_CONFIG_TYPE says that gallery-dl's configuration is not JSON, and nothing else is written here.",
                "For a file to edit yourself: flickr-auth export gallery-dl --stdout",
            )
        places = _places(environ)
        with_token = [path for path in places if any(value is not None for value in _settings_or_none(path))]
        there = [path for path in places if path.is_file()]
        return (with_token[-1:] or there or places)[0]

    def existing(self, path: Path, account: Account, warn: files.Warn) -> Existing:
        """Compare the four values; what is missing of them replaces nothing."""
        _, text = _text(path, warn)
        now, wanted = _settings(text, path), _values(account)
        if now == tuple(wanted.values()):
            return Existing.SAME
        differs = any(one not in (None, other) for one, other in zip(now, wanted.values(), strict=True))
        return Existing.ANOTHER if differs else Existing.NOTHING

    def write(self, path: Path, account: Account, warn: files.Warn) -> None:
        """Set the four values, and keep every other character of the file."""
        mark, text = _text(path, ignore)
        try:
            changed = json_text.with_values(text, _WHERE, _values(account))
        except json_text.Fault as fault:
            raise _unusable(path, fault) from None
        files.write(path, (mark + changed).encode())
        if mark:
            warn(f"{path} begins with a byte-order mark, so that gallery-dl cannot read it: save it without one.")

    def printed(self, account: Account) -> str:
        """A configuration with the four values and nothing else."""
        return json_text.with_values(_NEW, _WHERE, _values(account))

    def read(
        self, path: Path, environ: Mapping[str, str], warn: files.Warn, *, named: bool = False
    ) -> list[FoundToken]:
        """The token in the file, else the one in gallery-dl's cache; none where there is neither."""
        text = decoded(files.read(path, warn, named=named, longest=_LONGEST), path)
        key, secret, token, token_secret = (
            value if isinstance(value, str) and value else None for value in _settings(text.removeprefix(_BOM), path)
        )
        if key and token in (None, "cache"):
            token, token_secret = _cached(_cache(environ, text), key, warn)
        if not token or not token_secret:
            return []
        keys = ConsumerKeys(key, secret, source=str(path)) if key and secret else None
        return [FoundToken(Token(token, token_secret), keys, key)]


def _places(environ: Mapping[str, str]) -> list[Path]:
    """The user's files, in gallery-dl's order."""
    if sys.platform == "win32":
        roaming = environ.get("APPDATA") or str(home_path())
        return [
            Path(roaming, "gallery-dl", "config.json"),
            home_path("gallery-dl", "config.json"),
            home_path("gallery-dl.conf"),
        ]
    named = environ.get("XDG_CONFIG_HOME")
    folder = Path(named) if named else home_path(".config")
    return [folder / "gallery-dl" / "config.json", home_path(".gallery-dl.conf")]


def _cache(environ: Mapping[str, str], text: str) -> Path:
    """Where the cache is: the configuration may say so."""
    settings = json_text.parse(text.removeprefix(_BOM)).get("cache")
    named = settings.get("file") if isinstance(settings, dict) else None
    if isinstance(named, str) and named:
        return Path(os.path.expandvars(os.path.expanduser(named)))  # as gallery-dl does
    if sys.platform == "win32":
        folder = environ.get("APPDATA") or "~"
    else:
        folder = environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(os.path.expanduser(folder), "gallery-dl", "cache.sqlite3")  # as gallery-dl does


def _values(account: Account) -> dict[str, str]:
    keys = account.keys
    values = (keys.api_key, keys.api_secret, account.oauth_token, account.oauth_token_secret)
    return dict(zip(_NAMES, values, strict=True))


def _text(path: Path, warn: files.Warn) -> tuple[str, str]:
    """The byte-order mark of a configuration, if it has one, and its text; a new one where there is none."""
    try:
        text = decoded(files.read(path, warn, longest=_LONGEST), path)
    except files.Missing:
        return "", _NEW
    mark, text = (_BOM, text[1:]) if text.startswith(_BOM) else ("", text)
    return mark, text if text.strip() else _NEW


def _settings(text: str, path: Path) -> tuple[Any, ...]:
    """What the four settings are, None for each that is missing."""
    try:
        inner = json_text.parse(text)
    except json_text.Fault as fault:
        raise _unusable(path, fault) from None
    for name in _WHERE:
        inner = inner.get(name) if isinstance(inner, dict) else None
    return tuple(inner.get(name) if isinstance(inner, dict) else None for name in _NAMES)


def _settings_or_none(path: Path) -> tuple[Any, ...]:
    """Likewise, and nothing for a file that gallery-dl passes over, as it does with what it cannot read."""
    with contextlib.suppress(Error):
        return _settings(_text(path, ignore)[1], path)
    return ()


def _unusable(path: Path, fault: json_text.Fault) -> NotConfigured:
    return NotConfigured(f"{path}, line {fault.line}, cannot be used: {fault.why}.", LEFT_ALONE)


def _cached(path: Path, key: str, warn: files.Warn) -> tuple[str | None, str | None]:
    """The token and secret in gallery-dl's cache. They are pickled there, and are picked out without unpickling."""
    import pickletools

    try:
        files.read(path, warn, longest=_LONGEST_CACHE)  # a file, ours to read, and for nobody else
    except files.Missing:
        return None, None
    name = f"gallery_dl.oauth._token_cache-{('flickr', key)}"
    with sqlite.opened(path, "ro") as database:
        row = database.execute("SELECT value FROM data WHERE key=?", (name,)).fetchone()
    try:
        operations = pickletools.genops(row[0]) if row and isinstance(row[0], bytes) else ()
        strings = [argument for what, argument, _ in operations if what.name.endswith("UNICODE")]
    except ValueError:
        raise NotConfigured(f"{path} has a token of Flickr's that cannot be read.") from None
    return (strings[0], strings[1]) if len(strings) == 2 else (None, None)  # the token and its secret


TOOL = GalleryDl()
