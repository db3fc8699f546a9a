"""Which account, and which store: everything that reads or keeps a token comes through here."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from ..account import FLICKR, PERMS, Account, account_id
from ..errors import AccountError, NotConfigured, StoreError, UsageError
from . import environment, files
from .account_files import AccountFolder, Record

if TYPE_CHECKING:
    from .keyring import KeyringStore


_LISTED = 10


class Accounts:
    """The accounts stored on this machine, and those that a token file or the environment holds."""

    def __init__(self, environ: Mapping[str, str], keyring: Callable[[], KeyringStore], warn: files.Warn) -> None:
        self._environ = environ
        self._open_keyring = keyring
        self._warn = warn
        self.folder = AccountFolder(files.app_folder(environ), warn)

    @cached_property
    def _keyring(self) -> KeyringStore:
        """The keyring, opened for the first account that is kept there."""
        return self._open_keyring()

    # Which account

    def choose(self, account: str | None = None, in_file: files.StrPath | None = None) -> Account:
        """The account to act as: the one named, else the environment's, else the default.

        The order: `account` or the token file `in_file`; the four variables; FLICKR_AUTH_ACCOUNT; FLICKR_TOKEN_FILE;
        the default.
        Raises `UsageError` for both at once, `AccountError` where there is none or several match.
        """
        if account and in_file:
            raise UsageError("An account and a token file cannot both be named.", "Name one of them.")
        if account:
            return self.load(self.find(account))
        if in_file:
            return self._in_token_file(in_file)
        from_variables = environment.in_environment(self._environ)
        if from_variables is not None:
            return from_variables
        if self._environ.get("FLICKR_AUTH_ACCOUNT"):
            return self.load(self.find(self._environ["FLICKR_AUTH_ACCOUNT"]))
        if self._environ.get("FLICKR_TOKEN_FILE"):
            return self._in_token_file(self._environ["FLICKR_TOKEN_FILE"])
        return self.load(self.default())

    def _in_token_file(self, path: files.StrPath) -> Account:
        from . import token_file

        return environment.of_token(token_file.read(path, self._warn), self._environ, self._warn)

    def default(self) -> str:
        """The ID used when none is named: the default, else the only one. Raises `AccountError`."""
        default = self.folder.default()
        if default is not None and self.folder.has(default):
            return default
        ids = self.folder.ids()
        if not ids:
            raise AccountError("Nobody is logged in here.", "Log in first: flickr-auth login")
        if default is not None:
            raise AccountError(f"The default account {default} is gone.", f"Name one with --account: {_list(ids)}")
        if len(ids) > 1:
            raise AccountError(
                f"There are {len(ids)} accounts and none is the default.", f"Name one with --account: {_list(ids)}"
            )
        return ids[0]

    def find(self, name: str) -> str:
        """The ID that `name` means: an ID, an NSID or a username, in any case. Raises `AccountError`."""
        if self.folder.has(name):
            return name
        folded = name.casefold()
        matches = [record.id for record in self.records() if folded in map(str.casefold, (record.id, *record.names))]
        if not matches:
            raise AccountError("No account here has that name.", f"There is: {_list(self.folder.ids()) or 'none'}")
        if len(matches) > 1:
            raise AccountError(f"{len(matches)} accounts have that name.", f"Name one by its ID: {_list(matches)}")
        return matches[0]

    def stronger(self, api_key: str, provider: str, perms: str) -> list[Record]:
        """The accounts of that key and provider that have more permission than `perms`."""
        mark = account_id("", api_key, FLICKR)  # is in the ID of each, so that other accounts are not read
        records = (self._record(each) for each in self.folder.ids() if mark in each)
        return [
            record
            for record in records
            if record is not None
            and (record.api_key, record.provider) == (api_key, provider)
            and record.perms in PERMS[PERMS.index(perms) + 1 :]
        ]

    def records(self) -> Iterator[Record]:
        """What the accounts' files say, one after the other. A damaged one is named to `warn` and passed over."""
        yield from filter(None, map(self._record, self.folder.ids()))

    def _record(self, name: str) -> Record | None:
        try:
            return self.folder.read(name)
        except AccountError as failure:
            if self.folder.has(name):  # else another command has just forgotten it
                self._warn(failure.message)
            return None

    def load(self, name: str) -> Account:
        """The account with that ID, with its secrets. Reading one from a file touches no keyring."""
        return self.opened(self.folder.read(name))

    def opened(self, record: Record) -> Account:
        """The account of a record, with its secrets."""
        if record.store == "file":
            assert record.keys is not None and record.token is not None  # noqa: S101, PT018  # the reader checked it
            return record.account(record.keys, record.token)
        four = self._keyring.get(record.id, record.backend or "")
        if four is None:
            raise StoreError(
                f"The keyring no longer has the token of {record.id}.",
                f"Log in again, or forget the account: flickr-auth logout --account {record.id}",
            )
        return record.account(*four)

    # Which store

    def try_folder(self) -> None:
        """Prove, before Flickr is asked for anything, that an account file can be written. Raises `StoreError`."""
        self.folder.try_out()

    def try_keyring(self) -> None:
        """Prove, before Flickr is asked for anything, that the keyring will keep a token. Raises `StoreError`."""
        backend = self._keyring.backend()
        for record in self.records():
            if record.store == "keyring" and record.backend == backend:
                with contextlib.suppress(StoreError):
                    if self._keyring.get(record.id, backend) is not None:
                        return  # it works, and writing once more might ask the person once more
                break
        self._keyring.try_out()

    def keep(self, account: Account, store: str) -> Account:
        """Store the account in `store` (keyring or file) and return it as it is stored.

        A login replaces what was there for the same person, key and provider. Raises `StoreError`, with what was
        there before still in place.
        """
        # A provider that names nobody still issued a token, which is not thrown away.
        name = account_id(account.user_nsid or account.oauth_token, account.keys.api_key, account.provider)
        kept = account._replace(account=name, store=store)
        before = self._before(name)
        if store == "file":
            self.folder.write(Record.of(kept))
        else:
            self._keep_in_keyring(kept, before)
        if (
            before is not None
            and before.store == "keyring"
            and (store == "file" or before.backend != self._keyring.backend())
        ):
            self._leave_former_keyring(before)
        try:
            self._settle_default(kept)
        except (StoreError, NotConfigured) as failure:
            self._warn(f"The account {name} is stored, but cannot be made the default: {failure.message}")
        return kept

    def where(self, account: Account) -> str:
        """The words for where a stored account's token is."""
        name = account.account or ""
        record = self.folder.read(name)
        if not record.backend:
            return self.folder.path(name)
        from .keyring import shown

        return f"the keyring ({shown(record.backend)})"

    def update(self, account: Account) -> None:
        """Rewrite what the account's file says of it (perms, names); its secrets stay where they are.

        `warn` is told where that fails: the account is stored, and what it was asked for stays noted.
        """
        record = self.folder.read(account.account or "")
        try:
            self.folder.write(record._replace(**Record.of(account).details))
        except StoreError as failure:
            self._warn(f"The account {record.id} is stored, but not what its check told: {failure.message}")

    def forget(self, name: str, *, force: bool = False) -> None:
        """Remove the account: its keyring item, then its file. With `force` also where the keyring fails.

        Raises `StoreError`, with the account still there.
        """
        try:
            record = self.folder.read(name)
        except AccountError:
            if not force or not self.folder.has(name):
                raise
            record = None
        if record is not None and record.store == "keyring":
            self.folder.try_out()  # an item that is gone while its account stays would help nobody
            try:
                self._keyring.delete(name, record.backend or "")
            except StoreError as failure:
                if not force:
                    raise
                self._warn(f"{failure.message} The item {name} may still be in it.")
        if self.folder.default() == name:
            self.folder.set_default(None)
        self.folder.remove(name)

    def _keep_in_keyring(self, account: Account, before: Record | None) -> None:
        """A new item comes after its file, so that none is ever without one; an old one's file comes after the item,
        so that the secrets in the file go only when they are in the keyring."""
        record = Record.of(account, backend=self._keyring.backend())
        is_new = not self.folder.has(record.id)  # a damaged file is there all the same
        if is_new:
            self.folder.write(record)
        try:
            self._keyring.put(record.id, account.keys, account.token)
        except BaseException:
            if is_new:
                self.folder.remove(record.id)
            raise
        if not is_new:
            self._rewrite(record, before)

    def _rewrite(self, record: Record, before: Record | None) -> None:
        """Write the file of an account whose item has just been replaced or added."""
        try:
            self.folder.write(record)
        except StoreError as failure:
            if before is not None and before.backend == record.backend:
                self._warn(f"The token of {record.id} is stored, but not what else is known of it: {failure.message}")
                return
            with contextlib.suppress(StoreError):
                self._keyring.delete(record.id, record.backend or "")
            raise

    def _leave_former_keyring(self, before: Record) -> None:
        try:
            self._keyring.delete(before.id, before.backend or "")
        except StoreError as failure:
            from .keyring import shown

            self._warn(f"The former token is still in the keyring ({shown(before.backend or '')}): {failure.message}")

    def _settle_default(self, account: Account) -> None:
        """The first login becomes the default. The sandbox's never replaces another, and gives way to any other."""
        now = self.folder.default()
        if now is None or not self.folder.has(now):
            self.folder.set_default(account.account)
        elif now != account.account and not account.is_sandbox:
            with contextlib.suppress(AccountError):
                if self.folder.read(now).is_sandbox:
                    self.folder.set_default(account.account)

    def _before(self, name: str) -> Record | None:
        """What is stored under that ID now; None where nothing is, or something damaged that the login mends."""
        try:
            return self.folder.read(name) if self.folder.has(name) else None
        except AccountError:
            return None


def _list(ids: list[str]) -> str:
    more = f" and {len(ids) - _LISTED} more" if len(ids) > _LISTED else ""
    return ", ".join(ids[:_LISTED]) + more
