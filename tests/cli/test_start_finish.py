"""`login --start` and `login --finish`: one login in two processes."""

import datetime
import json
import stat
import sys

import pytest

from flickr_auth.cli.text import quoted
from flickr_auth.sandbox.server import KEYS as SANDBOX_KEYS

import rude_server
from rude_server import ACCESS, HTML, KEYS, REQUEST, RudeServer, access_token_answer, answer, check_token_answer
from terminals import needs_a_terminal, pexpect


def start(machine, *arguments, **variables):
    """Start a login; the request token in the address, and the login's ID."""
    ran = machine.run("login", "--start", "--json", *arguments, **variables)
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)
    return told["url"].partition("oauth_token=")[2].partition("&")[0], told["id"]


def waiting(machine):
    folder = machine.app / "pending"
    return sorted(path.stem for path in folder.iterdir()) if folder.exists() else []


def test_a_login_in_two_processes(here, sandbox):
    """--start prints the address alone; --finish, later and elsewhere, stores the token; nothing waits any more."""
    started = here.run("login", "--start", "--perms", "write")
    assert started.returncode == 0
    assert started.stdout.startswith(f"{sandbox.base_url}/services/oauth/authorize?oauth_token=")
    assert started.stdout.count("\n") == 1
    assert "--finish CODE --pending" in started.stderr
    token = started.stdout.partition("oauth_token=")[2].partition("&")[0]
    finished = here.run("login", "--finish", sandbox.press_ok(token, "write"))
    assert finished.returncode == 0, finished.stderr
    assert finished.stdout == "" and "with write permission" in finished.stderr
    assert waiting(here) == []
    assert here.run("show", "--field", "perms").stdout == "write\n"


def test_start_tells_its_id_and_time_as_json(here):
    """--json gives the address, the pending login's ID and when it was made, and no secret."""
    ran = here.run("login", "--start", "--json")
    told = json.loads(ran.stdout)
    assert list(told) == ["url", "id", "expires_at"]
    (kept,) = (here.app / "pending").iterdir()
    assert kept.stem == told["id"]
    left = datetime.datetime.fromisoformat(told["expires_at"]) - datetime.datetime.now(datetime.UTC)
    assert datetime.timedelta(hours=23) < left <= datetime.timedelta(hours=24)
    assert json.loads(kept.read_text())["oauth_token_secret"] not in ran.stdout + ran.stderr


@pytest.mark.usefixtures("no_umask")
def test_the_pending_login_is_private_and_holds_no_api_secret(here):
    """The file is 0600 in folders of 0700, and the API secret stays where it is."""
    start(here)
    (kept,) = (here.app / "pending").iterdir()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600 and stat.S_IMODE(kept.parent.stat().st_mode) == 0o700
    assert SANDBOX_KEYS[0].api_secret not in kept.read_text()


def test_the_code_is_read_from_stdin(here, sandbox):
    """`--finish -` keeps even a code out of the list of processes."""
    token, _ = start(here)
    assert here.run("login", "--finish", "-", stdin=sandbox.press_ok(token) + "\n").returncode == 0
    token, _ = start(here)
    ran = here.run("login", "--finish", "-", stdin="")
    assert ran.returncode == 1 and "No code was entered." in ran.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no /dev/fd")
@pytest.mark.parametrize("file", ["-", "/dev/fd/0"])
def test_keys_from_a_pipe_are_asked_for_again_by_the_line_to_run(here, sandbox, file):
    """What `<(...)` made is gone when the code comes: the line reads the keys from stdin, and works."""
    (here.folder / "apikeys").unlink()
    keys = f"{SANDBOX_KEYS[0].api_key}\n{SANDBOX_KEYS[0].api_secret}\n"
    ran = here.run_process("login", "--start", "--apikeys", file, stdin=keys)
    *command, dash = ran.stderr.splitlines()[-1].removeprefix("Run: flickr-auth ").split()
    assert dash == "-"
    code = sandbox.press_ok(ran.stdout.partition("oauth_token=")[2].partition("&")[0])
    command[command.index("CODE")] = code
    assert here.run(*command, dash, stdin=keys).returncode == 0


def test_several_logins_wait_at_once(here, sandbox):
    """The newest is taken, or the one that --pending names."""
    first, first_id = start(here)
    second, _ = start(here)
    assert here.run("login", "--finish", sandbox.press_ok(second, user=1)).returncode == 0
    assert waiting(here) == [first_id]
    assert here.run("login", "--finish", sandbox.press_ok(first), "--pending", first_id).returncode == 0
    assert waiting(here) == []


