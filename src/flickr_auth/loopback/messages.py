"""A request that was read, and the reply to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Request:
    """A request that is well-formed and for this server. `headers` has lower-case names."""

    method: str
    host: str
    path: str
    query: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(default=b"", repr=False)

    @property
    def is_from_own_page(self) -> bool:
        """Whether a form was sent from a page of this server, or by a client that is not a browser.

        Our pages send no referrer, so browsers call their origin null; then Sec-Fetch-Site alone tells.
        """
        site, origin = self.headers.get("sec-fetch-site"), self.headers.get("origin")
        honest = (None, f"http://{self.host}")
        return origin in honest if site is None else site == "same-origin" and origin in (*honest, "null")

    @property
    def is_navigation(self) -> bool:
        """Whether a browser's tab goes here, and no page embeds, fetches or prefetches this address.

        Source: https://www.w3.org/TR/fetch-metadata/ (where Flickr's redirect is cross-site). A client that sends none
        of these headers counts.
        """
        mode, target = self.headers.get("sec-fetch-mode"), self.headers.get("sec-fetch-dest")
        ahead = self.headers.get("sec-purpose") or self.headers.get("purpose")
        return mode in (None, "navigate") and target in (None, "document") and not ahead


@dataclass(frozen=True)
class Reply:
    """What is answered; `closes` ends the connection with it."""

    status: int
    body: bytes = field(repr=False)
    content_type: str = "text/plain;charset=UTF-8"
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    closes: bool = False
