"""A request and its answer, as values."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ..account import Token
from ..errors import BadAnswer, Busy
from ..provider import Provider, is_loopback

if TYPE_CHECKING:
    import requests

LONGEST_ANSWER = 1 << 20
PORTAL = "Fix: sign in to this network in a browser if it asks for that (hotel, train, company), then try again"
LATER = "Try: again in a few minutes"
LIMIT = "Flickr disables keys that make more than 3,600 calls an hour"
_PIECE = 16 * 1024
_LONGEST_QUOTE = 300
_TOO_MANY_REQUESTS = 429


@dataclass(frozen=True)
class Request:
    """One request: its URL and what is signed with it. Each time it is sent, it is signed anew: a nonce serves once.

    `fields` go into the query of a GET and the form body of a POST. `once` is for a request that must not arrive twice:
    it is sent again only if no connection could be opened. `longest` caps the answer, in bytes after unpacking.
    """

    url: str
    method: str = "GET"
    fields: tuple[tuple[str, str], ...] = ()
    token: Token | None = None
    callback: str | None = None
    verifier: str | None = field(default=None, repr=False)
    is_signed: bool = True
    once: bool = False
    longest: int = LONGEST_ANSWER

    @property
    def host(self) -> str:
        """The host that it goes to, without a port."""
        return urlsplit(self.url).hostname or ""

    @property
    def shown(self) -> str:
        """The request in a trace: verb, host, path, API method and page, and nothing else of the query."""
        parts = urlsplit(self.url)
        named = dict(self.fields)
        page = f"page={named['page']}" if named.get("page") else ""
        return " ".join(filter(None, (self.method, parts.netloc + parts.path, named.get("method"), page)))


@dataclass(frozen=True)
class Answer:
    """The answer, read to its end: the status, the body, and the headers with lower-case names."""

    status: int
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(repr=False, default_factory=dict)

    @property
    def is_html(self) -> bool:
        """Whether it is a page for people, which no API of Flickr's sends but a gateway in front of it does."""
        start = self.body[:200].lstrip().lower()
        return "html" in self.headers.get("content-type", "").lower() or start.startswith((b"<!doctype html", b"<html"))

    @property
    def retry_after(self) -> float | None:
        """The pause in seconds that it asks for, None if it does not."""
        return _seconds(self.headers.get("retry-after", ""))


def read_whole(response: requests.Response, host: str, longest: int) -> None:
    """Read the body, of at most `longest` bytes unpacked, before requests does. Raises `BadAnswer`.

    A redirect is an answer like any other here: requests would prepare the next request even if it is not to follow.
    """
    response.headers.pop("location", None)
    if response.raw is None:
        return  # an adapter of a script's own gave the body at once
    body = bytearray()
    try:
        for piece in response.iter_content(_PIECE):
            body += piece
            if len(body) > longest:
                raise BadAnswer(f"{host} sent a response of more than {longest:,} bytes.", PORTAL)
    except BaseException:
        response.close()  # the rest of this answer must not be read as the next one
        raise
    response._content = bytes(body)  # where `content` keeps it, and Session.send looks for it


def answer_in(response: requests.Response) -> Answer:
    """Return the answer in a response, which may be a test's stand-in for one, with `json()` or `text` alone."""
    status, body, headers = (getattr(response, name, None) for name in ("status_code", "content", "headers"))
    if not isinstance(body, bytes):
        text = getattr(response, "text", None)
        with contextlib.suppress(TypeError, ValueError):  # it has none, or says that it has none
            text = text if isinstance(text, str) else json.dumps(response.json())
        body = text.encode() if isinstance(text, str) else b""
    given = headers.items() if isinstance(headers, Mapping) else ()
    return Answer(status if isinstance(status, int) else 200, body, {name.lower(): value for name, value in given})


def checked(answer: Answer, provider: Provider) -> Answer:
    """Return the answer, unless its status alone says that it is none: `Busy` (429, 5xx) or `BadAnswer` (3xx)."""
    if answer.status == _TOO_MANY_REQUESTS:
        busy = Busy(f"{provider.called} got too many requests (HTTP 429).", f"{LATER} ({LIMIT})")
    elif answer.status >= 500:  # RFC 9110 §15.6
        busy = Busy(f"{provider.called} is not available right now (HTTP {answer.status}).", LATER)
    elif 300 <= answer.status < 400:  # RFC 9110 §15.4
        message = f"{provider.called} sent a redirect instead of an API response (HTTP {answer.status})."
        raise BadAnswer(message, in_the_way(provider, answer.status))
    else:
        return answer
    busy.retry_after = answer.retry_after
    raise busy


def not_an_answer(answer: Answer, provider: Provider, why: str) -> BadAnswer:
    """Return the error for an answer that cannot be understood; `why` is a clause. Nothing of the answer is quoted."""
    hint = in_the_way(provider, answer.status)
    if answer.is_html:
        return BadAnswer(f"{provider.called} sent a web page instead of an API response (HTTP {answer.status}).", hint)
    return BadAnswer(f"{provider.called} sent an unreadable response (HTTP {answer.status}): {why}.", hint)


def check_the_way(url: str) -> str:
    """Say what to check if no answer came from the host of the URL: the network, or the server on this machine."""
    parts = urlsplit(url)
    what = f"the server at {parts.netloc}" if is_loopback(parts.hostname or "") else "the network connection"
    return f"Fix: check {what}, then try again"


def in_the_way(provider: Provider, status: int) -> str:
    """Say what to check if something else answers in the provider's place.

    A network that wants a person to sign in answers with a success or a redirect; what blocks Flickr, with an error.
    """
    if not provider.is_flickr:
        return f"Fix: check what answers at {provider.site}"
    return PORTAL if status < 400 else "Fix: check for a firewall, proxy or VPN that blocks Flickr, then try again"


def foreign(value: object) -> str:
    """Return a value that a server sent as text for a message: at most 300 characters, all visible; else its type."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return {dict: "an object", list: "a list", type(None): "null", bool: "a boolean"}.get(type(value), "a value")
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in str(value)[:_LONGEST_QUOTE])


def _seconds(retry_after: str) -> float | None:
    """Return Retry-After in seconds: a number or a date (RFC 9110 §10.2.3); None if it is neither."""
    if retry_after.isascii() and retry_after.isdigit():
        return float(retry_after[:9])
    from email.utils import parsedate_to_datetime
    from time import time

    with contextlib.suppress(ValueError, OverflowError):
        return max(0.0, parsedate_to_datetime(retry_after).timestamp() - time())
    return None
