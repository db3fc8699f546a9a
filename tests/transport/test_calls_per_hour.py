"""No key of a person is switched off: its calls are counted for all programs together (flickr_auth.transport)."""

import concurrent.futures
import contextlib
import json
import logging
import os
import stat
import sys
from unittest import mock

import pytest
import requests
import requests_mock
import responses

import flickr_auth
from flickr_auth.errors import UsageError
from flickr_auth.provider import FLICKR, at, sandbox
from flickr_auth.storage.files import calls_folder
from flickr_auth.testing import Sandbox
from flickr_auth.transport.calls_per_hour import CallsPerHour, counted, most_calls

from bound import modes_bind
from standing_clock import Clock
from terminals import needs_a_terminal

KEY = "653e7a6ecc1d528c516cc8f92cf98611"
LOGIN = "flickr.test.login"
LIMIT = "FLICKR_AUTH_CALLS_PER_HOUR"


@pytest.fixture
def clock():
    """A clock at the beginning of an hour."""
    clock = Clock()
    clock.now -= clock.now % 3600
    return clock


@pytest.fixture
def flickr(machine, monkeypatch):
    """A sandbox to which `flickr_auth.session()` and the machine's commands go, with a limit of three calls an hour."""
    with Sandbox() as running:
        four = running.account()
        values = (four.api_key, four.api_secret, four.oauth_token, four.oauth_token_secret)
        names = ("FLICKR_API_KEY", "FLICKR_API_SECRET", "FLICKR_OAUTH_TOKEN", "FLICKR_OAUTH_TOKEN_SECRET")
        machine.environ |= dict(zip(names, values, strict=True)) | {
            "FLICKR_AUTH_BASE_URL": running.base_url,
            LIMIT: "3",
        }
        for name, value in machine.environ.items():
            monkeypatch.setenv(name, value)
        yield running


def counts(machine):
    """The names of the files in which calls are counted, and how many calls each has."""
    with contextlib.suppress(FileNotFoundError):
        return {each.name: each.stat().st_size for each in (machine.app / "calls").iterdir()}
    return {}


def forget(machine):
    """Let there be room again, as if an hour had passed; who waits may write a new file at any moment."""
    for each in list((machine.app / "calls").iterdir()):
        each.unlink()


def names(running):
    return [request.name for request in running.requests]


# ---- the count


def test_there_is_room_again_when_a_call_is_an_hour_old(tmp_path, clock):
    """The hour slides: no sixty minutes have more calls than are allowed, and none is lost for longer than needed."""
    calls = CallsPerHour(str(tmp_path / "calls"), KEY, FLICKR, 50, clock=clock)
    begun = clock.now
    made = []
    while clock.now < begun + 3 * 3600:
        if until := calls.take():
            assert clock.now < until <= made[-50] + 3600 + 15
            clock.now = until
        else:
            made.append(clock.now)
            clock.now += 40 if len(made) % 100 < 50 else 7
    assert all(later - earlier >= 3600 for earlier, later in zip(made, made[50:], strict=False))
    assert len(made) >= 150


def test_the_count_is_that_of_all_programs_and_of_one_key_at_one_provider(tmp_path, clock):
    """Each program sees the calls of all others with that key, and no others; a limit of 0 stops nothing."""
    there = at("https://flickr.example.org")
    one, other, elsewhere, free = (
        CallsPerHour(str(tmp_path / "calls"), key, provider, most, clock=clock)
        for key, provider, most in ((KEY, FLICKR, 3), ("../" + KEY, FLICKR, 3), (KEY, there, 3), (KEY, FLICKR, 0))
    )
    assert [each.take() for each in (one, free, other, free)] == [0, 0, 0, 0]
    assert [each.count() for each in (one, other, elsewhere, free)] == [3, 1, 0, 3]
    assert one.take() > clock.now and not free.take() and not elsewhere.take()


