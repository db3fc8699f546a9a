"""`flickr-auth use`: choose the default account."""

from __future__ import annotations

import click

from .. import options
from ..context import Context
from ..text import plain


@options.command("use")
@click.argument("account", shell_complete=options.complete_account)
@click.pass_obj
def command(context: Context, account: str) -> None:
    """Make ACCOUNT, an NSID, a username or an ID, the one that is used when none is named."""
    accounts = context.accounts
    chosen = accounts.find(account)
    accounts.folder.set_default(chosen)
    context.console.say(f"The default account is {plain(chosen)}.")
