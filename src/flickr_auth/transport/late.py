"""Connections that open after their request was given up, and then send nothing.

No timeout of a library covers every step of opening one: each address of a host has its own, and a look-up has none. A
thread that was given up would still send the verifier, and the token that came back would be lost.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import requests

_STATE = threading.local()


def in_time(is_in_time: Callable[[], bool]) -> None:
    """Let this thread's connections send something only if this holds when they are open."""
    _STATE.is_in_time = is_in_time


def guard(session: requests.Session) -> None:
    """Let the session's connections keep to `in_time`."""
    from requests.adapters import HTTPAdapter
    from urllib3.connection import HTTPConnection, HTTPSConnection
    from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

    class Http(HTTPConnection):
        def connect(self) -> None:
            super().connect()
            _check()

    class Https(HTTPSConnection):
        def connect(self) -> None:
            super().connect()
            _check()

    class HttpPool(HTTPConnectionPool):
        ConnectionCls = Http

    class HttpsPool(HTTPSConnectionPool):
        ConnectionCls = Https

    pools = {"http": HttpPool, "https": HttpsPool}

    class Adapter(HTTPAdapter):
        def init_poolmanager(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401  # requests' signature
            super().init_poolmanager(*arguments, **options)
            self.poolmanager.pool_classes_by_scheme = pools

        def proxy_manager_for(self, proxy: Any, **options: Any) -> Any:  # noqa: ANN401  # requests' signature
            manager = super().proxy_manager_for(proxy, **options)
            if not proxy.lower().startswith("socks"):  # that one has pools of its own
                manager.pool_classes_by_scheme = pools
            return manager

    for scheme in ("https://", "http://"):
        session.mount(scheme, Adapter())


def _check() -> None:
    is_in_time: Callable[[], bool] | None = getattr(_STATE, "is_in_time", None)
    if is_in_time is not None and not is_in_time():
        raise TimeoutError("the connection opened too late")
