"""The server as such: what it refuses to read, whom it answers, and that it leaves nothing behind."""

from __future__ import annotations

import contextlib
import logging
import re
import socket
import struct
import subprocess
import sys
import threading
from functools import partial

import pytest
import requests

from flickr_auth.loopback.handler import Handler, Reply
from flickr_auth.loopback.http_server import LoopbackServer
from flickr_auth.sandbox.server import Sandbox
from sandbox.dance import access, form, get, login, port, raw, request_token, rest


def head(sandbox, *lines, first="GET / HTTP/1.1", host=None):
    host = host or f"127.0.0.1:{port(sandbox)}"
    return "\r\n".join((first, f"Host: {host}", *lines, "", ""))


def statuses(answer):
    return re.findall(r"HTTP/1\.1 ([0-9]{3}) [A-Z]", answer)


def test_no_other_name_than_this_machines_reaches_the_sandbox(sandbox):
    """A web page whose name was rebound to 127.0.0.1 cannot reach it; each name of this machine can."""
    for name in ("127.0.0.1", "LOCALHOST", "[::1]"):
        answer = raw(sandbox, head(sandbox, "Connection: close", host=f"{name}:{port(sandbox)}"))
        assert statuses(answer) == ["200"]
    for host in ("evil.example", "localhost.", "127.0.0.2"):
        assert statuses(raw(sandbox, head(sandbox, host=f"{host}:{port(sandbox)}"))) == ["421"]
    assert statuses(raw(sandbox, "GET / HTTP/1.1\r\n\r\n")) == ["421"]


def test_the_signature_is_of_the_host_that_was_named(sandbox, http):
    """A client that writes localhost instead of 127.0.0.1 signs that name, and it is verified."""
    url = f"http://localhost:{port(sandbox)}/services/oauth/request_token"
    assert form(get(http, url, oauth_callback="oob"))["oauth_callback_confirmed"] == "true"


def test_the_clock_of_the_answers_is_the_sandboxs_own(sandbox, http, clock):
    """A test that moves the sandbox's clock sees it in the Date header, as `doctor` does."""
    clock.now = 1_000_000_000.0
    assert http.get(sandbox.base_url).headers["Date"] == "Sun, 09 Sep 2001 01:46:40 GMT"


def test_a_bad_request_is_refused_and_not_logged_as_it_is(sandbox, log):
    """What is no request, endless or of another protocol, gets an answer, and none of its characters reach the log."""
    for line in ("GET /", "GET /\x0b HTTP/1.1", "\x1b[31m / HTTP/1.1"):
        assert statuses(raw(sandbox, head(sandbox, first=line))) == ["400"]
        assert log.pop() in ("GET - 400", "? - 400")
    assert statuses(raw(sandbox, head(sandbox, first="GET / HTTP/2.0"))) == ["505"]
    assert statuses(raw(sandbox, head(sandbox, first=f"GET /{'a' * 70000} HTTP/1.1"))) == ["414"]
    assert statuses(raw(sandbox, head(sandbox, "X: " + "a" * 70000))) == ["431"]


def test_the_log_has_a_line_for_each_request_and_no_secret(sandbox, http, log):
    """Method, path and status of each request can be read; queries, where secrets are, cannot."""
    pending = request_token(http, sandbox, "http://127.0.0.1:9/?callback-secret")
    verifier = sandbox.press_ok(pending["oauth_token"])
    token = form(access(http, sandbox, pending, verifier))
    rest(http, sandbox, "flickr.test.login", token)
    rest(http, sandbox, "flickr.test.login", {**token, "oauth_token_secret": "wrong"})
    http.get(f"{sandbox.base_url}/nothing?secret=1")
    assert log == [
        "GET /services/oauth/request_token 200",
        "GET /services/oauth/access_token 200",
        "GET /services/rest/ 200",
        "GET /services/rest/ 401",
        "GET /nothing 404",
    ]


