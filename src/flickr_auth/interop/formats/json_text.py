"""Change a value in a JSON text and leave every other character as it is."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

_DECODER = json.JSONDecoder()
_BLANK = re.compile(r"[ \t\r\n]*")
_FIRST_INDENT = re.compile(r"[ \t\r\n]*\{[ \t\r]*\n(?:[ \t\r]*\n)*([ \t]+)")


class Fault(Exception):
    """A text that cannot be parsed, or not be changed; `line` is where, counted from 1."""

    def __init__(self, why: str, line: int) -> None:
        super().__init__(why, line)
        self.why = why
        self.line = line


def parse(text: str) -> Any:  # noqa: ANN401  # whatever the text holds
    """Read the value of the text. Raises `Fault`, which quotes nothing of it."""
    try:
        return _DECODER.decode(text)
    except json.JSONDecodeError as failure:
        said = failure.msg.removesuffix(" starting at")
        raise Fault(f"not JSON at column {failure.colno} ({said})", failure.lineno) from None
    except (ValueError, RecursionError):
        raise Fault("a number is too long, or it is nested too deeply", 1) from None


def with_values(text: str, path: Sequence[str], values: Mapping[str, str], indent: str = "    ") -> str:
    """Set the values in the object at `path`, which is made if it is missing, and return the whole text.

    New members look like those around them, or have `indent` if nothing is indented yet. Raises `Fault` if the text
    cannot be parsed, or something else than an object is in the way.
    """
    wanted = parse(text)
    changed = text
    for name, value in values.items():
        changed = _set(changed, [*path, name], json.dumps(value), indent)
    inner = wanted
    for name in path:
        inner = inner.setdefault(name, {})
    inner.update(values)
    # Other settings of a person are at stake: compare with their order, as NaN is unequal to itself.
    if json.dumps(parse(changed)) != json.dumps(wanted):
        raise Fault("it cannot be changed without losing something", 1)
    return changed


class _Member(NamedTuple):
    """A member of an object: its name, and the places of the name, of the value and of the end."""

    name: str
    start: int
    value: int
    end: int


def _members(text: str, start: int) -> tuple[list[_Member], int]:
    """Find the members of the object whose brace is there, and its closing brace. The text is known to be good."""
    members = []
    at = _next(text, start + 1)
    while text[at] != "}":
        name, colon = _DECODER.raw_decode(text, at)
        value = _next(text, _next(text, colon) + 1)
        _, end = _DECODER.raw_decode(text, value)
        members.append(_Member(name, at, value, end))
        at = _next(text, end)
        if text[at] == ",":
            at = _next(text, at + 1)
    return members, at


def _next(text: str, at: int) -> int:
    """Find the next character that is not blank."""
    found = _BLANK.match(text, at)
    return found.end() if found else at


def _set(text: str, path: Sequence[str], value: str, indent: str) -> str:
    at, end = _next(text, 0), len(text.rstrip())
    for depth, name in enumerate(path):
        if text[at] != "{":
            where = ".".join(path[:depth]) or "the whole"
            raise Fault(f"{where} is not an object", text.count("\n", 0, at) + 1)
        members, close = _members(text, at)
        # Of a name that stands there twice, the last one counts.
        found = next((member for member in reversed(members) if member.name == name), None)
        if found is None:
            style = _Style(text, indent)
            if members:
                return _append(text, members, path[depth:], value, style)
            return _fill(text, (at, close), path[depth:], value, style)
        at, end = found.value, found.end
    return text[:at] + value + text[end:]


def _append(text: str, members: list[_Member], path: Sequence[str], value: str, style: _Style) -> str:
    """Put a new member behind the last one, on a line of its own if that has one."""
    last = members[-1]
    blank = text[len(text[: last.start].rstrip(" \t\r\n")) : last.start]
    if "\n" in blank:
        indent = blank.rpartition("\n")[2]
        new = style.newline + indent + style.member(path, value, indent)
    else:
        new = (blank if len(members) > 1 else style.colon[1:]) + style.member(path, value, None)
    return text[: last.end] + "," + new + text[last.end :]


def _fill(text: str, braces: tuple[int, int], path: Sequence[str], value: str, style: _Style) -> str:
    """Put a first member into the empty object between two braces."""
    start, end = braces
    if not style.is_multiline:
        return text[: start + 1] + style.member(path, value, None) + text[end:]
    line = text[text.rfind("\n", 0, start) + 1 : start]
    outer = line[: len(line) - len(line.lstrip(" \t"))]
    indent = outer + style.unit
    inside = style.newline + indent + style.member(path, value, indent) + style.newline + outer
    return text[: start + 1] + inside + text[end:]


class _Style:
    """A person's way to write JSON."""

    def __init__(self, text: str, indent: str) -> None:
        self.is_multiline = "\n" in text.strip()
        self.newline = "\r\n" if "\r\n" in text else "\n"
        found = _FIRST_INDENT.match(text)
        self.unit = found[1] if found else indent
        self.colon = ":" if not self.is_multiline and '":' in text and '": ' not in text else ": "

    def member(self, path: Sequence[str], value: str, indent: str | None) -> str:
        """`"name": value`, with the objects between; on one line where there is no indentation."""
        name = json.dumps(path[0]) + self.colon
        if len(path) == 1:
            return name + value
        if indent is None:
            return name + "{" + self.member(path[1:], value, None) + "}"
        inner = indent + self.unit
        return name + "{" + self.newline + inner + self.member(path[1:], value, inner) + self.newline + indent + "}"
