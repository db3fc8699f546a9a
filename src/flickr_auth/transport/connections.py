"""Several connections to one provider, for threads that each need one at a time."""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Callable, Iterator

from ..errors import NotDone
from .client import Transport


class Connections:
    """Connections that are alive, each for one request at a time. When the block ends, all are closed.

    One that is busy then is closed as soon as its request is done.
    """

    def __init__(self, connect: Callable[[], Transport]) -> None:
        self._connect = connect
        self._all: list[Transport] = []
        self._idle: deque[Transport] = deque()
        self._ended = False

    def __enter__(self) -> Connections:
        return self

    def __exit__(self, *_: object) -> None:
        self._ended = True
        for each in list(self._all):
            each.abandon()

    def close(self) -> None:
        """Close all of them, to be opened again when they are used again."""
        for each in list(self._all):
            each.close()

    @contextlib.contextmanager
    def one(self) -> Iterator[Transport]:
        """A connection that nobody else uses inside the block."""
        if self._ended:
            raise NotDone("Nobody waits for this answer any more.")
        try:
            transport = self._idle.pop()
        except IndexError:
            transport = self._connect()
            self._all.append(transport)
            if self._ended:  # meanwhile
                transport.abandon()
        try:
            yield transport
        finally:
            self._idle.append(transport)
            if self._ended:
                transport.abandon()
