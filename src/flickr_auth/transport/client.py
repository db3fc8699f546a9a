"""Sign, send and retry: one connection to one provider, for this program's own requests.

requests is imported when the first of them is made. They go out through the session's adapter, not through
`Session.send`, which would read the body of a redirect whole before it decides not to follow it.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Self, TypeVar
from urllib.parse import urlsplit

from .. import threads
from ..account import ConsumerKeys
from ..errors import Busy, NoAnswer, NotSent, Unreachable
from ..provider import Provider, is_loopback
from .answer import Answer, checked
from .body import body_of
from .failures import CHECK_NETWORK, Final, translate
from .late import guard, in_time
from .request import Again, Request
from .signing import CONNECT, READ, new_session, no_auth, oauth1

if TYPE_CHECKING:
    import requests

Result = TypeVar("Result")
Value = TypeVar("Value", str, float)
DEADLINE = 60.0
_TRIES = 3
_IDLE = 10.0


class Transport:
    """Signed requests to one provider, on one connection if the pauses between them allow it.

    `timeout` is the deadline of each request in seconds, with its retries. `trace` gets a line about each try for
    people who asked for it, without secrets; `notice` a sentence when a wait before another try begins. Neither can
    stop a request: an OSError or ValueError that one of them raises is dropped. `renew` gives the hint for a token
    that is refused, or, with a permission, for one that lacks it. `session` makes the session of requests that is used.
    `keys` may be others for the next request. Not for use by two threads at once.
    """

    def __init__(
        self,
        provider: Provider,
        keys: ConsumerKeys,
        *,
        timeout: float = DEADLINE,
        trace: Callable[[str], None] | None = None,
        notice: Callable[[str], None] | None = None,
        renew: Callable[[str | None], str] | None = None,
        session: Callable[[], requests.Session] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.provider = provider
        self.keys = keys
        self._timeout = timeout
        self._trace = trace
        self._notice = notice
        self.renew = renew or self._log_in
        self._new_session = session or new_session
        self._clock = clock
        self.server_date: str | None = None
        """The `Date` header of the last answer, whatever that was; None if there was none."""
        self._session: requests.Session | None = None
        self._last_used = 0.0
        self._settings: dict[str, Mapping[str, Any]] = {}
        self._worker = threads.Worker(self._say_unbounded)
        self._abandoned = threading.Event()
        self.waiting: Callable[[float], None] | None = None
        """Called again and again while an answer is waited for, with the seconds so far; in the end with 0."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def send(self, request: Request, read: Callable[[Answer], Result]) -> Result:
        """Sign a request, send it, and return what `read` makes of the answer.

        `read` gets any answer but 3xx, 429 and 5xx, and may raise: what it raises is tried again as if it were the
        answer's status. Raises `Unreachable`, as precisely as is known.
        """
        deadline = self._clock() + self._timeout
        try:
            return self._worker.run(
                lambda: self._tries(request, read, deadline),
                self._timeout,
                waiting=self._wait if self.waiting else None,
            )
        except threads.TimeIsUp:
            self._session = None  # the thread that was given up may still be using it
            raise NoAnswer(
                f"{self.provider.called} did not answer within {threads.in_words(self._timeout)}.", CHECK_NETWORK
            ) from None
        finally:
            self._wait(0.0)

    def close(self) -> None:
        """Close the connection and let its thread end; the next request makes both anew."""
        self._worker.end()
        if self._session is not None:
            self._session.close()

    def abandon(self) -> None:
        """Close the connection for good: a request under way in another thread is not tried again, nor reported."""
        self._abandoned.set()
        self._trace = self._notice = None
        self.close()

    def proxy(self, url: str) -> str | None:
        """The proxy on the way to `url`, None if there is none. Its address may hold a password."""
        from requests.utils import select_proxy

        return select_proxy(url, self._settings_for(url)["proxies"])

    def _wait(self, seconds: float) -> None:
        _tell(self.waiting, seconds)

    def _say_unbounded(self) -> None:
        _tell(self._notice, "No thread can be started on this system, so requests have no overall time limit.")

    def _log_in(self, perms: str | None) -> str:
        sandbox = " --sandbox" if self.provider.is_sandbox else ""
        return f"Run: flickr-auth login{sandbox}" + (f" --perms {perms}" if perms else "")

    def _tries(self, request: Request, read: Callable[[Answer], Result], deadline: float) -> Result:
        clock = self._clock  # alone: a thread that waits for its next request holds nobody's connection
        in_time(lambda: clock() < deadline)
        for number in range(1, _TRIES + 1):
            try:
                return read(self._once(request, deadline - self._clock()))
            except Unreachable as failure:
                repeatable = isinstance(failure, NotSent) and not isinstance(failure, Final)
                if request.again is Again.ALWAYS:
                    repeatable = repeatable or isinstance(failure, NoAnswer | Busy)
                pause = _pause(number, failure)
                if not repeatable or number == _TRIES or self._clock() + pause >= deadline or self._abandoned.is_set():
                    raise
                _tell(self._notice, f"{failure.message} Trying again in {max(1, round(pause))} s...")
                if self._abandoned.wait(pause):
                    raise
        raise AssertionError("the last try returns or raises")

    def _once(self, request: Request, seconds: float) -> Answer:
        """One try, of at most so many seconds between two pieces of the answer."""
        session = self._ready_session()
        started = self._clock()
        seconds = max(seconds, 0.001)
        once = request.again is Again.IF_UNSENT
        try:
            signed = self._signed(request, session)
            timeout = (min(CONNECT, seconds), seconds if once else min(READ, seconds))
            answer = self._exchange(request, session, signed, timeout)
            self.server_date = answer.headers.get("date")
        except Exception as failure:
            session.close()  # whatever state that connection is in, nothing more goes over it
            _tell(self._trace, f"{request.shown} {type(failure).__name__} {self._clock() - started:.3f} s")
            if isinstance(failure, Unreachable):
                raise
            settings = self._settings_for(request.url)
            translate(failure, request.host, proxy=self.proxy(request.url), bundle=settings["verify"])
        finally:
            self._last_used = self._clock()
        _tell(self._trace, f"{request.shown} {answer.status} {self._clock() - started:.3f} s")
        return checked(answer, self.provider)

    def _signed(self, request: Request, session: requests.Session) -> requests.PreparedRequest:
        import requests

        signature = oauth1(self.keys, request.token, callback=request.callback, verifier=request.verifier)
        in_body = request.method == "POST"
        return session.prepare_request(
            requests.Request(
                request.method,
                request.url,
                params=None if in_body else request.fields,
                data=request.fields if in_body else None,
                auth=signature if request.is_signed else no_auth,
            )
        )

    def _exchange(
        self,
        request: Request,
        session: requests.Session,
        signed: requests.PreparedRequest,
        timeout: tuple[float, float],
    ) -> Answer:
        settings = self._settings_for(request.url)
        response = session.get_adapter(request.url).send(
            signed,
            stream=True,
            timeout=timeout,
            verify=settings["verify"],
            cert=settings["cert"],
            proxies=settings["proxies"],
        )
        try:
            body = body_of(response, request.host, request.longest)
        finally:
            response.close()  # a connection whose answer was not read to its end belongs to nobody else
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status_code, body, headers)

    def _settings_for(self, url: str) -> Mapping[str, Any]:
        """What the environment says of proxies and certificates; what stays on this machine goes through no proxy.

        It is asked once for each URL: to look through all variables takes a tenth of a request's time.
        """
        if url not in self._settings:
            host = urlsplit(url).hostname or ""
            proxies = {"no_proxy": host} if is_loopback(host) else {}
            session = self._session or self._new_session()
            self._settings[url] = dict(session.merge_environment_settings(url, proxies, None, None, None))
        return self._settings[url]

    def _ready_session(self) -> requests.Session:
        """The session, with a fresh connection if the old one has been idle so long that the server may drop it."""
        if self._session is None:
            self._session = self._new_session()
            guard(self._session)
        elif self._clock() - self._last_used > _IDLE:
            self._session.close()
        return self._session


def _pause(number: int, failure: Unreachable) -> float:
    """Seconds before try `number` + 1: what Retry-After asks for, else 0.5, 1, 2... with jitter."""
    if isinstance(failure, Busy) and failure.retry_after is not None:
        return failure.retry_after
    import random

    return 0.5 * 2.0 ** (number - 1) * random.uniform(0.8, 1.4)  # noqa: S311  # spreads load; no secret


def _tell(listener: Callable[[Value], None] | None, text: Value) -> None:
    """Tell whoever wants to know; a stream that cannot take it (closed, full, gone) changes nothing."""
    if listener is None:
        return
    with contextlib.suppress(OSError, ValueError):
        listener(text)
