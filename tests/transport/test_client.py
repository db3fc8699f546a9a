"""What goes over the wire, how often, for how long, and what is said when it fails (flickr_auth.transport)."""

import contextlib
import datetime
import gzip
import logging
import pickle
import ssl
import threading
import time
import traceback
import types

import pytest
import requests
import trustme

from flickr_auth.errors import BadAnswer, Busy, Error, KeyRefused, NoAnswer, NotSent, Unreachable
from flickr_auth.protocol import legs, rest
from flickr_auth.provider import FLICKR, at
from flickr_auth.transport import LONGEST_ANSWER, Request
from flickr_auth.transport.failures import Unsendable
from flickr_auth.version import __version__

from rude_server import (
    ACCESS,
    FORM,
    HTML,
    KEYS,
    REQUEST,
    VERIFIER,
    RudeServer,
    access_token_answer,
    answer,
    check_token_answer,
    closing,
    endless,
    hang,
    raw,
    request_token_answer,
    reset,
    talking,
    verified,
)
from standing_clock import Clock

SECRETS = (KEYS.api_secret, REQUEST.oauth_token_secret, ACCESS.oauth_token_secret, VERIFIER)
TYPED = [("text", "a+b & c=d %41 ü ☃\r\n~*'"), ("text", "twice"), ("empty", ""), ("schlüssel+&=%", "1")]
AT_ONCE = {**FORM, "Retry-After": "0"}
NOT_FOUND = answer("no", status=404)
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")


def send(transport, url, **how):
    """The answer itself."""
    return transport.send(Request(url, **how), lambda answer: answer)


def trade(transport):
    return legs.access_token(transport, REQUEST, VERIFIER, "read")


def check(transport):
    return rest.check_token(transport, ACCESS)


STEPS = [
    pytest.param(legs.request_token, request_token_answer(), id="request_token"),
    pytest.param(check, check_token_answer(), id="checkToken"),
]


