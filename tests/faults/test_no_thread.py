"""A system that starts no thread: a limit of processes, an old container's rules. Everything works, or says why not."""

import json
import subprocess
import sys

import pytest

from rude_server import (
    ACCESS,
    JSON,
    KEYS,
    RudeServer,
    access_token_answer,
    answer,
    check_token_answer,
    request_token_answer,
)

# A stack that fits into no memory: each start of a thread fails, with the very error that a limit of processes gives.
PROGRAM = "import threading; threading.stack_size(1 << 47); from flickr_auth.cli.app import main; main()"
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows commits no stack until it is used")
ECHO = answer('{"user":{"id":"21207597@N07"},"stat":"ok"}', headers=JSON)


@pytest.fixture
def run(machine):
    """Run a command of a machine that is logged in at the server, in a process that can start no thread."""
    machine.app.mkdir(parents=True, mode=0o700)

    def go(server, *arguments, stdin="", **variables):
        variables |= {"FLICKR_API_KEY": KEYS.api_key, "FLICKR_API_SECRET": KEYS.api_secret}
        ran = subprocess.run(
            [sys.executable, "-c", PROGRAM, *arguments],
            input=stdin,
            cwd=machine.folder,
            env=machine.environ | variables | {"FLICKR_AUTH_BASE_URL": server.provider.name},
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )
        assert "Traceback" not in ran.stderr
        return ran

    return go


TOKEN = {"FLICKR_OAUTH_TOKEN": ACCESS.oauth_token, "FLICKR_OAUTH_TOKEN_SECRET": ACCESS.oauth_token_secret}


def test_a_call_is_made_and_says_that_its_time_is_not_limited(run):
    """A call works without a thread, and says once that nothing limits its time."""
    with RudeServer([ECHO]) as server:
        ran = run(server, "call", "flickr.test.login", **TOKEN)
    assert (ran.returncode, json.loads(ran.stdout)["stat"]) == (0, "ok")
    assert ran.stderr.count("no overall time limit") == 1


def test_all_pages_come_one_after_the_other(run):
    """Pages come in their order, though none can be fetched ahead."""
    pages = [
        answer(json.dumps({"photos": {"page": page, "pages": 3, "photo": [page]}, "stat": "ok"}), headers=JSON)
        for page in (1, 2, 3)
    ]
    with RudeServer(pages) as server:
        ran = run(server, "call", "flickr.people.getPhotos", "--paginate", **TOKEN)
    assert (ran.returncode, ran.stdout) == (0, "1\n2\n3\n")


def test_a_status_has_its_verdict(run):
    """An account is checked in the one thread that there is."""
    with RudeServer([check_token_answer()]) as server:
        ran = run(server, "status", **TOKEN)
    assert ran.returncode == 0 and "valid" in ran.stdout


def test_a_login_stores_its_token(run, machine):
    """A login with its token in a file runs to its end, code and all."""
    with RudeServer([request_token_answer(), access_token_answer(), check_token_answer()]) as server:
        ran = run(server, "login", "--store", "file", stdin="123-456-789\n")
    assert ran.returncode == 0, ran.stderr
    (stored,) = (machine.app / "accounts").glob("*.json")
    assert json.loads(stored.read_text())["oauth_token_secret"] == ACCESS.oauth_token_secret


def test_a_login_into_the_keyring_asks_flickr_for_nothing(run):
    """A keyring that may hang for ever is not begun without a thread: exit 6, before anything is asked of Flickr."""
    with RudeServer([]) as server:
        ran = run(server, "login", "--store", "keyring", stdin="123-456-789\n")
        assert server.connections == 0
    assert ran.returncode == 6
    assert "start a thread" in " ".join(ran.stderr.split()) and "--store file" in " ".join(ran.stderr.split())


@pytest.mark.parametrize(("how", "hint"), [("--callback", "flickr-auth login --pin"), ("--sandbox", "ulimit -u")])
def test_what_needs_a_thread_of_its_own_is_one_sentence_before_flickr_is_asked(run, how, hint):
    """A listener and the sandbox are threads: without one it is exit 1, one sentence, and nothing was asked."""
    with RudeServer([]) as server:
        ran = run(server, "login", how, "--store", "file", stdin="123-456-789\n")
        assert server.connections == 0
    assert ran.returncode == 1 and ran.stdout == ""
    assert "thread" in ran.stderr and hint in " ".join(ran.stderr.split())
