"""What is asked, as a value: sent again, it is signed anew, because a repeated nonce would be refused."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from ..account import Token

LONGEST_ANSWER = 1 << 20


class Again(enum.Enum):
    """When a request may be sent again by itself."""

    IF_UNSENT = "only when no connection could be opened"
    ALWAYS = "on connection errors, 429, 5xx and an answer that is none, too"


@dataclass(frozen=True)
class Request:
    """One request: its URL, when it may be repeated, and what is signed with it.

    `fields` go into the query of a GET and the form body of a POST. `longest` caps the answer, in bytes after
    unpacking.
    """

    url: str
    again: Again
    method: str = "GET"
    fields: tuple[tuple[str, str], ...] = ()
    token: Token | None = None
    callback: str | None = None
    verifier: str | None = field(default=None, repr=False)
    is_signed: bool = True
    longest: int = LONGEST_ANSWER

    @property
    def host(self) -> str:
        """The host that it goes to, without a port."""
        return urlsplit(self.url).hostname or ""

    @property
    def shown(self) -> str:
        """The request in a trace: method, host and path, without the query."""
        parts = urlsplit(self.url)
        return f"{self.method} {parts.netloc}{parts.path}"
