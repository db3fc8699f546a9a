"""`flickr_auth.testing`: what somebody who writes a Flickr client tests it with."""

import json
import os
import pathlib
import subprocess
import sys
import textwrap
import threading

import pytest
import requests
import time_machine
from freezegun import freeze_time
from requests_oauthlib import OAuth1Session

import flickr_auth
from flickr_auth import provider
from flickr_auth.account import Account, ConsumerKeys, Token
from flickr_auth.protocol import legs
from flickr_auth.testing import RecordedRequest, Sandbox
from flickr_auth.transport import Transport

import in_process
from rude_server import ACCESS, KEYS, RudeServer, hang, swallowing
from samples import API_KEY, OAUTH_TOKEN

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
    return f"{flickr.base_url}/services/{'' if name in ('upload', 'replace') else 'oauth/'}{name}"


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
        ("upload", {"status": 503}, 503),
        ("replace", {"problem": "token_rejected"}, 401),
    ],
)
def test_a_leg_of_the_login_or_an_upload_can_fail(flickr, name, how, status):
    """A client's login and uploads are tested against each one's failures, by its name."""
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


# ---- the code under test is at the sandbox


PROJECT = {
    "conftest.py": """
        import os, pytest
        pytest_plugins = ["flickr_auth.testing"]

        @pytest.fixture(autouse=True)
        def a_habit_of_theirs(monkeypatch):
            monkeypatch.setenv("FLICKR_AUTH_ACCOUNT", "nobody")

        @pytest.fixture(autouse=True, scope="session")
        def the_same_environment():
            before = dict(os.environ)
            yield
            assert os.environ == before | {"PYTEST_CURRENT_TEST": os.environ["PYTEST_CURRENT_TEST"]}
        """,
    "test_first.py": """
        import os, subprocess, sys
        import flickr_auth, pytest

        def test_it_is_at_the_sandbox(flickr_sandbox):
            assert flickr_auth.load().username == "sandbox-sam"
            with flickr_auth.session() as flickr:
                assert flickr.call("flickr.test.login")["user"]["id"] == "12345678@N00"
            command = [sys.executable, "-m", "flickr_auth", "call", "flickr.test.login"]
            assert "sandbox-sam" in subprocess.run(command, check=True, capture_output=True, text=True).stdout
            assert [each.name for each in flickr_sandbox.requests] == ["flickr.test.login"] * 2

        def test_nobody_elses_account_is_there(flickr_sandbox):
            for function in (flickr_auth.load, flickr_auth.session):
                with pytest.raises(flickr_auth.AccountError, match="No account named 'ann'"):
                    function("ann")
            assert flickr_sandbox.requests == []

        def test_a_token_in_a_file_goes_there_too(flickr_sandbox, tmp_path):
            theirs = tmp_path / "token"
            theirs.touch(mode=0o600)
            theirs.write_text("72157626318069415-087bfc7b5816092c\\na202d1f853ec69de")
            with flickr_auth.session(token_file=theirs) as flickr, pytest.raises(flickr_auth.TokenRefused):
                flickr.call("flickr.test.login")
            assert len(flickr_sandbox.requests) == 1
        """,
    "test_second.py": """
        import os
        import flickr_auth, pytest

        def test_that_changes_variables_itself(flickr_sandbox, monkeypatch):
            for name in ("FLICKR_AUTH_HOME", "FLICKR_AUTH_BASE_URL", "FLICKR_API_KEY", "PYTHON_KEYRING_BACKEND"):
                monkeypatch.setenv(name, "x")
            os.environ["FLICKR_OAUTH_TOKEN"] = os.environ["FLICKR_AUTH_PERMS"] = "y"
            del os.environ["FLICKR_AUTH_STORE"]
            assert os.environ["FLICKR_BACKUP_FOLDER"] == "of the program's own"

        def test_that_takes_back_what_was_set(flickr_sandbox, monkeypatch):
            monkeypatch.undo()

        def test_that_wants_to_write(flickr_sandbox, monkeypatch):
            monkeypatch.setenv("FLICKR_AUTH_HOME", flickr_sandbox.environ(user=3, perms="write")["FLICKR_AUTH_HOME"])
            with flickr_auth.session() as flickr:
                change = {"photo_id": "50000030000", "title": "new", "description": ""}
                assert flickr.call("flickr.photos.setMeta", post=True, **change) == {"stat": "ok"}

        def test_without_the_sandbox():
            with pytest.raises(flickr_auth.AccountError, match="nobody"):
                flickr_auth.load()
        """,
}


