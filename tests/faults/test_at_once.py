"""Fifty at once: nothing lost, nothing torn, and nothing left lying about."""

import json
import pathlib
import sqlite3
import subprocess
import sys
import threading

import pytest

from faults.checks import assert_private, assert_whole, leftovers
from flickr_auth.testing import Sandbox

from in_process import Ran

if sys.platform == "win32":
    pytest.skip("Windows has no fork", allow_module_level=True)

pytestmark = pytest.mark.thorough

MANY = 50
FILE = ("--store", "file")
CROWD = pathlib.Path(__file__).parent / "crowd.py"


@pytest.fixture
def at_once(person):
    """Run many commands at the same moment, each in a process of its own; how each ended."""

    def run(*commands):
        told = person.machine.home / "commands.json"
        told.write_text(json.dumps([[str(each) for each in command] for command in commands]))
        told.chmod(0o600)
        ran = subprocess.run(
            [sys.executable, CROWD, told],
            cwd=person.machine.folder,
            env=person.machine.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            timeout=100,
            check=True,
        )
        told.unlink()
        return [Ran(*each) for each in json.loads(ran.stdout)]

    return run


def accounts(person):
    return {each["user_nsid"] for each in json.loads(person.run("status", "--json", "--offline").stdout or "[]")}


def assert_all(ran):
    """All went well; that one waited for the others, which takes a second on a slow machine, is no trouble."""
    waited = "Warning: Another flickr-auth command is changing the accounts; waiting for it..."
    told = [(each.code, each.stderr.replace(waited, "")) for each in ran]
    assert [each for each in told if each[0] or "Traceback" in each[1] or "Warning" in each[1]] == []


def assert_settled(person):
    assert leftovers(person) == []
    assert_whole(person)
    assert_private(person)


def nsids(count):
    return {f"{12345678 + number}@N00" for number in range(count)}


def test_fifty_logins_for_fifty_accounts_keep_all_of_them(person, at_once):
    """Fifty people start at the same moment, and end so: each has an account with their token; one is the default."""
    started = at_once(*[("login", "--start", "--json", *FILE)] * MANY)
    assert_all(started)
    ran = at_once(*(person.finish(json.loads(each.stdout), number) for number, each in enumerate(started)))
    assert_all(ran)
    assert accounts(person) == nsids(MANY)
    assert len(list((person.machine.app / "accounts").iterdir())) == MANY
    assert person.run("show", "--field", "user_nsid").stdout.strip() in nsids(MANY)
    assert list((person.machine.app / "pending").iterdir()) == []
    assert_settled(person)


def test_fifty_logins_for_one_account_leave_one(person, at_once):
    """Fifty logins of one person at the same moment leave one account, whose token is whole and works."""
    ran = at_once(*(person.start(*FILE) for _ in range(MANY)))
    assert_all(ran)
    assert len(list((person.machine.app / "accounts").iterdir())) == 1
    assert person.run("show", "--field", "user_nsid").code == 0
    assert_settled(person)


def test_fifty_logins_into_one_token_file_leave_one_token(person, at_once):
    """Logins that share a token file leave one token in it, whole, and nothing beside it; who came late is told."""
    ran = at_once(*(person.start("--token-file", person.token_file, user=number) for number in range(MANY // 2)))
    told = {"was changed since the login was started": 3, "was changed during the login, so it was not written": 6}
    late = [each for each in ran if any(each.code == code and words in each.stderr for words, code in told.items())]
    assert len(late) < len(ran)
    assert_all([each for each in ran if each not in late])
    assert person.token_file.exists()
    assert_settled(person)


def test_logouts_and_uses_beside_logins_lose_nobody_else(person, at_once):
    """While some log in, others log out and the default is moved: who should be there is there, and nobody else."""
    for number in range(20):
        assert person.log_in(*FILE, user=number).code == 0
    coming = [person.start(*FILE, user=number) for number in range(20, 30)]
    leaving = [("logout", "--account", f"{12345678 + number}@N00") for number in range(10)]
    choosing = [("use", f"{12345678 + number}@N00") for number in range(10, 20)]
    ran = at_once(*(each for three in zip(coming, leaving, choosing, strict=True) for each in three))
    assert_all(ran)
    assert accounts(person) == nsids(30) - nsids(10)
    assert_settled(person)


def test_logouts_beside_logins_of_the_same_account_end_whole(person, at_once):
    """Where the same account logs in and out at once, it is there whole or gone, and nobody sees a traceback."""
    person.log_in(*FILE)
    together = [each for _ in range(15) for each in (person.start(*FILE), ("logout", "--account", "12345678@N00"))]
    ran = at_once(*together)
    assert {each.code for each in ran} <= {0, 3}, [each.stderr for each in ran if each.code not in (0, 3)]
    assert "Traceback" not in "".join(each.stderr for each in ran)
    assert_settled(person)
    assert person.log_in(*FILE).code == 0
    assert accounts(person) == nsids(1)


def test_exports_into_one_database_keep_every_token(person, at_once):
    """Several accounts that are exported into one database at the same moment are all in it."""
    for number in range(10):
        assert person.log_in(*FILE, user=number).code == 0
    ran = at_once(
        *(
            (
                "export",
                "flickrapi",
                "--force",
                "--not-flickr",
                "--path",
                person.flickrapi,
                "--account",
                f"{12345678 + number}@N00",
            )
            for number in range(10)
        )
    )
    assert_all(ran)
    database = sqlite3.connect(person.flickrapi)
    assert {row[0] for row in database.execute("SELECT user_nsid FROM oauth_tokens")} == nsids(10)
    assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    database.close()
    assert [each.name for each in person.machine.folder.iterdir() if each.name.startswith("flickrapi")] == [
        "flickrapi.sqlite"
    ]


def test_twenty_programs_at_once_make_as_many_calls_as_the_key_may_make(machine):
    """The key's limit is that of all programs together: the server gets as many calls, and every program then waits."""
    with Sandbox() as flickr:
        machine.keep(flickr.account())
        machine.environ["FLICKR_AUTH_CALLS_PER_HOUR"] = "50"
        words = ("call", "flickr.people.getPhotos", "user_id=me", "per_page=1", "--paginate")  # less than a pipe holds
        programs = [machine.start(*words) for _ in range(20)]
        for each in programs:
            assert "Waiting until" in each.stderr.readline()
        while len(flickr.requests) < 50:
            threading.Event().wait(0.01)  # the last ones are on their way
        for each in programs:
            each.kill()
            each.wait()
        assert len(flickr.requests) == 50
