"""Account files: one account a file, so that no login can disturb another, and the name of the default beside them."""

from __future__ import annotations

import json
import os
from typing import Any, NamedTuple

from ..account import FIELDS, FLICKR, SANDBOX, Account, ConsumerKeys, Token
from ..errors import AccountError, NotConfigured
from . import files

_SECRETS = ("api_secret", "oauth_token", "oauth_token_secret")
_DETAILS = tuple(name for name in FIELDS if name not in (*_SECRETS, "api_key", "account", "store"))


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
        """What it tells of an account besides the four values and where they are."""
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

    def path(self, account_id: str) -> str:
        """The file of an account."""
        return os.path.join(self.folder, f"{account_id}.json")

    def ids(self) -> list[str]:
        """The IDs of all accounts, sorted."""
        try:
            names = os.listdir(self.folder)
        except FileNotFoundError:
            return []
        except OSError as failure:
            raise AccountError(f"{self.folder} cannot be read: {failure.strerror}.") from failure
        return sorted(name[:-5] for name in names if name.endswith(".json") and not name.startswith("."))

    def has(self, account_id: str) -> bool:
        """Whether there is such an account. A name that could leave the folder is none."""
        if not account_id or set(account_id) & set("/\\\0"):
            return False
        return os.path.isfile(self.path(account_id))  # a name that is too long is none, and no error

    def read(self, account_id: str) -> Record:
        """What the account's file says. Raises `AccountError` for one that is missing or damaged."""
        path = self.path(account_id)
        try:
            content = files.read(path, self._warn, error=AccountError)
        except files.Missing:
            raise AccountError(f"There is no account {account_id}.", "To see them all: flickr-auth status") from None
        record = _parse(account_id, content)
        if record is None:
            raise AccountError(
                f"The account file {path} is damaged; it is left alone.", "Log in again, or move the file away."
            )
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
        files.write(self.path(record.id), (json.dumps(known, indent=2) + "\n").encode())
        self._tidy()

    def remove(self, account_id: str) -> bool:
        """Remove the account's file; False where there is none."""
        was_there = files.remove(self.path(account_id))
        self._tidy()
        return was_there

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
        except NotConfigured:
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


def _parse(account_id: str, content: bytes) -> Record | None:
    try:
        fields = json.loads(content)
    except (ValueError, RecursionError):
        return None
    if not isinstance(fields, dict) or not all(isinstance(value, str) for value in fields.values()):
        return None
    details = {name: fields[name] for name in _DETAILS if name in fields}
    store, api_key, backend = fields.get("store"), fields.get("api_key"), fields.get("backend")
    if store == "keyring" and api_key and backend:
        return Record(account_id, api_key, store, **details, backend=backend)
    if store == "file" and api_key and all(fields.get(name) for name in _SECRETS):
        keys = ConsumerKeys(api_key, fields["api_secret"], source="the stored account")
        token = Token(fields["oauth_token"], fields["oauth_token_secret"])
        return Record(account_id, api_key, store, **details, keys=keys, token=token)
    return None
