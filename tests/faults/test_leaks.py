"""No secret anywhere but where somebody asked for it: every one that there is, looked for in all that comes out."""

import io
import json
import os
import pathlib
import pickle
import subprocess
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

import flickr_auth
from flickr_auth.cli.app import cli
from flickr_auth.cli.console import Console
from flickr_auth.cli.context import Context
from flickr_auth.sandbox.server import KEYS, Sandbox

from programs import make

if not pathlib.Path("/proc/self/cmdline").exists():
    pytest.skip("there is no /proc to look into", allow_module_level=True)

# Every library logs all that it has to say, before the program begins.
LOUD = """
import http.client, logging, sys
logging.basicConfig(level=logging.DEBUG, stream=sys.stderr)
for name in ("oauthlib", "requests_oauthlib", "urllib3", "keyring", "requests", "asyncio"):
    logging.getLogger(name).setLevel(logging.DEBUG)
from flickr_auth.cli.app import main
main()
"""
BROWSER = """{ tr '\\0' '\\n' < /proc/$$/environ; tr '\\0' '\\n' < /proc/$$/cmdline; } > "$BROWSER_SAW"
"""


class Remembering(Sandbox):
    """A sandbox that knows every secret that it has ever issued."""

    def __init__(self):
        super().__init__()
        self.secrets = {keys.api_secret for keys in KEYS}

    def _answer(self, request):
        reply = super()._answer(request)
        sent = parse_qsl(reply.body.decode("latin-1")) + parse_qsl(
            urlsplit(dict(reply.headers).get("Location", "")).query
        )
        self.secrets |= {value for name, value in sent if name in ("oauth_token_secret", "oauth_verifier")}
        return reply


@pytest.fixture
def sandbox():
    with Remembering() as running:
        yield running


@pytest.fixture
def loud(machine, sandbox, tmp_path, bin_folder):
    """A machine whose browser tells what it was given, and a way to run commands there as loudly as can be."""
    machine.environ |= {
        "FLICKR_AUTH_BASE_URL": sandbox.base_url,
        "BROWSER": str(make(bin_folder / "a-browser", BROWSER)),
        "BROWSER_SAW": str(tmp_path / "browser-saw"),
        "FLICKR_API_SECRET": KEYS[0].api_secret,
        "FLICKR_API_KEY": KEYS[0].api_key,
    }
    return machine


