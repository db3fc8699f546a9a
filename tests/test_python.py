"""The public Python face: which account, what is raised and warned of and what is loaded."""

import inspect
import os
import pathlib
import socket
import subprocess
import sys
import threading
import traceback
from urllib.parse import urlsplit

import pytest
import requests

import flickr_auth
from flickr_auth import errors, testing, threads
from flickr_auth.account import Account
from flickr_auth.provider import at
from flickr_auth.sandbox import access_tokens
from flickr_auth.sandbox.server import KEYS, Sandbox
from flickr_auth.storage.account_files import AccountFolder
from flickr_auth.storage.files import app_folder
from flickr_auth.storage.keyring import KeyringStore, unusual_folder
from flickr_auth.storage.store import Store

FOUR = ("FLICKR_API_KEY", "FLICKR_API_SECRET", "FLICKR_OAUTH_TOKEN", "FLICKR_OAUTH_TOKEN_SECRET")
PHOTOS = "flickr.people.getPhotos"
WHO = {"method": "flickr.test.login", "format": "json", "nojsoncallback": "1"}


@pytest.fixture(autouse=True)
def home(machine, monkeypatch):
    """A machine on which nobody is logged in; this process has its environment and is in its working folder."""
    for name, value in machine.environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(machine.folder)
    return machine.home


@pytest.fixture
def log_in(machine):
    """Store an account as a login does; the first one becomes the default."""

    def store(user=0, provider="sandbox", where="file"):
        account = machine.log_in(user, provider=provider)
        if where == "file":
            return account
        keyring = KeyringStore(30, int, unusual_folder(os.environ))
        return Store(AccountFolder(app_folder(), pytest.fail), lambda: keyring).keep(account, where)

    return store


@pytest.fixture
def token_file(home):
    """A token file, and beside it no keys."""
    token = access_tokens.issue(KEYS[0].api_key, 2, "read").token
    path = home / "token"
    path.touch(mode=0o600)
    path.write_text(f"{token.oauth_token}\n{token.oauth_token_secret}")
    return path, token


@pytest.fixture
def sandbox_session():
    """A stand-in for Flickr that can be told to fail, and a session for it."""
    with testing.Sandbox() as running:
        yield running, running.session()


def set_four(monkeypatch, user=3):
    """The four variables, and the account that they hold."""
    token = access_tokens.issue(KEYS[0].api_key, user, "read").token
    values = (KEYS[0].api_key, KEYS[0].api_secret, token.oauth_token, token.oauth_token_secret)
    for name, value in zip(FOUR, values, strict=True):
        monkeypatch.setenv(name, value)
    return Account(*values, store="environment")


# ---- which account


@pytest.mark.parametrize("where", ["file", "keyring"])
def test_load_gives_the_default_account_with_its_secrets(where, log_in):
    """`load()` gives the default account, with its secrets, from wherever they are kept."""
    stored = log_in(0, where=where)
    log_in(1)
    assert flickr_auth.load() == stored


def test_the_environment_goes_before_the_default_and_an_argument_before_both(log_in, token_file, monkeypatch):
    """An argument, the four variables, FLICKR_AUTH_ACCOUNT, FLICKR_TOKEN_FILE, the default: in this order."""
    default, named, argument = log_in(0), log_in(1), log_in(4)
    path, token = token_file
    found = [flickr_auth.load()]
    monkeypatch.setenv("FLICKR_TOKEN_FILE", str(path))
    found.append(flickr_auth.load().token)
    monkeypatch.setenv("FLICKR_AUTH_ACCOUNT", "sandbox-zoë")
    found.append(flickr_auth.load())
    four = set_four(monkeypatch)
    found += [flickr_auth.load(), flickr_auth.load(argument.user_nsid), flickr_auth.load(token_file=path).token]
    assert found == [default, token, named, four, argument, token]


def test_a_token_file_may_be_a_text_or_a_path(token_file):
    """A token file may be named by a text or a path, and needs no keys to be read."""
    path, token = token_file
    for named in (path, str(path)):
        account = flickr_auth.load(token_file=named)
        assert (account.token, account.store, account.api_key) == (token, "token-file", None)


# ---- what goes wrong


def raises(kind, **how):
    """Check that both functions raise that error, with a message and a next thing to do."""
    for function in (flickr_auth.load, flickr_auth.session):
        with pytest.raises(flickr_auth.Error) as caught:
            function(**how)
        assert type(caught.value) is kind
        assert caught.value.message
        assert caught.value.hint


def test_where_nobody_is_logged_in_an_error_says_how_to():
    """Where nobody is logged in the error says how to."""
    raises(flickr_auth.AccountError)
    with pytest.raises(flickr_auth.NotConfigured, match="You are not logged in") as caught:
        flickr_auth.load()
    assert "flickr-auth login" in caught.value.hint


