"""Account files: one account a file, so that no login can disturb another, and the name of the default beside them."""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from ..account import FIELDS, FLICKR, LONGEST_ID, SANDBOX, Account, ConsumerKeys, Token, account_id, is_word
from ..errors import AccountError, NotConfigured, StoreError
from . import files

if TYPE_CHECKING:
    from .replacement import Replacement

_SECRETS = ("api_secret", "oauth_token", "oauth_token_secret")
_DETAILS = tuple(name for name in FIELDS if name not in (*_SECRETS, "api_key", "account", "store"))


_NAMES = ("user_nsid", "username", "fullname")
_LONGEST_NAME = 300  # characters
_LONGEST_FILE = 8 << 20  # bytes: a provider's token may be long
_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789@_-%")  # what an ID is made of
_BACKEND = re.compile(rb'"backend"\s*:\s*"([^"\\]{1,300})"')
_IN_FILE = re.compile(rb'"store"\s*:\s*"file"')


class Record(NamedTuple):
    """What an account's file says.

    `keys` and `token` are there with the file store only; `backend` with the keyring only, as the name that
    `keyring.core.load_keyring` takes. All else is as in `Account`.
    """

    id: str
    api_key: str
    store: str
    user_nsid: str | None = None
    username: str | None = None
    fullname: str | None = None
    perms: str | None = None
    provider: str = FLICKR
    logged_in_at: str | None = None
    backend: str | None = None
    keys: ConsumerKeys | None = None
    token: Token | None = None

    @classmethod
    def of(cls, account: Account, backend: str | None = None) -> Record:
        """The account as its file tells it: with its secrets, unless a keyring backend keeps them."""
        known = {name: getattr(account, name) for name in _DETAILS}
        if backend:
            return cls(account.account or "", account.keys.api_key, "keyring", **known, backend=backend)
        return cls(account.account or "", account.keys.api_key, "file", **known, keys=account.keys, token=account.token)

    def account(self, keys: ConsumerKeys, token: Token) -> Account:
        """The account that this record and its secrets make."""
        return Account.of(keys, token, account=self.id, store=self.store, **self.details)

    @property
    def details(self) -> dict[str, Any]:
        """What it says of an account besides the four values and where they are."""
        return {name: getattr(self, name) for name in _DETAILS}

    @property
    def is_sandbox(self) -> bool:
        """Whether it is one of the made-up accounts of the built-in stand-in."""
        return self.provider == SANDBOX

    @property
    def names(self) -> list[str]:
        """What a person calls the account: its username and its NSID, as far as they are known."""
        return [name for name in (self.username, self.user_nsid) if name]


