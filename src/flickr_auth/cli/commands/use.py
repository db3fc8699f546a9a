"""`flickr-auth use`: choose the default account."""

from __future__ import annotations

import click

from ...errors import AccountError, NotDone
from .. import options
from ..context import Context
from ..default_account import labels, print_default
from ..text import plain

_TRIES = 3


@options.command(
    "use",
    examples=("flickr-auth use jamalfanaian",),
)
@click.argument("account", required=False, shell_complete=options.complete_account)
@click.pass_obj
def command(context: Context, account: str | None) -> None:
    """Set the default account: ACCOUNT is a username, an NSID or an ID.

    Without ACCOUNT the accounts are listed; at a terminal you are asked which one.
    """
    if account is None:
        account = _chosen(context)
    if account is not None:
        chosen = context.accounts.folder.read(context.accounts.find(account))  # no damaged one
        context.accounts.folder.set_default(chosen.id, is_chosen=True)
        print_default(context, is_outcome=True)


def _chosen(context: Context) -> str | None:
    """Let a person pick an account from the list, and return its ID; None if the default stays as it is."""
    accounts, console = context.accounts, context.console
    shown = labels(accounts)
    ids = list(shown)
    if not ids:
        raise AccountError("You are not logged in.", "Run: flickr-auth login")
    default = accounts.folder.default()
    if default not in ids and len(ids) == 1:
        default = ids[0]
    rows = [f"{'*' if each == default else ' '} {number:2}  {shown[each]}" for number, each in enumerate(ids, 1)]
    if not console.is_terminal or len(ids) == 1:
        console.answer("\n".join(map(plain, rows)))
        print_default(context)
        return None
    console.say(*rows)
    for _ in range(_TRIES):
        text = console.ask(f"Default account (number or name{'; Enter keeps *' if default in ids else ''}): ")
        if text is None:
            break
        name = text.strip()
        if not name and default in ids:
            print_default(context)
            return None
        if name.isascii() and name.isdigit() and 1 <= int(name) <= len(ids):
            return ids[int(name) - 1]
        try:
            return accounts.find(name)
        except AccountError as failure:
            console.fail(AccountError(failure.message if name else "Enter a number or a name."))
    raise NotDone("No account was chosen; the default is unchanged.", "Run: flickr-auth use")
