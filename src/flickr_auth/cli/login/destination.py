"""The place for a login's token, which is tried before Flickr is asked for anything: accounts, or a token file."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from ...account import FLICKR, PERMS, Account
from ...advice import login
from ...errors import AccountError, Error, NotDone, StoreError
from ...provider import Provider, named
from ...storage import token_file
from ...storage.record import Record
from ..context import Context
from ..text import path as short_path

FILE_QUESTION = "Store the token in a file that only you can read?"


class InAccounts:
    """The accounts of this machine, with the store `auto`, `keyring` or `file`.

    `plain_is_fine` lets `auto` use a file without asking if there is no keyring: for a sandbox's token, which opens
    nothing, for a login in two steps, which nobody may be sitting at, and for a token that is in a file already.
    """

    path = replaces = None

    def __init__(self, context: Context, store: str, *, plain_is_fine: bool = False) -> None:
        self._context = context
        self.store = store
        self._plain_is_fine = plain_is_fine

    def try_out(self) -> None:
        """Prove that the token will be kept. Raises `StoreError`, or `NotDone` if the person wants no file."""
        self._context.accounts.folder.try_out()
        if self.store == "file":
            return
        try:
            self._context.store.try_keyring()
        except StoreError as failure:
            if not self._takes_a_file(failure):
                raise
            self.store = "file"
        else:
            self.store = "keyring"

    def keep(self, account: Account) -> Account:
        """Keep the account, and return it as it is kept. Raises `StoreError`."""
        return self._context.store.keep(account, self.store)

    def where(self, account: Account) -> str:
        """Say where the token is."""
        return short_path(self._context.store.where(account))

    def _takes_a_file(self, failure: StoreError) -> bool:
        """Whether a file will do instead of the keyring that failed. Raises `NotDone` if a person says no."""
        if self.store == "keyring":
            return False
        if self._plain_is_fine:
            return True
        if not self._context.console.is_terminal:
            return False
        self._context.console.warn(failure.message)
        if not self._context.console.confirm(FILE_QUESTION, default=True):
            raise NotDone("There is nowhere to store the token.", "Run: flickr-auth doctor") from None
        return True


class InTokenFile:
    """A token file, which holds the token alone. `keys_file` is where --apikeys has the keys, which stay.

    `replaces` is the digest of what was in the file when the login was started, if that was in another process.
    """

    store = "auto"

    def __init__(self, context: Context, path: Path, keys_file: Path | None, replaces: str | None = None) -> None:
        self._context = context
        self.path = path
        self._keys_file = keys_file
        self.replaces = replaces
        self._proven: token_file.Proven | None = None

    def try_out(self) -> None:
        """Prove that the token will be kept. Raises `StoreError`, and `AccountError` if it would cost a file."""
        warn, environ = self._context.console.warn, self._context.environ
        self._proven = token_file.try_out(self.path, warn, environ=environ, keys_file=self._keys_file)
        digest = self._proven.digest
        if self.replaces is not None and digest not in (self.replaces, ""):
            raise AccountError(f"{self.path} was changed since the login was started.", "Fix: move it away")
        self.replaces = digest

    def keep(self, account: Account) -> Account:
        """Keep the token, and return its account. Raises `StoreError`, also if there is another file by now."""
        token_file.write(self.path, account.token, self._proven)
        return account

    def where(self, account: Account) -> str:
        """Say where the token is."""
        return short_path(self.path if account.account is None else self._context.store.where(account))


Destination = InAccounts | InTokenFile


def confirm_replacing(context: Context, account: Account, confirm: Callable[[str], bool] | None) -> None:
    """Warn before a stored token is replaced by one that may do less; with `confirm` ask, and raise `NotDone` for a no.

    Only now is it known whose token the new one is.
    """
    for record in _stronger(context, account):
        has = f"{record.username or record.id} already has a token with {record.perms} permission"
        perms = account.perms or "unknown"
        if confirm is None:
            context.console.warn(f"{has}; the new one, with {perms} permission, replaces it.")
        elif not confirm(f"{has}. Replace it with one for {perms} permission?"):
            revoked = "" if record.is_sandbox else f" Apps are revoked at {named(record.provider).revoke_url}"
            raise NotDone(
                f"The token with {record.perms} permission stays; the new one was not stored.{revoked}",
                f"Run: {login(account=context.accounts.short(record.id))}",
            )


def is_in_a_file(context: Context, provider: Provider) -> bool:
    """Tell whether a token of Flickr's, or of the provider, is kept in a file already: a person has agreed to that."""
    records = context.accounts.folder.records()
    return any(record.store == "file" and record.provider in (FLICKR, provider.name) for record in records)


def _stronger(context: Context, account: Account) -> list[Record]:
    """List the accounts of the same person, key and provider that have more permission."""
    if account.user_nsid is None:
        return []
    more = PERMS[PERMS.index(account.perms) + 1 :] if account.perms in PERMS else PERMS
    with suppress(Error):  # a folder that cannot be listed now is no reason to lose the token
        known = context.accounts.of_key(account.keys.api_key, account.provider)
        return [each for each in known if each.user_nsid == account.user_nsid and each.perms in more]
    return []
