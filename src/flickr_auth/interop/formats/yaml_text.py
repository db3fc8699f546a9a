"""YAML that no value can break: each value, and each name that is not ours, is in double quotes (YAML 1.2, 7.3.1)."""

from __future__ import annotations

import re
from collections.abc import Mapping

Values = Mapping[str, "str | Values"]
_PLAIN_NAME = re.compile(r"[a-z]+(_[a-z]+)+|nsid|user|username|flickr|profiles|permissions|token")


def mapping(values: Values, indent: str = "") -> str:
    """Write the lines of a block mapping, without a newline at the end."""
    lines = []
    for name, value in values.items():
        key = indent + (name if _PLAIN_NAME.fullmatch(name) else quoted(name))
        lines.append(
            f"{key}: {quoted(value)}" if isinstance(value, str) else f"{key}:\n{mapping(value, indent + '  ')}"
        )
    return "\n".join(lines)


def quoted(text: str) -> str:
    """Write the text as a double-quoted scalar on one line: without quotes, digits would be a number."""
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    if character.isprintable():
        return character
    number = ord(character)
    return f"\\u{number:04X}" if number < 0x10000 else f"\\U{number:08X}"  # beyond the basic plane
