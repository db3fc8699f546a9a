"""`flickr-auth status`: every account, and whether its token still works."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import click

from .. import options
from ..account_check import REJECTED, UNKNOWN, VALID, CheckedAccount, check_accounts
from ..console import Console
from ..context import Context
from ..exits import ExitCode
from ..printed import as_json
from ..text import cells, fitted, plain

# What a script has to act on first: a token that was refused, then a store that failed, then a network that did.
_WORST_FIRST = (ExitCode.REFUSED, ExitCode.STORE, ExitCode.UNREACHABLE)
_MEASURED = 100  # accounts whose names decide how wide the columns are; more would hold up the first line
_COLOURS = {VALID: "32", REJECTED: "1;31", UNKNOWN: "33"}
_FIXED = 2 + 2 + 13 + 2 + 6 + 2 + len("not checked")  # all columns but the name's, with the gaps


@options.command("status")
@options.account
@options.token_file
@options.option("--json", "json_wanted", is_flag=True, help="Print a JSON array with an object for each account.")
@options.option("--offline", is_flag=True, help="Show stored data only; don't contact Flickr.")
@options.verbose
@click.pass_context
def command(
    click_context: click.Context, account: str | None, token_file: Path | None, json_wanted: bool, offline: bool
) -> None:
    """Check whether each account's token still works: valid, rejected, or unknown (it could not be checked).

    Nothing is written or deleted. The exit code is 3 if there is no account, else 4 if a token was rejected, else 6 if
    a store failed, else 5 if Flickr could not be reached.

    \b
    Each object of --json has: account is_default is_active user_nsid
    username fullname perms stored_perms store provider api_key_start
    logged_in_at verdict reason code
    """
    context = click_context.find_object(Context) or Context()
    accounts = check_accounts(context, account, token_file, offline=offline)
    rows = as_json(context.console, accounts, asdict) if json_wanted else _table(context.console, accounts)
    click_context.exit(_worst({row.code for row in rows}))


def _worst(codes: set[ExitCode]) -> ExitCode:
    return next((code for code in (*_WORST_FIRST, *sorted(codes)) if code in codes and code), ExitCode.DONE)


def _table(console: Console, rows: Iterator[CheckedAccount]) -> Iterator[CheckedAccount]:
    """Print two lines an account, and one more for the reason if there is one, as soon as it is known; yield it."""
    first = list(itertools.islice(rows, _MEASURED))
    room = console.answer_columns() - _FIXED
    wide = max(4, min(room, max(cells(_name(row)) for row in first)))
    console.answer(console.answer_styled(f"  {'NAME':{wide}}  {'NSID':13}  {'PERMS':6}  STATUS"))
    for row in itertools.chain(first, rows):
        mark = "*" if row.is_active else " "
        nsid = plain(row.user_nsid or "-")
        verdict = console.answer_styled(row.verdict or "not checked", _COLOURS.get(row.verdict or "", ""))
        console.answer(f"{mark} {fitted(_name(row), wide)}  {nsid:13}  {row.perms or '-':6}  {verdict}")
        for line in _details(row):
            console.answer(f"    {plain(line)}")
        yield row


def _name(row: CheckedAccount) -> str:
    unnamed = "(token file)" if row.store == "token-file" else "(environment)"
    return plain(row.username or row.fullname or row.account or unnamed)


def _details(row: CheckedAccount) -> Iterator[str]:
    if row.provider:
        since = f", logged in {row.logged_in_at[:10]}" if row.logged_in_at else ""
        key = f"key {row.api_key_start}..." if row.api_key_start else "no key"
        yield f"{row.store}, {row.provider}, {key}{since}"
    if row.stored_perms and row.perms != row.stored_perms:
        yield f"The stored permission is {row.stored_perms}; Flickr says {row.perms}."
    if row.reason:
        yield row.reason