def test_many_at_once_get_as_many_as_there_is_room_for(tmp_path):
    """Whoever calls at the same moment, the key makes no call too many, and none too few."""
    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        calls = [CallsPerHour(str(tmp_path / "calls"), KEY, FLICKR, 50) for _ in range(20)]
        taken = [each.result() for each in [pool.submit(each.take) for _ in range(10) for each in calls]]
    assert taken.count(0.0) == 50


def test_hours_that_are_over_are_tidied_away_and_nothing_else_is(tmp_path, clock):
    """The folder holds the small private files of two days at most; what somebody else put there stays."""
    folder = tmp_path / "above" / "calls"
    calls = CallsPerHour(str(folder), KEY, FLICKR, 9, clock=clock)
    calls.take()
    mine = folder / "mine-2020-01-01T00Z.txt"
    mine.touch()
    for _ in range(3):
        clock.now += 49 * 3600
        calls.take()
    assert mine.exists() and len(list(folder.iterdir())) == 2
    if sys.platform != "win32":
        assert {stat.S_IMODE(each.stat().st_mode) for each in folder.glob(f"{KEY}-*")} == {0o600}
        assert [stat.S_IMODE(each.stat().st_mode) for each in (folder, folder.parent)] == [0o700, 0o700]


def test_a_count_that_cannot_be_written_stops_nothing(tmp_path):
    """A folder that is a file, that nobody may write to, or that leads elsewhere is no reason for not calling."""
    (tmp_path / "file").touch()
    shut = tmp_path / "shut"
    shut.mkdir(0o500)
    with modes_bind():
        for folder in (tmp_path / "file" / "calls", shut / "calls"):
            calls = CallsPerHour(str(folder), KEY, FLICKR, 1)
            assert [calls.take(), calls.take(), calls.count()] == [0, 0, 0]


def test_no_folder_of_somebody_else_is_written_to(tmp_path, monkeypatch):
    """Calls are counted in the user's own app folder alone; where it is not theirs, they are made all the same."""
    environ = {"FLICKR_AUTH_HOME": str(tmp_path)}
    assert calls_folder(environ) == str(tmp_path / "calls")
    assert calls_folder({"FLICKR_AUTH_HOME": "relative"}) is None
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        os.chown(tmp_path, 12345, 12345)
        calls = CallsPerHour(calls_folder(environ), KEY, FLICKR, 1)  # root may, and leaves nothing of its own
        calls.take()
        assert {each.stat().st_uid for each in tmp_path.rglob("*")} == {12345}
        monkeypatch.setattr(os, "geteuid", lambda: 54321)
        assert calls_folder(environ) is None


def test_flickr_has_a_limit_and_others_have_one_only_if_it_is_set(tmp_path):
    """Flickr's own limit is the default; FLICKR_AUTH_CALLS_PER_HOUR sets another, for every provider."""
    elsewhere = (at("http://127.0.0.1:9"), sandbox("http://127.0.0.1:9"))
    assert counted({}, str(tmp_path), KEY, FLICKR).most == 3600
    assert [counted({}, str(tmp_path), KEY, each) for each in elsewhere] == [None, None]
    assert [most_calls({LIMIT: "50"}, each) for each in (FLICKR, *elsewhere)] == [50, 50, 50]
    assert counted({LIMIT: "0"}, str(tmp_path), KEY, FLICKR).most == 0
    for wrong in ("-1", "1.5", "many", "³", "9" * 10, " 3"):
        with pytest.raises(UsageError, match=LIMIT):
            most_calls({LIMIT: wrong}, FLICKR)


# ---- a session


def test_a_session_counts_what_it_signs_and_nothing_else(machine, flickr):
    """Calls, pages, gets and posts with the key count, once each; what goes elsewhere, or unsigned, does not."""
    with flickr_auth.session() as session, Sandbox() as elsewhere:
        session.call(LOGIN)
        session.get(session.rest_url, params={"method": LOGIN})
        session.get(f"{elsewhere.base_url}/")
        list(session.pages("flickr.photosets.getList"))
        assert list(counts(machine).values()) == [3]
    assert len(flickr.requests) == 3 and len(elsewhere.requests) == 1


