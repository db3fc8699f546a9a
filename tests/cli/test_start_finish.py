"""`login --start` and `login --finish`: one login in two processes."""

import contextlib
import datetime
import json
import signal
import stat
import time
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

from flickr_auth.sandbox.server import KEYS as SANDBOX_KEYS

import rude_server
from programs import needs_dev_fd, word
from rude_server import ACCESS, HTML, KEYS, REQUEST, RudeServer, access_token_answer, answer, check_token_answer
from terminals import needs_a_terminal, pexpect


def start(machine, *arguments, **variables):
    """Start a login; the URL, and the login's ID."""
    ran = machine.run("login", "--start", "--json", *arguments, **variables)
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)
    return told["url"], told["id"]


def finish(machine, code, *arguments):
    return machine.run("login", "--finish", code, *arguments)


def waiting(machine):
    folder = machine.app / "pending"
    return sorted(path.stem for path in folder.iterdir()) if folder.exists() else []


def wrong(code):
    """Another code of the same shape."""
    return code.replace(code[0], "1" if code[0] != "1" else "2")


@pytest.fixture
def rude(machine):
    """A provider that answers by a script, once it has given a request token, for a machine that has a key."""
    machine.environ |= {"FLICKR_API_KEY": KEYS.api_key, "FLICKR_API_SECRET": KEYS.api_secret}

    @contextlib.contextmanager
    def scripted(*replies):
        with RudeServer([rude_server.request_token_answer(), *replies]) as server:
            machine.environ["FLICKR_AUTH_BASE_URL"] = server.provider.name
            yield server

    return scripted


def test_a_login_in_two_processes(here, sandbox, press_ok):
    """--start prints the URL alone; --finish, later and elsewhere, stores the token; nothing waits any more."""
    started = here.run("login", "--start", "--perms", "write")
    assert started.returncode == 0
    assert started.stdout.startswith(f"{sandbox.base_url}/services/oauth/authorize?oauth_token=")
    assert started.stdout.count("\n") == 1
    assert "Run: flickr-auth login --finish CODE --pending" in started.stderr
    finished = finish(here, press_ok()(started.stdout))
    assert finished.returncode == 0, finished.stderr
    assert finished.stdout == "" and "with write permission" in finished.stderr
    assert waiting(here) == []
    assert here.run("show", "--field", "perms").stdout == "write\n"


@pytest.mark.usefixtures("no_umask")
def test_a_pending_login_is_private_for_a_day_and_holds_no_api_secret(here):
    """--json gives the URL, the ID and the time when it ends; the file is 0600 in folders of 0700."""
    ran = here.run("login", "--start", "--json")
    told = json.loads(ran.stdout)
    assert list(told) == ["url", "id", "expires_at"]
    left = datetime.datetime.fromisoformat(told["expires_at"]) - datetime.datetime.now(datetime.UTC)
    assert datetime.timedelta(hours=23) < left <= datetime.timedelta(hours=24)
    (kept,) = (here.app / "pending").iterdir()
    assert kept.stem == told["id"]
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600 and stat.S_IMODE(kept.parent.stat().st_mode) == 0o700
    pending = json.loads(kept.read_text())
    assert pending["oauth_token_secret"] not in ran.stdout + ran.stderr
    assert SANDBOX_KEYS[0].api_secret not in kept.read_text()
    kept.write_text(json.dumps(pending | {"made_at": pending["made_at"] - 24 * 60 * 60 - 1}))
    ran = finish(here, "123-456-789")
    assert ran.returncode == 3 and "The pending login has expired" in ran.stderr
    _, another = start(here)
    assert waiting(here) == [another]


def test_whatever_is_wrong_for_a_while_ends_no_pending_login(here, press_ok, monkeypatch):
    """A clock, a secret, another key: the remedy is named, and the same line works afterwards."""
    url, pending = start(here, "--store", "file")
    code, real, again = press_ok()(url), time.time, f"un: flickr-auth login --finish CODE --pending {pending}\n"
    key = SANDBOX_KEYS[0].api_key
    secret = {"FLICKR_API_KEY": key, "FLICKR_API_SECRET": "0123456789abcdef"}
    for off, variables, said in (
        (700, {}, "set the clock"),
        (-700, {}, "set the clock"),
        (-90_000, {}, "set the clock"),
        (90_000, {}, "set the clock"),
        (0, secret, "check the API secret in FLICKR_API_SECRET"),
        (0, {**secret, "FLICKR_API_KEY": key[::-1]}, "FLICKR_API_KEY has another"),
    ):
        monkeypatch.setattr(time, "time", lambda off=off: real() + off)
        ran = here.run("login", "--finish", code, **variables)
        monkeypatch.setattr(time, "time", real)
        assert ran.returncode in (3, 4) and said in ran.stderr and waiting(here) == [pending]
        assert ran.returncode == 3 or again in ran.stderr
    assert finish(here, code).returncode == 0
    assert waiting(here) == []


