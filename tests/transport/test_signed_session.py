"""The session for scripts: what it signs and what it never does, and that it is requests' own in everything else."""

import contextlib
import copy
import io
import logging
import os
import pickle
import re
import ssl
import traceback

import pytest
import requests
import trustme

from flickr_auth.errors import NotSent, UsageError
from flickr_auth.provider import FLICKR, Provider, at
from flickr_auth.transport.signed_session import SignedSession as Session
from flickr_auth.version import __version__

from rude_server import ACCESS, KEYS, RudeServer, answer, tunnel, verified

FINE = answer("fine")
FIELDS = [("text", "a+b & c=d %41 ü ☃\r\n~*'[]"), ("text", "twice"), ("empty", ""), ("schlüssel+&=%", "1")]
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
OF_ANOTHER = f'OAuth oauth_consumer_key="{KEYS.api_key}", oauth_token="another", oauth_signature="x"'
PHOTO = {"photo": ("a.jpg", b"\xff\xd8", "image/jpeg")}


@contextlib.contextmanager
def calling(*replies, tls=None):
    """A provider with this script, and a session for it."""
    with RudeServer(list(replies), tls) as server, Session(server.provider, KEYS, ACCESS) as session:
        yield server, session


def authorizations(*requests_seen):
    """The Authorization headers of each request that arrived."""
    return [[value for name, value in each.headers if name.lower() == "authorization"] for each in requests_seen]


def is_signed(request, site):
    return verified(request, site, ACCESS.oauth_token_secret)


@pytest.fixture
def through(monkeypatch):
    """Name a proxy in the environment, for everything."""

    def name_it(proxy, credentials=""):
        for name in PROXIES:
            monkeypatch.setenv(name, f"http://{credentials}127.0.0.1:{proxy.port}")
            monkeypatch.setenv(name.lower(), f"http://{credentials}127.0.0.1:{proxy.port}")

    return name_it