def test_what_a_mock_answers_is_no_call_of_the_key(machine, flickr, monkeypatch):
    """A suite of somebody's unit tests takes nothing of what their programs may call, and never waits."""
    fine = {"json": {"stat": "ok"}}
    with flickr_auth.session() as session:
        with requests_mock.Mocker() as mocker:
            mocker.register_uri(requests_mock.ANY, session.rest_url, **fine)
            assert [session.call(LOGIN)["stat"] for _ in range(4)] == ["ok"] * 4
            assert [session.get(session.rest_url).ok for _ in range(4)] == [True] * 4
        with responses.RequestsMock() as mocker:
            mocker.get(session.rest_url, **fine)
            session.call(LOGIN)
        with mock.patch("requests.Session.get", autospec=True) as get:
            get.return_value.json.return_value = fine["json"]
            session.call(LOGIN)
        for owner in (requests.Session, session):
            with monkeypatch.context() as patch:
                patch.setattr(owner, "send", lambda *_, **__: get.return_value)
                session.call(LOGIN)
        assert counts(machine) == {}
        session.mount("http://", requests.adapters.HTTPAdapter())  # what a script mounts sends what it is given
        session.call(LOGIN)
    assert list(counts(machine).values()) == [1]


@pytest.mark.thorough
def test_a_session_waits_at_the_limit_and_says_so_once(machine, flickr, caplog):
    """The call that is one too many waits, with one line that says until when, and is made once there is room."""
    with flickr_auth.session() as session, concurrent.futures.ThreadPoolExecutor(2) as pool:
        for _ in range(3):
            session.call(LOGIN)
        waiting = [pool.submit(session.call, LOGIN), pool.submit(session.get, session.rest_url)]
        with pytest.raises(concurrent.futures.TimeoutError):
            waiting[0].result(1.2)  # for longer than two looks
        assert not waiting[1].done() and len(flickr.requests) == 3
        forget(machine)
        assert waiting[0].result(20)["stat"] == "ok" and waiting[1].result(20).ok
    (line,) = {each.getMessage() for each in caplog.records if each.name == "flickr_auth"}
    assert [each.levelno for each in caplog.records if each.name == "flickr_auth"] == [logging.WARNING]
    assert line.endswith(": API key 5a0db0c5... is at its limit (3 calls an hour)") and line.startswith(
        "Waiting until "
    )


def test_a_try_that_would_be_one_too_many_is_not_made(flickr, monkeypatch):
    """Trying again is a call as well: without room for it, the failure is what comes out, and at once."""
    monkeypatch.setenv(LIMIT, "2")
    flickr.fail(LOGIN, times=3, status=503)
    with flickr_auth.session() as session, pytest.raises(flickr_auth.Busy, match="503"):
        session.call(LOGIN)
    assert names(flickr) == [LOGIN] * 2


def test_a_session_that_is_closed_waits_no_longer(flickr):
    """Whoever closes a session has no thread left that waits to send."""
    with concurrent.futures.ThreadPoolExecutor(1) as pool, flickr_auth.session() as session:
        for _ in range(3):
            session.call(LOGIN)
        waiting = pool.submit(session.call, LOGIN)
        session.close()
        with pytest.raises(flickr_auth.NotSent, match="closed"):
            waiting.result(20)
    assert len(flickr.requests) == 3


# ---- the commands


def test_a_script_that_calls_too_often_gets_one_line_and_waits(machine, flickr):
    """Without a terminal one line says until when, and the items go on once there is room."""
    process = machine.start("call", "flickr.people.getPhotos", "user_id=me", "--paginate", "per_page=100", "page=20")
    said = process.stderr.readline()
    assert said.startswith("Warning: Waiting until ") and "is at its limit (3 calls an hour)" in said
    assert len(flickr.requests) <= 3
    forget(machine)
    printed, more = process.communicate(timeout=30)
    assert (process.returncode, len(printed.splitlines()), said, more) == (0, 445, said, "")


