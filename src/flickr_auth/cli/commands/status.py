"""`flickr-auth status`: every account, and whether it still works."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path

import click

from .. import options
from ..account_check import REJECTED, UNKNOWN, VALID, CheckedAccount, check_accounts
from ..console import Console, cells, fitted, plain
from ..context import Context
from ..exits import ExitCode

# What a script has to act on first: a token that was refused, then a store that failed, then a network that did.
_WORST_FIRST = (ExitCode.REFUSED, ExitCode.STORE, ExitCode.UNREACHABLE)
_MEASURED = 100  # accounts whose names decide how wide the columns are; more would hold up the first line
_COLOURS = {VALID: "32", REJECTED: "1;31", UNKNOWN: "33"}


@click.command("status")
@options.account
@options.token_file
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array with an object for each account.")
@click.option("--offline", is_flag=True, help="Tell what is stored, and ask nobody.")
@options.verbose
@click.pass_context
def command(
    click_context: click.Context, account: str | None, token_file: Path | None, as_json: bool, offline: bool
) -> None:
    """Say of every account whether it still works: valid, rejected, or could not check.

    Flickr is asked for its verdict on each token. Nothing is written and nothing deleted. The exit code is 3 if there
    is no account, else 4 if a token was rejected, else 6 if a store failed, else 5 if Flickr could not be reached.

    \b
    Each object of --json has: account is_default user_nsid username
    fullname perms stored_perms store provider api_key_start
    logged_in_at verdict reason code
    """
    context = click_context.find_object(Context) or Context()
    codes: set[ExitCode] = set()
    told = _noting(codes, check_accounts(context, account, token_file, offline=offline))
    if as_json:
        _print_json(context.console, told)
    else:
        _print_table(context.console, told)
    click_context.exit(_worst(codes))


def _noting(codes: set[ExitCode], told: Iterable[CheckedAccount]) -> Iterator[CheckedAccount]:
    for each in told:
        codes.add(each.code)
        yield each


def _worst(codes: set[ExitCode]) -> ExitCode:
    return next((code for code in (*_WORST_FIRST, *sorted(codes)) if code in codes and code), ExitCode.DONE)


def _print_json(console: Console, told: Iterator[CheckedAccount]) -> None:
    """A JSON array, each object as soon as it is known."""
    before = "["
    for each in told:  # which raises where there is none, before anything is printed
        console.answer(before + "\n" + json.dumps(asdict(each)), end="")
        before = ","
    console.answer("\n]")


def _print_table(console: Console, told: Iterator[CheckedAccount]) -> None:
    """Two lines an account, and one more for the reason where there is one; each is printed when it is known."""
    first = list(itertools.islice(told, _MEASURED))
    room = console.answer_columns() - _FIXED
    wide = max(4, min(room, max(cells(_name(each)) for each in first)))
    console.answer(console.answer_styled(f"  {'NAME':{wide}}  {'NSID':13}  {'PERMS':6}  VERDICT"))
    for each in itertools.chain(first, told):
        mark = "*" if each.is_default else " "
        nsid = plain(each.user_nsid or "-")
        verdict = console.answer_styled(each.verdict or "not asked", _COLOURS.get(each.verdict or "", ""))
        console.answer(f"{mark} {fitted(_name(each), wide)}  {nsid:13}  {each.perms or '-':6}  {verdict}")
        for line in _details(each):
            console.answer(f"    {plain(line)}")


_FIXED = 2 + 2 + 13 + 2 + 6 + 2 + len(UNKNOWN)  # all columns but the name's, with the gaps


def _name(each: CheckedAccount) -> str:
    return plain(each.username or each.fullname or each.account or "(the environment)")


def _details(each: CheckedAccount) -> Iterator[str]:
    if each.store:
        since = f", logged in {each.logged_in_at[:10]}" if each.logged_in_at else ""
        key = f"key {each.api_key_start}..." if each.api_key_start else "no key"
        yield f"{each.store}, {each.provider}, {key}{since}"
    if each.stored_perms and each.perms != each.stored_perms:
        yield f"Stored was {each.stored_perms} permission; now it is {each.perms}."
    if each.reason:
        yield each.reason