def test_a_pasted_address_chooses_its_login(here, sandbox):
    """An address names its request token, so that no ID is needed."""
    first, _ = start(here)
    start(here)
    code = sandbox.press_ok(first)
    pasted = f"http://127.0.0.1/?oauth_token={first}&oauth_verifier={code}"
    assert here.run("login", "--finish", pasted).returncode == 0
    assert len(waiting(here)) == 1


@pytest.mark.parametrize("arguments", [(), ("--pending", "00000000"), ("--pending", "../../etc/passwd")])
def test_a_login_that_does_not_wait_is_said_so(here, arguments):
    """Nothing to finish is exit 3, and how to start."""
    ran = here.run("login", "--finish", "123-456-789", *arguments)
    assert ran.returncode == 3
    assert "login --start" in ran.stderr


def test_a_network_failure_keeps_the_login(machine):
    """While Flickr cannot be reached the login goes on waiting, and the code works afterwards."""
    machine.environ |= {"FLICKR_API_KEY": KEYS.api_key, "FLICKR_API_SECRET": KEYS.api_secret}
    broken = answer("<html>", 503, HTML)
    with RudeServer([rude_server.request_token_answer(), broken, access_token_answer(), check_token_answer()]) as rude:
        start(machine, FLICKR_AUTH_BASE_URL=rude.provider.name)
        ran = machine.run("login", "--finish", "123-456-789")
        assert ran.returncode == 5 and "--pending" in ran.stderr
        assert len(waiting(machine)) == 1
        ran = machine.run("login", "--finish", "123-456-789")
        assert ran.returncode == 0, ran.stderr
    assert waiting(machine) == []
    assert machine.run("show", "--field", "oauth_token").stdout.strip() == ACCESS.oauth_token


def test_a_refusal_ends_the_login(machine):
    """Flickr's no is the end of a pending login: exit 4, and nothing waits."""
    machine.environ |= {"FLICKR_API_KEY": KEYS.api_key, "FLICKR_API_SECRET": KEYS.api_secret}
    with RudeServer([rude_server.request_token_answer(), answer("oauth_problem=token_rejected", 401)]) as rude:
        start(machine, FLICKR_AUTH_BASE_URL=rude.provider.name)
        assert machine.run("login", "--finish", "123-456-789").returncode == 4
    assert waiting(machine) == []


def test_a_slip_of_the_finger_ends_nothing_but_the_third_one_does(here, sandbox):
    """A wrong code is exit 4 and the login goes on waiting, three times in all, as at a terminal."""
    token, _ = start(here)
    code = sandbox.press_ok(token)
    wrong = code.replace(code[0], "1" if code[0] != "1" else "2")
    for left in (1, 1, 0):
        assert here.run("login", "--finish", wrong).returncode == 4
        assert len(waiting(here)) == left


def test_text_that_is_no_code_is_not_sent(machine, here):
    """What cannot be a code of Flickr's is exit 1; the login goes on waiting."""
    start(here)
    ran = here.run("login", "--finish", "not a code!")
    assert ran.returncode == 1
    assert len(waiting(here)) == 1


def test_a_login_older_than_a_day_is_gone(here):
    """After 24 hours a login does not wait any more, and its file is removed."""
    start(here)
    (kept,) = (here.app / "pending").iterdir()
    told = json.loads(kept.read_text())
    kept.write_text(json.dumps(told | {"made_at": told["made_at"] - 24 * 60 * 60 - 1}))
    assert here.run("login", "--finish", "123-456-789").returncode == 3
    assert waiting(here) == []


def test_other_keys_cannot_finish_a_login(here, sandbox):
    """A token belongs to a key: with another key at hand the login waits on, exit 3, with the reason."""
    token, _ = start(here)
    here.write_apikeys(keys=SANDBOX_KEYS[1])
    ran = here.run("login", "--finish", sandbox.press_ok(token))
    assert ran.returncode == 3 and SANDBOX_KEYS[0].api_key[:8] in ran.stderr
    assert len(waiting(here)) == 1


def test_store_and_token_file_are_fixed_at_the_start(here, sandbox):
    """Where the token goes is settled before anybody opens the address; the folder at the finish does not matter."""
    token, _ = start(here, "--token-file", "token")
    elsewhere = here.folder / "elsewhere"
    elsewhere.mkdir()
    here.write_apikeys(elsewhere)
    here.folder = elsewhere
    assert here.run("login", "--finish", sandbox.press_ok(token)).returncode == 0
    assert (elsewhere.parent / "token").exists() and not (elsewhere / "token").exists()


