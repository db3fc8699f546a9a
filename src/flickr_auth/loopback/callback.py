"""The callback's listener: it waits for the redirect with the verifier (RFC 8252 §7.3, RFC 5849 §2.2).

It is on 127.0.0.1, at a random path, and open only while a login waits. Everything else that comes by (favicons,
previews, scanners, pages of other sites, browsers that try https) gets a polite answer and changes nothing.
"""

from __future__ import annotations

import re
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Self
from urllib.parse import parse_qsl

from ..errors import Error
from . import html
from .handler import Handler, Reply, Request
from .http_server import LoopbackServer

_UNRESERVED = re.compile(r"[A-Za-z0-9\-._~]{1,255}")  # RFC 3986 §2.3
_SILENCE = 10.0  # seconds for a connection that sends nothing
_CONNECTIONS = 16  # at a time: a login needs the file numbers and threads of this process for itself
_BANNER = "<strong>flickr-auth</strong> on this computer"
_RECEIVED = (
    "<p>Return to the terminal: the login continues there, and it shows the result.</p><p>You can close this page.</p>"
)
_NOT_OURS = (
    "<p>Your browser is sent here after you approve the login. To approve it, open the URL that the terminal shows.</p>"
    "<p>The login is still waiting for you.</p>"
)


@dataclass(frozen=True)
class Arrived:
    """The redirect came, with a verifier."""

    verifier: str = field(repr=False)


@dataclass(frozen=True)
class TlsHello:
    """A browser tried https, which this listener does not speak: the callback's http was changed on the way."""


Event = Arrived | TlsHello


class Listener:
    """A server on 127.0.0.1 that waits for verifiers, from `start` to `close` or inside a `with` block.

    `tell` is called in another thread: once with each verifier, and once in all with `TlsHello`. Port 0 takes a free
    one. Raises `Error` if it cannot listen there.
    """

    def __init__(self, tell: Callable[[Event], None], port: int = 0) -> None:
        self._tell = tell
        self._lock = threading.Lock()
        self._told: set[Event] = set()
        self._oauth_token: str | None = None
        self._path = f"/{secrets.token_hex(12)}"
        answer, tls = self._answer, partial(self._tell_once, TlsHello())
        handler = partial(Handler, name="flickr-auth", answer=answer, patience=_SILENCE, once=True, tls=tls)
        try:
            self._server = LoopbackServer(port, handler, most=_CONNECTIONS)
        except OSError as failure:
            where = f"port {port}" if port else "any port"
            message = f"Cannot listen on {where} of this machine: {failure.strerror or 'it is not available'}."
            raise Error(message, "Try: another --port" if port else "Run: flickr-auth login --pin") from failure
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}{self._path}"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> None:
        """Begin to listen. Raises `Error` if the system starts no thread."""
        self._server.start()

    def close(self) -> None:
        """Stop listening, and close every connection. Can be called again."""
        self._server.close()

    def expect(self, oauth_token: str) -> None:
        """Accept the verifier of this request token from now on, and of no other."""
        self._oauth_token = oauth_token

    def _answer(self, request: Request) -> Reply:
        if request.path not in (self._path, "/"):  # a provider may drop the path; then the request token decides
            return Reply(404, b"Not found\n")
        if request.method != "GET":  # a HEAD is a preview, and must not use anything up
            return Reply(405, b"Method not allowed\n", headers=(("Allow", "GET"),))
        if not _is_navigation(request):
            return Reply(403, b"Open this URL in a browser tab of its own\n")
        verifier = _verifier(request.query, self._oauth_token)
        if verifier is None:
            return _page(400, "This is not the page to open", _NOT_OURS)
        self._tell_once(Arrived(verifier))
        return _page(200, "Code received", _RECEIVED, mark="✓")

    def _tell_once(self, event: Event) -> None:
        """Report the event, unless it was reported before: people reload pages, and browsers try https again."""
        with self._lock:
            if event not in self._told:
                self._told.add(event)
                self._tell(event)


def _is_navigation(request: Request) -> bool:
    """Whether a browser's tab goes here, and no page embeds, fetches or prefetches this URL.

    Source: https://www.w3.org/TR/fetch-metadata/ (where Flickr's redirect is cross-site). A client that sends none
    of these headers counts.
    """
    mode, destination = request.headers.get("sec-fetch-mode"), request.headers.get("sec-fetch-dest")
    is_prefetch = request.headers.get("sec-purpose") or request.headers.get("purpose")
    return mode in (None, "navigate") and destination in (None, "document") and not is_prefetch


def _verifier(query: str, oauth_token: str | None) -> str | None:
    """Return the verifier in a redirect's query; None if it is for another request token, or doubtful."""
    try:
        pairs = parse_qsl(query, keep_blank_values=True, errors="strict", max_num_fields=50)
    except ValueError:
        return None
    tokens = [value for name, value in pairs if name == "oauth_token"]
    verifiers = [value for name, value in pairs if name == "oauth_verifier"]
    if oauth_token is None or tokens != [oauth_token] or len(verifiers) != 1:
        return None
    return verifiers[0] if _UNRESERVED.fullmatch(verifiers[0]) else None


def _page(status: int, title: str, inside: str, mark: str = "") -> Reply:
    # Nothing of the request is shown, so that no URL can put text on this page.
    content = html.render(title, inside, server="flickr-auth", banner=_BANNER, mark=mark)
    return Reply(status, content, html.CONTENT_TYPE, html.headers())
