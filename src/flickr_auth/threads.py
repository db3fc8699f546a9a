"""Work in daemon threads: for at most so long, or side by side with the results in order.

No timeout of a library covers everything that can hang: a name lookup, a server that drips its headers, a keyring
daemon that never answers. So each piece of work has a thread of its own, and it is the waiting that ends. Daemons, so
that neither Ctrl-C nor a reader who has seen enough waits for what is under way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Generic, TypeVar

from .errors import Error, UsageError

if TYPE_CHECKING:
    from queue import SimpleQueue
    from threading import Thread

Item = TypeVar("Item")
Result = TypeVar("Result")
_LONGEST = 86_400  # seconds, a day
_ENDING = 1.0  # seconds; a thread whose result is there has nothing left to do
NOTICE_AFTER = 1.0  # seconds
TICK = 0.5  # seconds; Windows cannot interrupt a wait without end, so every wait looks up this often
_LOADED = 0.1  # seconds that count for a stop
_STOP = 1.5 * TICK  # seconds without a look: the process was stopped


class TimeIsUp(Exception):  # not an error of ours yet: the caller knows what was not done
    """The work was not done in time; its thread is left to itself and cannot keep the process alive."""


class Waited:
    """The seconds of a wait so far, without those in which the process was stopped (Ctrl-Z, a laptop that slept).

    It is called at least every `TICK`: what is longer was a stop. Whoever wakes finds the time that was left before,
    so that an answer which came meanwhile can be read, and a try that failed be made again. `at_least` are the seconds
    that the caller has just waited, which count where the clock stands still or jumps back: a test may freeze it.
    """

    def __init__(self) -> None:
        self._seconds = 0.0
        self._asked = monotonic()

    def __call__(self, at_least: float = 0.0) -> float:
        asked, self._asked = self._asked, monotonic()
        passed = max(self._asked - asked, at_least)
        self._seconds += passed if passed < _STOP else _LOADED  # a machine that is as slow as that ends a wait, too
        return self._seconds


def start(work: Callable[[], object], name: str) -> Thread:
    """Start the work in a daemon thread. Raises `Error` if the system starts none.

    Python waits until the thread runs. A Ctrl-C that comes as that wait ends can leave it as a RuntimeError about its
    lock: what the signal raised is raised here. It is raised once the thread runs, because Python's own end crashes
    over one that does not run yet (gh-104690).
    """
    from threading import Thread

    thread = Thread(target=work, daemon=True, name=name)
    try:
        thread.start()
    except RuntimeError as failure:
        if "start new thread" in str(failure):
            raise Error(
                "This system does not let flickr-auth start a thread.",
                "Fix: raise the limit of processes (ulimit -u, or the container's)",
            ) from failure
        interruption = failure.__context__ or failure
    except BaseException as raised:  # noqa: BLE001  # it is raised below
        interruption = raised
    else:
        return thread
    from time import sleep

    until = monotonic() + 1  # the signal may have come before there was a thread
    while thread.ident is None and monotonic() < until:
        sleep(0.001)
    raise interruption


def run(
    work: Callable[[], Result],
    seconds: float | None,
    *,
    notice: Callable[[], None] | None = None,
    waiting: Callable[[float], None] | None = None,
    waited: Waited | None = None,
) -> Result:
    """Do `work` in a thread and return its result, or raise its exception, or `TimeIsUp` after `seconds`.

    `seconds` None waits without end (and can still be interrupted). When the work takes longer than a second, `notice`
    is called once, in the calling thread, and `waiting` again and again, with the seconds so far, as `waited` has them.
    """
    from queue import Empty

    begun = _Begun(work)
    waited = waited or Waited()
    pause = 0.0
    while True:
        passed = waited(pause)
        if notice is not None and passed >= NOTICE_AFTER:
            notice()
            notice = None
        if waiting is not None and passed >= NOTICE_AFTER:
            waiting(passed)
        pause = TICK if seconds is None else min(TICK, max(0.0, seconds - passed))
        try:
            return begun.result(pause)
        except Empty:
            if seconds is not None and passed >= seconds:
                raise TimeIsUp from None


def results(work: Callable[[Item], Result], items: Iterable[Item], *, workers: int) -> Iterator[Result]:
    """Yield the result of `work` for each item, in order; up to `workers` items are begun and not yet read.

    An exception of `work` is raised when its turn comes. When the reader stops, nothing more is begun.
    """
    from collections import deque

    begun: deque[_Begun[Result]] = deque()
    for item in items:
        begun.append(_Begun(partial(work, item)))
        if len(begun) >= workers:
            yield _awaited(begun.popleft())
    while begun:
        yield _awaited(begun.popleft())


class _Begun(Generic[Result]):
    """Work that is done in a thread of its own."""

    def __init__(self, work: Callable[[], Result]) -> None:
        self._work = work
        self._begin()

    def _begin(self) -> None:
        from queue import SimpleQueue

        self._outcome: SimpleQueue[tuple[Result | None, BaseException | None]] = SimpleQueue()
        self._thread = start(partial(self._do, self._outcome), "bounded")

    def _do(self, outcome: SimpleQueue[tuple[Result | None, BaseException | None]]) -> None:
        try:
            outcome.put((self._work(), None))
        except BaseException as failure:  # noqa: BLE001  # it is raised again in the thread that waits
            outcome.put((None, failure))

    def result(self, seconds: float) -> Result:
        """Return what the work returned, or raise what it raised, or `queue.Empty` after so many seconds.

        The thread has ended then: Python's own end may crash beside one that is just ending. In the child of a fork the
        work is begun again, because its thread is the parent's.
        """
        if not self._thread.is_alive() and self._outcome.empty():
            self._begin()
        result, failure = self._outcome.get(timeout=seconds)
        self._thread.join(_ENDING)
        if failure is not None:
            raise failure
        return result  # type: ignore[return-value]  # without a failure the first of the pair is the result


def _awaited(begun: _Begun[Result]) -> Result:
    from queue import Empty

    while True:
        try:
            return begun.result(TICK)
        except Empty:
            continue


def in_words(seconds: float) -> str:
    """Write the seconds for a sentence: 1 second, 1.5 seconds."""
    return f"{seconds:g} second{'' if seconds == 1 else 's'}"


def limit(environ: Mapping[str, str], name: str, default: float) -> float:
    """Return how many seconds the variable `name` allows; `default` if it is unset or empty.

    Raises `UsageError` for anything but a positive number of at most a day: no thread waits longer than some years.
    """
    text = environ.get(name, "")
    if not text:
        return default
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= _LONGEST:
        raise UsageError(
            f"{name} is '{text}', not a number of seconds from 0 to {_LONGEST}.",
            f"Fix: set {name} to a number like {default:g}, or unset it",
        )
    return seconds
