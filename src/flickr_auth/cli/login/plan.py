"""What a login asks for: at which provider, with whose keys, for which permission, and whose token it may replace."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ... import threads
from ...account import PERMS
from ...errors import AccountError, NoKeys, StoreError, UsageError
from ..consumer_keys import account_with_keys, keys_of
from .command_line import Options

if TYPE_CHECKING:
    from ...account import ConsumerKeys
    from ...provider import Provider
    from ...sandbox.server import Sandbox
    from ...storage.account_files import Record
    from ...storage.accounts import Accounts
    from ..context import Context


@dataclass(frozen=True)
class Plan:
    """What is settled before anything is asked of the provider.

    `renewed` is the account that --account names; `known` are the accounts that the login may replace: that one, or
    those of the same key. `typed` says that a person has just typed the keys. `sandbox` runs if that is the provider.
    """

    provider: Provider
    keys: ConsumerKeys
    perms: str
    renewed: Record | None = None
    known: tuple[Record, ...] = ()
    typed: bool = False
    sandbox: Sandbox | None = None


def check_limits(context: Context) -> None:
    """Refuse times that make no sense before anything is asked. Raises `UsageError`."""
    for name in ("FLICKR_AUTH_HTTP_TIMEOUT", "FLICKR_AUTH_KEYRING_TIMEOUT"):
        threads.limit(context.environ, name, 60)


@contextlib.contextmanager
def planned(context: Context, options: Options) -> Iterator[Plan]:
    """The plan of a login; the sandbox runs inside this block, if that is the provider."""
    from ... import provider

    accounts = context.accounts
    renewed = _renewed(accounts, options)
    if renewed is not None:
        wanted = provider.named(renewed.provider)
        if options.sandbox and not wanted.is_sandbox:
            raise UsageError(f"{options.account} is not a sandbox account.", "Fix: leave out --sandbox or --account")
    else:
        wanted = provider.wanted({} if options.sandbox else context.environ)
    if not (options.sandbox or wanted.is_sandbox):
        yield _with_keys(context, options, wanted, renewed, None)
        return
    if options.start:
        raise UsageError(
            "--start does not work with the built-in sandbox, which stops when the command exits.",
            "Fix: start one that keeps running, and set the variables that it prints: flickr-auth sandbox",
        )
    from ...sandbox.server import Sandbox

    with Sandbox() as sandbox:
        context.console.say("This is the sandbox, a local test server that imitates Flickr: no key is needed.")
        yield _with_keys(context, options, provider.sandbox(sandbox.base_url), renewed, sandbox)


def _renewed(accounts: Accounts, options: Options) -> Record | None:
    """The account that --account names. Raises `AccountError`."""
    if not options.account:
        return None
    try:
        return accounts.folder.read(accounts.find(options.account))
    except AccountError as failure:
        if accounts.folder.ids():
            raise
        raise AccountError(failure.message, f"Run: {options.command(account=None)}") from failure


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
    return Plan(provider, keys, perms, renewed, known, typed, sandbox)


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


def key_of_account(context: Context, api_key: str) -> ConsumerKeys | None:
    """The consumer keys with that API key, from an account that is stored here; None if none has it."""
    for record in context.accounts.records():
        if record.api_key == api_key:
            with contextlib.suppress(StoreError):
                return keys_of(context, record)
    return None


def _perms(options: Options, known: tuple[Record, ...]) -> str:
    """What to ask for: what the flag says; else as much as the one account has that the login may replace."""
    wish = options.perms or PERMS[0]
    if "perms" in options.flags or len(known) != 1 or known[0].perms not in PERMS:
        return wish
    return max(wish, known[0].perms, key=PERMS.index)
