"""The listening socket on 127.0.0.1 and its connections, none of which is left open at the end."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import threading
from collections.abc import Callable
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import cast

from ..threads import start


class LoopbackServer(ThreadingHTTPServer):
    """A server on 127.0.0.1 that runs `handler` in a thread for each connection, of which there are `most` at once.

    Raises `OSError` for a taken port.
    """

    daemon_threads = True
    block_on_close = False
    request_queue_size = 256
    allow_reuse_address = allow_reuse_port = False  # `claim` does what the system needs

    def __init__(self, port: int, handler: Callable[..., BaseHTTPRequestHandler], *, most: int) -> None:
        self._most = most
        self._open: set[socket.socket] = set()
        self._serving: threading.Thread | None = None
        super().__init__(("127.0.0.1", port), handler)

    def server_bind(self) -> None:
        """Bind, without the look-up of this machine's name that http.server would make."""
        claim(self.socket)
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = cast(tuple[str, int], self.server_address)

    def start(self) -> None:
        """Begin to serve, in a daemon thread. Raises `Error` if the system starts none."""
        if self._serving is None:
            self._serving = start(partial(self.serve_forever, 0.02), "loopback")

    def close(self) -> None:
        """Stop, and close every connection."""
        if self._serving is not None:
            self.shutdown()
            self._serving.join()
            self._serving = None
        self.server_close()
        for connection in list(self._open):
            with contextlib.suppress(OSError):  # the client was faster
                connection.shutdown(socket.SHUT_RD)

    def process_request(self, request: socket.socket, client_address: object) -> None:  # type: ignore[override]
        if len(self._open) >= self._most:
            self.shutdown_request(request)
            return
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: socket.socket) -> None:  # type: ignore[override]
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: object, client_address: object) -> None:
        """Print nothing: the handler reports its own faults, and the rest are connections that broke."""


def claim(listening: socket.socket, exclusive: int | None = getattr(socket, "SO_EXCLUSIVEADDRUSE", None)) -> None:
    """Make sure that the port is this process's alone, and can be bound again right after it is closed.

    https://learn.microsoft.com/windows/win32/winsock/using-so-reuseaddr-and-so-exclusiveaddruse
    """
    option = socket.SO_REUSEADDR if exclusive is None else exclusive
    listening.setsockopt(socket.SOL_SOCKET, option, 1)
