"""API calls of a script: `session.call` and `session.pages` do what the commands do (flickr_auth.Session)."""

import concurrent.futures
import json
import ssl

import pytest
import requests
import trustme
from requests.adapters import HTTPAdapter

import flickr_auth
from flickr_auth.protocol.session import Session
from flickr_auth.provider import FLICKR
from flickr_auth.testing import Sandbox

from rude_server import ACCESS, JSON, KEYS, RudeServer, answer, tunnel, verified

PHOTOS = "flickr.people.getPhotos"
LOGIN = "flickr.test.login"


@pytest.fixture
def sandbox():
    """A stand-in for Flickr that verifies every signature."""
    with Sandbox() as running:
        yield running


# ---- one call


def test_a_call_is_the_answer_as_a_dict(sandbox):
    """A call is signed, asks for JSON, and returns the object that Flickr answers."""
    with sandbox.session() as flickr:
        result = flickr.call(LOGIN)
    assert result["stat"] == "ok" and result["user"]["username"]["_content"] == "sandbox-sam"
    assert [(request.method, request.name) for request in sandbox.requests] == [("GET", LOGIN)]
    assert sandbox.requests[0].arguments == {"format": "json", "nojsoncallback": "1"}


def test_arguments_are_sent_as_flickr_wants_them(sandbox):
    """Texts, numbers, yes and no, and lists arrive as Flickr writes them; None is left out."""
    given = {"a": "a+b & c=ü", "b": 7, "c": -0.5, "d": True, "e": False, "f": ["tags", "geo"], "g": None}
    with sandbox.session() as flickr:
        answer = flickr.call("flickr.test.echo", **given)
    sent = {name: answer[name]["_content"] for name in given if name in answer}
    assert sent == {"a": "a+b & c=ü", "b": "7", "c": "-0.5", "d": "1", "e": "0", "f": "tags,geo"}


@pytest.mark.parametrize("way", ["call", "pages"])
def test_what_cannot_be_sent_is_an_error_before_anything_is(way, sandbox):
    """An argument that flickr-auth sets itself, or that is none, is an error that names it; nothing is sent."""
    for name, value in (("format", "xml"), ("oauth_token", "x"), ("a", b"bytes"), ("a", [["nested"]]), ("a", "\ud800")):
        with sandbox.session() as flickr, pytest.raises(flickr_auth.UsageError, match=name) as caught:
            getattr(flickr, way)("flickr.test.echo", **{name: value})
        assert caught.value.hint.startswith("Fix: ")
    assert sandbox.requests == []


# ---- what goes wrong


def test_a_refusal_is_an_error_that_says_what_to_do(sandbox):
    """A failed answer is an exception of its kind, whose note is the next thing to do."""
    for code, kind, hint in (
        (98, flickr_auth.TokenRefused, "Run: flickr-auth login"),
        (99, flickr_auth.PermissionRefused, "Run: flickr-auth login --perms write"),
        (1, flickr_auth.Refused, "https://www.flickr.com/services/api/flickr.test.login.html"),
    ):
        sandbox.fail(LOGIN, code=code)
        with sandbox.session() as flickr, pytest.raises(kind) as caught:
            flickr.call(LOGIN)
        assert type(caught.value) is kind and caught.value.problem == str(code)
        assert hint in caught.value.hint and caught.value.__notes__ == [caught.value.hint]


# ---- pages


def test_a_failure_among_the_pages_comes_in_its_turn(sandbox):
    """What came before a failure is read, and then it is raised, with its note."""
    with sandbox.session() as flickr:
        walk = flickr.pages(PHOTOS, user_id="me", per_page=100)
        next(walk)
        sandbox.fail(PHOTOS, times=50, code=98)
        with pytest.raises(flickr_auth.TokenRefused):
            list(walk)


# ---- the session around it


def test_eight_threads_may_share_a_session(sandbox):
    """Threads that call, page and get at once through one session each get their own answers."""

    def work(number):
        found = [flickr.call("flickr.test.echo", text=f"{number}-{turn}")["text"]["_content"] for turn in range(12)]
        params = {"method": "flickr.test.echo", "format": "json", "nojsoncallback": "1", "text": f"get-{number}"}
        found.append(flickr.get(flickr.rest_url, params=params).json()["text"]["_content"])
        found.append(len({photo["id"] for photo in flickr.pages(PHOTOS, user_id="me")}))
        return found

    with sandbox.session() as flickr, concurrent.futures.ThreadPoolExecutor(8) as pool:
        results = list(pool.map(work, range(8)))
    for number, found in enumerate(results):
        assert found == [*(f"{number}-{turn}" for turn in range(12)), f"get-{number}", 2345]
    assert {request.status for request in sandbox.requests} == {200}


