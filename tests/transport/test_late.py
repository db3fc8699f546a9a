"""A code is sent once, and never after its login was given up (flickr_auth.transport)."""

import itertools
import queue
import socket
import ssl
import threading

import pytest
import requests
import trustme

from flickr_auth.account import ConsumerKeys
from flickr_auth.errors import NoAnswer, NotSent
from flickr_auth.protocol import legs
from flickr_auth.provider import Provider
from flickr_auth.transport import Transport, late

from rude_server import KEYS, REQUEST, VERIFIER, RudeServer, answer, closing, tunnel

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


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    """A certificate for flickr.test and this machine, and the file of its authority."""
    made = trustme.CA()
    path = tmp_path_factory.mktemp("authority") / "authority.pem"
    made.cert_pem.write_to_path(str(path))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.issue_cert("127.0.0.1", "flickr.test").configure_cert(context)
    return context, str(path)


@pytest.mark.parametrize("is_in_time", [True, False])
@pytest.mark.parametrize("way", ["https", "http through a proxy", "https through a proxy"])
def test_over_tls_or_through_a_proxy_too_nothing_is_sent_too_late(way, is_in_time, authority):
    """However a connection is made, what opens after the login gave up sends nothing."""
    tls, bundle = authority
    behind_the_tunnel = []
    reply = tunnel(tls, behind_the_tunnel) if way == "https through a proxy" else answer()
    with RudeServer([reply], tls if way == "https" else None) as server, requests.Session() as session:
        session.trust_env, session.verify = False, bundle
        if "proxy" in way:
            session.proxies = dict.fromkeys(("http", "https"), f"http://127.0.0.1:{server.port}")
        late.guard(session)
        late.in_time(lambda: is_in_time)
        host = "flickr.test" if "proxy" in way else f"127.0.0.1:{server.port}"
        try:
            sent = session.post(f"{way.partition(' ')[0]}://{host}/", data="the code", timeout=10).status_code == 200
        except requests.RequestException:
            sent = False
        finally:
            late.in_time(lambda: True)
    arrived = behind_the_tunnel if way == "https through a proxy" else server.requests
    assert (sent, [each.body for each in arrived]) == (is_in_time, [b"the code"] * is_in_time)


def test_what_opened_too_late_was_not_sent_and_is_said_so():
    """Where nothing bounds a request but this, whoever waited knows that the code is as good as before."""
    now = [0.0]

    def session():
        now[0] = 100.0  # as if a name server had taken so long
        return requests.Session()

    with RudeServer([answer()]) as server:
        options = {"clock": lambda: now[0], "timeout": 50, "session": session}
        with closing(server.provider, **options) as transport, pytest.raises(NotSent, match="connect"):
            legs.access_token(transport, REQUEST, VERIFIER)
    assert server.requests == []


def test_nothing_goes_around_a_socks_proxy(monkeypatch):
    """Whoever names a SOCKS proxy hides behind it: the request goes there, and nowhere by itself."""
    with Listening() as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"socks5h://127.0.0.1:{proxy.port}")
        keys = ConsumerKeys(KEYS.api_key, KEYS.api_secret)
        long_day = itertools.count(0, 20).__next__  # by which no time is left for another try
        with Transport(PLAIN, keys, timeout=30, clock=long_day) as transport, pytest.raises(NotSent):
            legs.access_token(transport, REQUEST, VERIFIER)
    assert proxy.heard.get(timeout=10).startswith(b"\x05")  # RFC 1928 §3
