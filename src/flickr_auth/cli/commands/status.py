"""`flickr-auth status`: every account, and whether its token still works."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import click

from ...account import FLICKR
from ...errors import AccountError, Refused, StoreError, Unreachable
from ...provider import named
from ...transport.calls_per_hour import in_words, most_calls
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
    logged_in_at calls_last_hour token_file verdict reason fix code
    """
    context = click_context.ensure_object(Context)
    rows = list(check_accounts(context, account, token_file, offline=offline))
    if json_wanted:
        context.console.answer(json.dumps([asdict(row) for row in rows], indent=2))
    else:
        _print_table(context.console, rows)
        if len(rows) > 1:
            _print_legend(context, rows)
        if not any(row.is_active for row in rows):
            _check_choice(context)
        if context.verbose:
            _say_calls(context, rows)
    codes = {row.code for row in rows if row.code}
    click_context.exit(next((code for code in (*_WORST_FIRST, *sorted(codes)) if code in codes), 0))


def _print_table(console: Console, rows: list[CheckedAccount]) -> None:
    """Print a line for each account, and below it where it is from and what is wrong."""
    encoding = "utf-8" if console.answers_unicode else "ascii"  # what it lacks is written out, and takes columns
    names = [plain(_name(row), encoding) for row in rows]
    wide = max(4, min(console.answer_columns() - _FIXED, max(map(cells, names))))
    console.answer(console.answer_styled(f"  {'NAME':{wide}}  {'NSID':13}  {'PERMS':6}  STATUS"))
    for name, row in zip(names, rows, strict=True):
        verdict = console.answer_styled(row.verdict or "not checked", _COLOURS.get(row.verdict or "", ""))
        nsid = fitted(plain(row.user_nsid or "-", encoding), 13)
        perms = fitted(plain(row.perms or "-", encoding), 6)
        console.answer(f"{'*' if row.is_active else ' '} {fitted(name, wide)}  {nsid}  {perms}  {verdict}")
        for line in _details(row, is_ambiguous=names.count(name) > 1):
            for piece in folded(plain(line, encoding), console.answer_columns() - 4, hang=0):
                console.answer(f"    {piece}")


def _name(row: CheckedAccount) -> str:
    unnamed = "(token file)" if row.store == "token-file" else "(environment)"
    return row.username or row.fullname or row.account or unnamed


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


def _print_legend(context: Context, rows: list[CheckedAccount]) -> None:
    """Print how many accounts there are, and what the star means: below the table, wherever that goes."""
    counts = Counter(row.verdict or "not checked" for row in rows)
    context.console.answer(f"{len(rows)} accounts: {', '.join(f'{count} {what}' for what, count in counts.items())}")
    source = context.accounts.source()
    meaning = "the default account" if source.kind == "default" else "the account in use"
    if any(row.is_active for row in rows):
        context.console.answer(f"* {meaning}{source.origin}")


def _say_calls(context: Context, rows: list[CheckedAccount]) -> None:
    """Say how many calls each API key had, of as many as it may have."""
    calls = {(row.provider, row.api_key_start): row.calls_last_hour for row in rows if row.calls_last_hour is not None}
    for (provider, key), count in calls.items():
        most = most_calls(context.environ, named(provider or FLICKR))
        context.console.say(f"API key {key}...: {in_words(count, most)}.")


def _check_choice(context: Context) -> None:
    """Say what is wrong with the choice of an account if no row is the one that other commands use."""
    source = context.accounts.source()
    try:
        if source.kind == "account":
            context.accounts.find(source.value, source.variable)
        elif source.kind == "default":
            context.accounts.default()
    except AccountError as failure:
        context.console.warn(failure.message)
        context.console.say(failure.hint)
