"""`flickr-auth status`: every account, and whether its token still works."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import click

from ...errors import AccountError, Refused, StoreError, Unreachable
from .. import options
from ..account_check import REJECTED, UNKNOWN, VALID, CheckedAccount, check_accounts
from ..console import Console
from ..context import Context
from ..text import cells, fitted, folded, path, plain

# What a script has to act on first: a token that was refused, then a store that failed, then a network that did.
_WORST_FIRST = (Refused.exit_code, StoreError.exit_code, Unreachable.exit_code)
_COLOURS = {VALID: "32", REJECTED: "1;31", UNKNOWN: "33"}
_FIXED = 2 + 2 + 13 + 2 + 6 + 2 + len("not checked")  # all columns but the name's, with the gaps


@options.command(
    "status",
    examples=(
        "flickr-auth status",
        "flickr-auth status --json --offline",
    ),
)
@options.account_option("Check only this account (NSID, username or ID).")
@options.token_file
@click.option("--json", "json_wanted", is_flag=True, help="Print a JSON array with an object for each account.")
@click.option("--offline", is_flag=True, help="Show stored data only; don't contact Flickr.")
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
    logged_in_at token_file verdict reason fix code
    """
    context = click_context.find_object(Context) or Context()
    rows = list(check_accounts(context, account, token_file, offline=offline))
    if json_wanted:
        context.console.answer(json.dumps([asdict(row) for row in rows], indent=2))
    else:
        _print_table(context.console, rows)
        _conclude(context, rows)
    codes = {row.code for row in rows if row.code}
    click_context.exit(next((code for code in (*_WORST_FIRST, *sorted(codes)) if code in codes), 0))


def _print_table(console: Console, rows: list[CheckedAccount]) -> None:
    """Print a line for each account, and below it where it is from and what is wrong."""
    names = [_name(row) for row in rows]
    wide = max(4, min(console.answer_columns() - _FIXED, max(map(cells, names))))
    console.answer(console.answer_styled(f"  {'NAME':{wide}}  {'NSID':13}  {'PERMS':6}  STATUS"))
    for name, row in zip(names, rows, strict=True):
        verdict = console.answer_styled(row.verdict or "not checked", _COLOURS.get(row.verdict or "", ""))
        nsid, perms = fitted(plain(row.user_nsid or "-"), 13), fitted(plain(row.perms or "-"), 6)
        console.answer(f"{'*' if row.is_active else ' '} {fitted(name, wide)}  {nsid}  {perms}  {verdict}")
        for line in _details(row, is_ambiguous=names.count(name) > 1):
            for piece in folded(plain(line), console.answer_columns() - 4, hang=0):
                console.answer(f"    {piece}")


def _name(row: CheckedAccount) -> str:
    unnamed = "(token file)" if row.store == "token-file" else "(environment)"
    return plain(row.username or row.fullname or row.account or unnamed)


def _details(row: CheckedAccount, *, is_ambiguous: bool) -> Iterator[str]:
    if is_ambiguous and row.account:
        yield f"--account {row.account}"
    if row.provider:
        since = f", logged in {row.logged_in_at[:10]}" if row.logged_in_at else ""
        key = f"key {row.api_key_start}..." if row.api_key_start else "no key"
        store = f"token file {path(row.token_file)}" if row.token_file else row.store
        store = "token on stdin" if store == "token file -" else store
        yield f"{store}, {row.provider}, {key}{since}"
    if row.stored_perms and row.perms != row.stored_perms:
        yield f"The stored permission is {row.stored_perms}; the token has {row.perms} permission."
    if row.reason:
        yield row.reason
    if row.fix:
        yield row.fix


def _conclude(context: Context, rows: list[CheckedAccount]) -> None:
    """Print what the star means, and how many accounts there are if there are several."""
    if len(rows) > 1:
        counts = Counter(row.verdict or "not checked" for row in rows)
        context.console.say(f"{len(rows)} accounts: {', '.join(f'{count} {what}' for what, count in counts.items())}")
    source = context.accounts.source()
    if any(row.is_active for row in rows):
        context.console.say(
            f"* {'the default account' if source.kind == 'default' else 'the account in use'}{source.origin}"
        )
    elif source.kind == "account":
        try:
            context.accounts.find(source.value, source.variable)
        except AccountError as failure:
            context.console.warn(failure.message)
            context.console.say(failure.hint)
    elif len(rows) > 1 and source.kind == "default":
        context.console.say("No default account is set.", "Run: flickr-auth use ACCOUNT")
