"""Temporary files: their names, and the removal of those that killed runs left behind.

The name tells which process writes it: while that runs, it is left alone. Another machine, or another container, may
share the folder, and its processes are not known here; so whoever finds its temporary file gone writes it once more.
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


_NAME = r"\.(?P<of>.+)\.(?P<pid>[1-9][0-9]{0,9})-[0-9a-f]{12}\.tmp"
_NAMED = 40  # characters of the file's own name; four bytes each, and it still fits where the file does
_LONGEST_WRITE = 60 * 60.0  # seconds; what is older belongs to nobody, whatever has its process ID now


def beside(path: Path) -> Path:
    """The name of a new temporary file for `path`, which may be one itself."""
    return path.with_name(f".{_of(path.name)}.{os.getpid()}-{os.urandom(6).hex()}.tmp")


def tidy(folder: str | os.PathLike[str], name: str | None = None) -> None:
    """Remove the temporary files that runs left in `folder` when they were killed: those of the file `name`, or all."""
    with contextlib.suppress(OSError):
        for each in os.listdir(folder):  # names are all that is needed
            found = re.fullmatch(_NAME, each)
            if found and (name is None or found["of"] == _of(name)):
                _remove(os.path.join(folder, each), int(found["pid"]))


def tidy_home(home: str) -> None:
    """Do that in the whole app folder."""
    for below in ("", "accounts", "pending"):
        tidy(os.path.join(home, below))


def _of(name: str) -> str:
    """What stands for a file's name in its temporary file's."""
    found = re.fullmatch(_NAME, name)
    return found["of"] if found else name[:_NAMED]


def _remove(path: str, pid: int) -> None:
    with contextlib.suppress(OSError):
        if time.time() - os.lstat(path).st_mtime > _LONGEST_WRITE or not _runs(pid):
            os.unlink(path)


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
