"""To which address of a host a connection goes, and what is said when none answers (flickr_auth.transport)."""

import contextlib
import socket
import time

import pytest
import requests
from urllib3 import HTTPConnectionPool
from urllib3.connection import HTTPConnection

from flickr_auth.errors import NotSent, Unreachable
from flickr_auth.protocol import rest
from flickr_auth.protocol.session import Session
from flickr_auth.provider import FLICKR, at
from flickr_auth.transport import Transport, client, connections

from rude_server import ACCESS, JSON, KEYS, RudeServer, answer, swallowing

LIVE, DEAD, DEAD_TOO, REFUSING, REFUSING_TOO = "127.0.0.1", "::1", "127.0.0.9", "127.0.0.5", "0:0:0:0:0:0:0:1"
OK = answer('{"stat":"ok"}', headers=JSON, then_close=True)


@pytest.fixture
def network(monkeypatch):
    """Make a network: `localhost` has these addresses, and the dead ones swallow what is sent to that server's port."""
    with contextlib.ExitStack() as stack:

        def make(server, *addresses):
            try:
                if any(":" in each for each in addresses):
                    stack.enter_context(socket.socket(socket.AF_INET6)).bind((DEAD, 0))
                for dead in {DEAD, DEAD_TOO} & set(addresses):
                    stack.enter_context(swallowing(dead, server.port))
            except OSError:
                pytest.skip("there is no IPv6 here")
            real = socket.getaddrinfo

            def resolve(host, port, *how, **more):
                if host != "localhost":
                    return real(host, port, *how, **more)
                return [real(each, port, type=socket.SOCK_STREAM)[0] for each in addresses]

            monkeypatch.setattr(socket, "getaddrinfo", resolve)
            return at(f"http://localhost:{server.port}")

        yield make


@pytest.mark.parametrize(
    "addresses",
    [
        pytest.param([DEAD] * 4 + [LIVE], id="four of IPv6 are dead"),
        pytest.param([DEAD_TOO, DEAD, LIVE], id="both families have a dead one"),
        pytest.param([REFUSING, LIVE], id="one refuses"),
    ],
)
def test_an_address_that_does_not_answer_costs_no_connection_more_than_a_moment(network, addresses, monkeypatch):
    """A host whose IPv6 is broken is reached over IPv4 at once: by commands, by scripts, and at each connection."""
    monkeypatch.setattr(connections, "_HEAD_START", 0.05)
    with RudeServer([OK] * 4) as server:
        provider = network(server, *addresses)
        began = time.monotonic()
        with Transport(provider, KEYS) as transport, Session(provider, KEYS, ACCESS) as session:
            for _again in range(2):
                assert rest.call(transport, ACCESS, "flickr.test.echo", {}) == {"stat": "ok"}
            assert session.get(provider.rest_url).json() == session.call("flickr.test.echo") == {"stat": "ok"}
        assert (server.connections, time.monotonic() - began < 4) == (4, True)


def test_what_records_or_fakes_connections_in_a_script_sees_them(monkeypatch):
    """VCR.py puts its own class into urllib3's pools, and others their own sockets: a session uses what is there."""
    seen = []

    class Recording(HTTPConnection):
        def request(self, method, url, *rest, **more):
            seen.append((method, url.partition("?")[0]))
            super().request(method, url, *rest, **more)

    class Faked(socket.socket):
        def connect(self, address):
            seen.append(address)
            super().connect(address)

    with RudeServer([OK] * 2) as server:
        for name, place, theirs in (("ConnectionCls", HTTPConnectionPool, Recording), ("socket", socket, Faked)):
            with monkeypatch.context() as patched, Session(server.provider, KEYS, ACCESS) as session:
                patched.setattr(place, name, theirs)
                assert session.get(session.rest_url).json() == {"stat": "ok"}
    assert seen == [("GET", "/services/rest/"), ("127.0.0.1", server.port)]


@pytest.mark.parametrize(
    ("addresses", "why"),
    [
        pytest.param([DEAD] * 4, "(no answer over IPv6).", id="IPv6 alone"),
        pytest.param([DEAD, DEAD_TOO], "(no answer over IPv6 and IPv4).", id="both"),
        pytest.param([DEAD, REFUSING], "(Connection refused over IPv4; no answer over IPv6).", id="one of each"),
        pytest.param([DEAD_TOO], "(no answer).", id="IPv4 alone"),
        pytest.param([REFUSING_TOO, REFUSING], "", id="both refuse"),
    ],
)
def test_where_no_address_answers_it_is_said_which_family_was_tried(network, addresses, why, monkeypatch):
    """Somebody whose IPv6 is broken reads that, and reads what IPv4 did, after three short tries."""
    monkeypatch.setattr(client, "CONNECT", 0.2)
    with RudeServer([]) as server:
        provider = network(server, *addresses)
        with Transport(provider, KEYS) as transport, pytest.raises(NotSent) as caught:
            rest.call(transport, ACCESS, "flickr.test.echo", {})
    where = f"localhost:{server.port}"
    assert caught.value.message == (f"Could not connect to {where} {why}" if why else f"Nothing answers at {where}.")


def test_a_short_deadline_does_not_hide_the_reason(network, monkeypatch):
    """Where no address answers, that is said, and a script reads it, too, also if the deadline comes first."""
    monkeypatch.setattr(client, "_pause", lambda *_: 60.0)
    monkeypatch.setattr(client, "CONNECT", 60.0)
    with RudeServer([]) as server:
        provider = network(server, DEAD)
        for deadline in (0.6, 6):  # a tenth of it is left for the reason: little on a busy machine
            with Transport(provider, KEYS, timeout=deadline) as transport, pytest.raises(Unreachable) as caught:
                rest.call(transport, ACCESS, "flickr.test.echo", {})
            if isinstance(caught.value, NotSent):
                break
        assert "no answer over IPv6" in caught.value.message
        silent = pytest.raises(requests.exceptions.ConnectTimeout, match="no answer over IPv6")
        with Session(provider, KEYS, ACCESS) as session, silent:
            session.get(provider.rest_url, timeout=0.2)


def test_a_proxy_is_found_at_the_address_that_answers(network, monkeypatch):
    """A proxy whose name has a dead address first is used as any other."""
    with RudeServer([answer("", 502)] * 3) as proxy:
        network(proxy, DEAD, LIVE)
        monkeypatch.setenv("HTTPS_PROXY", f"http://localhost:{proxy.port}")
        with Transport(FLICKR, KEYS, timeout=4) as transport, pytest.raises(NotSent, match="proxy"):
            rest.call(transport, ACCESS, "flickr.test.echo", {})
    assert [request.target for request in proxy.requests] == ["api.flickr.com:443"] * 3