def test_what_is_named_and_not_there_is_an_error(log_in, token_file):
    """A name or a token file that is not there is an error, and so are both at once: no other account is taken."""
    log_in()
    raises(flickr_auth.UsageError, account="sandbox-sam", token_file=token_file[0])
    raises(flickr_auth.AccountError, account="nobody")
    for name in ("missing", ""):
        with pytest.raises(flickr_auth.AccountError):
            flickr_auth.load(token_file=name)


def test_a_session_of_a_token_without_keys_is_an_error_and_with_them_it_works(token_file, monkeypatch):
    """A token file without keys beside it can be read and cannot sign; with the keys in ./apikeys it can."""
    path, _token = token_file
    with pytest.raises(flickr_auth.NoKeys):
        flickr_auth.session(token_file=path)
    keys = pathlib.Path("apikeys")
    keys.touch(mode=0o600)
    keys.write_text(f"{KEYS[0].api_key}\n{KEYS[0].api_secret}\n")
    monkeypatch.setenv("FLICKR_AUTH_BASE_URL", "sandbox")
    with flickr_auth.session(token_file=path) as flickr:
        assert flickr.get(flickr.rest_url, params=WHO).json()["stat"] == "ok"


def test_a_keyring_that_hangs_is_an_error_in_time_and_nothing_is_printed(log_in, machine, monkeypatch, capfd):
    """A keyring that does not answer is an error when its time is up, and nothing is printed meanwhile."""
    log_in(where="keyring")
    for path in (machine.app / "accounts").iterdir():
        path.write_text(path.read_text().replace("fake_keyrings.Good", "fake_keyrings.Hanging"))
    monkeypatch.setattr(threads, "NOTICE_AFTER", 0.05)  # a person would be told by then
    monkeypatch.setenv("FLICKR_AUTH_KEYRING_TIMEOUT", "0.2")
    with pytest.raises(flickr_auth.StoreError, match=r"within 0\.2 seconds"):
        flickr_auth.load()
    assert capfd.readouterr() == ("", "")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
@pytest.mark.parametrize("function", [flickr_auth.load, flickr_auth.session])
def test_a_file_that_others_can_read_is_a_warning_at_the_callers_line(function, log_in, machine):
    """A file that others can read is used, with a warning that names the line of the caller and the chmod."""
    log_in(provider="flickr")
    (path,) = (machine.app / "accounts").iterdir()
    path.chmod(0o644)
    with pytest.warns(UserWarning, match="chmod 600") as caught:
        found, line = function(), inspect.currentframe().f_lineno
    assert [(each.filename, each.lineno) for each in caught] == [(__file__, line)]
    if function is flickr_auth.session:
        found.close()


# ---- the session


def test_the_session_of_a_sandbox_account_has_the_stand_in_until_it_is_closed(log_in):
    """The session of a sandbox account starts the stand-in on a free port, and ends it when it is closed."""
    log_in(user=1)
    before = set(threading.enumerate())
    with flickr_auth.session() as flickr, flickr_auth.session("sandbox-zoë") as other:
        assert flickr.rest_url != other.rest_url
        found = [each.get(each.rest_url, params=WHO).json()["user"]["username"]["_content"] for each in (flickr, other)]
        started = set(threading.enumerate()) - before
        assert all(thread.daemon for thread in started)
    assert found == ["sandbox-zoë"] * 2
    assert started & set(threading.enumerate()) == set()
    flickr.close()  # once more does no harm
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", urlsplit(flickr.rest_url).port), timeout=10)


def test_the_session_of_an_account_under_another_base_url_calls_that(log_in):
    """The session of an account that was made under another base URL calls that, and starts nothing."""
    with Sandbox() as running:
        log_in(user=2, provider=running.base_url)
        with flickr_auth.session() as flickr:
            assert isinstance(flickr, flickr_auth.Session) and isinstance(flickr, requests.Session)
            assert flickr.rest_url == f"{running.base_url}/services/rest/"
            assert flickr.get(flickr.rest_url, params=WHO).json()["user"]["username"]["_content"] == "sandbox-さくら"


# ---- API calls


