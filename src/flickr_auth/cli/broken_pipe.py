"""Whoever reads stdout, and when they have seen enough."""

from __future__ import annotations

import contextlib
import os
import signal
import stat
import sys
import threading
from collections.abc import Iterator
from types import FrameType

from ..threads import started


@contextlib.contextmanager
def watched() -> Iterator[None]:
    """Raise `BrokenPipeError` in this block as soon as nobody reads stdout any more, also during a wait.

    If that cannot be (Windows, another thread than the main one, a stdout that is no pipe), the next write finds out.
    """
    if sys.platform == "win32" or threading.current_thread() is not threading.main_thread() or not _is_pipe():
        yield
        return
    main = threading.get_ident()

    def watch() -> None:
        import select

        poll = select.poll()
        with contextlib.suppress(OSError, ValueError, AttributeError):  # stdout is closed, or no file at all
            poll.register(sys.stdout.fileno(), 0)
            poll.poll()  # returns on an error only, which is what a pipe without a reader has
            signal.pthread_kill(main, signal.SIGPIPE)

    former = signal.signal(signal.SIGPIPE, _raise)
    try:
        started(threading.Thread(target=watch, daemon=True, name="reader"))  # without one, the next write finds out
        yield
    finally:
        signal.signal(signal.SIGPIPE, former)


def _is_pipe() -> bool:
    try:
        mode = os.fstat(sys.stdout.fileno()).st_mode
    except (OSError, ValueError, AttributeError):  # stdout is closed, or no file at all
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)


def _raise(number: int, _frame: FrameType | None) -> None:
    signal.signal(number, signal.SIG_IGN)  # once is enough: what follows is the clearing up
    raise BrokenPipeError
