"""Keeping, updating and forgetting an account, so that a kill at any moment leaves no secret that no command finds."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from ..account import Account, account_id
from ..errors import AccountError, NotConfigured, StoreError
from . import files
from .account_files import AccountFolder, Record, capped
from .journal import Change, Journal
from .keyring import TimedOut, shown
from .replacement import Replacement

if TYPE_CHECKING:
    from .keyring import KeyringStore


class Stray(NamedTuple):
    """An item that a keyring may hold, and that no account's file names: a command was killed, or a keyring failed."""

    id: str
    backend: str

    @property
    def words(self) -> str:
        """The sentence for it."""
        return f"The keyring ({shown(self.backend)}) may still hold a token of {self.id}, which no command uses."


class Changes:
    """What changes the accounts below one app folder."""

    def __init__(self, home: str, folder: AccountFolder, keyring: Callable[[], KeyringStore], warn: files.Warn) -> None:
        self._folder = folder
        self._keyring = keyring
        self._warn = warn
        self._journal = Journal(home, warn)

    @contextlib.contextmanager
    def held(self, store: str) -> Iterator[None]:
        """What `keep` needs is held inside this block. Raises `StoreError`."""
        with contextlib.ExitStack() as stack:
            self._folder.held = stack.enter_context(Replacement(self._folder.path("login"), hold=True))
            if store == "keyring":
                stack.enter_context(self._keyring().held())
            try:
                yield
            finally:
                self._folder.held = None

    def keep(self, account: Account, store: str) -> Account:
        """Store the account in `store` and return it as it is stored. See `Accounts.keep`."""
        if self._folder.held is not None:
            self._folder.held.release()
        account = capped(account)
        # A provider that names nobody still issued a token, which is not thrown away.
        name = account_id(account.user_nsid or account.oauth_token, account.keys.api_key, account.provider)
        kept = account._replace(account=name, store=store)
        with self._journal.change(name) as change:
            before = self._before(name)
            for backend in self._folder.named_backends(name):
                change.note(backend)
            if store == "file":
                self._folder.write(Record.of(kept))
                self._clear(change, "", kept)
            else:
                backend = self._keep_in_keyring(kept, before, change)
                self._clear(change, backend, kept)
        try:
            self._settle_default(kept)
        except (StoreError, NotConfigured) as failure:
            self._warn(f"The account {name} is stored, but cannot be made the default: {failure.message}")
        return kept

    def update(self, account: Account) -> None:
        """Rewrite what the account's file says of it. See `Accounts.update`."""
        with self._journal.change(account.account or ""):
            try:
                record = self._folder.read(account.account or "")
                self._folder.write(record._replace(**Record.of(capped(account)).details))
            except AccountError:
                pass  # another command has logged it out meanwhile
            except StoreError as failure:
                self._warn(f"The account {account.account} is stored, but not what its check found: {failure.message}")

    def forget(self, name: str, *, force: bool = False) -> None:
        """Delete the account: its keyring item, then its file. See `Accounts.forget`."""
        with self._journal.change(name) as change:
            if not (change.is_locked or change.has_failed or force):
                raise StoreError("Another flickr-auth is changing this account.", "Try again in a moment.")
            record = self._readable(name, force=force)
            if record is None or record.store == "keyring":
                self._folder.try_out()  # an item that is gone while its account stays would help nobody
                for backend in self._folder.named_backends(name) or self._current_backend(name):
                    self._forget_item(change, backend, force=force)
            if self._folder.default() == name:
                self._folder.set_default(None)
            self._folder.remove(name)
        self.clean_up(besides=name)

    def clean_up(self, besides: str = "") -> None:
        """Delete the items that commands which were cut off left in a keyring, but for the account `besides`."""
        for change in self._journal.cut_off():
            if change.account_id == besides:
                continue
            owned = self._folder.named_backends(change.account_id)
            for backend in list(change.backends):
                if backend in owned:
                    change.settle(backend)
                    continue
                try:
                    self._delete_stray(change.account_id, backend)
                except StoreError as failure:
                    self._warn(f"{Stray(change.account_id, backend).words} {failure.message}")
                else:
                    change.settle(backend)

    def _delete_stray(self, account_id: str, backend: str) -> None:
        keyring = self._keyring()
        keyring.trusted.add(backend.rpartition(".")[0])  # this program wrote it down
        record = self._before(account_id)
        four = keyring.get(account_id, record.backend) if record is not None and record.backend else None
        if record is None or four is None:
            keyring.delete(account_id, backend)
        else:
            self._delete(backend, record.backend or "", record.account(*four))

    def strays(self) -> list[Stray]:
        """The items that the next command which changes something will try to delete."""
        return [
            Stray(change.account_id, backend)
            for change in self._journal.cut_off(reading=True)
            for backend in change.backends
            if backend not in self._folder.named_backends(change.account_id)
        ]

    def _keep_in_keyring(self, account: Account, before: Record | None, change: Change) -> str:
        """The name of the backend that has the account now.

        A new item comes after its file, so that none is ever without one; an old one's file comes after the item, so
        that the secrets in the file go only when they are in the keyring.
        """
        record = Record.of(account, backend=self._keyring().backend())
        backend = record.backend or ""
        is_owned = backend in change.backends
        change.note(backend)
        self._trust(backend)
        is_new = not self._folder.has(record.id)  # a damaged file is there all the same
        is_put = False
        try:
            if is_new:
                self._folder.write(record)
            self._keyring().put(record.id, account.keys, account.token)
            is_put = True
            if not is_new:
                self._rewrite(record, before)
        except BaseException as failure:
            if is_new:
                with contextlib.suppress(StoreError):
                    self._folder.remove(record.id)
            if not isinstance(failure, StoreError) or isinstance(failure, TimedOut):
                change.is_uncertain = True
            elif not is_owned:
                self._take_back(change, backend, is_there=is_put)
            for each in self._folder.named_backends(change.account_id):
                change.settle(each)
            raise
        return backend

    def _take_back(self, change: Change, backend: str, *, is_there: bool) -> None:
        """Delete an item that no account's file will name; what was refused when it was put is not there."""
        if self._folder.named_backends(change.account_id):
            is_taken = not is_there  # the keyring of the former token, which stays, may be the same by another name
        else:
            try:
                self._keyring().delete(change.account_id, backend)
                is_taken = True
            except StoreError:
                is_taken = not is_there
        if is_taken:
            change.settle(backend)

    def _clear(self, change: Change, current: str, account: Account) -> None:
        """Delete the account's items from all keyrings but the one that has it now."""
        change.settle(current)
        for backend in list(change.backends):
            try:
                self._delete(backend, current, account)
            except StoreError as failure:
                self._warn(f"The former token is still in the keyring ({shown(backend)}): {failure.message}")
                change.is_uncertain = change.is_uncertain or isinstance(failure, TimedOut)
            else:
                change.settle(backend)

    def _delete(self, backend: str, current: str, account: Account) -> None:
        """Delete the account's item from a keyring. It stays in the `current` one, which may be the same by another
        name: SecretService and libsecret are."""
        keyring, name = self._keyring(), account.account or ""
        keyring.delete(name, backend)
        if current and keyring.get(name, current) is None:
            keyring.put(name, account.keys, account.token, current)

    def _forget_item(self, change: Change, backend: str, *, force: bool) -> None:
        change.note(backend)
        try:
            self._keyring().delete(change.account_id, backend)
        except StoreError as failure:
            if not force:
                change.settle(backend)  # the account stays, and names it
                raise
            self._warn(f"{failure.message} The item {change.account_id} may still be in it.")
        else:
            change.settle(backend)

    def _readable(self, name: str, *, force: bool) -> Record | None:
        """What the account's file says, None if that cannot be read and `force` deletes it all the same."""
        try:
            return self._folder.read(name)
        except (AccountError, StoreError):
            if not force or not self._folder.has(name):
                raise
            return None

    def _current_backend(self, name: str) -> list[str]:
        """The keyring in use now, which may have the item of a file that is too damaged to say."""
        if self._folder.is_in_file(name):
            return []
        try:
            return [self._keyring().backend()]
        except StoreError:
            return []

    def _trust(self, backend: str) -> None:
        """Remember a backend that is not the library's own: an account file's word is not enough to load it."""
        module = backend.rpartition(".")[0]
        if not module.startswith("keyring.backends."):
            try:
                self._folder.trust_backend(module)
            except StoreError as failure:
                self._warn(f"{failure.message} To read this account, set PYTHON_KEYRING_BACKEND={backend}")

    def _rewrite(self, record: Record, before: Record | None) -> None:
        """Write the file of an account whose item has just been replaced or added."""
        try:
            self._folder.write(record)
        except StoreError as failure:
            if before is not None and before.backend == record.backend:
                self._warn(f"The token of {record.id} is stored, but not what else is known of it: {failure.message}")
                return
            raise

    def _settle_default(self, account: Account) -> None:
        """The first login becomes the default. The sandbox's never replaces another, and gives way, unless chosen."""
        now = self._folder.default()
        if now is None or not self._folder.has(now):
            self._folder.set_default(account.account)
        elif now != account.account and not account.is_sandbox and not self._folder.default_is_chosen():
            with contextlib.suppress(AccountError, StoreError):
                if self._folder.read(now).is_sandbox:
                    self._folder.set_default(account.account)

    def _before(self, name: str) -> Record | None:
        """What is stored under that ID now; None if nothing is, or something damaged that the login fixes."""
        try:
            return self._folder.read(name) if self._folder.has(name) else None
        except (AccountError, StoreError):
            return None
