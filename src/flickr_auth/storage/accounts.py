"""Which account, and which store: everything that reads or keeps a token comes through here."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from ..account import FLICKR, Account, account_id, label
from ..errors import AccountError, StoreError, UsageError
from . import environment, files
from .account_files import AccountFolder, Record

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from .changes import Changes, Stray
    from .keyring import KeyringStore


_LISTED = 10
_USE = "flickr-auth use ACCOUNT"
_CHOOSE = f"Run: {_USE}"
_KINDS = {"": "default", "FLICKR_AUTH_ACCOUNT": "account", "FLICKR_TOKEN_FILE": "token-file"}


class Source(NamedTuple):
    """Where the choice of an account comes from.

    `kind` is account, token-file, variables (the four) or default; `value` the name or path as a person wrote it;
    `variable` the variable that holds it, empty for an option and for the default.
    """

    kind: str
    value: str
    variable: str

    @property
    def origin(self) -> str:
        """The variable for the end of a sentence, in brackets, with a space before it."""
        return f" (from {self.variable})" if self.variable else ""


class _Names(NamedTuple):
    """The accounts by ID, how many go by a name (in any case), and how many have a label."""

    records: dict[str, Record]
    counts: Mapping[str, int]
    labels: Mapping[str, int]


class Accounts:
    """The accounts stored on this machine, and those that a token file or the environment holds."""

    def __init__(
        self,
        environ: Mapping[str, str],
        keyring: Callable[[], KeyringStore],
        warn: files.Warn,
        stdin: Callable[[str], bytes] | None = None,
    ) -> None:
        """`stdin` reads all of stdin for the token file `-`; it is given the words for what is expected there."""
        self.environ = environ
        self._open_keyring = keyring
        self._warn = warn
        self._stdin = stdin
        self.folder = AccountFolder(files.app_folder(environ), warn)
        self._known: _Names | None = None

    @cached_property
    def _keyring(self) -> KeyringStore:
        """The keyring, opened for the first account that is kept there."""
        keyring = self._open_keyring()
        keyring.trusted |= self.folder.backends()
        return keyring

    # Which account

    def source(self, account: str | None = None, in_file: files.StrPath | None = None) -> Source:
        """Where the choice of the account comes from: the first of these that is there.

        `account` or the token file `in_file`; the four variables; FLICKR_AUTH_ACCOUNT; FLICKR_TOKEN_FILE; the default.
        Raises `UsageError` for both arguments at once.
        """
        if account and in_file:
            raise UsageError("--account and --token-file cannot be used together.", "Fix: leave out one of them")
        if account:
            return Source("account", account, "")
        if in_file:
            return Source("token-file", os.fspath(in_file), "")
        variable = environment.deciding(self.environ)
        return Source(_KINDS.get(variable, "variables"), self.environ.get(variable, ""), variable)

    def choose(self, account: str | None = None, in_file: files.StrPath | None = None) -> Account:
        """The account to act as, from its `source`.

        Raises `AccountError` if there is none or several match, and `UsageError` for both arguments at once.
        """
        source = self.source(account, in_file)
        if source.kind == "account":
            return self.load(self.find(source.value, source.variable))
        if source.kind == "token-file":
            return self._in_token_file(source)
        from_variables = environment.in_environment(self.environ)
        return self.load(self.default()) if from_variables is None else from_variables

    def _in_token_file(self, source: Source) -> Account:
        from . import token_file

        try:
            if source.value == "-" and self._stdin and not source.variable:
                token = token_file.parse(self._stdin("the token and its secret, each on a line"), "stdin")
            else:
                token = token_file.read(source.value, self._warn)
        except AccountError as failure:
            if not source.variable:
                raise
            raise AccountError(f"{failure.message.rstrip('.')}{source.origin}.", failure.hint) from failure
        return environment.of_token(token, self.environ, self._warn)

    def default(self) -> str:
        """The ID used when none is named: the default, else the only one. Raises `AccountError`."""
        default = self.folder.default()
        if default is not None and self.folder.has(default):
            return default
        ids = self.folder.ids()
        if not ids:
            raise AccountError("You are not logged in.", "Run: flickr-auth login")
        if default is not None:
            raise AccountError(f"The default account {default} no longer exists. {self._listed()}", _CHOOSE)
        if len(ids) > 1:
            raise AccountError(f"No default account is set. {self._listed()}", _CHOOSE)
        return ids[0]

    def find(self, name: str, variable: str = "") -> str:
        """The ID that `name` means: an ID, an NSID or a username, in any case. Raises `AccountError`.

        `variable` is the one that holds the name, for the error.
        """
        if self.folder.has(name):
            return name
        folded = name.casefold()
        matches = [record.id for record in self.records() if folded in map(str.casefold, (record.id, *record.names))]
        origin = f" (from {variable})" if variable else ""
        if not matches:
            fix = f"Set {variable} to one of them, or unset it." if variable else "Run: flickr-auth status"
            message = f"No account named '{name}'{origin}."
            if not self.folder.ids():
                raise AccountError(f"{message} You are not logged in.", "Run: flickr-auth login")
            raise AccountError(f"{message} {self._listed()}", fix)
        if len(matches) > 1:
            raise AccountError(
                f"{len(matches)} accounts are named '{name}'{origin}.",
                f"Try: one of their IDs, {_list(matches, ' or ')}",
            )
        return matches[0]

    def use(self, name: str) -> Record:
        """Make the account of that name the default, as a person's own choice, which no login replaces."""
        record = self.folder.read(self.find(name))
        self.folder.set_default(record.id, is_chosen=True)
        self._changes.clean_up()
        return record

    def default_note(self) -> list[str]:
        """Which account is the default now, how to change that, and which variable outranks it: a line each.

        The end of every command that changes something.
        """
        ids, default = self.folder.ids(), self.folder.default()
        lines = []
        if default in ids or len(ids) == 1:
            lines.append(f"Default account: {self.label(default if default in ids else ids[0])}")
            if len(ids) > 1:
                lines.append(f"To change it: {_USE}")
        elif ids:
            lines.append(f"No default account is set. {self._listed()}")
            lines.append(f"To set one: {_USE}")
        variable = environment.deciding(self.environ)
        if variable in environment.FOUR:
            there = " ".join(name for name in environment.FOUR if self.environ.get(name))
            lines.append(
                f"{variable} is set, so commands use its token and no stored account. To change that: unset {there}"
            )
        elif variable:
            value = self.environ[variable]
            lines.append(
                f"{variable} is set, so commands use '{value}' and not the default. To change that: unset {variable}"
            )
        return lines

    def label(self, account_id: str) -> str:
        """The account for a sentence: its names, and its ID only if another has the same or its file is damaged."""
        record = self._names.records.get(account_id)
        if record is None:
            return account_id
        shown = label(record)
        return shown if self._names.labels[shown] == 1 else f"{shown} [{account_id}]"

    def short(self, account_id: str) -> str:
        """The shortest name by which --account finds that account and no other."""
        record = self._names.records.get(account_id)
        names = record.names if record else []
        return next((name for name in names if self._names.counts[name.casefold()] == 1), account_id)

    @property
    def _names(self) -> _Names:
        """What the accounts are called: read once, until one of them changes."""
        if self._known is None:
            from collections import Counter

            records = {each: record for each in self.folder.ids() if (record := self._quiet(each))}
            called = (
                name for record in records.values() for name in {n.casefold() for n in (*record.names, record.id)}
            )
            self._known = _Names(records, Counter(called), Counter(map(label, records.values())))
        return self._known

    def of_key(self, api_key: str, provider: str) -> list[Record]:
        """The accounts of that key and provider."""
        mark = account_id("", api_key, FLICKR)  # is in the ID of each, so that other accounts are not read
        records = (self._record(each) for each in self.folder.ids() if mark in each)
        return [each for each in records if each and (each.api_key, each.provider) == (api_key, provider)]

    def records(self) -> Iterator[Record]:
        """What the accounts' files say, one after the other. One that cannot be read is named to `warn` and skipped."""
        yield from filter(None, map(self._record, self.folder.ids()))

    def _listed(self) -> str:
        """The accounts, by the names that people type."""
        ids = self.folder.ids()
        return f"Accounts: {_list([self.short(each) for each in ids[:_LISTED]], count=len(ids))}"

    def _quiet(self, account_id: str) -> Record | None:
        """What an account's file says, None if it is damaged, unreadable or gone."""
        try:
            return self.folder.read(account_id)
        except (AccountError, StoreError):
            return None

    def _record(self, name: str) -> Record | None:
        try:
            return self.folder.read(name)
        except (AccountError, StoreError) as failure:
            if self.folder.has(name):  # else another command has just logged it out
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
            import shlex

            login = "flickr-auth login --sandbox" if record.is_sandbox else "flickr-auth login"
            raise StoreError(
                f"The keyring no longer has the token of {self.label(record.id)}.",
                f"Run: flickr-auth logout --account {shlex.quote(self.short(record.id))} && {login}",
            )
        return record.account(*four)

    # Which store

    @cached_property
    def _changes(self) -> Changes:
        """What changes the accounts, loaded for the first change."""
        from .changes import Changes

        return Changes(files.app_folder(self.environ), self.folder, lambda: self._keyring, self._warn)

    def try_folder(self) -> None:
        """Prove, before Flickr is contacted, that an account file can be written. Raises `StoreError`.

        What commands that were cut off left in a keyring is deleted now.
        """
        self.folder.try_out()
        self._changes.clean_up()

    def held(self, store: str) -> AbstractContextManager[None]:
        """What `keep` needs is held inside this block, in which a token is issued. Raises `StoreError`."""
        return self._changes.held(store)

    def strays(self) -> list[Stray]:
        """Items that keyrings may hold and no account names; the next command that changes something tries again."""
        return self._changes.strays()

    def try_keyring(self) -> None:
        """Prove, before Flickr is contacted, that the keyring will keep a token. Raises `StoreError`."""
        backend = self._keyring.backend()
        for record in self.records():
            if record.backend == backend:
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
        self._known = None
        return self._changes.keep(account, store)

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

        `warn` is called if that fails: the account is stored, and the permission that was asked for stays noted.
        """
        self._changes.update(account)

    def forget(self, name: str, *, force: bool = False) -> None:
        """Delete the account: its keyring item, then its file.

        With `force` also if the keyring fails or the file is damaged.
        Raises `StoreError`, with the account still there.
        """
        self._known = None
        self._changes.forget(name, force=force)


def _list(names: list[str], between: str = ", ", count: int = 0) -> str:
    more = (count or len(names)) - len(names[:_LISTED])
    return between.join(names[:_LISTED]) + (f" and {more} more" if more else "")
