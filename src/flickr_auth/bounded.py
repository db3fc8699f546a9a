"""Run something for at most so long.

No timeout of a library covers everything that can hang: a name lookup, a server that drips its headers, a keyring
daemon that never answers. So the work is done in a daemon thread, and it is the waiting that ends.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from .errors import UsageError

Result = TypeVar("Result")
_TICK = 0.5  # Windows cannot interrupt a wait without end, so there is none


class TimeIsUp(Exception):  # not an error of ours yet: whoever asked knows what it means
    """The work was not done in time; its thread is left to itself and cannot keep the process alive."""


def run(
    work: Callable[[], Result],
    seconds: float | None,
    *,
    notice: Callable[[], None] | None = None,
    notice_after: float = 1.0,
) -> Result:
    """Do `work` in a daemon thread and return its result, or raise its exception, or `TimeIsUp` after `seconds`.

    `seconds` None waits without end (and can still be interrupted). `notice` is called once, in the calling thread,
    when the work takes longer than `notice_after` seconds.
    """
    from queue import Empty, SimpleQueue
    from threading import Thread
    from time import monotonic

    outcome: SimpleQueue[tuple[Result, None] | tuple[None, BaseException]] = SimpleQueue()

    def target() -> None:
        try:
            outcome.put((work(), None))
        except BaseException as failure:  # noqa: BLE001  # it is raised again, where the work was asked for
            outcome.put((None, failure))

    Thread(target=target, daemon=True, name="bounded").start()
    started = monotonic()
    while True:
        passed = monotonic() - started
        if notice is not None and passed >= notice_after:
            notice()
            notice = None
        if seconds is not None and passed >= seconds:
            raise TimeIsUp
        wait = _TICK if seconds is None else min(_TICK, seconds - passed)
        try:
            result, failure = outcome.get(timeout=min(wait, notice_after - passed) if notice else wait)
        except Empty:
            continue
        if failure is not None:
            raise failure
        return result  # type: ignore[return-value]  # without a failure the first of the pair is the result


def limit(environ: Mapping[str, str], name: str, default: float) -> float:
    """How many seconds the variable `name` allows; `default` where it is unset or empty.

    Raises `UsageError` for anything but a positive, finite number.
    """
    text = environ.get(name, "")
    if not text:
        return default
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise UsageError(f"{name} is not a number of seconds.", f"Set it to something like {default:g}, or unset it.")
    return seconds
