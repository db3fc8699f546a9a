"""The listening socket on 127.0.0.1 and its connections, none of which is left open at the end."""

from __future__ import annotations

import contextlib
import os
import socket
import socketserver
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import cast
from weakref import WeakSet

from ..threads import start

_ENDING = 1.0  # seconds for the connections to end when the server closes


class LoopbackServer(ThreadingHTTPServer):
    """A server on 127.0.0.1 that runs `handler` in a thread for each connection.

    There are `most` connections at a time. When another one comes, the oldest is closed, so that browsers that connect
    and say nothing keep nobody out. Raises `OSError` for a taken port.
    """

    request_queue_size = 256
    allow_reuse_address = allow_reuse_port = False  # `server_bind` sets what the system needs

    def __init__(self, port: int, handler: Callable[..., BaseHTTPRequestHandler], *, most: int) -> None:
        self._most = most
        self._connections: dict[threading.Thread, socket.socket] = {}  # the oldest first
        self._serving: threading.Thread | None = None
        super().__init__(("127.0.0.1", port), handler)
        _OPEN.add(self)

    def server_bind(self) -> None:
        """Bind, without looking up this machine's name as http.server does.

        The port is this process's alone, and can be bound again right after it is closed. On Windows SO_REUSEADDR
        would share it: https://learn.microsoft.com/windows/win32/winsock/using-so-reuseaddr-and-so-exclusiveaddruse
        """
        option = getattr(socket, "SO_EXCLUSIVEADDRUSE", socket.SO_REUSEADDR)
        self.socket.setsockopt(socket.SOL_SOCKET, option, 1)
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = cast(tuple[str, int], self.server_address)

    def start(self) -> None:
        """Begin to serve, in a daemon thread. Raises `Error` if the system starts none."""
        if self._serving is None:
            self._serving = start(partial(self.serve_forever, 0.02), "loopback")

    def close(self) -> None:
        """Stop, close every connection, and wait a moment for what is being answered."""
        if self._serving is not None and not self._serving.is_alive():
            self._connections = {}  # those of a parent process, which serves on
        elif self._serving is not None:
            self.shutdown()
            self._serving.join()
        self._serving = None
        self.server_close()
        for connection in self._connections.values():
            _end(connection)
        # Python's own end may crash beside a daemon thread that is just ending (gh-104690).
        until = time.monotonic() + _ENDING
        for thread in self._connections:
            thread.join(max(0.0, until - time.monotonic()))

    def process_request(self, request: socket.socket, client_address: object) -> None:  # type: ignore[override]
        """Serve a connection in a thread of its own."""
        alive = {thread: each for thread, each in self._connections.items() if thread.is_alive()}
        if len(alive) >= self._most:
            _end(alive.pop(next(iter(alive))))
        work = partial(self.process_request_thread, request, client_address)
        thread = threading.Thread(target=work, daemon=True, name="connection")
        thread.start()
        self._connections = {**alive, thread: request}

    def handle_error(self, request: object, client_address: object) -> None:
        """Print nothing: the handler reports its own faults, and the rest are connections that broke."""


_OPEN: WeakSet[LoopbackServer] = WeakSet()


def _after_fork() -> None:
    """Close the sockets that only the parent serves, so that nobody waits for an answer once it has ended."""
    for server in _OPEN:
        server.socket.close()


if sys.platform != "win32":
    os.register_at_fork(after_in_child=_after_fork)


def _end(connection: socket.socket) -> None:
    """Let the thread that reads from the connection find its end; what it is writing still arrives."""
    with contextlib.suppress(OSError):  # the client was faster
        connection.shutdown(socket.SHUT_RD)