@pytest.mark.parametrize("source", ["stored", "variables", "token file"])
def test_the_traceback_of_a_refused_token_ends_with_what_renews_it(source, log_in, token_file, monkeypatch):
    """A script whose token is refused ends with the command that fits where its token came from."""
    with Sandbox() as running:
        monkeypatch.setenv("FLICKR_AUTH_BASE_URL", running.base_url)
        arguments = ""
        if source == "stored":
            log_in(user=2, provider=running.base_url)
        elif source == "variables":
            set_four(monkeypatch, user=0)
        else:
            monkeypatch.setenv("FLICKR_API_KEY", KEYS[0].api_key)
            monkeypatch.setenv("FLICKR_API_SECRET", KEYS[0].api_secret)
            arguments = f"token_file={str(token_file[0])!r}"
        code = f"""
import flickr_auth
with flickr_auth.session({arguments}) as flickr:
    flickr.call("flickr.photos.setMeta", post=True, photo_id=1)
"""
        ran = subprocess.run(
            [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, timeout=60, check=False
        )
    *_, message, hint = ran.stderr.strip().splitlines()
    assert ran.returncode == 1 and message.startswith("flickr_auth.errors.PermissionRefused: ")
    assert hint.startswith("Run: ") and hint.endswith("--perms write")
    assert ("--account" in hint, "unset FLICKR_OAUTH_TOKEN" in hint, "--token-file" in hint) == (
        source == "stored",
        source == "variables",
        source == "token file",
    )


def test_a_traceback_begins_at_the_callers_line_and_ends_with_what_to_do(sandbox_session, nobody_there):
    """What nobody catches shows the line of the script, one of ours, the error and its hint, and nothing else."""
    sandbox, flickr = sandbox_session
    sandbox.fail(PHOTOS, times=2, code=98)
    unreachable = flickr_auth.Session(at(nobody_there), sandbox.keys, sandbox.account().token)
    works = [
        lambda: flickr.call(PHOTOS),
        lambda: list(flickr.pages(PHOTOS)),
        lambda: flickr.call(PHOTOS, method="x"),
        lambda: flickr.pages(PHOTOS, method="x"),
        lambda: unreachable.call(PHOTOS),
        lambda: flickr_auth.load("nobody"),
        lambda: flickr_auth.session("nobody"),
    ]
    for work in works:
        with pytest.raises(flickr_auth.Error) as caught:
            work()
        _this, line, *ours = traceback.extract_tb(caught.value.__traceback__)
        assert line.filename == __file__ and line.name == "<lambda>"
        assert [pathlib.Path(frame.filename).parent.name for frame in ours] in (["protocol"], ["flickr_auth"])
        shown = "".join(traceback.format_exception(caught.value))
        assert shown.count("Traceback") == 1 and shown.endswith(f": {caught.value.message}\n{caught.value.hint}\n")
    try:
        raise RuntimeError("the script's own trouble")
    except RuntimeError:
        with pytest.raises(flickr_auth.NotSent) as caught:
            unreachable.call(PHOTOS)
    shown = "".join(traceback.format_exception(caught.value))
    assert shown.count("Traceback") == 2 and "RuntimeError: the script's own trouble" in shown
    unreachable.close()


def test_a_script_and_a_command_say_the_same_of_a_refused_token(log_in, machine):
    """Where several accounts are stored a script says whose token is refused as a command does: by the short name."""
    with Sandbox() as running:
        log_in(user=0)
        for user, name in ((1, "sandbox-zoë"), (2, "sandbox-さくら")):
            log_in(user=user, provider=running.base_url)
            arguments = "flickr.photos.setMeta", "photo_id=1"
            ran = machine.run("call", "--account", name, "--post", *arguments)
            with flickr_auth.session(name) as flickr, pytest.raises(flickr_auth.PermissionRefused) as caught:
                flickr.call("flickr.photos.setMeta", post=True, photo_id=1)
            assert ran.stderr.splitlines()[-1].strip() == caught.value.hint
            assert caught.value.message in ran.stderr and name in caught.value.hint


# ---- names, and what they cost


def test_every_error_is_there_to_be_caught():
    """Every error of the tree is there under its own name, and so is everything else that is promised."""
    tree = {name for name, value in vars(errors).items() if isinstance(value, type)}
    assert tree | {"Account", "Session", "load", "session", "__version__"} == set(flickr_auth.__all__)
    assert all(getattr(flickr_auth, name) is getattr(errors, name) for name in tree)
    assert flickr_auth.Account is Account
    assert set(flickr_auth.__all__) <= set(dir(flickr_auth))


def run_python(code, **variables):
    """What Python prints for that code in a process of its own, in which any warning would be an error."""
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env=os.environ | variables,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    return ran.stdout


@pytest.mark.parametrize(
    ("code", "not_loaded"),
    [
        pytest.param(
            "from flickr_auth import Account, AccountError, load; load()",
            {"click", "requests", "requests_oauthlib", "oauthlib", "keyring", "http.server"},
            id="load",
        ),
        pytest.param(
            "import flickr_auth; flickr_auth.session('sandbox-zoë').close()",
            {"click", "keyring", "flickr_auth.sandbox"},
            id="session",
        ),
    ],
)
def test_a_script_pays_for_what_it_uses_alone(code, not_loaded, log_in):
    """A script loads no library that it does not use: importing costs next to nothing, a file needs no keyring."""
    log_in(0)
    log_in(1, provider="flickr")
    assert set(run_python(f"import sys; {code}; print(*sys.modules)").split()) & not_loaded == set()
