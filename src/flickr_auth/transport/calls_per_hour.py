"""How many calls an API key had in the last hour, counted for all programs of a person together.

Flickr switches off a key that makes more than 3,600 calls an hour, and gives no new one. For each key and hour of UTC
there is a file with a byte for each call. A byte's place is the number of its call, so no lock is needed; its value is
the time in the hour, in steps of 15 seconds, so the hour slides. What cannot be counted is sent all the same.

Source: https://www.flickr.com/services/developer/api/
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
import time
from collections.abc import Callable, Mapping

from ..account import file_name
from ..errors import Busy, NotSent, UsageError
from ..provider import Provider
from ..threads import TICK

MOST = 3600
VARIABLE = "FLICKR_AUTH_CALLS_PER_HOUR"
_HOUR = 3600  # seconds
_KEPT = 48  # hours
_STEP = 15  # seconds; an hour has 240 of these steps, which a byte can tell apart
_LONGEST = 1 << 20  # bytes, of any number of calls that can be made in an hour
_STAMP = re.compile(r"-[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}Z$")
_READ = sum(getattr(os, name, 0) for name in ("O_RDONLY", "O_NOFOLLOW", "O_NONBLOCK", "O_BINARY"))
_APPEND = _READ | os.O_WRONLY | os.O_APPEND | os.O_CREAT


def most_calls(environ: Mapping[str, str], provider: Provider) -> int | None:
    """Find how many calls an hour a key may make at the provider; 0 for any number, None if they are not counted.

    Raises `UsageError` for a variable that is no number.
    """
    text = environ.get(VARIABLE, "")
    if not text:
        return MOST if provider.is_flickr else None
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise UsageError(
            f"{VARIABLE} is '{text}', not a number of calls.",
            f"Fix: set {VARIABLE} to 0 (no limit) or more, or unset it",
        )
    return int(text)


def in_words(count: int, most: int | None) -> str:
    """Say how many calls there were in the last hour, of as many as a key may make; 0 or None is any number."""
    calls = f"of {most:,} calls" if most else "call" if count == 1 else "calls"
    return f"{count:,} {calls} in the last hour"


def counted(
    environ: Mapping[str, str],
    folder: str | None,
    api_key: str,
    provider: Provider,
    show: Callable[[str], None] | None = None,
) -> CallsPerHour | None:
    """Make the count of a key at the provider; None if its calls are not counted there, or there is no folder for it.

    Raises `UsageError` as `most_calls`.
    """
    most = most_calls(environ, provider)
    return None if most is None or folder is None else CallsPerHour(folder, api_key, provider, most, show)


def logged() -> Callable[[str], None]:
    """Make what shows the users of a script that a call waits: a warning in the log, once for each wait."""
    import logging

    told: set[str] = set()

    def log(text: str) -> None:
        if text not in told:
            told.add(text)
            logging.getLogger("flickr_auth").warning(text)

    return log


class CallsPerHour:
    """The calls of one API key, of which `most` may be made in an hour; with 0 they are counted and none waits.

    `folder` is where the files are. `show` gets a line about a call that waits, every half second; without it, a call
    for which there is no room is an error.
    """

    def __init__(
        self,
        folder: str,
        api_key: str,
        provider: Provider,
        most: int,
        show: Callable[[str], None] | None = None,
        *,
        clock: Callable[[], float] = lambda: time.time(),  # noqa: PLW0108  # a test may freeze it later
    ) -> None:
        self.most = most
        self.key = f"{api_key[:8]}..."
        self.folder = folder
        self._name = file_name(api_key, provider=provider.name)
        self._show = show
        self._clock = clock
        self._is_closed = False

    def count(self) -> int:
        """Return how many calls were counted in the last hour."""
        return sum(map(len, self._counted(*self._now())))

    @property
    def blocked(self) -> str | None:
        """The path that cannot be written, so that nothing is counted; None if all is well. A full disk is not seen."""
        path = self._path(self._now()[0])
        if os.path.lexists(path):
            return None if os.path.isfile(path) and not os.path.islink(path) and _may(path, os.W_OK) else path
        folders = [self.folder, *self._above()]
        there = next((each for each in folders if os.path.lexists(each)), folders[-1])
        return None if os.path.isdir(there) and _may(there, os.W_OK | os.X_OK) else there

    def close(self) -> None:
        """Let no call wait any longer."""
        self._is_closed = True

    def wait(self) -> None:
        """Count a call that is about to be sent, as soon as there is room.

        Raises `Busy` at once if nobody is shown that it waits, and `NotSent` if the session is closed meanwhile.
        """
        while until := self.take():
            if self._show is None:
                raise Busy(f"{self._full()}.", f"Try: again after {_clock_time(until)}")
            if self._is_closed:
                raise NotSent("The session was closed while a call was waiting.")
            self._show(f"Waiting until {_clock_time(until)}: {self._full()}")
            time.sleep(min(TICK, max(0.0, until - self._clock())))

    def take(self) -> float:
        """Count a call, and return 0.0; if there is no room, return when there will be, in seconds since the epoch."""
        hour, step = self._now()
        earlier, this = self._counted(hour, step)
        if not 0 < self.most <= len(earlier) + len(this):
            # A call that came between the look and the count is in the number. The byte of one too many is wasted.
            number = self._append(hour, step)
            if not 0 < self.most < len(earlier) + number:
                return 0.0
            this = this.ljust(number, bytes((step,)))
        ends = [hour * _HOUR + (each + 1) * _STEP for each in sorted(earlier)]
        ends += [(hour + 1) * _HOUR + (each + 1) * _STEP for each in sorted(this)]
        return float(ends[len(ends) - self.most])  # when so many calls are an hour old that there is room for one

    def _full(self) -> str:
        return f"API key {self.key} is at its limit ({self.most:,} calls an hour)"

    def _now(self) -> tuple[int, int]:
        """Return the hour since the epoch, and the step in it."""
        hour, second = divmod(int(self._clock()), _HOUR)
        return hour, second // _STEP

    def _counted(self, hour: int, step: int) -> tuple[bytes, bytes]:
        """Return the bytes of the last hour: those of the hour before this one that are no older, and this one's."""
        return self._read(hour - 1).translate(None, bytes(range(step))), self._read(hour)

    def _read(self, hour: int) -> bytes:
        with contextlib.suppress(OSError):
            file = os.open(self._path(hour), _READ)
            try:
                return os.read(file, _LONGEST)
            finally:
                os.close(file)
        return b""

    def _append(self, hour: int, step: int) -> int:
        """Write the byte of a call, and return its number in this hour; 0 if it cannot be written."""
        path, number = self._path(hour), 0
        with contextlib.suppress(OSError):
            try:
                file = os.open(path, _APPEND, 0o600)
            except FileNotFoundError:
                self._make_folder()
                file = os.open(path, _APPEND, 0o600)
            try:
                os.write(file, bytes((step,)))
                number = os.lseek(file, 0, os.SEEK_CUR)
            finally:
                os.close(file)
            if number == 1:
                _give_to_owner(path)
                self._tidy(hour)
        return number

    def _above(self) -> tuple[str, str]:
        """Return the app folder and the one above it (~/.config), which are made if need be; a home folder is not."""
        app_folder = os.path.dirname(self.folder)
        return app_folder, os.path.dirname(app_folder)

    def _make_folder(self) -> None:
        """Make the folder, and those above it, for this user alone."""
        for folder in (*reversed(self._above()), self.folder):
            if not os.path.isdir(folder):  # another program may be faster
                with contextlib.suppress(FileExistsError):
                    os.mkdir(folder, 0o700)
                    _give_to_owner(folder)

    def _tidy(self, hour: int) -> None:
        """Delete the files of hours that are long over, of whatever key: this clock may be wrong by some hours."""
        for name in os.listdir(self.folder):
            stamp = _STAMP.search(name)
            if stamp and stamp[0] < _stamp(hour - _KEPT):
                with contextlib.suppress(OSError):
                    os.unlink(os.path.join(self.folder, name))

    def _path(self, hour: int) -> str:
        return os.path.join(self.folder, self._name + _stamp(hour))


def _give_to_owner(path: str) -> None:
    """Let root leave nothing in somebody's folder that they could not write to themselves (`sudo` with their HOME)."""
    if sys.platform != "win32" and os.geteuid() == 0:
        above = os.stat(os.path.dirname(path))
        os.chown(path, above.st_uid, above.st_gid, follow_symlinks=False)


def _may(path: str, mode: int) -> bool:
    return os.access(path, mode, effective_ids=os.access in os.supports_effective_ids)


def _stamp(hour: int) -> str:
    return time.strftime("-%Y-%m-%dT%HZ", time.gmtime(hour * _HOUR))


def _clock_time(moment: float) -> str:
    return time.strftime("%H:%M:%S", time.localtime(moment))
