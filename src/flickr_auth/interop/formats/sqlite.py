"""Other tools' SQLite databases, and SQLite's errors as ours."""

from __future__ import annotations

import contextlib
import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from ...errors import Error, NotConfigured, StoreError
from ...storage import file_errors, files, replacement
from ..tool import LEFT_ALONE, check_owner

if TYPE_CHECKING:
    import sqlite3

LONGEST = 256 * 1024 * 1024  # bytes
PATIENCE = 10.0  # seconds, for another program that is writing just now

# Beside a database SQLite keeps what has not been written into it yet, tokens and secrets included.
_BESIDE = ("", "-journal", "-wal", "-shm")


@contextlib.contextmanager
def readable(path: Path, warn: files.Warn) -> Iterator[sqlite3.Connection]:
    """Open the database at `path` to read. `warn` hears of files of it that others can read or change.

    Raises `Missing` if there is none, `NotConfigured` for one that is no database or cannot be read; it quotes no row.
    """
    path = Path(replacement.target(path))
    files.read(path, warn, longest=LONGEST)
    for suffix in _BESIDE[1:]:
        with contextlib.suppress(files.Missing):
            files.read(f"{path}{suffix}", warn, longest=LONGEST)
    with _opened(path, "ro") as database:
        yield database


@contextlib.contextmanager
def writable(path: Path) -> Iterator[sqlite3.Connection]:
    """Open the database at `path` to write, without a transaction; a new one is private before SQLite opens it.

    Raises `StoreError` for one that is locked, cannot be written, or belongs to somebody else.
    """
    path = Path(replacement.target(path))
    replacement.make_folder(path.parent)
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        for each in _parts(path):
            check_owner(each)
            with contextlib.suppress(FileNotFoundError):  # another program that writes has just removed it
                if not stat.S_ISREG(os.lstat(each).st_mode):
                    raise StoreError(f"{each} is not a regular file, so your token is not written into it.") from None
    except OSError as failure:
        raise file_errors.cannot("write", str(path), failure) from failure
    with _opened(path, "rw") as database:
        yield database


def make_private(path: Path) -> None:
    """Close the files of a database to others, before a secret is written into any of them."""
    if sys.platform == "win32":
        return
    for each in _parts(Path(replacement.target(path))):
        try:
            each.chmod(0o600)
        except FileNotFoundError:  # SQLite has just removed it
            continue
        except OSError as failure:
            raise StoreError(f"Cannot close {each} to other users: {failure.strerror}.", LEFT_ALONE) from failure


def uri(path: PurePath) -> str:
    """Write an absolute path for SQLite, which takes no server: a Windows share is four slashes and its name."""
    whole = path.as_uri()
    return whole if whole.startswith("file:///") else whole.replace("file://", "file:////", 1)


def _parts(path: Path) -> list[Path]:
    """List the files of the database that are there."""
    return [each for suffix in _BESIDE if os.path.lexists(each := Path(f"{path}{suffix}"))]


@contextlib.contextmanager
def _opened(path: Path, mode: str) -> Iterator[sqlite3.Connection]:
    try:
        import sqlite3
    except ImportError:
        raise NotConfigured(
            "This Python was built without SQLite.", "Try: another Python, or the package sqlite3 of this one"
        ) from None
    try:
        address = f"{uri(path)}?mode={mode}"
        with contextlib.closing(sqlite3.connect(address, uri=True, timeout=PATIENCE, isolation_level=None)) as database:
            database.text_factory = lambda content: content.decode("utf-8", "replace")  # its own error quotes the text
            yield database
    except sqlite3.Error as failure:
        raise _meaning(failure, path, mode) from failure


def _meaning(failure: sqlite3.Error, path: Path, mode: str) -> Error:
    name = getattr(failure, "sqlite_errorname", "")
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return StoreError(
            f"{path} is locked: another program is writing to it.",
            "Try: close that program, then run the command again",
        )
    if name.startswith(("SQLITE_NOTADB", "SQLITE_CORRUPT")):
        return NotConfigured(f"{path} is not an SQLite database, or is damaged.", LEFT_ALONE)
    if name.startswith("SQLITE_FULL"):
        return StoreError(
            f"Cannot write {path}: the disk is full.", "Fix: free some disk space, then run the command again"
        )
    kind = NotConfigured if mode == "ro" else StoreError
    verb = "read" if mode == "ro" else "write"
    return kind(f"Cannot {verb} {path}: SQLite error {name or type(failure).__name__}.", LEFT_ALONE)
