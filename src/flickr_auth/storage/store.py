"""Keeping, updating and forgetting an account. An account's file names every keyring that may hold a token of it.

So the file is written before an item and deleted after it, and a keyring is dropped from it only once its item is gone:
a command that is killed at any moment leaves nothing that the next login or logout of that account does not find.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import TYPE_CHECKING

from ..account import Account, account_id
from ..errors import AccountError, NotConfigured, StoreError
from .account_files import AccountFolder, Record

if TYPE_CHECKING:
    from .keyring import KeyringStore


class Store:
    """The places for tokens: the account files, and the keyring."""

    def __init__(self, folder: AccountFolder, keyring: Callable[[], KeyringStore]) -> None:
        self.folder = folder
        self._keyring = keyring

    def try_keyring(self) -> None:
        """Prove, before Flickr is contacted, that the keyring will keep a token. Raises `StoreError`."""
        backend = self._keyring().backend()
        for record in self.folder.records():
            if record.backend == backend:
                with contextlib.suppress(StoreError):
                    if self._keyring().get(record.id, record.api_key, backend) is not None:
                        return  # it works, and writing once more might ask the person once more
                break
        self._keyring().try_out()

    def keep(self, account: Account, store: str) -> Account:
        """Store the account in `store` (keyring or file) and return it as it is stored.

        A login replaces what was there for the same person, key and provider. Raises `StoreError`, with what was
        there before still in place.
        """
        # A provider that names nobody still issued a token, which is not thrown away.
        name = account_id(account.user_nsid or account.oauth_token, account.keys.api_key, account.provider)
        kept = account._replace(account=name, store=store)
        with self.folder.locked():
            before = self._before(name)
            former = before.backends if before else ()
            if store == "file":
                record = Record.of(kept, former=former)
                self.folder.write(record)
            else:
                record = self._keep_in_keyring(kept, before, former)
            self._clear(record, kept)
        try:
            self._settle_default(kept)
        except (StoreError, NotConfigured) as failure:
            self.folder.warn(f"The account {name} is stored, but cannot be made the default: {failure.message}")
        return record.account(kept.keys, kept.token)

    def where(self, account: Account) -> str:
        """Say where a stored account's token is."""
        name = account.account or ""
        record = self.folder.read(name)
        if not record.backend:
            return self.folder.path(name)
        from .keyring import shown

        return f"the keyring ({shown(record.backend)})"

    def update(self, account: Account) -> None:
        """Rewrite what the account's file says of it (perms, names); its secrets stay where they are.

        The person is warned if that fails: the account is stored, and the permission that was asked for stays noted.
        """
        with self.folder.locked():
            try:
                record = self.folder.read(account.account or "")
                self.folder.write(record._replace(**Record.of(account).details))
            except AccountError:
                pass  # another command has logged it out meanwhile
            except StoreError as failure:
                self.folder.warn(
                    f"The account {account.account} is stored, but not what its check found: {failure.message}"
                )

    def forget(self, name: str, *, force: bool = False) -> Record | None:
        """Delete the account: its keyring items, then its file. Return what it was; None if it was damaged.

        With `force` also if the keyring fails or the file is damaged. Raises `StoreError`, with the account still
        there.
        """
        with self.folder.locked():
            try:
                record = self.folder.read(name)
            except (AccountError, StoreError):
                if not force or not self.folder.has(name):
                    raise
                record = None
            if record and record.backends:
                self.folder.try_out()  # an item that is gone while its account stays would help nobody
            for backend in record.backends if record else ():
                try:
                    self._keyring().delete(name, backend)
                except StoreError as failure:
                    if not force:
                        raise
                    self.folder.warn(f"{failure.message} The item {name} may still be in it.")
            if self.folder.default() == name:
                self.folder.set_default(None)
            self.folder.remove(name)
            return record

    def _keep_in_keyring(self, account: Account, before: Record | None, former: tuple[str, ...]) -> Record:
        backend = self._keyring().backend()
        record = Record.of(account, backend=backend, former=[each for each in former if each != backend])
        is_new = not self.folder.has(record.id)  # a damaged file is there all the same
        if is_new:
            self.folder.write(record)
        elif before is not None and backend not in before.backends:
            self.folder.write(before._replace(former=(*before.former, backend)))
        try:
            self._keyring().put(record.id, account.keys, account.token)
            if not is_new:
                self.folder.write(record)
        except BaseException:
            if is_new:
                with contextlib.suppress(StoreError):
                    self._keyring().delete(record.id, backend)
                with contextlib.suppress(StoreError):
                    self.folder.remove(record.id)
            raise
        return record

    def _clear(self, record: Record, account: Account) -> None:
        """Delete the account's items from the keyrings that had it before, and from its file the names of those."""
        former = list(record.former)
        for backend in record.former:
            try:
                self._keyring().delete(record.id, backend)
                if record.backend and self._keyring().get(record.id, record.api_key, record.backend) is None:
                    # It was the same keyring by another name: SecretService and libsecret are.
                    self._keyring().put(record.id, account.keys, account.token, record.backend)
                former.remove(backend)
            except StoreError as failure:
                from .keyring import shown

                self.folder.warn(f"The former token is still in the keyring ({shown(backend)}): {failure.message}")
        if len(former) < len(record.former):
            self.folder.write(record._replace(former=tuple(former)))

    def _settle_default(self, account: Account) -> None:
        """Make a first login the default. The sandbox's never replaces another, and gives way, unless chosen."""
        now = self.folder.default()
        if now is None or not self.folder.has(now):
            self.folder.set_default(account.account)
        elif now != account.account and not account.is_sandbox and not self.folder.default_is_chosen():
            with contextlib.suppress(AccountError, StoreError):
                if self.folder.read(now).is_sandbox:
                    self.folder.set_default(account.account)

    def _before(self, name: str) -> Record | None:
        """Read the account of that ID; None if there is none, or a damaged one, which the login replaces."""
        try:
            return self.folder.read(name) if self.folder.has(name) else None
        except (AccountError, StoreError):
            return None
