"""The callback's listener: it waits for the redirect that brings the verifier (RFC 8252 §7.3, RFC 5849 §2.2).

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
from . import html, http_server
from .handler import Handler
from .messages import Reply, Request

_UNRESERVED = re.compile(r"[A-Za-z0-9\-._~]{1,255}")  # RFC 3986 §2.3
_SILENCE = 10.0  # seconds for a connection that sends nothing
_CONNECTIONS = 16  # at a time: a login needs the file numbers and threads of this process for itself
_WITHOUT = "Try: flickr-auth login --pin"
_BANNER = "<strong>flickr-auth</strong> on this computer"


@dataclass(frozen=True)
class Arrived:
    """The redirect came, and brought a verifier."""

    verifier: str = field(repr=False)


@dataclass(frozen=True)
class TlsHello:
    """A browser tried https, which this listener does not speak: the callback's http was changed on the way."""


Event = Arrived | TlsHello


class Listener:
    """A server on 127.0.0.1 that hands over verifiers, inside a `with` block.

    `tell` is called in another thread: with each verifier once, and once in all with `TlsHello`; if it raises, the
    same may come again. Port 0 takes a free one. Raises `Error` if it cannot listen there.
    """

    def __init__(self, tell: Callable[[Event], None], port: int = 0) -> None:
        self._tell = tell
        self._lock = threading.Lock()
        self._oauth_token: str | None = None
        self._seen: set[Event] = set()
        self._path = f"/{secrets.token_hex(12)}"
        self._server: http_server.LoopbackServer | None = self._bound(port)
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}{self._path}"

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def open(self) -> None:
        """Listen; after `close`, at the same URL again. Raises `Error`."""
        if self._server is None:
            self._server = self._bound(self.port)
        try:
            self._server.start()
        except (OSError, RuntimeError) as failure:
            self.close()
            raise Error("The system has no file or thread left to listen with.", _WITHOUT) from failure

    def close(self) -> None:
        """Stop listening, and close every connection: nothing is left open. Can be called again."""
        if self._server is not None:
            self._server.close()
            self._server = None

    def expect(self, oauth_token: str) -> None:
        """Accept the verifier of this request token from now on, and of no other."""
        self._oauth_token = oauth_token

    def _bound(self, port: int) -> http_server.LoopbackServer:
        handler = partial(
            Handler,
            name="flickr-auth",
            answer=self._answer,
            any_port=True,
            patience=_SILENCE,
            tls=self._tls_hello,
        )
        try:
            return http_server.LoopbackServer(port, handler, most=_CONNECTIONS)
        except OSError as failure:
            where = f"port {port}" if port else "any port"
            message = f"Cannot listen on {where} of this machine: {failure.strerror or 'it is not available'}."
            raise Error(message, "Try: another --port" if port else _WITHOUT) from failure

    def _answer(self, request: Request) -> Reply:
        if request.path not in (self._path, "/"):  # a provider may drop the path; then the request token decides
            return Reply(404, b"Not found\n", closes=True)
        if request.method != "GET":  # a HEAD is a preview, and must not use anything up
            return Reply(405, b"Method not allowed\n", headers=(("Allow", "GET"),), closes=True)
        if not request.is_navigation:
            return Reply(403, b"Open this URL in a browser tab of its own\n", closes=True)
        verifier = _verifier(request.query, self._oauth_token)
        if verifier is None:
            return _page(400, "No login is waiting for this page", _NOT_OURS)
        self._tell_once(Arrived(verifier))
        return _page(200, "Code received", _RECEIVED, mark="✓")

    def _tls_hello(self) -> None:
        self._tell_once(TlsHello())

    def _tell_once(self, event: Event) -> None:
        """Hand the event over, the first time that it comes: a page may be loaded again."""
        with self._lock:  # one after the other
            if event not in self._seen:
                self._tell(event)
                self._seen.add(event)  # not if that failed: it may come again


def _verifier(query: str, oauth_token: str | None) -> str | None:
    """The verifier in the query of a redirect, if it is for this request token and for no other; else None."""
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
    content = html.render(title, inside, banner=_BANNER, title_in_tab=f"{title} (flickr-auth)", mark=mark)
    return Reply(status, content, html.CONTENT_TYPE, html.headers(), closes=True)


_RECEIVED = (
    "<p>Return to the terminal: the login continues there, and it shows the result.</p><p>You can close this page.</p>"
)
_NOT_OURS = (
    "<p>This URL does not belong to the login that is waiting. It may be from an earlier one.</p>"
    "<p>Open the URL that the terminal shows. It is still waiting.</p>"
)
