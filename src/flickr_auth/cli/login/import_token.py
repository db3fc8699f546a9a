"""A login whose token is there already, from another tool: its keys, the check, the store and the report."""

from __future__ import annotations

from pathlib import Path

from ... import advice, provider, threads
from ...account import Account, ConsumerKeys
from ...errors import Error, KeyringError, KeysError, NoKeys, NotDone, Refused, Unreachable
from ...protocol import rest
from ..consumer_keys import find_keys
from ..context import Context
from ..default_account import print_default
from ..list_tools import whose
from .destination import InAccounts, confirm_replacing, is_in_a_file
from .report import print_next


def import_tokens(
    context: Context,
    tool: str,
    tokens: list[Account],
    keys: Path | ConsumerKeys | None,
    store: str,
    *,
    in_file: str,
    unchecked: bool,
) -> None:
    """Import each token of a tool. One that fails does not stop the others; the first failure is raised last.

    `keys` are for the tokens without, or the file that has them; `in_file` is the command line that imports the same
    with the token in a file.
    """
    # An import into a file may have to delete a keyring's item afterwards.
    threads.limit(context.environ, "FLICKR_AUTH_KEYRING_TIMEOUT", 60)
    failures: list[Error] = []
    ready, imported = [], []
    for each in tokens:
        try:
            ready.append(_with_keys(context, tool, each, keys))
        except KeysError as failure:
            failures.append(failure)
    if ready:
        destination = _destination(context, ready, store)
        try:
            destination.try_out()
        except KeyringError as failure:
            failure.reword(hint=advice.in_file(failure.hint, in_file))
            raise
        for account in ready:
            try:
                imported.append(_import(context, tool, account, destination, unchecked=unchecked))
            except (Refused, Unreachable, NotDone) as failure:
                failures.append(failure)
    if imported:
        print_default(context, imported[-1].account)
        print_next(context, imported[-1])
    for other in failures[1:]:
        context.console.fail(other)
    if failures:
        raise failures[0]


def _with_keys(context: Context, tool: str, found: Account, named: Path | ConsumerKeys | None) -> Account:
    """Complete a token with its keys, and with the provider in use unless it names one. Raises `KeysError`."""
    found = found._replace(provider=found.provider or provider.wanted(context.environ).name)
    if found.api_secret is not None:
        return found
    keys = named if isinstance(named, ConsumerKeys) else _found_keys(context, tool, found, named)
    if found.api_key is not None and found.api_key != keys.api_key:
        owner = whose(found) if found.username else "The"
        raise KeysError(
            f"{owner} token in {tool} belongs to the API key {found.api_key[:8]}...,"
            f" but {keys.source} has {keys.api_key[:8]}...",
            "Try: --apikeys FILE with that API key and its secret",
        )
    return found._replace(api_key=keys.api_key, api_secret=keys.api_secret)


def _found_keys(context: Context, tool: str, found: Account, path: Path | None) -> ConsumerKeys:
    try:
        return find_keys(context, provider.named(found.provider), path, own=False)
    except NoKeys as failure:
        missing = "the API secret" if found.api_key else "the API key and its secret"
        raise NoKeys(
            f"An import from {tool} needs {missing}, too. {failure.message}",
            "Try: --apikeys FILE, with the API key on the first line and its secret on the second",
        ) from failure


def _destination(context: Context, accounts: list[Account], store: str) -> InAccounts:
    """Choose the store; a file needs no question for the sandbox's tokens, nor where others are in one already."""
    whose = {each.provider for each in accounts if not each.is_sandbox}
    is_fine = not whose or (store == "auto" and all(is_in_a_file(context, provider.named(name)) for name in whose))
    return InAccounts(context, store, plain_is_fine=is_fine)


def _import(context: Context, tool: str, found: Account, destination: InAccounts, *, unchecked: bool) -> Account:
    """Check a token, store it and say so; return its account."""
    account = _checked(context, found, unchecked=unchecked)
    confirm_replacing(context, account, context.console.confirm if context.console.is_terminal else None)
    kept = destination.keep(account)
    permission = f"{kept.perms} permission" if kept.perms else "permission unknown"
    context.console.done(f"Imported {whose(kept)} token from {tool} ({permission}).")
    context.console.say(f"Token saved in {destination.where(kept)}.")
    return kept


def _checked(context: Context, account: Account, *, unchecked: bool) -> Account:
    """Return the account as Flickr knows it. Raises `Refused`, and `Unreachable` unless it may stay unchecked."""
    with context.connection(account) as transport:
        try:
            # Flickr knows better than the tool whose token it is.
            unnamed = account._replace(user_nsid=None, username=None, fullname=None, perms=None)
            return rest.check_token(transport, unnamed)
        except Refused as failure:
            failure.reword(f"Nothing was imported: {failure.message}")
            raise
        except Unreachable as failure:
            if not unchecked:
                failure.reword(
                    f"Nothing was imported, because the token could not be checked: {failure.message}",
                    "Try: --unchecked to import it without the check, or again later",
                )
                raise
            context.console.warn(f"The token could not be checked. {failure.message}")
            return account