@pytest.fixture
def speaking_tls(monkeypatch, tmp_path):
    """The TLS side of a server that is trusted to be any of the hosts named."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "authority.pem"))

    def as_hosts(*hosts):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(*hosts).configure_cert(context)
        return context

    return as_hosts


@pytest.fixture
def netrc(monkeypatch, tmp_path):
    """A netrc with a password for every host."""
    path = tmp_path / "netrc"
    path.write_text("machine 127.0.0.1 login me password passw0rd\ndefault login me password passw0rd\n")
    path.chmod(0o600)
    monkeypatch.setenv("NETRC", str(path))


# ---- what is signed


@pytest.mark.parametrize(
    "send",
    [
        pytest.param(lambda session: session.get(session.rest_url, params=FIELDS), id="query"),
        pytest.param(lambda session: session.post(session.rest_url, params=FIELDS[:2], data=FIELDS[2:]), id="both"),
    ],
)
def test_fields_arrive_as_given_under_a_signature_that_verifies(send):
    """Fields in the query and in a form arrive as given, and what signs them is in the Authorization header alone."""
    with calling(FINE) as (server, session):
        send(session)
    (request,) = server.requests
    assert sorted(request.query + request.form) == sorted(FIELDS)
    assert is_signed(request, server.provider.site)
    assert "oauth_" not in request.target + request.body.decode()
    oauth = dict(request.oauth)
    assert len(oauth) == len(request.oauth)
    assert (oauth["oauth_consumer_key"], oauth["oauth_token"]) == (KEYS.api_key, ACCESS.oauth_token)


@pytest.mark.parametrize(
    ("body", "how"),
    [
        pytest.param(b'{"a": "b"}', {"json": {"a": "b"}}, id="json"),
        pytest.param(b"a=b\nc=d", {"data": io.BytesIO(b"a=b\nc=d")}, id="file"),
        pytest.param(
            b"a=b%20c",
            {"data": b"a=b%20c", "headers": {"Content-Type": "application/x-www-form-urlencoded"}},
            id="form in bytes",
        ),
    ],
)
def test_a_body_of_any_kind_arrives_whole_under_a_signature_that_verifies(body, how):
    """A body of any kind arrives whole, under a signature that covers it only if it is a form (RFC 5849 §3.4.1.3)."""
    with calling(FINE) as (server, session):
        session.post(session.rest_url, params={"method": "x"}, **how)
    (request,) = server.requests
    assert request.body.replace(b'":"', b'": "') == body
    assert is_signed(request, server.provider.site)


def test_each_sending_of_the_same_request_is_signed_anew():
    """Each sending of the same request is signed anew, also of one that was sent before: a nonce serves once."""
    with calling(FINE, FINE, FINE, FINE) as (server, session):
        prepared = session.prepare_request(requests.Request("POST", session.rest_url, data=FIELDS))
        session.send(prepared)
        first = session.send(prepared)
        second = session.send(first.request)
        session.send(second.request.copy())
    assert len({dict(request.oauth)["oauth_nonce"] for request in server.requests}) == 4
    assert "Authorization" not in prepared.headers  # which another session could send anywhere
    assert all(is_signed(request, server.provider.site) for request in server.requests)


def test_a_request_that_something_else_prepared_is_signed():
    """A request that something else prepared is signed when it is sent, and carries our name."""
    with calling(FINE) as (server, session):
        session.send(requests.Request("GET", session.rest_url, params=FIELDS).prepare())
    (request,) = server.requests
    assert is_signed(request, server.provider.site)
    assert request.header("User-Agent") == f"flickr-auth/{__version__}"


# ---- where it is signed


def get_from_flickr(url, speaking_tls, through, host):
    """What arrives of a GET by a session for Flickr at a host of the internet, which is played here."""
    seen = []
    with RudeServer([tunnel(speaking_tls(host), seen)]) as proxy:
        through(proxy)
        with Session(FLICKR, KEYS, ACCESS) as session:
            assert session.get(url).text == "fine"
    (request,) = seen
    return request


@pytest.mark.parametrize(
    "url",
    [
        "https://api.flickr.com:443/services/rest/?method=a",
        "HTTPS://API.Flickr.com/services/rest/?method=a",
        "https://www.flickr.com?method=a",
        "https://up.flickr.com/services/upload/",
    ],
)
def test_https_to_flickrs_three_hosts_is_signed(url, speaking_tls, through):
    """What goes over https to www, api and up.flickr.com is signed, however the address is written."""
    host = re.search(r"\w+\.flickr\.com", url.lower())[0]
    assert is_signed(get_from_flickr(url, speaking_tls, through, host), f"https://{host}")


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://live.staticflickr.com/65535/1_a.jpg", "live.staticflickr.com"),
        ("https://api.flickr.com:8443/services/rest/", "api.flickr.com"),
        ("https://api.flickr.com.evil.example/services/rest/", "api.flickr.com.evil.example"),
        ("https://evilapi.flickr.com/services/rest/", "evilapi.flickr.com"),
        ("https://evil.example#@api.flickr.com/", "evil.example"),
        ("https://evil.example\\@api.flickr.com/", "evil.example"),
        ("https://api.flickr.com@evil.example/", "evil.example"),
        ("https://api.flickr.com%2f@evil.example/", "evil.example"),
        ("https://me:passw0rd@api.flickr.com/", "api.flickr.com"),
    ],
)
def test_nothing_else_is_signed(url, host, speaking_tls, through):
    """Whatever looks like Flickr and is another host, another port, or a login of another kind is not signed."""
    request = get_from_flickr(url, speaking_tls, through, host)
    assert not [each for each in authorizations(request)[0] if each.startswith("OAuth")]
    assert "oauth_" not in str(request)


@pytest.mark.parametrize("provider", [FLICKR, Provider("x", "http://www.flickr.com", "http://api.flickr.com")])
def test_nothing_is_signed_that_could_be_read_on_its_way(provider, through):
    """What goes over plain http beyond this machine is not signed, whoever the provider is."""
    with RudeServer([FINE]) as proxy, Session(provider, KEYS, ACCESS) as session:
        through(proxy)
        session.get("http://api.flickr.com/services/rest/")
    (request,) = proxy.requests
    assert request.target == "http://api.flickr.com/services/rest/"
    assert authorizations(request) == [[]]


def test_under_another_base_url_exactly_its_scheme_host_and_port_are_signed():
    """Under another base URL exactly its scheme, host and port are signed, on this machine also over http."""
    with calling(FINE, FINE) as (server, session), RudeServer([FINE]) as other:
        session.get(f"{server.provider.site}/anything")
        session.get(f"http://localhost:{server.port}/services/rest/")
        session.get(f"http://127.0.0.1:{other.port}/services/rest/")
    ours, by_another_name = server.requests
    assert is_signed(ours, server.provider.site)
    assert authorizations(by_another_name, *other.requests) == [[], []]


def test_a_base_url_that_is_no_host_is_an_error_of_ours():
    """A base URL that is no host is said to be none before anything is sent."""
    with pytest.raises(NotSent, match="not a host name"):
        Session(at("https://ü_.example"), KEYS, ACCESS)


# ---- whoever brings an authorization


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        pytest.param({"auth": ("me", "pw")}, ["Basic bWU6cHc="], id="basic"),
        pytest.param({"headers": {"Authorization": "Bearer mine"}}, ["Bearer mine"], id="header"),
        pytest.param({"headers": {"Authorization": OF_ANOTHER}}, [OF_ANOTHER], id="another's signature"),
    ],
)
def test_a_request_with_an_authorization_of_its_own_is_sent_as_it_is(how, expected):
    """A request with an `auth` or an Authorization header of its own, or its session's, is sent as it is."""
    with calling(FINE, FINE, FINE) as (server, session):
        session.get(session.rest_url, **how)
        session.send(session.prepare_request(requests.Request("GET", session.rest_url, **how)))
        session.auth = how.get("auth")
        session.headers.update(how.get("headers", {}))
        session.get(session.rest_url)
    assert authorizations(*server.requests) == [expected] * 3


