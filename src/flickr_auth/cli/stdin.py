"""What a person types: a line at a time, read in a thread, while other things may happen."""

from __future__ import annotations

import os
from collections.abc import Callable
from threading import Thread
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from queue import SimpleQueue

_LONGEST_LINE = 8192


class Line(NamedTuple):
    """A line that was typed, without its end; None is the end of input."""

    text: str | None


class Lines:
    """Reads lines in a daemon thread, each when it is wanted and not before: the rest is for the next program."""

    def __init__(self, read: Callable[[int], bytes], events: SimpleQueue[object]) -> None:
        self._read = read
        self._events = events
        self._reading = False

    def want(self) -> None:
        """Let the next line come as an event, if that is not under way already."""
        if not self._reading:
            self._reading = True
            Thread(target=self._bring, daemon=True, name="stdin").start()

    def _bring(self) -> None:
        line = bytearray()
        while len(line) < _LONGEST_LINE and not line.endswith(b"\n"):
            byte = self._read(1)
            if not byte:
                break
            line += byte
        self._reading = False
        self._events.put(Line(line.decode("utf-8", "replace").rstrip("\r\n") if line else None))


def read_stdin(count: int) -> bytes:
    """Bytes from stdin, as `Lines` takes them; none where it is closed, or a terminal that is gone."""
    try:
        return os.read(0, count)
    except OSError:
        return b""
