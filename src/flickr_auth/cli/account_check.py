"""Whether accounts still work: what is stored of each, and what its provider says of its token."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from .. import threads
from ..account import Account
from ..errors import AccountError, Error, KeyRefused, NotConfigured, PermissionRefused, StoreError, TokenRefused
from ..provider import named
from .context import Context

if TYPE_CHECKING:
    from ..storage.choose import Accounts
    from ..storage.record import Record

VALID, REJECTED, UNKNOWN = "valid", "rejected", "unknown"
_AT_ONCE = 4
_SHOWN = ("user_nsid", "username", "fullname", "perms", "store", "provider", "logged_in_at")


@dataclass(frozen=True)
class CheckedAccount:
    """An account, without its secrets, and the verdict.

    `is_active` says that it is the one that other commands use now. `verdict` is `VALID`, `REJECTED`, `UNKNOWN`, or
    None if it was not checked; `reason` says why, in words, and `fix` what to do; `perms` what the provider says, if it
    was asked, and `stored_perms` what is stored; `calls_last_hour` how many calls its API key had in the last hour, if
    they are counted; `code` is the exit code that this means.
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
    calls_last_hour: int | None = None
    token_file: str | None = None
    verdict: str | None = None
    reason: str | None = None
    fix: str | None = None
    code: int = 0

    def known(self, account: Account | Record, context: Context) -> CheckedAccount:
        """Add what is known of the account before its provider is asked."""
        shown = {name: getattr(account, name) for name in _SHOWN}
        key_start = account.api_key[:8] if account.api_key else None
        row = replace(self, stored_perms=account.perms, api_key_start=key_start, **shown)
        return row.counted(account, context)

    def counted(self, account: Account | Record, context: Context) -> CheckedAccount:
        """Add how many calls its API key had by now, this check among them."""
        calls = context.calls(account.api_key, named(account.provider)) if account.api_key else None
        return replace(self, calls_last_hour=calls.count()) if calls and not calls.blocked else self

    def unknown(self, failure: Error) -> CheckedAccount:
        """Add why the account could not be checked."""
        return replace(self, verdict=UNKNOWN, reason=failure.message, fix=failure.hint or None, code=failure.exit_code)


_Known = tuple[CheckedAccount, Account | None]  # what is known of an account, and with its secrets if it can be checked


def check_accounts(
    context: Context,
    account: str | None = None,
    token_file: Path | None = None,
    *,
    offline: bool = False,
    unreachable: str | None = None,
    notice: Callable[[str], None] | None = None,
) -> Iterator[CheckedAccount]:
    """Check the account that is named, else each that is there. Raises `AccountError` if there is none.

    Nothing is asked of the provider `unreachable`, which has just been tried. `notice`, else the console, gets a line
    for the retries of all. Their secrets are read in this thread, one after the other, so that a keyring that hangs is
    waited for once.
    """
    if account or token_file:
        known: Iterable[_Known] = [_named(context, account, token_file, offline=offline)]
    else:
        known = _everyone(context, offline=offline)
    if offline:
        yield from (row for row, _ in known)
    else:
        # Several accounts are asked about at once, and a retry of all is announced once.
        check = partial(_checked, context, unreachable, notice or context.console.warn)
        yield from threads.results(lambda each: check(*each), known, workers=_AT_ONCE)


def _named(context: Context, account: str | None, token_file: Path | None, *, offline: bool) -> _Known:
    """Read the one account that the options name."""
    accounts = context.accounts
    if token_file:
        given = accounts.choose(account, token_file)
        return CheckedAccount(token_file=str(token_file)).known(given, context), given
    name = accounts.find(account or "")
    return _stored(context, name, accounts.folder.read(name), *_default_and_active(accounts), offline=offline)


def _everyone(context: Context, *, offline: bool) -> Iterator[_Known]:
    """Read the account in the environment, the token file that a variable names, and all that are stored."""
    accounts, token_file = context.accounts, context.environ.get("FLICKR_TOKEN_FILE")
    kind = accounts.source().kind
    if kind == "variables":
        yield _given(context, CheckedAccount(is_active=True, store="environment"), accounts.choose)
    if token_file:
        row = CheckedAccount(is_active=kind == "token-file", store="token-file", token_file=token_file)
        yield _given(context, row, lambda: accounts.choose(in_file=token_file))
    is_given = kind == "variables" or token_file
    try:
        stored = accounts.folder.each()
    except (NotConfigured, StoreError) as failure:
        if not is_given:
            raise
        context.console.warn(failure.message)  # HOME=/dev/null, say, where no account is stored nor needed
        return
    default, active = _default_and_active(accounts)
    for name, record in stored:
        yield _stored(context, name, record, default, active, offline=offline)
    if not stored and not is_given:
        raise AccountError("You are not logged in.", "Run: flickr-auth login")


def _given(context: Context, row: CheckedAccount, choose: Callable[[], Account]) -> _Known:
    """Read an account that is not stored here. One that cannot be read is a row as well."""
    try:
        account = choose()
    except Error as failure:
        return row.unknown(failure), None
    return row.known(account, context), account


def _stored(
    context: Context, name: str, record: Record | Error, default: str | None, active: str | None, *, offline: bool
) -> _Known:
    """Read a stored account, and its secrets if it is to be checked."""
    row = CheckedAccount(name, is_active=name == active)
    if isinstance(record, Error):
        return replace(row.unknown(record), code=StoreError.exit_code), None
    row = replace(row.known(record, context), is_default=name == default)
    try:
        return row, None if offline else context.accounts.opened(record)
    except Error as failure:
        return row.unknown(failure), None


def _default_and_active(accounts: Accounts) -> tuple[str | None, str | None]:
    """Find the ID of the default account, and of the stored account that other commands use now, if they use one."""
    source = accounts.source()
    default = active = None
    with contextlib.suppress(AccountError):
        default = accounts.default()
    with contextlib.suppress(AccountError):
        active = accounts.find(source.value) if source.kind == "account" else None
    return default, default if source.kind == "default" else active


def _checked(
    context: Context,
    unreachable: str | None,
    notice: Callable[[str], None],
    row: CheckedAccount,
    account: Account | None,
) -> CheckedAccount:
    """Ask the account's provider for its verdict."""
    if account is None or account.provider == unreachable:
        return row
    from ..protocol import rest

    try:
        with context.connection(account, row.token_file, notice, waits=False) as transport:
            known = rest.check_token(transport, account)
    except (TokenRefused, KeyRefused, PermissionRefused) as failure:
        return replace(row.unknown(failure), verdict=REJECTED).counted(account, context)
    except Error as failure:
        return row.unknown(failure).counted(account, context)
    return replace(
        row.counted(account, context),
        perms=known.perms,
        user_nsid=known.user_nsid,
        username=known.username,
        fullname=known.fullname,
        verdict=VALID,
    )
