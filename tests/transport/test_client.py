"""What goes over the wire, how often, for how long, and what is said when it fails (flickr_auth.transport)."""

import logging
import pickle
import re
import signal
import subprocess
import sys
import threading
import time
import traceback

import pytest
import requests

from flickr_auth.errors import BadAnswer, Busy, Error, KeyRefused, NoAnswer, NotSent, Unreachable
from flickr_auth.protocol import legs, rest
from flickr_auth.protocol.session import Session
from flickr_auth.provider import FLICKR, at
from flickr_auth.transport import LONGEST_ANSWER, Request, Transport, client
from flickr_auth.version import __version__

from rude_server import (
    ACCESS,
    ACCOUNT,
    FORM,
    JSON,
    KEYS,
    REQUEST,
    VERIFIER,
    RudeServer,
    access_token_answer,
    answer,
    check_token_answer,
    hang,
    request_token_answer,
    reset,
    talking,
    verified,
)
from standing_clock import Clock

PAUSE = client._pause  # as it is where no test shortens it
SECRETS = (KEYS.api_secret, REQUEST.oauth_token_secret, ACCESS.oauth_token_secret, VERIFIER)
OK = answer('{"stat":"ok"}', headers=JSON)
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")


def send(transport, url, **how):
    """The answer itself."""
    return transport.send(Request(url, **how), lambda answer: answer)


def trade(transport):
    return legs.access_token(transport, REQUEST, VERIFIER, "read")


def check(transport):
    return rest.check_token(transport, ACCOUNT)


def shown(error):
    """Everything of an error that can reach a person, a log or another process."""
    return f"{error} {error.hint} {error!r} {pickle.dumps(error)}"


# ---- what is sent


def test_the_three_legs_are_signed_with_the_secrets_known_at_each():
    """Each leg is signed with the key's secret and the newest token's, all on one connection, under our name.

    What signs is in the Authorization header alone and once: proxies and servers log URLs and bodies.
    """
    with talking(request_token_answer(), access_token_answer(), check_token_answer()) as (server, transport):
        pending = legs.request_token(transport)
        issued = legs.access_token(transport, pending, VERIFIER, "read")
        rest.check_token(transport, issued)
    secrets = ("", REQUEST.oauth_token_secret, ACCESS.oauth_token_secret)
    own = (
        {"oauth_callback": "oob"},
        {"oauth_token": REQUEST.oauth_token, "oauth_verifier": VERIFIER},
        {"oauth_token": ACCESS.oauth_token},
    )
    common = {"oauth_consumer_key", "oauth_nonce", "oauth_timestamp", "oauth_version", "oauth_signature_method"}
    for request, secret, more in zip(server.requests, secrets, own, strict=True):
        assert verified(request, server.provider.site, secret)
        assert sorted(name for name, _ in request.oauth) == sorted({*common, "oauth_signature", *more})
        assert more.items() <= dict(request.oauth).items()
        assert "oauth_" not in f"{request.query}{request.body}" and "api_key" not in request.target
        assert request.header("User-Agent") == f"flickr-auth/{__version__}"
    assert [request.connection for request in server.requests] == [1, 1, 1]


# ---- connections


def test_a_connection_idle_for_more_than_ten_seconds_is_closed_before_the_next_request():
    """A code is not sent into a connection that the server may have closed while the person typed."""
    clock = Clock()
    with talking(request_token_answer(), access_token_answer(), clock=clock) as (server, transport):
        legs.request_token(transport)
        clock.now += 11
        trade(transport)
        server.wait_until_closed(1)
    assert server.connections == 2


def test_a_connection_that_the_server_dropped_meanwhile_costs_nothing():
    """A connection that the server dropped meanwhile costs nothing: the code is sent once, and it counts."""
    dropping = answer(
        f"oauth_callback_confirmed=true&oauth_token={REQUEST.oauth_token}&oauth_token_secret=s", then_close=True
    )
    notices = []
    with talking(dropping, access_token_answer(), notice=notices.append) as (server, transport):
        legs.request_token(transport)
        server.wait_until_closed(1)
        issued = trade(transport)
    assert issued.token == ACCESS
    assert (len(server.requests), notices) == (2, [])


