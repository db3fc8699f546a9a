"""The listening socket and its connections: few at a time, and none is left open at the end."""

from __future__ import annotations

import contextlib
import selectors
import socket
import socketserver
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import cast

from ..threads import started

_PATIENCE = 1.0  # seconds for the handlers to end once the server has
_GRACE = 0.1  # seconds that a new connection has to send something, however many wait for its place


class LoopbackServer(ThreadingHTTPServer):
    """A server on 127.0.0.1 that runs `handler` in a thread for each connection.

    It has at most `most` connections. If one more comes, the one that has been idle for longest is closed; the
    handler calls `mark` to say when a connection is idle. Raises `OSError` if the port is taken.
    """

    daemon_threads = True
    block_on_close = False  # close() ends the connections itself, so that an idle one does not hold it up
    request_queue_size = 256
    allow_reuse_address = allow_reuse_port = False  # server_bind does what the system needs

    def __init__(self, port: int, handler: Callable[..., BaseHTTPRequestHandler], *, most: int) -> None:
        self._most = most
        self._changed = threading.Condition()
        self._idle_since: dict[socket.socket, float | None] = {}  # every open connection; None while it is served
        self._workers: list[threading.Thread] = []
        self._serving: threading.Thread | None = None
        super().__init__(("127.0.0.1", port), handler)

    def server_bind(self) -> None:
        """Bind, without the look-up of this machine's name that http.server would make."""
        claim(self.socket)
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = cast(tuple[str, int], self.server_address)

    def start(self) -> None:
        """Begin to serve, in a daemon thread. Raises `OSError` or `RuntimeError` if the system has none left."""
        if self._serving is not None:
            return
        with contextlib.ExitStack() as stack:
            stop, stopped = (stack.enter_context(each) for each in socket.socketpair())
            selector = stack.enter_context(selectors.DefaultSelector())
            serving = threading.Thread(target=self._serve, args=(stopped, selector), daemon=True)
            if not started(serving):
                raise RuntimeError("This system starts no thread.")
            stack.pop_all()
        self._stop, self._serving = stop, serving

    def close(self) -> None:
        """Stop: no thread and no socket stays. What is being answered is answered."""
        if self._serving is not None:
            self._stop.close()
            self._serving.join()
            self._serving = None
        self.server_close()
        for how in (socket.SHUT_RD, socket.SHUT_RDWR):  # first nothing more is read, then nothing more is written
            with self._changed:
                threads = list(self._workers)
                for connection in self._idle_since:
                    _shut(connection, how)
            end = time.monotonic() + _PATIENCE
            for thread in threads:
                thread.join(max(0.0, end - time.monotonic()))

    def mark(self, connection: socket.socket, *, idle: bool) -> None:
        """Note whether a connection is being served, or is idle from now on and may be closed for another one."""
        with self._changed:
            if connection in self._idle_since:
                self._idle_since[connection] = time.monotonic() if idle else None

    def _serve(self, stopped: socket.socket, selector: selectors.BaseSelector) -> None:
        """Take connections until the other end of `stopped` closes: serve_forever would look only now and then."""
        with stopped, selector:
            selector.register(self, selectors.EVENT_READ)
            selector.register(stopped, selectors.EVENT_READ)
            while not any(key.fileobj is stopped for key, _ in selector.select()):
                if len(self._idle_since) < self._most:
                    # It accepts one connection, and outlives one that cannot be served.
                    self._handle_request_noblock()  # type: ignore[attr-defined]  # serve_forever's step; not in the stub
                else:
                    self._make_room()

    def _make_room(self) -> None:
        """Close the connection that has been idle for longest, and wait a moment for one to end."""
        with self._changed:
            until = time.monotonic() - _GRACE
            idle = [(since, each) for each, since in self._idle_since.items() if since is not None and since <= until]
            for _, each in sorted(idle, key=lambda pair: pair[0]):
                if not _is_unread(each):
                    _shut(each, socket.SHUT_RDWR)
                    break
            self._changed.wait(_GRACE)

    def get_request(self) -> tuple[socket.socket, object]:
        """Accept a connection. If that fails, perhaps for want of a file number, trying again at once would spin."""
        try:
            return super().get_request()
        except OSError:
            self._make_room()
            raise

    def process_request(self, request: socket.socket, client_address: object) -> None:  # type: ignore[override]  # only TCP
        """Serve a connection in a thread that `close` knows of."""
        thread = threading.Thread(target=self.process_request_thread, args=(request, client_address), daemon=True)
        with self._changed:
            self._idle_since[request] = time.monotonic()
            thread.start()
            self._workers = [each for each in self._workers if each.is_alive()] + [thread]

    def shutdown_request(self, request: socket.socket) -> None:  # type: ignore[override]  # only TCP comes here
        """Close a connection, under the lock, so that `close` never touches a number that is used again."""
        with self._changed:
            self._idle_since.pop(request, None)
            super().shutdown_request(request)
            self._changed.notify_all()

    def handle_error(self, request: object, client_address: object) -> None:
        """Print nothing: the handler reports its own faults, and the rest are connections that broke."""


def claim(listening: socket.socket, exclusive: int | None = getattr(socket, "SO_EXCLUSIVEADDRUSE", None)) -> None:
    """Make sure that the port, once bound, is this process's alone, and can be bound again right after it is closed.

    On Windows another program could bind it too, unless `exclusive` is set, and SO_REUSEADDR would even invite that.
    Elsewhere SO_REUSEADDR only skips the wait for old connections.
    https://learn.microsoft.com/windows/win32/winsock/using-so-reuseaddr-and-so-exclusiveaddruse
    """
    option = socket.SO_REUSEADDR if exclusive is None else exclusive
    listening.setsockopt(socket.SOL_SOCKET, option, 1)


def _is_unread(connection: socket.socket) -> bool:
    """Whether something has come that the connection's thread, on a busy machine, has not got to yet."""
    kind = getattr(selectors, "PollSelector", selectors.SelectSelector)  # Windows lacks the first; neither takes a file
    with kind() as selector:
        selector.register(connection, selectors.EVENT_READ)
        return bool(selector.select(0))


def _shut(connection: socket.socket, how: int) -> None:
    with contextlib.suppress(OSError):  # the client was faster
        connection.shutdown(how)
