"""The consumer keys: those of a keys file, of variables or of stdin, else of an account here, else typed."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from ..account import ConsumerKeys
from ..errors import AccountError, KeysError, NoKeys, NotConfigured, StoreError

if TYPE_CHECKING:
    from pathlib import Path

    from ..provider import Provider
    from ..storage.pending import Pending
    from ..storage.record import Record
    from .context import Context


def find_keys(context: Context, provider: Provider, path: Path | None = None, *, own: bool = True) -> ConsumerKeys:
    """Find the keys for the provider: the sandbox's own, else those found, else, if `own`, those of an account there.

    `path` is --apikeys. Raises `KeysError`, and `StoreError` if the account's keys cannot be read.
    """
    from ..storage import apikeys

    if provider.is_sandbox:
        from ..provider import SANDBOX_KEYS

        if _is_stdin(path) and not context.console.is_terminal:
            _keys_from_stdin(context)  # which are not the code
        return SANDBOX_KEYS
    if _is_stdin(path):
        return _keys_from_stdin(context)
    named = path or context.environ.get("FLICKR_APIKEYS") or None
    try:
        return apikeys.find(context.environ, context.console.warn, named)
    except NoKeys:
        record = _account_with_keys(context, provider) if own else None
        if record is None:
            raise
        return keys_of(context, record)


def public_keys(context: Context) -> tuple[str, ConsumerKeys]:
    """Find a provider and the keys for calls to it without an account: those that a login finds, else an account's.

    The account is the one that other commands use; its key goes to its own provider alone. Raises as `find_keys`, and
    `AccountError` if there are accounts and none is meant.
    """
    from ..provider import wanted

    whose, is_settled = wanted(context.environ), bool(context.environ.get("FLICKR_AUTH_BASE_URL"))
    try:
        return whose.name, find_keys(context, whose, own=is_settled)
    except NoKeys:
        if is_settled or not _are_accounts_here(context):
            raise
    account = context.accounts.choose()
    return account.provider, account.keys


def find_same_keys(context: Context, pending: Pending, path: Path | None) -> ConsumerKeys:
    """Find the keys with which a pending login was started: a token belongs to a key.

    Raises `KeysError`, and `StoreError` if an account's keys cannot be read.
    """
    from ..storage import apikeys

    keys = None
    with contextlib.suppress(NoKeys):
        if _is_stdin(path):
            keys = _keys_from_stdin(context)
        else:
            keys = apikeys.find(context.environ, context.console.warn, path)
    if keys is not None and keys.api_key == pending.api_key:
        return keys
    unread = None
    for record in context.accounts.folder.records():
        if record.api_key == pending.api_key:
            try:
                return keys_of(context, record)
            except StoreError as failure:  # another account may have them, too
                unread = failure
    if unread is not None:
        raise unread
    from .. import advice

    raise KeysError(
        f"The login was started with the API key {pending.api_key[:8]}...,"
        f" {f'but {keys.source} has another' if keys else 'which was not found'}.",
        f"Fix: name the file with that key: {advice.login(finish='CODE', pending=pending.id, apikeys='FILE')}",
    )


def keys_of(context: Context, record: Record) -> ConsumerKeys:
    """Read the keys of a stored account. Raises `StoreError` if they cannot be read."""
    keys = context.accounts.opened(record).keys
    return keys._replace(source=f"the account {context.accounts.short(record.id)}")


def _are_accounts_here(context: Context) -> bool:
    with contextlib.suppress(NotConfigured, StoreError):  # where no account can be stored, there is none
        return bool(context.accounts.folder.ids())
    return False


def _is_stdin(path: Path | None) -> bool:
    return str(path) == "-"


def _keys_from_stdin(context: Context) -> ConsumerKeys:
    """Read the keys from two lines on stdin; a person at a terminal is asked for them."""
    from ..storage import apikeys

    if context.console.is_terminal:
        from .login.ask_keys import ask_pair

        return ask_pair(context.console)
    return apikeys.parse(context.stdin("the API key and its secret, each on a line"), "stdin")


def _account_with_keys(context: Context, provider: Provider) -> Record | None:
    """Find the account whose keys serve if there are no others: the default, else any, if all have the same key."""
    with contextlib.suppress(AccountError, StoreError):
        name = context.environ.get("FLICKR_AUTH_ACCOUNT")
        record = context.accounts.folder.read(context.accounts.find(name) if name else context.accounts.default())
        if record.provider == provider.name:
            return record
    with contextlib.suppress(NotConfigured, StoreError):  # where no account can be stored, none has keys
        here = [record for record in context.accounts.folder.records() if record.provider == provider.name]
        return here[0] if len({record.api_key for record in here}) == 1 else None
    return None