class LongDay:
    """A clock by which a single try takes so long that there is no time left for another."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        self.now += 20.0
        return self.now


def one_try():
    """Options for a transport that does not try again, however patient it is with the one try."""
    return {"timeout": 30, "clock": LongDay()}


def nonces(server):
    return [dict(request.oauth)["oauth_nonce"] for request in server.requests]


def shown(error):
    """Everything of an error that can reach a person, a log or another process."""
    return f"{error} {error.hint} {error!r} {pickle.dumps(error)}"


# ---- what is sent


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_fields_arrive_as_typed_under_a_signature_that_verifies(method):
    """Umlauts, emoji, signs and blanks in an argument reach Flickr unchanged, by GET and by POST."""
    with talking(answer("fine")) as (server, transport):
        send(transport, server.provider.rest_url, method=method, fields=tuple(TYPED), token=ACCESS)
    (request,) = server.requests
    in_query, in_body = (TYPED, []) if method == "GET" else ([], TYPED)
    assert (request.method, request.query, request.form) == (method, in_query, in_body)
    assert verified(request, server.provider.site, ACCESS.oauth_token_secret)


@pytest.mark.parametrize(
    ("ask", "reply", "own"),
    [
        pytest.param(legs.request_token, request_token_answer(), {"oauth_callback": "oob"}, id="request_token"),
        pytest.param(
            trade,
            access_token_answer(),
            {"oauth_token": REQUEST.oauth_token, "oauth_verifier": VERIFIER},
            id="access_token",
        ),
        pytest.param(
            check,
            check_token_answer(),
            {"oauth_token": ACCESS.oauth_token},
            id="checkToken",
        ),
    ],
)
def test_what_signs_a_request_is_in_its_authorization_header_alone_and_once(ask, reply, own):
    """No OAuth parameter is in a URL or body, where proxies and servers log it."""
    with talking(reply) as (server, transport):
        ask(transport)
    (request,) = server.requests
    names = [name for name, _value in request.oauth]
    always = {"oauth_consumer_key", "oauth_nonce", "oauth_timestamp", "oauth_version"}
    assert sorted(names) == sorted({*always, "oauth_signature_method", "oauth_signature", *own})
    assert dict(request.oauth) | own == dict(request.oauth)
    assert dict(request.oauth)["oauth_signature_method"] == "HMAC-SHA1"
    assert "oauth_" not in request.target.replace("/services/oauth", "").replace("flickr.auth.oauth", "")
    assert b"oauth_" not in request.body
    assert "api_key" not in request.target


def test_flickr_can_see_which_version_of_flickr_auth_is_calling():
    """The User-Agent names the program and its version."""
    with talking(request_token_answer()) as (server, transport):
        legs.request_token(transport)
    assert server.requests[0].header("User-Agent") == f"flickr-auth/{__version__}"


def test_the_three_legs_are_signed_with_the_secrets_known_at_each():
    """Each leg is signed with the key's secret and the newest token's, as OAuth demands."""
    with talking(request_token_answer(), access_token_answer(), check_token_answer()) as (server, transport):
        pending = legs.request_token(transport)
        issued = legs.access_token(transport, pending, VERIFIER, "read")
        rest.check_token(transport, issued.token)
    secrets = ("", REQUEST.oauth_token_secret, ACCESS.oauth_token_secret)
    signed = zip(server.requests, secrets, strict=True)
    assert [verified(request, server.provider.site, secret) for request, secret in signed] == [True] * 3


# ---- connections


def test_a_login_needs_one_connection():
    """A whole login pays for one TLS handshake."""
    with talking(request_token_answer(), access_token_answer(), check_token_answer()) as (server, transport):
        pending = legs.request_token(transport)
        rest.check_token(transport, legs.access_token(transport, pending, VERIFIER, "read").token)
    assert [request.connection for request in server.requests] == [1, 1, 1]


@pytest.mark.parametrize(("pause", "connections"), [pytest.param(9, 1, id="9 s"), pytest.param(11, 2, id="11 s")])
def test_a_connection_idle_for_more_than_ten_seconds_is_closed_before_the_next_request(pause, connections):
    """A code is not sent into a connection that the server may have closed while the person typed."""
    clock = Clock()
    with talking(request_token_answer(), access_token_answer(), clock=clock) as (server, transport):
        legs.request_token(transport)
        clock.now += pause
        trade(transport)
        if connections == 2:
            server.wait_until_closed(1)
    assert server.connections == connections


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


@pytest.mark.parametrize(("ask", "good"), STEPS)
@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_a_step_that_may_be_repeated_succeeds_at_the_third_try(ask, good, status):
    """A step that may be repeated succeeds at the third try, each signed afresh, and the person is told."""
    busy = answer("<html>", status=status, headers={**HTML, "Retry-After": "0"})
    notices = []
    with talking(busy, busy, good, notice=notices.append) as (server, transport):
        ask(transport)
    assert len(set(nonces(server))) == 3
    assert [str(status) in notice and "again" in notice for notice in notices] == [True, True]


@pytest.mark.parametrize(
    ("ask", "good", "bad"),
    [
        pytest.param(legs.request_token, request_token_answer(), reset(), id="request_token reset"),
        pytest.param(check, check_token_answer(), reset(), id="checkToken reset"),
        pytest.param(legs.request_token, request_token_answer(), raw(b""), id="hung up"),
        pytest.param(check, check_token_answer(), answer('{"stat":"ok"', length=100), id="broken off"),
    ],
)
def test_a_step_that_may_be_repeated_survives_a_broken_connection(ask, good, bad):
    """One lost connection does not end a login: the step is signed again, sent again, and the person told once."""
    notices = []
    with talking(bad, good, notice=notices.append) as (server, transport):
        ask(transport)
    assert len(set(nonces(server))) == 2
    assert len(notices) == 1


@pytest.mark.parametrize(("ask", "good"), STEPS)
def test_after_three_tries_the_last_failure_is_told(ask, good):
    """A server that stays busy is asked three times, and the last status is in the error."""
    replies = [answer("", status=status, headers=AT_ONCE) for status in (500, 502, 429)]
    with talking(*replies, good) as (server, transport), pytest.raises(Busy, match="429"):
        ask(transport)
    assert len(server.requests) == 3


@pytest.mark.parametrize(
    "retry_after",
    [
        pytest.param("30", id="seconds"),
        pytest.param("9" * 30, id="ages"),
        pytest.param("Fri, 31 Dec 2100 23:59:59 GMT", id="date"),
    ],
)
def test_a_wait_that_does_not_fit_into_the_deadline_is_not_begun(retry_after):
    """A server that asks for more patience than there is left gets none: the error comes at once."""
    busy = answer("", status=429, headers={**FORM, "Retry-After": retry_after})
    notices = []
    with (
        talking(busy, request_token_answer(), timeout=20, notice=notices.append) as (server, transport),
        pytest.raises(Busy),
    ):
        legs.request_token(transport)
    assert (len(server.requests), notices) == (1, [])


@pytest.mark.parametrize(
    "retry_after",
    [
        "0",
        "Wed, 21 Oct 2015 07:28:00 GMT",
        "Wed, 21 Oct 2015 07:28:00 -0000",
        "²",
        "Mon, 99 Foo 0",
    ],
)
def test_whatever_retry_after_says_the_next_try_comes(retry_after):
    """Whatever Retry-After says that is not a long time, the next try comes."""
    busy = answer("", status=503, headers={**FORM, "Retry-After": retry_after})
    with talking(busy, request_token_answer()) as (server, transport):
        assert legs.request_token(transport) == REQUEST
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("bad", "kind"),
    [
        *(pytest.param(answer("", s, AT_ONCE), Busy, id=str(s)) for s in (429, 500, 502, 503)),
        pytest.param(reset(), NoAnswer, id="reset"),
        pytest.param(raw(b""), NoAnswer, id="hung up"),
        pytest.param(raw(b"HTTP/1.1 200 OK\r\nContent-Le"), Unreachable, id="half a header"),
        pytest.param(raw(b"\x00\xff\x16\x03 what?\r\n\r\n"), Unreachable, id="garbage"),
        pytest.param(answer("oauth_token=a", length=100), NoAnswer, id="broken off"),
        pytest.param(
            raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nd\r\noauth_token=a\r\n"),
            NoAnswer,
            id="half in chunks",
        ),
        pytest.param(raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), Unreachable, id="bad chunks"),
        pytest.param(answer("junk", headers={"Content-Encoding": "gzip"}), BadAnswer, id="bad gzip"),
        pytest.param(answer("junk"), BadAnswer, id="no form"),
        pytest.param(answer("", 302, {"Location": "/"}), BadAnswer, id="redirect"),
    ],
)
def test_a_code_is_sent_once_whatever_comes_back(bad, kind):
    """A code is sent once, whatever comes back: a repetition could be refused after a success."""
    with talking(bad, access_token_answer()) as (server, transport), pytest.raises(kind) as caught:
        trade(transport)
    assert len(server.requests) == 1
    assert not isinstance(caught.value, NotSent)


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


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param(hang(), id="never answers"),
        pytest.param(endless(b"HTTP/1.1 200 OK\r\nX-Slow: ", b"a", 0.02), id="drips a header"),
        pytest.param(endless(b"HTTP/1.1 200 OK\r\n", b"A: b\r\n", 0.02), id="drips headers"),
        pytest.param(endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n", 0.02), id="says go on and on"),
        pytest.param(endless(b"HTTP/1.1 200 OK\r\n\r\n", b"a", 0.02), id="drips the body"),
        pytest.param(endless(b"HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n", b"a", 0.02), id="drips a redirect"),
        pytest.param(hang(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\noauth_token=a"), id="hangs in the middle"),
    ],
)
def test_however_slow_a_server_is_a_step_ends_at_its_deadline_and_a_code_was_sent_once(bad):
    """A server that drips or stalls anywhere costs no more than the time limit, and spends a code only once."""
    with (
        talking(bad, access_token_answer(), timeout=0.5) as (server, transport),
        pytest.raises(NoAnswer, match=r"did not answer (within 0\.5 seconds|in time)\."),
    ):
        trade(transport)
    assert len(server.requests) == 1


def test_after_a_deadline_the_same_transport_gets_its_answer_from_a_server_that_works():
    """A request that was given up does not disturb the next one."""
    drip = endless(b"HTTP/1.1 200 OK\r\nX-Slow: ", b"a", 0.02)
    with RudeServer([access_token_answer()]) as good, talking(drip, timeout=1) as (_server, transport):
        with pytest.raises(NoAnswer, match=r"within 1 second\."):
            legs.request_token(transport)
        found = send(transport, good.provider.access_token_url, method="POST", token=REQUEST)
    assert (found.status, len(good.requests)) == (200, 1)


def test_a_transport_can_be_used_after_it_was_closed():
    """Closing ends the connection and the thread, and nothing else: the next request has both anew."""
    before = set(threading.enumerate())
    with talking(request_token_answer(), access_token_answer()) as (server, transport):
        legs.request_token(transport)
        transport.close()
        server.wait_until_closed(1)
        for thread in set(threading.enumerate()) - before:
            if thread.name == "bounded":
                thread.join(10)
                assert not thread.is_alive()
        assert trade(transport).token == ACCESS


class Noting(requests.Session):
    """A session that notes how long a connection may take to open and an answer to come, or sets it."""

    def __init__(self, timeout=None):
        super().__init__()
        self.timeout = timeout
        self.timeouts = []

    def get_adapter(self, url):
        adapter = super().get_adapter(url)

        def send(request, **how):
            self.timeouts.append(how["timeout"])
            return adapter.send(request, **how | ({"timeout": self.timeout} if self.timeout else {}))

        return types.SimpleNamespace(send=send)


@pytest.mark.parametrize(
    "start", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\noauth_token=a"], ids=["at once", "in the middle"]
)
def test_a_server_that_falls_silent_is_said_to_be_slow_and_not_lost(start):
    """Where half a minute passed without a word, the words are not those of a connection that broke."""
    with (
        talking(hang(start), session=Noting(0.1)) as (_server, transport),
        pytest.raises(NoAnswer, match="did not answer in time"),
    ):
        trade(transport)


@pytest.mark.parametrize(
    ("ask", "reply", "longest"),
    [
        pytest.param(check, check_token_answer(), 30, id="call"),
        pytest.param(trade, access_token_answer(), 50, id="code"),
    ],
)
def test_an_answer_to_a_code_is_waited_for_until_the_deadline_and_any_other_for_half_a_minute(ask, reply, longest):
    """A token may be on its way, and is worth the wait; another request is better sent again."""
    noting = Noting()
    with talking(reply, session=noting, timeout=50, clock=Clock()) as (_server, transport):
        ask(transport)
    assert noting.timeouts == [(5, longest)]


def test_whoever_waits_is_told_how_long_and_when_it_is_over():
    """A terminal can show how long an answer has been waited for, and take that away in the end."""
    seconds = []
    with talking(check_token_answer(), reset()) as (_server, transport):
        transport.waiting = seconds.append
        check(transport)
        assert seconds.pop() == 0 and len(seconds) > 0
        del seconds[:]
        with pytest.raises(NoAnswer):
            trade(transport)
    assert seconds.pop() == 0 and len(seconds) > 0


# ---- how much


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param(endless(b"HTTP/1.1 200 OK\r\n\r\n", b"a" * 65536), id="no length"),
        pytest.param(
            endless(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", b"a" * 65536), id="huge length"
        ),
        pytest.param(
            endless(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1000\r\n" + b"a" * 4096 + b"\r\n"),
            id="chunks",
        ),
        pytest.param(answer(gzip.compress(bytes(2 << 20)) * 10, headers={"Content-Encoding": "gzip"}), id="gzip bomb"),
        pytest.param(endless(b"HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n", b"a" * 65536), id="redirect"),
    ],
)
def test_an_answer_without_end_is_given_up_and_its_connection_closed(bad):
    """A server cannot fill the memory."""
    with talking(bad, bad, bad) as (server, transport):
        with pytest.raises(BadAnswer):
            legs.request_token(transport)
        server.wait_until_closed(3)
    assert len(server.requests) == 3


@pytest.mark.parametrize("is_packed", [False, True], ids=["plain", "gzip"])
def test_an_answer_may_have_one_mebibyte_and_not_a_byte_more(is_packed):
    """The longest answer of a login that is read is 1 MiB, packed or not, and the error names that limit."""
    bodies = b"a" * LONGEST_ANSWER, b"a" * (LONGEST_ANSWER + 1)
    packed = [answer(gzip.compress(body), headers={"Content-Encoding": "gzip"}) for body in bodies]
    good, bad = packed if is_packed else map(answer, bodies)
    replies = good, bad, bad, bad
    with talking(*replies) as (server, transport):
        assert len(send(transport, server.provider.rest_url).body) == 1 << 20
        with pytest.raises(BadAnswer, match="1,048,576"):
            send(transport, server.provider.rest_url)


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param(raw(b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 2000 + b"\r\n"), id="2000 of them"),
        pytest.param(raw(b"HTTP/1.1 200 OK\r\nA: " + b"b" * (1 << 20) + b"\r\n\r\n"), id="a long one"),
        pytest.param(endless(b"HTTP/1.1 200 OK\r\n", b"A: b\r\n" * 1000), id="no end of them"),
        pytest.param(endless(b"HTTP/1.1 200 OK\r\nA: ", b"b" * 65536), id="one without end"),
        pytest.param(endless(b"", b"HTTP/1.1 " * 1000), id="a first line without end"),
    ],
)
def test_too_many_headers_are_no_answer(bad):
    """Too many headers, or too long ones, are no answer."""
    with talking(bad) as (server, transport), pytest.raises(Unreachable):
        trade(transport)
    assert len(server.requests) == 1


# ---- redirects


@pytest.mark.parametrize("status", [300, 301, 302, 303, 307, 308, 399])
def test_a_redirect_is_no_answer_and_nobody_else_sees_the_request(status):
    """A redirect of a signed request is an error, and its target is never contacted."""
    with RudeServer([]) as other:
        elsewhere = answer("", status, {"Location": f"{other.provider.site}/x"})
        with talking(*[elsewhere] * 3) as (server, transport), pytest.raises(BadAnswer, match=f"redirect .*{status}"):
            legs.request_token(transport)
    assert (len(server.requests), other.connections) == (3, 0)


@pytest.mark.parametrize(
    "location",
    ["/services/oauth/request_token", "http://[", "http://a:b:c", "\xff\xfe", "", "file:///etc/passwd", "javascript:0"],
    ids=["to itself", "half an address", "no port", "bytes", "nothing", "file", "script"],
)
def test_where_a_redirect_leads_does_not_matter(location):
    """A redirect to anywhere, also to nonsense, is the same error."""
    with talking(*[answer("", 302, {"Location": location})] * 3) as (_server, transport), pytest.raises(BadAnswer):
        legs.request_token(transport)


@pytest.mark.parametrize("status", [200, 299, 400, 404, 428, 430, 499])
def test_an_answer_with_any_other_status_is_read(status):
    """What Flickr says with a status of 4xx is an answer, too: it says what is wrong."""
    with talking(answer("why", status)) as (server, transport):
        assert send(transport, server.provider.rest_url).body == b"why"


@pytest.mark.parametrize(
    ("reply", "is_page"),
    [
        pytest.param(answer("Sign in", headers=HTML), True, id="by its type"),
        pytest.param(answer("Sign in", headers={"content-type": "TEXT/HTML"}), True, id="in capitals"),
        pytest.param(answer("\n <!DOCTYPE html>"), True, id="by its first line"),
        pytest.param(answer("<HTML><p>Sign in"), True, id="by its first tag"),
        pytest.param(answer("see <html>"), False, id="another text"),
    ],
)
def test_a_page_in_place_of_an_answer_is_called_one(reply, is_page):
    """The page of a hotel's network is recognized, and the hint is to sign in there."""
    with talking(reply) as (_server, transport), pytest.raises(BadAnswer) as caught:
        legs.request_token(transport)
    assert ("web page" in caught.value.message, "sign in to this network" in caught.value.hint) == (is_page, is_page)