def test_after_a_failure_the_next_request_has_a_fresh_connection():
    """The rest of a broken answer is never read as the next one."""
    with talking(answer("no", length=10), access_token_answer()) as (server, transport):
        with pytest.raises(NoAnswer):
            trade(transport)
        assert trade(transport).token == ACCESS
    assert [request.connection for request in server.requests] == [1, 2]


# ---- tries


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param(answer("", 503, {**FORM, "Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}), id="503"),
        pytest.param(answer("", 500, {**FORM, "Retry-After": "²"}), id="500"),
        pytest.param(reset(), id="reset"),
    ],
)
def test_a_step_that_may_be_repeated_succeeds_at_the_third_try(bad):
    """A step that may be repeated succeeds at the third try, each signed afresh, and the person is told."""
    notices = []
    with talking(bad, bad, request_token_answer(), notice=notices.append) as (server, transport):
        legs.request_token(transport)
    assert len({dict(request.oauth)["oauth_nonce"] for request in server.requests}) == 3
    assert ["again" in notice for notice in notices] == [True, True]


def test_a_wait_that_does_not_fit_into_the_deadline_is_not_begun():
    """A server that asks for more patience than there is left gets none: the error comes at once."""
    busy = answer("", status=429, headers={**FORM, "Retry-After": "Fri, 31 Dec 2100 23:59:59 GMT"})
    with talking(busy, request_token_answer()) as (server, transport), pytest.raises(Busy):
        legs.request_token(transport)
    assert len(server.requests) == 1


def test_a_code_is_sent_by_itself_once_a_connection_can_be_opened():
    """A code is sent by itself once a connection can be opened, where none could before."""
    notices = []

    def notice(text):
        notices.append(text)
        server.listen()

    with talking(access_token_answer(), listening=False, notice=notice) as (server, transport):
        assert trade(transport).token == ACCESS
    assert (len(server.requests), len(notices)) == (1, 1)


# ---- for how long


class Noting(requests.Session):
    """A session that notes how long a connection may take to open and an answer to come."""

    def __init__(self):
        super().__init__()
        self.timeouts = []

    def send(self, request, **how):
        self.timeouts.append(how["timeout"])
        return super().send(request, **how)


def test_an_answer_to_a_code_is_waited_for_until_the_deadline_and_any_other_for_half_a_minute():
    """A token may be on its way, and is worth the wait; another request is better sent again."""
    noting = Noting()
    replies = check_token_answer(), access_token_answer()
    with talking(*replies, session=noting, timeout=50) as (_server, transport):
        check(transport)
        trade(transport)
    assert noting.timeouts == [(5, 30), (5, pytest.approx(50, abs=1))]


CALL = """
import sys, requests, requests_oauthlib  # their first import would count against the deadline
from flickr_auth.account import ConsumerKeys, Token
from flickr_auth.protocol import rest
from flickr_auth.provider import at
from flickr_auth.transport import Transport
with Transport(at(sys.argv[1]), ConsumerKeys("k", "s"), timeout=1.2) as transport:
    print(rest.call(transport, Token("t", "s"), "flickr.test.echo", {}, post=len(sys.argv) > 2))
"""


@pytest.mark.thorough
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signal that stops a process")
@pytest.mark.parametrize(
    ("arguments", "first"),
    [([], OK), (["post"], OK), ([], answer("", 503, {"Retry-After": "0"}))],
    ids=["answered", "a post", "busy"],
)
def test_a_process_that_was_stopped_for_longer_than_the_deadline_has_its_answer(arguments, first):
    """What came while the process was stopped counts, and what may be asked for again is, in the time that was left."""
    stopped = threading.Event()
    late = lambda line: stopped.wait(20) and first(line)  # noqa: E731  # the server answers once it is told to
    with RudeServer([late, OK]) as server:
        command = [sys.executable, "-c", CALL, server.provider.site, *arguments]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            while not server.requests and process.poll() is None:
                time.sleep(0.01)
            process.send_signal(signal.SIGSTOP)
            time.sleep(1.5)
            stopped.set()
            time.sleep(0.05)  # the answer arrives
            process.send_signal(signal.SIGCONT)
            assert process.communicate(timeout=30) == ("{'stat': 'ok'}\n", "")


# ---- what is no answer


def test_an_answer_may_have_one_mebibyte_and_not_a_byte_more():
    """The longest answer of a login that is read is 1 MiB, and the error names that limit."""
    good, bad = answer(b"a" * LONGEST_ANSWER), answer(b"a" * (LONGEST_ANSWER + 1))
    with talking(good, bad, bad, bad) as (server, transport):
        assert len(send(transport, server.provider.rest_url).body) == 1 << 20
        with pytest.raises(BadAnswer, match="1,048,576"):
            send(transport, server.provider.rest_url)


def test_a_redirect_is_no_answer_and_nobody_else_sees_the_request():
    """A redirect of a signed request is an error, wherever it leads, and its target is never contacted."""
    with RudeServer([]) as other:
        for location in (f"{other.provider.site}/x", "http://["):
            elsewhere = answer("", 307, {"Location": location})
            with talking(*[elsewhere] * 3) as (server, transport), pytest.raises(BadAnswer, match=r"redirect .*307"):
                legs.request_token(transport)
            assert len(server.requests) == 3
    assert other.connections == 0


def test_a_host_that_is_no_name_is_an_error_not_a_crash():
    """A base URL whose host cannot be encoded ends in one of our errors."""
    with pytest.raises(Error), Transport(at(f"https://{'a' * 70}.invalid"), KEYS) as transport:
        legs.request_token(transport)


# ---- proxies


@pytest.mark.parametrize(
    ("variable", "proxy"),
    [
        ("HTTPS_PROXY", "http://127.0.0.1:{port}"),
        ("https_proxy", "localhost:{port}"),
        ("ALL_PROXY", "me:passw0rd@localhost:{port}"),
        ("HTTPS_PROXY", "HTTP://me:passw0rd@localhost:{port}/"),
        ("HTTPS_PROXY", "//localhost:{port}"),
    ],
)
def test_flickr_is_asked_through_the_proxy_of_the_environment(variable, proxy, monkeypatch):
    """Commands and scripts ask Flickr through the proxy that a variable names, as curl takes it, perhaps without
    http:// in front; it gets the password, and sees no more than the host's name."""
    with RudeServer([answer("", status=502)] * 4) as server:
        monkeypatch.setenv(variable, proxy.format(port=server.port))
        with Transport(FLICKR, KEYS) as transport, pytest.raises(NotSent, match="proxy") as caught:
            trade(transport)
        with Session(FLICKR, KEYS, ACCESS) as session, pytest.raises(requests.exceptions.ProxyError):
            session.get("https://www.flickr.com/")
    assert {(request.method, request.target) for request in server.requests} == {("CONNECT", "www.flickr.com:443")}
    passwords = [value for request in server.requests for name, value in request.headers if "Authorization" in name]
    assert len(server.requests) == 4 and passwords == ["Basic bWU6cGFzc3cwcmQ="] * 4 * ("@" in proxy)
    assert "OAuth" not in str(server.requests) and "passw0rd" not in shown(caught.value)


def test_what_stays_on_this_machine_goes_through_no_proxy(monkeypatch):
    """A provider on this machine is reached directly, whatever proxy variables are set."""
    with RudeServer([]) as proxy, RudeServer([request_token_answer()]) as server:
        for name in PROXIES:
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
            monkeypatch.setenv(name.lower(), f"http://127.0.0.1:{proxy.port}")
        with Transport(at(f"http://localhost:{server.port}"), KEYS) as transport:
            assert legs.request_token(transport) == REQUEST
    assert proxy.connections == 0


@pytest.mark.parametrize(
    "proxy",
    [
        pytest.param("http://me:passw0rd@127.0.0.1:{port}", id="refusing"),
        pytest.param("http://me:passw0rd@[::1", id="half an address"),
        pytest.param("foo://me:passw0rd@127.0.0.1:{port}", id="unknown kind"),
        pytest.param("http://me:passw0rd€@127.0.0.1:{port}", id="a password in Unicode"),
    ],
)
def test_a_proxy_that_does_not_work_is_blamed_and_its_address_not_shown(proxy, monkeypatch):
    """A proxy that does not work is blamed, its variable named, and its address not shown: it may hold a password."""
    with RudeServer([], listening=False) as closed:
        monkeypatch.setenv("HTTPS_PROXY", proxy.format(port=closed.port))
        with Transport(FLICKR, KEYS) as transport, pytest.raises(NotSent, match="proxy") as caught:
            trade(transport)
    assert "HTTPS_PROXY" in caught.value.hint
    assert "passw0rd" not in shown(caught.value)


def test_no_cookie_is_kept():
    """What a server would like to be told again at the next request is none of its business."""
    with talking(answer("{}", headers=JSON | {"Set-Cookie": "visitor=1; Path=/"}), OK) as (server, transport):
        for _ in range(2):
            send(transport, server.provider.rest_url)
    assert ["cookie" in (name.lower() for name, _ in each.headers) for each in server.requests] == [False, False]


# ---- secrets


def secrets_of(server):
    """All that may not be seen: the secrets, and the signatures that were made with them."""
    return [*SECRETS, *(dict(request.oauth)["oauth_signature"] for request in server.requests)]


def test_no_log_and_no_trace_holds_a_secret(caplog):
    """No log, also one that is turned on late, and no trace, which has a line for each request, holds a secret."""
    lines = []
    replies = request_token_answer(), access_token_answer(), check_token_answer(), reset(), answer("", 500)
    with talking(*replies, trace=lines.append) as (server, transport):
        pending = legs.request_token(transport)
        for name in (None, "oauthlib", "requests_oauthlib", "urllib3", "requests"):
            caplog.set_level(logging.DEBUG, logger=name)
        rest.check_token(transport, legs.access_token(transport, pending, VERIFIER, "read"))
        for _again in range(2):
            with pytest.raises(Unreachable):
                trade(transport)
    assert [secret for secret in secrets_of(server) if secret in caplog.text + "".join(lines)] == []
    assert "/services/oauth/access_token" in caplog.text
    one = re.compile(r"(GET|POST) 127\.0\.0\.1:\d+/services/\S+ .*\d\.\d{3} s")
    assert len(lines) == len(server.requests) and all(map(one.fullmatch, lines))


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param(reset(), id="reset"),
        pytest.param(answer("oauth_problem=signature_invalid", 401), id="refused"),
        pytest.param(
            answer(f"{ACCESS.oauth_token_secret}=", headers={"Set-Cookie": ACCESS.oauth_token_secret}),
            id="in the answer",
        ),
    ],
)
def test_a_failure_shows_no_secret(bad):
    """A failure shows no secret: not in its words, not in a traceback, not in a repr of what is on the stack."""
    with talking(bad) as (server, transport), pytest.raises((Unreachable, KeyRefused)) as caught:
        trade(transport)
    ours = [
        repr(value)
        for frame, _line in traceback.walk_tb(caught.value.__traceback__)
        for value in frame.f_locals.values()
        if type(value).__module__.startswith("flickr_auth")
    ]
    seen = "".join([shown(caught.value), *traceback.format_exception(caught.value), *ours])
    assert [secret for secret in secrets_of(server) if secret in seen] == []


# ---- what the clock says


@pytest.mark.thorough
def test_the_pauses_between_tries_grow_and_are_not_all_alike(monkeypatch):
    """Where nothing listens, nothing was sent, and that is said after three tries.

    Between them there is half a second, then a second, each with some jitter, and no more than was said.
    """
    monkeypatch.setattr(client, "_pause", PAUSE)
    notices = []
    started = time.monotonic()
    with (
        talking(listening=False, notice=notices.append) as (_server, transport),
        pytest.raises(NotSent, match=r"127\.0\.0\.1"),
    ):
        trade(transport)
    took = time.monotonic() - started
    assert [notice.rpartition("again in ")[2] for notice in notices] == ["1 s...", "1 s..."]
    assert 0.4 + 0.8 <= took < 0.7 + 1.4 + 1.5


def test_a_code_that_was_given_up_leaves_no_thread_and_no_connection():
    """When a server that hangs lets go, nothing is left of the try that was given up: no thread, no socket."""
    before = set(threading.enumerate())
    with talking(hang(), timeout=0.3) as (_server, transport), pytest.raises(NoAnswer):
        trade(transport)
    for thread in set(threading.enumerate()) - before:
        thread.join(10)
    assert [thread.name for thread in set(threading.enumerate()) - before] == []
