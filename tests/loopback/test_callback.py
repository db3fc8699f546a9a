"""The listener that a redirect of the browser's comes to: it takes the one verifier that is ours, and nothing else."""

from __future__ import annotations

import contextlib
import gc
import http.client
import logging
import re
import socket
import ssl
import struct
import threading
import time
from urllib.parse import urlsplit

import pytest

from flickr_auth.errors import Error
from flickr_auth.loopback.callback import Arrived, Listener, TlsHello
from flickr_auth.loopback.handler import Reply, Request

TOKEN = "72157720800000000-0123456789abcdef"
VERIFIER = "5d1b96a26b494074"
FORGED = "0000000000000000"
OURS = f"oauth_token={TOKEN}&oauth_verifier={VERIFIER}"
REDIRECT = f"/?{OURS}"
RESET = struct.pack("ii", 1, 0)  # as SO_LINGER: closing does not say goodbye


@pytest.fixture
def told():
    return []


@pytest.fixture
def listener(told):
    with Listener(told.append) as waiting:
        waiting.expect(TOKEN)
        yield waiting


def connect(listener):
    return socket.create_connection(("127.0.0.1", listener.port), timeout=10)


def heard(connection):
    """All that comes until the listener ends the connection."""
    return b"".join(iter(lambda: connection.recv(1 << 16), b""))


def send(listener, sent):
    """The raw answer to raw bytes."""
    with connect(listener) as connection:
        connection.sendall(sent)
        return heard(connection)


def request(first, *lines, host="127.0.0.1", body=""):
    return "\r\n".join((first, f"Host: {host}", *lines, "", body)).encode("latin-1")


def visit(listener, address=REDIRECT, method="GET", body=None, **headers):
    """A visit of a browser's: the answer, whose body has come whole, as `text`. `/?` stands for the callback's path."""
    if address.startswith("/?"):
        address = urlsplit(listener.url).path + address[1:]
    browser = http.client.HTTPConnection("127.0.0.1", listener.port, timeout=10)
    with contextlib.closing(browser):
        browser.request(method, address, body, headers)
        answer = browser.getresponse()
        answer.text = answer.read().decode()
        return answer


def redirect(verifier, token=TOKEN):
    return f"/?oauth_token={token}&oauth_verifier={verifier}"


def say_tls(listener):
    """What a browser does that was told https."""
    with connect(listener) as connection, pytest.raises(OSError):  # noqa: PT011  # an SSLError, or a reset
        ssl.create_default_context().wrap_socket(connection, server_hostname="localhost")


def statuses(answer):
    return re.findall(rb"HTTP/1\.1 ([0-9]{3}) [A-Z]", answer)


def is_open(address, port):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family) as probe:
            probe.settimeout(2)
            return probe.connect_ex((address, port)) == 0
    except OSError:  # this machine has no such family
        return False


def check_still_waits(listener, told, before=()):
    """So far only `before` was told of, and the true redirect is served now."""
    assert told == [*before]
    assert visit(listener).status == 200
    assert told == [*before, Arrived(VERIFIER)]


# What is taken.


def test_the_redirect_brings_the_verifier(listener, told):
    """The browser brings the code of any provider, in whichever order and encoding the URL has it."""
    encoded = "".join(f"%{ord(each):02X}" for each in VERIFIER)
    for query in (
        f"lang=de&oauth_verifier=aZ0-._~&flag&oauth_token={TOKEN}&empty=",
        f"oauth%5Ftoken={TOKEN}&oauth%5fverifier={encoded}",
        f"oauth_token={TOKEN}&oauth_verifier={'f' * 255}",
    ):
        assert visit(listener, f"/?{query}").status == 200
    assert told == [Arrived("aZ0-._~"), Arrived(VERIFIER), Arrived("f" * 255)]


def test_the_redirect_may_come_through_a_tunnel(listener, told):
    """With `ssh -L` the browser names another port of this machine, and is served."""
    for host in ("127.0.0.1", "LOCALHOST:8080", "[::1]:8080"):
        assert visit(listener, Host=host).status == 200
    assert told == [Arrived(VERIFIER)]


def test_a_navigation_of_the_persons_is_served_wherever_it_comes_from(listener, told):
    """Flickr's redirect is cross-site, and a pasted or reloaded URL has no site."""
    for site in ("cross-site", "same-origin", "none"):
        headers = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document", "Sec-Fetch-Site": site}
        assert visit(listener, **headers).status == 200
    assert told == [Arrived(VERIFIER)]


