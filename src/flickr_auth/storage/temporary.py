"""Temporary files: their names, and the deletion of those that killed runs left behind.

The name holds the ID of the process that writes it: while that runs, the file is left alone. Another machine or
container may share the folder, and its processes are not known here; so a writer whose temporary file has vanished
writes it once more.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
import sys
import time

_NAME = r"\.(?P<of>.+)\.(?P<pid>[1-9][0-9]{0,9})-[0-9a-f]{12}\.tmp"
_NAMED = 40  # characters of the file's own name; four bytes each, and it still fits where the file does
_LONGEST_WRITE = 60 * 60.0  # seconds; what is older belongs to nobody, whatever has its process ID now


def beside(path: str) -> str:
    """The path of a new temporary file for the file at `path`, which may be one itself."""
    folder, name = os.path.split(path)
    return os.path.join(folder, f".{_of(name)}.{os.getpid()}-{os.urandom(6).hex()}.tmp")


def leftovers(folder: str | os.PathLike[str], name: str | None = None) -> list[str]:
    """The temporary files that killed runs left in `folder`: those of the file `name`, or all. Sorted paths."""
    try:
        entries = sorted(os.listdir(folder))  # names are all that is needed
    except OSError:
        return []
    matches = ((entry, re.fullmatch(_NAME, entry)) for entry in entries)
    return [
        path
        for entry, match in matches
        if match and (name is None or match["of"] == _of(name))
        if _is_left_over(path := os.path.join(folder, entry), int(match["pid"]))
    ]


def tidy(folder: str | os.PathLike[str], name: str | None = None) -> None:
    """Delete what `leftovers` finds."""
    for path in leftovers(folder, name):
        with contextlib.suppress(OSError):
            os.unlink(path)


def tidy_home(home: str) -> None:
    """Delete the leftovers in the whole app folder."""
    for below in ("", "accounts", "pending"):
        tidy(os.path.join(home, below))


def _of(name: str) -> str:
    """Give the part of a file's name that its temporary file's has."""
    match = re.fullmatch(_NAME, name)
    return match["of"] if match else name[:_NAMED]


def _is_left_over(path: str, pid: int) -> bool:
    """Whether no process writes that file any more."""
    try:
        status = os.lstat(path)
    except OSError:
        return False
    return stat.S_ISREG(status.st_mode) and (time.time() - status.st_mtime > _LONGEST_WRITE or not _runs(pid))


def _runs(pid: int) -> bool:
    """Whether there may be such a process. On Windows to ask is to end it."""
    if sys.platform == "win32":
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True  # somebody else's
    return True