def test_without_a_keyring_start_uses_a_file_and_says_so(here, sandbox):
    """--start is for machines that nobody sits at: without a keyring the token goes into a private file."""
    ran = here.run("login", "--start", PYTHON_KEYRING_BACKEND="keyring.backends.fail.Keyring")
    assert ran.returncode == 0 and "saved in a file (only you can read it; there is no keyring" in ran.stderr
    token = ran.stdout.partition("oauth_token=")[2].partition("&")[0]
    here.run("login", "--finish", sandbox.press_ok(token), PYTHON_KEYRING_BACKEND="keyring.backends.fail.Keyring")
    (stored,) = (here.app / "accounts").iterdir()
    assert stat.S_IMODE(stored.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "arguments",
    [
        ("--start", "--finish", "123-456-789"),
        ("--finish", "123-456-789", "--perms", "write"),
        ("--finish", "123-456-789", "--store", "file"),
        ("--finish", "123-456-789", "--sandbox"),
        ("--json",),
        ("--token-file", "-"),
        ("--pending", "x"),
        ("--port", "8000"),
        ("--start", "--callback"),
        ("--start", "--sandbox"),  # which would be gone before the code comes
        ("--pin", "--callback"),
        ("--timeout", "0"),
    ],
    ids=" ".join,
)
def test_contradictions_are_wrong_usage(here, arguments):
    """What cannot go together is exit 2, and nothing is begun."""
    ran = here.run("login", *arguments)
    assert ran.returncode == 2
    assert ran.stdout == "" and waiting(here) == []


def test_a_login_that_lost_its_answer_can_be_finished_later(machine):
    """Without a terminal a login whose answer was lost is kept, and the screen says how to go on."""
    machine.environ |= {"FLICKR_API_KEY": KEYS.api_key, "FLICKR_API_SECRET": KEYS.api_secret}
    replies = [rude_server.request_token_answer(), answer("<html>", 502, HTML), access_token_answer()]
    with RudeServer([*replies, check_token_answer()]) as rude:
        ran = machine.run("login", stdin="123-456-789\n", FLICKR_AUTH_BASE_URL=rude.provider.name)
        assert ran.returncode == 5
        pending = ran.stderr.rpartition("--pending ")[2].split()[0]
        assert machine.run("login", "--finish", "123-456-789", "--pending", pending).returncode == 0
    assert waiting(machine) == []
    assert REQUEST.oauth_token_secret not in ran.stderr


def test_a_code_that_comes_before_the_yes_ends_nothing(here, sandbox):
    """--finish before anybody pressed OK says so, and how many tries are left; afterwards the same login works."""
    token, pending = start(here)
    for left in ("2 tries left", "1 try left"):
        ran = here.run("login", "--finish", "123-456-789")
        assert ran.returncode == 4
        assert f"No one has approved this login yet. {left}." in ran.stderr
        assert f"Run: flickr-auth login --finish CODE --pending {pending}" in ran.stderr
    assert here.run("login", "--finish", sandbox.press_ok(token)).returncode == 0


def test_the_third_wrong_code_names_the_command_that_starts_again(here, sandbox):
    """After the third the login is over, and the line to run has the permission and the file that were asked for."""
    token, _ = start(here, "--perms", "write", "--token-file", "my token")
    code = sandbox.press_ok(token, "write")
    wrong = code.replace(code[0], "1" if code[0] != "1" else "2")
    for _ in range(3):
        ran = here.run("login", "--finish", wrong)
    assert "Login ended after 3 wrong codes." in ran.stderr
    again = f"Run: flickr-auth login --perms write --token-file {quoted(str(here.folder / 'my token'))} --start"
    assert again in ran.stderr
    assert waiting(here) == []


def test_an_answer_that_was_lost_where_nothing_can_be_kept_is_said(machine):
    """Nobody knows whether the code was used, and the login cannot be kept for later: both are said, exit 5."""
    machine.environ |= {"FLICKR_API_KEY": KEYS.api_key, "FLICKR_API_SECRET": KEYS.api_secret}
    machine.app.mkdir(parents=True)
    (machine.app / "pending").write_text("")
    replies = [rude_server.request_token_answer(), answer("<html>", 502, HTML)]
    with RudeServer(replies) as rude:
        ran = machine.run("login", "--store", "file", stdin="123-456-789\n", FLICKR_AUTH_BASE_URL=rude.provider.name)
    assert ran.returncode == 5
    assert "Warning: " in ran.stderr and "pending" in ran.stderr
    assert "Run: flickr-auth login\n" in ran.stderr and "--finish" not in ran.stderr


def test_who_approved_another_accounts_renewal_is_said_at_the_finish_too(here, driven, sandbox):
    """If somebody else says yes to `--start --account A`, their token is stored as theirs and A's stays."""
    driven("--perms", "write")
    before = here.run("show").stdout
    token, _ = start(here, "--account", "sandbox-sam")
    ran = here.run("login", "--finish", sandbox.press_ok(token, "write", user=1))
    assert ran.returncode == 0
    assert (
        "sandbox-zoë, 12345679@N00) approved this login, not sandbox-sam: sandbox-sam's token is unchanged"
        in ran.stderr
    )
    assert here.run("show").stdout == before