def test_code_under_test_is_at_the_sandbox_and_never_at_the_persons_account(machine, tmp_path, nobody_there):
    """In a test that asks for the fixture, session(), load() and `flickr-auth` know no account but the sandbox's.

    Whatever the person has stored and set, beside other workers, and behind a proxy; afterwards all is as it was.
    """
    ann = Account.of(ConsumerKeys(API_KEY, "0" * 16), Token(OAUTH_TOKEN, "0" * 16), user_nsid="1@N00", username="ann")
    machine.keep(ann)
    machine.write_apikeys(keys=ConsumerKeys(API_KEY, "0" * 16))
    for name, text in PROJECT.items():
        (machine.folder / name).write_text(textwrap.dedent(text), encoding="utf-8")
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    theirs = {
        "FLICKR_API_KEY": API_KEY,  # half of the keys, which is an error wherever it counts
        "FLICKR_AUTH_ACCOUNT": "ann",
        "FLICKR_AUTH_CALLS_PER_HOUR": "1",
        "FLICKR_AUTH_HOME": str(machine.app),
        "FLICKR_AUTH_HTTP_TIMEOUT": "none",
        "FLICKR_AUTH_STORE": "keyring",
        "FLICKR_TOKEN_FILE": "token",
        "FLICKR_BACKUP_FOLDER": "of the program's own",
        "HTTP_PROXY": nobody_there,
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # loading other people's takes longer than these tests
        "TMPDIR": str(temporary),
    }
    before = {path: path.read_bytes() for path in machine.app.rglob("*.json")}
    for flags in ((), ("-p", "xdist.plugin", "-n", "2", "--dist", "loadfile")):
        ran = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--basetemp", tmp_path / "inner", *flags],
            cwd=machine.folder,
            env=machine.environ | {"PYTHONPATH": os.environ["PYTHONPATH"]} | theirs,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0 and "7 passed" in ran.stdout, ran.stdout + ran.stderr
    assert {path: path.read_bytes() for path in machine.app.rglob("*.json")} == before
    assert list(temporary.glob("flickr-auth*")) == []


def test_every_command_runs_in_the_environment_of_a_sandbox(tmp_path, monkeypatch):
    """`environ` has all that a process needs: who, where, keys for a login, a folder of its own; the block has none."""
    monkeypatch.setenv("FLICKR_AUTH_PERMS", "nonsense")
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "fake_keyrings.Good")
    monkeypatch.setenv("FAKE_KEYRING", str(tmp_path / "keyring.json"))
    before = dict(os.environ)

    def run(environ, *arguments, code=0):
        with in_process.surroundings(environ, tmp_path):
            ran = in_process.run(environ, *arguments)
        assert ran.code == code, ran
        return ran.stdout or ran.stderr

    with Sandbox() as outer, Sandbox() as flickr:
        assert os.environ == before
        environ = flickr.environ(user=1, perms="write")
        for beside, username in ((outer.environ(), "sandbox-sam"), (environ, "sandbox-zoë")):
            answer = json.loads(run(beside, "call", "flickr.test.login"))
            assert answer["user"]["username"]["_content"] == username
        assert [each.name for each in outer.requests] == ["flickr.test.login"]
        (status,) = json.loads(run(environ, "status", "--json"))
        assert (status["perms"], status["provider"], status["store"]) == ("write", flickr.base_url, "file")
        url = json.loads(run(environ, "login", "--start", "--json"))["url"]
        run(environ, "login", "--finish", flickr.approve(url, user=2))
        run(environ, "use", "sandbox-さくら")
        assert run(environ, "show", "--field", "username") == "sandbox-さくら\n"
        assert "FLICKRAW" in run(environ, "export", "flickraw", "--not-flickr")
        assert run(flickr.environ(), "show", "--field", "username") == "sandbox-sam\n"
        assert "the page is not opened" in run(environ, "doctor")
        assert "keyring" in run(environ, "login", "--store", "keyring", code=6)
        run(environ, "logout", "--all")
        assert not os.listdir(f"{environ['FLICKR_AUTH_HOME']}/accounts")
        with pytest.raises(flickr_auth.UsageError, match="no user"):
            flickr.environ(perms="admin")
    assert os.environ == before and not pathlib.Path(environ["FLICKR_AUTH_HOME"]).exists()