def test_oauthlib_logs_no_base_string_though_debugging_is_on(sandbox, http, caplog):
    """A wrong signature in a test with debug logging writes no secret into its log."""
    caplog.set_level(logging.DEBUG)
    token = login(http, sandbox)
    caplog.clear()
    rest(http, sandbox, "flickr.test.login", {**token, "oauth_token_secret": "wrong"})
    assert not [record for record in caplog.records if record.name.startswith("oauthlib.oauth1.rfc5849.signature")]


def test_a_client_that_leaves_in_the_middle_is_no_news(clock, capfd):
    """A browser tab that is closed prints no traceback into the terminal where a person logs in."""
    log = []
    with Sandbox(clock=clock, log=log.append) as sandbox:
        for sent in ("", "GET / HTTP/1.1\r\nHost:", head(sandbox, "Content-Length: 9", first="POST / HTTP/1.1")):
            with socket.create_connection(("127.0.0.1", port(sandbox))) as connection:
                connection.sendall(sent.encode())
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        assert statuses(raw(sandbox, head(sandbox, "Connection: close"))) == ["200"]
    assert [line for line in log if "200" not in line and "400" not in line and "421" not in line] == []
    assert capfd.readouterr() == ("", "")


def serve(answer, log, patience=30.0):
    return LoopbackServer(0, partial(Handler, name="test", answer=answer, log=log.append, patience=patience), most=16)


def test_a_silent_connection_is_ended_when_patience_is_over():
    """Connections that say nothing, or stop in the middle, do not keep a thread forever."""
    log = []
    listener = serve(lambda _: Reply(200, b"x"), log, patience=0.05)
    listener.start()
    with contextlib.closing(listener):
        for begun in (
            b"",
            b"GET / HT",
            f"POST / HTTP/1.1\r\nHost: 127.0.0.1:{listener.server_port}\r\nContent-Length: 9\r\n\r\n".encode(),
        ):
            with socket.create_connection(("127.0.0.1", listener.server_port), timeout=10) as connection:
                connection.sendall(begun)
                assert connection.recv(100) == b""
    assert log == []


def test_a_fault_of_the_sandboxs_own_is_a_500_and_a_line_without_what_it_said(capfd):
    """A bug in the sandbox is visible as such, and shows nothing of what it was handling."""

    def fails(_):
        raise ValueError("a secret")

    log = []
    listener = serve(fails, log)
    listener.start()
    with contextlib.closing(listener), requests.Session() as session:
        session.trust_env = False
        assert session.get(f"http://127.0.0.1:{listener.server_port}/").status_code == 500
    assert log[0].startswith("a request failed: ValueError in fails:")
    assert log[1] == "GET / 500"
    assert "secret" not in str(log)
    assert capfd.readouterr() == ("", "")


def test_closing_waits_for_the_answer_that_is_being_given():
    """A request that is being answered when the sandbox closes gets its answer."""
    asked, closing = threading.Event(), threading.Event()

    def slow(_):
        asked.set()
        closing.wait(10)
        return Reply(200, b"in time")

    listener = serve(slow, [])
    listener.start()
    with socket.create_connection(("127.0.0.1", listener.server_port), timeout=10) as connection:
        connection.sendall(f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{listener.server_port}\r\n\r\n".encode())
        assert asked.wait(10)
        closer = threading.Thread(target=listener.close)
        closer.start()
        connection.settimeout(0.1)
        with pytest.raises(TimeoutError):  # an end would come at once
            connection.recv(1)
        closing.set()
        connection.settimeout(10)
        closer.join(10)
        assert connection.recv(1000).endswith(b"in time")


def test_a_program_that_forgets_to_close_it_ends_all_the_same():
    """A script that ends with a sandbox open, and a connection to it, does not hang."""
    script = (
        "import socket; from flickr_auth.sandbox.server import Sandbox; sandbox = Sandbox(); sandbox.start();"
        " connection = socket.create_connection(('127.0.0.1', int(sandbox.base_url.rpartition(':')[2])));"
        " connection.sendall(b'GET / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n'); assert connection.recv(1)"
    )
    subprocess.run([sys.executable, "-W", "ignore", "-c", script], check=True, timeout=30)
