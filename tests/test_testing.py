"""`flickr_auth.testing`: what somebody who writes a Flickr client tests it with."""

import subprocess
import sys
import threading

import pytest
import requests
from requests_oauthlib import OAuth1Session

import flickr_auth
from flickr_auth.testing import RecordedRequest, Sandbox

PHOTOS = "flickr.people.getPhotos"
JSON = {"format": "json", "nojsoncallback": "1"}


@pytest.fixture
def flickr():
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def call(flickr):
    """Call an API method as user 0, signed, and return requests' response."""
    session = flickr.session()
    return lambda method, **arguments: session.get(session.rest_url, params={"method": method, **JSON, **arguments})


@pytest.fixture
def client(flickr):
    """Another library's client, which knows the sandbox's key."""
    with OAuth1Session(flickr.keys.api_key, flickr.keys.api_secret, callback_uri="oob") as session:
        session.trust_env = False
        yield session


def leg(flickr, name):
    return f"{flickr.base_url}/services/oauth/{name}"


def test_another_librarys_login_runs_without_a_browser(flickr, client):
    """A test logs a client in by three calls: approve presses OK, for the user and the permission that one wants."""
    client.fetch_request_token(leg(flickr, "request_token"))
    url = client.authorization_url(leg(flickr, "authorize"), perms="write")
    names = client.fetch_access_token(leg(flickr, "access_token"), verifier=flickr.approve(url, user=1))
    assert names["username"] == "sandbox-zoë"
    check = {"method": "flickr.auth.oauth.checkToken", **JSON}
    verdict = client.get(f"{flickr.base_url}/services/rest/", params=check).json()
    assert verdict["oauth"]["perms"]["_content"] == "write"


def test_an_account_is_there_without_a_login(flickr):
    """What needs a token and not a login gets one in one line, and it is good for what it says."""
    account = flickr.account(user=3, perms="write")
    assert (account.username, account.perms, account.provider) == ("sandbox-a&b=c+d%20e", "write", flickr.base_url)
    session = OAuth1Session(*account.keys[:2], *account.token)
    session.trust_env = False
    set_meta = {"method": "flickr.photos.setMeta", "photo_id": "50000030000", "title": "new", **JSON}
    assert session.post(f"{flickr.base_url}/services/rest/", data=set_meta).json() == {"stat": "ok"}
    session.close()


def test_a_session_rides_out_what_the_sandbox_was_asked_to_fail(flickr):
    """Calls and pages of a session work against it, with their retries, as they do against Flickr."""
    flickr.fail("flickr.test.login", times=2, status=429, retry_after=0)
    session = flickr.session()
    assert session.call("flickr.test.login")["stat"] == "ok"
    assert [each.status for each in flickr.requests] == [429, 429, 200]
    assert len(list(session.pages(PHOTOS, user_id="me"))) == 2345
    flickr.fail("flickr.test.login", code=98, message="Invalid auth token")
    with pytest.raises(flickr_auth.TokenRefused):
        session.call("flickr.test.login")


@pytest.mark.parametrize("how", [{"user": 1000}, {"perms": "admin"}])
def test_a_user_that_is_not_there_is_said(flickr, how):
    """A number or permission that cannot be is an error with a sentence, not an IndexError."""
    with pytest.raises(flickr_auth.UsageError, match="no user"):
        flickr.account(**how)


def test_failures_come_as_often_as_asked_one_after_the_other(flickr, call):
    """A client's retries are tested against a 429 with a Retry-After, then more; other methods are left alone."""
    flickr.fail(PHOTOS, status=429, retry_after=1)
    flickr.fail(PHOTOS, times=2, code=105)
    busy = call(PHOTOS, user_id="me")
    assert (busy.status_code, busy.headers["Retry-After"]) == (429, "1")
    assert "<html>" in busy.text
    assert call("flickr.test.login").json()["stat"] == "ok"
    assert [call(PHOTOS, user_id="me").json().get("code") for _ in range(3)] == [105, 105, None]