def test_forged_verifiers_do_not_keep_out_the_true_one(listener, told):
    """Whoever knows the request token may make up codes: each comes once, in its order, and the true one after them."""
    forged = [f"forged-{number}" for number in range(5)]
    for verifier in forged * 2:
        assert visit(listener, redirect(verifier)).status == 200
    check_still_waits(listener, told, [Arrived(verifier) for verifier in forged])


def test_only_the_request_token_of_this_login_counts(told):
    """Nothing is taken before the login has a request token, and an earlier login's redirect does not end it."""
    with Listener(told.append) as listener:
        for query in (OURS, f"oauth_token=&oauth_verifier={FORGED}", f"oauth_token=None&oauth_verifier={FORGED}"):
            assert visit(listener, f"/?{query}").status == 400
        listener.expect("another")
        assert visit(listener).status == 400
        listener.expect(TOKEN)
        check_still_waits(listener, told)


# What is turned away, politely, and ends nothing.


def test_a_url_that_is_not_of_this_login_is_turned_away(listener, told):
    """An old tab, a foreign login, a doubled code or a mangled URL gets a page that says so, and the wait goes on."""
    for query in (
        "",
        f"oauth_token={TOKEN}",
        f"oauth_verifier={VERIFIER}",
        f"denied={TOKEN}",
        f"oauth_token={TOKEN.upper()}&oauth_verifier={FORGED}",
        f"oauth_token={TOKEN[:-1]}&oauth_verifier={FORGED}",
        f"oauth_token={TOKEN}&oauth_verifier={'f' * 256}",
        f"oauth_token={TOKEN}&oauth_verifier=00%0A",
        f"oauth_token={TOKEN}&oauth_verifier=%EF%BC%91",  # a digit one, but not an ASCII one
        f"oauth_token={TOKEN}&oauth_verifier={FORGED}" + "&a=1" * 60,
        f"{OURS}&oauth_token={TOKEN}",
        f"oauth%5fverifier={VERIFIER}&{OURS}",
    ):
        page = visit(listener, f"/?{query}")
        assert page.status == 400
        assert "<h1>This is not the page to open</h1>" in page.text and "open the URL that the terminal" in page.text
        assert "received" not in page.text
    check_still_waits(listener, told)


def test_what_a_page_makes_the_browser_load_changes_nothing(listener, told):
    """An image, a script, a frame or a prefetch on any page cannot end a login, even if it knows the request token."""
    document = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    for headers in (
        {"Sec-Fetch-Mode": "no-cors"},
        {"Sec-Fetch-Dest": "image"},
        document | {"Sec-Fetch-Dest": "iframe"},
        document | {"Sec-Purpose": "prefetch;prerender"},
    ):
        answer = visit(listener, redirect(FORGED), **headers, **{"Sec-Fetch-Site": "cross-site"})
        assert answer.status == 403
        assert "tab" in answer.text
        assert not [name for name in answer.headers if name.lower().startswith("access-control")]
    check_still_waits(listener, told)


def test_another_host_is_turned_away(listener, told):
    """A web site whose name was pointed at this machine (DNS rebinding) is not served."""
    port = listener.port
    for host in (
        *(f"evil.example:{port}", f"127.0.0.1.evil.example:{port}", "127.0.0.1:@evil.example"),
        *(f"127.0.0.2:{port}", "localhost.", ""),
    ):
        assert statuses(send(listener, request(f"GET {REDIRECT} HTTP/1.1", host=host))) == [b"421"]
    check_still_waits(listener, told)


def test_the_callback_has_a_path_that_nobody_can_guess(told):
    """Each login has a path of its own, of 96 random bits; without it only the request token leads in."""
    with Listener(told.append) as one, Listener(told.append) as other:
        paths = [urlsplit(each.url).path for each in (one, other)]
        assert len(set(paths)) == 2
        assert all(re.fullmatch("/[0-9a-f]{24}", path) for path in paths)
        one.expect(TOKEN)
        assert visit(one, f"{paths[1]}?{OURS}").status == visit(one, f"{paths[0]}/?{OURS}").status == 404
        check_still_waits(one, told)


def test_a_provider_that_drops_the_path_still_brings_the_code(listener, told):
    """If the redirect comes to `/`, the request token decides whether it is the right one."""
    for query, status in ((f"oauth_token=another&oauth_verifier={FORGED}", b"400"), (OURS, b"200")):
        assert statuses(send(listener, request(f"GET /?{query} HTTP/1.1"))) == [status]
    assert told == [Arrived(VERIFIER)]