# ---- a clock that a test has frozen


CLOCKS = {
    "frozen in 2012": lambda: freeze_time("2012-01-14"),
    "frozen in 2040": lambda: freeze_time("2040-01-14"),
    "ticking": lambda: freeze_time("2012-01-14", tick=True),
    "jumping": lambda: freeze_time("2012-01-14", auto_tick_seconds=1),
    "time-machine": lambda: time_machine.travel("2012-01-14", tick=False),
}


@pytest.mark.parametrize("clock", CLOCKS)
def test_it_works_while_a_test_has_another_clock(clock, flickr, tmp_path):
    """Calls, pages, retries, a login and commands work under a clock that is frozen, and before and after it is."""
    session, environ = flickr.session(), flickr.environ()

    def works(flickr, session):
        flickr.fail("flickr.test.login", status=429, retry_after=0)
        assert session.call("flickr.test.login")["user"]["username"]["_content"] == "sandbox-sam"
        assert len(list(session.pages(PHOTOS, user_id="me"))) == 2345
        with Transport(provider.at(flickr.base_url), flickr.keys) as transport:
            token = legs.request_token(transport)
            verifier = flickr.approve(token.oauth_token, user=1)
            assert legs.access_token(transport, token, verifier, "read").username == "sandbox-zoë"

    works(flickr, session)
    with CLOCKS[clock]():
        works(flickr, session)
        with Sandbox() as another, another.session() as its_session:
            works(another, its_session)
        for arguments in (("status",), ("call", "flickr.test.login"), ("login", "--start")):
            with in_process.surroundings(environ, tmp_path):
                ran = in_process.run(environ, *arguments)
            assert ran.code == 0, ran
        ran = subprocess.run(
            [sys.executable, "-m", "flickr_auth", "status", "-v"],
            env=environ,
            check=False,
            capture_output=True,
            text=True,
        )
        assert ran.returncode == 0, ran  # a program that the test starts has another clock
    works(flickr, session)


def test_a_frozen_clock_stops_no_deadline(flickr, tmp_path):
    """Who does not answer is given up after the time that was allowed, also if the clock is set back meanwhile."""
    environ, never, others = flickr.environ(), threading.Event(), set(threading.enumerate())
    with in_process.surroundings(environ, tmp_path), freeze_time("2012-01-14"):
        ran = in_process.run(environ, "login", "--timeout", "0.2", stdin=[lambda _: never.wait(20) and ""])
    assert ran.code == 1 and "within 0.2 seconds" in ran.stderr
    never.set()
    with (
        RudeServer([hang()] * 2) as server,
        swallowing("127.0.0.1") as port,
        flickr_auth.Session(server.provider, KEYS, ACCESS, timeout=0.3) as session,
        freeze_time("2012-01-14") as frozen,
    ):
        with pytest.raises(flickr_auth.NoAnswer):
            session.call("flickr.test.login")
        with pytest.raises(requests.ConnectTimeout):
            session.get(f"http://127.0.0.1:{port}/", timeout=0.2)
        backwards = threading.Timer(0.1, frozen.move_to, ["1999-12-31"])
        backwards.start()
        with pytest.raises(flickr_auth.NoAnswer):
            session.call("flickr.test.login")
        backwards.join()
    for thread in set(threading.enumerate()) - others:
        if thread.name == "bounded":  # given up; with its server gone it comes to an end
            thread.join(10)


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
