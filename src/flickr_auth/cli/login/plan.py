"""The plan of a login: at which provider, with whose keys, for which permission, and where the token goes."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ... import advice, provider, threads
from ...account import ENTERED, PERMS
from ...errors import AccountError, Error, KeyringError, NoKeys, NotDone, Refused, StoreError, UsageError
from ..consumer_keys import find_keys, find_same_keys, keys_of
from .destination import Destination, InAccounts, InTokenFile, is_in_a_file

if TYPE_CHECKING:
    from ...account import ConsumerKeys
    from ...provider import Provider
    from ...sandbox.server import Sandbox
    from ...storage.choose import Accounts
    from ...storage.pending import Pending
    from ...storage.record import Record
    from ..context import Context

# By the hints, if they were given.
_REPEATED = ("sandbox", "account", "perms", "pin", "callback", "port", "store", "token_file", "start")


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
    """A login that is settled, before anything is asked of the provider.

    `renewed` is the account that --account names. `asks_for_less` says that nobody chose the permission. `sandbox`
    runs if that is the provider. `repeated` are the options that hints repeat, and `apikeys` is where --apikeys has the
    keys.
    """

    provider: Provider
    keys: ConsumerKeys
    perms: str
    destination: Destination
    repeated: Mapping[str, object]
    apikeys: Path | None = None
    renewed: Record | None = None
    asks_for_less: bool = False
    sandbox: Sandbox | None = None

    def command(self, **changed: object) -> str:
        """Write the command line that begins this login again, with some options changed."""
        return advice.login(**{**self.repeated, **changed})

    def advise(self, failure: Error, *, at_terminal: bool) -> None:
        """Add the command that helps to a failure of this login that has no hint of its own."""
        if isinstance(failure, KeyringError) or isinstance(failure.__cause__, KeyringError):
            failure.reword(hint=advice.in_file(failure.hint, self.command(store="file", token_file=None)))
        elif isinstance(failure, NotDone | Refused) and not failure.hint:
            waits_here = at_terminal or self.sandbox is not None or self.repeated.get("callback")
            failure.reword(hint=f"Run: {self.command() if waits_here else self.command(start=True)}")


def finish_command(pending: Pending, apikeys: Path | None) -> str:
    """Write the command line that completes the pending login; the file of the shell's <(...) is gone by then."""
    keys: object = apikeys
    if apikeys is not None:
        is_piped = str(apikeys).startswith(("/dev/fd/", "/proc/self/fd/")) or str(apikeys) == "-"
        keys = "-" if is_piped else apikeys.absolute()
    return advice.login(finish="CODE", pending=pending.id, apikeys=keys)


def afterwards(failure: Error, command: str) -> str:
    """Write the hint to run the command, after what has to be fixed first."""
    remedy = failure.hint.removesuffix(", then try again").removesuffix(" and try again")
    if advice.is_of_login(remedy):
        return failure.hint
    return f"{remedy} and run: {command}" if remedy.startswith("Fix: ") else f"Run: {command}"


def plan(context: Context, options: Options, stack: contextlib.ExitStack) -> Plan:
    """Settle what the login will do; the sandbox, if that is the provider, runs as long as the stack."""
    # A login into a file may have to delete a keyring's item, once the token is issued.
    threads.limit(context.environ, "FLICKR_AUTH_KEYRING_TIMEOUT", 60)
    renewed = _renewed(context.accounts, options)
    wanted = _provider(context, options, renewed)
    if options.qr:
        _check_qr(context, is_local=options.callback or wanted.is_sandbox)
    sandbox = stack.enter_context(_sandbox(context, options)) if wanted.is_sandbox else None
    if sandbox is not None:
        wanted = provider.sandbox(sandbox.base_url)
    keys = _keys(context, options, wanted, renewed)
    if keys is None:  # the person would rather log in to the sandbox
        return plan(context, replace(options, sandbox=True, flags=options.flags | {"sandbox"}), stack)
    if sandbox is None and keys.source != ENTERED:
        context.console.say(f"Using the API key {keys.api_key[:8]}... from {keys.source}.")
    if options.token_file is not None:
        known = []  # no account is looked at, nor a home folder needed
    else:
        known = [renewed] if renewed is not None else context.accounts.of_key(keys.api_key, wanted.name)
    return Plan(
        provider=wanted,
        keys=keys,
        perms=_perms(context, options, known),
        destination=_destination(context, options, known, wanted),
        repeated=options.repeated,
        apikeys=options.apikeys,
        renewed=renewed,
        asks_for_less="perms" not in options.flags,
        sandbox=sandbox,
    )