def test_a_renewal_in_two_processes_keeps_its_account_in_every_hint(here, driven, sandbox):
    """What to run after a refusal, and for more permission, renews the account that --start named."""
    driven()
    token, _ = start(here, "--account", "sandbox-sam")
    code = sandbox.press_ok(token)
    wrong = code.replace(code[0], "1" if code[0] != "1" else "2")
    for _ in range(3):
        ran = here.run("login", "--finish", wrong)
    assert "Run: flickr-auth login --account sandbox-sam --start" in ran.stderr
    token, _ = start(here, "--account", "sandbox-sam")
    ran = here.run("login", "--finish", sandbox.press_ok(token))
    assert "Run: flickr-auth login --account sandbox-sam --perms write" in ran.stderr


@needs_a_terminal
def test_at_a_terminal_a_finish_asks_before_permission_is_lost(here, driven, sandbox):
    """Who finishes a login for which nobody chose a permission, and may do more already, is asked first."""
    driven("--perms", "write", user=1)
    driven(user=0)
    before = here.run("show", "--account", "sandbox-zoë").stdout
    for arguments, asked in (((), True), (("--perms", "read"), False)):
        token, _ = start(here, *arguments)
        terminal = here.terminal("login", "--finish", sandbox.press_ok(token, "read", user=1))
        terminal.expect(r"Replace it with one for read permission\?" if asked else "replaces it")
        terminal.sendline("n")
        terminal.expect(pexpect.EOF)
        assert (here.run("show", "--account", "sandbox-zoë").stdout == before) is asked


@pytest.mark.parametrize("steps", [1, 2])
def test_a_token_that_was_not_kept_comes_with_a_command_that_would_keep_it(here, driven, sandbox, steps):
    """Where the keyring fails at the last moment, the line to run is a whole command with what was asked for."""
    here.environ["PYTHON_KEYRING_BACKEND"] = "fake_keyrings.FailsLater"
    if steps == 1:
        ran = driven("--perms", "write")
    else:
        token, _ = start(here, "--perms", "write")
        ran = here.run("login", "--finish", sandbox.press_ok(token, "write"))
    assert ran.returncode == 6
    *_, problem, hint = ran.stderr.splitlines()
    assert problem.endswith(f"To revoke it: {sandbox.base_url}/services/auth/list.gne")
    again = (
        "flickr-auth login --perms write --store file"
        if steps == 1
        else "flickr-auth login --perms write --start --store file"
    )
    assert hint.startswith("Try: ") and hint.endswith(f": {again}")


@pytest.mark.parametrize("problem", ["signature_invalid", "timestamp_refused", "consumer_key_unknown", "made_up"])
def test_what_is_no_word_about_the_code_ends_no_login(machine, problem):
    """A wrong secret, clock or key at --finish is named with its remedy, and the same code works afterwards."""
    machine.environ |= {"FLICKR_API_KEY": KEYS.api_key, "FLICKR_API_SECRET": KEYS.api_secret}
    no = answer(f"oauth_problem={problem}", 401)
    with RudeServer([rude_server.request_token_answer(), no, access_token_answer(), check_token_answer()]) as rude:
        _, pending = start(machine, FLICKR_AUTH_BASE_URL=rude.provider.name)
        ran = machine.run("login", "--finish", "123-456-789")
        assert ran.returncode == 4 and "The login is still pending." in ran.stderr
        assert f"un: flickr-auth login --finish CODE --pending {pending}\n" in ran.stderr
        assert machine.run("login", "--finish", "123-456-789").returncode == 0
    assert waiting(machine) == []


def test_a_wrong_code_from_a_pipe_can_be_corrected_later(here, sandbox):
    """Without a terminal there is one code, and the login goes on waiting for --finish, with the tries that are left."""
    token = []

    def type_a_wrong_code(shown):
        token.append(shown.partition("oauth_token=")[2].partition("&")[0])
        return "123-456-789\n"

    ran = here.run("login", "--store", "file", stdin=type_a_wrong_code)
    assert ran.returncode == 4 and "2 tries left" in ran.stderr and "--finish CODE --pending" in ran.stderr
    assert here.run("login", "--finish", sandbox.press_ok(token[0])).returncode == 0


def test_a_token_that_could_not_be_stored_leaves_no_pending_login(here, sandbox):
    """Flickr has issued the token, so the same code would be refused: nothing waits any more."""
    here.environ["PYTHON_KEYRING_BACKEND"] = "fake_keyrings.FailsLater"
    token, _ = start(here)
    assert here.run("login", "--finish", sandbox.press_ok(token)).returncode == 6
    assert waiting(here) == []
