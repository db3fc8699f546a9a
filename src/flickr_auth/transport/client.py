"""Sign, send and retry: this program's own requests, and the API calls of a script's session.

requests is imported when the first of them is made. All go through a session of requests, so that what a script has
mounted or mocked there sees them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Self, TypeVar

from .. import threads
from ..account import ConsumerKeys
from ..errors import BadAnswer, Busy, NoAnswer, NotSent, Unreachable
from ..provider import Provider, is_loopback
from .exchange import Answer, Request, answer_in, check_the_way, checked, read_whole
from .signing import CONNECT, READ, new_session, sign

if TYPE_CHECKING:
    import requests

    from .calls_per_hour import CallsPerHour

Result = TypeVar("Result")
DEADLINE = 60.0
_TRIES = 3
_IDLE = 10.0  # seconds after which a server may drop a connection without a word


class Transport:
    """Signed requests to one provider, on one connection if they come one after the other. Threads may share it.

    `timeout` is the deadline of each request in seconds, with its retries. `trace` gets a line about each try, without
    secrets; `notice` a sentence before each wait for another try; `waiting` the seconds so far, again and again while
    an answer takes longer than one. None of these three may raise: a token would be lost over a line of text.
    `session` is the one of requests that is used. `calls` counts the requests; one for which its key has
    no room waits, outside of the deadline.
    """

    def __init__(
        self,
        provider: Provider,
        keys: ConsumerKeys,
        *,
        timeout: float = DEADLINE,
        trace: Callable[[str], None] | None = None,
        notice: Callable[[str], None] | None = None,
        waiting: Callable[[float], None] | None = None,
        session: requests.Session | None = None,
        calls: CallsPerHour | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.provider = provider
        self.keys = keys
        self._timeout = timeout
        self._trace = trace or _nobody
        self._notice = notice or _nobody
        self._waiting = waiting
        self._made = session
        self._calls = calls
        self._clock = clock
        self._last_used = 0.0
        self._is_closed = False
        self.server_date: str | None = None
        """The `Date` header of the last answer, whatever that was; None if there was none."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def send(self, request: Request, read: Callable[[Answer], Result]) -> Result:
        """Sign a request, send it, and return what `read` makes of the answer, within the deadline.

        `read` gets any answer but 3xx, 429 and 5xx, and may raise: what it raises is tried again as if it were the
        answer's status. Raises `Unreachable`, as precisely as is known.
        """
        if self._calls is not None and not self._is_mocked():
            self._calls.wait()  # here, where Ctrl-C ends it, and not on the deadline
        waited = threads.Waited()
        try:
            tries = partial(self._tries, request, read, waited)
            return threads.run(tries, self._timeout, waiting=self._waiting, waited=waited)
        except threads.TimeIsUp:
            raise NoAnswer(
                f"{self.provider.called} did not answer within {threads.in_words(self._timeout)}.",
                check_the_way(self.provider.site),
            ) from None

    def close(self) -> None:
        """Close the connection. A request that is under way in another thread is not tried again."""
        self._is_closed = True
        if self._calls is not None:
            self._calls.close()
        if self._made is not None:
            self._made.close()

    def at_once(self, most: int) -> int:
        """Return how many requests may be under way together: `most`, or one while a test's mock takes them."""
        return 1 if self._is_mocked() else most

    def proxy(self, url: str) -> str | None:
        """Return the proxy on the way to `url`, None if there is none. Its URL may hold a password."""
        from requests.utils import select_proxy

        return select_proxy(url, self._settings(url)["proxies"])

    def _tries(self, request: Request, read: Callable[[Answer], Result], waited: threads.Waited) -> Result:
        again = (NotSent,) if request.once else (NotSent, NoAnswer, Busy, BadAnswer)
        for number in range(1, _TRIES + 1):
            try:
                return read(self._try(request, self._timeout - waited()))
            except again as failure:
                from .failures import Unsendable

                pause = _pause(number, failure)
                is_last = number == _TRIES or self._is_closed or waited() + pause >= self._timeout
                if is_last or isinstance(failure, Unsendable) or self._is_full():
                    raise
                self._notice(f"{failure.message} Trying again in {max(1, round(pause))} s...")
                time.sleep(pause)
        raise AssertionError("the last try returns or raises")

    def _try(self, request: Request, seconds: float) -> Answer:
        """Send the request, and wait at most so many seconds for each piece of the answer."""
        started = self._clock()
        try:
            answer = self._exchange(request, max(seconds, 0.001))
        except Exception as failure:
            self._trace(f"{request.shown} {type(failure).__name__} {self._clock() - started:.3f} s")
            if isinstance(failure, Unreachable):
                raise
            from .failures import translate

            bundle = self._settings(request.url)["verify"]
            translate(failure, request.url, proxy=self.proxy(request.url), bundle=bundle)
        finally:
            self._last_used = self._clock()
        self.server_date = answer.headers.get("date")
        self._trace(f"{request.shown} {answer.status} {self._clock() - started:.3f} s")
        return checked(answer, self.provider)

    def _exchange(self, request: Request, seconds: float) -> Answer:
        """Send the request as a script sends its own, so that whatever is patched or mounted there has it."""
        self._drop_stale(once=request.once)
        how: dict[str, Any] = {
            "auth": self._signer(request),
            # An address that does not answer is told from a server that does not, also if the deadline is short.
            "timeout": (min(CONNECT, 0.9 * seconds), seconds if request.once else min(READ, seconds)),
            "allow_redirects": False,
            "stream": True,
            "proxies": _proxies(request.host),
        }
        if request.method == "POST":
            return answer_in(self._session.post(request.url, data=dict(request.fields), **how))
        return answer_in(self._session.get(request.url, params=dict(request.fields), **how))

    def _signer(self, request: Request) -> Callable[[requests.PreparedRequest], requests.PreparedRequest]:
        """Return the `auth` that signs this sending, once requests has prepared it, and that reads its answer."""

        def signed(prepared: requests.PreparedRequest) -> requests.PreparedRequest:
            # Before the session's own hooks, which may read the whole of an answer that has no end.
            prepared.register_hook("response", partial(_read_whole, request))  # type: ignore[no-untyped-call]  # so in the stub
            if request.is_signed:
                sign(prepared, self.keys, request.token, callback=request.callback, verifier=request.verifier)
            return prepared

        return signed

    def _is_full(self) -> bool:
        """Count another try, unless there is no room for it."""
        return self._calls is not None and not self._is_mocked() and self._calls.take() > 0

    def _is_mocked(self) -> bool:
        from .connections import is_mocked

        return self._made is not None and is_mocked(self._made, self.provider.rest_url)

    def _settings(self, url: str) -> Mapping[str, Any]:
        """Return the proxies and certificates that the environment or the session asks for."""
        from urllib.parse import urlsplit

        proxies = _proxies(urlsplit(url).hostname or "")
        return self._session.merge_environment_settings(url, proxies, None, None, None)

    @property
    def _session(self) -> requests.Session:
        if self._made is None:
            self._made = new_session()
        return self._made

    def _drop_stale(self, *, once: bool) -> None:
        """Drop idle connections that are too old for a request that may not be repeated."""
        if once and self._clock() - self._last_used > _IDLE:
            for adapter in self._session.adapters.values():  # closing a script's session would do more
                adapter.close()


def _pause(number: int, failure: Unreachable) -> float:
    """Return the seconds before try `number` + 1: what Retry-After asks for, else 0.5, 1, 2... with jitter."""
    if isinstance(failure, Busy) and failure.retry_after is not None:
        return failure.retry_after
    import random

    return 0.5 * 2.0 ** (number - 1) * random.uniform(0.8, 1.4)  # noqa: S311  # spreads load; no secret


def _proxies(host: str) -> dict[str, str]:
    """Return the proxies of a request to the host: none for what stays on this machine."""
    return {"no_proxy": host} if is_loopback(host) else {}


def _read_whole(request: Request, response: requests.Response, **_: object) -> None:
    read_whole(response, request.host, request.longest)


def _nobody(_line: str) -> None:
    """Drop a line that nobody asked for."""
