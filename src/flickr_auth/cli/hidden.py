"""Typing that is not shown: a secret at a terminal."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator


@contextlib.contextmanager
def hidden_typing(*, shows_enter: bool = False) -> Iterator[None]:
    """Inside this block the terminal echoes nothing, but Enter if that is wanted.

    Ctrl-Z does nothing, because the shell's fg would show the rest, nor does the Ctrl-\\ that nobody can tidy up after.
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
    flags = shown[3] & ~(termios.ECHO | termios.ECHONL) | (termios.ECHONL if shows_enter else 0)
    hidden = [*shown[:3], flags, *shown[4:6], list(shown[6])]
    for key in (termios.VSUSP, termios.VQUIT):
        hidden[6][key] = bytes([os.fpathconf(0, "PC_VDISABLE")])
    try:
        termios.tcsetattr(0, termios.TCSANOW, hidden)
        yield
    finally:
        with contextlib.suppress(termios.error):
            termios.tcsetattr(0, termios.TCSANOW, shown)
