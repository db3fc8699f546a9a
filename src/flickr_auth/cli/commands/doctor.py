"""`flickr-auth doctor`: what a login would use, and whether it would work."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import click

from .. import options
from ..console import Console
from ..context import Context
from ..exits import ExitCode
from ..printed import as_json

if TYPE_CHECKING:
    from ..doctor.finding import Finding

_MARKS = {"pass": "✓", "warning": "!", "fail": "✗", "skipped": "-"}
_COLOURS = {"pass": "32", "warning": "33", "fail": "1;31", "skipped": "2"}
_INDENT = 2 + 12 + 1  # the columns of the mark and of the check


@click.command("doctor")
@click.option("--offline", is_flag=True, help="Don't contact any provider; check no account.")
@click.option("--json", "json_wanted", is_flag=True, help="Print a JSON array with an object for each line.")
@options.verbose
@click.pass_context
def command(click_context: click.Context, offline: bool, json_wanted: bool) -> None:
    """Diagnose login problems: what a login would use, and whether it would work.

    The output holds no secrets, so you can paste it into a bug report. Nothing is changed; Flickr is asked for a
    request token, which expires by itself. The exit code is 0 if nothing failed, else that of the first failure: 3 for
    keys or an account, 4 if Flickr refused, 5 if Flickr could not be reached, 6 for a store.

    \b
    Each object of --json has: check result found advice
    The results: pass warning fail skipped
    The checks: versions variables keys keyring folder provider
    reachable key-known clock account (one for each account)
    """
    from ..doctor.checklist import findings

    context = click_context.find_object(Context) or Context()
    found = findings(context, offline=offline)
    rows = list(as_json(context.console, found, _fields) if json_wanted else _lines(context.console, found))
    failures = [row for row in rows if row.code]
    _conclude(context.console, rows, failures)
    click_context.exit(failures[0].code if failures else ExitCode.DONE)


def _conclude(console: Console, rows: list[Finding], failures: list[Finding]) -> None:
    """Name the failures once more, below whatever scrolled by."""
    warnings = _names([row for row in rows if row.result == "warning"])
    if failures:
        console.say(f"✗ {len(failures)} failed: {_names(failures)}")
    else:
        console.say(f"✓ Nothing failed{f'; look at {warnings}' if warnings else ''}.")


def _names(rows: list[Finding]) -> str:
    return ", ".join(dict.fromkeys(row.check for row in rows))


def _fields(row: Finding) -> Mapping[str, str | None]:
    return {"check": row.check, "result": row.result, "found": row.found, "advice": row.advice or None}


def _lines(console: Console, rows: Iterator[Finding]) -> Iterator[Finding]:
    """Print a line or a few for each finding, and yield it."""
    import textwrap

    for row in rows:
        mark = console.answer_styled(_MARKS[row.result], _COLOURS[row.result])
        text = "\n".join(
            textwrap.fill(part, console.answer_columns() - _INDENT, break_long_words=False, break_on_hyphens=False)
            for part in (row.found, row.advice)
            if part
        )
        console.answer(f"{mark} {row.check:12} {text}".replace("\n", "\n" + " " * _INDENT))
        yield row
