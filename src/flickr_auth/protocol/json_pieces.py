"""The JSON of a large answer, read and written again piece by piece: as objects it takes twenty times its memory.

`json` reads each value that is no longer than a window; what is longer is taken apart here, down to such values.
"""

from __future__ import annotations

import codecs
import contextlib
import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from . import json_answer

WINDOW = 1 << 18  # characters
_SHARE = 4  # of a window: what is read of a list at once, and about what is written at once
_SPACE = re.compile(r"[ \t\n\r]*")
_GOES_ON = ("", ".", "e", "E")
_LARGE = object()  # stands for a list or an object that is longer than a window


class _Piece(NamedTuple):
    """What comes next in a body, so many levels inside it: a bracket, a key, a value, or the next `items` of a list."""

    level: int
    kind: str
    value: Any = None


def members(body: bytes | bytearray, window: int = WINDOW) -> dict[str, Any] | None:
    """The members of the object in the JSON, but for those that are large; None if it is no object.

    Numbers are texts. Raises `ValueError` for what is no JSON, from its beginning to its end, as `json_answer.parse`.
    """
    found: dict[str, Any] | None = None
    key = ""
    for level, kind, value in _pieces(body, json_answer.CHECKED, window):
        if level == 0 and kind in "{[":
            found = {} if kind == "{" else None
        elif level == 0 and kind == "value":
            found = value if isinstance(value, dict) else None
        elif level == 1 and kind == "key":
            key = value
        elif level == 1 and kind == "value" and found is not None:
            found[key] = value
    return found


def rewritten(
    body: bytes | bytearray, *, indent: int | None = None, ascii_only: bool = False, window: int = WINDOW
) -> Iterator[str]:
    """The same JSON as `json_answer.encoder` writes it, numbers as they were written, in pieces of text."""
    encode = json_answer.encoder(indent=indent, ascii_only=ascii_only)
    line = [f"\n{' ' * indent * level}" if indent else "" for level in range(json_answer.DEEPEST + 2)]
    colon = ": " if indent else ":"
    before = ""  # what stands between the last piece and the next
    written, length = [], 0
    for level, kind, value in _pieces(body, json_answer.AS_WRITTEN, window):
        if kind == "key":
            text, after = before + encode(value) + colon, ""
        elif kind in "{[":
            text, after = before + kind, line[level + 1]
        elif kind in "}]":
            text, after = line[level] + kind, f",{line[level]}"
        elif kind == "items":  # without the brackets around them
            listed = encode(value).replace("\n", line[level - 1] or "\n")
            inner = listed[1 + len(line[level]) : len(listed) - len(line[level - 1]) - 1]
            text, after = before + inner, f",{line[level]}"
        else:
            text, after = before + encode(value).replace("\n", line[level] or "\n"), f",{line[level]}"
        before = after
        written.append(text)
        length += len(text)
        if length > window // _SHARE:
            yield "".join(written)
            written, length = [], 0
    yield "".join(written)


def _pieces(body: bytes | bytearray, decoder: json.JSONDecoder, window: int) -> Iterator[_Piece]:
    text = _Text(body, decoder, window)
    try:
        yield from _value(text, 0)
    except RecursionError:
        raise json_answer.TooDeep from None
    text.take("")


def _value(text: _Text, level: int) -> Iterator[_Piece]:
    value = text.value(level)
    if value is not _LARGE:
        yield _Piece(level, "value", value)
        return
    opening = text.take("{[")
    closing = "}" if opening == "{" else "]"
    yield _Piece(level, opening)
    end = text.take(closing) if text.next() == closing else ""
    while not end:
        if opening == "{":
            yield _Piece(level + 1, "key", text.key())
        if opening == "[" and (items := text.items(level + 1)):
            yield _Piece(level + 1, "items", items)
        else:
            yield from _value(text, level + 1)
        end = text.take("," + closing).strip(",")
    yield _Piece(level, closing)


class _Text:
    """The text of a body from where it is read on; no more of it is decoded than is needed."""

    def __init__(self, body: bytes | bytearray, decoder: json.JSONDecoder, window: int) -> None:
        self._body = memoryview(body)
        self._decoded = 0
        self._decode = codecs.getincrementaldecoder("utf-8")().decode
        self._decoder = decoder
        self._window = window
        self._may_be_deep = json_answer.may_be_deep(body)
        self._text = ""
        self._at = 0
        self._tried = 0  # where `items` is worth another try

    def next(self) -> str:
        """The next character that is not blank, which stays; an empty text at the end."""
        while True:
            blank = _SPACE.match(self._text, self._at)
            self._at = blank.end() if blank else self._at
            if self._at < len(self._text) or self._is_whole:
                return self._text[self._at : self._at + 1]
            self._more()

    def take(self, allowed: str) -> str:
        """The next character, which is one of those, or the end if there are none. Raises `ValueError`."""
        taken = self.next()
        if taken not in allowed or bool(taken) != bool(allowed):
            raise ValueError("not the character that JSON has here")
        self._at += 1
        return taken

    def key(self) -> str:
        """The name of the next member, and past its colon."""
        if self.next() != '"':
            raise ValueError("a member without a name")
        key: str = self.value(0)
        self.take(":")
        return key

    def items(self, level: int) -> list[Any]:
        """The next items of a list that can be read at once, up to a comma; none if it is not seen where one ends."""
        self.next()
        stop = self._at + self._window // _SHARE
        for end in ("},", ",") if self._at >= self._tried else ():
            comma = self._text.rfind(end, self._at, stop) + len(end) - 1
            if comma <= self._at:
                continue
            with contextlib.suppress(ValueError):  # that comma is inside an item
                items: list[Any] = self._decoder.decode(f"[{self._text[self._at : comma]}]")
                self._check_depth(items, level - 1)
                self._at = comma
                return items
        self._tried = max(self._tried, stop)
        return []

    def value(self, level: int) -> Any:  # noqa: ANN401  # JSON is anything
        """The next value, which begins so many levels inside; `_LARGE`, and nothing is taken, if it is long."""
        first = self.next()
        while True:
            try:
                value, end = self._decoder.raw_decode(self._text, self._at)
            except ValueError:
                if self._is_whole:
                    raise
            else:
                # A number may go on behind what is decoded, also after a point or an exponent's e.
                if self._is_whole or self._text[end : end + 1] not in _GOES_ON:
                    self._check_depth(value, level)
                    self._at = end
                    return value
            if first and first in "{[" and len(self._text) - self._at >= self._window:
                if level >= json_answer.DEEPEST:
                    raise json_answer.TooDeep
                return _LARGE
            self._more()

    def _check_depth(self, value: object, level: int) -> None:
        if self._may_be_deep and json_answer.is_deep(value, json_answer.DEEPEST - level):
            raise json_answer.TooDeep

    @property
    def _is_whole(self) -> bool:
        return self._decoded == len(self._body)

    def _more(self) -> None:
        """Decode as much again, or a window: a long text is not read again for each window of it."""
        rest = self._text[self._at :]
        piece = self._body[self._decoded : self._decoded + max(self._window, len(rest))]
        self._decoded += len(piece)
        self._text = rest + self._decode(piece, self._is_whole)
        self._at = 0
        self._tried = 0
