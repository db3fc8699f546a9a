"""The consumer keys for what needs no account: those of a keys file or of variables, else of an account here."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from ..account import ConsumerKeys
from ..errors import AccountError, NoKeys, StoreError
from .context import Context

if TYPE_CHECKING:
    from ..provider import Provider
    from ..storage.account_files import Record


def find_keys(context: Context, provider: Provider) -> ConsumerKeys:
    """The keys for the provider: its own, if it is the sandbox, else those found, else those of an account there.

    Raises `KeysError`, and `StoreError` if the account's keys cannot be read.
    """
    from ..storage import apikeys

    if provider.is_sandbox:
        from ..sandbox.server import KEYS

        return KEYS[0]
    try:
        return apikeys.find(context.environ, context.console.warn, context.environ.get("FLICKR_APIKEYS") or None)
    except NoKeys:
        record = account_with_keys(context, provider)
        if record is None:
            raise
        return keys_of(context, record)


def keys_of(context: Context, record: Record) -> ConsumerKeys:
    """The keys of a stored account. Raises `StoreError` if they cannot be read."""
    keys = context.accounts.opened(record).keys
    return keys._replace(source=f"the account {context.accounts.short(record.id)}")


def account_with_keys(context: Context, provider: Provider) -> Record | None:
    """The account whose keys serve if there are no others: the default, else any, if all have the same key."""
    with contextlib.suppress(AccountError, StoreError):
        name = context.environ.get("FLICKR_AUTH_ACCOUNT")
        record = context.accounts.folder.read(context.accounts.find(name) if name else context.accounts.default())
        if record.provider == provider.name:
            return record
    here = [record for record in context.accounts.folder.records() if record.provider == provider.name]
    return here[0] if len({record.api_key for record in here}) == 1 else None
