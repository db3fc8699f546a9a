"""Sign, send, cap, retry, and turn every failure into one of our errors.

The one module that knows requests and requests_oauthlib, which it imports when the first request is made. Requests go
out through the session's adapter, not through `Session.send`, which would read the body of a redirect whole before
it decides not to follow it.
"""

from __future__ import annotations

import enum
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import urlsplit

from . import bounded
from .account import ConsumerKeys, Token
from .answer import PORTAL, Answer, checked
from .errors import BadAnswer, Busy, NoAnswer, NotSent, Unreachable
from .provider import Provider, is_loopback
from .version import __version__

if TYPE_CHECKING:
    import requests

USER_AGENT = f"flickr-auth/{__version__}"
DEADLINE = 60.0
LONGEST_ANSWER = 1 << 20
_TRIES = 3
_IDLE = 10.0
_UNOPENED = ("NewConnectionError", "NameResolutionError", "ConnectTimeoutError")
_CHECK_NETWORK = "Check the network and try again."
_CONNECT = 15.0
_READ = 30.0


class Again(enum.Enum):
    """When a request may be sent again by itself."""

    IF_UNSENT = "only when no connection could be opened"
    ALWAYS = "on connection errors, 429 and 5xx, too"


class Untrusted(NotSent):
    """The other side's certificate is not to be trusted, so nothing was sent; nor would it be at another try."""


class Misdirected(NotSent):
    """The host or the proxy is no address at all, so nothing was sent; nor would it be at another try."""


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
        self._session: requests.Session | None = None
        self._last_used = 0.0

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
    ) -> Answer:
        """Sign a request and send it; `fields` go into the query of a GET and the form body of a POST.

        Returns any answer but 3xx, 429 and 5xx. Raises `Unreachable`, as precisely as is known.
        """
        attempt = _Attempt(self, url, method, tuple(fields), token, callback, verifier, longest)
        deadline = self._clock() + self._timeout
        try:
            return bounded.run(lambda: self._tries(attempt, again, deadline), self._timeout)
        except bounded.TimeIsUp:
            self._session = None  # the thread that was given up may still be using it
            raise NoAnswer(
                f"{self.provider.called} did not answer within {self._timeout:g} seconds.",
                _CHECK_NETWORK,
            ) from None

    def close(self) -> None:
        """Close the connection; the next request opens another."""
        if self._session is not None:
            self._session.close()

    def _tries(self, attempt: _Attempt, again: Again, deadline: float) -> Answer:
        for number in range(1, _TRIES + 1):
            try:
                return attempt.once(again, deadline - self._clock())
            except Unreachable as failure:
                repeatable = isinstance(failure, NotSent) and not isinstance(failure, Untrusted | Misdirected)
                if again is Again.ALWAYS:
                    repeatable = repeatable or isinstance(failure, NoAnswer | Busy)
                pause = _pause(number, failure)
                if not repeatable or number == _TRIES or self._clock() + pause >= deadline:
                    raise
                self._notice(f"{failure.message} Trying again in {max(1, round(pause))} s...")
                time.sleep(pause)
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

    def once(self, again: Again, seconds: float) -> Answer:
        transport = self.transport
        session = transport._ready_session()
        started = transport._clock()
        shown = f"{self.method} {urlsplit(self.url).netloc}{urlsplit(self.url).path}"
        seconds = max(seconds, 0.001)
        read = seconds if again is Again.IF_UNSENT else min(_READ, seconds)
        try:
            prepared = self._signed(session)
            if again is Again.IF_UNSENT and self._proxy(session) is None:
                self._look_up(seconds)
            answer = self._exchange(session, prepared, (min(_CONNECT, seconds), read))
        except Exception as failure:
            session.close()  # whatever state that connection is in, nothing more goes over it
            transport._trace(f"{shown} {type(failure).__name__} {transport._clock() - started:.3f} s")
            if isinstance(failure, Unreachable):
                raise
            _translate(failure, urlsplit(self.url).hostname or "", proxied=self._proxy(session) is not None)
        finally:
            transport._last_used = transport._clock()
        transport._trace(f"{shown} {answer.status} {transport._clock() - started:.3f} s")
        return checked(answer, transport.provider)

    def _look_up(self, seconds: float) -> None:
        """Look the host's address up before anything is sent.

        No timeout covers a lookup: a thread that was given up in one must not send a verifier when it comes back.
        """
        started = self.transport._clock()
        parts = urlsplit(self.url)
        socket.getaddrinfo(parts.hostname, parts.port)
        if self.transport._clock() - started >= seconds:
            raise NotSent(f"The address of {parts.hostname} was not found in time.", _CHECK_NETWORK)

    def _signed(self, session: requests.Session) -> requests.PreparedRequest:
        import logging

        import requests
        from requests_oauthlib import OAuth1

        # At DEBUG these two log signed headers, verifiers and token secrets, whoever turned logging on.
        for name in ("oauthlib", "requests_oauthlib"):
            logging.getLogger(name).setLevel(logging.INFO)
        keys, token = self.transport.keys, self.token
        auth = OAuth1(
            keys.api_key,
            client_secret=keys.api_secret,
            resource_owner_key=token.oauth_token if token else None,
            resource_owner_secret=token.oauth_token_secret if token else None,
            callback_uri=self.callback,
            verifier=self.verifier,
        )
        in_body = self.method == "POST"
        return session.prepare_request(
            requests.Request(
                self.method,
                self.url,
                params=None if in_body else self.fields,
                data=self.fields if in_body else None,
                auth=auth,
            )
        )

    def _settings(self, session: requests.Session) -> Mapping[str, Any]:
        """What the environment says of proxies and certificates; what stays on this machine goes through no proxy."""
        host = urlsplit(self.url).hostname or ""
        proxies = {"no_proxy": host} if is_loopback(host) else {}
        return dict(session.merge_environment_settings(self.url, proxies, True, None, None))

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


