"""The JSON of an answer, as every parser takes it: no NaN, no depth without end, numbers as Flickr wrote them."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from typing import Any

DEEPEST = 100
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_ONE_KIND = bytes.maketrans(b"{}", b"[]")
# A number that is kept as it was written is a text with this before it, which no server can know.
_WRITTEN = f"number-{os.urandom(12).hex()}-"
_QUOTED = re.compile(f'"{_WRITTEN}([^"]+)"')
_LINE_END = f"line-end-{os.urandom(12).hex()}"
# What an int of Python does not give back as it was; and it takes no more than 4,300 digits.
_MINUS_ZERO = re.compile(r"[\[:,]\s*-0\s*[,\]}]")


class TooDeep(ValueError):
    """It is JSON, with more values inside one another than anything that Flickr sends."""


def parse(body: bytes | bytearray, *, written: bool = False) -> Any:  # noqa: ANN401  # JSON is anything
    """The value in the JSON. `written` keeps numbers as they were written, for `encoder`, and for nothing else.

    Raises `ValueError` for what is no JSON (RFC 8259): that is UTF-8, and knows no NaN, no Infinity and, here, no more
    than 100 values inside one another.
    """
    text = body.decode()
    try:
        value = _decoded(text, written=written)
    except RecursionError:
        raise TooDeep from None
    if may_be_deep(body) and is_deep(value):
        raise TooDeep
    return value


def encoder(*, indent: int | None = None, ascii_only: bool = False) -> Callable[[object], str]:
    """What makes JSON of values that `parse` gave, on one line without `indent`."""
    separators = None if indent else (",", ":")
    encode = json.JSONEncoder(indent=indent, separators=separators, ensure_ascii=ascii_only, allow_nan=False).encode

    def encoded(value: object) -> str:
        text = encode(value)
        return _QUOTED.sub(r"\1", text) if _WRITTEN in text else text

    return encoded


def line_encoder(*, ascii_only: bool) -> Callable[[list[Any]], str]:
    """What makes JSON of values that `parse` gave, a line for each: all in one go, which takes half the time."""
    encode = encoder(ascii_only=ascii_only)

    def encoded(values: list[Any]) -> str:
        alternating = [_LINE_END] * (2 * len(values))
        alternating[::2] = values
        return f"{encode(alternating)[1:-1]},".replace(f',"{_LINE_END}",', "\n") if values else ""

    return encoded


def number_text(value: object) -> str:
    """A number that `parse` gave, as it was written; for any other value a text that is none."""
    return str(value).removeprefix(_WRITTEN)


def _decoded(text: str, *, written: bool) -> object:
    if not written:
        return _PLAIN.decode(text)
    if "-0" in text and _MINUS_ZERO.search(text):
        return AS_WRITTEN.decode(text)
    try:
        return _FLOATS_WRITTEN.decode(text)
    except ValueError:  # perhaps for a number that is too long for an int
        return AS_WRITTEN.decode(text)


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _as_written(number: str) -> str:
    return _WRITTEN + number


def may_be_deep(body: bytes | bytearray) -> bool:
    """Whether more than 100 values may be inside one another, by the brackets alone; those in texts count as well.

    Pairs with nothing inside are taken out, one level after the other: that is ten times as fast as `is_deep`.
    """
    brackets = body.translate(_ONE_KIND, _NO_BRACKETS)
    for _ in range(DEEPEST):
        fewer = brackets.replace(b"[]", b"")
        if not fewer or len(fewer) == len(brackets):
            return bool(fewer)
        brackets = fewer
    return True


def is_deep(value: object, deepest: int = DEEPEST) -> bool:
    """Whether there are more values than that inside one another, seen one level after the other."""
    inside = [value]
    for _ in range(deepest):
        holders = [
            each.values() if isinstance(each, dict) else each for each in inside if isinstance(each, dict | list)
        ]
        inside = [each for holder in holders for each in holder]
        if not inside:
            return False
    return any(isinstance(each, dict | list) for each in inside)


_PLAIN = json.JSONDecoder(parse_constant=_refuse)
_FLOATS_WRITTEN = json.JSONDecoder(parse_constant=_refuse, parse_float=_as_written)
AS_WRITTEN = json.JSONDecoder(parse_constant=_refuse, parse_float=_as_written, parse_int=_as_written)
CHECKED = json.JSONDecoder(parse_constant=_refuse, parse_float=str, parse_int=str)  # takes numbers of any length
