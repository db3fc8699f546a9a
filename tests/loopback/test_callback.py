"""The listener that a redirect of the browser's comes to: it takes the one verifier that is ours, and nothing else."""

from __future__ import annotations

import contextlib
import errno
import gc
import html.parser
import http.client
import logging
import re
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time
from urllib.parse import quote, urlsplit

import pytest

from flickr_auth.errors import Error
from flickr_auth.loopback.callback import Arrived, Listener, TlsHello
from flickr_auth.loopback.http_server import claim
from flickr_auth.loopback.messages import Reply, Request

TOKEN = "72157720800000000-0123456789abcdef"
VERIFIER = "5d1b96a26b494074"
FORGED = "0000000000000000"
OURS = f"oauth_token={TOKEN}&oauth_verifier={VERIFIER}"
REDIRECT = f"/?{OURS}"
MEGABYTE = 1 << 20
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


@pytest.mark.parametrize(
    "query",
    [
        OURS,
        f"oauth_verifier={VERIFIER}&oauth_token={TOKEN}",
        f"lang=de&oauth_token={TOKEN}&flag&oauth_verifier={VERIFIER}&empty=",
        "oauth_token=" + "".join(f"%{ord(each):02x}" for each in TOKEN) + f"&oauth_verifier={VERIFIER}",
        f"oauth_token={TOKEN}&oauth_verifier=" + "".join(f"%{ord(each):02X}" for each in VERIFIER),
        f"oauth%5Ftoken={TOKEN}&oauth%5fverifier={VERIFIER}",
    ],
)
def test_the_redirect_brings_the_verifier(listener, told, query):
    """The browser brings the code, in whichever order and encoding the address has it."""
    assert visit(listener, f"/?{query}").status == 200
    assert told == [Arrived(VERIFIER)]


@pytest.mark.parametrize("verifier", ["a", "123-456-789", "aZ0-._~", "f" * 255])
def test_a_verifier_of_another_shape_is_taken_too(listener, told, verifier):
    """Other providers have other codes, and Flickr may change its own."""
    assert visit(listener, redirect(quote(verifier, safe=""))).status == 200
    assert told == [Arrived(verifier)]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST", "[::1]"])
@pytest.mark.parametrize("port", ["", ":8080"])
def test_the_redirect_may_come_through_a_tunnel(listener, told, host, port):
    """With `ssh -L` the browser names another port of this machine, and is served."""
    assert visit(listener, Host=host + port).status == 200
    assert told == [Arrived(VERIFIER)]


def test_each_verifier_is_told_of_once(listener, told):
    """A page that is reloaded shows the same again, and the code is not sent to Flickr a second time."""
    pages = [visit(listener) for _ in range(3)]
    assert {page.status for page in pages} == {200}
    assert len({page.text for page in pages}) == 1
    assert told == [Arrived(VERIFIER)]


def test_a_verifier_that_comes_twice_at_once_is_told_of_once():
    """A browser that asks a second time before the first answer is there does not send the code to Flickr twice."""
    told, twice = [], threading.Event()

    def slow(event):
        told.append(event)
        if len(told) == 2:
            twice.set()
        twice.wait(0.2)  # time for the other visit, if it could get here

    with Listener(slow) as listener, connect(listener) as one, connect(listener) as other:
        listener.expect(TOKEN)
        for each in (one, other):
            each.sendall(request(f"GET {REDIRECT} HTTP/1.1"))
        assert statuses(heard(one)) == statuses(heard(other)) == [b"200"]
    assert told == [Arrived(VERIFIER)]


def test_forged_verifiers_do_not_keep_out_the_true_one(listener, told):
    """Whoever knows the request token may make up codes; the true one is told of after them, in the order they came."""
    forged = [f"forged-{number}" for number in range(5)]
    for verifier in forged:
        visit(listener, redirect(verifier))
    check_still_waits(listener, told, [Arrived(verifier) for verifier in forged])


def test_nothing_is_taken_before_the_request_token_is_known(told):
    """What comes before the login has a request token cannot be for it; the true redirect is served later."""
    with Listener(told.append) as listener:
        for query in (OURS, f"oauth_token=&oauth_verifier={FORGED}", f"oauth_token=None&oauth_verifier={FORGED}"):
            assert visit(listener, f"/?{query}").status == 400
        listener.expect(TOKEN)
        check_still_waits(listener, told)