@pytest.mark.usefixtures("netrc")
def test_netrc_neither_replaces_a_signature_nor_adds_a_password():
    """A password in netrc neither replaces a signature nor is sent to anybody."""
    with calling(FINE) as (server, session), RudeServer([FINE]) as other:
        session.get(session.rest_url)
        session.get(f"{other.provider.site}/")
    assert is_signed(server.requests[0], server.provider.site)
    assert authorizations(*other.requests) == [[]]


def test_a_signature_does_not_follow_its_request_to_another_host():
    """A request that was signed once and is then sent to another host is sent without its signature."""
    with calling(FINE) as (_server, session), RudeServer([FINE]) as other:
        sent = session.get(session.rest_url).request.copy()
        sent.url = f"{other.provider.site}/"
        session.send(sent)
    assert authorizations(*other.requests) == [[]]


# ---- redirects


def redirect(location, status=302):
    return answer("", status, {"Location": location})


@pytest.mark.usefixtures("netrc")
@pytest.mark.parametrize(("method", "status"), [("GET", 302), ("POST", 307)])
def test_a_redirect_is_followed_unsigned_even_to_the_same_host(method, status):
    """A redirect is followed as requests does it, unsigned even to the same host, and without a password of netrc."""
    with calling(redirect("/next", status), redirect("/last", status), FINE) as (server, session):
        assert session.request(method, session.rest_url, data={"a": "b"} if method == "POST" else None).text == "fine"
    assert [request.path for request in server.requests] == ["/services/rest/", "/next", "/last"]
    assert is_signed(server.requests[0], server.provider.site)
    assert authorizations(*server.requests[1:]) == [[], []]


@pytest.mark.usefixtures("netrc")
def test_a_redirect_that_the_caller_follows_is_unsigned_as_well():
    """A redirect that the caller follows, with the request that requests made for it, is unsigned as well."""
    with calling(redirect("/next"), FINE) as (server, session):
        first = session.get(session.rest_url, allow_redirects=False)
        session.send(first.next)
    assert authorizations(server.requests[1]) == [[]]


@pytest.mark.usefixtures("netrc")
def test_the_callers_own_authorization_does_not_follow_a_redirect():
    """The caller's own authorization does not follow a redirect, either."""
    with calling(redirect("/next"), FINE) as (server, session):
        session.get(session.rest_url, auth=("me", "pw"))
    assert authorizations(*server.requests) == [["Basic bWU6cHc="], []]


# ---- proxies


def test_what_stays_on_this_machine_goes_through_no_proxy(speaking_tls, through):
    """What stays on this machine goes through no proxy, neither the environment's nor one that is given."""
    with RudeServer([FINE] * 4, speaking_tls("localhost")) as server, RudeServer([]) as proxy:
        through(proxy)
        given, bundle = f"http://127.0.0.1:{proxy.port}", os.environ["REQUESTS_CA_BUNDLE"]
        with Session(at(f"https://localhost:{server.port}"), KEYS, ACCESS) as session:
            session.get(session.rest_url)
            session.get(session.rest_url, proxies={"https": given})
            session.proxies["https"] = given
            session.get(session.rest_url)
            session.send(session.prepare_request(requests.Request("GET", session.rest_url)), verify=bundle)
    assert (len(server.requests), proxy.connections) == (4, 0)


def test_the_password_that_a_proxy_was_given_does_not_follow_a_redirect_to_this_machine(through):
    """A proxy gets its password; a service on this machine, to which a page behind it redirects, does not."""
    with calling(FINE) as (server, session), RudeServer([]) as proxy:
        proxy.replies += [redirect("http://two.invalid/"), redirect(f"{server.provider.site}/there")]
        through(proxy, "me:passw0rd@")
        session.get("http://one.invalid/")
    assert [request.header("Proxy-Authorization") for request in proxy.requests] == ["Basic bWU6cGFzc3cwcmQ="] * 2
    assert len(server.requests) == 1 and "Proxy-Authorization" not in str(server.requests)


