"""The plan of a login: at which provider, with whose keys, for which permission, and whose token it may replace."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ... import advice, threads
from ...account import PERMS
from ...errors import AccountError, KeysError, NoKeys, StoreError, UsageError
from ..consumer_keys import account_with_keys, keys_of

if TYPE_CHECKING:
    from ...account import ConsumerKeys
    from ...provider import Provider
    from ...sandbox.server import Sandbox
    from ...storage.account_files import Record
    from ...storage.choose import Accounts
    from ...storage.pending import Pending
    from ..context import Context

_REPEATED = ("sandbox", "account", "perms", "callback", "token_file", "start")  # by the hints, if they were given


@dataclass(frozen=True)
class Options:
    """The options of the command; `flags` are the names of those that the command line itself gives.

    `perms` is None if nothing asks for any.
    """

    account: str | None
    apikeys: Path | None
    perms: str | None
    store: str
    token_file: Path | None
    pin: bool
    callback: bool
    port: int | None
    browser: bool | None
    qr: bool
    timeout: float | None
    sandbox: bool
    start: bool
    as_json: bool
    finish: str | None
    pending: str | None
    flags: frozenset[str]

    @property
    def repeated(self) -> dict[str, object]:
        """The options that a hint repeats."""
        return {name: getattr(self, name) if name in self.flags else None for name in _REPEATED}


@dataclass(frozen=True)
class Plan:
    """A plan: all that is settled before anything is asked of the provider.

    `repeated` are the options that hints repeat, and `apikeys` is where --apikeys has the keys. `renewed` is the
    account that --account names; `known` are the accounts that the login may replace: that one, or those of the same
    key. `typed` says that a person has just typed the keys. `sandbox` runs if that is the provider.
    """

    provider: Provider
    keys: ConsumerKeys
    perms: str
    repeated: Mapping[str, object]
    apikeys: Path | None = None
    renewed: Record | None = None
    known: tuple[Record, ...] = ()
    typed: bool = False
    sandbox: Sandbox | None = None

    def command(self, **changed: object) -> str:
        """Write the command line that begins this login again, with some options changed."""
        return advice.login(**{**self.repeated, **changed})


def plan(context: Context, options: Options, stack: contextlib.ExitStack) -> Plan:
    """Settle what the login will do; the sandbox, if that is the provider, runs as long as the stack."""
    from ... import provider

    _check_limits(context)
    accounts = context.accounts
    renewed = _renewed(accounts, options)
    if renewed is not None:
        wanted = provider.named(renewed.provider)
        if options.sandbox and not wanted.is_sandbox:
            raise UsageError(f"{options.account} is not a sandbox account.", "Fix: leave out --sandbox or --account")
    else:
        wanted = provider.wanted({} if options.sandbox else context.environ)
    if options.qr:
        _check_qr(context, is_local=options.callback or options.sandbox or wanted.is_sandbox)
    if not (options.sandbox or wanted.is_sandbox):
        return _with_keys(context, options, wanted, renewed, None)
    if options.start:
        raise UsageError(
            "--start does not work with the built-in sandbox, which stops when the command exits.",
            "Fix: start one that keeps running, and set the variables that it prints: flickr-auth sandbox",
        )
    from ...sandbox.server import Sandbox

    sandbox = stack.enter_context(Sandbox())
    context.console.say("This is the sandbox, a local test server that imitates Flickr: no key is needed.")
    return _with_keys(context, options, provider.sandbox(sandbox.base_url), renewed, sandbox)


def plan_to_finish(context: Context, pending: Pending, apikeys: Path | None) -> Plan:
    """Take the plan from a pending login: its provider, and the same API key. Raises `KeysError`."""
    from ... import provider

    _check_limits(context)
    renewed = None
    with contextlib.suppress(AccountError, StoreError):
        if pending.account is not None and context.accounts.folder.has(pending.account):
            renewed = context.accounts.folder.read(pending.account)
    repeated = {
        "account": context.accounts.short(renewed.id) if renewed is not None else None,
        "perms": None if pending.perms == PERMS[0] else pending.perms,
        "token_file": pending.token_file,
        "start": True,
    }
    keys = _same_keys(context, pending, apikeys)
    return Plan(provider.named(pending.provider), keys, pending.perms, repeated, apikeys, renewed)


def _check_limits(context: Context) -> None:
    """Refuse times that make no sense before anything is asked. Raises `UsageError`."""
    for name in ("FLICKR_AUTH_HTTP_TIMEOUT", "FLICKR_AUTH_KEYRING_TIMEOUT"):
        threads.limit(context.environ, name, 60)


def _check_qr(context: Context, *, is_local: bool) -> None:
    """Refuse --qr without its library, and warn if a phone cannot open the page. Raises `Error`."""
    from .. import qr

    qr.require()
    if is_local:
        context.console.warn("A phone cannot reach 127.0.0.1 of this computer, so the QR code does not help there.")


def _renewed(accounts: Accounts, options: Options) -> Record | None:
    """The account that --account names. Raises `AccountError`."""
    if not options.account:
        return None
    try:
        return accounts.folder.read(accounts.find(options.account))
    except AccountError as failure:
        if not accounts.folder.ids():
            failure.reword(hint=f"Run: {advice.login(**{**options.repeated, 'account': None})}")
        raise


def _with_keys(
    context: Context, options: Options, provider: Provider, renewed: Record | None, sandbox: Sandbox | None
) -> Plan:
    keys, typed = _keys(context, options, provider, renewed)
    if sandbox is None:
        context.console.say(f"Using the API key {keys.api_key[:8]}... from {keys.source}.")
    known = (renewed,) if renewed is not None else tuple(context.accounts.of_key(keys.api_key, provider.name))
    if options.token_file is not None:
        known = ()
    perms = _perms(options, known)
    if len(known) == 1 and perms != (options.perms or PERMS[0]):
        context.console.say(f"Asking for {perms} permission, which {known[0].username or known[0].id} already has.")
    return Plan(provider, keys, perms, options.repeated, options.apikeys, renewed, known, typed, sandbox)


def _keys(context: Context, options: Options, provider: Provider, renewed: Record | None) -> tuple[ConsumerKeys, bool]:
    """The consumer keys, and whether a person has typed them."""
    from ...storage import apikeys

    if renewed is not None:
        return keys_of(context, renewed), False
    if provider.is_sandbox:
        from ...sandbox.server import KEYS

        return KEYS[0], False
    try:
        if options.apikeys is not None and str(options.apikeys) == "-":
            return keys_from_stdin(context), False
        return apikeys.find(context.environ, context.console.warn, options.apikeys), False
    except NoKeys:
        known = None if options.token_file is not None else account_with_keys(context, provider)
        if known is not None:
            return keys_of(context, known), False
        if not context.console.is_terminal:
            raise
        from .ask_keys import ask_keys

        return ask_keys(context), True


def keys_from_stdin(context: Context) -> ConsumerKeys:
    """The consumer keys in two lines on stdin; at a terminal they are asked for."""
    from ...storage import apikeys

    if context.console.is_terminal:
        from .ask_keys import ask_pair

        return ask_pair(context.console)
    return apikeys.parse(context.stdin("the API key and its secret, each on a line"), "stdin")


def _same_keys(context: Context, pending: Pending, named: Path | None) -> ConsumerKeys:
    """The consumer keys that the login was started with: a token belongs to a key."""
    from ...storage import apikeys

    keys, missing = None, NoKeys("There are no API keys.")
    try:
        is_piped = named is not None and str(named) == "-"
        keys = keys_from_stdin(context) if is_piped else apikeys.find(context.environ, context.console.warn, named)
    except NoKeys as failure:
        missing = failure
    if keys is not None and keys.api_key == pending.api_key:
        return keys
    stored = _key_of_account(context, pending.api_key) if named is None else None
    if stored is not None:
        return stored
    if keys is None:
        raise missing
    raise KeysError(
        f"The login was started with the API key {pending.api_key[:8]}..., but {keys.source} has another.",
        "Try: --apikeys with the file that has that key",
    )


def _key_of_account(context: Context, api_key: str) -> ConsumerKeys | None:
    """The consumer keys with that API key, from an account that is stored here; None if none has it."""
    for record in context.accounts.folder.records():
        if record.api_key == api_key:
            with contextlib.suppress(StoreError):
                return keys_of(context, record)
    return None


def _perms(options: Options, known: tuple[Record, ...]) -> str:
    """The permission to ask for: that of the flag; else as much as the one account has that the login may replace."""
    wish = options.perms or PERMS[0]
    if "perms" in options.flags or len(known) != 1 or known[0].perms not in PERMS:
        return wish
    return max(wish, known[0].perms, key=PERMS.index)