def test_calls_use_the_settings_of_the_session(tmp_path, monkeypatch):
    """What a script sets on its session counts for its calls: certificates, proxies, headers, fields and cookies.

    The signature covers what it has to, and hooks see each response when it is read.
    """
    authority, bundle, own = trustme.CA(), str(tmp_path / "authority.pem"), str(tmp_path / "own.pem")
    authority.cert_pem.write_to_path(bundle)
    authority.issue_cert("me").private_key_and_cert_chain_pem.write_to_path(own)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("api.flickr.com").configure_cert(tls)
    tls.load_verify_locations(bundle)
    tls.verify_mode = ssl.CERT_REQUIRED
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    ok = answer('{"stat":"ok"}', headers=JSON)
    for post in (False, True):
        seen, hooked = [], []
        with RudeServer([tunnel(tls, seen, ok)]) as proxy, Session(FLICKR, KEYS, ACCESS) as flickr:
            flickr.trust_env = False
            flickr.verify, flickr.cert = bundle, own
            flickr.proxies["https"] = f"http://127.0.0.1:{proxy.port}"
            flickr.headers["User-Agent"] = "a script of mine"
            flickr.params["lang"] = "de é"
            flickr.cookies.set("a", "b")
            flickr.hooks["response"].append(lambda response, hooked=hooked, **_: hooked.append(response.json()))
            assert flickr.call(LOGIN, post=post) == {"stat": "ok"} == hooked[0]
        (request,) = seen
        assert verified(request, "https://api.flickr.com", ACCESS.oauth_token_secret)
        assert (request.header("User-Agent"), request.header("Cookie")) == ("a script of mine", "a=b")
        assert dict(request.query + request.form) == {
            "lang": "de é",
            "method": LOGIN,
            "format": "json",
            "nojsoncallback": "1",
        }


class Canned(HTTPAdapter):
    """An adapter as libraries for tests mount it: it answers by itself, with the whole body at once."""

    def send(self, request, **how):
        response = requests.Response()
        response.status_code, response.url, response.request = 200, request.url, request
        response._content = json.dumps({"stat": "ok", "signed": request.headers["Authorization"][:5]}).encode()
        return response


def test_what_is_mounted_or_patched_sees_the_calls():
    """Calls go through the session itself: its adapters answer them, and its hooks see them, signed."""
    seen = []
    with Session(FLICKR, KEYS, ACCESS) as flickr:
        flickr.mount("https://api.flickr.com/", Canned())
        flickr.hooks["response"].append(lambda response, **_: seen.append(response.url))
        assert flickr.call(LOGIN) == {"stat": "ok", "signed": "OAuth"}
    assert [url.partition("?")[0] for url in seen] == [flickr.rest_url]


def test_the_deadline_of_a_call_can_be_set(monkeypatch, sandbox):
    """FLICKR_AUTH_HTTP_TIMEOUT bounds a call of a script as it does a command's."""
    account = sandbox.account()
    for name in ("API_KEY", "API_SECRET", "OAUTH_TOKEN", "OAUTH_TOKEN_SECRET"):
        monkeypatch.setenv(f"FLICKR_{name}", getattr(account, name.lower()))
    monkeypatch.setenv("FLICKR_AUTH_BASE_URL", sandbox.base_url)
    monkeypatch.setenv("FLICKR_AUTH_HTTP_TIMEOUT", "0.5")
    sandbox.fail(LOGIN, times=9, status=503, retry_after=1)
    with flickr_auth.session() as flickr, pytest.raises(flickr_auth.Busy):
        flickr.call(LOGIN)
    assert len(sandbox.requests) == 1  # the pause that was asked for does not fit
    monkeypatch.setenv("FLICKR_AUTH_HTTP_TIMEOUT", "soon")
    with pytest.raises(flickr_auth.UsageError):
        flickr_auth.session()
