"""Connections to whichever address of a host answers first (RFC 8305, "happy eyeballs").

urllib3 tries one address after the other, and each has the whole time that a connection may take to open: four IPv6
addresses that swallow what is sent there cost 20 seconds, again and again. This module imports requests at once, and
is itself imported inside functions only.
"""

from __future__ import annotations

import errno
import os
import selectors
import socket
import sys
from collections import deque
from collections.abc import Iterable, Mapping
from itertools import chain, zip_longest
from time import monotonic
from typing import TYPE_CHECKING, Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.exceptions import ConnectTimeoutError, LocationParseError, NameResolutionError, NewConnectionError
from urllib3.util.connection import allowed_gai_family

if TYPE_CHECKING:
    from urllib3.connection import HTTPConnection, HTTPSConnection
else:  # those of urllib3.connection are a recorder's, if one is in its place just now
    from urllib3.connectionpool import HTTPConnection, HTTPSConnection

_HEAD_START = 0.25  # seconds until the next address is tried as well (RFC 8305 §8)
_TAKEN = 60.0  # seconds until a piece of a body is taken; urllib3 allows what a connection may take to open
_SENDING = ("request", "get", "post", "send", "get_adapter")  # by which requests' session sends
_NO_LIMIT = 3600.0  # seconds; the system gives up sooner
_WRITES = selectors.EVENT_WRITE
_Address = tuple[int, int, int, str, Any]  # as getaddrinfo returns it


def connect(addresses: Iterable[_Address], seconds: float, options: Iterable[Any] = ()) -> socket.socket:
    """Return a connection to the address that answers first, in `seconds` for all of them together.

    Each gets a head start before the next, the families in turns; one that fails gives way at once. Raises `OSError`,
    whose words tell the families apart.
    """
    waiting = deque(_in_turns(addresses))
    head_start, left = min(_HEAD_START, seconds / max(1, len(waiting))), seconds
    failures: dict[int, int] = {}
    with selectors.DefaultSelector() as selector:
        try:
            while waiting or selector.get_map():
                if waiting:
                    family, kind, protocol, _, target = waiting.popleft()
                    try:
                        selector.register(_begun(socket.socket(family, kind, protocol), target, options), _WRITES)
                    except OSError as failure:
                        failures[family] = failure.errno or errno.EIO
                        continue
                pause, asked = min(left, head_start) if waiting else left, monotonic()
                ready = selector.select(pause)
                # A pause that nothing has ended is over, also where a test has frozen the clock.
                left -= min(max(monotonic() - asked, 0.0), pause) if ready else pause
                for key, _ in ready:
                    sock: socket.socket = key.fileobj  # type: ignore[assignment]  # only sockets are registered
                    failed = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                    selector.unregister(sock)
                    if not failed:
                        return sock
                    failures[sock.family] = failed
                    sock.close()
                if not ready and left <= 0:
                    break
            silent = {key.fileobj.family: errno.ETIMEDOUT for key in selector.get_map().values()}  # type: ignore[union-attr]
            raise _failure(failures | silent)
        finally:
            for key in selector.get_map().values():
                key.fileobj.close()  # type: ignore[union-attr]  # as above


def _begun(sock: socket.socket, target: Any, options: Iterable[Any]) -> socket.socket:  # noqa: ANN401  # an address, of any family
    """Begin to connect. Raises `OSError` if that fails at once."""
    try:
        for option in options:
            sock.setsockopt(*option)
        sock.setblocking(False)
        sock.connect(target)
    except BlockingIOError:
        pass
    except BaseException:
        sock.close()
        raise
    return sock


def _in_turns(addresses: Iterable[_Address]) -> list[_Address]:
    """Put the addresses in the order in which they are tried: the system's, with its first two families in turns."""
    found = list(addresses)
    first = [each for each in found if each[0] == found[0][0]]
    others = [each for each in found if each[0] != found[0][0]]
    return [each for each in chain(*zip_longest(first, others)) if each is not None]


def _failure(failures: Mapping[int, int]) -> OSError:
    """Return the error for addresses of which none took the connection; it names the families that were silent."""
    texts = getattr(socket, "errorTab", {})  # Windows has its own
    families: dict[str, list[str]] = {}
    for family, code in failures.items():
        why = "no answer" if code == errno.ETIMEDOUT else texts.get(code) or os.strerror(code)
        families.setdefault(why, []).append("IPv6" if family == socket.AF_INET6 else "IPv4")
    text = "; ".join(families)
    if len(families) > 1 or "IPv6" in families.get("no answer", ()):
        text = "; ".join(f"{why} over {' and '.join(names)}" for why, names in families.items())
    return OSError(next(iter(failures.values()), errno.EADDRNOTAVAIL), text)  # that of ETIMEDOUT is a TimeoutError


