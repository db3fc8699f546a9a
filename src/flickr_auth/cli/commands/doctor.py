"""`flickr-auth doctor`: a login's keys, store, browser and network, and whether they would work."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import click

from ...errors import Error
from .. import options
from ..console import Console
from ..context import Context
from ..text import folded

if TYPE_CHECKING:
    from ..doctor.setup import Asked, Finding

# The mark of each result, its colour, and the word for it where marks cannot be seen.
_OUTCOMES = {
    "pass": ("✓", "32", "OK"),
    "warning": ("!", "33", "warning"),
    "fail": ("✗", "1;31", "FAILED"),
    "skipped": ("-", "2", "skipped"),
}
_CHECK = 12  # columns of a check's name


@options.command(
    "doctor",
    examples=("flickr-auth doctor",),
)
@click.option("--offline", is_flag=True, help="Don't contact any provider; check no account.")
@click.option("--json", "json_wanted", is_flag=True, help="Print a JSON array with an object for each line.")
@options.verbose
@click.pass_context
def command(click_context: click.Context, offline: bool, json_wanted: bool) -> None:
    """Diagnose login problems: what a login would use, and whether it would work.

    The output holds no secrets, so you can paste it into a bug report. Nothing is changed; Flickr is asked for a
    request token, which expires by itself. The exit code is 0 if nothing failed, else that of the first failure: 2 for
    a variable, 3 for keys or an account, 4 if Flickr refused, 5 if Flickr could not be reached, 6 for a store.

    \b
    Each object of --json has: check result found advice
    The results: pass warning fail skipped
    The checks: versions variables keys keyring folder provider
    reachable key-known calls clock account (one for each account)
    """
    from ..doctor.checklist import findings

    context = click_context.ensure_object(Context)
    found = findings(context, _asked(click_context), offline=offline)
    if json_wanted:
        rows = list(found)
        context.console.answer(json.dumps([_fields(row) for row in rows], indent=2))
    else:
        rows = list(_lines(context.console, found))
    failures = [row for row in rows if row.code]
    _conclude(context.console, rows, failures)
    click_context.exit(failures[0].code if failures else 0)


def _asked(click_context: click.Context) -> Asked:
    """Let login's own options read the variables, and turn what they refuse into the errors of a login."""
    from .. import usage
    from ..doctor.setup import Asked

    root = click_context.find_root()
    login = root.command.get_command(root, "login") if isinstance(root.command, click.Group) else None
    refused: list[Error] = []
    its = click.Context(login or click.Command("login"), root, "login")
    for option in its.command.params:
        try:
            option.handle_parse_result(its, {}, [])
        except click.UsageError as failure:
            refused.append(usage.error(failure))
    return Asked(its.params, refused)


def _conclude(console: Console, rows: list[Finding], failures: list[Finding]) -> None:
    """Name the failures once more, below whatever scrolled by."""
    if failed := _names(failures):
        console.fail(Error(f"{len(failed)} failed: {', '.join(failed)}"))
        return
    warnings = ", ".join(_names([row for row in rows if row.result == "warning"]))
    console.done(f"Nothing failed{f'; warnings: {warnings}' if warnings else ''}.")


def _names(rows: list[Finding]) -> list[str]:
    return list(dict.fromkeys(row.check for row in rows))


def _fields(row: Finding) -> Mapping[str, str | None]:
    return {"check": row.check, "result": row.result, "found": row.found, "advice": row.advice or None}


def _lines(console: Console, rows: Iterator[Finding]) -> Iterator[Finding]:
    """Print a line or a few for each finding, and yield it."""
    marked = console.answer_mark(("✓", "", "")) != ""
    for row in rows:
        outcome = _OUTCOMES[row.result]
        width = 1 if marked else max(len(word) for _, _, word in _OUTCOMES.values())
        mark = console.answer_mark(outcome) + " " * (width - len(outcome[0 if marked else 2]))
        indent = width + 1 + _CHECK + 1
        found, *more = (
            piece
            for text in (row.found, *row.advice.split("\n"))
            if text
            for piece in folded(text, console.answer_columns() - indent, hang=0)
        )
        console.answer(f"{mark} {row.check:{_CHECK}} {found}")
        for piece in more:
            console.answer(" " * indent + piece)
        yield row
