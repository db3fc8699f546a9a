"""The loopback listener: it waits for the redirect that brings the verifier (RFC 8252 §7.3, RFC 5849 §2.2).

It is on 127.0.0.1 and open only while a login waits. Whatever else comes by (favicons, previews, scanners, pages of
foreign sites, browsers that were told https) gets a polite answer and ends nothing.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Self
from urllib.parse import parse_qsl

from ..errors import Error
from . import html, http_server
from .handler import Handler, Reply, Request

_UNRESERVED = re.compile(r"[A-Za-z0-9\-._~]{1,255}")  # RFC 3986 §2.3
_SILENCE = 10.0  # seconds for a connection that sends nothing
_MOST = 16  # verifiers that are told of; a login takes three
_BANNER = "<strong>flickr-auth</strong>, on this computer"


@dataclass(frozen=True)
class Arrived:
    """The redirect came, and brought the verifier."""

    verifier: str = field(repr=False)


@dataclass(frozen=True)
class TlsHello:
    """A browser came with https, which is not spoken here: somebody made https of the callback's http."""


Event = Arrived | TlsHello


class Listener:
    """A server on 127.0.0.1 that tells of the verifier, inside a `with` block.

    `told` is called in another thread: with each verifier once, and once in all with `TlsHello`; if it raises, the
    same may come again. Port 0 takes a free one. Raises `Error` where the port cannot be had.
    """

    def __init__(self, told: Callable[[Event], None], port: int = 0) -> None:
        self._told = told
        self._lock = threading.Lock()
        self._oauth_token: str | None = None
        self._seen: set[Event] = set()
        handler = partial(
            Handler,
            name="flickr-auth",
            answer=self._answer,
            any_port=True,
            patience=_SILENCE,
            tls=lambda: self._tell_once(TlsHello()),
        )
        try:
            self._server = http_server.LoopbackServer(port, handler)
        except OSError as failure:
            why = os.strerror(failure.errno) if failure.errno else "it cannot be had"
            raise Error(f"Cannot listen on port {port} of this machine: {why}.", "Choose another --port.") from failure
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.close()

    def expect(self, oauth_token: str) -> None:
        """Take the verifier of this request token from now on; that of any other is turned away."""
        self._oauth_token = oauth_token

    def _answer(self, request: Request) -> Reply:
        if request.path != "/":
            return Reply(404, b"There is nothing at this address.\n", closes=True)
        if request.method != "GET":  # a HEAD is a preview, and must not use anything up
            return Reply(405, b"Method not allowed\n", headers=(("Allow", "GET"),), closes=True)
        verifier = _verifier(request.query, self._oauth_token)
        if verifier is None:
            return _page(400, "This is not the answer that is waited for", _NOT_IT)
        self._tell_once(Arrived(verifier))
        return _page(200, "Back to the terminal", _ARRIVED)

    def _tell_once(self, event: Event) -> None:
        with self._lock:  # one after the other
            if event not in self._seen and len(self._seen) < _MOST:
                self._told(event)
                self._seen.add(event)  # not if that failed: it may come again


def _verifier(query: str, oauth_token: str | None) -> str | None:
    """The verifier in the query of a redirect, if it is for this request token and for no other; else None."""
    try:
        found = parse_qsl(query, keep_blank_values=True, errors="strict", max_num_fields=50)
    except ValueError:
        return None
    tokens = [value for name, value in found if name == "oauth_token"]
    verifiers = [value for name, value in found if name == "oauth_verifier"]
    if oauth_token is None or tokens != [oauth_token] or len(verifiers) != 1:
        return None
    return verifiers[0] if _UNRESERVED.fullmatch(verifiers[0]) else None


def _page(status: int, title: str, inside: str) -> Reply:
    # Nothing of the request is shown, so that nobody can write on this page.
    content = html.render(title, inside, banner=_BANNER, title_in_tab=f"{title} (flickr-auth)")
    return Reply(status, content, html.CONTENT_TYPE, html.headers(), closes=True)


_ARRIVED = (
    "<p>The answer has arrived. The login goes on in the terminal, which also says how it ends.</p>"
    "<p>You can close this page.</p>"
)
_NOT_IT = (
    "<p>flickr-auth waits here for a login, and this address does not belong to it. Perhaps it is from an earlier"
    " one.</p><p>The terminal shows the address to open; it goes on waiting.</p>"
)
