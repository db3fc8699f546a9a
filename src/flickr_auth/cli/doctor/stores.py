"""The keyring, and the accounts with their verdicts."""

from __future__ import annotations

import time
from collections.abc import Iterator

from ...advice import in_file, login
from ...errors import AccountError, StoreError
from ...storage.keyring import shown
from ..account_check import REJECTED, UNKNOWN, CheckedAccount, check_accounts
from ..exits import ExitCode
from .finding import FAIL, Finding, failed, passed, skipped, warning
from .setup import Setup


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
        yield passed("keyring", text)


def _without_keyring(setup: Setup, failure: StoreError) -> Finding:
    """A keyring that fails is a failure only if something is kept in it, or is to be."""
    advice = in_file(failure.hint, login(store="file"))
    is_needed = setup.environ.get("FLICKR_AUTH_STORE") == "keyring"
    if is_needed or any(record.store == "keyring" for record in setup.records):
        return Finding("keyring", FAIL, failure.message, advice, ExitCode.STORE)
    return warning("keyring", failure.message, advice)


def accounts(setup: Setup) -> Iterator[Finding]:
    """Every account, and what its provider says of it."""
    if named := setup.environ.get("FLICKR_AUTH_ACCOUNT"):
        try:
            setup.context.accounts.find(named)
        except AccountError as failure:
            yield failed("account", failure)
    rows = check_accounts(setup.context, offline=setup.offline)
    try:
        first = next(rows)
    except AccountError:
        yield skipped("account", "you are not logged in")
        return
    yield from (_finding(setup, row) for row in (first, *rows))


def _finding(setup: Setup, row: CheckedAccount) -> Finding:
    name = setup.labels.get(row.account or "", row.account or row.username) or {"token-file": "the token file"}.get(
        row.store or "", "the environment"
    )
    details = ", ".join(filter(None, ("default" if row.is_default else "", row.store, row.perms)))
    text = f"{name}: {row.verdict or 'not checked'}{f' ({details})' if details else ''}"
    if row.verdict is None:
        return skipped("account", text)
    if row.verdict not in (REJECTED, UNKNOWN):
        return passed("account", text)
    return Finding("account", FAIL, f"{text}. {row.reason}", row.fix or "", row.code)