def test_only_the_latest_request_token_counts(listener, told):
    """The redirect of a login that was begun anew does not end the new one."""
    listener.expect("another")
    assert visit(listener).status == 400
    assert visit(listener, redirect(VERIFIER, "another")).status == 200
    assert told == [Arrived(VERIFIER)]


# What is turned away, politely, and ends nothing.


@pytest.mark.parametrize(
    "query",
    [
        "",
        f"oauth_token={TOKEN}",
        f"oauth_verifier={VERIFIER}",
        f"denied={TOKEN}",
        f"oauth_token={TOKEN}&oauth_verifier=",
        f"oauth_token={TOKEN}&oauth_verifier",
        f"oauth_token=&oauth_verifier={FORGED}",
        f"oauth_token=72157-abc&oauth_verifier={FORGED}",
        f"oauth_token={TOKEN.upper()}&oauth_verifier={FORGED}",
        f"oauth_token={TOKEN[:-1]}&oauth_verifier={FORGED}",
        f"oauth_token={TOKEN}0&oauth_verifier={FORGED}",
        f"oauth_token={TOKEN}%20&oauth_verifier={FORGED}",
        f"OAUTH_TOKEN={TOKEN}&OAUTH_VERIFIER={FORGED}",
        f"oauth_token={TOKEN};oauth_verifier={FORGED}",
        f"x?oauth_token={TOKEN}&oauth_verifier={FORGED}",
        f"oauth_token={TOKEN}&oauth_verifier={'f' * 256}",
        f"oauth_token={TOKEN}&oauth_verifier=00+00",
        f"oauth_token={TOKEN}&oauth_verifier=00%0A",
        f"oauth_token={TOKEN}&oauth_verifier=00%00",
        f"oauth_token={TOKEN}&oauth_verifier=%EF%BC%91",  # a digit one, but not an ASCII one
        f"oauth_token={TOKEN}&oauth_verifier={FORGED}%FF",
        f"oauth_token={TOKEN}&oauth_verifier=%zz",
        f"oauth_token={TOKEN}&oauth_verifier=<script>alert(1)</script>",
        f"oauth_token={TOKEN}&oauth_verifier={FORGED}" + "&a=1" * 60,
    ],
)
def test_an_address_that_is_not_of_this_login_is_turned_away(listener, told, query):
    """An old tab, a foreign login or a mangled address gets a page that says so, and the wait goes on."""
    page = visit(listener, f"/?{query}")
    assert page.status == 400
    assert "does not belong" in page.text
    check_still_waits(listener, told)


@pytest.mark.parametrize(("more", "status"), [(48, 200), (49, 400)])
def test_a_redirect_has_at_most_fifty_parameters(listener, told, more, status):
    """What a provider adds to the redirect does no harm; an address that is made to be slow to read is not read."""
    assert visit(listener, REDIRECT + "&a=1" * more).status == status
    assert told == [Arrived(VERIFIER)] * (status == 200)


@pytest.mark.parametrize("twice", ["oauth_token", "oauth%5Ftoken", "oauth_verifier", "oauth%5fverifier"])
@pytest.mark.parametrize("other", [False, True])
def test_a_doubled_parameter_is_turned_away(listener, told, twice, other):
    """Where two codes or two request tokens come together nobody knows which one counts, even if they are alike."""
    value = "other" if other else TOKEN if "token" in twice else VERIFIER
    for query in (f"{twice}={value}&{OURS}", f"{OURS}&{twice}={value}", f"{twice}=&{OURS}", f"{OURS}&{twice}"):
        assert visit(listener, f"/?{query}").status == 400
    check_still_waits(listener, told)


