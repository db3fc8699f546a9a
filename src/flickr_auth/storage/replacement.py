"""A file's replacement, all or nothing: what writing needs is opened first, and held until the content is known.

A temporary file beside the target, fsync, `os.replace`, fsync of the folder. A run that was killed leaves the temporary
file behind, as private as the other, and the next one tidies up.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import NoReturn

from ..errors import StoreError
from . import obstacles, temporary

StrPath = str | os.PathLike[str]
_ROOM = 4096  # bytes: more than a token takes, so that a disk that fills up meanwhile takes nothing away
_SPARE = 8  # descriptors: what else has to be opened once the content is known
_FLAGS = getattr(os, "O_BINARY", 0)
_TRIES, _PAUSE = 20, 0.05  # Windows: a file that another process has open is replaced when that closes it


class Replacement:
    """The next content of the file at `path`, proven to be writable: that very file can be replaced or written through.

    With `hold` it also keeps what a write needs later: room on the disk and a few descriptors. Raises `StoreError`,
    with the file as it was; closing it without a `write` leaves no trace.
    """

    def __init__(self, path: StrPath, *, hold: bool = False) -> None:
        self.path = target(path)
        self._spare: list[int] = []
        self._through: int | None = None  # the file itself, open to be written through
        self._temporary = ""
        self._renamed = ""  # what it becomes in a try, known before the rename: a signal may come between any two lines
        self._descriptor: int | None = None
        self._is_alone = False  # nothing can be made beside the file, which is mounted on its own
        self._made: list[str] = []
        try:
            self._through = _opened(self.path)
            self._open_in_folder()
            if hold and self._descriptor is not None:
                self._fill()
                self._spare = [os.dup(self._descriptor) for _ in range(_SPARE)]
        except OSError as failure:
            self.close()
            raise obstacles.cannot("write", self.path, failure) from failure
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Replacement:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _value: BaseException | None, _at: TracebackType | None
    ) -> None:
        self.close()

    def __del__(self) -> None:
        with contextlib.suppress(AttributeError):  # if the signal came before anything was there
            self.close()  # it may also come before the block is entered, or while it is left

    def prove(self) -> bool:
        """Prove that a file beside the target can be written, renamed and deleted; whether it stays private there.

        A file that can only be written through is proven already: it is open. Raises `StoreError`.
        """
        if self._is_alone:
            return True
        try:
            try:
                return self._try()
            except FileNotFoundError:  # as in `write`
                self._discard()
                self._open_in_folder()
                return self._try()
        except OSError as failure:
            raise obstacles.cannot("write", self.path, failure) from failure

    def _try(self) -> bool:
        self._fill()
        self._shut()  # Windows can neither rename nor delete what is open
        self._renamed = temporary.beside(self._temporary)
        os.rename(self._temporary, self._renamed)
        is_private = sys.platform == "win32" or not os.lstat(self._renamed).st_mode & 0o077
        os.unlink(self._renamed)
        self._temporary = self._renamed = ""
        return is_private

    def _fill(self) -> None:
        """Take the room on the disk that the content will need."""
        if self._descriptor is not None:
            if os.write(self._descriptor, b"\n" * _ROOM) != _ROOM:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(self._descriptor)

    def write(self, content: bytes, path: StrPath | None = None) -> None:
        """Put the content at the path, or at another `path` in the same folder. Raises `StoreError`."""
        self.release()
        try:
            if path is not None:
                self._move(target(path))
            try:
                self._replace(content)
            except FileNotFoundError:
                # The folder was removed meanwhile; or a machine that shares it took the temporary file for a leftover.
                self._discard()
                self._open_in_folder()
                self._replace(content)
        except OSError as failure:
            if failure.errno != errno.EBUSY or self._through is None:
                raise obstacles.cannot("write", self.path, failure) from failure
            self._write_through(content)  # mounted on its own, as containers do: it cannot be replaced
        else:
            self._temporary, self._made = "", []
        sync_folder(os.path.dirname(self.path))
        temporary.tidy(*os.path.split(self.path))

    def _move(self, path: str) -> None:
        """Make the file at that path the one that is written."""
        is_elsewhere = os.path.dirname(path) != os.path.dirname(self.path)  # a link leads there
        self.path = path
        if sys.platform != "win32":  # the rename itself tells there, and waits for other processes
            self._through = _opened(path)
        if is_elsewhere:
            self._discard()
            self._open_in_folder()

    def release(self) -> None:
        """Close the spare descriptors, for what has to be opened now."""
        while self._spare:
            os.close(self._spare.pop())

    def close(self) -> None:
        """Close everything, and remove the temporary file and the folders that were made for nothing."""
        self.release()
        through, self._through = self._through, None
        if through is not None:
            os.close(through)
        self._discard()
        _remove_folders(self._made)

    def _open_in_folder(self) -> None:
        """Open the temporary file, in a folder that is made if it is missing: another command may delete that again."""
        for tries_left in reversed(range(_TRIES)):
            self._made += make_folder(os.path.dirname(self.path))
            try:
                self._open()
            except FileNotFoundError:
                if not tries_left:
                    raise
            else:
                return

    def _open(self) -> None:
        self._temporary = temporary.beside(self.path)
        try:
            self._descriptor = os.open(self._temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL | _FLAGS, 0o600)
        except OSError as failure:
            self._temporary = ""
            is_locked = failure.errno in (errno.EACCES, errno.EPERM, errno.EROFS)
            self._is_alone = is_locked and self._through is not None and _is_mounted(self.path)
            if not self._is_alone:
                raise

    def _replace(self, content: bytes) -> None:
        if self._is_alone:
            raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))  # as the rename would
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is None:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        with os.fdopen(descriptor, "wb") as file:
            file.seek(0)
            file.write(content)
            file.truncate()
            file.flush()
            os.fsync(descriptor)
        replace(self._temporary, self.path)

    def _shut(self) -> None:
        descriptor, self._descriptor = self._descriptor, None  # none is closed twice, whenever a signal comes
        if descriptor is not None:
            os.close(descriptor)

    def _discard(self) -> None:
        self._shut()
        for name in filter(None, (self._temporary, self._renamed)):
            with contextlib.suppress(OSError):
                os.unlink(name)
        self._temporary = self._renamed = ""

    def _write_through(self, content: bytes) -> None:
        """Write into the file that is there: in one go, and what it held comes back if that fails."""
        assert self._through is not None  # noqa: S101  # the caller looked
        descriptor, self._through = self._through, None
        try:
            with os.fdopen(descriptor, "r+b", buffering=0) as file:
                before = file.read()
                if sys.platform != "win32":
                    with contextlib.suppress(OSError):  # a file system without modes: `prove` says if it is private
                        os.fchmod(descriptor, 0o600)
                try:
                    # A run that is killed before the rest is cut off leaves empty lines, which no reader of ours minds.
                    _write_all(descriptor, content.ljust(len(before), b"\n"))
                    file.truncate(len(content))
                    os.fsync(descriptor)
                except OSError:
                    _write_all(descriptor, before)
                    file.truncate(len(before))
                    raise
        except OSError as failure:
            raise obstacles.cannot("write", self.path, failure) from failure


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
    for tries_left in reversed(range(_TRIES)):
        try:
            _make_missing(folder, made)
        except FileNotFoundError as failure:  # another command has taken one of them away again
            if not tries_left:
                raise obstacles.cannot("make the folder", folder, failure) from failure
        except OSError as failure:
            _remove_folders(made)
            raise obstacles.cannot("make the folder", folder, failure) from failure
        else:
            break
    return made


def _make_missing(folder: str, made: list[str]) -> None:
    missing = []
    while not os.path.isdir(folder) and os.path.dirname(folder) != folder:
        missing.append(folder)
        folder = os.path.dirname(folder)
    for each in reversed(missing):
        try:
            os.mkdir(each, 0o700)
            made.append(each)
        except FileExistsError:
            if not os.path.isdir(each):
                _remove_folders(made)
                raise StoreError(f"{each} is not a folder, and is in the way.", "Fix: move it away.") from None


def sync_folder(folder: str) -> None:
    """Make a rename last through a power cut, if the system can (Windows and some mounts cannot)."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder or ".", os.O_RDONLY | _FLAGS)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def replace(source: str, path: str, *, rename: Callable[[str, str], None] = os.replace) -> None:
    """Rename `source` to `path`. On Windows that fails while another process reads `path`, so it is tried again."""
    for _ in range(_TRIES if sys.platform == "win32" else 0):
        try:
            rename(source, path)
        except PermissionError:
            time.sleep(_PAUSE)
        else:
            return
    rename(source, path)