def test_everything_else_goes_through_the_proxy_that_is_named(speaking_tls):
    """Everything else goes through the proxy that the caller names, which sees no more than the host's name."""
    seen = []
    with RudeServer([tunnel(speaking_tls("api.flickr.com"), seen)]) as proxy, Session(FLICKR, KEYS, ACCESS) as session:
        session.get(session.rest_url, proxies={"https": f"http://127.0.0.1:{proxy.port}"})
    assert [request.target for request in proxy.requests] == ["api.flickr.com:443"]
    assert "OAuth" not in str(proxy.requests)
    assert is_signed(seen[0], "https://api.flickr.com")


# ---- timeouts


def test_where_no_timeout_is_given_there_is_one():
    """Where no timeout is given a connection may take 5 s and an answer 30 s, after a redirect as well; else that."""
    timeouts = []

    def note(_response, **how):
        timeouts.append(how["timeout"])

    with calling(redirect("/next"), FINE, FINE, FINE) as (_server, session):
        session.hooks["response"].append(note)
        session.get(session.rest_url)
        session.send(session.prepare_request(requests.Request("GET", session.rest_url)))
        session.get(session.rest_url, timeout=7)
    assert timeouts == [(5, 30)] * 3 + [7]


# ---- what is refused


def test_a_multipart_post_that_is_not_ours_to_sign_is_sent():
    """A multipart post is sent, unsigned, to another host, and to the provider with an `auth` of its own."""
    with calling(FINE) as (server, session), RudeServer([FINE]) as other:
        session.post(f"{other.provider.site}/", files=PHOTO)
        session.post(session.rest_url, files=PHOTO, auth=("me", "pw"))
    assert authorizations(*other.requests, *server.requests) == [[], ["Basic bWU6cHc="]]
    assert PHOTO["photo"][1] in other.requests[0].body


def test_what_cannot_be_signed_rightly_is_refused_and_not_sent():
    """A form in a GET, or what is no form, is refused in a sentence of ours, and nothing is sent."""
    no_form = {"data": b"\xff \xfe", "headers": {"Content-Type": "application/x-www-form-urlencoded"}}
    with calling() as (server, session):
        for method, how in (("GET", {"data": {"a": "b"}}), ("POST", no_form)):
            with pytest.raises(UsageError, match="cannot be signed") as caught:
                session.request(method, session.rest_url, **how)
            assert "params=" in caught.value.hint
    assert server.connections == 0


def test_a_failure_of_the_network_is_the_error_of_requests():
    """A failure of the network is the error that every script for requests expects."""
    with calling() as (_server, session), pytest.raises(requests.ConnectionError):
        session.get(session.rest_url)


# ---- secrets


def test_no_log_holds_a_secret(caplog):
    """No log holds a secret or a signature, whoever turns logging on, and however late."""
    with calling(FINE, FINE) as (server, session):
        session.get(session.rest_url)
        for name in (None, *(each for each in logging.root.manager.loggerDict if "oauth" in each), "urllib3"):
            caplog.set_level(logging.DEBUG, logger=name)
        session.post(session.rest_url, data=FIELDS)
    signatures = [dict(request.oauth)["oauth_signature"] for request in server.requests]
    secrets = (KEYS.api_secret, ACCESS.oauth_token_secret, *signatures, "oauth_signature")
    assert [secret for secret in secrets if secret in caplog.text] == []
    assert "/services/rest/" in caplog.text


def test_no_repr_and_no_failure_shows_a_secret():
    """Neither the session, nor what it holds, nor a failure in it shows a secret."""
    with calling() as (_server, session):
        failures = []
        for how in ({}, {"files": PHOTO}, {"data": b"\xff", "headers": {"Content-Type": "multipart/x"}}):
            with pytest.raises((requests.ConnectionError, UsageError)) as caught:
                session.post(session.rest_url, **how)
            failures.append(caught.value)
        shown = [repr(session), str(session), repr(vars(session)), repr(session.auth)]
    for failure in failures:
        shown += [repr(failure), *traceback.format_exception(failure)]
        shown += [repr(frame.f_locals) for frame, _line in traceback.walk_tb(failure.__traceback__)]
    seen = "".join(shown)
    assert [secret for secret in (KEYS.api_secret, ACCESS.oauth_token_secret) if secret in seen] == []


def test_a_session_cannot_be_pickled_or_copied():
    """A session cannot be pickled or copied, so that no secret ends up in a file or with another process unasked."""
    with calling() as (_server, session):
        for through in (pickle.dumps, copy.copy):
            with pytest.raises(TypeError, match=r"flickr_auth\.session\(\)"):
                through(session)