class AccountFolder:
    """The account files below the app folder."""

    def __init__(self, home: files.StrPath, warn: files.Warn) -> None:
        self._home = os.fspath(home)
        self.folder = os.path.join(self._home, "accounts")
        self._default = os.path.join(self._home, "default")
        self._backends = os.path.join(self._home, "backends")
        self._warn = warn
        self._is_tidy = False
        self.held: Replacement | None = None  # for the account that is written next

    def path(self, account_id: str) -> str:
        """The file of an account."""
        return os.path.join(self.folder, f"{account_id}.json")

    def ids(self) -> list[str]:
        """The IDs of all accounts, sorted. A copy that a sync tool made is skipped with a warning."""
        names = files.names(self.folder, AccountError)
        ids: list[str] = []
        for name in sorted(name[:-5] for name in names if name.endswith(".json") and not name.startswith(".")):
            if _PLAIN.issuperset(name) and not (ids and name.startswith(ids[-1]) and self._is_copy(name)):
                ids.append(name)
            else:
                self._warn(f"{self.path(name)} is a copy of an account's file, so it was skipped.")
        return ids

    def has(self, account_id: str) -> bool:
        """Whether there is such an account. What can be no ID, and could leave the folder, is none."""
        # A name that is too long is none, and no error. A pipe or a link to nothing is an account, and a damaged one.
        return bool(account_id) and _PLAIN.issuperset(account_id) and os.path.lexists(self.path(account_id))

    def named_backends(self, account_id: str) -> list[str]:
        """The keyring backend that the account's file names, also if the file is damaged; empty if it names none."""
        match = _BACKEND.search(self._raw(account_id))
        return [match[1].decode("utf-8", "replace")] if match else []

    def is_in_file(self, account_id: str) -> bool:
        """Whether the account's file says that it has the secrets itself, also if it is damaged."""
        return bool(_IN_FILE.search(self._raw(account_id)))

    def _raw(self, account_id: str) -> bytes:
        try:
            return files.read(self.path(account_id), _quiet, longest=_LONGEST_FILE)
        except (NotConfigured, StoreError):
            return b""

    def _is_copy(self, name: str) -> bool:
        record = _parse(name, self._raw(name))
        return record is not None and not _is_own(record)

    def read(self, account_id: str) -> Record:
        """What the account's file says. Raises `AccountError` for one that is missing or damaged."""
        path = self.path(account_id)
        try:
            content = files.read(path, self._warn, error=AccountError, longest=_LONGEST_FILE)
        except files.Missing:
            raise AccountError(f"There is no account {account_id}.", "Run: flickr-auth status") from None
        record = _parse(account_id, content)
        if record is None:
            raise AccountError(
                f"The account file {path} is damaged.",
                f"Run: flickr-auth logout --force --account {account_id} && flickr-auth login",
            )
        if not _is_own(record):
            raise AccountError(f"{path} is a copy of another account's file, not an account.", "Fix: delete it")
        return record

    def try_out(self) -> None:
        """Prove that an account's file can be written. Raises `StoreError`."""
        files.try_out(self.path("try"), self._warn)
        self._tidy()

    def write(self, record: Record) -> None:
        """Write the account's file, all or nothing."""
        fields: dict[str, str | None] = {"store": record.store, "backend": record.backend, "api_key": record.api_key}
        if record.keys and record.token:
            fields["api_secret"] = record.keys.api_secret
            fields["oauth_token"] = record.token.oauth_token
            fields["oauth_token_secret"] = record.token.oauth_token_secret
        fields |= record.details
        known = {name: value for name, value in fields.items() if value is not None}
        content = (json.dumps(known, indent=2) + "\n").encode()
        held, self.held = self.held, None
        if held is not None:
            held.write(content, self.path(record.id))
        else:
            files.write(self.path(record.id), content)
        self._tidy()

    def remove(self, account_id: str) -> None:
        """Remove the account's file, if there is one. What it links to goes as well if that is an account."""
        path = self.path(account_id)
        is_linked = os.path.islink(path) and _parse(account_id, self._raw(account_id)) is not None
        files.remove(path, with_target=is_linked)
        self._tidy()

    def default(self) -> str | None:
        """The ID of the default account, None if none is set."""
        return self._default_text().strip() or None

    def default_is_chosen(self) -> bool:
        """Whether a person chose the default with `use`: an empty line after it says so."""
        return self._default_text().endswith("\n\n")

    def set_default(self, account_id: str | None, *, is_chosen: bool = False) -> None:
        """Make an account the default, or none."""
        if account_id is None:
            files.remove(self._default)
        else:
            files.write(self._default, (account_id + ("\n\n" if is_chosen else "\n")).encode())
        self._tidy()

    def backends(self) -> set[str]:
        """The modules of keyring backends that were named at a login: what an account's file names is not enough."""
        try:
            return set(files.read(self._backends, self._warn).decode("utf-8", "replace").split())
        except (NotConfigured, StoreError):
            return set()

    def trust_backend(self, module: str) -> None:
        """Remember a keyring backend's module, named at a login."""
        known = self.backends()
        if module not in known:
            files.write(self._backends, "".join(f"{each}\n" for each in sorted({*known, module})).encode())

    def _default_text(self) -> str:
        try:
            content = files.read(self._default, self._warn)
        except files.Missing:
            return ""
        utf16 = content.startswith((b"\xff\xfe", b"\xfe\xff"))  # as PowerShell writes
        return content.decode("utf-16" if utf16 else "utf-8-sig", "replace").replace("\r\n", "\n")

    def _tidy(self) -> None:
        """Once, after the first change: to forget ten thousand accounts is not to look ten thousand times."""
        if not self._is_tidy:
            from . import temporary

            temporary.tidy_home(self._home)
            self._is_tidy = True


def capped(account: Account) -> Account:
    """The account with names that a file can hold: a server may send any."""
    cut = {name: value[:_LONGEST_NAME] for name in _NAMES if (value := getattr(account, name)) is not None}
    return account._replace(**cut)


def _is_own(record: Record) -> bool:
    """Whether the name of the file is the ID that its content gives; a copy that a sync tool made has another."""
    known = [record.user_nsid, record.token.oauth_token if record.token else None]
    ids = [account_id(each, record.api_key, record.provider).casefold() for each in known if each]
    name = record.id.casefold()  # a file system may not tell capitals apart
    if name in ids:
        return True
    # What the ID is made of may be unknown here: an NSID that the file does not say, a token that the keyring has.
    ending = account_id("", record.api_key, record.provider).casefold()
    is_possible = name.endswith(ending) or len(name) == LONGEST_ID
    is_unknown = record.store == "keyring" or record.user_nsid is None
    return is_unknown and is_possible and not any(each in name for each in ids)


def _quiet(_warning: str) -> None:
    """For a second look at a file that was warned of before."""


def _parse(account_id: str, content: bytes) -> Record | None:
    try:
        fields = json.loads(content)
    except (ValueError, RecursionError):
        return None
    if not isinstance(fields, dict) or not all(isinstance(value, str) for value in fields.values()):
        return None
    details = {name: fields[name] for name in _DETAILS if name in fields}
    store, api_key, backend = fields.get("store"), fields.get("api_key"), fields.get("backend")
    if not fields.get("provider", FLICKR).startswith((FLICKR, SANDBOX, "http://", "https://")):
        return None
    if store == "keyring" and api_key and backend:
        return Record(account_id, api_key, store, **details, backend=backend)
    if store == "file" and api_key and all(is_word(fields.get(name, "")) for name in ("api_key", *_SECRETS)):
        keys = ConsumerKeys(api_key, fields["api_secret"], source="the stored account")
        token = Token(fields["oauth_token"], fields["oauth_token_secret"])
        return Record(account_id, api_key, store, **details, keys=keys, token=token)
    return None