def _opened(path: str) -> int | None:
    """The file that is there, open to be written through; None if it is absent, or may be replaced but not opened.

    Opening it tells what renaming cannot tell without doing it: that it is immutable, or mounted read-only on its own.
    On Windows it is closed again, as nothing that is open can be replaced there, nor anything that is read-only.
    Raises `StoreError` and `OSError` for a file that can be neither replaced nor written.
    """
    try:
        status = os.lstat(path)
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(status.st_mode):
        raise StoreError(f"{path} is a folder, not a file.", "Try: the name of a file in it.")
    if not stat.S_ISREG(status.st_mode):
        return None
    is_mounted = sys.platform != "win32" and _is_mounted(path)
    if sys.platform != "win32" and os.geteuid() not in (0, status.st_uid):
        folder = os.stat(os.path.dirname(path))
        if is_mounted or (folder.st_mode & stat.S_ISVTX and folder.st_uid != os.geteuid()):
            _refuse_foreign(path, status.st_uid)
    flags = os.O_RDWR | _FLAGS
    if sys.platform != "win32":
        flags |= os.O_NOFOLLOW
    try:
        descriptor = os.open(path, flags)
    except PermissionError as failure:
        if failure.errno == errno.EACCES and not is_mounted and sys.platform != "win32":
            return None  # its mode says no, which keeps nobody from replacing it
        raise
    if sys.platform == "win32":
        os.close(descriptor)
        return None
    return descriptor


def _refuse_foreign(path: str, uid: int) -> NoReturn:
    raise StoreError(
        f"Cannot write {path}: it belongs to {obstacles.user(uid)}, and only its owner can replace it there.",
        "Try: the name of another file.",
    )


def _is_mounted(path: str) -> bool:
    """Whether the file is a mount of its own, which cannot be replaced, only written through."""
    try:
        with open("/proc/self/mountinfo", "rb") as file:
            mounted = {line.split(b" ")[4] for line in file}
    except (OSError, IndexError):
        return False
    escaped = os.fsencode(path).replace(b"\\", rb"\134").replace(b" ", rb"\040").replace(b"\t", rb"\011")
    return escaped.replace(b"\n", rb"\012") in mounted


def _write_all(descriptor: int, content: bytes) -> None:
    os.lseek(descriptor, 0, os.SEEK_SET)
    if os.write(descriptor, content) != len(content):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _remove_folders(folders: list[str]) -> None:
    while folders:
        with contextlib.suppress(OSError):
            os.rmdir(folders.pop())
