"""The listening socket and its connections, which end without leaving a thread or a socket behind."""

from __future__ import annotations

import contextlib
import os
import selectors
import socket
import socketserver
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import cast

_PATIENCE = 1.0  # seconds for the handlers to end once the server has


class LoopbackServer(ThreadingHTTPServer):
    """A server on 127.0.0.1 that runs `handler` in a thread for each connection.

    Raises `OSError` if the port is taken.
    """

    daemon_threads = True
    block_on_close = False  # close() ends the connections itself, so that an idle one does not hold it up
    request_queue_size = 256
    # On Windows the option would let two servers share a port; elsewhere it only skips the wait after the last one.
    allow_reuse_address = os.name != "nt"
    allow_reuse_port = False

    def __init__(self, port: int, handler: Callable[..., BaseHTTPRequestHandler]) -> None:
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._workers: list[threading.Thread] = []
        self._serving: threading.Thread | None = None
        super().__init__(("127.0.0.1", port), handler)

    def server_bind(self) -> None:
        """Bind, without the look-up of this machine's name that http.server would make."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = cast(tuple[str, int], self.server_address)

    def start(self) -> None:
        """Begin to serve, in a daemon thread."""
        if self._serving is None:
            self._stop, stopped = socket.socketpair()
            self._serving = threading.Thread(target=self._serve, args=(stopped,), daemon=True)
            self._serving.start()

    def close(self) -> None:
        """End: no thread and no socket stays. What is being answered is answered."""
        if self._serving is not None:
            self._stop.close()
            self._serving.join()
            self._serving = None
        self.server_close()
        for how in (socket.SHUT_RD, socket.SHUT_RDWR):  # first nothing more is read, then nothing more is written
            with self._lock:
                threads = list(self._workers)
                for connection in self._open:
                    with contextlib.suppress(OSError):  # the other side was faster
                        connection.shutdown(how)
            until = time.monotonic() + _PATIENCE
            for thread in threads:
                thread.join(max(0.0, until - time.monotonic()))

    def _serve(self, stopped: socket.socket) -> None:
        """Take connections until the other end of `stopped` closes: serve_forever would look only now and then."""
        with stopped, selectors.DefaultSelector() as selector:
            selector.register(self, selectors.EVENT_READ)
            selector.register(stopped, selectors.EVENT_READ)
            while not any(key.fileobj is stopped for key, _ in selector.select()):
                # It accepts one connection, and outlives one that cannot be served.
                self._handle_request_noblock()  # type: ignore[attr-defined]  # serve_forever's step; not in the stub

    def process_request(self, request: socket.socket, client_address: object) -> None:  # type: ignore[override]  # only TCP
        """Serve a connection in a thread that `close` knows of."""
        thread = threading.Thread(target=self.process_request_thread, args=(request, client_address), daemon=True)
        with self._lock:
            self._open.add(request)
            thread.start()
            self._workers = [each for each in self._workers if each.is_alive()] + [thread]

    def shutdown_request(self, request: socket.socket) -> None:  # type: ignore[override]  # only TCP comes here
        """Close a connection, under the lock, so that `close` never touches a number that is used again."""
        with self._lock:
            self._open.discard(request)
            super().shutdown_request(request)

    def handle_error(self, request: object, client_address: object) -> None:
        """Print nothing: the handler tells of its own faults, and the rest are connections that broke."""