@needs_a_terminal
def test_a_person_sees_until_when_it_waits_and_can_stop_it(machine, flickr):
    """At a terminal a line in place says until when, and Ctrl-C ends it at once; nothing is sent meanwhile."""
    terminal = machine.terminal("call", "flickr.people.getPhotos", "user_id=me", "--paginate", "per_page=500")
    terminal.expect(r"Waiting until \d\d:\d\d:\d\d: API key 5a0db0c5\.\.\. is at its limit \(3 calls")
    terminal.sendintr()
    terminal.expect("Cancelled.")
    terminal.read()
    terminal.close()
    assert terminal.exitstatus == 130 and len(flickr.requests) <= 3


@pytest.mark.process  # hints that are made in this one are checked in another environment, which its threads see
def test_status_and_doctor_say_how_many_calls_the_hour_had(machine, flickr):
    """Whoever wonders why a program waits finds the number; to look costs no wait and is counted, too."""
    machine.run("call", LOGIN)
    assert "API key 5a0db0c5...: 2 of 3 calls in the last hour." in machine.run("status", "-v").stderr
    assert "calls in the last hour" not in machine.run("status", "--offline").stderr
    (row,) = json.loads(machine.run("status", "--json", "--offline").stdout)
    assert row["calls_last_hour"] == 2
    assert machine.run("call", LOGIN).returncode == 0
    full = machine.run("status")
    assert full.returncode == 5 and "API key 5a0db0c5... is at its limit (3 calls an hour)." in full.stdout
    assert "Try: again after " in full.stdout and len(flickr.requests) == 3
    told = {each["check"]: each for each in json.loads(machine.run("doctor", "--json", "--offline").stdout)}
    assert told["calls"]["result"] == "warning" and "3 of 3 calls in the last hour" in told["calls"]["found"]


def test_public_and_signed_calls_count_as_well(machine, flickr):
    """The key is switched off for whatever it is used for, also by another program that sends what `sign` signed."""
    assert machine.run("call", "--public", "flickr.photos.getRecent", "per_page=1").returncode == 0
    sign = ("sign", f"{flickr.base_url}/services/rest/", f"method={LOGIN}")
    assert [machine.run(*sign).returncode for _ in range(2)] == [0, 0]
    assert list(counts(machine).values()) == [3]
    process = machine.start(*sign)
    assert "Waiting until" in process.stderr.readline()
    forget(machine)
    assert process.communicate(timeout=30)[0].startswith("Authorization: OAuth ")


def test_doctor_says_where_calls_cannot_be_counted(machine, flickr):
    """Whoever's calls are not counted learns it, and where."""
    folder = machine.app / "calls"
    folder.mkdir(parents=True)
    folder.chmod(0o500)
    with modes_bind():
        told = {each["check"]: each for each in json.loads(machine.run("doctor", "--json", "--offline").stdout)}
    assert told["calls"]["result"] == "warning", told
    assert told["calls"]["advice"].startswith("Fix: set FLICKR_AUTH_HOME")
    assert "not counted, because you cannot write to ~/.config/flickr-auth/calls" in told["calls"]["found"]


def test_a_limit_that_is_no_number_is_named_before_anything_is_sent(machine, flickr):
    """A wrong variable is wrong usage, in every command that counts, and doctor names it."""
    for command in (("call", LOGIN), ("status",)):
        ran = machine.run(*command, **{LIMIT: "lots"})
        assert ran.returncode == 2 and f"{LIMIT} is 'lots', not a number of calls." in ran.stderr
    ran = machine.run("doctor", "--offline", **{LIMIT: "lots"})
    assert ran.returncode == 2 and ran.stdout.count(f"{LIMIT} is 'lots'") == 1
    assert flickr.requests == []
