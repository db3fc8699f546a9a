"""The keyring, and the accounts with their verdicts."""

from __future__ import annotations

import time
from collections.abc import Iterator

from ...errors import AccountError, StoreError
from ...storage.keyring import shown
from ..account_check import REJECTED, UNKNOWN, CheckedAccount, check_accounts
from ..exits import ExitCode
from .finding import FAIL, Finding, failed, passed, skipped, warning
from .setup import Setup

_FILE = "--store file"


def keyring(setup: Setup) -> Iterator[Finding]:
    """Which keyring it is, whether it can be written now, and how long that took."""
    store = setup.context.keyring
    started = time.monotonic()
    try:
        backend = store.backend()
        store.try_out()
    except StoreError as failure:
        yield _without_keyring(setup, failure)
    else:
        text = f"{shown(backend)} ({backend}) is writable ({time.monotonic() - started:.2f} s)"
        strays = " ".join(stray.words for stray in setup.context.accounts.strays())
        if strays:
            yield warning("keyring", f"{text}. {strays}", "The next login or logout deletes it.")
        else:
            yield passed("keyring", text)


def _without_keyring(setup: Setup, failure: StoreError) -> Finding:
    """A keyring that fails is a failure only if something is kept in it, or is to be."""
    command = f"flickr-auth login {_FILE}"
    advice = failure.hint if command in failure.hint else failure.hint.replace(_FILE, command)
    if command not in advice:
        advice = f"{advice} Run: {command}".strip()
    is_needed = setup.environ.get("FLICKR_AUTH_STORE") == "keyring"
    if is_needed or any(record.store == "keyring" for record in setup.records):
        return Finding("keyring", FAIL, failure.message, advice, ExitCode.STORE)
    return warning("keyring", failure.message, advice)


def accounts(setup: Setup) -> Iterator[Finding]:
    """Every account, and what its provider says of it."""
    environ = setup.environ
    given = [
        name for name in ("FLICKR_OAUTH_TOKEN", "FLICKR_OAUTH_TOKEN_SECRET", "FLICKR_TOKEN_FILE") if environ.get(name)
    ]
    if not given and not setup.context.accounts.folder.ids():
        yield skipped("account", "you are not logged in")
        return
    name = environ.get("FLICKR_AUTH_ACCOUNT")
    if name:
        try:
            setup.context.accounts.find(name)
        except AccountError as failure:
            yield failed("account", failure)
    for row in check_accounts(setup.context, offline=setup.offline):
        yield _finding(setup, row)


def _finding(setup: Setup, row: CheckedAccount) -> Finding:
    label = setup.context.accounts.label(row.account) if row.account else row.username
    name = label or {"token-file": "the token file"}.get(row.store or "", "the environment")
    details = ", ".join(filter(None, ("default" if row.is_default else "", row.store, row.perms)))
    text = f"{name}: {row.verdict or 'not checked'}{f' ({details})' if details else ''}"
    if row.verdict is None:
        return skipped("account", text)
    if row.verdict not in (REJECTED, UNKNOWN):
        return passed("account", text)
    return Finding("account", FAIL, f"{text}. {row.reason}", row.fix or "", row.code)