def test_an_api_failure_has_its_code_in_the_format_that_is_asked_for(flickr, call):
    """A client's handling of an invalid token is tested with a true failed answer, in JSON and in XML."""
    flickr.fail("flickr.test.login", times=2, code=98, message="Invalid auth token")
    assert call("flickr.test.login").json() == {"stat": "fail", "code": 98, "message": "Invalid auth token"}
    assert '<err code="98" msg="Invalid auth token" />' in call("flickr.test.login", format="rest").text


@pytest.mark.parametrize(
    ("name", "how", "status"),
    [
        ("request_token", {"problem": "consumer_key_unknown"}, 401),
        ("access_token", {"problem": "verifier_invalid"}, 401),
        ("authorize", {"status": 500}, 500),
    ],
)
def test_a_leg_of_the_login_can_fail(flickr, name, how, status):
    """A client's login is tested against each leg's failures, by the leg's name."""
    flickr.fail(name, **how)
    response = requests.get(leg(flickr, name), timeout=10, proxies={"http": ""})
    assert response.status_code == status
    assert response.text == f"oauth_problem={how.get('problem')}" or "problem" not in how


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("people.getPhotos", {"status": 500}),
        (PHOTOS, {}),
        (PHOTOS, {"status": 500, "code": 98}),
        ("request_token", {"code": 98}),
    ],
)
def test_a_failure_that_would_never_come_is_an_error(flickr, name, how):
    """A misspelt name or a failure of no kind is an error at once, and not a test that passes by itself."""
    with pytest.raises(flickr_auth.UsageError):
        flickr.fail(name, **how)


def test_what_came_in_is_recorded_without_secrets(flickr, client):
    """A test asserts what its client sent; neither verifier nor signature nor secret is in it."""
    assert flickr.requests == []
    client.fetch_request_token(leg(flickr, "request_token"))
    verifier = flickr.approve(client.authorization_url(leg(flickr, "authorize"), perms="read"))
    client.fetch_access_token(leg(flickr, "access_token"), verifier=verifier)
    client.get(f"{flickr.base_url}/services/rest/", params={"method": "flickr.test.echo", "text": "ü", **JSON})
    client.get(f"{flickr.base_url}/nothing?%zz")
    assert [each.name for each in flickr.requests] == ["request_token", "access_token", "flickr.test.echo", ""]
    assert flickr.requests[2] == RecordedRequest(
        "GET", "/services/rest/", "flickr.test.echo", {"text": "ü", **JSON}, 200
    )
    assert flickr.requests[3].status == 404
    shown = repr(flickr.requests) + repr(flickr)
    for secret in (verifier, verifier.replace("-", ""), client.token["oauth_token_secret"], "oauth_signature"):
        assert secret not in shown


def test_a_wrong_signature_is_refused(flickr):
    """It is no mock: a client that signs wrongly fails its test."""
    account = flickr.account()
    session = OAuth1Session(account.api_key, account.api_secret, account.oauth_token, "0" * 16)
    session.trust_env = False
    response = session.get(f"{flickr.base_url}/services/rest/", params={"method": "flickr.test.login"})
    assert response.status_code == 401
    session.close()


def test_nothing_is_left_behind():
    """After the block no thread runs, and a session that was opened is closed."""
    before = threading.active_count()
    with Sandbox() as sandbox:
        session = sandbox.session()
        session.get(session.rest_url, params={"method": "flickr.test.echo", **JSON})
    assert threading.active_count() == before


def test_it_can_be_imported_where_pytest_is_not_installed():
    """A test with unittest, or a demonstration, needs no pytest."""
    script = "import sys; sys.modules['pytest'] = None; from flickr_auth.testing import Sandbox; Sandbox().__exit__()"
    subprocess.run([sys.executable, "-c", script], check=True)
    loaded = "import sys, flickr_auth.testing; assert 'pytest' not in sys.modules"
    subprocess.run([sys.executable, "-c", loaded], check=True)