def start(machine, *arguments):
    return subprocess.Popen(
        [sys.executable, "-c", LOUD, *map(str, arguments)],
        cwd=machine.folder,
        env=machine.environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def command_lines(machine):
    """What everybody can see of the processes that run now on behalf of this machine, by their home folder."""
    seen, home = [], f"HOME={machine.environ['HOME']}"
    for path in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if home in (path / "environ").read_bytes().decode("utf-8", "replace").split("\0"):
                seen.append((path / "cmdline").read_bytes().decode("utf-8", "replace"))
        except OSError:
            continue  # it has ended, or is somebody else's
    assert seen
    return "\n".join(seen)


def log_in(machine, sandbox, *arguments, answer=lambda code: code):
    """A login, and all that can be seen of it: while it waits, and when it ends."""
    process = start(machine, "login", "-v", *arguments)
    shown = []
    for line in process.stderr:
        shown.append(line)
        if "oauth_token=" in line and "perms=" in line:
            break
    address = line.strip()
    seen = command_lines(machine)
    fields = dict(parse_qsl(urlsplit(address).query))
    if "--callback" in arguments:
        requests.post(address.partition("?")[0], data=fields | {"answer": "ok"}, timeout=10)
        typed = None
        process.stdin.close()
        process.stdin = None
    else:
        typed = answer(sandbox.press_ok(fields["oauth_token"])) + "\n"
    out, err = process.communicate(typed, timeout=60)
    return process.returncode, "".join((*shown, out, err, seen))


def ended(machine, *arguments, code=0):
    process = start(machine, *arguments)
    out, err = process.communicate("", timeout=60)
    assert process.returncode == code, err
    return out + err


def assert_clean(sandbox, text):
    assert len(sandbox.secrets) > len(KEYS)
    assert [secret for secret in sandbox.secrets if secret in text] == []


def revoke(sandbox, machine):
    token = machine.run("show", "--field", "oauth_token").stdout.strip()
    page = f"{sandbox.base_url}/services/auth/list.gne"
    assert requests.post(page, data={"oauth_token": token}, timeout=10).ok


def test_a_login_and_what_follows_tell_no_secret(loud, sandbox):
    """With -v and every library at DEBUG: nothing on stdout, on stderr, or in a command line."""
    code, seen = log_in(loud, sandbox, "--store", "keyring", "--perms", "write")
    assert code == 0 and "Logged in" in seen and "DEBUG" in seen
    seen += ended(loud, "status", "-v") + ended(loud, "status", "--json") + ended(loud, "use", "sandbox-sam")
    seen += ended(loud, "call", "-v", "flickr.test.login")
    seen += ended(loud, "call", "--paginate", "flickr.people.getPhotos", "user_id=me", "per_page=500")
    seen += ended(loud, "call", "flickr.photos.delete", "photo_id=1", code=4)
    seen += ended(
        loud, "run", sys.executable, "-c", "import pathlib; print(pathlib.Path('/proc/self/cmdline').read_bytes())"
    )
    revoke(sandbox, loud)
    seen += ended(loud, "status", code=4) + ended(loud, "call", "flickr.test.login", code=4)
    seen += ended(loud, "logout")
    assert_clean(sandbox, seen)


def test_a_callback_tells_nobody_its_verifier(loud, sandbox, tmp_path):
    """Not the terminal, not a log, and not the browser's environment or arguments."""
    os.mkfifo(tmp_path / "browser-saw")
    with ThreadPoolExecutor() as pool:
        saw = pool.submit((tmp_path / "browser-saw").read_text)
        code, seen = log_in(loud, sandbox, "--callback", "--store", "file", "--browser")
    assert code == 0 and "Logged in" in seen
    told = saw.result(timeout=60)
    assert "PATH=" in told and "oauth_token=" in told and "FLICKR" not in told.replace("oauth_token", "")
    assert_clean(sandbox, seen + told)


def test_a_login_in_two_steps_tells_no_secret(loud, sandbox):
    """Neither the address with its ID, nor the second command."""
    begun = start(loud, "login", "-v", "--start", "--json", "--store", "file")
    out, err = begun.communicate("", timeout=60)
    token = dict(parse_qsl(urlsplit(json.loads(out)["url"]).query))["oauth_token"]
    code = sandbox.press_ok(token)
    assert_clean(sandbox, out + err + ended(loud, "login", "-v", "--finish", "000-000-000", code=4))
    assert_clean(sandbox, ended(loud, "login", "-v", "--finish", code))


@pytest.mark.parametrize("fault", ["a wrong code", "a wrong secret", "no answer"])
def test_a_login_that_fails_tells_no_secret(loud, sandbox, fault):
    """Where things go wrong, the words are ours."""
    if fault == "a wrong secret":
        loud.environ["FLICKR_API_SECRET"] = wrong = "5ec4e75ec4e75ec4"
        seen = ended(loud, "login", "-v", code=4)
        assert "a secret is wrong" in seen and wrong not in seen
        assert [each for each in sandbox.secrets if each in seen] == []
        return

    def answer(code):
        if fault == "no answer":
            sandbox.close()
        return code if fault == "no answer" else "000-000-000"

    code, seen = log_in(loud, sandbox, "--store", "file", answer=answer)
    assert code == (5 if fault == "no answer" else 4)
    assert_clean(sandbox, seen)


class Noting(Console):
    """A console that keeps the errors that it was to show."""

    def __init__(self, environ, typed):
        super().__init__(environ, read=typed, is_terminal=False, stdout=io.StringIO(), stderr=io.StringIO())
        self.errors = []

    def fail(self, error):
        self.errors.append(error)
        super().fail(error)


@pytest.mark.parametrize(
    ("typed", "keyring"),
    [
        pytest.param("000-000-000", "Good", id="a wrong code"),
        pytest.param("5ecre7 that was pasted by mistake", "Good", id="a paste by mistake"),
        pytest.param(None, "FailsLater", id="a keyring that quotes what it refuses"),
    ],
)
def test_an_error_holds_no_secret(sandbox, tmp_path, monkeypatch, typed, keyring):
    """Its repr, its pickle and its traceback with all that it was caused by."""
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", f"fake_keyrings.{keyring}")
    monkeypatch.setenv("FAKE_KEYRING", str(tmp_path / "keyring.json"))
    environ = {
        "FLICKR_AUTH_HOME": str(tmp_path / "app"),
        "FLICKR_API_KEY": KEYS[0].api_key,
        "FLICKR_API_SECRET": KEYS[0].api_secret,
        "FLICKR_AUTH_BASE_URL": sandbox.base_url,
    }
    line = io.BytesIO()

    def read(count):
        if not line.getvalue():
            token = console._stderr.getvalue().partition("oauth_token=")[2].partition("&")[0]
            line.write(((typed or sandbox.press_ok(token)) + "\n").encode())
            line.seek(0)
        return line.read(count)

    console = Noting(environ, read)
    with pytest.raises(SystemExit):
        cli.main(["login", "--store", "keyring"], prog_name="flickr-auth", obj=Context(environ, console))
    (error,) = console.errors
    told = "".join(traceback.format_exception(error)) + repr(error) + str(pickle.dumps(error)) + repr(vars(error))
    again = pickle.loads(pickle.dumps(error))  # noqa: S301  # our own, of a moment ago
    assert (type(again), again.message, again.hint) == (type(error), error.message, error.hint)
    assert "5ecre7" not in told.replace(repr(vars(error)), "")
    assert_clean(sandbox, told)


def test_what_python_shows_holds_no_secret(loud, sandbox, monkeypatch):
    """An account, a token, a session: each can be printed in a notebook or a log."""
    assert log_in(loud, sandbox, "--store", "file")[0] == 0
    for name, value in loud.environ.items():
        monkeypatch.setenv(name, value)
    account = flickr_auth.load()
    session = flickr_auth.session()
    try:
        told = [account, account.token, session, session.auth, vars(session), [account], {"a": account}]
        assert_clean(sandbox, "".join(f"{each!r} {each!s}" for each in told))
        assert account.oauth_token_secret in sandbox.secrets
    finally:
        session.close()
