"""Find, read and keep the consumer keys.

The file `apikeys` has two lines, the key and then its secret. Blank lines, `#` comments, a byte-order mark, CRLF and
spaces around are fine. Errors name the file and the line and say what it should look like; they never quote it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from ..account import ConsumerKeys, can_sign
from ..errors import KeysError, NoKeys
from ..provider import APPS_PAGE
from . import files
from .ownership import check_links, check_owner

PLACEHOLDERS = ("your-api-key", "your-api-secret")
LIKE = "Try: two lines, the API key (32 characters 0-9 a-f) and then its secret (16 characters)"
WHERE_FROM = "https://www.flickr.com/services/apps/create/apply/"
_KEY = re.compile(r"[0-9A-Fa-f]{32}")
_SECRET = re.compile(r"[0-9A-Fa-f]{16}")


def find(environ: Mapping[str, str], warn: files.Warn, named: files.StrPath | None = None) -> ConsumerKeys:
    """Find the consumer keys, in the first place that has them.

    `named` (--apikeys or FLICKR_APIKEYS), then FLICKR_API_KEY with FLICKR_API_SECRET, then ./apikeys, then `apikeys` in
    the app folder. Raises `NoKeys` if no place has any, `KeysError` for a file that is malformed or half a pair.
    """
    if named is not None:
        return _from_named(named, environ, warn)
    pair = _from_environment(environ)
    if pair is not None:
        return pair
    for path, shown in _usual_places(environ):
        if os.path.isdir(path):  # Docker makes one for a bind mount whose file is missing
            warn(f"{shown} is a folder, so no API keys can be read from it.")
            continue
        try:
            return parse(_content(path, warn), shown)
        except files.Missing:
            continue
    places = " or ".join(shown for _, shown in _usual_places(environ))
    raise NoKeys(
        f"There are no API keys in FLICKR_API_KEY, {places}.",
        f"Fix: write an API key and its secret on two lines of ./apikeys; Pro accounts get one at {WHERE_FROM} and find"
        f" theirs at {APPS_PAGE}",
    )


def place(environ: Mapping[str, str]) -> Path:
    """Name the `apikeys` file in the app folder."""
    return Path(files.app_folder(environ), "apikeys")


def keep(keys: ConsumerKeys, environ: Mapping[str, str]) -> Path:
    """Write the keys to `apikeys` in the app folder, 0600, and return its path. Raises `StoreError`."""
    from . import replacement

    path = place(environ)
    replacement.make_app_folder(os.path.dirname(path))
    replacement.write(path, f"{keys.api_key}\n{keys.api_secret}\n".encode())
    return path


def are_swapped(key: str, secret: str) -> bool:
    """Tell whether the secret is in the place of the key, and the key in that of the secret."""
    return bool(_SECRET.fullmatch(key) and _KEY.fullmatch(secret))


def doubt(name: str, value: str) -> str:
    """Say what is unusual about the shape of the `key` or `secret`, as a sentence; empty if it is like every sample."""
    like, long = (_KEY, 32) if name == "key" else (_SECRET, 16)
    if any(character.isspace() for character in value):
        return f"The {name} has a space in it."
    if len(value) != long:
        return f"An API {name} has {long} characters; this one has {len(value)}."
    return "" if like.fullmatch(value) else f"The {name} has characters other than 0-9 and a-f."


def parse(content: bytes, name: str) -> ConsumerKeys:
    """Read the consumer keys in the content of the file that messages call `name`."""
    lines = _lines(content, name)
    if not lines:
        raise KeysError(f"{name} is empty.", LIKE)
    values = [value for _, value in lines]
    if any(placeholder in values for placeholder in PLACEHOLDERS):
        raise KeysError(
            f"{name} still has the words of apikeys.example in it.",
            f"Fix: replace them with your API key and secret, from {APPS_PAGE}",
        )
    for number, value in lines:
        _check(value, f"{name}, line {number},", LIKE)
    if len(lines) == 1:
        raise KeysError(f"{name} has one non-empty line, line {lines[0][0]}; expected 2.", LIKE)
    if len(lines) > 2:  # a pair
        raise KeysError(
            f"{name} has {len(lines)} non-empty lines; expected 2, so line {lines[2][0]} is too many.", LIKE
        )
    key, secret = values
    if are_swapped(key, secret):
        raise KeysError(
            f"{name} has the secret first (line {lines[0][0]}) and the key after it (line {lines[1][0]}).",
            "Fix: swap the two lines",
        )
    return ConsumerKeys(key, secret, source=name)


def check_variable(environ: Mapping[str, str], name: str) -> None:
    """Check a variable that signs. Raises `KeysError`, naming the variable and what is wrong with it."""
    _check(environ[name], name, f"Fix: set {name} to the bare value")


def _check(value: str, where: str, hint: str) -> None:
    if not can_sign(value):
        from .. import values

        values.checked(value, where, KeysError, hint)


def _lines(content: bytes, name: str) -> list[tuple[int, str]]:
    """Split the content into the lines that say something, with their numbers."""
    from .. import values

    if encoding := values.wide_encoding(content):
        raise KeysError(f"{name} is saved as {encoding}.", "Fix: save it as UTF-8 (in Notepad: Save as, Encoding)")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as failure:
        line = len(re.split(rb"\r\n|\r|\n", failure.object[: failure.start]))
        raise KeysError(f"{name}, line {line}, is not text.", LIKE) from None
    if any(ord(character) < 32 and character not in "\t\n\r\f" for character in text):  # C0 controls
        raise KeysError(f"{name} is not a text file.", LIKE)
    stripped = ((number, line.strip()) for number, line in enumerate(re.split(r"\r\n|\r|\n", text), start=1))
    return [(number, line) for number, line in stripped if line and not line.startswith("#")]


def _content(path: Path, warn: files.Warn) -> bytes:
    """Read what is in one of the usual places; the app folder's file is our own."""
    if not path.is_absolute():
        if os.path.islink(path):
            check_links(path)
        return files.read(path, warn, error=KeysError, hint=LIKE)
    home = os.path.dirname(path)
    check_owner(home, warn)
    return files.read_own(home, path, warn, error=KeysError, hint=LIKE)