BY_ITSELF = [
    {"Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"},
    {"Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "script"},
    {"Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "empty"},
    {"Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"},
    {"Sec-Fetch-Mode": "same-origin", "Sec-Fetch-Dest": "empty"},
    {"Sec-Fetch-Mode": "websocket", "Sec-Fetch-Dest": "empty"},
    {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"},
    {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "frame"},
    {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "fencedframe"},
    {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "object"},
    {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "embed"},
    {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document", "Sec-Purpose": "prefetch"},
    {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document", "Sec-Purpose": "prefetch;prerender"},
    {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document", "Purpose": "prefetch"},
    {"Sec-Fetch-Mode": "no-cors"},
    {"Sec-Fetch-Dest": "image"},
]


@pytest.mark.parametrize("headers", BY_ITSELF, ids=lambda headers: " ".join(headers.values()))
@pytest.mark.parametrize("address", [redirect(FORGED), REDIRECT])
def test_what_a_page_makes_the_browser_load_changes_nothing(listener, told, headers, address):
    """An image, a script, a frame or a prefetch on any page cannot end a login, even if it knows the request token."""
    answer = visit(listener, address, **headers, **{"Sec-Fetch-Site": "cross-site"})
    assert answer.status == 403
    assert answer.headers["Connection"] == "close"
    assert "tab" in answer.text
    check_still_waits(listener, told)


@pytest.mark.parametrize("site", ["cross-site", "same-site", "same-origin", "none"])
def test_a_navigation_of_the_persons_is_served_wherever_it_comes_from(listener, told, site):
    """Flickr's redirect is cross-site, and a pasted or reloaded address has no site."""
    headers = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document", "Sec-Fetch-Site": site}
    assert visit(listener, **headers).status == 200
    assert told == [Arrived(VERIFIER)]


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


@pytest.mark.parametrize(
    "path", ["/favicon.ico", "/robots.txt", "//", "/%2F", "/%3F", "/.", "/./", "/;", "/callback", "/index.html", "*"]
)
def test_there_is_nothing_at_another_path(listener, told, path):
    """The favicon that each browser asks for, and whatever a scanner tries, is not there, also with a true query."""
    for address in (path, f"{path}?{OURS}"):
        assert visit(listener, address).status == 404
    check_still_waits(listener, told)


@pytest.mark.parametrize("method", ["HEAD", "POST", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "QUERY"])
def test_only_a_get_delivers(listener, told, method):
    """A preview of a chat program (HEAD) and a form or script of a foreign page use nothing up."""
    length = "Content-Length: " + str(len(OURS) if method == "POST" else 0)
    answer = send(listener, request(f"{method} {REDIRECT} HTTP/1.1", length, body=OURS if method == "POST" else ""))
    assert statuses(answer) == [b"405"]
    assert b"\r\nAllow: GET\r\n" in answer
    assert answer.endswith(b"\r\n\r\n") == (method == "HEAD")  # which has no body
    check_still_waits(listener, told)


def test_a_foreign_page_may_not_read_the_answer(listener, told):
    """A script of a web site that tries the port is allowed nothing by the answers."""
    asks = {"Origin": "https://evil.example", "Access-Control-Request-Private-Network": "true"}
    for method in ("OPTIONS", "GET"):
        answer = visit(listener, "/", method, **asks)
        assert answer.status >= 400
        assert not [name for name in answer.headers if name.lower().startswith("access-control")]
    check_still_waits(listener, told)


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:PORT",
        "127.0.0.1.evil.example:PORT",
        "localhost.evil.example",
        "127.0.0.1@evil.example:PORT",
        "127.0.0.1:@evil.example",
        "localhost:PORT.evil.example",
        "evil.example#127.0.0.1:PORT",
        "127.0.0.2:PORT",
        "0.0.0.0:PORT",
        "[::]:PORT",
        "[::1].evil.example",
        "::1",
        "localhost.",
        "",
        ":PORT",
    ],
)
def test_another_host_is_turned_away(listener, told, host):
    """A web site whose name was pointed at this machine (DNS rebinding) is not served."""
    host = host.replace("PORT", str(listener.port))
    assert statuses(send(listener, request(f"GET {REDIRECT} HTTP/1.1", host=host))) == [b"421"]
    check_still_waits(listener, told)


SMUGGLED = request(f"GET {redirect(FORGED)} HTTP/1.1").decode()


@pytest.mark.parametrize("junk", [SMUGGLED, SMUGGLED * 9, "\r\n" * 99, "\0" * 999, "\x16\x03\x01"])
def test_what_follows_the_redirect_on_its_connection_is_not_read(listener, told, junk):
    """One visit delivers one verifier at the most, whatever is sent behind it."""
    answer = send(listener, request(f"GET {REDIRECT} HTTP/1.1", "Connection: keep-alive", body=junk))
    assert statuses(answer) == [b"200"]
    assert told == [Arrived(VERIFIER)]


# What connections may do to it.

HALVES = (
    b"",
    b"\r",
    b"GET",
    f"GET {REDIRECT}".encode(),
    b"GET / HTTP/1.1\r\nHost: 127.0",
    b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\nabc",
)


@pytest.mark.parametrize("half", HALVES)
@pytest.mark.parametrize("ending", ["none", "polite", "reset"])
def test_half_a_request_holds_nobody_up(listener, told, half, ending):
    """A browser that connects ahead of need, stops in the middle or leaves does not hold up the redirect."""
    with connect(listener) as connection:
        connection.sendall(half)
        if ending == "polite":
            connection.shutdown(socket.SHUT_WR)
            assert statuses(heard(connection)) in ([], [b"400"], [b"421"])
        elif ending == "reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            connection.close()
        check_still_waits(listener, told)


def test_two_hundred_visits_at_once_are_all_answered(listener, told):
    """All of 200 visits get their page, and the verifier that they all bring is told of once."""
    with contextlib.ExitStack() as stack:
        crowd = []
        for _ in range(200):
            crowd.append(stack.enter_context(connect(listener)))
            crowd[-1].sendall(request(f"GET {REDIRECT} HTTP/1.1"))
        assert all(statuses(heard(each)) == [b"200"] for each in crowd)
    assert told == [Arrived(VERIFIER)]


WITHOUT_FILES = """
import os, resource, sys, threading, time
from flickr_auth.loopback.callback import Listener

resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
told = []
with Listener(told.append) as listener:
    listener.expect("token")
    taken = []
    try:
        while True:
            taken.append(os.dup(0))
    except OSError:
        pass
    print(listener.port, flush=True)
    sys.stdin.readline()
    begun = time.process_time()
    threading.Event().wait(1)
    print(time.process_time() - begun, flush=True)
    for each in taken:
        os.close(each)
    sys.stdin.readline()
print(len(told), flush=True)
"""


def test_tls_is_recognised_and_told_of_once(listener, told):
    """A browser that was told https gets no answer, the login learns of it once, and the wait goes on."""
    for _ in range(3):
        say_tls(listener)
    check_still_waits(listener, told, [TlsHello()])
    say_tls(listener)
    assert told == [TlsHello(), Arrived(VERIFIER)]


def test_tls_is_told_of_before_the_request_token_is_known(told):
    """An https of somebody's making is a fact about the address, whichever login it is for."""
    with Listener(told.append) as listener:
        say_tls(listener)
    assert told == [TlsHello()]


@pytest.mark.parametrize("failure", [RuntimeError, OSError])
def test_a_verifier_is_not_lost_when_telling_of_it_fails(failure):
    """If the program cannot take the verifier, the page does not say that it arrived, and a reload brings it again."""
    told = []

    def fails_first(event):
        told.append(event)
        if told.count(event) == 1:
            raise failure(VERIFIER)

    with Listener(fails_first) as listener:
        listener.expect(TOKEN)
        page = visit(listener)
        assert page.status == 500
        assert VERIFIER not in page.text
        for _ in range(2):
            assert visit(listener).status == 200
        for _ in range(3):
            say_tls(listener)
    assert told == [Arrived(VERIFIER)] * 2 + [TlsHello()] * 2


# What the browser is shown.


class Parsed(html.parser.HTMLParser):
    """The tags of a page, with their attributes."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes = [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs


@pytest.mark.parametrize("address", [REDIRECT, "/", redirect(FORGED, "foreign")])
def test_a_page_is_small_and_loads_nothing(listener, address):
    """The page comes whole and at once, and no other machine hears of the visit."""
    page = visit(listener, address)
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert len(page.text) < 3000
    assert page.text.startswith("<!DOCTYPE html>") and page.text.endswith("</html>")
    parsed = Parsed(page.text)
    assert {"title", "h1", "p"} <= set(parsed.tags)
    assert {("lang", "en"), ("charset", "utf-8"), ("name", "viewport")} <= set(parsed.attributes)
    assert not {"script", "link", "img", "iframe", "base", "form", "a", "object", "embed"} & set(parsed.tags)
    assert not {"src", "href", "srcset", "style", "action", "http-equiv"} & {name for name, _ in parsed.attributes}
    assert not re.search(r"//|url\(|@import|javascript:", page.text)


def test_the_page_sends_the_person_back_to_the_terminal_and_promises_no_more(listener):
    """The page says where to go on, and does not say that the login is done: Flickr may still refuse the code."""
    text = visit(listener).text
    assert "Return to the terminal" in text
    assert "You can close this page" in text
    assert '<span class="mark">✓</span> Code received</h1>' in text
    assert "<title>Code received (flickr-auth)</title>" in text  # which tab of many it is
    assert not re.search(r"success|succeed|logged in|complete|done|finished|welcome|thank", text, re.IGNORECASE)


def test_a_page_that_turns_away_says_that_the_terminal_goes_on(listener):
    """Whoever lands there with an old address learns where the true one is, and is not told that anything arrived."""
    text = visit(listener, "/").text
    assert "Open the URL that the terminal shows" in text
    assert "received" not in text and "✓" not in text


@pytest.mark.parametrize(
    "address",
    [
        REDIRECT,
        f"{REDIRECT}&<script>alert(1)</script>",
        redirect("<script>alert(1)</script>"),
        redirect(VERIFIER, "%3Cb%3Emine"),
        "/<script>alert(1)</script>",
        "/%3Cscript%3E",
        f"/elsewhere?{OURS}",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "<b>", "GET mine"])
def test_nothing_of_the_request_is_shown(listener, address, method):
    """No answer holds the verifier or the request token, and nobody can write on our page through an address."""
    lines = ("Content-Length: 0", "Referer: http://x/<b>mine", "User-Agent: <b>mine")
    answer = send(listener, request(f"{method} {address} HTTP/1.1", *lines)).decode().lower()
    for shown in (TOKEN, VERIFIER, "script", "<b>", "mine", "elsewhere", "%3c"):
        assert shown not in answer


def test_a_page_is_the_same_for_every_visitor(told):
    """What a page looks like tells nothing about the login that it belongs to."""
    pages = set()
    for token, verifier in ((TOKEN, VERIFIER), ("other", "another")):
        with Listener(told.append) as listener:
            listener.expect(token)
            pages.add((visit(listener, redirect(verifier, token)).text, visit(listener, "/").text))
    assert len(pages) == 1


def test_a_page_lets_nothing_out(listener):
    """The address with the verifier goes to nobody as a referrer, and no other page can frame this one."""
    for address in (REDIRECT, "/"):
        headers = visit(listener, address).headers
        assert headers["Referrer-Policy"] == "no-referrer"
        assert set(headers["Content-Security-Policy"].split("; ")) == {
            "default-src 'none'",
            "style-src 'unsafe-inline'",
            "form-action 'none'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
        }


@pytest.mark.parametrize(
    ("method", "address", "host", "status"),
    [
        ("GET", REDIRECT, "localhost", 200),
        ("GET", "/", "localhost", 400),
        ("GET", "/favicon.ico", "localhost", 404),
        ("HEAD", REDIRECT, "localhost", 405),
        ("GET", REDIRECT, "evil.example", 421),
    ],
)
def test_every_answer_is_kept_nowhere_and_ends_its_connection(listener, method, address, host, status):
    """No answer stays in a cache, is guessed to be what it is not, sets a cookie, or holds the browser's connection."""
    answer = visit(listener, address, method, Host=host, Connection="keep-alive")
    assert answer.status == status
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Connection"] == "close"
    assert "Set-Cookie" not in answer.headers


# What others learn of it.


def test_nothing_is_logged_and_nothing_is_printed(caplog, capfd):
    """A log at its most talkative, the screen and the error stream hold nothing of any visit."""
    caplog.set_level(logging.DEBUG)

    def fails(_):
        raise RuntimeError(VERIFIER)

    for told in (list().append, fails):  # noqa: C408  # a list that nobody reads
        with Listener(told) as listener:
            visit(listener)
            listener.expect(TOKEN)
            for address in (REDIRECT, "/", f"/favicon.ico?{OURS}"):
                for method in ("GET", "HEAD", "POST"):
                    visit(listener, address, method)
            visit(listener, Host="evil.example")
            say_tls(listener)
            send(listener, request(f"GET {REDIRECT} HTTP/1.1\x1b[31m"))
            for half in HALVES:
                with connect(listener) as connection:
                    connection.sendall(half)
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    assert not caplog.records
    assert capfd.readouterr() == ("", "")


def test_no_repr_holds_a_verifier(listener):
    """A traceback or a debugger that shows what is passed around shows no secret."""
    secrets = {"cookie": VERIFIER}
    for shown in (
        Arrived(VERIFIER),
        [Arrived(VERIFIER), TlsHello()],
        Request("GET", "127.0.0.1", "/", OURS, secrets, VERIFIER.encode()),
        Reply(200, VERIFIER.encode(), headers=tuple(secrets.items())),
        listener,
    ):
        assert VERIFIER not in repr(shown) + str(shown)


# Where it is open, and for how long.


def test_the_address_names_this_machine_and_a_free_port(told):
    """Two logins at once have an address each, which Flickr can send a browser on this machine to."""
    with Listener(told.append) as one, Listener(told.append) as other:
        assert one.port != other.port
        for each in (one, other):
            assert each.url.startswith(f"http://127.0.0.1:{each.port}/")
            assert visit(each).status == 400


def test_a_port_can_be_chosen_and_used_again_at_once(told):
    """Whoever forwards a port with ssh may log in twice in a row through it."""
    with Listener(told.append) as first:
        chosen = first.port
        visit(first)
    with Listener(told.append, chosen) as second:
        assert second.port == chosen
        second.expect(TOKEN)
        check_still_waits(second, told)


def test_a_port_that_is_taken_is_said(told):
    """The error names the port and the option that chooses another one."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(Error, match=f"port {port} ") as failure:
            Listener(told.append, port)
    assert "--port" in failure.value.hint


def test_a_listener_that_cannot_start_gives_its_port_back(told, monkeypatch):
    """Where the system has nothing left to listen with, nothing of the try is left either."""

    def none_left(*_):
        raise OSError(errno.EMFILE, "Too many open files")

    listener = Listener(told.append)
    monkeypatch.setattr(socket, "socketpair", none_left)
    with pytest.raises(Error, match="no file or thread"):
        listener.open()
    assert not is_open("127.0.0.1", listener.port)


NO_FILES = """
import os, resource
from flickr_auth.errors import Error
from flickr_auth.loopback.callback import Listener

open_files = [os.dup(0)]
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
while True:
    try:
        open_files.append(os.dup(0))
    except OSError:
        break
for _ in range(5):  # one more each time: for the socket, then for what serves it
    try:
        Listener(print).__enter__()
    except Error as failure:
        print(failure.message, failure.hint)
    os.close(open_files.pop())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit of file numbers that a process can set")
def test_a_listener_that_the_system_has_nothing_left_for_says_how_to_go_on():
    """If there is no file number for it, the login says so before Flickr is asked, and names the way without it."""
    ran = subprocess.run([sys.executable, "-W", "ignore", "-c", NO_FILES], capture_output=True, text=True, check=True)
    lines = ran.stdout.splitlines()
    assert len(lines) >= 3 and ran.stderr == ""
    assert all(line.endswith("Try: flickr-auth login --pin") for line in lines)
    assert lines[0].startswith("Cannot listen on any port of this machine: Too many open files.")


@pytest.mark.parametrize("address", ["127.0.0.2", "::1"])
def test_other_addresses_of_this_machine_are_closed(listener, address):
    """Nobody in the same network reaches the listener: it is on 127.0.0.1 alone."""
    assert is_open("127.0.0.1", listener.port)
    assert not is_open(address, listener.port)


@pytest.mark.parametrize("failing", [False, True])
def test_the_port_is_open_only_while_the_login_waits(told, failing):
    """When the wait is over, however it ended, the port is closed."""
    with contextlib.suppress(KeyboardInterrupt), Listener(told.append) as listener:
        assert is_open("127.0.0.1", listener.port)
        if failing:
            raise KeyboardInterrupt
    assert not is_open("127.0.0.1", listener.port)


def open_sockets():
    gc.collect()
    return {id(each) for each in gc.get_objects() if type(each) is socket.socket and each.fileno() != -1}


def test_the_listener_is_closed_before_the_block_ends_and_as_often_as_one_likes(told):
    """The login closes it before it sends the code, with every connection, and nothing is open while it stores."""
    with Listener(told.append) as listener, connect(listener) as silent:
        visit(listener)  # the silent one came first, so it has a thread by now
        threads = threading.active_count()
        listener.close()
        listener.close()
        assert heard(silent) == b""
        assert not is_open("127.0.0.1", listener.port)
        assert threading.active_count() < threads


def test_a_listener_that_was_closed_waits_on_at_the_same_address(told):
    """After a wrong code the browser can still bring the right one, to the address that Flickr knows."""
    with Listener(told.append) as listener:
        listener.expect(TOKEN)
        url = listener.url
        assert visit(listener, redirect(FORGED)).status == 200
        listener.close()
        listener.open()
        listener.open()
        assert listener.url == url
        assert visit(listener, redirect(FORGED)).status == 200
        check_still_waits(listener, told, [Arrived(FORGED)])


def test_a_port_that_was_taken_meanwhile_is_an_error(told):
    """If another program has the port by then, the login learns it, and can go on with what is pasted."""
    with Listener(told.append) as listener:
        listener.close()
        with socket.create_server(("127.0.0.1", listener.port)), pytest.raises(Error, match=f"port {listener.port}"):
            listener.open()
        listener.open()
        assert is_open("127.0.0.1", listener.port)


@pytest.mark.parametrize(("exclusive", "option"), [(None, socket.SO_REUSEADDR), (-5, -5)])
def test_no_other_program_can_listen_on_the_same_port(exclusive, option):
    """On Windows (where SO_EXCLUSIVEADDRUSE is -5) a second program is kept out; SO_REUSEADDR would let it in."""

    class Recorded:
        options = ()

        def setsockopt(self, *option):
            self.options += (option,)

    listening = Recorded()
    claim(listening, exclusive)
    assert listening.options == ((socket.SOL_SOCKET, option, 1),)


def test_a_second_listener_on_the_port_is_refused(listener, told):
    """Nobody can take the place of a login that waits."""
    with pytest.raises(Error, match="in use"):
        Listener(told.append, listener.port)


def test_the_end_is_quick_and_leaves_nothing_behind(told):
    """Connections that say nothing do not hold up the end of the login; no thread and no socket outlives it."""
    threads, sockets = set(threading.enumerate()), open_sockets()
    with contextlib.ExitStack() as stack:
        with Listener(told.append) as listener:
            crowd = [stack.enter_context(connect(listener)) for _ in range(12)]
            for number, connection in enumerate(crowd):
                connection.sendall(HALVES[number % len(HALVES)])
            visit(listener)  # the others came first, so all of them have a thread by now
            assert len(threading.enumerate()) > len(threads) + 12
            begun = time.monotonic()
        assert time.monotonic() - begun < 5  # the patience with a silent connection is ten
        assert set(threading.enumerate()) == threads
        assert open_sockets() - {id(each) for each in crowd} == sockets
        assert all(statuses(heard(each)) in ([], [b"400"], [b"421"]) for each in crowd)


def test_the_page_that_is_being_answered_is_still_delivered():
    """A login that ends the moment the verifier is there does not cut off the page that says so."""
    arrived, ending = threading.Event(), threading.Event()

    def told(_):
        arrived.set()
        assert ending.wait(10)

    with contextlib.ExitStack() as stack:
        with Listener(told) as listener:
            listener.expect(TOKEN)
            silent, browser = (stack.enter_context(connect(listener)) for _ in range(2))
            # The end of the block is noticed by the silent connection; only then is the page written.
            watcher = threading.Thread(target=lambda: (heard(silent), ending.set()))
            watcher.start()
            browser.sendall(request(f"GET {REDIRECT} HTTP/1.1"))
            assert arrived.wait(10)
            assert not ending.is_set()
        watcher.join(10)
        page = heard(browser)
    assert page.startswith(b"HTTP/1.1 200 OK\r\n")
    assert page.endswith(b"</html>")