def plan_to_finish(context: Context, pending: Pending, apikeys: Path | None) -> Plan:
    """Take the plan from a pending login: its provider, and the same API key. Raises `KeysError`."""
    threads.limit(context.environ, "FLICKR_AUTH_KEYRING_TIMEOUT", 60)
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
    return Plan(
        provider=provider.named(pending.provider),
        keys=find_same_keys(context, pending, apikeys),
        perms=pending.perms,
        destination=InTokenFile(context, Path(pending.token_file), apikeys, replaces=pending.replaces)
        if pending.token_file
        else InAccounts(context, pending.store, plain_is_fine=True),
        repeated=repeated,
        apikeys=apikeys,
        renewed=renewed,
        asks_for_less=pending.asks_for_less,
    )


def _renewed(accounts: Accounts, options: Options) -> Record | None:
    """Find the account that --account names. Raises `AccountError`."""
    if not options.account:
        return None
    try:
        return accounts.folder.read(accounts.find(options.account))
    except AccountError as failure:
        if not accounts.folder.ids():
            failure.reword(hint=f"Run: {advice.login(**{**options.repeated, 'account': None})}")
        raise


def _provider(context: Context, options: Options, renewed: Record | None) -> Provider:
    """Find the provider: the renewed account's, else the one that is asked for."""
    if renewed is None:
        return provider.named("sandbox") if options.sandbox else provider.wanted(context.environ)
    wanted = provider.named(renewed.provider)
    if options.sandbox and not wanted.is_sandbox:
        raise UsageError(f"{options.account} is not a sandbox account.", "Fix: leave out --sandbox or --account")
    return wanted


def _check_qr(context: Context, *, is_local: bool) -> None:
    """Refuse --qr without its library, and warn if a phone cannot open the page. Raises `Error`."""
    from .. import qr

    qr.require()
    if is_local:
        context.console.warn("A phone cannot reach 127.0.0.1 of this computer, so the QR code does not help there.")


def _sandbox(context: Context, options: Options) -> Sandbox:
    """Make the sandbox for this login alone."""
    if options.start:
        raise UsageError(
            "--start does not work with the built-in sandbox, which stops when the command exits.",
            "Fix: start one that keeps running, and set the variables that it prints: flickr-auth sandbox",
        )
    from ...sandbox.server import Sandbox

    context.console.say("This is the sandbox, a local test server that imitates Flickr.")
    return Sandbox()


def _keys(context: Context, options: Options, wanted: Provider, renewed: Record | None) -> ConsumerKeys | None:
    """Find the consumer keys, or ask a person for them; None if the person wants none, but the sandbox."""
    if renewed is not None:
        return keys_of(context, renewed)
    try:
        return find_keys(context, wanted, options.apikeys, own=options.token_file is None)
    except NoKeys:
        if not context.console.is_terminal:
            raise
        from .ask_keys import ask_keys

        instead = advice.login(**{**options.repeated, "sandbox": True, "start": None})
        return ask_keys(context, wanted, instead, or_sandbox=not options.start)


def _perms(context: Context, options: Options, known: list[Record]) -> str:
    """Settle the permission: the flag's; else as much as the one account has that the login may replace."""
    wish = options.perms or PERMS[0]
    if "perms" in options.flags or len(known) != 1 or known[0].perms not in PERMS:
        return wish
    perms = max(wish, known[0].perms, key=PERMS.index)
    if perms != wish:
        context.console.say(f"Asking for {perms} permission, which {known[0].username or known[0].id} already has.")
    return perms


def _destination(context: Context, options: Options, known: list[Record], wanted: Provider) -> Destination:
    """Choose the place for the token: where the options say, else where the account that is renewed is kept."""
    if options.token_file is not None:
        return InTokenFile(context, options.token_file, options.apikeys)
    store = options.store
    if options.account and "store" not in options.flags:
        store = "file" if known[0].store == "file" else "auto"
    is_fine = options.start or wanted.is_sandbox or (store == "auto" and is_in_a_file(context, wanted))
    return InAccounts(context, store, plain_is_fine=is_fine)
