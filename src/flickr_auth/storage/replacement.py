"""A file's replacement, all or nothing: a temporary file beside it, fsync, `os.replace`, fsync of the folder.

A file that is mounted on its own, as containers do, cannot be replaced; it is written through.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import sys
import time

from ..errors import StoreError
from . import obstacles, temporary

StrPath = str | os.PathLike[str]
_ROOM = b"\n" * 4096  # more than a token takes
_FLAGS = getattr(os, "O_BINARY", 0)
_TRIES, _PAUSE = 20, 0.05  # Windows: a file that another process has open is replaced when that closes it


def write(path: StrPath, content: bytes) -> None:
    """Put `content` at `path`, 0600, all or nothing. Raises `StoreError`, with the old content still in place."""
    place = target(path)
    made = make_folder(os.path.dirname(place))
    beside = temporary.beside(place)
    try:
        _create(beside, content)
        replace(beside, place)
    except OSError as failure:
        _tidy_up(beside, made)
        if not _is_mounted(place):
            raise obstacles.cannot("write", place, failure) from failure
        _write_through(place, content)
    except BaseException:
        _tidy_up(beside, made)
        raise
    sync_folder(os.path.dirname(place))


def prove(path: StrPath) -> bool:
    """Prove that `write` would work, and leave no trace; whether the file would stay private. Raises `StoreError`."""
    place = target(path)
    if os.path.isdir(place):
        raise StoreError(f"{place} is a folder, not a file.", "Try: the name of a file in it.")
    made = make_folder(os.path.dirname(place))
    beside, renamed = temporary.beside(place), temporary.beside(place)
    try:
        if _is_mounted(place):
            os.close(os.open(place, os.O_RDWR))
            return True
        _create(beside, _ROOM)
        os.rename(beside, renamed)
        return sys.platform == "win32" or not os.lstat(renamed).st_mode & 0o077
    except OSError as failure:
        raise obstacles.cannot("write", place, failure) from failure
    finally:
        _tidy_up(beside, [])
        _tidy_up(renamed, made)


def _create(path: str, content: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _FLAGS, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _write_through(path: str, content: bytes) -> None:
    """Write into the file that is there; what it held comes back if that fails."""
    try:
        with open(path, "r+b", buffering=0) as file:
            before = file.read()
            with contextlib.suppress(OSError, AttributeError):  # a file system without modes
                os.fchmod(file.fileno(), 0o600)
            try:
                _overwrite(file.fileno(), content)
            except OSError:
                _overwrite(file.fileno(), before)
                raise
    except OSError as failure:
        raise obstacles.cannot("write", path, failure) from failure


def _overwrite(descriptor: int, content: bytes) -> None:
    os.lseek(descriptor, 0, os.SEEK_SET)
    if os.write(descriptor, content) != len(content):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    os.ftruncate(descriptor, len(content))
    os.fsync(descriptor)


def target(path: StrPath) -> str:
    """The file that is written: if `path` is a symlink, what it points to. Raises `StoreError`."""
    try:
        os.fsencode(path)
        return os.path.realpath(path)
    except ValueError:  # a NUL, or half a character
        raise StoreError(f"{os.fspath(path)!a} cannot be the name of a file.") from None
    except FileNotFoundError:
        raise StoreError(
            f"Cannot write {os.fspath(path)}: the current folder no longer exists.", "Try: change to another folder"
        ) from None


def make_folder(folder: str) -> list[str]:
    """Make `folder` and every folder above it that is missing, each of them 0700; those that were made, top first."""
    made: list[str] = []
    missing = []
    while not os.path.isdir(folder) and os.path.dirname(folder) != folder:
        missing.append(folder)
        folder = os.path.dirname(folder)
    for each in reversed(missing):
        try:
            os.mkdir(each, 0o700)
            made.append(each)
        except OSError as failure:
            if os.path.isdir(each):  # another command was faster
                continue
            _remove_folders(made)
            if isinstance(failure, FileExistsError):
                raise StoreError(f"{each} is not a folder, and is in the way.", "Fix: move it away.") from None
            raise obstacles.cannot("make the folder", missing[0], failure) from failure
    return made


def sync_folder(folder: str) -> None:
    """Make a rename last through a power cut, if the system can (Windows and some mounts cannot)."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder or ".", os.O_RDONLY | _FLAGS)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def replace(source: str, path: str) -> None:
    """Rename `source` to `path`. On Windows that fails while another process reads `path`, so it is tried again."""
    for _ in range(_TRIES if sys.platform == "win32" else 0):
        with contextlib.suppress(PermissionError):
            os.replace(source, path)
            return
        time.sleep(_PAUSE)
    os.replace(source, path)


def _is_mounted(path: str) -> bool:
    """Whether the file is a mount of its own, which cannot be replaced."""
    try:
        if not stat.S_ISREG(os.lstat(path).st_mode):
            return False
        with open("/proc/self/mountinfo", "rb") as file:
            mounted = {line.split(b" ")[4] for line in file}
    except (OSError, IndexError):
        return False
    return os.fsencode(path).replace(b"\\", rb"\134").replace(b" ", rb"\040") in mounted


def _tidy_up(path: str, folders: list[str]) -> None:
    with contextlib.suppress(OSError):
        os.unlink(path)
    _remove_folders(folders)


def _remove_folders(folders: list[str]) -> None:
    while folders:
        with contextlib.suppress(OSError):
            os.rmdir(folders.pop())
