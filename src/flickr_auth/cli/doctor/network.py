"""The keys, and the provider: the way to it, whether it knows the key, and the clock."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePath

from ...account import SANDBOX
from ...errors import NoKeys, NotConfigured, Refused
from ..exits import ExitCode
from .finding import FAIL, Finding, failed, passed, skipped, warning
from .machine import mode
from .setup import Setup

_NOTICED, _REFUSED = 60, 300  # seconds that the clock may be off before it is said, and before Flickr refuses it
_CLOCK = "Fix: set this computer's clock, preferably with network time (NTP)."
_PATIENCE = 5.0  # seconds for finding out which browser it would be
_SCHEMES = ("http", "https", "socks4", "socks4a", "socks5", "socks5h")
_PROXY = re.compile(rf"({'|'.join(_SCHEMES)})://(?:[^][@/?#\s]*@)?([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:\d{{1,5}})?/?")


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
    text = f"{found.api_key[:8]}... from {found.source}{_mode(found.source)}"
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
        yield skipped("key-known", f"no response from {setup.host} about the key")


def clock(setup: Setup) -> Iterator[Finding]:
    """How far this computer's clock is from the provider's."""
    reply = setup.reply
    if isinstance(reply.error, Refused) and reply.error.problem == "timestamp_refused":
        yield failed("clock", reply.error)
        return
    if reply.ahead is None:
        yield skipped("clock", f"{setup.host} did not send the time")
        return
    off = abs(reply.ahead)
    text = f"{off:.0f} s {'ahead of' if reply.ahead > 0 else 'behind'} {setup.host}"
    if off <= _NOTICED:
        yield passed("clock", text)
    elif off <= _REFUSED:
        yield warning("clock", text, _CLOCK)
    else:
        yield Finding("clock", FAIL, f"{text}; Flickr refuses such requests", _CLOCK, ExitCode.REFUSED)


def _mode(source: str) -> str:
    """The mode of the file that keys came from, in brackets; nothing where they came from elsewhere."""
    try:
        return f" ({mode(Path(source))})"
    except (OSError, ValueError):
        return ""


def _proxy(setup: Setup) -> str:
    """Which proxy is on the way to the provider's host, and which variable names it."""
    address = setup.proxy()
    names = [name for name in sorted(setup.environ, key=str.isupper) if name.lower().endswith("_proxy")]
    if address is None:
        unused = [name for name in names if setup.environ[name] and name.lower() != "no_proxy"]
        return f"no proxy (despite {', '.join(unused)})" if unused else "no proxy"
    name = next((name for name in names if setup.environ[name] == address), "the system's settings")
    return f"proxy {proxy_shown(address)} (from {name})" if proxy_shown(address) else f"a proxy (from {name})"


def proxy_shown(address: str) -> str:
    """Scheme, host and port of a proxy's address; nothing if it is malformed, for any part may be the password."""
    parts = _PROXY.fullmatch(address)
    return f"{parts[1]}://{parts[2]}{parts[3] or ''}" if parts else ""


def _browser(environ: Mapping[str, str]) -> str:
    """Which browser a login would open, or why none."""
    from .. import browser

    wanted = environ.get("FLICKR_AUTH_BROWSER", "").strip().lower()
    why = browser.why_not(environ)
    only = "the URL is printed only"
    if wanted in ("0", "false", "f", "no", "n", "off"):
        return f"FLICKR_AUTH_BROWSER is {wanted}: {only}"
    if why and not wanted:
        return f"{why}: {only}"
    if environ.get("BROWSER"):
        names = [PurePath(each.split()[0]).name for each in environ["BROWSER"].split(os.pathsep) if each.strip()]
        return f"browser {', '.join(names) or 'none'} (from BROWSER)"
    name = _usual_browser()
    return f"browser {name}" if name else f"no browser: {only}"


def _usual_browser() -> str | None:
    from ... import threads

    try:
        return threads.run(_browser_name, _PATIENCE)
    except threads.TimeIsUp:
        return None


def _browser_name() -> str | None:
    import webbrowser

    try:
        found = webbrowser.get()
    except webbrowser.Error:
        return None
    return str(getattr(found, "name", None) or "of the system")
