"""A URL as a QR code on the terminal, so that a phone can open what this machine's browser cannot."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import zip_longest
from typing import Any

from ..advice import install
from ..errors import Error

_BORDER = 2  # in modules; the standard asks for 4, scanners do with 2, and 4 would not fit on 24 rows

# A run of digits is a segment of its own where that saves bits. n digits take 10n/3 bits instead of 8n; the headers of
# the segment and of the next one take 38 at most. From 9 digits on that pays in every version (ISO/IEC 18004 §7.4).
_DIGITS = re.compile(r"([0-9]{9,})")

# White and black that stay so. Themes choose their own 0 to 15, and those of the base16 family 16 to 21 too, where the
# colour cube has its black: so ours is the darkest of the greys. Not every terminal understands 24-bit colours. The
# blocks are the white and the black is only ever the ground: in front, the Linux console makes that grey a lighter one.
_WHITE_BLOCKS = "\033[38;5;231m"
_ON_WHITE = "\033[48;5;231m"
_ON_BLACK = "\033[48;5;232m"
_RESET = "\033[0m"


def require() -> None:
    """See that QR codes can be drawn, before anything is begun. Raises `Error` if segno is not installed."""
    try:
        import segno  # noqa: F401  # whether it can be imported is the question
    except ImportError as failure:
        raise Error(
            "--qr needs the Python package segno, which is not installed.",
            install("segno"),
        ) from failure


def drawn(url: str, *, columns: int = 80, encoding: str = "utf-8") -> str:
    """Draw the QR code of a URL as lines of text, two rows of modules each, without a newline at the end.

    A URL of Flickr's takes 41 columns and 21 lines. Raises `Error` if the code is wider than `columns`, the URL
    too long for any, or the terminal's `encoding` has no blocks; the URL itself serves then, so a login can go on.
    """
    import segno

    try:
        "".join(block for block, _ in _CELLS.values()).encode(encoding)
    except (UnicodeEncodeError, LookupError) as failure:
        raise Error(
            f"This terminal's encoding ({encoding}) cannot show a QR code.", "Fix: set LC_ALL=C.UTF-8"
        ) from failure
    segments: Any = [each for each in _DIGITS.split(url) if each]  # segno takes a list, and its stubs do not say so
    try:
        code = segno.make_qr(segments, error="L")
    except segno.DataOverflowError as failure:
        raise Error("The URL is too long for a QR code.", "Fix: leave out --qr") from failure
    rows = [bytes(row) for row in code.matrix_iter(border=_BORDER)]
    width = len(rows[0])
    if width > columns:
        raise Error(
            f"The window is too narrow for the QR code: it has {columns} columns, and the code takes {width}.",
            "Fix: widen the window, or leave out --qr",
        )
    pairs = zip_longest(rows[::2], rows[1::2], fillvalue=bytes(width))  # an odd last row has light below it
    return "\n".join(_line(upper, lower) for upper, lower in pairs)


def _line(upper: Sequence[int], lower: Sequence[int]) -> str:
    """Draw a line of text for two rows of modules, which are 1 where they are dark.

    A cell that is all white or all black is a space, which is filled in every font and at every line spacing.
    """
    line = [_WHITE_BLOCKS]
    ground = ""
    for above, below in zip(upper, lower, strict=True):
        block, on = _CELLS[above, below]
        line.append(block if on == ground else on + block)
        ground = on
    return "".join(line) + _RESET


_CELLS = {(0, 0): (" ", _ON_WHITE), (1, 1): (" ", _ON_BLACK), (0, 1): ("▀", _ON_BLACK), (1, 0): ("▄", _ON_BLACK)}
