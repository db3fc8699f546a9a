"""No connection that can be trusted, or none at all: nothing was sent, and the sentence says what to look at."""

import contextlib
import datetime
import ssl

import pytest
import requests  # noqa: F401  # its first import would count against the first deadline
import trustme

from in_process import run
from rude_server import KEYS, RudeServer, answer, swallowing

CERTIFICATE = "its certificate is not trusted"
LOGIN = ("login", "--store", "file")


@pytest.fixture(scope="module")
def authority():
    """A certificate authority that REQUESTS_CA_BUNDLE names."""
    return trustme.CA()


@contextlib.contextmanager
def served(certificate):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    certificate.configure_cert(context)
    with RudeServer([], context) as server:
        yield f"https://127.0.0.1:{server.port}", server


def expired(authority):
    yesterday = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1)
    return served(authority.issue_cert("127.0.0.1", not_after=yesterday))


def another_host(authority):
    return served(authority.issue_cert("flickr.example"))


def self_signed(_authority):
    return served(trustme.CA().issue_cert("127.0.0.1"))


@contextlib.contextmanager
def no_tls(_authority):
    with RudeServer([answer("hello")] * 3, greeting=b"HTTP/1.1 400 Bad Request\r\n\r\n") as server:
        yield f"https://127.0.0.1:{server.port}", server


@contextlib.contextmanager
def refused(_authority):
    with RudeServer([], listening=False) as server:
        yield f"http://127.0.0.1:{server.port}", server


@contextlib.contextmanager
def no_such_name(_authority):
    yield "https://flickr.invalid", None


@contextlib.contextmanager
def silent(_authority):
    with swallowing("127.0.0.1") as port:
        yield f"http://127.0.0.1:{port}", None


FAULTS = {
    expired: CERTIFICATE,
    another_host: CERTIFICATE,
    self_signed: CERTIFICATE,
    no_tls: "The TLS connection to 127.0.0.1 failed (wrong version number)",
    refused: "Nothing answers at 127.0.0.1:",
    no_such_name: "Could not resolve the host name flickr.invalid",
    silent: "",
}


CASES = [*((fault, LOGIN) for fault in FAULTS), (self_signed, ("call", "flickr.test.login"))]


@pytest.fixture
def fault(request, authority, tmp_path, monkeypatch):
    """The base URL, the server if there is one, and the sentence that is expected."""
    bundle = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(bundle)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))
    with request.param(authority) as (url, server):
        yield url, server, FAULTS[request.param]


@pytest.fixture
def environ(tmp_path, fault, store_account):
    """An app folder with an account of that provider."""
    url, _, _ = fault
    store_account(url)
    return {
        "FLICKR_AUTH_HOME": str(tmp_path / "app"),
        "FLICKR_API_KEY": KEYS.api_key,
        "FLICKR_API_SECRET": KEYS.api_secret,
        "FLICKR_AUTH_BASE_URL": url,
        "FLICKR_AUTH_HTTP_TIMEOUT": "1",
    }


@pytest.mark.parametrize(
    ("fault", "command"),
    [pytest.param(fault, command, id=f"{fault.__name__}-{command[0]}") for fault, command in CASES],
    indirect=["fault"],
)
def test_nothing_is_sent_and_nothing_lost(environ, fault, command, tmp_path):
    """Exit 5, one sentence, no request, and the account as it was; under a bad certificate nothing is tried twice."""
    _, server, words = fault
    before = {path: path.read_bytes() for path in (tmp_path / "app").rglob("*.json")}
    ran = run(environ, *command, stdin=b"123-456-789\n")
    assert ran.code == 5
    shown = ran.stdout + ran.stderr
    assert words in shown
    if words == CERTIFICATE:
        assert "REQUESTS_CA_BUNDLE to a file with the certificates that 127.0.0.1 needs" in shown
        assert "again" not in shown and server.connections == 1
    assert "Traceback" not in ran.stderr
    assert server is None or server.requests == []
    assert {path: path.read_bytes() for path in (tmp_path / "app").rglob("*.json")} == before