class RacingConnection(HTTPConnection):
    """A connection whose addresses race; its failures are those of urllib3's own."""

    def _new_conn(self) -> socket.socket:
        if socket.socket.__module__ != "socket":  # a test's, or a tunnel's: it may not be one that can be waited for
            return super()._new_conn()
        try:
            addresses = socket.getaddrinfo(
                self._dns_host.strip("[]"), self.port, allowed_gai_family(), socket.SOCK_STREAM
            )
            seconds = self.timeout if isinstance(self.timeout, int | float) else _NO_LIMIT
            sock = connect(addresses, seconds, self.socket_options or ())
        except UnicodeError:
            raise LocationParseError(f"'{self.host}', label empty or too long") from None
        except socket.gaierror as failure:
            raise NameResolutionError(self.host, self, failure) from failure
        except TimeoutError as failure:
            text = f"Connection to {self.host} timed out: {failure.strerror}. (connect timeout={self.timeout})"
            raise ConnectTimeoutError(self, text) from failure
        except OSError as failure:
            raise NewConnectionError(self, f"Failed to establish a new connection: {failure}") from failure
        sock.settimeout(self.timeout)
        sys.audit("http.client.connect", self, self.host, self.port)
        return sock

    def request(self, method: str, url: str, body: Any = None, *arguments: Any, **settings: Any) -> None:  # noqa: ANN401  # urllib3's signature
        """As urllib3 does it, but a line that stands still for a moment does not end an upload."""
        if not isinstance(body, bytes | str | None) and isinstance(self.timeout, int | float):
            if self.sock is None:
                self.connect()
            self.timeout = max(self.timeout, _TAKEN)
        super().request(method, url, body, *arguments, **settings)


class RacingTlsConnection(RacingConnection, HTTPSConnection):
    """The same, with TLS."""


class RacingPool(HTTPConnectionPool):
    """A pool of such connections, or of those that a recorder of requests (VCR.py) has put into urllib3's own pool."""

    @property
    def ConnectionCls(self) -> Any:  # type: ignore[override]  # noqa: N802, ANN401  # urllib3's name, a variable there
        """The class of its connections."""
        usual = HTTPConnectionPool.ConnectionCls
        return RacingConnection if usual is HTTPConnection else usual


class RacingTlsPool(HTTPSConnectionPool):
    """The same, with TLS."""

    @property
    def ConnectionCls(self) -> Any:  # type: ignore[override]  # noqa: N802, ANN401  # as above
        """The class of its connections."""
        usual = HTTPSConnectionPool.ConnectionCls
        return RacingTlsConnection if usual is HTTPSConnection else usual


class Adapter(HTTPAdapter):
    """The adapter of requests, whose connections race, also to a proxy. A proxy may lack its scheme, as in curl."""

    def init_poolmanager(self, *arguments: Any, **settings: Any) -> None:  # noqa: ANN401  # requests' signature
        """Make the manager of connections without a proxy."""
        super().init_poolmanager(*arguments, **settings)
        _race(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **settings: Any) -> Any:  # noqa: ANN401  # requests' signature
        """Make the manager of connections to this proxy; PySocks opens its own."""
        manager = super().proxy_manager_for(proxy, **settings)
        return manager if proxy.lower().startswith("socks") else _race(manager)

    def send(self, request: requests.PreparedRequest, *arguments: Any, **settings: Any) -> requests.Response:  # noqa: ANN401  # requests' signature
        """As requests does it, but a proxy without a scheme is one that speaks http: localhost:3128."""
        proxies = settings.get("proxies") or {}
        settings["proxies"] = {name: _with_scheme(proxy) for name, proxy in proxies.items()}
        return super().send(request, *arguments, **settings)


def is_mocked(session: requests.Session, url: str) -> bool:
    """Whether a test's mock or a recorder takes what the session would send to `url`.

    Such a request is no call of the key. A mock may have its answers in their order, and a recorder misses requests
    that overlap with another's beginning, so pages are asked for one by one.
    """
    if HTTPConnectionPool.ConnectionCls is not HTTPConnection or _is_replaced(session, _SENDING):
        return True
    adapter = session.get_adapter(url)
    return not isinstance(adapter, HTTPAdapter) or _is_replaced(adapter, ("send",))


def _is_replaced(thing: object, names: Iterable[str]) -> bool:
    """Whether one of the methods of these names is not the one that its class was written with."""
    own = vars(thing)
    for name in names:
        methods = [(each, vars(each)[name]) for each in type(thing).__mro__ if name in vars(each)]
        if name in own and getattr(own[name], "__func__", None) not in [method for _, method in methods]:
            return True
        for each, method in methods:
            if getattr(method, "__module__", "") != each.__module__ or hasattr(method, "assert_called"):
                return True
    return False


def _race(manager: PoolManager) -> PoolManager:
    manager.pool_classes_by_scheme = {"http": RacingPool, "https": RacingTlsPool}
    return manager


def _with_scheme(proxy: str | None) -> str | None:
    proxy = proxy and proxy.strip()  # a blank at the end of a line in a .env file
    return proxy if not proxy or ":/" in proxy else f"http://{proxy.removeprefix('//')}"