# ---- errors by kind


def test_a_name_that_nobody_knows_is_named():
    """A host that does not resolve is named in the error, and the code was not sent."""
    with (
        closing(at("https://nonexistent.invalid"), **one_try()) as transport,
        pytest.raises(NotSent, match=r"resolve the host name nonexistent\.invalid"),
    ):
        legs.request_token(transport)


@pytest.mark.parametrize("host", ["a..b", "*.example", f"{'a' * 70}.invalid", "a b"])
def test_a_host_that_is_no_name_is_an_error_not_a_crash(host):
    """A base URL whose host cannot be encoded ends in one of our errors."""
    with pytest.raises(Error), closing(at(f"https://{host}"), **one_try()) as transport:
        legs.request_token(transport)


@pytest.fixture
def authority():
    """A certificate authority of the tests' own."""
    return trustme.CA()


def speaking_tls(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


def trust(authority, monkeypatch, tmp_path):
    path = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(path))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(path))


def untrusted(name, authority, monkeypatch, tmp_path):
    """The TLS side of a server with that fault; only it is wrong."""
    if name != "of an unknown authority":
        trust(authority, monkeypatch, tmp_path)
    if name == "expired":
        past = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1)
        return speaking_tls(authority.issue_cert("127.0.0.1", not_after=past))
    return speaking_tls(authority.issue_cert("www.flickr.com" if name == "for another host" else "127.0.0.1"))


