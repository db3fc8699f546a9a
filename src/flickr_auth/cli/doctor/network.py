"""The keys, and the provider: the way to it, whether it knows the key, and the clock.

One request is made, for a request token, which nobody authorizes and which expires by itself.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ...account import SANDBOX, ConsumerKeys
from ...errors import Busy, Error, KeysError, Refused, UsageError
from ..context import Context
from ..exits import ExitCode
from .finding import FAIL, PASS, SKIPPED, WARNING, Finding, failed
from .folder import mode

if TYPE_CHECKING:
    from ...provider import Provider

_NOBODY = ConsumerKeys("0" * 32, "0" * 16, "no key")
_NOTICED, _REFUSED = 60, 300  # seconds that the clock may be off before it is said, and before Flickr refuses it


class Skipped(Exception):
    """There is no point in this check; the text says why."""


@dataclass(frozen=True)
class _Outcome:
    """How the one request went: the error, how long it took, and how far our clock is ahead of the answer's."""

    error: Error | None
    seconds: float = 0.0
    ahead: float | None = None


class Network:
    """What is found out on the way to the provider; the stand-in, where that is it, runs as long as the stack."""

    def __init__(self, context: Context, stack: contextlib.ExitStack, *, offline: bool) -> None:
        self._context = context
        self._stack = stack
        self._offline = offline

    def provider(self) -> Iterator[Finding]:
        """Whose endpoints a login would use."""
        provider = self._named_provider
        name = provider.called if provider.is_flickr or provider.is_sandbox else "Another provider"
        yield Finding("provider", PASS, f"{name} at {self._host}")

    def keys(self) -> Iterator[Finding]:
        """Which keys a login would use, from where, and whether they look like keys."""
        from ...storage import apikeys

        keys = self._keys
        told = f"{keys.api_key[:8]}... from {keys.source}{_mode(keys.source)}"
        doubts = " ".join(filter(None, (apikeys.doubt("key", keys.api_key), apikeys.doubt("secret", keys.api_secret))))
        if doubts:
            yield Finding("keys", WARNING, f"{told}. {doubts}", apikeys.LIKE)
        else:
            yield Finding("keys", PASS, told)

    def proxy(self) -> Iterator[Finding]:
        """Which proxy is on the way to the provider's host, and which variable names it."""
        from ...transport import Transport

        address = Transport(self._provider, _NOBODY).proxy(self._provider.site)
        environ = self._context.environ
        variables = [name for name in sorted(environ, key=str.isupper) if name.lower().endswith("_proxy")]
        if address is not None:
            named = next((name for name in variables if environ[name] == address), "the system's settings")
            yield Finding("proxy", PASS, f"{_without_password(address)} is on the way to {self._host} ({named}).")
            return
        unused = [name for name in variables if environ[name] and name.lower() != "no_proxy"]
        but = f", although there is {', '.join(unused)}" if unused else ""
        yield Finding("proxy", PASS, f"None is on the way to {self._host}{but}.")

    def reachable(self) -> Iterator[Finding]:
        """Whether the provider answers, and how fast."""
        outcome = self._asked
        if outcome.error is not None and not isinstance(outcome.error, Refused):
            yield failed("reachable", outcome.error)
        else:
            yield Finding("reachable", PASS, f"{self._host} answered in {outcome.seconds:.2f} s.")

    def key_known(self) -> Iterator[Finding]:
        """Whether the provider knows the key and its secret."""
        error = self._asked.error
        try:
            key = f"{self._keys.api_key[:8]}..."
        except KeysError:
            yield Finding("key-known", SKIPPED, "There is no key to ask about.")
            return
        if error is None:
            yield Finding("key-known", PASS, f"{self._host} knows the key {key} and its secret.")
        elif isinstance(error, Refused) and error.problem != "timestamp_refused":
            yield failed("key-known", error)
        else:
            yield Finding("key-known", SKIPPED, f"{self._host} did not say.")

    def clock(self) -> Iterator[Finding]:
        """How far this computer's clock is from the provider's."""
        outcome = self._asked
        if isinstance(outcome.error, Refused) and outcome.error.problem == "timestamp_refused":
            yield failed("clock", outcome.error)
            return
        if outcome.ahead is None:
            yield Finding("clock", SKIPPED, f"{self._host} did not tell the time.")
            return
        off = abs(outcome.ahead)
        told = f"{off:.0f} s {'ahead of' if outcome.ahead > 0 else 'behind'} that of {self._host}"
        if off <= _NOTICED:
            yield Finding("clock", PASS, told)
        elif off <= _REFUSED:
            yield Finding("clock", WARNING, told, "Set this computer's clock, best by network time (NTP).")
        else:
            advice = "Set this computer's clock, best by network time (NTP): Flickr refuses what is signed by this one."
            yield Finding("clock", FAIL, told, advice, ExitCode.REFUSED)

    @cached_property
    def _provider(self) -> Provider:
        try:
            return self._named_provider
        except UsageError:
            raise Skipped("There is no provider to ask.") from None

    @cached_property
    def _named_provider(self) -> Provider:
        from ... import provider

        return self._stack.enter_context(self._context.provider(provider.wanted(self._context.environ).name))

    @property
    def _host(self) -> str:
        return urlsplit(self._provider.site).netloc

    @cached_property
    def _keys(self) -> ConsumerKeys:
        from ...storage import apikeys

        environ = self._context.environ
        if environ.get("FLICKR_AUTH_BASE_URL") == SANDBOX:
            from ...sandbox.server import KEYS

            return KEYS[0]
        named = environ.get("FLICKR_APIKEYS")
        return apikeys.find(environ, self._context.console.warn, Path(named) if named else None)

    @cached_property
    def _asked(self) -> _Outcome:
        from ...protocol import legs

        if self._offline:
            raise Skipped("Nobody was asked, because of --offline.")
        provider = self._provider
        try:
            keys = self._keys
        except KeysError:
            keys = _NOBODY  # is refused, and that, too, tells of the way and of the time
        started = time.monotonic()
        try:
            transport = self._context.transport(provider, keys)
        except UsageError as failure:
            return _Outcome(failure)
        self._stack.callback(transport.close)
        error = None
        try:
            legs.request_token(transport)
        except Error as failure:
            error = failure
        seconds = time.monotonic() - started
        answered = error is None or isinstance(error, Refused | Busy)  # else it is some portal's clock
        return _Outcome(error, seconds, _ahead(transport.server_date) if answered else None)


def _ahead(date: str | None) -> float | None:
    """How many seconds our clock is ahead of a `Date` header (RFC 9110 §6.6.1), None where it tells no time."""
    from email.utils import parsedate_to_datetime

    with contextlib.suppress(ValueError, TypeError, OverflowError):
        return time.time() - parsedate_to_datetime(date or "").timestamp()
    return None


def _mode(source: str) -> str:
    """The mode of the file that keys came from, in brackets; nothing where they came from elsewhere."""
    try:
        return f" ({mode(Path(source))})"
    except OSError:
        return ""


def _without_password(address: str) -> str:
    """Scheme, host and port of a proxy's address, however malformed that is."""
    scheme, colons, rest = address.rpartition("://")
    _, at, host = rest.rpartition("@")
    shown = host.partition("/")[0].partition("?")[0]
    return f"{scheme}{colons}{'***@' if at else ''}{shown}"
