"""Keeping, updating and deleting an account. An account's file names every keyring that may hold a token of it.

So the file is written before an item and deleted after it, and a keyring is dropped from it only once its item is gone:
a command that is killed at any moment leaves nothing that the next login or logout of that account does not find.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from ..account import Account, Token, account_id
from ..errors import AccountError, NotConfigured, StoreError
from ..threads import Waited
from .account_files import AccountFolder
from .record import Record
from .replacement import make_app_folder, make_folder

if TYPE_CHECKING:
    from .keyring import KeyringStore

_LONGEST_CHANGE = 120.0  # seconds; two uses of a keyring that a person has to unlock
_PAUSE = 0.05  # seconds between two looks at the lock


class Store:
    """The places for tokens: the account files, and the keyring."""

    def __init__(self, folder: AccountFolder, keyring: Callable[[], KeyringStore]) -> None:
        self.folder = folder
        self._keyring = keyring

    def try_keyring(self) -> None:
        """Prove, before Flickr is contacted, that the keyring will keep a token. Raises `StoreError`."""
        keyring = self._keyring()
        backend = keyring.backend()
        known = next((record for record in self.folder.records() if record.backend == backend), None)
        if known is not None:
            with contextlib.suppress(StoreError):
                if keyring.get(known.id, known.api_key, backend) is not None:
                    return  # it works, and writing once more might ask the person once more
        keyring.try_out()

    def keep(self, account: Account, store: str) -> Account:
        """Store the account in `store` (keyring or file) and return it as it is stored.

        A login replaces what was there for the same person, key and provider. Raises `StoreError`, with what was
        there before still in place.
        """
        keys, token = account.keys, account.token
        # A provider that names nobody still issued a token, which is not thrown away.
        name = account_id(account.user_nsid or token.oauth_token, keys.api_key, account.provider)
        kept = account._replace(account=name, store=store)
        make_app_folder(self.folder.home)
        make_folder(os.path.realpath(self.folder.folder))  # it is what is locked
        with self._locked():
            before = self._before(name)
            known = before.backends if before else self._of_damaged(name)
            if store == "keyring":
                record = self._keep_in_keyring(kept, before, known)
            else:
                record = Record.of(kept, former=known)
                self.folder.write(record)
            if record.former:
                self._clear(record)
            with self._only_warned(name, "cannot be made the default"):
                self.folder.settle_default(record)
        return record.account(keys, token)

    def where(self, account: Account) -> str:
        """Say where a stored account's token is."""
        name = account.account or ""
        if account.store != "keyring":
            return self.folder.path(name)
        from .keyring import shown

        return f"the keyring ({shown(self.folder.read(name).backend or '')})"

    def update(self, account: Account) -> None:
        """Rewrite what the account's file says of it (perms, names), unless it has another token by now.

        The person is warned if that fails: the account is stored, and the permission that was asked for stays noted.
        """
        name = account.account or ""
        with self._only_warned(name, "not what its check found"), self._locked():
            record = self._before(name)  # None once another command has logged it out
            if record and self._token(record) == account.token:
                self.folder.write(record._replace(**Record.of(account).details))

    def _token(self, record: Record) -> Token | None:
        """Read the token that an account has now. Raises `StoreError`."""
        if record.token is not None:
            return record.token
        four = self._keyring().get(record.id, record.api_key, record.backend or "")
        return four[1] if four else None

    def forget(self, name: str, *, force: bool = False) -> Record | None:
        """Delete the account: its keyring items, then its file. Return what it was; None if it was damaged.

        With `force` also if the keyring fails or the file is damaged. Raises `StoreError`, with the account still
        there.
        """
        with self._locked():
            try:
                record = self.folder.read(name)
            except (AccountError, StoreError):
                if not force or not self.folder.has(name):
                    raise
                record = None
            backends = record.backends if record else self._of_damaged(name)
            if backends:
                self.folder.try_out()  # on a read-only disk the account would stay without its item
            for backend in backends:
                self._delete(name, backend, force=force)
            self.folder.remove(name, with_target=record is not None)  # what is known to be an account's file
            return record

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """Let one command at a time change accounts, where the file system can lock a folder; on Windows none can.

        Raises `StoreError` if another command does not end.
        """
        with contextlib.ExitStack() as stack:
            if sys.platform != "win32":
                import fcntl

                with contextlib.suppress(OSError):
                    descriptor = os.open(self.folder.folder, os.O_RDONLY)
                    stack.callback(os.close, descriptor)
                    self._wait_for(lambda: fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB))
            yield

    def _wait_for(self, lock: Callable[[], None]) -> None:
        """Try to lock again and again while another command has the lock. Raises `StoreError` if it keeps it."""
        waited, pause, is_told = Waited(), 0.0, False
        while True:
            try:
                return lock()
            except BlockingIOError:
                seconds = waited(pause)
            if seconds > _LONGEST_CHANGE:
                raise StoreError("Another flickr-auth command is changing the accounts.", "Fix: end it and try again")
            if seconds > 1 and not is_told:
                self.folder.warn("Another flickr-auth command is changing the accounts; waiting for it...")
                is_told = True
            pause = _PAUSE
            time.sleep(pause)

    def _of_damaged(self, name: str) -> tuple[str, ...]:
        """Find the keyrings that may hold an item of a damaged account: those that its file names, else that of now."""
        if not self.folder.has(name):
            return ()
        named = self.folder.keyrings(name)
        if named is not None:
            return named
        try:
            return (self._keyring().backend(),)
        except StoreError as failure:
            self.folder.warn(f"An earlier token of {name} may still be in a keyring. {failure.message}")
            return ()

    def _delete(self, name: str, backend: str, *, force: bool) -> None:
        try:
            self._keyring().delete(name, backend)
        except StoreError as failure:
            if not force:
                raise
            self.folder.warn(f"{failure.message} The item {name} may still be in it.")

    def _keep_in_keyring(self, account: Account, before: Record | None, known: Sequence[str]) -> Record:
        """Put the four values into the keyring, which the account's file names first, and return its record.

        `known` are the keyrings that may hold an item of the account.
        """
        from .keyring import are_one

        keyring = self._keyring()
        backend = keyring.backend()
        others = [each for each in known if not are_one(each, backend)]
        record = Record.of(account, backend, others)
        is_new = before is None and not self.folder.has(record.id)  # a damaged file may still be repaired by hand
        if is_new:
            self.folder.write(record)
        elif before and len(others) == len(known):
            self.folder.write(before._replace(former=(*before.former, backend)))
        try:
            keyring.put(record.id, account.keys, account.token)
            if len(others) == len(known) and not is_new:
                self.folder.write(record)
        except StoreError:
            if before is None or before.store == "file":
                self._take_back(record.id, backend, before)
            raise
        if len(others) < len(known):  # the new token has replaced the former one already
            with self._only_warned(record.id, "not what else is known of it"):
                self.folder.write(record)
        return record

    def _take_back(self, name: str, backend: str, before: Record | None) -> None:
        """Leave an account whose token was not kept as it was before; the error for that is on its way.

        Where the item may still be stored later, the account's file goes on naming its keyring.
        """
        with contextlib.suppress(StoreError):
            self._keyring().delete(name, backend)
            if before:
                self.folder.write(before)
            elif self._before(name):  # what this login has written, and no damaged file
                self.folder.remove(name)

    def _clear(self, record: Record) -> None:
        """Delete the account's items from the keyrings that had it before, and from its file the names of those."""
        left = []
        for backend in record.former:
            try:
                self._keyring().delete(record.id, backend)
            except StoreError as failure:
                from .keyring import shown

                self.folder.warn(f"An earlier token may still be in the keyring ({shown(backend)}): {failure.message}")
                left.append(backend)
        if len(left) < len(record.former):
            with self._only_warned(record.id, "its file still names a former keyring"):
                self.folder.write(record._replace(former=tuple(left)))

    @contextlib.contextmanager
    def _only_warned(self, name: str, problem: str) -> Iterator[None]:
        """Warn of what fails once the account is stored: that is worth no other login."""
        try:
            yield
        except (StoreError, NotConfigured) as failure:
            self.folder.warn(f"The account {name} is stored, but {problem}: {failure.message}")

    def _before(self, name: str) -> Record | None:
        """Read the account of that ID; None if there is none, or a damaged one, which the login replaces."""
        try:
            return self.folder.read(name) if self.folder.has(name) else None
        except (AccountError, StoreError):
            return None
