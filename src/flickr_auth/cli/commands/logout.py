"""`flickr-auth logout`: forget a token here."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ... import provider
from ...errors import AccountError, Error, NotDone, StoreError, UsageError
from .. import options
from ..console import Console
from ..context import Context
from ..text import plain

if TYPE_CHECKING:
    from ...provider import Provider
    from ...storage.accounts import Accounts


@options.command("logout")
@options.account
@options.option("--all", "everyone", is_flag=True, help="Forget every account.")
@options.file_option("--token-file", help="Remove this token file instead.")
@options.option("--force", is_flag=True, help="Forget the account although its keyring cannot be reached.")
@click.pass_obj
def command(context: Context, account: str | None, everyone: bool, token_file: Path | None, force: bool) -> None:
    """Forget the token here: the default account's, or the one that is named.

    Flickr is not told, because it has no way to be: the page that is printed is where you take the permission back.
    """
    if sum((account is not None, everyone, token_file is not None)) > 1:
        raise UsageError("--account, --all and --token-file cannot go together.", "Name one of them.")
    if token_file is not None:
        _remove_token_file(context, token_file)
        return
    accounts = context.accounts
    failures = [_forget(accounts, each, context.console, force=force) for each in _chosen(context, account, everyone)]
    for failure in filter(None, failures):
        raise failure


def _chosen(context: Context, account: str | None, everyone: bool) -> list[str]:
    accounts = context.accounts
    if account is not None:
        return [accounts.find(account)]
    if everyone:
        ids = accounts.folder.ids()
        if not ids:
            raise AccountError("Nobody is logged in here.")
        return ids
    chosen = accounts.default()
    named = context.environ.get("FLICKR_AUTH_ACCOUNT")
    if named and accounts.find(named) != chosen:
        # A variable may not choose what is deleted; and somebody who set it does not mean the default.
        raise UsageError("FLICKR_AUTH_ACCOUNT does not choose what logout forgets.", "Name it: --account NAME")
    return [chosen]


def _forget(accounts: Accounts, name: str, console: Console, *, force: bool) -> Error | None:
    """Forget one account and say so. A failure is returned: with --all the others are still to be forgotten."""
    who, revoke_url = name, None
    try:
        record = accounts.folder.read(name)
        who = f"{record.username} ({name})" if record.username else name
        revoke_url = _revoke_url(provider.named(record.provider))
    except AccountError as failure:
        if not force:
            return failure
    try:
        accounts.forget(name, force=force)
    except StoreError as failure:
        return StoreError(failure.message, f"The account {name} stays. To forget it all the same: --force")
    console.say(f"Forgot {plain(who)}.")
    if revoke_url:
        console.say(f"It is still on the list of apps that may use that account. To take it off: {revoke_url}")
    return None


def _revoke_url(whose: Provider) -> str | None:
    return None if whose.is_sandbox else whose.revoke_url  # the sandbox remembers nothing


def _remove_token_file(context: Context, path: Path) -> None:
    from ...storage import token_file

    token_file.read(path, context.console.warn)  # nothing but a token file is deleted
    try:
        token_file.check_replaceable(path, context.environ)
    except token_file.Foreign as failure:
        if not context.console.is_terminal:
            raise
        if not context.console.confirm(f"{path} has two lines that do not look like a token. Delete it?"):
            raise NotDone(f"{path} was not deleted.") from failure
    token_file.remove(path)
    context.console.say(f"Removed {path}.")
    context.console.say(
        "The app is still on the list of those that may use the account. To take it off:"
        f" {_revoke_url(provider.wanted(context.environ)) or 'nothing to do at the sandbox'}"
    )
