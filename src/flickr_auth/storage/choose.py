"""Which account: the one that is named, or that a variable, a token file or the default gives."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from ..account import SANDBOX, Account, ConsumerKeys, Token, label, shortened
from ..errors import AccountError, KeysError, NoKeys, StoreError, UsageError
from . import files
from .account_files import AccountFolder
from .record import Record

if TYPE_CHECKING:
    from .keyring import KeyringStore

FOUR = ("FLICKR_API_KEY", "FLICKR_API_SECRET", "FLICKR_OAUTH_TOKEN", "FLICKR_OAUTH_TOKEN_SECRET")
_KINDS = {"": "default", "FLICKR_AUTH_ACCOUNT": "account", "FLICKR_TOKEN_FILE": "token-file"}


class Source(NamedTuple):
    """The place that the choice of an account comes from.

    `kind` is account, token-file, variables (the four) or default; `value` the name or path as a person wrote it;
    `variable` the variable that holds it, empty for an option and for the default.
    """

    kind: str
    value: str
    variable: str

    @property
    def origin(self) -> str:
        """The variable in brackets, with a space before it, for the end of a sentence."""
        return f" (from {self.variable})" if self.variable else ""


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
        self._keyring = keyring
        self._warn = warn
        self._stdin = stdin

    @cached_property
    def folder(self) -> AccountFolder:
        """The files of the stored accounts. Raises `StoreError` if the app folder is somebody else's."""
        return AccountFolder(files.own_app_folder(self.environ, self._warn), self._warn)

    def source(self, account: str | None = None, in_file: files.StrPath | None = None) -> Source:
        """Find where the choice of the account comes from: the first of these that is there.

        `account` or the token file `in_file`; the four variables; FLICKR_AUTH_ACCOUNT; FLICKR_TOKEN_FILE; the default.
        Raises `UsageError` for both arguments at once.
        """
        if account and in_file:
            raise UsageError("--account and --token-file cannot be used together.", "Fix: leave out one of them")
        if account:
            return Source("account", account, "")
        if in_file:
            return Source("token-file", os.fspath(in_file), "")
        variable = deciding(self.environ)
        return Source(_KINDS.get(variable, "variables"), self.environ.get(variable, ""), variable)

    def choose(self, account: str | None = None, in_file: files.StrPath | None = None) -> Account:
        """Load the account to act as, from its `source`.

        Raises `AccountError` if there is none or several match, and `UsageError` for both arguments at once.
        """
        source = self.source(account, in_file)
        if source.kind == "token-file":
            return self._in_token_file(source)
        if source.kind == "variables" and (given := _in_environment(self.environ)):
            return given
        name = self.find(source.value, source.variable) if source.kind == "account" else self.default()
        return self.opened(self.folder.read(name))

    def default(self) -> str:
        """Find the ID used when none is named: the default, else the only one. Raises `AccountError`."""
        default = self.folder.default()
        if default is not None and self.folder.has(default):
            return default
        ids = self.folder.ids()
        if not ids:
            raise AccountError("You are not logged in.", "Run: flickr-auth login")
        if default is not None:
            raise self._no_default(f"The default account {default} no longer exists.")
        if len(ids) > 1:
            raise self._no_default("No default account is set.")
        return ids[0]

    def find(self, name: str, variable: str = "") -> str:
        """Find the ID that `name` means: an ID, an NSID or a username, in any case. Raises `AccountError`.

        `variable` is the one that holds the name, for the error.
        """
        if self.folder.has(name):
            return name
        matches = _named(name, self.folder.records())
        origin, called = f" (from {variable})" if variable else "", shortened(name)
        if len(matches) > 1:
            fix = f"Try: their IDs, {' or '.join(matches)}"
            raise AccountError(f"{len(matches)} accounts are named '{called}'{origin}.", fix)
        if matches:
            return matches[0]
        if not self.folder.ids():
            raise AccountError(f"No account named '{called}'{origin}. You are not logged in.", "Run: flickr-auth login")
        fix = f"Fix: set {variable} to one of them, or unset it" if variable else "Run: flickr-auth status"
        raise AccountError(f"No account named '{called}'{origin}. {self._listed()}", fix)

    def short(self, account_id: str) -> str:
        """Find the shortest name by which `find` finds that account and no other."""
        records = self.folder.records()
        names = next((record.names for record in records if record.id == account_id), [])
        return next((name for name in names if _named(name, records) == [account_id]), account_id)

    def of_key(self, api_key: str, provider: str) -> list[Record]:
        """List the accounts of that key and provider."""
        return [each for each in self.folder.records() if (each.api_key, each.provider) == (api_key, provider)]

    def opened(self, record: Record) -> Account:
        """Load the account of a record, with its secrets. Reading one from a file touches no keyring."""
        if record.keys is not None and record.token is not None:
            return record.account(record.keys, record.token)
        try:
            four = self._keyring().get(record.id, record.api_key, record.backend or "")
        except StoreError as failure:
            from ..advice import in_file, login

            failure.reword(hint=in_file(failure.hint, login(sandbox=record.is_sandbox, store="file")))
            raise
        if four is None:
            from ..advice import login
            from ..program import quoted

            logout = f"flickr-auth logout --account {quoted(self.short(record.id))}"
            raise StoreError(
                f"The keyring no longer has the token of {label(record)}.",
                f"Run: {logout} && {login(sandbox=record.is_sandbox)}",
            )
        return record.account(*four)

    def _in_token_file(self, source: Source) -> Account:
        from . import token_file

        try:
            if source.value == "-" and self._stdin and not source.variable:
                token = token_file.parse(self._stdin("the token and its secret, each on a line"), "stdin", self.environ)
            else:
                token = token_file.read(source.value, self._warn, self.environ)
        except AccountError as failure:
            failure.reword(f"{failure.message.rstrip('.')}{source.origin}.")
            raise
        return _of_token(token, self.environ, self._warn)

    def _no_default(self, message: str) -> AccountError:
        from ..program import quoted

        usable = next(iter(self.folder.records()), None)
        use = f"use {quoted(self.short(usable.id))}" if usable else "logout --all --force"
        return AccountError(f"{message} {self._listed()}", f"Try: flickr-auth {use}")

    def _listed(self) -> str:
        """List the accounts by the names that people type."""
        return f"Accounts: {', '.join(map(self.short, self.folder.ids()))}"


