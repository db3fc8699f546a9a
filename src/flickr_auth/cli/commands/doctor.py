"""`flickr-auth doctor`: what a login would use, and whether it would work."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from .. import options
from ..console import Console
from ..context import Context
from ..exits import ExitCode

if TYPE_CHECKING:
    from ..doctor.finding import Finding

_COLOURS = {"pass": "32", "warning": "33", "fail": "1;31", "skipped": "2"}
_INDENT = " " * 23  # as far as the columns of the result and the check go


@click.command("doctor")
@click.option("--offline", is_flag=True, help="Ask nobody: no provider is checked, and no account.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array with an object for each line.")
@options.verbose
@click.pass_context
def command(click_context: click.Context, offline: bool, as_json: bool) -> None:
    """Check what a login would use, and whether it would work.

    Each line is pass, warning, fail or skipped, what was found, and what to do. No secret is in it, so it can be pasted
    into a bug report. Nothing is changed; Flickr is asked for a request token, which expires by itself. The exit code
    is 0 if nothing failed, else that of the first failure: 3 keys or an account, 4 Flickr refused, 5 Flickr could not
    be reached, 6 a store.

    \b
    Each object of --json has: check result found advice
    The checks: python system packages variables keys keyring folder
    loose-files leftovers pending browser certificates provider proxy
    reachable key-known clock account (one for each account)
    """
    from ..doctor.checklist import findings

    context = click_context.find_object(Context) or Context()
    codes: list[ExitCode] = []
    told = _noting(codes, findings(context, offline=offline))
    if as_json:
        _print_json(context.console, told)
    else:
        _print_lines(context.console, told)
    failures = len(codes)
    context.console.say(f"{failures} failed." if failures else "Nothing failed.")
    click_context.exit(codes[0] if codes else ExitCode.DONE)


def _noting(codes: list[ExitCode], told: Iterator[Finding]) -> Iterator[Finding]:
    for each in told:
        if each.code:
            codes.append(each.code)
        yield each


def _print_json(console: Console, told: Iterator[Finding]) -> None:
    before = "["
    for each in told:
        shown = {"check": each.check, "result": each.result, "found": each.found, "advice": each.advice or None}
        console.answer(before + "\n" + json.dumps(shown), end="")
        before = ","
    console.answer("\n]")


def _print_lines(console: Console, told: Iterator[Finding]) -> None:
    for each in told:
        result = console.answer_styled(f"{each.result:7}", _COLOURS[each.result])
        console.answer(f"{result}  {each.check:12}  {each.found}")
        if each.advice:
            console.answer(f"{_INDENT}{each.advice}")