def test_what_stops_a_finish_before_anything_is_sent_names_its_remedy_and_the_same_line(here, press_ok):
    """A keyring that is locked, keys that are elsewhere, a token file in whose place another is: the login goes on."""
    url, pending = start(here, "--token-file", "token")
    code, again = press_ok()(url), f"login --finish CODE --pending {pending}"
    (here.folder / "token").write_text("72157626737672178-022bbd2f4c2f3432\nfccb68c4e6103197")
    ran = finish(here, code)
    assert ran.returncode == 3 and "was changed since the login was started. The login is still pending." in ran.stderr
    assert f"Fix: move it away and run: flickr-auth {again}\n" in ran.stderr
    (here.folder / "token").unlink()
    (here.folder / "apikeys").rename(here.folder / "keys")
    ran = finish(here, code)
    assert ran.returncode == 3 and f"the API key {SANDBOX_KEYS[0].api_key[:8]}..., which was not found." in ran.stderr
    assert f"Fix: name the file with that key: flickr-auth {again} --apikeys FILE\n" in ran.stderr
    (here.folder / "keys").rename(here.folder / "apikeys")
    assert finish(here, code).returncode == 0
    here.environ["PYTHON_KEYRING_BACKEND"] = "fake_keyrings.Good"
    url, pending = start(here, "--store", "keyring")
    code = press_ok()(url)
    ran = here.run("login", "--finish", code, PYTHON_KEYRING_BACKEND="fake_keyrings.Locked")
    assert ran.returncode == 6 and "The keyring is locked. The login is still pending." in ran.stderr
    assert f"Fix: unlock it and run: flickr-auth login --finish CODE --pending {pending}\n" in ran.stderr
    ran = here.run("login", "--finish", code, PYTHON_KEYRING_BACKEND="fake_keyrings.Failing")
    assert (
        "failed (RuntimeError). The login is still pending.\nRun: flickr-auth login --start --store file" in ran.stderr
    )
    assert finish(here, code).returncode == 0


def test_the_keys_of_an_account_serve_although_anothers_keyring_is_locked(here, press_ok, sandbox):
    """Where several accounts have the key, one that can be read is enough; where none can, its keyring is blamed."""
    url, _ = start(here, "--store", "file")
    (here.folder / "apikeys").unlink()
    locked = here.app / "accounts" / f"{here.log_in(0, provider=sandbox.base_url).account}.json"
    fields = json.loads(locked.read_text())
    kept = {name: fields[name] for name in ("id", "api_key", "user_nsid", "provider")}
    locked.write_text(json.dumps(kept | {"store": "keyring", "backend": "fake_keyrings.Locked"}))
    code = press_ok()(url)
    ran = finish(here, code)
    assert ran.returncode == 6 and "The keyring is locked. The login is still pending." in ran.stderr
    here.log_in(2, provider=sandbox.base_url)
    assert finish(here, code).returncode == 0


def test_the_keys_of_the_account_serve_although_a_variable_names_others(here, press_ok, sandbox):
    """With another key in FLICKR_APIKEYS, the line that `login --account A --start` prints works as it stands."""
    here.log_in(0, provider=sandbox.base_url)
    here.environ["FLICKR_APIKEYS"] = str(here.write_apikeys(here.folder / "other", keys=SANDBOX_KEYS[1]))
    url, _ = start(here, "--account", "sandbox-sam")
    assert finish(here, press_ok()(url)).returncode == 0


def test_a_clock_that_is_wrong_for_a_while_deletes_no_other_login(here, press_ok, monkeypatch):
    """A login that a wrong clock stops is kept, and takes none with it; what has expired goes with the next start."""
    url, first = start(here, "--store", "file")
    other, second = start(here, "--store", "file")
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + 86_000)
    assert here.run("login", "--finish", press_ok()(other), "--pending", second).returncode == 4
    monkeypatch.setattr(time, "time", real)
    assert waiting(here) == sorted([first, second])
    assert finish(here, press_ok()(url), "--pending", first).returncode == 0


@needs_a_terminal
@pytest.mark.parametrize("ending", ["no", "Ctrl-C", "SIGTERM", "SIGHUP", "SIGKILL"])
def test_a_login_whose_answer_was_lost_waits_however_the_question_ends(machine, rude, ending):
    """At "Try the same code again?" a no, Ctrl-C, a signal or a kill keeps the login, and another process ends it."""
    with rude(answer("<html>", 502, HTML), access_token_answer(), check_token_answer()):
        terminal = machine.terminal("login", "--no-browser", "--store", "file")
        terminal.expect("Enter the code it shows: ")
        terminal.sendline("123-456-789")
        terminal.expect(r"again\? \[y/N\] ")
        if ending == "no":
            terminal.sendline("n")
        elif ending == "Ctrl-C":
            terminal.sendintr()
        else:
            terminal.kill(getattr(signal, ending))
        if ending in ("no", "Ctrl-C", "SIGTERM"):
            terminal.expect("Run: flickr-auth login --finish CODE --pending [0-9a-f]{8}")
        terminal.expect(pexpect.EOF)
        terminal.close()
        assert finish(machine, "123-456-789").returncode == 0
    assert waiting(machine) == []


