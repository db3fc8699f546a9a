"""Sign, send, cap and retry: one connection to one provider, for this program's own requests.

requests is imported when the first of them is made. They go out through the session's adapter, not through
`Session.send`, which would read the body of a redirect whole before it decides not to follow it.
"""

from __future__ import annotations

import enum
import socket
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from .. import threads
from ..account import ConsumerKeys, Token
from ..errors import BadAnswer, Busy, NoAnswer, NotSent, Unreachable
from ..provider import Provider, is_loopback
from .answer import PORTAL, Answer, checked
from .failures import CHECK_NETWORK, Misdirected, Untrusted, translate
from .signing import CONNECT, READ, USER_AGENT, oauth1

if TYPE_CHECKING:
    import requests

DEADLINE = 60.0
LONGEST_ANSWER = 1 << 20
_TRIES = 3
_IDLE = 10.0


class Again(enum.Enum):
    """When a request may be sent again by itself."""

    IF_UNSENT = "only when no connection could be opened"
    ALWAYS = "on connection errors, 429 and 5xx, too"


class Transport:
    """Signed requests to one provider, on one connection where the pauses between them allow it.

    `timeout` is the deadline of each step in seconds, with its retries. `trace` gets a line about each request for
    people who asked for it, without secrets; `notice` a sentence when a wait before another try begins. Not for use
    by two threads at once.
    """

    def __init__(
        self,
        provider: Provider,
        keys: ConsumerKeys,
        *,
        timeout: float = DEADLINE,
        trace: Callable[[str], None] | None = None,
        notice: Callable[[str], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.provider = provider
        self.keys = keys
        self._timeout = timeout
        self._trace = trace or _ignore
        self._notice = notice or _ignore
        self._clock = clock
        self.server_date: str | None = None
        """The `Date` header of the last answer, whatever that was; None where there was none."""
        self._session: requests.Session | None = None
        self._last_used = 0.0
        self._settings: dict[str, Mapping[str, Any]] = {}
        self._worker = threads.Worker()
        self._abandoned = threading.Event()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def send(
        self,
        url: str,
        again: Again,
        *,
        method: str = "GET",
        fields: Sequence[tuple[str, str]] = (),
        token: Token | None = None,
        callback: str | None = None,
        verifier: str | None = None,
        longest: int = LONGEST_ANSWER,
        check: Callable[[Answer], None] | None = None,
    ) -> Answer:
        """Sign a request and send it; `fields` go into the query of a GET and the form body of a POST.

        Returns any answer but 3xx, 429 and 5xx. Raises `Unreachable`, as precisely as is known. `check` looks at each
        answer and may raise, too: what it raises is tried again as if it were the answer's status.
        """
        attempt = _Attempt(self, url, method, tuple(fields), token, callback, verifier, longest, check)
        deadline = self._clock() + self._timeout
        try:
            return self._worker.run(lambda: self._tries(attempt, again, deadline), self._timeout)
        except threads.TimeIsUp:
            self._session = None  # the thread that was given up may still be using it
            raise NoAnswer(
                f"{self.provider.called} did not answer within {self._timeout:g} seconds.",
                CHECK_NETWORK,
            ) from None

    def close(self) -> None:
        """Close the connection and let its thread end; the next request makes both anew."""
        self._worker.end()
        if self._session is not None:
            self._session.close()

    def abandon(self) -> None:
        """Close the connection for good: what another thread has under way is not tried again, nor told of."""
        self._abandoned.set()
        self._trace = self._notice = _ignore
        self.close()

    def proxy(self, url: str) -> str | None:
        """The proxy on the way to `url`, None where there is none. Its address may hold a password."""
        return _Attempt(self, url, "GET", (), None, None, None, 0)._proxy(self._ready_session())

    def _tries(self, attempt: _Attempt, again: Again, deadline: float) -> Answer:
        for number in range(1, _TRIES + 1):
            try:
                return attempt.once(again, deadline - self._clock())
            except Unreachable as failure:
                repeatable = isinstance(failure, NotSent) and not isinstance(failure, Untrusted | Misdirected)
                if again is Again.ALWAYS:
                    repeatable = repeatable or isinstance(failure, NoAnswer | Busy)
                pause = _pause(number, failure)
                if not repeatable or number == _TRIES or self._clock() + pause >= deadline or self._abandoned.is_set():
                    raise
                self._notice(f"{failure.message} Trying again in {max(1, round(pause))} s...")
                if self._abandoned.wait(pause):
                    raise
        raise AssertionError("the last try returns or raises")

    def _ready_session(self) -> requests.Session:
        """The session, with a fresh connection if the old one has been idle so long that the server may drop it."""
        if self._session is None:
            self._session = _new_session()
        elif self._clock() - self._last_used > _IDLE:
            self._session.close()
        return self._session


@dataclass(frozen=True)
class _Attempt:
    """One request, signed anew each time it is sent: a repeated nonce would be refused."""

    transport: Transport
    url: str
    method: str
    fields: tuple[tuple[str, str], ...]
    token: Token | None
    callback: str | None
    verifier: str | None = field(repr=False)
    longest: int
    check: Callable[[Answer], None] | None = None

    def once(self, again: Again, seconds: float) -> Answer:
        transport = self.transport
        session = transport._ready_session()
        started = transport._clock()
        shown = f"{self.method} {urlsplit(self.url).netloc}{urlsplit(self.url).path}"
        seconds = max(seconds, 0.001)
        read = seconds if again is Again.IF_UNSENT else min(READ, seconds)
        try:
            prepared = self._signed(session)
            if again is Again.IF_UNSENT and self._proxy(session) is None:
                self._look_up(seconds)
            answer = self._exchange(session, prepared, (min(CONNECT, seconds), read))
            transport.server_date = answer.headers.get("date")
        except Exception as failure:
            session.close()  # whatever state that connection is in, nothing more goes over it
            transport._trace(f"{shown} {type(failure).__name__} {transport._clock() - started:.3f} s")
            if isinstance(failure, Unreachable):
                raise
            translate(failure, urlsplit(self.url).hostname or "", proxied=self._proxy(session) is not None)
        finally:
            transport._last_used = transport._clock()
        transport._trace(f"{shown} {answer.status} {transport._clock() - started:.3f} s")
        checked(answer, transport.provider)
        if self.check is not None:
            self.check(answer)
        return answer

    def _look_up(self, seconds: float) -> None:
        """Look the host's address up before anything is sent.

        No timeout covers a lookup: a thread that was given up in one must not send a verifier when it comes back.
        """
        started = self.transport._clock()
        parts = urlsplit(self.url)
        socket.getaddrinfo(parts.hostname, parts.port)
        if self.transport._clock() - started >= seconds:
            raise NotSent(f"The address of {parts.hostname} was not found in time.", CHECK_NETWORK)

    def _signed(self, session: requests.Session) -> requests.PreparedRequest:
        import requests

        in_body = self.method == "POST"
        return session.prepare_request(
            requests.Request(
                self.method,
                self.url,
                params=None if in_body else self.fields,
                data=self.fields if in_body else None,
                auth=oauth1(self.transport.keys, self.token, callback=self.callback, verifier=self.verifier),
            )
        )

    def _settings(self, session: requests.Session) -> Mapping[str, Any]:
        """What the environment says of proxies and certificates; what stays on this machine goes through no proxy.

        It is asked once for each address: to look through all variables takes a tenth of a request's time.
        """
        known = self.transport._settings
        if self.url not in known:
            host = urlsplit(self.url).hostname or ""
            proxies = {"no_proxy": host} if is_loopback(host) else {}
            known[self.url] = dict(session.merge_environment_settings(self.url, proxies, True, None, None))
        return known[self.url]

    def _proxy(self, session: requests.Session) -> str | None:
        """The proxy on the way, None where there is none."""
        from requests.utils import select_proxy

        return select_proxy(self.url, self._settings(session)["proxies"])

    def _exchange(
        self, session: requests.Session, prepared: requests.PreparedRequest, timeout: tuple[float, float]
    ) -> Answer:
        host = urlsplit(self.url).hostname or ""
        settings = self._settings(session)
        verify = settings["verify"]
        response = session.get_adapter(self.url).send(
            prepared,
            stream=True,
            timeout=timeout,
            verify=True if verify is None else verify,  # another bundle may be named; TLS is verified in any case
            proxies=settings["proxies"],
        )
        try:
            body = bytearray()
            for chunk in response.iter_content(16 * 1024):
                body += chunk
                if len(body) > self.longest:
                    raise BadAnswer(f"The answer of {host} has no end: more than {self.longest:,} bytes.", PORTAL)
            if getattr(response.raw, "length_remaining", None):  # older urllib3 does not mind
                raise NoAnswer(f"The answer of {host} broke off in the middle.", "Try again.")
        finally:
            response.close()  # a connection whose answer was not read to its end belongs to nobody else
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status_code, bytes(body), headers)


def _new_session() -> requests.Session:
    import requests

    session = requests.Session()
    session.headers["User-Agent"] = USER_AGENT
    return session


def _pause(number: int, failure: Unreachable) -> float:
    """Seconds before try `number` + 1: what Retry-After asks for, else 0.5, 1, 2... with jitter."""
    if isinstance(failure, Busy) and failure.retry_after is not None:
        return failure.retry_after
    import random

    return 0.5 * 2.0 ** (number - 1) * random.uniform(0.8, 1.4)  # noqa: S311  # spreads load; no secret


def _ignore(_line: str) -> None:
    """For those who did not ask to be told."""
