"""Work in daemon threads: for at most so long, or side by side with the results in order.

No timeout of a library covers everything that can hang: a name lookup, a server that drips its headers, a keyring
daemon that never answers. So the work is done in a daemon thread, and it is the waiting that ends. Daemons, so that
neither Ctrl-C nor a reader who has seen enough waits for what is under way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from .errors import StoreError, UsageError

if TYPE_CHECKING:
    from queue import SimpleQueue
    from threading import Thread

Item = TypeVar("Item")
Result = TypeVar("Result")
_Outcome = tuple[Result | None, BaseException | None]
_LONGEST = 86_400  # seconds, a day
TICK = 0.5  # seconds; Windows cannot interrupt a wait without end, so every wait looks up this often


class TimeIsUp(Exception):  # not an error of ours yet: whoever asked knows what it means
    """The work was not done in time; its thread is left to itself and cannot keep the process alive."""


class Worker:
    """A daemon thread that does one piece of work after the other, each for at most so long.

    It is kept from one to the next, because a new thread costs as much as a request. Where the work had to be given
    up, the thread is left to itself, and the next work begins another. Two threads may not `run` at once, but one may
    `end` what another runs.

    Some systems start no thread: a limit of processes, an old Docker's seccomp profile. Then `unbounded` is called
    once, and work is done in the calling thread, for as long as it takes; without it, `run` raises `StoreError`.
    """

    def __init__(self, unbounded: Callable[[], None] | None = None) -> None:
        from threading import Lock

        self._unbounded = unbounded
        self._is_unbounded = False
        self._jobs: SimpleQueue[Any] | None = None
        self._taking = Lock()

    def run(
        self,
        work: Callable[[], Result],
        seconds: float | None,
        *,
        notice: Callable[[], None] | None = None,
        notice_after: float = 1.0,
        waiting: Callable[[float], None] | None = None,
    ) -> Result:
        """Do `work` in the thread and return its result, or raise its exception, or `TimeIsUp` after `seconds`.

        `seconds` None waits without end (and can still be interrupted). `notice` is called once, in the calling
        thread, when the work takes longer than `notice_after` seconds; `waiting` again and again, with the seconds
        that have passed.
        """
        from queue import Empty, SimpleQueue
        from time import monotonic

        outcome: SimpleQueue[tuple[Result, None] | tuple[None, BaseException]] = SimpleQueue()
        with self._taking:
            jobs, self._jobs = self._jobs or _worker(), None  # whoever leaves early leaves the thread behind
        if jobs is None:
            self._go_on_unbounded()
            return work()
        jobs.put((work, outcome))
        started = monotonic()
        try:
            while True:
                passed = monotonic() - started
                if notice is not None and passed >= notice_after:
                    notice()
                    notice = None
                if waiting is not None:
                    waiting(passed)
                if seconds is not None and passed >= seconds:
                    raise TimeIsUp
                wait = TICK if seconds is None else min(TICK, seconds - passed)
                try:
                    result, failure = outcome.get(timeout=min(wait, notice_after - passed) if notice else wait)
                except Empty:
                    continue
                self._jobs = jobs
                break
        finally:
            if self._jobs is None:
                jobs.put(None)
        if failure is not None:
            raise failure
        return result  # type: ignore[return-value]  # without a failure the first of the pair is the result

    def _go_on_unbounded(self) -> None:
        if self._unbounded is None:
            raise StoreError(
                "This system does not let flickr-auth start a thread.",
                "Fix: raise the limit of processes (ulimit -u, or the container's), or keep the token in a file:"
                " --store file",
            ) from None
        if not self._is_unbounded:
            self._is_unbounded = True
            self._unbounded()

    def end(self) -> None:
        """Let the thread end, once it has done what it was given."""
        with self._taking:
            jobs, self._jobs = self._jobs, None
        if jobs is not None:
            jobs.put(None)

    def __del__(self) -> None:
        self.end()


def run(
    work: Callable[[], Result],
    seconds: float | None,
    *,
    notice: Callable[[], None] | None = None,
    notice_after: float = 1.0,
) -> Result:
    """Do `work` once, in a thread of its own, as `Worker.run` does it."""
    worker = Worker()
    try:
        return worker.run(work, seconds, notice=notice, notice_after=notice_after)
    finally:
        worker.end()


def started(thread: Thread) -> bool:
    """Start a thread; False if this system starts no more.

    Python waits until the thread runs. A Ctrl-C that comes as that wait ends can leave it as a RuntimeError about its
    lock: what the signal raised is raised here, and is not taken for a limit of the system. It is raised once the
    thread runs, because Python's own end crashes over one that does not run yet (gh-104690).
    """
    try:
        thread.start()
    except RuntimeError as failure:
        if "start new thread" in str(failure):
            return False
        interruption = failure.__context__ or failure
    except BaseException as raised:  # noqa: BLE001  # it is raised below
        interruption = raised
    else:
        return True
    from time import monotonic, sleep

    until = monotonic() + 1  # the signal may have come before there was a thread
    while thread.ident is None and monotonic() < until:
        sleep(0.001)
    raise interruption


def _worker() -> SimpleQueue[Any] | None:
    """A new thread, which does what is put into the queue until that is None; None if the system starts no more."""
    from queue import SimpleQueue
    from threading import Thread

    jobs: SimpleQueue[Any] = SimpleQueue()

    def labour() -> None:
        while (job := jobs.get()) is not None:
            work, outcome = job
            try:
                outcome.put((work(), None))
            except BaseException as failure:  # noqa: BLE001  # it is raised again in the thread that waits
                outcome.put((None, failure))
            del job, work, outcome  # a thread that waits holds nothing

    return jobs if started(Thread(target=labour, daemon=True, name="bounded")) else None


def results(
    work: Callable[[Item], Result], items: Iterable[Item], *, workers: int, ahead: int | None = None
) -> Iterator[Result]:
    """The result of `work` for each item, in order, done by up to `workers` threads at once.

    No more than `ahead` items (twice the workers if not given) are begun beyond the one that is read, so memory stays
    flat. An exception of `work` is raised when its turn comes. When the reader stops, nothing more is begun. Fewer
    threads do it if no more can be started; without any, the reader's own.
    """
    from collections import deque
    from queue import SimpleQueue
    from threading import Event, Thread

    ahead = 2 * workers if ahead is None else ahead
    todo: SimpleQueue[tuple[Item, SimpleQueue[_Outcome[Result]]] | None] = SimpleQueue()
    waiting: deque[SimpleQueue[_Outcome[Result]]] = deque()
    stopped = Event()
    threads = 0

    def labour() -> None:
        while (task := todo.get()) is not None and not stopped.is_set():
            item, outcome = task
            try:
                outcome.put((work(item), None))
            except BaseException as failure:  # noqa: BLE001  # it is raised again in the thread that reads
                outcome.put((None, failure))

    try:
        for item in items:
            if threads < workers and started(Thread(target=labour, daemon=True, name="ordered")):
                threads += 1
            if not threads:
                yield work(item)
                continue
            waiting.append(SimpleQueue())
            todo.put((item, waiting[-1]))
            if len(waiting) > ahead:
                yield _taken(waiting.popleft())
        while waiting:
            yield _taken(waiting.popleft())
    finally:
        stopped.set()
        for _ in range(threads):
            todo.put(None)


def _taken(outcome: SimpleQueue[_Outcome[Result]]) -> Result:
    from queue import Empty

    while True:
        try:
            result, failure = outcome.get(timeout=TICK)
        except Empty:
            continue
        if failure is not None:
            raise failure
        return result  # type: ignore[return-value]  # without a failure the first of the pair is the result


def in_words(seconds: float) -> str:
    """The seconds in a sentence: 1 second, 1.5 seconds."""
    return f"{seconds:g} second{'' if seconds == 1 else 's'}"


def limit(environ: Mapping[str, str], name: str, default: float) -> float:
    """How many seconds the variable `name` allows; `default` if it is unset or empty.

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
            f"Set {name} to a number like {default:g}, or unset it.",
        )
    return seconds