def test_there_is_nothing_at_another_path(listener, told):
    """The favicon that each browser asks for, and whatever a scanner tries, is not there, also with a true query."""
    for path in ("/favicon.ico", "//", "/%2F", "/.", "/;", "/callback", "*"):
        for address in (path, f"{path}?{OURS}"):
            assert visit(listener, address).status == 404
    check_still_waits(listener, told)


def test_only_a_get_delivers(listener, told):
    """A preview of a chat program (HEAD) and a form or script of a foreign page use nothing up."""
    for method in ("HEAD", "POST", "OPTIONS", "QUERY"):
        answer = send(listener, request(f"{method} {REDIRECT} HTTP/1.1", f"Content-Length: {len(OURS)}", body=OURS))
        assert statuses(answer) == [b"405"]
        assert b"\r\nAllow: GET\r\n" in answer
    check_still_waits(listener, told)


def test_what_follows_the_redirect_on_its_connection_is_not_read(listener, told):
    """One visit delivers one verifier at the most, whatever is sent behind it."""
    more = request(f"GET {redirect(FORGED)} HTTP/1.1").decode() * 9
    answer = send(listener, request(f"GET {REDIRECT} HTTP/1.1", "Connection: keep-alive", body=more))
    assert statuses(answer) == [b"200"]
    assert told == [Arrived(VERIFIER)]


# What connections may do to it.

HALVES = (
    b"",
    b"GET",
    f"GET {REDIRECT}".encode(),
    b"GET / HTTP/1.1\r\nHost: 127.0",
    b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\nabc",
)


@pytest.mark.parametrize("ending", ["none", "polite", "reset"])
def test_half_a_request_holds_nobody_up(listener, told, ending):
    """A browser that connects ahead of need, stops in the middle or leaves does not hold up the redirect."""
    with contextlib.ExitStack() as stack:
        for half in HALVES:
            connection = stack.enter_context(connect(listener))
            connection.sendall(half)
            if ending == "polite":
                connection.shutdown(socket.SHUT_WR)
                assert statuses(heard(connection)) in ([], [b"400"], [b"421"])
            elif ending == "reset":
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                connection.close()
        check_still_waits(listener, told)


def test_a_crowd_that_says_nothing_does_not_keep_the_redirect_out(listener, told):
    """A page that opens connections by the dozen costs nobody the login: the oldest silent one makes room."""
    with contextlib.ExitStack() as stack:
        crowd = [stack.enter_context(connect(listener)) for _ in range(40)]
        check_still_waits(listener, told)
        assert [heard(each) for each in crowd[:24]] == [b""] * 24  # all but sixteen


# What the browser is shown.


def test_a_page_is_small_loads_nothing_and_lets_nothing_out(listener):
    """No other machine hears of the visit: nothing is loaded, sent on as a referrer, or shown in another's frame."""
    for address in (REDIRECT, "/"):
        page = visit(listener, address)
        assert page.headers["Content-Type"] == "text/html; charset=utf-8"
        assert len(page.text) < 3000
        assert page.text.startswith("<!DOCTYPE html>") and page.text.endswith("</html>")
        assert not re.search(r"//|url\(|@import|(src|href|action|style)=|<(script|link|form)", page.text)
        assert page.headers["Referrer-Policy"] == "no-referrer"
        policy = page.headers["Content-Security-Policy"].split("; ")
        assert {"default-src 'none'", "form-action 'none'", "frame-ancestors 'none'", "base-uri 'none'"} < set(policy)


def test_nothing_of_the_request_is_shown(listener):
    """No answer holds the verifier or the request token, and nobody can write on our page through a URL."""
    lines = ("Content-Length: 0", "Referer: http://x/<b>mine", "User-Agent: <b>mine")
    forged = (redirect("<script>alert(1)</script>"), redirect(VERIFIER, "%3Cb%3Emine"), f"/elsewhere?{OURS}")
    for first in (f"{method} {address}" for method in ("GET", "<b>", "GET mine") for address in (REDIRECT, *forged)):
        answer = send(listener, request(f"{first} HTTP/1.1", *lines)).decode().lower()
        for shown in (TOKEN, VERIFIER, "script", "<b>", "mine", "elsewhere", "%3c"):
            assert shown not in answer