def _named(name: str, records: Iterable[Record]) -> list[str]:
    """Find the IDs of the accounts that go by that name, in any case and any Unicode form."""
    sought = folded(name)
    return [record.id for record in records if sought in map(folded, (record.id, *record.names))]


def folded(name: str) -> str:
    """Make all ways to write a name one: any case, any Unicode form, full-width letters, an i with and without dot."""
    if name.isascii():
        return name.lower()
    from unicodedata import normalize

    for _ in range(2):  # some letters come apart only in the other case (Unicode 3.13, D146)
        name = normalize("NFKD", normalize("NFKD", name).upper().casefold())
    return name.replace("i\u0307", "i")


def deciding(environ: Mapping[str, str]) -> str:
    """Find the variable that decides which account commands use, instead of the default; empty if none does."""
    names = (*FOUR[2:], "FLICKR_AUTH_ACCOUNT", "FLICKR_TOKEN_FILE")
    return next((name for name in names if environ.get(name)), "")


def _of_token(token: Token, environ: Mapping[str, str], warn: files.Warn) -> Account:
    """Make the account of a token from a token file: its consumer keys come from `apikeys`, and may be unknown.

    The sandbox has a key of its own.
    """
    from . import apikeys

    whose = _provider(environ)
    if whose == SANDBOX:
        from ..provider import SANDBOX_KEYS

        return Account.of(SANDBOX_KEYS, token, store="token-file", provider=whose)
    keys = None
    with contextlib.suppress(NoKeys):
        named = environ.get("FLICKR_APIKEYS")
        keys = apikeys.find(environ, warn, named or None)
    return Account.of(keys, token, store="token-file", provider=whose)


def _in_environment(environ: Mapping[str, str]) -> Account | None:
    """Make the account that the four variables hold; None if the token's two are unset.

    Raises `KeysError` if only some are set.
    """
    from .apikeys import check_variable

    key, secret, token, token_secret = (environ.get(name) or "" for name in FOUR)
    if not token and not token_secret:
        return None
    missing = [name for name in FOUR if not environ.get(name)]
    if missing:
        there = "FLICKR_OAUTH_TOKEN" if token else "FLICKR_OAUTH_TOKEN_SECRET"
        are = "are" if len(missing) > 1 else "is"
        names = " and ".join(filter(None, (", ".join(missing[:-1]), missing[-1])))
        raise KeysError(f"{there} is set, but {names} {are} not.", f"Fix: set {names} too, or unset {there}")
    for name in FOUR:
        check_variable(environ, name)
    keys = ConsumerKeys(key, secret, source="FLICKR_API_KEY")
    return Account.of(keys, Token(token, token_secret), store="environment", provider=_provider(environ))


def _provider(environ: Mapping[str, str]) -> str | None:
    """Name the provider that the environment asks for; None if it asks for none, and Flickr is meant."""
    if not environ.get("FLICKR_AUTH_BASE_URL"):
        return None
    from ..provider import wanted

    return wanted(environ).name
