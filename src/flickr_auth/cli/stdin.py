"""Lines from stdin, read in a thread while other things may happen."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import NamedTuple

from ..threads import TICK, TimeIsUp, Waited, start

_LONGEST_LINE = 8192


class Line(NamedTuple):
    """A line that was typed, without its end; None is the end of input."""

    text: str | None


class Stdin:
    """Lines from stdin, and the events that other threads put into `events`, one after the other.

    `read` reads bytes. Lines are read byte by byte: nothing is taken that the next program was to read, and a thread
    that still waits in it holds no lock that the interpreter needs to exit.
    """

    def __init__(self, read: Callable[[int], bytes] | None = None) -> None:
        self.events: SimpleQueue[object] = SimpleQueue()
        self._read = read or _read
        self._reading = False

    def wait(self, seconds: float | None, *, lines: bool = True, waited: Waited | None = None) -> object:
        """Wait for a `Line`, or for what another thread puts into `events`.

        Without `lines` nothing is read from stdin; `waited` counts the seconds of several waits. Raises `TimeIsUp` when
        nothing happens within `seconds`.
        """
        if lines and self.events.empty():  # else a line would be taken that may still be discarded
            self._want()
        waited = waited or Waited()
        begin, pause = waited(), 0.0
        while True:
            left = TICK if seconds is None else max(0.0, seconds - (waited(pause) - begin))
            pause = min(TICK, left)
            with contextlib.suppress(Empty):
                return self.events.get(timeout=pause)
            if not left:
                raise TimeIsUp

    def line(self) -> Line:
        """Return the next line; other events are left to the next `wait`."""
        others: list[object] = []
        while not isinstance(event := self.wait(None), Line):
            others.append(event)
        for each in others:
            self.events.put(each)
        return event

    def discard(self) -> None:
        """Discard what was typed at the terminal and not yet taken; other events stay."""
        discard_typed()
        others: list[object] = []
        with contextlib.suppress(Empty):
            while True:
                event = self.events.get_nowait()
                if not isinstance(event, Line):
                    others.append(event)
        for each in others:
            self.events.put(each)

    def whole(self, longest: int) -> bytes:
        """Read up to the end of input, at most one byte more than `longest`."""
        content = b""
        while len(content) <= longest and (more := self._read(longest + 1 - len(content))):
            content += more
        return content

    def _want(self) -> None:
        """Start reading the next line, unless a thread is reading it already."""
        if not self._reading:
            self._reading = True
            start(self._read_line, "stdin")

    def _read_line(self) -> None:
        line = bytearray()
        while len(line) < _LONGEST_LINE and not line.endswith(b"\n"):
            byte = self._read(1)
            if not byte:
                break
            line += byte
        self._reading = False
        self.events.put(Line(line.decode("utf-8", "replace").rstrip("\r\n") if line else None))


def discard_typed() -> None:
    """Discard what was typed at the terminal and not yet read: half a paste must not become a command of the shell."""
    if sys.platform == "win32":
        import msvcrt

        while msvcrt.kbhit():
            msvcrt.getwch()
    else:
        import termios

        with contextlib.suppress(termios.error):
            termios.tcflush(0, termios.TCIFLUSH)


def _read(count: int) -> bytes:
    """Read bytes from stdin; none if it is closed, or a terminal that is gone."""
    try:
        return os.read(0, count)
    except OSError:
        return b""
