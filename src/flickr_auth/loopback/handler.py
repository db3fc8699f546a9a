"""One connection: requests are read strictly, and each reply is written at once.

Source: RFC 9112 (https://www.rfc-editor.org/rfc/rfc9112). What it calls ambiguous is refused.
"""

from __future__ import annotations

import contextlib
import re
import socket
import threading
import time
from collections.abc import Callable, Mapping
from email.errors import FirstHeaderLineIsContinuationDefect, MissingHeaderBodySeparatorDefect
from email.utils import formatdate
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from traceback import extract_tb
from typing import Any

from ..version import __version__
from .http_server import LoopbackServer
from .messages import Reply, Request

LONGEST_BODY = 1 << 20
_LOGGING = threading.Lock()  # so that lines come whole from many connections
_METHOD = re.compile(r"[A-Z]{1,20}")
_REQUEST_LINE = re.compile(r"([A-Z]{1,20}) ([!-~]+) HTTP/1\.[0-9]")  # RFC 9112 §3
_LENGTH = re.compile(r"[0-9]{1,15}")
_NO_HEADER = (MissingHeaderBodySeparatorDefect, FirstHeaderLineIsContinuationDefect)
_ONCE = ("host", "authorization", "content-type", "content-length", "origin")  # of two, which one would count?


class _Unfit(Exception):
    """A request that HTTP itself refuses; what follows on its connection cannot be read."""

    def __init__(self, status: HTTPStatus, why: str) -> None:
        super().__init__(status, why)
        self.status, self.why = status, why