def test_every_answer_is_kept_nowhere_and_ends_its_connection(listener):
    """No answer stays in a cache, is guessed to be what it is not, sets a cookie, or holds the browser's connection."""
    for method, host, status in (("GET", "localhost", 200), ("HEAD", "localhost", 405), ("GET", "evil.example", 421)):
        answer = visit(listener, REDIRECT, method, Host=host, Connection="keep-alive")
        assert answer.status == status
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Connection"] == "close"
        assert "Set-Cookie" not in answer.headers


def test_the_page_sends_the_person_back_to_the_terminal_and_promises_no_more(listener):
    """The page says where to go on, and does not say that the login is done: Flickr may still refuse the code."""
    text = visit(listener).text
    assert "Return to the terminal" in text
    assert "You can close this page" in text
    assert '<span class="mark">✓</span> Code received</h1>' in text
    assert "<title>Code received (flickr-auth)</title>" in text  # which tab of many it is
    assert not re.search(r"success|succeed|logged in|complete|done|finished|welcome|thank", text, re.IGNORECASE)


# What others learn of it.


def test_nothing_is_logged_and_nothing_is_printed(caplog, capfd):
    """A log at its most talkative, the screen and the error stream hold nothing of any visit."""
    caplog.set_level(logging.DEBUG)

    def fails(_):
        raise RuntimeError(VERIFIER)

    with Listener(fails) as listener:
        visit(listener)
        listener.expect(TOKEN)
        for method in ("GET", "HEAD", "POST"):
            visit(listener, REDIRECT, method)
        visit(listener, Host="evil.example")
        say_tls(listener)
        send(listener, request(f"GET {REDIRECT} HTTP/1.1\x1b[31m"))
        for half in HALVES:
            with connect(listener) as connection:
                connection.sendall(half)
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    assert not caplog.records
    assert capfd.readouterr() == ("", "")


def test_a_browser_that_tries_https_is_told_of_once(listener, told):
    """Its connection is closed at once, however often it tries, and the login waits on."""
    for _ in range(3):
        say_tls(listener)
    check_still_waits(listener, told, [TlsHello()])


def test_no_repr_holds_a_verifier():
    """A traceback or a debugger that shows what is passed around shows no secret."""
    secrets = {"cookie": VERIFIER}
    for shown in (
        [Arrived(VERIFIER)],
        Request("GET", "127.0.0.1", "/", OURS, secrets, VERIFIER.encode()),
        Reply(200, VERIFIER.encode(), headers=tuple(secrets.items())),
    ):
        assert VERIFIER not in repr(shown) + str(shown)


# Where it is open, and for how long.


def test_a_port_can_be_chosen_and_used_again_at_once(told):
    """Whoever forwards a port with ssh may log in twice in a row through it, and never twice at a time."""
    with Listener(told.append) as first:
        chosen = first.port
        visit(first)
        with pytest.raises(Error, match=f"port {chosen}"), Listener(told.append, chosen):
            pass
    with Listener(told.append, chosen) as second:
        assert second.port == chosen
        second.expect(TOKEN)
        check_still_waits(second, told)


def test_other_addresses_of_this_machine_are_closed(listener):
    """Nobody in the same network reaches the listener: it is on 127.0.0.1 alone."""
    assert is_open("127.0.0.1", listener.port)
    assert not is_open("127.0.0.2", listener.port) and not is_open("::1", listener.port)


def open_sockets():
    gc.collect()
    return {id(each) for each in gc.get_objects() if type(each) is socket.socket and each.fileno() != -1}


def test_the_end_is_quick_and_leaves_nothing_behind(told):
    """Connections that say nothing do not hold up the end of the login, however it ends; nothing of it is left."""
    threads, sockets = set(threading.enumerate()), open_sockets()
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(KeyboardInterrupt), Listener(told.append) as listener:
            crowd = [stack.enter_context(connect(listener)) for _ in range(10)]
            for connection, half in zip(crowd, HALVES * 2, strict=True):
                connection.sendall(half)
            visit(listener)  # the others came first, so all of them have a thread by now
            assert len(threading.enumerate()) > len(threads) + 10
            begun = time.monotonic()
            raise KeyboardInterrupt
        assert time.monotonic() - begun < 5  # the patience with a silent connection is ten
        assert set(threading.enumerate()) == threads
        assert open_sockets() - {id(each) for each in crowd} == sockets
        assert all(statuses(heard(each)) in ([], [b"400"], [b"421"]) for each in crowd)
        assert not is_open("127.0.0.1", listener.port)