@pytest.mark.parametrize("fault", ["of an unknown authority", "for another host", "expired"])
@pytest.mark.parametrize("ask", [pytest.param(legs.request_token, id="first leg"), pytest.param(trade, id="third leg")])
def test_nothing_is_sent_under_a_bad_certificate(fault, ask, authority, monkeypatch, tmp_path):
    """Nothing is sent under a bad certificate, nor is that tried twice."""
    tls = untrusted(fault, authority, monkeypatch, tmp_path)
    with (
        talking(request_token_answer(), tls=tls) as (server, transport),
        pytest.raises(Unsendable, match="its certificate is not trusted") as caught,
    ):
        ask(transport)
    assert (server.connections, server.requests) == (1, [])
    assert "REQUESTS_CA_BUNDLE" in caught.value.hint
    is_named = fault != "of an unknown authority"  # then a file of certificates was named, and lacks this host's
    assert ("with the certificates that 127.0.0.1 needs, or unset it" in caught.value.hint) == is_named


def test_a_server_that_speaks_no_tls_is_not_trusted():
    """A server that speaks no TLS gets nothing."""
    with (
        RudeServer([], greeting=b"HTTP/1.1 400 Bad Request\r\n\r\n") as server,
        closing(at(f"https://127.0.0.1:{server.port}")) as transport,
        pytest.raises(NoAnswer, match="secure connection"),
    ):
        legs.request_token(transport)
    assert server.requests == []


