"""Rows on stdout as they become known: as a JSON array, or as a command prints them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

from .console import Console

Row = TypeVar("Row")


def as_json(console: Console, rows: Iterable[Row], fields: Callable[[Row], Mapping[str, Any]]) -> Iterator[Row]:
    """Print a JSON array with an object for each row, and yield each row once it is printed.

    What `rows` raises before the first of them comes before anything is printed.
    """
    before = "["
    for row in rows:
        console.answer(f"{before}\n{json.dumps(fields(row))}", end="")
        before = ","
        yield row
    console.answer("[]" if before == "[" else "\n]")
