"""Whether accounts still work: what is stored of each, and what its provider says of its token."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from .. import threads
from ..account import Account
from ..errors import AccountError, Error, KeyRefused, PermissionRefused, TokenRefused
from .context import Context
from .exits import ExitCode, exit_code

if TYPE_CHECKING:
    from ..storage.account_files import Record
    from ..storage.choose import Accounts

VALID, REJECTED, UNKNOWN = "valid", "rejected", "unknown"
_AT_ONCE = 4
_SHOWN = ("user_nsid", "username", "fullname", "perms", "store", "provider", "logged_in_at")


@dataclass(frozen=True)
class CheckedAccount:
    """An account, without its secrets, and the verdict.

    `is_active` says that it is the one that other commands use now. `verdict` is `VALID`, `REJECTED`, `UNKNOWN`, or
    None if it was not checked; `reason` says why, in words, and `fix` what to do; `perms` what the provider says, if it
    was asked, and `stored_perms` what is stored; `code` is the exit code that this means.
    """

    account: str | None = None
    is_default: bool = False
    is_active: bool = False
    user_nsid: str | None = None
    username: str | None = None
    fullname: str | None = None
    perms: str | None = None
    stored_perms: str | None = None
    store: str | None = None
    provider: str | None = None
    api_key_start: str | None = None
    logged_in_at: str | None = None
    token_file: str | None = None
    verdict: str | None = None
    reason: str | None = None
    fix: str | None = None
    code: ExitCode = ExitCode.DONE

    def known(self, account: Account | Record) -> CheckedAccount:
        """The same account with what is known of it before its provider is asked."""
        shown = {name: getattr(account, name) for name in _SHOWN}
        key_start = account.api_key[:8] if account.api_key else None
        return replace(self, stored_perms=account.perms, api_key_start=key_start, **shown)

    def unknown(self, failure: Error) -> CheckedAccount:
        """The same account, which could not be checked."""
        return replace(self, verdict=UNKNOWN, reason=failure.message, fix=failure.hint or None, code=exit_code(failure))


def check_accounts(
    context: Context, account: str | None = None, token_file: Path | None = None, *, offline: bool = False
) -> Iterator[CheckedAccount]:
    """The account that is named, else each that is there, with its verdict, as they come.

    Raises `AccountError` if there is none.
    """
    found = _named(context.accounts, account, token_file) if account or token_file else _everyone(context)
    if offline:
        yield from (row for row, _ in found)
        return
    # Secrets are read in this thread, one account after the other, so that a keyring that hangs is waited for once.
    opened = (_opened(row, load) for row, load in found)
    yield from threads.results(lambda each: _checked(context, *each), opened, workers=_AT_ONCE)


# An account as it is known before it is checked, and what reads its secrets: None if nothing can.
_Found = tuple[CheckedAccount, Callable[[], Account] | None]


def _named(accounts: Accounts, account: str | None, token_file: Path | None) -> Iterator[_Found]:
    """Find the one account that the options name."""
    if token_file:
        given = accounts.choose(account, token_file)
        yield CheckedAccount(token_file=str(token_file)).known(given), lambda: given
    else:
        name = accounts.find(account or "")
        yield _stored(accounts, name, accounts.folder.read(name), *_default_and_active(accounts))


def _everyone(context: Context) -> Iterator[_Found]:
    """Find the account in the environment, the token file that a variable names, and all that are stored."""
    accounts, file = context.accounts, context.environ.get("FLICKR_TOKEN_FILE")
    kind = accounts.source().kind
    if kind == "variables":
        yield _given(CheckedAccount(is_active=True, store="environment"), accounts.choose)
    if file:
        row = CheckedAccount(is_active=kind == "token-file", store="token-file", token_file=file)
        yield _given(row, lambda: accounts.choose(in_file=file))
    default, active = _default_and_active(accounts)
    name = None
    for name, record in accounts.folder.each():
        yield _stored(accounts, name, record, default, active)
    if name is None and kind != "variables" and not file:
        raise AccountError("You are not logged in.", "Run: flickr-auth login")


def _given(row: CheckedAccount, choose: Callable[[], Account]) -> _Found:
    """Load an account that is not stored here. One that cannot be read is a row as well."""
    try:
        account = choose()
    except Error as failure:
        return row.unknown(failure), None
    return row.known(account), lambda: account


def _stored(accounts: Accounts, name: str, record: Record | Error, default: str | None, active: str | None) -> _Found:
    row = CheckedAccount(name, is_active=name == active)
    if isinstance(record, Error):
        return replace(row.unknown(record), code=ExitCode.STORE), None
    return replace(row.known(record), is_default=name == default), lambda: accounts.opened(record)


def _default_and_active(accounts: Accounts) -> tuple[str | None, str | None]:
    """Find the ID of the default account, and of the stored account that other commands use now, if they use one."""
    source = accounts.source()
    default = active = None
    with contextlib.suppress(AccountError):
        default = accounts.default()
    with contextlib.suppress(AccountError):
        active = accounts.find(source.value) if source.kind == "account" else None
    return default, default if source.kind == "default" else active


def _opened(row: CheckedAccount, load: Callable[[], Account] | None) -> tuple[CheckedAccount, Account | None]:
    """Read the secrets of an account; one whose secrets cannot be read is not checked."""
    try:
        return row, load() if load else None
    except Error as failure:
        return row.unknown(failure), None


def _checked(context: Context, row: CheckedAccount, account: Account | None) -> CheckedAccount:
    """Ask the account's provider for its verdict."""
    if account is None:
        return row
    from ..protocol import rest

    try:
        # Several accounts are asked about at once, and a retry of all is announced once.
        with context.connection(account, row.token_file, notice=context.console.warn) as transport:
            verdict = rest.check_token(transport, account.token)
    except (TokenRefused, KeyRefused, PermissionRefused) as failure:
        return replace(row.unknown(failure), verdict=REJECTED)
    except Error as failure:
        return row.unknown(failure)
    return replace(
        row,
        perms=verdict.perms,
        user_nsid=row.user_nsid or verdict.user_nsid,
        username=row.username or verdict.username,
        fullname=row.fullname or verdict.fullname,
        verdict=VALID,
    )
