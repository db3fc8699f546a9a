"""A code is sent once, and never after its login was given up (flickr_auth.transport)."""

import queue
import socket
import threading

import pytest
import requests

from flickr_auth.account import ConsumerKeys
from flickr_auth.errors import NoAnswer
from flickr_auth.protocol import legs
from flickr_auth.provider import Provider
from flickr_auth.transport import Transport, late

from rude_server import KEYS, REQUEST, VERIFIER

PLAIN = Provider("http://flickr.test", "http://flickr.test", "http://flickr.test")


class Listening:
    """A server that notes the first bytes of each connection, and closes it without an answer."""

    def __init__(self):
        self.heard = queue.SimpleQueue()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(10)

    def _serve(self):
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(10)
                self.heard.put(connection.recv(65_536))


def test_a_code_is_sent_once_through_a_proxy_that_closes_without_an_answer(monkeypatch):
    """Nobody knows then whether the code was used, so it is not sent again: a token may have been issued for it."""
    with Listening() as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.port}")
        keys = ConsumerKeys(KEYS.api_key, KEYS.api_secret)
        with Transport(PLAIN, keys, timeout=10) as transport, pytest.raises(NoAnswer):
            legs.access_token(transport, REQUEST, VERIFIER)
    assert proxy.heard.get(timeout=10)
    assert proxy.heard.empty()


@pytest.mark.parametrize("is_in_time", [True, False])
def test_a_connection_that_opens_too_late_sends_nothing(is_in_time):
    """A look-up or an address that hangs may let a connection open after the login gave up: no code goes over it."""
    with Listening() as server, requests.Session() as session:
        session.trust_env = False
        late.guard(session)
        late.in_time(lambda: is_in_time)
        try:
            with pytest.raises(requests.ConnectionError):
                session.post(f"http://127.0.0.1:{server.port}/", data="the code", timeout=10)
        finally:
            late.in_time(lambda: True)
        assert bool(server.heard.get(timeout=10)) is is_in_time
