"""Other tools' SQLite databases, with what SQLite says of them as errors of ours."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import Error, NotConfigured, StoreError
from ..tool import LEFT_ALONE

if TYPE_CHECKING:
    import sqlite3

PATIENCE = 10.0  # seconds, for another program that is writing just now


@contextlib.contextmanager
def opened(path: Path, mode: str) -> Iterator[sqlite3.Connection]:
    """The database at `path`, which is there already, to read (`ro`) or to write (`rw`); without a transaction.

    Raises `NotConfigured` for what is no database or cannot be read, `StoreError` for what is locked or cannot be
    written. They quote no row.
    """
    try:
        import sqlite3
    except ImportError:
        raise NotConfigured(
            "This Python was built without SQLite.", "Install its package sqlite3, or another Python."
        ) from None
    try:
        address = f"{path.absolute().as_uri()}?mode={mode}"
        with contextlib.closing(sqlite3.connect(address, uri=True, timeout=PATIENCE, isolation_level=None)) as database:
            database.text_factory = lambda content: content.decode("utf-8", "replace")  # its own error quotes the text
            yield database
    except sqlite3.Error as failure:
        raise _meaning(failure, path, mode) from failure


def _meaning(failure: sqlite3.Error, path: Path, mode: str) -> Error:
    name = getattr(failure, "sqlite_errorname", "")
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return StoreError(f"{path} is locked: another program is writing to it.", "Try again when that is done.")
    if name.startswith(("SQLITE_NOTADB", "SQLITE_CORRUPT")):
        return NotConfigured(f"{path} is not an SQLite database, or a damaged one.", LEFT_ALONE)
    if name.startswith("SQLITE_FULL"):
        return StoreError(f"Cannot write {path}: the disk is full.", "Make room and try again.")
    kind = NotConfigured if mode == "ro" else StoreError
    return kind(f"{path} cannot be {'read' if mode == 'ro' else 'written'}: SQLite says {name or 'no'}.", LEFT_ALONE)
