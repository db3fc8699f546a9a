"""The KEY=VALUE arguments of a request: as typed, or from a file or stdin."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..errors import NotConfigured, UsageError

_STDIN = "-"
_LONGEST = 1 << 20  # far beyond what Flickr takes, and an end for what has none


def arguments(given: Sequence[str], *, is_foreign: bool = False) -> dict[str, str]:
    """Return the arguments by name. Nothing is read before all of them are in order.

    Those of a foreign request, which another program sends, may have the names that a call sets itself, and a file is
    read to its last byte; otherwise its last line end is left out. Raises `UsageError`, and `NotConfigured` for a file
    that cannot be read.
    """
    from ..protocol import rest

    values: dict[str, str] = {}
    for number, each in enumerate(given):
        key, value = _split(each, is_first=number == 0)
        rest.check_name(key, () if is_foreign else rest.OURS)
        if key in values:
            raise UsageError(f"'{key}' is given twice.", f"Try: {key}=A,B if it is a list")
        if value == "@":
            raise UsageError(f"'{key}=@' names no file.", f"Try: {key}=@FILE, {key}=@- for stdin, or {key}=@@ for an @")
        values[key] = value
    if list(values.values()).count(f"@{_STDIN}") > 1:
        raise UsageError("Two arguments are to be read from stdin.", "Fix: read one of them from a file")
    return {key: _read(key, value, is_exact=is_foreign) for key, value in values.items()}


def _split(given: str, *, is_first: bool) -> tuple[str, str]:
    key, equals, value = given.partition("=")
    if key.isidentifier() and not equals:
        quotes = "" if is_first else ", or quotes around a value with spaces"
        raise UsageError(f"'{key}' has no value.", f"Try: {key}=VALUE{quotes}")
    if not equals or not key:
        raise UsageError(f"'{given}' is not an argument.", "Try: KEY=VALUE, in quotes if it has spaces")
    try:
        given.encode()
    except UnicodeEncodeError:
        raise UsageError(f"The value of '{key}' is not UTF-8 text.", "Fix: type it in a UTF-8 terminal") from None
    return key, value


def _read(key: str, value: str, *, is_exact: bool) -> str:
    """Return the value itself, without the @ before it where it was doubled, or the text of the file that it names."""
    if not value.startswith("@"):
        return value
    if value.startswith("@@"):
        return value[1:]
    path = value[1:]
    name = "stdin" if path == _STDIN else path
    try:
        with open(0, "rb", closefd=False) if path == _STDIN else Path(path).open("rb") as source:
            content = source.read(_LONGEST + 1)
        if len(content) > _LONGEST:
            raise NotConfigured(f"{name} is too long for '{key}': more than {_LONGEST:,} bytes.")
        text = content.decode()
    except UnicodeDecodeError as failure:
        raise NotConfigured(f"{name} is not UTF-8 text.", "Fix: save it as UTF-8") from failure
    except (OSError, ValueError) as failure:  # ValueError: a NUL in the path
        why = getattr(failure, "strerror", None) or "it is not a valid path"
        raise NotConfigured(
            f"Cannot read '{key}' from {name}: {why}.", f"Try: {key}=@@... for the text itself"
        ) from failure
    return text if is_exact or not text.endswith("\n") else text.removesuffix("\n").removesuffix("\r")
