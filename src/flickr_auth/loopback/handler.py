"""One connection: each request is read whole, and its reply is written at once.

Source: RFC 9112 (https://www.rfc-editor.org/rfc/rfc9112).
"""

from __future__ import annotations

import contextlib
import re
import socket
import sys
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from traceback import extract_tb
from typing import Any

from ..version import __version__

LONGEST_BODY = 1 << 20
_LONGEST_UPLOAD = 64 << 20
_MOST_DRAINED = 1 << 30
_REQUEST_LINE = re.compile(r"([A-Z]{1,20}) ([!-~]+) HTTP/1\.[0-9]")  # RFC 9112 §3
# This machine's names, with any port: a tunnel has another one at its far end.
_HOST = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:[0-9]{1,5})?")
_LENGTH = re.compile(r"[0-9]{1,15}")


@dataclass(frozen=True)
class Request:
    """A request that is well-formed and for this machine. `headers` has lower-case names."""

    method: str
    host: str
    path: str
    query: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True)
class Reply:
    """The answer to a request."""

    status: int
    body: bytes = field(repr=False)
    content_type: str = "text/plain;charset=UTF-8"
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)


def now() -> float:
    """Return the time in seconds since the epoch, as the callers of a server in their own process see it.

    It is looked up each time: a test may freeze the clock after the server was made.
    """
    return time.time()


def outside() -> float:
    """Return the time at which the programs are that a test starts, also if it has frozen its own."""
    time_machine = sys.modules.get("time_machine")
    if time_machine is not None and time_machine.escape_hatch.is_travelling():
        return float(time_machine.escape_hatch.time.time())
    if sys.platform != "win32":
        return time.clock_gettime(time.CLOCK_REALTIME)  # which freezegun leaves alone
    return time.time()


class _Unfit(Exception):
    """A request that HTTP itself refuses; what follows on its connection cannot be read."""

    def __init__(self, status: HTTPStatus, why: str) -> None:
        super().__init__(status, why)
        self.status, self.why = status, why


class Handler(BaseHTTPRequestHandler):
    """One connection. Each request is read whole, given to `answer`, and answered in one write.

    `name` is the server's name in its replies, and `clock` dates them. `log` gets a line for each, `METHOD path
    status`. `patience` is how many seconds the client may be silent. With `once` a connection has one request. `tls` is
    called when the client speaks TLS, which gets no reply. `uploads` are the paths that take bodies of many MiB.
    """

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body leave together: two small packets wait for each other's acknowledgement
    disable_nagle_algorithm = True

    def __init__(
        self,
        *connection: Any,  # noqa: ANN401  # as socketserver hands them over
        name: str,
        answer: Callable[[Request], Reply],
        clock: Callable[[], float] = now,
        log: Callable[[str], None] | None = None,
        patience: float = 30.0,
        once: bool = False,
        tls: Callable[[], None] | None = None,
        uploads: Collection[str] = (),
    ) -> None:
        self._name = name
        self._answer = answer
        self._clock = clock
        self._log = log
        self._once = once
        self._tls = tls
        self._uploads = uploads
        self.timeout = patience  # type: ignore[misc]  # socketserver reads it of the instance
        super().__init__(*connection)  # this serves the connection

    def handle(self) -> None:
        """Answer one request after the other."""
        with contextlib.suppress(OSError):  # the client left, or was silent for too long
            super().handle()

    def handle_one_request(self) -> None:
        """Read a request, answer it, write the answer."""
        self.close_connection = True
        if self.rfile.peek(1)[:1] == b"\x16":  # type: ignore[attr-defined]  # it is a BufferedReader
            if self._tls is not None:
                self._tls()
            return  # a TLS hello, of a browser that tries https: closing ends its attempt at once
        self.raw_requestline = self.rfile.readline(65537)
        self.command, self.requestline = "?", ""
        if len(self.raw_requestline) > 65536:
            self.send_error(HTTPStatus.REQUEST_URI_TOO_LONG)
        elif self.raw_requestline and self.parse_request():
            try:
                request = self._read()
            except _Unfit as unfit:
                self._refuse(unfit.status, unfit.why)
            else:
                self._write(self._reply(request), request.path)

    def handle_expect_100(self) -> bool:
        """Let the client wait: `_body` asks it for its body, or it is refused without having sent that."""
        return True

    @property
    def _is_upload(self) -> bool:
        return self.path.partition("?")[0] in self._uploads

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:  # noqa: ARG002  # http.server's signature
        """Refuse what http.server itself refuses, without its message, which would quote the request."""
        self._refuse(code, HTTPStatus(code).phrase)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # http.server's name
        """Log nothing here: `_write` logs each request, without its query."""

    def _refuse(self, status: int, why: str) -> None:
        """Answer a request that cannot be understood, and close: where the next one would begin is unknown."""
        self.close_connection = True
        if not _REQUEST_LINE.fullmatch(self.requestline):
            self.command = "?"
        self._write(Reply(status, f"{why}\n".encode()), "-")
        self.connection.shutdown(socket.SHUT_WR)
        self.connection.settimeout(1.0)
        for _ in range(_MOST_DRAINED >> 16):  # closing with unread input would reset the connection, and lose the reply
            if not self.rfile.read(1 << 16):
                break

    def _reply(self, request: Request) -> Reply:
        """Answer the request. A fault of `answer` is logged without its message, which could quote secrets."""
        try:
            reply = self._answer(request)
        except Exception as error:  # noqa: BLE001  # whatever it is, the client gets an answer
            where = extract_tb(error.__traceback__)[-1]
            self._say(f"a request failed: {type(error).__name__} in {where.name}:{where.lineno}")
            self.close_connection = True
            return Reply(500, f"{self._name} failed; this is a fault of its own.\n".encode())
        self.close_connection = self.close_connection or self._once
        return reply

    def _read(self) -> Request:
        """Read the request. Raises `_Unfit`."""
        line = _REQUEST_LINE.fullmatch(self.requestline)
        if line is None:
            raise _Unfit(HTTPStatus.BAD_REQUEST, "Bad request line")
        headers = {name.lower(): value.strip(" \t") for name, value in self.headers.items()}
        host = headers.get("host", "").lower()
        if not _HOST.fullmatch(host):  # a page whose name was pointed at this machine (DNS rebinding) has another
            raise _Unfit(HTTPStatus.MISDIRECTED_REQUEST, "This server does not serve that host")
        path, _, query = line[2].partition("#")[0].partition("?")
        return Request(line[1], host, path, query, headers, self._body(headers))

    def _body(self, headers: Mapping[str, str]) -> bytes:
        """Read the body. Raises `_Unfit` (RFC 9112 §6)."""
        length = headers.get("content-length", "0" if self.command not in ("POST", "PUT", "PATCH") else None)
        if "transfer-encoding" in headers or length is None:
            raise _Unfit(HTTPStatus.LENGTH_REQUIRED, "Send a Content-Length and no Transfer-Encoding")
        if not _LENGTH.fullmatch(length):
            raise _Unfit(HTTPStatus.BAD_REQUEST, "Bad Content-Length")
        longest = _LONGEST_UPLOAD if self._is_upload else LONGEST_BODY
        if int(length) > longest:
            raise _Unfit(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"The body is longer than {longest >> 20} MiB")
        if headers.get("expect", "").lower() == "100-continue":
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            self.wfile.flush()
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            raise ConnectionError  # the client left in the middle of it
        return body

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

    def _say(self, line: str) -> None:
        if self._log is not None:
            self._log(line)
