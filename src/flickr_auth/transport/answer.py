"""What came back, and whether it is an answer at all."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from ..errors import BadAnswer, Busy
from ..provider import Provider

_TOO_MANY_REQUESTS = 429
_LONGEST_QUOTE = 300
PORTAL = "Fix: sign in to this network in a browser if it asks for that (hotel, train, company), then try again."
LATER = "Try again in a few minutes."
LIMIT = "Flickr allows 3,600 calls an hour for each key, and disables keys that make many more."


@dataclass(frozen=True)
class Answer:
    """What came back, read to its end: the status, the body, and the headers with lower-case names."""

    status: int
    body: bytes | bytearray = field(repr=False)
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


def checked(answer: Answer, provider: Provider) -> Answer:
    """The answer, unless its status alone says that it is none: then `Busy` (429, 5xx) or `BadAnswer` (3xx)."""
    if answer.status == _TOO_MANY_REQUESTS:
        busy = Busy(f"{provider.called} got too many requests (HTTP 429).", f"{LATER} {LIMIT}")
    elif answer.status >= 500:  # RFC 9110 §15.6
        busy = Busy(f"{provider.called} is not available right now (HTTP {answer.status}).", LATER)
    elif 300 <= answer.status < 400:  # RFC 9110 §15.4
        raise BadAnswer(
            f"A redirect (HTTP {answer.status}) came instead of {provider.called_inside}'s response.", PORTAL
        )
    else:
        return answer
    busy.retry_after = answer.retry_after
    raise busy


def not_an_answer(answer: Answer, provider: Provider, why: str) -> BadAnswer:
    """The error for an answer that cannot be understood; `why` is a clause, and nothing of the answer is quoted."""
    who = provider.called_inside
    if answer.is_html:
        return BadAnswer(f"A web page (HTTP {answer.status}) came instead of {who}'s response.", PORTAL)
    return BadAnswer(
        f"The response (HTTP {answer.status}) is not one of {who}'s: {why}.",
        "Try again. If that does not help, check for a proxy or firewall that changes responses.",
    )


def foreign(value: object) -> str:
    """A value that a server sent, for a message: at most 300 characters, all of them visible; else its type."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return {dict: "an object", list: "a list", type(None): "null", bool: "a boolean"}.get(type(value), "a value")
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in str(value)[:_LONGEST_QUOTE])


def _seconds(retry_after: str) -> float | None:
    """Retry-After in seconds: a number or a date (RFC 9110 §10.2.3); None if it is neither."""
    if retry_after.isascii() and retry_after.isdigit():
        return float(retry_after[:9])
    from email.utils import parsedate_to_datetime
    from time import time

    with contextlib.suppress(ValueError, OverflowError):
        return max(0.0, parsedate_to_datetime(retry_after).timestamp() - time())
    return None
