"""The keys and the provider: the way to it, whether it knows the key, the clock, and the accounts' verdicts."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from ...account import SANDBOX
from ...errors import AccountError, NoKeys, NotConfigured, Refused, StoreError, UsageError
from ...provider import named
from ...transport.calls_per_hour import in_words, most_calls
from ..account_check import REJECTED, UNKNOWN, CheckedAccount, check_accounts
from ..default_account import labels
from .setup import ELSEWHERE, FAIL, PASS, SKIPPED, WARNING, Finding, Setup, Skipped, failed

_NOTICED, _REFUSED = 60, 300  # seconds that the clock may be off before it is said, and before Flickr refuses it
_CLOCK = "Fix: set this computer's clock, preferably with network time (NTP)"
_BAD_TIME = "timestamp_refused"


def keys(setup: Setup) -> Iterator[Finding]:
    """Find the keys that a login would use, and check whether they look like keys."""
    from ...storage import apikeys

    try:
        found = setup.keys
    except NoKeys as failure:
        if not setup.records or not all(record.is_sandbox for record in setup.records):
            raise
        yield Finding("keys", WARNING, "no Flickr API key; the sandbox needs none", failure.hint)
        return
    text = f"{found.api_key[:8]}...{',' if setup.provider.is_sandbox else ' from'} {found.source}"
    doubts = " ".join(filter(None, (apikeys.doubt("key", found.api_key), apikeys.doubt("secret", found.api_secret))))
    if doubts:
        yield Finding("keys", WARNING, f"{text}. {doubts}", f"Fix: check the key and the secret in {found.source}")
    else:
        yield Finding("keys", PASS, text)


def provider(setup: Setup) -> Iterator[Finding]:
    """Name the provider of a login, the proxy on the way to it, and the browser in which its page would open."""
    name = {"flickr": "Flickr at ", SANDBOX: "the sandbox at "}.get(setup.provider.name, "")
    yield Finding("provider", PASS, f"{name}{setup.host}, {_proxy(setup)}; {_browser(setup)}")


def reachable(setup: Setup) -> Iterator[Finding]:
    """Check whether the provider answers, and how fast."""
    reply = setup.reply
    if reply.error is not None and not isinstance(reply.error, Refused):
        yield failed("reachable", reply.error)
    else:
        yield Finding("reachable", PASS, f"{setup.host} answered in {reply.seconds:.2f} s")


def key_known(setup: Setup) -> Iterator[Finding]:
    """Check whether the provider knows the key and its secret."""
    error = setup.reply.error
    try:
        key = f"{setup.keys.api_key[:8]}..."
    except (NotConfigured, StoreError):
        yield Finding("key-known", SKIPPED, "not checked: there is no key")
        return
    if error is None:
        yield Finding("key-known", PASS, f"{setup.host} accepts the key {key} and its secret")
    elif isinstance(error, Refused) and error.problem != _BAD_TIME:
        yield failed("key-known", error)
    else:
        why = "could not be reached" if setup.is_unreached else "did not say"
        yield Finding("key-known", SKIPPED, f"not checked: {setup.host} {why}")


def calls(setup: Setup) -> Iterator[Finding]:
    """Say how many calls each API key had in the last hour, where they are counted."""
    keys = [(record.api_key, record.provider) for record in setup.records if record.api_key]
    with contextlib.suppress(NotConfigured, StoreError, UsageError):
        keys.append((setup.keys.api_key, setup.provider.name))
    if not keys:
        raise Skipped("not checked: there is no key")
    all_counted = [setup.context.calls(api_key, named(name)) for api_key, name in dict.fromkeys(keys)]
    if not any(all_counted):
        if any(most_calls(setup.environ, named(name)) is not None for _, name in keys):
            raise Skipped("not checked: there is no app folder")
        yield Finding("calls", PASS, "no limit at this provider")
    for counted in filter(None, all_counted):
        count = counted.count()
        text = f"API key {counted.key}: {in_words(count, counted.most)}"
        if path := counted.blocked:
            found = f"not counted, because you cannot write to {path}; Flickr disables keys that make too many"
            yield Finding("calls", WARNING, found, ELSEWHERE)
        elif 0 < counted.most <= count:
            yield Finding("calls", WARNING, f"{text}; further calls wait")
        else:
            yield Finding("calls", PASS, text)


def clock(setup: Setup) -> Iterator[Finding]:
    """Compare this computer's clock with the provider's."""
    reply = setup.reply
    if isinstance(reply.error, Refused) and reply.error.problem == _BAD_TIME:
        yield failed("clock", reply.error)
        return
    if reply.ahead is None:
        why = "could not be reached" if setup.is_unreached else "did not send the time"
        yield Finding("clock", SKIPPED, f"not checked: {setup.host} {why}")
        return
    off = abs(reply.ahead)
    text = f"{off:.0f} s {'ahead of' if reply.ahead > 0 else 'behind'} {setup.host}"
    if off <= _NOTICED:
        yield Finding("clock", PASS, text)
    elif off <= _REFUSED:
        yield Finding("clock", WARNING, text, _CLOCK)
    else:
        yield Finding("clock", FAIL, f"{text}; Flickr refuses such requests", _CLOCK, Refused.exit_code)


def accounts(setup: Setup) -> Iterator[Finding]:
    """Check every account, as `status` does."""
    if wanted := setup.environ.get("FLICKR_AUTH_ACCOUNT"):
        try:
            setup.context.accounts.find(wanted, "FLICKR_AUTH_ACCOUNT")
        except AccountError as failure:
            yield failed("account", failure)
    unreachable = setup.provider.name if setup.is_unreached else None
    try:
        rows = list(
            check_accounts(setup.context, offline=setup.offline, unreachable=unreachable, notice=lambda _retry: None)
        )
    except AccountError:
        yield Finding("account", SKIPPED, "not checked: you are not logged in")
        return
    names = labels(setup.context.accounts)
    for row in rows:
        yield _verdict(row, names.get(row.account or "", row.account or row.username or ""))


def _verdict(row: CheckedAccount, name: str) -> Finding:
    name = name or ("the token file" if row.store == "token-file" else "the environment")
    details = ", ".join(filter(None, ("default" if row.is_default else "", row.store, row.perms)))
    text = f"{name}: {row.verdict or 'not checked'}{f' ({details})' if details else ''}"
    if row.verdict in (REJECTED, UNKNOWN):
        return Finding("account", FAIL, f"{text}. {row.reason}", row.fix or "", row.code)
    return Finding("account", PASS if row.verdict else SKIPPED, text)


def _proxy(setup: Setup) -> str:
    """Name the variable that holds the proxy on the way to the provider; its URL may hold a password."""
    address = setup.proxy
    if address is None:
        return "no proxy"
    names = [name for name, value in setup.environ.items() if name.lower().endswith("_proxy") and value == address]
    return f"a proxy (from {names[0] if names else 'the system settings'})"


def _browser(setup: Setup) -> str:
    """Name the browser that a login would open, or say why none."""
    from .. import browser

    environ, wish = setup.environ, setup.asked.options.get("browser")
    if wish is not None:
        return f"the page is {'opened' if wish else 'not opened'} (from FLICKR_AUTH_BROWSER)"
    why = browser.why_not(environ)
    if why:
        return f"{why}, so the URL is only printed"
    return f"browser {environ['BROWSER']} (from BROWSER)" if environ.get("BROWSER") else "the system's browser"
