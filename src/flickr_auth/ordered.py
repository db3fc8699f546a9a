"""Work done side by side, its results in order.

The threads are daemons, so that neither Ctrl-C nor a reader who has seen enough waits for what is under way.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")
_TICK = 0.5  # Windows cannot interrupt a wait without end, so there is none
_Outcome = tuple[Result | None, BaseException | None]


def results(
    work: Callable[[Item], Result], items: Iterable[Item], *, workers: int, ahead: int | None = None
) -> Iterator[Result]:
    """The result of `work` for each item, in order, done by up to `workers` threads at once.

    No more than `ahead` items (twice the workers if not given) are begun beyond the one that is read, so memory stays
    flat. An exception of `work` is raised when its turn comes. When the reader stops, nothing more is begun.
    """
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
            except BaseException as failure:  # noqa: BLE001  # it is raised again where the result is read
                outcome.put((None, failure))

    try:
        for item in items:
            if threads < workers:
                threads += 1
                Thread(target=labour, daemon=True, name="ordered").start()
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
    while True:
        try:
            result, failure = outcome.get(timeout=_TICK)
        except Empty:
            continue
        if failure is not None:
            raise failure
        return result  # type: ignore[return-value]  # without a failure the first of the pair is the result
