"""The report of a login: who, with which permission, where the token is, and what comes next."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from ...account import SANDBOX
from ...errors import Error
from ...program import quoted
from ..default_account import print_default

if TYPE_CHECKING:
    from pathlib import Path

    from ...account import Account
    from ..context import Context
    from .plan import Plan


def report(context: Context, planned: Plan, account: Account) -> None:
    """Report a login: who, with which permission, where the token is, the default, and what comes next."""
    console, renewed = context.console, planned.renewed
    at = "Flickr" if account.is_flickr else "the sandbox" if account.is_sandbox else account.provider
    console.done(f"Logged in to {at} as {account.who} with {account.perms} permission.")
    if renewed is not None and renewed.id != account.account:
        name = renewed.username or renewed.id
        console.warn(f"{account.who} approved this login, not {name}: {name}'s token is unchanged.")
    console.say(f"Token saved in {planned.destination.where(account)}.")
    if account.account is not None:
        with contextlib.suppress(Error):  # the token is stored, whatever else cannot be read
            print_default(context, account.account)
    if account.perms == "read" and renewed is None:
        console.say(f"For more permission: {planned.command(perms='write', start=None, store=None)}")
    print_next(context, account, planned.destination.path if account.account is None else None)


def print_next(context: Context, account: Account, token_file: Path | None = None) -> None:
    """Print the first command to try with an account, whose token is in a token file if there is one."""
    variable = ""
    if token_file is not None and account.is_sandbox and context.environ.get("FLICKR_AUTH_BASE_URL") != SANDBOX:
        variable = "FLICKR_AUTH_BASE_URL=sandbox "  # the file does not say so
    context.console.say(f"Next: {variable}flickr-auth call {_named(context, account, token_file)}flickr.test.login")


def _named(context: Context, account: Account, token_file: Path | None) -> str:
    """Write the option that names the account, if the next command would not act as it anyway."""
    from ...storage.choose import deciding

    if token_file is not None:
        return f"--token-file {quoted(token_file)} "
    accounts = context.accounts
    with contextlib.suppress(Error):
        if not deciding(context.environ) and accounts.default() == account.account:
            return ""
    return f"--account {quoted(accounts.short(account.account or ''))} "
