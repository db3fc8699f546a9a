"""Files of ours, written all or nothing: a temporary file beside it, fsync, `os.replace`, fsync of the folder.

A file that is mounted on its own, as containers do, cannot be replaced; it is written through.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import stat
import sys
import time

from ..errors import StoreError
from . import file_errors
from .files import StrPath, Warn, set_mode
from .mounted import is_mounted, write_through
from .ownership import check_links, check_owner

_ROOM = b"\n" * 4096  # more than a token takes
_FLAGS = getattr(os, "O_BINARY", 0)
_TRIES, _PAUSE = 20, 0.05  # Windows: a file that another process has open is replaced when that closes it
_TEMPORARY = re.compile(r"\.(?P<of>.+)\.[0-9a-f]{12}\.flickr-auth")
_NAMED = 40  # characters of the file's own name; four bytes each, and it still fits where the file does
_LONGEST_WRITE = 60 * 60.0  # seconds; an older temporary file was left by a run that was killed


def write(path: StrPath, content: bytes) -> None:
    """Put `content` at `path`, 0600, all or nothing. If that is a symlink, the file that it leads to is written.

    Raises `StoreError`, with the old content still in place.
    """
    place = target(path)
    folder = os.path.dirname(place)
    made = make_folder(folder)
    beside = _temporary(place)
    try:
        _create(beside, content)
        _replace(beside, place)
    except BaseException as failure:  # Ctrl-C between open and rename, too
        _tidy_up(made, beside)
        if not isinstance(failure, OSError):
            raise
        if failure.errno != errno.EBUSY and not is_mounted(place):  # EBUSY: it is one, also where /proc does not tell
            raise file_errors.cannot("write", place, failure) from failure
        write_through(place, content)
    _sync(folder)
    _sweep(folder)


def prove(path: StrPath, warn: Warn) -> None:
    """Prove that `write` would work at `path`, without touching what is there, and leave no trace.

    `warn` is called if others could read what is written. Raises `StoreError`.
    """
    place = target(path)
    if os.path.isdir(place):
        raise StoreError(f"{place} is a folder, not a file.", "Try: the name of a file in it")
    folder = os.path.dirname(place)
    made = make_folder(folder)
    beside, renamed = _temporary(place), _temporary(place)
    is_private = True
    try:
        _check_changeable(place)
        if not is_mounted(place):
            _create(beside, _ROOM)
            os.rename(beside, renamed)
            is_private = sys.platform == "win32" or not os.lstat(renamed).st_mode & 0o077
            os.unlink(renamed)
    except BaseException as failure:
        _tidy_up([], beside, renamed)
        if not isinstance(failure, OSError):
            raise
        raise file_errors.cannot("write", place, failure) from failure
    finally:
        _sweep(folder)  # also what a kill left of an earlier try: a login of two steps writes only at its end
        _tidy_up(made)
    if not is_private:
        warn(f"Other users may be able to read what is in {folder}: it does not keep files private.")


def remove(path: StrPath, *, with_target: bool = False) -> None:
    """Remove the file at `path` if there is one, or empty it if it is mounted on its own.

    If that is a symlink, the file that it leads to stays, because it may be any, unless the caller knows what is in it
    and says `with_target`. Raises `StoreError`.
    """
    check_links(os.path.dirname(path))
    paths = [os.fspath(path)]
    if with_target and os.path.islink(path) and os.path.isfile(path):
        paths.insert(0, target(path))
    for each in paths:
        try:
            os.unlink(each)
        except OSError as failure:
            if failure.errno == errno.EBUSY:
                write(each, b"")
            elif failure.errno not in (errno.ENOENT, errno.ENOTDIR):
                raise file_errors.cannot("delete", each, failure) from failure
        folder, name = os.path.split(each)
        _sync(folder)
        _sweep(folder, name)


def make_folder(folder: StrPath) -> list[str]:
    """Make `folder` and every folder above it that is missing, each of them 0700; return those made, top first."""
    below = os.fspath(folder)
    made: list[str] = []
    missing = []
    while not os.path.isdir(below) and os.path.dirname(below) != below:
        missing.append(below)
        below = os.path.dirname(below)
    for each in reversed(missing):
        try:
            os.mkdir(each, 0o700)
            made.append(each)
            os.chmod(each, 0o700)  # a umask may have taken from it what we need ourselves
        except OSError as failure:
            if os.path.isdir(each):  # another command was faster
                continue
            _tidy_up(made)
            raise file_errors.cannot("make the folder", each, failure) from failure
    return made


def make_app_folder(folder: str) -> None:
    """Make the app folder if it is missing. Raises `StoreError` if another user has made it meanwhile."""
    check_owner(folder)
    make_folder(os.path.realpath(folder))
    check_owner(folder)


def target(path: StrPath) -> str:
    """Find the file that is written: if `path` is a symlink, what it points to, unless somebody else put that there.

    Raises `StoreError`.
    """
    try:
        os.fsencode(path)
        folder = os.path.dirname(path)
        if os.pardir in os.fspath(path).split(os.sep) and not os.path.isdir(folder):  # nothing could read it again
            raise StoreError(f"Cannot write {os.fspath(path)}: there is no folder {folder}.")
        check_links(path)
        return os.path.realpath(path)
    except ValueError:  # a NUL, or half a character
        raise StoreError(f"{os.fspath(path)!a} cannot be the name of a file.") from None
    except FileNotFoundError:
        raise StoreError(
            f"Cannot write {os.fspath(path)}: the current folder no longer exists.", "Try: change to another folder"
        ) from None


def _replace(source: str, path: str) -> None:
    """Rename `source` to `path`. On Windows that fails while another process reads `path`, so it is tried again."""
    for _ in range(_TRIES if sys.platform == "win32" else 0):
        with contextlib.suppress(PermissionError):
            os.replace(source, path)
            return
        time.sleep(_PAUSE)
    os.replace(source, path)


def _create(path: str, content: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _FLAGS, 0o600), "wb") as file:
        set_mode(file.fileno())  # a umask may have taken from it what we need ourselves
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _check_changeable(path: str) -> None:
    """Raise `OSError` for a file that is there and can be neither replaced nor written through.

    It is mounted read-only, or immutable, or in a sticky folder like /tmp and somebody else's.
    """
    try:
        status = os.lstat(path)
    except FileNotFoundError:
        return
    try:
        if stat.S_ISREG(status.st_mode):
            os.close(os.open(path, os.O_RDWR))
    except OSError as failure:
        if failure.errno != errno.EACCES or sys.platform == "win32":  # a mode keeps no file from being replaced
            raise
    if sys.platform == "win32":
        return
    folder, me = os.stat(os.path.dirname(path)), os.geteuid()
    if folder.st_mode & stat.S_ISVTX and me not in (0, status.st_uid, folder.st_uid):
        raise OSError(errno.EPERM, f"it belongs to {file_errors.user(status.st_uid)}")


def _sync(folder: str) -> None:
    """Make a rename last through a power cut, if the system can (Windows and some mounts cannot)."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder or ".", os.O_RDONLY | _FLAGS)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _temporary(path: str) -> str:
    """Make up the path of a new temporary file for the file at `path`."""
    folder, name = os.path.split(path)
    return os.path.join(folder, f".{name[:_NAMED]}.{os.urandom(6).hex()}.flickr-auth")


def _sweep(folder: str, removed: str | None = None) -> None:
    """Delete the temporary files that killed runs left in `folder`: the old ones, and all of a file just removed."""
    with contextlib.suppress(OSError):
        for match in filter(None, map(_TEMPORARY.fullmatch, os.listdir(folder or "."))):
            path = os.path.join(folder, match[0])
            with contextlib.suppress(OSError):  # another user's in a shared folder, or deleted meanwhile
                is_old = time.time() - os.lstat(path).st_mtime > _LONGEST_WRITE
                if is_old or (removed is not None and match["of"] == removed[:_NAMED]):
                    os.unlink(path)


def _tidy_up(folders: list[str], *paths: str) -> None:
    """Delete what was made on the way: the files, and the folders if they are empty."""
    for path in paths:
        with contextlib.suppress(OSError):
            os.unlink(path)
    while folders:
        with contextlib.suppress(OSError):
            os.rmdir(folders.pop())
