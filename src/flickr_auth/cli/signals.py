"""What a signal may interrupt, and what it may not."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Iterator
from types import FrameType
from typing import TYPE_CHECKING, Any

from ..errors import NotDone, StoreError, Unreachable
from .exits import ExitCode

if TYPE_CHECKING:
    import subprocess
    from typing import Self


def _numbers(*names: str) -> list[int]:
    """The signals of these names; Windows has few."""
    return [getattr(signal, name) for name in names if hasattr(signal, name)]


def raise_in_main() -> None:
    """Let SIGINT and SIGTERM end the process by an exception, so that what is open is closed (130 and 143)."""
    for number, handler in ((signal.SIGINT, signal.default_int_handler), (signal.SIGTERM, _terminate)):
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, handler)


def settle() -> None:
    """Let no Ctrl-C change the exit code any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


class _Handled:
    """Handles its `numbers`, which are signals, in its block by `_handle`, but for those that are ignored."""

    numbers = _numbers("SIGINT", "SIGTERM", "SIGHUP")

    def __init__(self) -> None:
        self._former: dict[int, Any] = {}

    def __enter__(self) -> Self:
        for number in self.numbers:
            if signal.getsignal(number) != signal.SIG_IGN:
                self._former[number] = signal.signal(number, self._handle)
        return self

    def __exit__(self, *_: object) -> None:
        for number, former in self._former.items():
            signal.signal(number, former)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        raise NotImplementedError


class Held(_Handled):
    """Signals wait until the block ends: between the sending of a verifier and the storing of the token.

    A person who presses Ctrl-C meanwhile reads once why it takes effect later. `lifted()` lets signals through again for
    a question inside the block.
    """

    def __init__(self) -> None:
        super().__init__()
        self.came: int | None = None

    def __exit__(self, *raised: object) -> None:
        super().__exit__()
        # Whoever must know that a token was issued and not kept, or that the code may be used, is told that instead.
        if self.came is not None and not isinstance(raised[1], NotDone | StoreError | Unreachable):
            signal.raise_signal(self.came)

    @contextlib.contextmanager
    def lifted(self) -> Iterator[None]:
        """Let signals do what they do, inside this block; one that would end the process at once raises instead."""
        held = {
            number: signal.signal(number, _terminate if former == signal.SIG_DFL else former)
            for number, former in self._former.items()
        }
        try:
            yield
        finally:
            for number, handler in held.items():
                signal.signal(number, handler)

    def _handle(self, number: int, _frame: FrameType | None) -> None:
        if self.came is None:
            with contextlib.suppress(OSError):  # Python's own stderr cannot be entered twice
                os.write(2, b"\nSaving the token, please wait...\n")
        self.came = number


class PassedOn(_Handled):
    r"""Signals that come in the block go to a child process, also those that came before it was started.

    Ctrl-C and Ctrl-\ at a terminal go to every process of the foreground group, the child among them.
    """

    numbers = _numbers("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2")
    _keys = _numbers("SIGINT", "SIGQUIT")

    def __init__(self) -> None:
        super().__init__()
        self._process: subprocess.Popen[bytes] | None = None
        self._came: list[int] = []

    def to(self, process: subprocess.Popen[bytes]) -> None:
        """Pass signals on to this process from now on."""
        self._process = process
        for number in self._came:
            process.send_signal(number)

    def _handle(self, number: int, _frame: FrameType | None) -> None:
        if number in self._keys:
            return
        if self._process is None:
            self._came.append(number)
        else:
            self._process.send_signal(number)


def _terminate(_number: int, _frame: FrameType | None) -> None:
    sys.exit(int(ExitCode.TERMINATED))
