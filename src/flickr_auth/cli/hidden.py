"""Typing that is not shown: a secret at a terminal."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator


@contextlib.contextmanager
def hidden_typing() -> Iterator[None]:
    """Inside this block the terminal echoes nothing, and Ctrl-Z does nothing: the shell's fg would show the rest.

    Nothing that was typed ahead is discarded: the second line of a paste is already there when the first is read.
    """
    if sys.platform == "win32":
        yield  # getpass reads its console without an echo
        return
    import termios

    try:
        shown = termios.tcgetattr(0)
    except termios.error:  # no terminal, so nothing is echoed
        yield
        return
    hidden = [*shown[:3], shown[3] & ~(termios.ECHO | termios.ECHONL), *shown[4:6], list(shown[6])]
    hidden[6][termios.VSUSP] = bytes([os.fpathconf(0, "PC_VDISABLE")])
    try:
        termios.tcsetattr(0, termios.TCSANOW, hidden)
        yield
    finally:
        with contextlib.suppress(termios.error):
            termios.tcsetattr(0, termios.TCSANOW, shown)
