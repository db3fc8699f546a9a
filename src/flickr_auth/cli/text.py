"""Text for a terminal: what is safe to show, how wide it is, where it is folded, how a shell quotes it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from itertools import accumulate

_ELLIPSIS = "..."
_LONGEST_LINE = 10_000  # characters: whoever put more into a variable or an option knows what is in it
# Letters and marks by their category, and yet nothing is seen of them: U+034F, Hangul and Khmer fillers, Mongolian
# selectors, the Braille blank; and variation selectors. Whatever else is invisible is not printable either.
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0")
# Where a command begins that a person copies into a shell: a line end in the middle would run half of it.
_OURS = r"(?:\S*flickr-auth|\S*'[^']*flickr-auth'|\S+ -m flickr_auth)"  # as `program` names it
_COMMAND = re.compile(
    rf"(?:^|(?<= ))(?:Run: |Try: (?={_OURS} )|Next: (?:[A-Z_]+=\S+ )?(?:{_OURS}|flickr_download|gallery-dl) "
    rf"|Fix: (?:chmod|rm|sudo|unset) )|(?<!see: )(?<=: ){_OURS} (?=[a-z])"
)
_URLS = ("http://", "https://")
Outcome = tuple[str, str, str]
"""An outcome's mark, its colour, and the words for it if the mark cannot be seen."""
DONE: Outcome = ("✓", "32", "OK")
WARNING: Outcome = ("!", "33", "Warning:")
ERROR: Outcome = ("✗", "1;31", "Error:")


def plain(text: str, encoding: str = "utf-8") -> str:
    """Write out everything in the text that cannot be seen, would steer the terminal, or is not in the encoding."""
    if not text.isascii() or not text.isprintable():
        text = "".join(map(_visible, text))
        if not encoding.startswith("utf"):
            text = text.encode(encoding, "backslashreplace").decode(encoding)
    return text


def rows(values: Iterable[tuple[str, str | None]]) -> str:
    """Lay out names and values, a row each; what is unknown has none."""
    return "\n".join(f"{name + ':':20}{plain(value)}" for name, value in values if value is not None)


def _visible(character: str) -> str:
    hidden = (
        not character.isprintable()  # controls, bidi controls, zero-width characters, lone surrogates, odd spaces
        or character in _INVISIBLE
        or "\ufe00" <= character <= "\ufe0f"
        or "\U000e0100" <= character <= "\U000e01ef"
    )
    return ascii(character)[1:-1] if hidden else character


def cells(text: str) -> int:
    """Count the columns of a terminal that the text takes."""
    if text.isascii():
        return len(text)
    from unicodedata import category, east_asian_width

    return sum(
        0 if category(each) in ("Mn", "Me", "Cf") else 2 if east_asian_width(each) in "WF" else 1 for each in text
    )


def fitted(text: str, columns: int) -> str:
    """Fit the text into exactly so many columns: filled up with spaces, or cut and ended with dots."""
    if cells(text) > columns:
        room = columns - len(_ELLIPSIS)
        end = next(end for end, taken in enumerate(accumulate(map(cells, text))) if taken > room)
        text = text[:end]
        text = (text + _ELLIPSIS)[:columns] if text.isascii() else text + _ELLIPSIS
    return text + " " * (columns - cells(text))


def folded(line: str, columns: int, hang: int = 2) -> list[str]:
    """Fold the line between words, so that each piece fits; all but the first are indented by `hang` columns.

    A word is never cut, so that a path stays whole, however long it is; nor is a URL, which is not indented either. A
    command that is there to be copied gets a line of its own.
    """
    if cells(line) <= columns:
        return [line]
    if command := _COMMAND.search(line):
        before = line[: command.start()].rstrip(" ")
        return [*(folded(before, columns, hang) if before else []), line[command.start() :]]
    text = line.lstrip(" ")
    lead = line[: len(line) - len(text)]
    pieces: list[str] = []
    piece = lead
    for gap, word in re.findall("( *)([^ ]+)", text.rstrip(" ")):
        longer = piece + gap + word
        if cells(longer) > columns and len(piece.strip()) > 1:  # never behind a mark alone
            pieces.append(piece)
            longer = word if word.startswith(_URLS) else lead + " " * hang + word
        piece = longer
    return [*pieces, piece + " " * text.endswith(" ")]


def readable(line: str, encoding: str, columns: int | None) -> str:
    """Make the line readable: safe, with short paths, this program's name, and folded if there are columns."""
    if len(line) > _LONGEST_LINE:
        line = line[:_LONGEST_LINE] + _ELLIPSIS
    if "flickr-auth" in line:
        from ..program import with_program

        line = with_program(line)
    line = plain(with_short_paths(line), encoding)
    return line if columns is None else "\n".join(folded(line, columns))


def marked(outcome: Outcome, text: str, encoding: str, columns: int | None, *, may_mark: bool, may_colour: bool) -> str:
    """Write a line, readable, behind the mark of its outcome, or behind words where no mark may be."""
    mark, style, words = outcome
    if not (may_mark and has_marks(encoding)):
        mark = words
    line = readable(f"{mark} {text}", encoding, columns)
    return (styled(mark, style) if may_colour else mark) + line[len(mark) :]


def has_marks(encoding: str) -> bool:
    """Whether every mark is in the encoding: marks and words are not mixed."""
    try:
        f"{DONE[0]}{WARNING[0]}{ERROR[0]}".encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def styled(text: str, style: str) -> str:
    """Write the text in a style of terminals: "1" is bold, "32" green."""
    return f"\033[{style}m{text}\033[0m"


def path(name: str | os.PathLike[str]) -> str:
    """Write a path as people read it: below the home folder with `~`."""
    full, home = os.fspath(name), _home()
    if home and full == home:
        return "~"
    return f"~{full[len(home) :]}" if home and full.startswith(home + os.sep) else full


def with_short_paths(text: str) -> str:
    """Write `~` for the home folder in the paths of the text, but for those in quotes, where no shell expands it."""
    home = _home()
    if not home or home not in text or os.name == "nt":
        return text
    return re.sub(rf"(?<![^ (]){re.escape(home)}(?=/)", "~", text)


def _home() -> str:
    home = os.path.expanduser("~").rstrip(os.sep)
    return home if os.path.isabs(home) else ""