def test_a_company_can_name_its_own_certificates(authority, monkeypatch, tmp_path):
    """A company can name its own certificates in REQUESTS_CA_BUNDLE."""
    trust(authority, monkeypatch, tmp_path)
    tls = speaking_tls(authority.issue_cert("127.0.0.1"))
    with talking(request_token_answer(), access_token_answer(), tls=tls) as (server, transport):
        assert trade_after_request(transport).token == ACCESS
    assert server.connections == 1


def trade_after_request(transport):
    return legs.access_token(transport, legs.request_token(transport), VERIFIER, "read")


def test_certificates_that_cannot_be_read_are_named(authority, monkeypatch, tmp_path):
    """Certificates that cannot be read are an error that names their variable."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "missing.pem"))
    tls = speaking_tls(authority.issue_cert("127.0.0.1"))
    with talking(tls=tls, **one_try()) as (server, transport), pytest.raises(Error) as caught:
        legs.request_token(transport)
    assert "REQUESTS_CA_BUNDLE" in caught.value.hint
    assert server.requests == []


# ---- proxies


def test_flickr_is_asked_through_the_proxy_of_the_environment(monkeypatch):
    """Flickr is asked through the proxy of the environment, and the proxy sees no more than the host's name."""
    with RudeServer([answer("", status=502)]) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
        with closing(FLICKR, **one_try()) as transport, pytest.raises(NotSent, match="proxy"):
            trade(transport)
    (request,) = proxy.requests
    assert (request.method, request.target) == ("CONNECT", "www.flickr.com:443")
    assert "OAuth" not in str(request)


