"""What a signal may interrupt, and what it may not."""

from __future__ import annotations

import contextlib
import signal
import sys
from collections.abc import Iterator
from types import FrameType
from typing import TYPE_CHECKING, Any

from .exits import ExitCode

if TYPE_CHECKING:
    import subprocess

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")  # Windows has no SIGHUP


def exit_on_sigterm() -> None:
    """Let SIGTERM end the process like an exception, so that what is open is closed, with exit code 143."""
    if signal.getsignal(signal.SIGTERM) == signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _terminate)


class Held:
    """Signals wait until the block ends: between the sending of a verifier and the storing of the token.

    Their handler only remembers them: whatever it said might fail, and would fail inside the exchange. The exchange
    itself looks at `came`. `lifted()` lets them through again for a question inside the block.
    """

    def __init__(self) -> None:
        self.came: int | None = None
        self._former: dict[int, Any] = {}

    def __enter__(self) -> Held:
        for name in _NAMES:
            number = getattr(signal, name, None)
            if number is not None and signal.getsignal(number) != signal.SIG_IGN:
                self._former[number] = signal.signal(number, self._hold)
        return self

    def __exit__(self, *_: object) -> None:
        self._restore()
        if self.came is not None:
            signal.raise_signal(self.came)

    @contextlib.contextmanager
    def lifted(self) -> Iterator[None]:
        """Let signals do what they do, inside this block."""
        held = {number: signal.signal(number, former) for number, former in self._former.items()}
        try:
            yield
        finally:
            for number, handler in held.items():
                signal.signal(number, handler)

    def _hold(self, number: int, _frame: FrameType | None) -> None:
        self.came = number

    def _restore(self) -> None:
        for number, former in self._former.items():
            signal.signal(number, former)


class PassedOn:
    """Signals that come in the block go to a child process, also those that came before it was started.

    At a terminal Ctrl-C reaches the child by itself, so that it is not passed on a second time.
    """

    def __init__(self, *, at_terminal: bool) -> None:
        self._at_terminal = at_terminal
        self._process: subprocess.Popen[bytes] | None = None
        self._came: list[int] = []
        self._former: dict[int, Any] = {}

    def __enter__(self) -> PassedOn:
        for name in _NAMES:
            number = getattr(signal, name, None)
            if number is not None and signal.getsignal(number) != signal.SIG_IGN:
                self._former[number] = signal.signal(number, self._pass_on)
        return self

    def __exit__(self, *_: object) -> None:
        for number, former in self._former.items():
            signal.signal(number, former)

    def to(self, process: subprocess.Popen[bytes]) -> None:
        """Pass signals on to this process from now on."""
        self._process = process
        for number in self._came:
            process.send_signal(number)

    def _pass_on(self, number: int, _frame: FrameType | None) -> None:
        if number == signal.SIGINT and self._at_terminal:
            return
        if self._process is None:
            self._came.append(number)
        else:
            self._process.send_signal(number)


def _terminate(_number: int, _frame: FrameType | None) -> None:
    sys.exit(int(ExitCode.TERMINATED))
