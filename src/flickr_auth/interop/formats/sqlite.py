"""Other tools' SQLite databases, and SQLite's errors as ours.

A database is somebody else's, and may be anything: only ordinary tables are used, because a view or a trigger can run
without end, values and time are bounded, and signals are noticed meanwhile.
"""

from __future__ import annotations

import contextlib
import os
import stat
import sys
import time
from collections.abc import Generator, Iterator
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from ...errors import Error, NotConfigured, StoreError
from ...storage import file_errors, files, replacement
from ..tool import LEFT_ALONE, check_owner

if TYPE_CHECKING:
    import sqlite3

LONGEST = 256 * 1024 * 1024  # bytes
PATIENCE = 10.0  # seconds, for another program that is writing just now
LONGEST_USE = 10.0  # seconds that SQLite may work, once it has what it waited for
_LONGEST_VALUE = 64 * 1024  # bytes; of a row, too
_PAUSE = 0.05  # seconds between two tries for a lock
_STEPS = 20_000  # of SQLite's machine between two looks at signals and the clock: about a millisecond

# Beside a database SQLite keeps what has not been written into it yet, tokens and secrets included.
_BESIDE = ("", "-journal", "-wal", "-shm")


@contextlib.contextmanager
def readable(path: Path, warn: files.Warn, shown: str = "") -> Iterator[sqlite3.Connection]:
    """Open the database at `path` to read. `warn` hears of files of it that others can read or change.

    `shown` is what messages call it instead of its path, of which they then say nothing. Raises `Missing` if there is
    none, `NotConfigured` for one that is no database or cannot be read; it quotes no row.
    """
    if shown:
        warn = _shown_instead(warn, f"{shown} is not private: other users can read or change it, or own it.")
    try:
        path = Path(replacement.target(path))
        files.read(path, warn, longest=LONGEST)
        for suffix in _BESIDE[1:]:
            with contextlib.suppress(files.Missing):
                files.read(f"{path}{suffix}", warn, longest=LONGEST)
    except (NotConfigured, StoreError) as failure:
        if shown and not isinstance(failure, files.Missing):
            raise NotConfigured(f"{shown} cannot be read as a file.", LEFT_ALONE) from None
        raise
    with _opened(path, "ro", shown) as database:
        _patiently(database, "BEGIN")
        _patiently(database, "SELECT 1 FROM sqlite_master LIMIT 1")  # from here on nobody else writes
        yield database


@contextlib.contextmanager
def writable(path: Path) -> Iterator[sqlite3.Connection]:
    """Open the database at `path` for one transaction, which ends with the block; a new file is private at once.

    Raises `StoreError` for one that is locked, cannot be written, or belongs to somebody else.
    """
    path = Path(replacement.target(path))
    replacement.make_folder(path.parent)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        files.set_mode(descriptor)
        os.close(descriptor)
    except FileExistsError:
        for each in _parts(path):
            check_owner(each)
            with contextlib.suppress(FileNotFoundError):  # another program that writes has just removed it
                if not stat.S_ISREG(os.lstat(each).st_mode):
                    raise StoreError(f"{each} is not a regular file, so your token is not written into it.") from None
    except OSError as failure:
        raise file_errors.cannot("write", str(path), failure) from failure
    with _opened(path, "rw") as database:
        _patiently(database, "BEGIN IMMEDIATE")
        yield database
        _patiently(database, "COMMIT")


def has_table(database: sqlite3.Connection, table: str, source: object) -> bool:
    """Tell whether that table is there. Raises `NotConfigured` for a view, or a table that a module makes up."""
    ask = "SELECT rootpage FROM sqlite_master WHERE name = ? COLLATE NOCASE AND type IN ('table', 'view')"
    there = database.execute(ask, (table,)).fetchone()
    if there == (0,):  # only what is stored has pages
        raise NotConfigured(
            f"{source} has no ordinary table {table}, but a view or a virtual table of that name.", LEFT_ALONE
        )
    return there is not None


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


def _shown_instead(warn: files.Warn, warning: str) -> files.Warn:
    return lambda _with_path: warn(warning)


def _patiently(database: sqlite3.Connection, statement: str) -> None:
    """Run a statement for which another program's lock may have to be waited for; a signal ends the waiting."""
    import sqlite3

    until = time.monotonic() + PATIENCE
    while True:
        try:
            database.execute(statement)
        except sqlite3.OperationalError as failure:
            if not _is_locked(failure) or time.monotonic() > until:
                raise
            time.sleep(_PAUSE)
        else:
            return


def _is_locked(failure: sqlite3.Error) -> bool:
    return getattr(failure, "sqlite_errorname", "").startswith(("SQLITE_BUSY", "SQLITE_LOCKED"))


def _looks(came: list[BaseException]) -> Generator[bool, None, None]:
    """Tell SQLite, each time that it asks, whether to stop: the time is up, or a signal raised what goes into `came`.

    SQLite drops what its handler raises. A signal raises where Python goes on, which in a function is before its first
    line, and here inside the `try`.
    """
    until = 0.0
    while True:
        try:
            yield bool(came) or 0 < until < time.monotonic()
            until = until or time.monotonic() + LONGEST_USE  # it has begun to work
        except GeneratorExit:
            return
        except BaseException as signal:  # noqa: BLE001  # it is raised again where SQLite has stopped
            came.append(signal)


@contextlib.contextmanager
def _opened(path: Path, mode: str, shown: str = "") -> Iterator[sqlite3.Connection]:
    try:
        import sqlite3
    except ImportError:
        raise NotConfigured(
            "This Python was built without SQLite.", "Try: another Python, or the package sqlite3 of this one"
        ) from None
    came: list[BaseException] = []
    looks = _looks(came)
    next(looks)  # into the try
    try:
        address = f"{uri(path)}?mode={mode}"
        with contextlib.closing(sqlite3.connect(address, uri=True, timeout=0, isolation_level=None)) as database:
            database.set_progress_handler(looks.__next__, _STEPS)
            database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST_VALUE)
            database.text_factory = lambda content: content.decode("utf-8", "replace")  # its own error quotes the text
            yield database
    except sqlite3.Error as failure:
        if came:
            raise came[0] from None
        raise _meaning(failure, shown or str(path), mode) from failure


def _meaning(failure: sqlite3.Error, path: str, mode: str) -> Error:
    name = getattr(failure, "sqlite_errorname", "")
    kind = NotConfigured if mode == "ro" else StoreError
    if _is_locked(failure):
        return StoreError(
            f"{path} is locked: another program is writing to it.",
            "Try: close that program, then run the command again",
        )
    if name.startswith(("SQLITE_NOTADB", "SQLITE_CORRUPT")):
        return NotConfigured(f"{path} is not an SQLite database, or is damaged.", LEFT_ALONE)
    if name.startswith("SQLITE_TOOBIG"):
        return kind(f"{path} has a value of more than {_LONGEST_VALUE:,} bytes.", LEFT_ALONE)
    if name.startswith("SQLITE_INTERRUPT"):
        return kind(f"{path} keeps SQLite busy for more than {LONGEST_USE:.0f} s.", LEFT_ALONE)
    if name.startswith("SQLITE_FULL"):
        return StoreError(
            f"Cannot write {path}: the disk is full.", "Fix: free some disk space, then run the command again"
        )
    verb = "read" if mode == "ro" else "write"
    return kind(f"Cannot {verb} {path}: SQLite error {name or type(failure).__name__}.", LEFT_ALONE)
