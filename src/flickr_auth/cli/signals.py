"""The signals that end this process: when they do, when they wait, and when they go to another program."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from types import FrameType
from typing import TYPE_CHECKING, Any

from ..errors import NotDone, StoreError, Unreachable

INTERRUPTED, BROKEN_PIPE, TERMINATED = 130, 141, 143  # exit codes: 128 and the number of the signal

if TYPE_CHECKING:
    import subprocess
    from typing import Self

    Handler = Callable[[int, FrameType | None], None]


def raise_in_main() -> None:
    """Let SIGINT and SIGTERM end the process by an exception, so that what is open is closed (130 and 143)."""
    _handle(_numbers("SIGINT"), signal.default_int_handler)
    _handle(_numbers("SIGTERM"), _terminate)


def settle() -> None:
    """Let no Ctrl-C change the exit code any more, neither one that comes now nor one that came before."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # `python -m` ends by the signal itself if a KeyboardInterrupt ever passed through an `exec` of text, which is how
    # named tuples and dataclasses are made, even if it was caught later. The next `exec` of text resets that.
    exec("")  # noqa: S102  # nothing is executed


class Held:
    """Ctrl-C, SIGTERM and SIGHUP wait until the block ends: from the sending of a verifier until the token is stored.

    A person who presses Ctrl-C meanwhile reads once why it takes effect later. `lifted()` lets signals through again
    for a question inside the block.
    """

    came: int | None = None

    def __enter__(self) -> Self:
        self._former = _handle(_numbers("SIGINT", "SIGTERM", "SIGHUP"), self._note)
        return self

    def __exit__(self, *raised: object) -> None:
        _restore(self._former)
        # Whoever must know that a token was issued and not kept, or that the code may be used, is told that instead.
        if self.came is not None and not isinstance(raised[1], NotDone | StoreError | Unreachable):
            signal.raise_signal(self.came)

    @contextlib.contextmanager
    def lifted(self) -> Iterator[None]:
        """Let signals do what they do, inside this block; one that would end the process at once raises instead."""
        _restore({number: _terminate if each == signal.SIG_DFL else each for number, each in self._former.items()})
        try:
            yield
        finally:
            _restore(dict.fromkeys(self._former, self._note))

    def _note(self, number: int, _frame: FrameType | None) -> None:
        if self.came is None:
            with contextlib.suppress(OSError):  # Python's own stderr cannot be entered twice
                os.write(2, b"\nSaving the token, please wait...\n")
        self.came = number


@contextlib.contextmanager
def left_to_child() -> Iterator[None]:
    r"""Leave Ctrl-C and Ctrl-\ to a child process that is started in this block, and may be faster than what follows.

    At a terminal they go to every process of the foreground group, the child among them.
    """
    former = _handle(_numbers("SIGINT", "SIGQUIT"), lambda *_: None)
    try:
        yield
    finally:
        _restore(former)


@contextlib.contextmanager
def passed_on(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """Pass the other signals that come inside this block on to a child process."""
    others = _numbers("SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2")
    former = _handle(others, lambda number, _: process.send_signal(number))
    try:
        yield
    finally:
        _restore(former)


@contextlib.contextmanager
def default(*names: str) -> Iterator[None]:
    """Let these signals do what they do in every program, inside this block and in what is started there.

    Python ignores SIGPIPE and SIGXFSZ, and a parent may have ignored SIGCHLD: then nobody could wait for a child.
    """
    former = {number: signal.signal(number, signal.SIG_DFL) for number in _numbers(*names)}
    try:
        yield
    finally:
        _restore(former)


def ending_with_us() -> Callable[[], object] | None:
    """Make what a child calls first, so that `kill -9` of this process ends it as well; None where no system does that.

    A program that has become this process ends so by itself.
    """
    if sys.platform == "linux":
        with contextlib.suppress(ImportError):  # some Pythons are built without
            import ctypes

            prctl = ctypes.CDLL(None).prctl
            return lambda: prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG, prctl(2)
    return None


def _numbers(*names: str) -> list[int]:
    """Return the signals of these names; Windows has few."""
    return [getattr(signal, name) for name in names if hasattr(signal, name)]


def _handle(numbers: Sequence[int], handler: Handler) -> dict[int, Any]:
    """Handle these signals, but for those that are ignored (by nohup, or `&`), and return their former handlers."""
    return {number: signal.signal(number, handler) for number in numbers if signal.getsignal(number) != signal.SIG_IGN}


def _restore(handlers: dict[int, Any]) -> None:
    for number, handler in handlers.items():
        signal.signal(number, handler)


def _terminate(_number: int, _frame: FrameType | None) -> None:
    sys.exit(TERMINATED)