def _translate(failure: Exception, host: str, *, proxied: bool) -> NoReturn:
    """Raise the error of ours that a failure of requests or urllib3 means; their texts hold addresses and stay out."""
    from requests import exceptions as theirs

    reason = getattr(failure.args[0], "reason", None) if failure.args else None
    kind = type(reason).__name__
    _raise_if_misdirected(failure, kind, host, proxied=proxied)
    if isinstance(failure, theirs.SSLError):
        raise Untrusted(
            f"No secure connection to {host}: its certificate or its TLS is not to be trusted.",
            "A portal or a company's proxy may be in between (then name its certificates in REQUESTS_CA_BUNDLE), or"
            " this computer's clock is off.",
        ) from failure
    if kind == "NameResolutionError" or isinstance(failure, socket.gaierror):
        raise NotSent(f"No address is known for {host}.", "Is this computer on the network?") from failure
    if isinstance(failure, theirs.ConnectTimeout) or kind in _UNOPENED:
        raise NotSent(f"No connection to {host} could be opened.", _CHECK_NETWORK) from failure
    if isinstance(failure, theirs.ReadTimeout) or kind == "ReadTimeoutError":
        raise NoAnswer(f"{host} did not answer in time.", _CHECK_NETWORK) from failure
    if isinstance(failure, theirs.ConnectionError | theirs.ChunkedEncodingError):
        raise NoAnswer(f"The connection to {host} broke off.", _CHECK_NETWORK) from failure
    if isinstance(failure, theirs.ContentDecodingError):
        raise BadAnswer(f"The answer of {host} is garbled.", PORTAL) from failure
    if isinstance(failure, theirs.RequestException):
        raise NoAnswer(f"No answer came from {host}.", _CHECK_NETWORK) from failure
    if isinstance(failure, OSError):
        raise Untrusted("The file with trusted certificates cannot be read.", "Check REQUESTS_CA_BUNDLE.") from failure
    raise failure  # a bug of ours, or of theirs: it stays visible


def _raise_if_misdirected(failure: Exception, kind: str, host: str, *, proxied: bool) -> None:
    """Raise the error for a proxy or a host that is wrong or cannot be used. A proxy's address may hold a password."""
    from requests import exceptions as theirs
    from urllib3.exceptions import LocationValueError

    malformed = isinstance(failure, theirs.InvalidURL | theirs.InvalidSchema | LocationValueError | UnicodeError)
    unopened = isinstance(failure, theirs.ConnectTimeout) or kind in _UNOPENED
    if isinstance(failure, theirs.ProxyError) or (proxied and (malformed or unopened)):
        raise (Misdirected if malformed else NotSent)(
            f"The proxy on the way to {host} cannot be reached or refused.",
            "Check HTTPS_PROXY, HTTP_PROXY and ALL_PROXY, or add the host to NO_PROXY.",
        ) from None
    if malformed:
        raise Misdirected(f"{host} is not the name of a host.", "Check FLICKR_AUTH_BASE_URL.") from failure