def _from_named(path: files.StrPath, environ: Mapping[str, str], warn: files.Warn) -> ConsumerKeys:
    """Read the keys in a file that was named; an error says so if it was the variable that named it."""
    try:
        return parse(files.read(path, warn, named=True, error=KeysError, hint=LIKE), os.fspath(path))
    except (KeysError, files.Missing) as failure:
        if environ.get("FLICKR_APIKEYS") != os.fspath(path):
            failure.reword(hint=failure.hint or "Fix: check the path in --apikeys")
        else:
            hint = failure.hint or "Fix: set FLICKR_APIKEYS to a file with your API key and its secret, or unset it"
            failure.reword(f"{failure.message.rstrip('.')} (from FLICKR_APIKEYS).", hint)
        raise


def _from_environment(environ: Mapping[str, str]) -> ConsumerKeys | None:
    key, secret = environ.get("FLICKR_API_KEY"), environ.get("FLICKR_API_SECRET")
    if key and secret:
        for name in ("FLICKR_API_KEY", "FLICKR_API_SECRET"):
            check_variable(environ, name)
        return ConsumerKeys(key, secret, source="FLICKR_API_KEY")
    if key or secret:
        there, missing = ("FLICKR_API_KEY", "FLICKR_API_SECRET") if key else ("FLICKR_API_SECRET", "FLICKR_API_KEY")
        raise KeysError(
            f"{there} is set, but {missing} is not.", f"Fix: set {missing} too, or unset {there} to use an apikeys file"
        )
    return None


def _usual_places(environ: Mapping[str, str]) -> Iterator[tuple[Path, str]]:
    yield Path("apikeys"), os.path.join(".", "apikeys")  # Path would drop the dot that people know
    if path := files.in_app_folder("apikeys", environ):
        yield Path(path), path
