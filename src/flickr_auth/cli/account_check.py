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
    from ..provider import Provider
    from ..storage.account_files import Record

VALID, REJECTED, UNKNOWN = "valid", "rejected", "could not check"
_AT_ONCE = 8


@dataclass(frozen=True)
class CheckedAccount:
    """An account, without its secrets, and the verdict.

    `verdict` is `VALID`, `REJECTED`, `UNKNOWN` or None, where nobody was asked; `reason` why, in words; `perms` what
    the provider says where it was asked, and `stored_perms` what is stored; `code` the exit code that this means.
    """

    account: str | None
    is_default: bool = False
    user_nsid: str | None = None
    username: str | None = None
    fullname: str | None = None
    perms: str | None = None
    stored_perms: str | None = None
    store: str | None = None
    provider: str | None = None
    api_key_start: str | None = None
    logged_in_at: str | None = None
    verdict: str | None = None
    reason: str | None = None
    code: ExitCode = ExitCode.DONE


def check_accounts(
    context: Context, account: str | None = None, token_file: Path | None = None, *, offline: bool = False
) -> Iterator[CheckedAccount]:
    """The account that is named, else each that is there, with its verdict, as they come.

    Raises `AccountError` where there is none.
    """
    with contextlib.ExitStack() as stack:
        cases = _Cases(context, stack, offline=offline)
        chosen = cases.named(account, token_file) if account or token_file else cases.everyone()
        # Secrets are read here, one account after the other, so that a keyring that hangs is waited for once.
        yield from threads.results(lambda case: _asked(context, case), chosen, workers=1 if offline else _AT_ONCE)


@dataclass(frozen=True)
class _Case:
    """What is known before the provider is asked; without an account it is not asked."""

    checked: CheckedAccount
    account: Account | None = None
    provider: Provider | None = None


class _Cases:
    """The accounts to judge, and their providers; the stand-in, where one needs it, runs as long as the stack."""

    def __init__(self, context: Context, stack: contextlib.ExitStack, *, offline: bool) -> None:
        self._context = context
        self._accounts = context.accounts
        self._stack = stack
        self._offline = offline
        self._providers: dict[str, Provider] = {}
        self._default: str | None = None
        with contextlib.suppress(AccountError):
            self._default = self._accounts.default()

    def named(self, account: str | None, token_file: Path | None) -> Iterator[_Case]:
        if account and not token_file:
            yield self._stored(self._accounts.find(account))
        else:
            yield self._given(lambda: self._accounts.choose(account, token_file))

    def everyone(self) -> Iterator[_Case]:
        """The environment's account, the token file that a variable names, and all that are stored."""
        environ = self._context.environ
        given: list[Callable[[], Account]] = []
        if environ.get("FLICKR_OAUTH_TOKEN") or environ.get("FLICKR_OAUTH_TOKEN_SECRET"):
            given.append(self._accounts.choose)
        elif environ.get("FLICKR_TOKEN_FILE"):
            given.append(lambda: self._accounts.choose(in_file=Path(environ["FLICKR_TOKEN_FILE"])))
        ids = self._accounts.folder.ids()
        if not given and not ids:
            raise AccountError("Nobody is logged in here.", "Log in first: flickr-auth login")
        yield from map(self._given, given)
        yield from map(self._stored, ids)

    def _given(self, load: Callable[[], Account]) -> _Case:
        account = load()
        told = _told(account, account.api_key, store=account.store)
        return self._opened(told, lambda: account)

    def _stored(self, name: str) -> _Case:
        try:
            record = self._accounts.folder.read(name)
        except AccountError as failure:
            return _Case(CheckedAccount(name, verdict=UNKNOWN, reason=failure.message, code=ExitCode.STORE))
        told = _told(record, record.api_key, account=name, store=record.store)
        return self._opened(replace(told, is_default=name == self._default), lambda: self._accounts.opened(record))

    def _opened(self, told: CheckedAccount, load: Callable[[], Account]) -> _Case:
        """The case with its secrets and its provider, where somebody is to be asked."""
        if self._offline:
            return _Case(told)
        try:
            account = load()
            return _Case(told, account, self._provider(account.provider))
        except Error as failure:
            return _Case(_unknown(told, failure))

    def _provider(self, name: str) -> Provider:
        if name not in self._providers:
            self._providers[name] = self._stack.enter_context(self._context.provider(name))
        return self._providers[name]


def _asked(context: Context, case: _Case) -> CheckedAccount:
    """The verdict of the account's provider."""
    told = case.checked
    if case.account is None or case.provider is None:
        return told
    from ..protocol import rest

    try:
        with context.transport(case.provider, case.account.keys) as transport:
            verdict = rest.check_token(transport, case.account.token)
    except (TokenRefused, KeyRefused, PermissionRefused) as failure:
        return replace(told, verdict=REJECTED, reason=failure.message, code=exit_code(failure))
    except Error as failure:
        return _unknown(told, failure)
    return replace(
        told,
        perms=verdict.perms,
        user_nsid=told.user_nsid or verdict.user_nsid,
        username=told.username or verdict.username,
        fullname=told.fullname or verdict.fullname,
        verdict=VALID,
    )


def _unknown(told: CheckedAccount, failure: Error) -> CheckedAccount:
    return replace(told, verdict=UNKNOWN, reason=failure.message, code=exit_code(failure))


def _told(
    known: Account | Record, api_key: str | None, *, store: str | None, account: str | None = None
) -> CheckedAccount:
    return CheckedAccount(
        account,
        user_nsid=known.user_nsid,
        username=known.username,
        fullname=known.fullname,
        perms=known.perms,
        stored_perms=known.perms,
        store=store,
        provider=known.provider,
        api_key_start=api_key[:8] if api_key else None,
        logged_in_at=known.logged_in_at,
    )
