"""`flickr-auth logout`: delete a token here."""

from __future__ import annotations

import os
from pathlib import Path

import click

from ...account import SANDBOX
from ...errors import AccountError, Error, StoreError, UsageError
from ...program import quoted
from ...storage.choose import FOUR, deciding
from .. import options, text
from ..context import Context
from ..default_account import labels, print_default, print_what_outranks


@options.command(
    "logout",
    examples=("flickr-auth logout --account jamalfanaian",),
)
@options.account_option("Log out this account (NSID, username or ID) instead of the default.")
@click.option("--all", "everyone", is_flag=True, help="Log out every account.")
@options.file_option("--token-file", help="Delete this token file instead.")
@click.option("--force", is_flag=True, help="Log out even if the keyring cannot be reached or the file is damaged.")
@click.pass_obj
def command(context: Context, account: str | None, everyone: bool, token_file: Path | None, force: bool) -> None:
    """Log out: delete the stored token of the default account, or of the one that you name.

    This does not revoke the token: do that at Flickr, on the page that is printed.
    """
    if sum((account is not None, everyone, token_file is not None)) > 1:
        raise UsageError("--account, --all and --token-file cannot be used together.", "Fix: use only one of them")
    if token_file is not None:
        _delete_token_file(context, token_file)
        return
    providers: set[str] = set()
    failures: list[Error] = []
    shown = labels(context.accounts)
    for name in _chosen(context, shown, account, everyone):
        try:
            providers |= _log_out(context, name, shown.get(name, name), force=force)
        except Error as failure:  # with --all the others are still to be logged out
            failures.append(failure)
    _print_leftovers(context, "" if everyone else name.partition("-")[0])
    if context.accounts.folder.ids():
        print_default(context)
    else:
        print_what_outranks(context)
    for provider in sorted(providers):
        _print_page(context, provider)
    for other in failures[1:]:
        context.console.fail(other)
    if failures:
        raise failures[0]


def _chosen(context: Context, shown: dict[str, str], account: str | None, everyone: bool) -> list[str]:
    """Return the IDs of the accounts to log out."""
    accounts = context.accounts
    if account is not None:
        return [accounts.find(account)]
    if not shown:
        _print_leftovers(context, "")
        raise _nobody(context)
    if everyone:
        return list(shown)
    try:
        chosen = accounts.default()
    except AccountError as failure:
        if usable := next((record.id for record in accounts.folder.records()), None):
            failure.reword(hint=f"Try: flickr-auth logout --account {quoted(accounts.short(usable))}")
        raise
    named = context.environ.get("FLICKR_AUTH_ACCOUNT")
    if named and accounts.find(named, "FLICKR_AUTH_ACCOUNT") != chosen:
        # A variable may not choose what is deleted; and somebody who set it does not mean the default.
        raise UsageError(
            f"logout ignores FLICKR_AUTH_ACCOUNT, which names '{named}'.",
            f"Run: flickr-auth logout --account {quoted(named)}",
        )
    return [chosen]


def _nobody(context: Context) -> AccountError:
    """Make the error for a machine on which no account is stored."""
    variable = deciding(context.environ)
    if variable in FOUR:
        unset = " ".join(name for name in FOUR if context.environ.get(name))
        return AccountError(f"No account is stored here; the token is in {variable}.", f"Run: unset {unset}")
    if variable == "FLICKR_TOKEN_FILE":
        path = context.environ[variable]
        return AccountError(
            f"No account is stored here; the token is in {text.path(path)} (from {variable}).",
            f"Run: flickr-auth logout --token-file {quoted(path)}",
        )
    return AccountError("You are not logged in.", "Run: flickr-auth login")


def _log_out(context: Context, name: str, label: str, *, force: bool) -> set[str]:
    """Delete one account here, and return its provider; nothing of a damaged one, whose provider is not known."""
    try:
        forgotten = context.store.forget(name, force=force)
    except StoreError as failure:
        # --force helps with a keyring; with a file, only what the failure itself says
        is_final = force or isinstance(failure.__cause__, OSError)
        again = f"Run: flickr-auth logout --account {quoted(context.accounts.short(name))} --force"
        hint = failure.hint if is_final else again
        raise StoreError(f"{failure.message} {label} is still logged in.", hint) from failure
    context.console.done(f"Logged out {label}.")
    return {forgotten.provider} if forgotten else set()


def _print_page(context: Context, provider: str) -> None:
    """Say that the token still works elsewhere, and where to revoke it. The sandbox remembers none."""
    if provider == SANDBOX:
        return
    from ...provider import named

    whose = named(provider)
    context.console.say(f"{whose.called} still lists the app as authorized. To revoke that, open:")
    context.console.url(whose.revoke_url)


def _print_leftovers(context: Context, of: str) -> None:
    """Say what else may hold a token, of the person with that NSID or of any: it is not ours to delete."""
    for path in context.accounts.folder.leftovers(of):
        command = "rm -r" if os.path.isdir(path) else "rm"
        context.console.warn(f"{path} is still there, and may hold a token. Fix: {command} {quoted(path)}")


def _delete_token_file(context: Context, path: Path) -> None:
    from ...provider import wanted
    from ...storage import token_file

    if str(path) == "-":
        raise UsageError("--token-file - is for reading; a logout deletes a file.", "Try: the path of the file")
    token_file.read(path, context.console.warn, context.environ)  # nothing but a token file is deleted
    token_file.check_replaceable(path, context.environ)
    token_file.remove(path)
    context.console.done(f"{'Emptied' if os.path.lexists(path) else 'Deleted'} {text.path(path)}.")
    _print_page(context, wanted(context.environ).name)