@pytest.mark.parametrize("secure", [False, True], ids=["http", "https"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_what_stays_on_this_machine_goes_through_no_proxy(host, secure, authority, monkeypatch, tmp_path):
    """A provider on this machine is reached directly, whatever proxy variables are set."""
    trust(authority, monkeypatch, tmp_path)
    tls = speaking_tls(authority.issue_cert("127.0.0.1", "localhost")) if secure else None
    with RudeServer([]) as proxy, RudeServer([request_token_answer()], tls) as server:
        for name in PROXIES:
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
            monkeypatch.setenv(name.lower(), f"http://127.0.0.1:{proxy.port}")
        with closing(at(f"http{'s' * secure}://{host}:{server.port}")) as transport:
            assert legs.request_token(transport) == REQUEST
    assert proxy.connections == 0


@pytest.mark.parametrize(
    "proxy",
    [
        pytest.param("http://me:passw0rd@127.0.0.1:{port}", id="refusing"),
        pytest.param("http://", id="nothing"),
        pytest.param("http://me:passw0rd@", id="a password alone"),
        pytest.param("http://me:passw0rd@[::1", id="half an address"),
        pytest.param("http://me:passw0rd@127.0.0.1:99999", id="no port"),
        pytest.param("http://me:passw0rd@a..b:3128", id="no name"),
        pytest.param("http://me:passw0rd@a b:3128", id="a space"),
        pytest.param("socks5://me:passw0rd@127.0.0.1:{port}", id="socks"),
        pytest.param("foo://me:passw0rd@127.0.0.1:{port}", id="unknown kind"),
        pytest.param("http://me:passw0rd€@127.0.0.1:{port}", id="a password in Unicode"),
    ],
)
def test_a_proxy_that_does_not_work_is_blamed_and_its_address_not_shown(proxy, monkeypatch):
    """A proxy that does not work is blamed, its variable named, and its address not shown: it may hold a password."""
    with RudeServer([], listening=False) as closed:
        monkeypatch.setenv("HTTPS_PROXY", proxy.format(port=closed.port))
        with closing(FLICKR, **one_try()) as transport, pytest.raises(NotSent, match="proxy") as caught:
            trade(transport)
    assert "HTTPS_PROXY" in caught.value.hint
    assert "passw0rd" not in shown(caught.value)


@pytest.mark.parametrize(
    ("url", "is_proxied"),
    [("https://www.flickr.com/x", True), ("http://www.flickr.com/x", False), ("https://127.0.0.1/x", False)],
)
def test_the_proxy_on_the_way_is_known_before_anything_is_sent(url, is_proxied, monkeypatch):
    """The proxy for Flickr can be named, as the environment names it, without a request."""
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    with closing(FLICKR) as transport:
        assert transport.proxy(url) == ("http://proxy.example:3128" if is_proxied else None)


# ---- secrets


def record_everything(caplog):
    """Turn all logging on, as a script that looks for a fault would."""
    for name in (None, "oauthlib", "requests_oauthlib", "urllib3", "requests"):
        caplog.set_level(logging.DEBUG, logger=name)


def secrets_of(server):
    """All that may not be seen: the secrets, and the signatures that were made with them."""
    return [*SECRETS, *(dict(request.oauth)["oauth_signature"] for request in server.requests)]


@pytest.mark.parametrize("when", ["before the first request", "after the first request"])
def test_no_log_and_no_trace_holds_a_secret(when, caplog):
    """No log and no trace holds a secret, whoever turns logging on, and whenever."""
    lines = []
    replies = request_token_answer(), access_token_answer(), check_token_answer(), reset(), answer("", 500)
    with talking(*replies, trace=lines.append, notice=lines.append) as (server, transport):
        if when == "before the first request":
            record_everything(caplog)
        pending = legs.request_token(transport)
        if when == "after the first request":
            record_everything(caplog)
        rest.check_token(transport, legs.access_token(transport, pending, VERIFIER, "read").token)
        for _again in range(2):
            with pytest.raises(Unreachable):
                trade(transport)
    seen = caplog.text + "".join(lines)
    assert [secret for secret in secrets_of(server) if secret in seen] == []
    assert "/services/oauth/access_token" in caplog.text


def test_the_trace_has_a_line_for_each_request():
    """The trace has a line for each request: method, host, path, and how it went."""
    lines = []
    replies = request_token_answer(), reset(), answer("", 500), check_token_answer()
    with talking(*replies, trace=lines.append) as (server, transport):
        legs.request_token(transport)
        for _again in range(2):
            with pytest.raises(Unreachable):
                trade(transport)
        check(transport)
    host = f"127.0.0.1:{server.port}"
    first, second, third, fourth = (line.rpartition(" ")[0].rpartition(" ")[0] for line in lines)
    assert first == f"POST {host}/services/oauth/request_token 200"
    assert second.startswith(f"POST {host}/services/oauth/access_token ")
    assert third == f"POST {host}/services/oauth/access_token 500"
    assert fourth == f"GET {host}/services/rest/ 200"


@pytest.mark.parametrize("reply", [check_token_answer(), reset()], ids=["answered", "failed"])
def test_the_trace_says_how_long_a_request_took(reply):
    """A line of the trace ends with the seconds that its request took, whether it failed or not."""
    lines = []
    clock = Clock()

    def slow(line):
        clock.now += 99.8
        return reply(line)

    # No time is left for another try.
    with (
        talking(slow, trace=lines.append, clock=clock, timeout=100) as (_server, transport),
        contextlib.suppress(NoAnswer),
    ):
        check(transport)
    assert [line.split(" ")[-2:] for line in lines] == [["99.800", "s"]]


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param(reset(), id="reset"),
        pytest.param(answer("", 500), id="500"),
        pytest.param(answer("", 302), id="302"),
        pytest.param(answer("junk"), id="junk"),
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


def test_errors_survive_a_pickle():
    """Errors survive the way from one process to another."""
    with talking(answer("", 500)) as (_server, transport), pytest.raises(Busy) as caught:
        trade(transport)
    again = pickle.loads(pickle.dumps(caught.value))  # noqa: S301  # our own
    assert (type(again), again.message, again.hint) == (Busy, caught.value.message, caught.value.hint)


# ---- who listens, and cannot


class Broken:
    """A listener whose stream cannot take anything: closed, full, or with nobody at its end."""

    def __init__(self, failure):
        self.failure = failure
        self.told = 0

    def __call__(self, _text):
        self.told += 1
        raise self.failure


@pytest.mark.parametrize(
    "failure",
    [
        OSError(28, "No space left on device"),
        BrokenPipeError(32, "Broken pipe"),
        ValueError("I/O operation on closed file."),
        UnicodeEncodeError("ascii", "ü", 0, 1, "ordinal not in range(128)"),
    ],
    ids=lambda failure: type(failure).__name__,
)
def test_a_token_is_not_lost_to_a_line_that_cannot_be_written(failure):
    """A trace or a notice that cannot be written changes neither what is done nor what comes back."""
    listener = Broken(failure)
    replies = answer("", 503, AT_ONCE), request_token_answer(), access_token_answer(), check_token_answer()
    with talking(*replies, trace=listener, notice=listener) as (server, transport):
        transport.waiting = waiting = Broken(failure)
        assert trade_after_request(transport).token == ACCESS
        assert check(transport).perms == "read"
    assert (len(server.requests), listener.told) == (4, 5)  # a line for each request, and one notice
    assert waiting.told >= 3


def test_a_failure_is_not_hidden_by_a_line_that_cannot_be_written():
    """What went wrong is what is raised, also where -v could not say so."""
    listener = Broken(OSError(5, "Input/output error"))
    with talking(reset(), trace=listener) as (_server, transport), pytest.raises(NoAnswer):
        trade(transport)
    assert listener.told == 1


# ---- what the clock says


def test_the_pauses_between_tries_grow_and_are_not_all_alike():
    """Where nothing listens, nothing was sent, and that is said after three tries.

    Between them there is half a second, then a second, each with some jitter, and no more than was said.
    """
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


LATE = """
import socket, sys, threading
from flickr_auth.account import ConsumerKeys, Token
from flickr_auth.errors import Error
from flickr_auth.protocol import legs
from flickr_auth.provider import at
from flickr_auth.transport import Transport
import requests
quick = socket.getaddrinfo
given_up = threading.Event()
def slow(*arguments, **options):  # a name server that answers after the deadline
    given_up.wait(30)
    return quick(*arguments, **options)
socket.getaddrinfo = slow
with Transport(at(sys.argv[1]), ConsumerKeys("k", "s"), timeout=0.3) as transport:
    try:
        legs.access_token(transport, Token("t", "s"), "123-456-789")
    except Error as failure:
        print(type(failure).__name__)
    given_up.set()
    for thread in threading.enumerate():
        if thread.name == "bounded":
            thread.join(30)
"""


def test_a_code_that_was_given_up_leaves_no_thread_and_no_connection():
    """When a server that hangs lets go, nothing is left of the try that was given up: no thread, no socket."""
    before = set(threading.enumerate())
    with talking(hang(), timeout=0.3) as (_server, transport), pytest.raises(NoAnswer):
        trade(transport)
    for thread in set(threading.enumerate()) - before:
        thread.join(10)
    assert [thread.name for thread in set(threading.enumerate()) - before] == []
