"""Typing that is not shown, from the first character to the last, also after Ctrl-Z and fg."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Callable, Iterator
from types import FrameType


@contextlib.contextmanager
def hidden_typing(again: Callable[[], None]) -> Iterator[None]:
    """What is typed at the terminal is not echoed inside this block. `again` shows the question anew after a stop.

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
    hidden = [*shown[:3], shown[3] & ~(termios.ECHO | termios.ECHONL), *shown[4:]]

    def stop(number: int, _frame: FrameType | None) -> None:
        """Ctrl-Z: the shell gets the terminal as it was."""
        termios.tcsetattr(0, termios.TCSANOW, shown)
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)  # the process stops here
        signal.signal(number, stop)

    def go_on(_number: int, _frame: FrameType | None) -> None:
        """The shell's fg, after whichever stop: the shell has set the terminal as it likes it."""
        hide()
        again()

    def hide() -> None:
        termios.tcsetattr(0, termios.TCSANOW, hidden)

    handlers = {signal.SIGTSTP: stop, signal.SIGCONT: go_on}
    former = {
        number: signal.signal(number, handler)
        for number, handler in handlers.items()
        if signal.getsignal(number) == signal.SIG_DFL
    }
    try:
        hide()
        yield
    finally:
        with contextlib.suppress(termios.error):
            termios.tcsetattr(0, termios.TCSANOW, shown)
        for number, handler in former.items():
            signal.signal(number, handler)