def test_another_code_may_be_entered_at_the_question_and_is_the_last_one(machine, rude):
    """A code at "Try the same code again?" is sent, a word is not; a wrong one ends --finish, and the login waits."""
    refused = answer("oauth_problem=verifier_invalid", 401)
    with rude(answer("<html>", 502, HTML), refused, access_token_answer()) as server:
        start(machine, "--store", "file")
        ran = machine.answer("login", "--finish", "123-456-789", typed=["hmm", "123-456-780"])
        assert ran.returncode == 4 and "2 tries left" in ran.stderr and len(waiting(machine)) == 1
    assert [dict(each.oauth).get("oauth_verifier") for each in server.requests] == [None, "123-456-789", "123-456-780"]


def test_the_code_is_read_from_stdin(here, press_ok):
    """`--finish -` keeps even a code out of the list of processes."""
    url, _ = start(here)
    ran = here.run("login", "--finish", "-", stdin="")
    assert ran.returncode == 1 and "No code was entered." in ran.stderr
    assert here.run("login", "--finish", "-", stdin=press_ok()(url) + "\n").returncode == 0


@needs_dev_fd
def test_keys_from_a_pipe_are_asked_for_again_by_the_line_to_run(here, press_ok):
    """What `<(...)` made is gone when the code comes: the line reads the keys from stdin, and works."""
    (here.folder / "apikeys").unlink()
    keys = f"{SANDBOX_KEYS[0].api_key}\n{SANDBOX_KEYS[0].api_secret}\n"
    ran = here.run_process("login", "--start", "--apikeys", "/dev/fd/0", stdin=keys)
    *command, dash = ran.stderr.splitlines()[-1].removeprefix("Run: flickr-auth ").split()
    assert dash == "-"
    command[command.index("CODE")] = press_ok()(ran.stdout)
    assert here.run(*command, dash, stdin=keys).returncode == 0


def test_of_several_pending_logins_the_newest_is_taken_or_the_one_that_is_named(here, press_ok):
    """--pending names one, and so does a pasted URL, by its request token; one that is not there is exit 3."""
    (first, first_id), (second, second_id), (third, _) = start(here), start(here), start(here)
    assert finish(here, press_ok(1)(third)).returncode == 0
    pasted = f"http://127.0.0.1/?{first.partition('?')[2]}&oauth_verifier={press_ok()(first)}"
    assert finish(here, pasted).returncode == 0
    assert waiting(here) == [second_id]
    for arguments in (("--pending", "00000000"), ("--pending", "../../etc/passwd"), ("--pending", first_id)):
        ran = finish(here, "123-456-789", *arguments)
        assert ran.returncode == 3 and "flickr-auth login --start" in ran.stderr
    assert finish(here, press_ok()(second), "--pending", second_id).returncode == 0
    assert finish(here, "123-456-789").returncode == 3


def test_a_failure_that_says_nothing_about_the_code_ends_no_pending_login(machine, rude):
    """A wrong secret, clock or key, a network, and an answer that is none: each is said, and the same code works."""
    problems = ("signature_invalid", "timestamp_refused", "consumer_key_unknown", "made_up")
    failures = [(answer(f"oauth_problem={each}", 401), 4) for each in problems]
    failures += [(answer("<html>", 503, HTML), 5), (answer("<html>", 200, HTML), 5)]
    with rude(*(reply for reply, _ in failures), access_token_answer(), check_token_answer()):
        _, pending = start(machine)
        for _, code in failures:
            ran = finish(machine, "123-456-789")
            assert ran.returncode == code and "The login is still pending." in ran.stderr
            assert f"un: flickr-auth login --finish CODE --pending {pending}\n" in ran.stderr
        assert finish(machine, "123-456-789").returncode == 0
    assert waiting(machine) == []
    assert machine.run("show", "--field", "oauth_token").stdout.strip() == ACCESS.oauth_token


def test_a_request_token_that_is_gone_ends_the_login(machine, rude):
    """Flickr knows it no more, so no code can help: exit 4, and nothing waits."""
    with rude(answer("oauth_problem=token_rejected", 401)):
        start(machine)
        ran = finish(machine, "123-456-789")
    assert ran.returncode == 4 and "Run: flickr-auth login --start" in ran.stderr
    assert waiting(machine) == []


