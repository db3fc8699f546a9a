"""The one door for the values that sign: a bare word of printable ASCII, and a sentence for anything else.

Sent as they are, quotes or a carriage return become "the signature is wrong" at Flickr. No value is ever quoted.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from .account import LONGEST_VALUE, can_sign
from .errors import NotConfigured

_NAMES = "oauth_token_secret|oauth_token|api_secret|api_key|flickr_[a-z_]+|token|secret|key"
_NAMED = re.compile(rf"(?:export\s+)?({_NAMES})\s*[=:]", re.IGNORECASE)
_QUOTES = "\"'`\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u00ab\u00bb\u2039\u203a\u2032\u2033"
_BRACKETS = "<>{}[]()"
_UNFIT = dict.fromkeys(_BRACKETS, "a bracket") | {"\\": "a backslash"}
_ENDINGS = {
    "\r": "ends in a carriage return",
    "\n": "ends in a line break",
    ",": "ends in a comma",
    ";": "ends in a semicolon",
}
_CALLED = {
    "\u200b": "a zero-width space",
    "\u200c": "a zero-width character",
    "\u200d": "a zero-width character",
    "\u2060": "a zero-width character",
    "\ufeff": "a byte-order mark",
    "\u00ad": "a soft hyphen",
    "\u00a0": "a non-breaking space",
    "\t": "a tab",
    "\r": "a carriage return",
    "\n": "a line break",
    "\ufffd": "a character that could not be read",
}


def wide_encoding(content: bytes) -> str:
    """Name the encoding of a file as Windows saves it, UTF-16 or UTF-32; empty if it is neither.

    Without a byte-order mark every second byte is NUL then, or three of four are, but for a few letters.
    """
    if not content.strip(b"\0"):  # what a power cut leaves of a file
        return ""
    halves = (content[2::4] + content[3::4], content[0::4] + content[1::4])
    has_nuls = len(content) > 3 and content.count(0) * 4 >= len(content)  # two characters
    if content.startswith((b"\xff\xfe\0\0", b"\0\0\xfe\xff")) or (has_nuls and not all(map(any, halves))):
        return "UTF-32"
    has_nuls = has_nuls and (0 not in content[0::2] or 0 not in content[1::2])
    return "UTF-16" if has_nuls or content.startswith((b"\xff\xfe", b"\xfe\xff")) else ""


def fault(value: str) -> str:
    """Say what is wrong with a value, as the rest of a sentence ("has quotes around it"); empty if nothing is."""
    return "" if can_sign(value) else next(filter(None, _faults(value)))


def _faults(value: str) -> Iterator[str]:
    """List the faults of a value, the one that says most first; empty for one that it does not have."""
    if not value.strip():
        yield "is empty"
        return
    first, last = value[0], value[-1]
    named = _NAMED.match(value)
    yield "has quotes around it" if first in _QUOTES and last in _QUOTES else ""
    yield f"begins with {named[1]}{value[named.end() - 1]}" if named else ""
    yield "has brackets around it" if first in _BRACKETS or last in _BRACKETS else ""
    yield _ENDINGS.get(last, "")
    for character in value:
        called = _called(character)
        yield f"has {called} in it" if called else ""
    yield f"has more than {LONGEST_VALUE:,} characters" if len(value) > LONGEST_VALUE else ""
    yield "begins with #" if first == "#" else ""
    yield f"begins with a name and {'=' if '=' in value else ':'}"


def checked(value: str, where: str, error: type[NotConfigured] = NotConfigured, hint: str = "") -> str:
    """Return the value, if it is one. Raises `error`, which names the place: a variable, or a file and the line."""
    wrong = fault(value)
    if wrong:
        raise error(f"{where} {wrong}.", hint or "Fix: write the bare value there, and nothing else")
    return value


def _called(character: str) -> str:
    """Name a character that no value has; empty for one that may be in it."""
    if "!" <= character <= "~":
        return "a quote" if character in _QUOTES else _UNFIT.get(character, "")
    if character in _CALLED:
        return _CALLED[character]
    if character in _QUOTES:
        return "a typographic quote"
    category = unicodedata.category(character)
    if category == "Pd" or character == "\u2212":  # the minus sign
        return "a typographic dash"
    return {
        "Zs": "a space",
        "Cf": "an invisible character",
        "Cc": "a control character",
        "Cs": "a byte that is not text",
    }.get(category, "a character that is not ASCII")
