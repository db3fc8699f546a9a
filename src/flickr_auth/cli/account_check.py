"""Whether accounts still work: what is stored of each, and what its provider says of its token."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from .. import threads
from ..account import Account
from ..errors import AccountError, Error, KeyRefused, PermissionRefused, StoreError, TokenRefused
from .context import Context
from .exits import ExitCode, exit_code

if TYPE_CHECKING:
    from ..provider import Provider
    from ..storage.account_files import Record

VALID, REJECTED, UNKNOWN = "valid", "rejected", "unknown"
_AT_ONCE = 4


@dataclass(frozen=True)
class CheckedAccount:
    """An account, without its secrets, and the verdict.

    `is_active` says that it is the one that other commands use now. `verdict` is `VALID`, `REJECTED`, `UNKNOWN`, or
    None if it was not checked; `reason` says why, in words, and `fix` what to do; `perms` what the provider says, if it
    was asked, and `stored_perms` what is stored; `code` is the exit code that this means.
    """

    account: str | None
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

    @classmethod
    def of(
        cls, known: Account | Record, *, account: str | None = None, active: bool = False, token_file: str | None = None
    ) -> CheckedAccount:
        """Take what is known before the provider is asked."""
        return cls(
            account,
            is_active=active,
            user_nsid=known.user_nsid,
            username=known.username,
            fullname=known.fullname,
            perms=known.perms,
            stored_perms=known.perms,
            store=known.store,
            provider=known.provider,
            api_key_start=known.api_key[:8] if known.api_key else None,
            logged_in_at=known.logged_in_at,
            token_file=token_file,
        )

    def unknown(self, failure: Error) -> CheckedAccount:
        """The same account, which could not be checked."""
        return replace(self, verdict=UNKNOWN, reason=failure.message, fix=failure.hint or None, code=exit_code(failure))


def check_accounts(
    context: Context, account: str | None = None, token_file: Path | None = None, *, offline: bool = False
) -> Iterator[CheckedAccount]:
    """The account that is named, else each that is there, with its verdict, as they come.

    Raises `AccountError` if there is none.
    """
    with contextlib.ExitStack() as stack:
        cases = _Cases(context, stack, offline=offline)
        chosen = cases.named(account, token_file) if account or token_file else cases.everyone()
        # Secrets are read here, one account after the other, so that a keyring that hangs is waited for once.
        yield from threads.results(lambda case: _checked(context, case), chosen, workers=_AT_ONCE)


class _Case(NamedTuple):
    """An account to check; without its secrets and a provider there is nothing to ask."""

    row: CheckedAccount
    account: Account | None = None
    provider: Provider | None = None


class _Cases:
    """The accounts to check, and their providers; the sandbox, if one needs it, runs as long as the stack."""

    def __init__(self, context: Context, stack: contextlib.ExitStack, *, offline: bool) -> None:
        self._context = context
        self._accounts = context.accounts
        self._stack = stack
        self._offline = offline
        self._providers: dict[str, Provider] = {}
        self._source = self._accounts.source()
        self._default = _id(self._accounts.default)
        self._active = None  # the ID of the account that other commands use now, if that is a stored one
        if self._source.kind == "account":
            self._active = _id(lambda: self._accounts.find(self._source.value))
        elif self._source.kind == "default":
            self._active = self._default

    def named(self, account: str | None, token_file: Path | None) -> Iterator[_Case]:
        """The one account that the options name."""
        if account and not token_file:
            yield self._stored(self._accounts.find(account))
        else:
            given = self._accounts.choose(account, token_file)
            yield self._case(CheckedAccount.of(given, token_file=str(token_file)), lambda: given)

    def everyone(self) -> Iterator[_Case]:
        """The account in the environment, the token file that a variable names, and all that are stored."""
        environ = self._context.environ
        has_token = bool(environ.get("FLICKR_OAUTH_TOKEN") or environ.get("FLICKR_OAUTH_TOKEN_SECRET"))
        file = environ.get("FLICKR_TOKEN_FILE") or None
        ids = self._accounts.folder.ids()
        if not has_token and not file and not ids:
            raise AccountError("You are not logged in.", "Run: flickr-auth login")
        if has_token:
            row = CheckedAccount(None, is_active=True, store="environment")
            yield self._given(row, self._accounts.choose)
        if file:
            row = CheckedAccount(None, is_active=self._source.kind == "token-file", store="token-file", token_file=file)
            yield self._given(row, lambda: self._accounts.choose(in_file=file))
        yield from map(self._stored, ids)

    def _given(self, row: CheckedAccount, load: Callable[[], Account]) -> _Case:
        """An account that is not stored here. One that cannot be read is a row as well."""
        try:
            account = load()
        except Error as failure:
            return _Case(row.unknown(failure))
        row = CheckedAccount.of(account, active=row.is_active, token_file=row.token_file)
        return self._case(row, lambda: account)

    def _stored(self, name: str) -> _Case:
        active = name == self._active
        try:
            record = self._accounts.folder.read(name)
        except (AccountError, StoreError) as failure:
            return _Case(replace(CheckedAccount(name, is_active=active).unknown(failure), code=ExitCode.STORE))
        row = replace(CheckedAccount.of(record, account=name, active=active), is_default=name == self._default)
        return self._case(row, lambda: self._accounts.opened(record))

    def _case(self, row: CheckedAccount, load: Callable[[], Account]) -> _Case:
        """The case with its secrets and its provider, if that is to be asked."""
        if self._offline:
            return _Case(row)
        try:
            account = load()
            if account.provider not in self._providers:
                provider = self._context.provider(account.provider)
                self._providers[account.provider] = self._stack.enter_context(provider)
        except Error as failure:
            return _Case(row.unknown(failure))
        return _Case(row, account, self._providers[account.provider])


def _checked(context: Context, case: _Case) -> CheckedAccount:
    """The account with its provider's verdict."""
    row, account, provider = case
    if account is None or provider is None:
        return row
    from ..protocol import rest

    try:
        # Many accounts are asked about at once, and each retry is announced once.
        with context.transport(provider, account.keys, notice=context.console.warn) as transport:
            verdict = rest.check_token(transport, account.token)
    except (TokenRefused, KeyRefused, PermissionRefused) as failure:
        fix = failure.hint if isinstance(failure, KeyRefused) else _renew(context, row, account)
        return replace(row, verdict=REJECTED, reason=failure.message, fix=fix, code=exit_code(failure))
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


def _renew(context: Context, row: CheckedAccount, account: Account) -> str:
    from .. import advice

    name = context.accounts.short(row.account) if row.account else None
    return advice.renew(account, token_file=row.token_file, name=name)


def _id(choose: Callable[[], str]) -> str | None:
    with contextlib.suppress(AccountError):
        return choose()
    return None
