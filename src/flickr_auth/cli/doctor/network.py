"""The keys, and the provider: the way to it, whether it knows the key, and the clock."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ...account import SANDBOX
from ...errors import NoKeys, NotConfigured, Refused
from ..exits import ExitCode
from .finding import FAIL, Finding, failed, passed, skipped, warning
from .setup import Setup

_NOTICED, _REFUSED = 60, 300  # seconds that the clock may be off before it is said, and before Flickr refuses it
_CLOCK = "Fix: set this computer's clock, preferably with network time (NTP)."


def keys(setup: Setup) -> Iterator[Finding]:
    """Which keys a login would use, from where, and whether they look like keys."""
    from ...storage import apikeys

    try:
        found = setup.keys
    except NoKeys as failure:
        if setup.records and all(record.is_sandbox for record in setup.records):
            yield warning("keys", "no Flickr API key; the sandbox needs none", failure.hint)
            return
        raise
    text = f"{found.api_key[:8]}... from {found.source}"
    doubts = " ".join(filter(None, (apikeys.doubt("key", found.api_key), apikeys.doubt("secret", found.api_secret))))
    yield warning("keys", f"{text}. {doubts}", apikeys.LIKE) if doubts else passed("keys", text)


def provider(setup: Setup) -> Iterator[Finding]:
    """Whose endpoints a login would use, through which proxy, and in which browser its page would open."""
    found = setup.provider
    name = {"flickr": "Flickr at ", SANDBOX: "the sandbox at "}.get(found.name, "")
    yield passed("provider", f"{name}{setup.host}, {_proxy(setup)}; {_browser(setup.environ)}")


def reachable(setup: Setup) -> Iterator[Finding]:
    """Whether the provider answers, and how fast."""
    reply = setup.reply
    if reply.error is not None and not isinstance(reply.error, Refused):
        yield failed("reachable", reply.error)
    else:
        yield passed("reachable", f"{setup.host} answered in {reply.seconds:.2f} s")


def key_known(setup: Setup) -> Iterator[Finding]:
    """Whether the provider knows the key and its secret."""
    error = setup.reply.error
    try:
        key = f"{setup.keys.api_key[:8]}..."
    except NotConfigured:
        yield skipped("key-known", "there is no key to check")
        return
    if error is None:
        yield passed("key-known", f"{setup.host} accepts the key {key} and its secret")
    elif isinstance(error, Refused) and error.problem != "timestamp_refused":
        yield failed("key-known", error)
    else:
        yield skipped("key-known", f"not checked: {setup.host} did not say")


def clock(setup: Setup) -> Iterator[Finding]:
    """How far this computer's clock is from the provider's."""
    reply = setup.reply
    if isinstance(reply.error, Refused) and reply.error.problem == "timestamp_refused":
        yield failed("clock", reply.error)
        return
    if reply.ahead is None:
        yield skipped("clock", f"not checked: {setup.host} did not send the time")
        return
    off = abs(reply.ahead)
    text = f"{off:.0f} s {'ahead of' if reply.ahead > 0 else 'behind'} {setup.host}"
    if off <= _NOTICED:
        yield passed("clock", text)
    elif off <= _REFUSED:
        yield warning("clock", text, _CLOCK)
    else:
        yield Finding("clock", FAIL, f"{text}; Flickr refuses such requests", _CLOCK, ExitCode.REFUSED)


def _proxy(setup: Setup) -> str:
    """Which variable names the proxy on the way to the provider; its URL may hold a password."""
    address = setup.proxy()
    if address is None:
        return "no proxy"
    names = [name for name, value in setup.environ.items() if name.lower().endswith("_proxy") and value == address]
    return f"a proxy (from {names[0] if names else 'the system settings'})"


def _browser(environ: Mapping[str, str]) -> str:
    """Which browser a login would open, or why none."""
    from .. import browser

    if environ.get("FLICKR_AUTH_BROWSER"):
        return f"FLICKR_AUTH_BROWSER is {environ['FLICKR_AUTH_BROWSER']}"
    why = browser.why_not(environ)
    if why:
        return f"{why}: the URL is printed only"
    return f"browser {environ['BROWSER']} (from BROWSER)" if environ.get("BROWSER") else "the system's browser"
