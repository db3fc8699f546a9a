"""Whole processes, timed in pairs: A, B, A, B, so that both see the same machine, and the ratio of each pair."""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

_TYPED = b"123-456-789\n"


@dataclass(frozen=True)
class Command:
    """A command, with its environment and its folder."""

    words: Sequence[str]
    environ: dict[str, str]
    folder: str


@dataclass(frozen=True)
class Sample:
    """One run: seconds by the clock and of the processor, and the most memory in bytes."""

    wall: float
    processor: float
    peak: int


@dataclass(frozen=True)
class Ratio:
    """What was measured of A and B, pair by pair: the median of the ratios with its spread, and the medians.

    `least` is the ratio to B of what the libraries take alone that A uses; None if that was not measured.
    """

    name: str
    bound: float
    ratios: tuple[float, ...]
    first: float
    second: float
    unit: str = "ms"
    least: float | None = None

    @property
    def median(self) -> float:
        """The ratio to quote."""
        return statistics.median(self.ratios)

    @property
    def holds(self) -> bool:
        """Whether it is within its bound."""
        return self.median <= self.bound


def once(command: Command) -> Sample:
    """Run the command to its end. Raises `RuntimeError`, with what it said, where it fails."""
    began = time.perf_counter()
    process = subprocess.Popen(
        command.words,
        env=command.environ,
        cwd=command.folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    assert process.stdin is not None and process.stderr is not None
    try:
        process.stdin.write(_TYPED)
        process.stdin.close()
    except BrokenPipeError:
        pass  # it needs none
    said = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stderr.close()
    if process.returncode:
        raise RuntimeError(f"{command.words} failed: {said.decode()}")
    return Sample(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)


def paired(
    name: str,
    bound: float,
    first: Command,
    second: Command,
    *,
    runs: int,
    of: Callable[[Sample], float] = lambda sample: sample.wall * 1000,
    unit: str = "ms",
    least: Command | None = None,
) -> Ratio:
    """A and B in turns, after one run of each that is not counted, and what A's libraries take alone beside them."""
    each = (first, second, least or second)
    for command in each:
        once(command)
    runs_of_each = list(zip(*([of(once(command)) for command in each] for _ in range(runs)), strict=True))
    ratios, floor = ([a / b for a, b in zip(runs_of_each[n], runs_of_each[1], strict=True)] for n in (0, 2))
    medians = [statistics.median(each) for each in runs_of_each]
    return Ratio(name, bound, tuple(ratios), *medians[:2], unit, statistics.median(floor) if least else None)
