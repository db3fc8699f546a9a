"""The KEY=VALUE arguments of a call: as typed, or from a file or stdin."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..errors import NotConfigured, UsageError
from .text import plain

_OURS = frozenset({"method", "format", "nojsoncallback", "jsoncallback", "api_key"})
_STDIN = "-"
_LONGEST = 1 << 20  # far beyond what Flickr takes, and an end for what has none


def arguments(given: Sequence[str]) -> dict[str, str]:
    """The arguments by name. Nothing is read before all of them are in order.

    Raises `UsageError`, and `NotConfigured` for a file that cannot be read.
    """
    found: dict[str, str] = {}
    for each in given:
        key, value = _split(each)
        if key in found:
            raise UsageError(f"{plain(key)} is given twice.", "Flickr takes each argument once; lists have commas.")
        if value == "@":
            raise UsageError(
                f"{plain(key)} names no file.", "It is KEY=@FILE, or KEY=@- for stdin, or KEY=@@ for an @."
            )
        found[key] = value
    if list(found.values()).count(f"@{_STDIN}") > 1:
        raise UsageError("Two arguments are to be read from stdin.", "Only one can be; give the other a file.")
    return {key: _read(key, value) for key, value in found.items()}


def _split(given: str) -> tuple[str, str]:
    key, equals, value = given.partition("=")
    if not equals or not key:
        raise UsageError(
            f"{plain(given)} is no argument of a method.", "It is KEY=VALUE, in quotes where it has spaces."
        )
    if key in _OURS or key.startswith("oauth_"):
        raise UsageError(f"{plain(key)} is what flickr-auth itself sends.", "Leave it out.")
    try:
        given.encode()
    except UnicodeEncodeError:
        raise UsageError("An argument is not UTF-8 text.", "Flickr takes nothing else.") from None
    return key, value


def _read(key: str, value: str) -> str:
    """The value itself, without the @ before it where it was doubled, or the text of the file that it names."""
    if not value.startswith("@"):
        return value
    if value.startswith("@@"):
        return value[1:]
    named = value[1:]
    shown = "stdin" if named == _STDIN else plain(named)
    try:
        with open(0, "rb", closefd=False) if named == _STDIN else Path(named).open("rb") as source:
            content = source.read(_LONGEST + 1)
        if len(content) > _LONGEST:
            raise NotConfigured(f"{shown} is too long for {plain(key)}.", f"At most {_LONGEST:,} bytes are read.")
        text = content.decode()
    except OSError as failure:
        raise NotConfigured(
            f"{plain(key)} cannot be read from {shown}: {failure.strerror}.",
            f"For the value itself: {plain(key)}=@@...",
        ) from failure
    except UnicodeDecodeError as failure:
        raise NotConfigured(f"{shown} is not UTF-8 text.", "Flickr takes nothing else.") from failure
    return text.removesuffix("\n").removesuffix("\r") if text.endswith("\n") else text