def test_a_login_that_was_declined_on_the_page_is_over(here):
    """Whoever clicks No reads afterwards that this login is no longer open, and which line begins another: exit 4."""
    url, _ = start(here, "--perms", "write", "--store", "file")
    fields = dict(parse_qsl(urlsplit(url).query)) | {"answer": "no"}
    assert requests.post(url.partition("?")[0], data=fields, timeout=10, allow_redirects=False).status_code == 302
    ran = finish(here, "123-456-789")
    assert (ran.returncode, ran.stderr.splitlines()[-2:]) == (
        4,
        [
            "Error: This login is no longer open: it was declined, used or has expired.",
            "Run: flickr-auth login --perms write --start",
        ],
    )
    assert waiting(here) == []


def test_a_code_that_is_wrong_or_too_early_ends_nothing_but_the_third_one_does(here, press_ok):
    """Each says how many tries are left, and the third the line that starts again with all that was asked for."""
    url, pending = start(here, "--perms", "write", "--token-file", "my token")
    early = finish(here, "123-456-789")
    assert early.returncode == 4 and "No one has approved this login yet. 2 tries left." in early.stderr
    assert f"Run: flickr-auth login --finish CODE --pending {pending}" in early.stderr
    code = press_ok()(url)
    assert finish(here, "not a code!").returncode == 1  # which is not sent
    ran = finish(here, wrong(code))
    assert ran.returncode == 4 and "says that this code is wrong. 1 try left." in ran.stderr
    ran = finish(here, wrong(code))
    assert ran.returncode == 4 and "Login ended after 3 wrong codes." in ran.stderr
    assert f"Run: flickr-auth login --perms write --token-file {word(here.folder / 'my token')} --start" in ran.stderr
    assert waiting(here) == []


def test_other_keys_cannot_finish_a_login(here, press_ok):
    """A token belongs to a key: with another key at hand the login waits on, exit 3, with the reason."""
    url, _ = start(here)
    here.write_apikeys(keys=SANDBOX_KEYS[1])
    ran = finish(here, press_ok()(url))
    assert ran.returncode == 3 and SANDBOX_KEYS[0].api_key[:8] in ran.stderr
    assert len(waiting(here)) == 1


def test_store_and_token_file_are_fixed_at_the_start(here, press_ok):
    """Where the token goes is settled before anybody opens the URL; the folder at the finish does not matter."""
    url, _ = start(here, "--token-file", "token")
    elsewhere = here.folder / "elsewhere"
    elsewhere.mkdir()
    here.write_apikeys(elsewhere)
    here.folder = elsewhere
    assert finish(here, press_ok()(url)).returncode == 0
    assert (elsewhere.parent / "token").exists() and not (elsewhere / "token").exists()


def test_without_a_keyring_start_uses_a_file_and_finish_says_so(here, press_ok):
    """--start is for machines that nobody sits at: without a keyring the token goes into a private file."""
    here.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
    ran = here.run("login", "--start")
    assert ran.returncode == 0
    assert "Token saved in ~/.config/flickr-auth/accounts/" in finish(here, press_ok()(ran.stdout)).stderr
    assert here.record()["store"] == "file"


def test_a_login_that_lost_its_answer_can_be_finished_later(machine, rude):
    """Without a terminal a login whose answer was lost is kept, and the screen says how to go on."""
    with rude(answer("<html>", 502, HTML), access_token_answer(), check_token_answer()):
        ran = machine.run("login", stdin="123-456-789\n")
        assert ran.returncode == 5 and REQUEST.oauth_token_secret not in ran.stderr
        pending = ran.stderr.rpartition("--pending ")[2].split()[0]
        assert finish(machine, "123-456-789", "--pending", pending).returncode == 0
    assert waiting(machine) == []


def test_a_token_that_could_not_be_stored_is_told_with_the_page_and_the_line(here, driven, press_ok):
    """Issued but not kept: where to revoke it, a whole command that would keep it, and no pending login, exit 6."""
    here.environ["PYTHON_KEYRING_BACKEND"] = "fake_keyrings.FailsLater"
    revoke = here.environ["FLICKR_AUTH_BASE_URL"] + "/services/auth/list.gne"
    url, _ = start(here, "--perms", "write")
    for ran, again in (
        (driven("--perms", "write"), "flickr-auth login --perms write --store file"),
        (finish(here, press_ok()(url)), "flickr-auth login --perms write --start --store file"),
    ):
        assert ran.returncode == 6
        *_, problem, hint = ran.stderr.splitlines()
        assert "issued but not kept" in problem and problem.endswith(f"To revoke it: {revoke}")
        assert hint.endswith(f": {again}")
    assert waiting(here) == [] and not list(here.app.rglob("accounts/*"))