class Handler(BaseHTTPRequestHandler):
    """One connection. Each request is read whole, given to `answer`, and answered in one write.

    `name` is what the server calls itself. Only a Host that names this machine and this port is answered, or with
    `any_port` every port, for a tunnel that has another one at its far end. `clock` dates the answers; `log` gets a
    line for each, `METHOD path status`, and one line at a time; `patience` is how many seconds the client may be
    silent; `tls` is called when it speaks TLS, which is not answered.
    """

    server: LoopbackServer
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body leave together: two small packets wait for each other's acknowledgement
    disable_nagle_algorithm = True

    def __init__(
        self,
        *connection: Any,  # noqa: ANN401  # as socketserver hands them over
        name: str,
        answer: Callable[[Request], Reply],
        any_port: bool = False,
        clock: Callable[[], float] = time.time,
        log: Callable[[str], None] | None = None,
        patience: float = 30.0,
        tls: Callable[[], None] | None = None,
    ) -> None:
        self._name = name
        self._any_port = any_port
        self._tls = tls
        self._answer_to = answer
        self._clock = clock
        self._log = log
        self._patience = patience
        super().__init__(*connection)  # this serves the connection

    def setup(self) -> None:
        """Prepare the streams; every wait on them is bounded."""
        super().setup()
        self.connection.settimeout(self._patience)

    def handle(self) -> None:
        """Answer one request after the other. A broken connection is ignored; a fault of ours is logged."""
        try:
            # It stays in the socket until it is known to be no silence: this thread may have to wait for its turn.
            begun = self.connection.recv(65536, socket.MSG_PEEK).lower()
            self.server.mark(self.connection, idle=b"\r\n\r\n" not in begun or b"\ncontent-length:" in begun)
            super().handle()
        except OSError:
            pass  # the client left, or was silent for too long
        except Exception as error:  # noqa: BLE001  # logged without a traceback, which could quote secrets
            where = extract_tb(error.__traceback__)[-1]
            self._say(f"a request failed: {type(error).__name__} in {where.name}:{where.lineno}")

    def finish(self) -> None:
        """Close both streams, even if the client has left and the rest cannot be written."""
        for stream in (self.wfile, self.rfile):
            with contextlib.suppress(OSError):
                stream.close()

    def handle_one_request(self) -> None:
        """Read a request, answer it, write the answer."""
        self.close_connection = True
        if self.rfile.peek(1)[:1] == b"\x16":  # type: ignore[attr-defined]  # it is a BufferedReader
            if self._tls is not None:
                self._tls()
            return None  # a TLS hello, of a browser that tries https: closing ends its attempt at once
        self.raw_requestline = self.rfile.readline(65537)
        if not self.raw_requestline:
            return None
        self.command = ""
        if len(self.raw_requestline) > 65536:
            return self.send_error(HTTPStatus.REQUEST_URI_TOO_LONG)
        if not self.parse_request():
            return None
        try:
            request = self._read()
        except _Unfit as unfit:
            return self._refuse(unfit.status, unfit.why)
        if request is not None:
            self._answered(request)
        return None

    def handle_expect_100(self) -> bool:
        """Wait: `_body` answers when the length is acceptable."""
        return True

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:  # noqa: ARG002  # http.server's signature
        """Refuse what http.server itself refuses, without its message, which would quote the request."""
        self._refuse(code, HTTPStatus(code).phrase)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # http.server's name
        """Log nothing here: `_write` logs each request, without its query."""

    def _refuse(self, status: int, why: str) -> None:
        """Answer a request that cannot be understood, and close: where the next one would begin is unknown."""
        self.close_connection = True
        self.command = self.command if self.command and _METHOD.fullmatch(self.command) else "?"
        self._write(Reply(status, f"{why}\n".encode()), "-")
        self._drain()

    def _answered(self, request: Request) -> None:
        self.server.mark(self.connection, idle=False)
        try:
            reply = self._answer_to(request)
        except Exception:
            self.close_connection = True
            self._write(Reply(500, f"{self._name} failed; this is a fault of its own.\n".encode()), request.path)
            raise
        self.close_connection = self.close_connection or reply.closes
        self._write(reply, request.path)
        self.server.mark(self.connection, idle=True)

    def _read(self) -> Request | None:
        """The request; None if the client left in the middle of it. Raises `_Unfit`."""
        line = _REQUEST_LINE.fullmatch(self.requestline)
        if line is None:
            raise _Unfit(HTTPStatus.BAD_REQUEST, "Bad request line")
        names = [name.lower() for name in self.headers]
        # If a line is no header, the parser takes the rest for a body, and a Content-Length in it would be missed.
        if any(isinstance(each, _NO_HEADER) for each in self.headers.defects) or any(
            names.count(name) > 1 for name in _ONCE
        ):
            raise _Unfit(HTTPStatus.BAD_REQUEST, "Bad header")
        headers = {name.lower(): value.strip(" \t") for name, value in self.headers.items()}
        host = headers.get("host", "").lower()
        if not self._is_ours(host):
            raise _Unfit(HTTPStatus.MISDIRECTED_REQUEST, "This server does not serve that host")
        body = self._body(headers)
        if body is None:
            return None
        path, _, query = line[2].partition("#")[0].partition("?")
        return Request(line[1], host, path, query, headers, body)

    def _is_ours(self, host: str) -> bool:
        """Whether a Host names this server: a page whose name was pointed here has another (DNS rebinding)."""
        name, _, port = host.rpartition(":")
        if not name or port.endswith("]"):
            name, port = host, "80"
        right = port.isdecimal() if self._any_port else port == str(self.server.server_port)
        return right and name in ("127.0.0.1", "localhost", "[::1]")

    def _body(self, headers: Mapping[str, str]) -> bytes | None:
        """The body; None if the client left in the middle of it. Raises `_Unfit` (RFC 9112 §6)."""
        length = headers.get("content-length")
        if "transfer-encoding" in headers or (length is None and self.command in ("POST", "PUT", "PATCH")):
            raise _Unfit(HTTPStatus.LENGTH_REQUIRED, "Send a Content-Length and no Transfer-Encoding")
        if length is None:
            return b""
        if not _LENGTH.fullmatch(length):
            raise _Unfit(HTTPStatus.BAD_REQUEST, "Bad Content-Length")
        if int(length) > LONGEST_BODY:
            raise _Unfit(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The body is too long")
        if headers.get("expect", "").lower() == "100-continue":
            self.send_response_only(HTTPStatus.CONTINUE)
            self.end_headers()
            self.wfile.flush()
        body = self.rfile.read(int(length))
        return body if len(body) == int(length) else None

    def _write(self, reply: Reply, path: str) -> None:
        self.request_version = self.protocol_version  # a request that claims 0.9 would get no status line
        self.send_response_only(reply.status)
        head = (
            ("Server", f"{self._name}/{__version__}"),
            ("Date", formatdate(self._clock(), usegmt=True)),  # the clock that timestamps are compared with
            ("Content-Type", reply.content_type),
            ("Content-Length", str(len(reply.body))),
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
        )
        for name, value in (*head, *reply.headers):
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply.body)
        self._say(f"{self.command} {path} {reply.status}")
        self.wfile.flush()

    def _drain(self) -> None:
        """Read on for a moment: closing with unread input resets the connection, and the reply could be lost."""
        self.connection.shutdown(socket.SHUT_WR)
        self.connection.settimeout(min(1.0, self._patience))
        until = time.monotonic() + 1
        while self.rfile.read1(16384) and time.monotonic() < until:
            pass

    def _say(self, line: str) -> None:
        if self._log is not None:
            with _LOGGING:
                self._log(line)
