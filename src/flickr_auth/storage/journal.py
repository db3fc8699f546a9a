"""The journal of changes: which keyring may hold an item of which account, written before the keyring is touched.

One file for each account that is being changed, a backend on each line, and locked meanwhile. A command that was killed
leaves the file, unlocked; the next one that changes something completes what it finds. The lock keeps a logout beside a
login of the same person from leaving an item that no command finds.
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
import time
from collections.abc import Callable, Iterator
from types import TracebackType

from ..errors import StoreError
from . import files, replacement

_ENDING = ".changing"
_PATIENCE = 10.0  # seconds for another command to be done with the account
_PAUSE = 0.05
_FLAGS = getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)  # a pipe in its place would be read for ever
_BACKEND = re.compile(r"[\w<>]+(\.[\w<>]+)+")
_FAR = 1 << 30  # Windows locks bytes, and nobody may read those: one beyond the content


class Journal:
    """The changes that are under way, or were cut off."""

    def __init__(self, home: str, warn: Callable[[str], None]) -> None:
        self._folder = os.path.join(home, "journal")
        self.warn = warn
        self._uncertain: dict[str, Change] = {}  # a late answer of the keyring may still change something

    def change(self, account_id: str) -> Change:
        """Begin to change an account: wait for the command that does so now, for at most ten seconds."""
        return self._uncertain.pop(account_id, None) or Change(self, self._path(account_id), account_id, _PATIENCE)

    def keep_locked(self, change: Change) -> None:
        """Keep a change locked until this process ends, because its outcome is not known before."""
        self._uncertain[change.account_id] = change

    def cut_off(self, *, reading: bool = False) -> Iterator[Change]:
        """The changes that no command is at any more; with `reading` nothing is written or deleted."""
        with contextlib.suppress(OSError):
            for name in sorted(os.listdir(self._folder)):
                if name.endswith(_ENDING) and name.removesuffix(_ENDING) not in self._uncertain:
                    change = Change(self, os.path.join(self._folder, name), name.removesuffix(_ENDING), 0, new=False)
                    if change.is_locked:
                        yield change
                    change.release() if reading else change.close()

    def _path(self, account_id: str) -> str:
        return os.path.join(self._folder, account_id + _ENDING)


class Change:
    """The change of one account. `backends` may hold an item of it that no account file names.

    What cannot be locked or written is gone on without: a token that was issued is worth more than its journal.
    """

    def __init__(self, journal: Journal, path: str, account_id: str, patience: float, *, new: bool = True) -> None:
        self._journal = journal
        self._path = path
        self.account_id = account_id
        self.backends: list[str] = []
        self.is_uncertain = False
        self.has_failed = False  # there is no journal, but not because another command keeps it locked
        self._descriptor: int | None = None
        try:
            if new:
                replacement.make_folder(os.path.dirname(path))
            self._descriptor = descriptor = _locked(path, patience, new=new)
            if descriptor is not None:
                content = os.read(descriptor, files.LONGEST)
                self.backends = list(dict.fromkeys(content.decode("utf-8", "replace").split("\n")[:-1]))
                if not all(map(_BACKEND.fullmatch, self.backends)):
                    self.backends = []
                    raise StoreError("it is something else.")
        except (OSError, StoreError) as failure:
            self.release()  # what cannot be read, or is not ours, is neither written over nor deleted
            if new:  # else the command that was at it has just ended
                self._fail(failure)

    @property
    def is_locked(self) -> bool:
        """Whether nobody else changes that account now."""
        return self._descriptor is not None

    def note(self, backend: str) -> None:
        """Write down, before it is touched, that this keyring may hold an item of the account."""
        if backend and backend not in self.backends:
            self.backends.append(backend)
            self._write()

    def settle(self, backend: str) -> None:
        """This keyring holds no item of the account, or one that the account's file names."""
        if backend in self.backends:
            self.backends.remove(backend)

    def __enter__(self) -> Change:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _value: BaseException | None, _at: TracebackType | None
    ) -> None:
        if self.is_uncertain:
            self._write()
            self._journal.keep_locked(self)
        else:
            self.close()

    def close(self) -> None:
        """Let go of the account; what is not settled stays written down."""
        if self.backends:
            self._write()
        elif self.is_locked:
            if sys.platform == "win32":  # where nothing that is open can be deleted
                self.release()
            with contextlib.suppress(OSError):
                os.unlink(self._path)
        self.release()

    def release(self) -> None:
        """Let go of the account, with the file as it is."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __del__(self) -> None:
        self.release()

    def _fail(self, failure: Exception) -> None:
        self.has_failed = True
        reason = getattr(failure, "strerror", None) or str(failure).rstrip(".")
        self._journal.warn(
            f"Cannot write {self._path}: {reason}. If this command is killed, a token may be left in the keyring."
        )

    def _write(self) -> None:
        """Write the backends in place: a new file would not be the one that is locked."""
        if self._descriptor is None:
            return
        content = "".join(f"{each}\n" for each in self.backends).encode("utf-8", "replace")
        try:
            os.lseek(self._descriptor, 0, os.SEEK_SET)
            os.write(self._descriptor, content)
            os.ftruncate(self._descriptor, len(content))
            os.fsync(self._descriptor)
        except OSError as failure:
            self._fail(failure)


def _locked(path: str, patience: float, *, new: bool) -> int | None:
    """The file, open and locked, None if another process keeps it locked for that long."""
    deadline = time.monotonic() + patience
    while True:
        descriptor = os.open(path, os.O_RDWR | (os.O_CREAT if new else 0) | _FLAGS, 0o600)
        if lock(descriptor) and _is_still(path, descriptor):
            return descriptor
        os.close(descriptor)  # somebody has it locked, or had, and has deleted it
        if time.monotonic() >= deadline:
            return None
        time.sleep(_PAUSE)


def _is_still(path: str, descriptor: int) -> bool:
    with contextlib.suppress(OSError):
        return os.path.samestat(os.fstat(descriptor), os.stat(path))
    return False


def lock(descriptor: int) -> bool:
    """Lock an open file, until it is closed; False if another process has it locked."""
    if sys.platform == "win32":
        import msvcrt

        try:
            os.lseek(descriptor, _FAR, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
            os.lseek(descriptor, 0, os.SEEK_SET)
        except OSError:
            return False
        return True
    import fcntl

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        return True
    return True
