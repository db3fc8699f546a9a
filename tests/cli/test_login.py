"""The login without a terminal, as scripts and programs use it, and in several processes."""

import json
import signal
import stat
import subprocess
import sys

import pytest

from flickr_auth.sandbox.server import KEYS

from programs import need, python_path
from samples import API_KEY, API_SECRET


def test_a_login_a_show_and_a_logout_work_in_three_processes(machine):
    """What one command stores, the next finds, and the last forgets."""
    login = machine.run("login", "--sandbox")
    assert login.returncode == 0, login.stderr
    shown = machine.run("show", "--format", "json")
    assert shown.returncode == 0
    account = json.loads(shown.stdout)
    assert account["username"] == "sandbox-sam" and account["provider"] == "sandbox" and account["perms"] == "read"
    assert machine.run("logout").returncode == 0
    assert machine.run("show").returncode == 3


def test_stdout_of_a_login_is_empty(driven):
    """stdout is for answers, and a login has none."""
    ran = driven()
    assert ran.returncode == 0
    assert ran.stdout == ""


@pytest.mark.parametrize("perms", ["read", "write", "delete"])
def test_the_permission_that_was_asked_for_is_stored(driven, here, perms):
    """Flickr's verdict on the token, not only the wish, is what `show` tells."""
    assert f"with {perms} permission" in driven("--perms", perms).stderr
    assert here.run("show", "--field", "perms").stdout == f"{perms}\n"


def test_a_token_of_the_keyring_is_nowhere_on_disk(driven, here):
    """With the keyring store, no secret and no token is in any file of the app folder."""
    assert driven("--store", "keyring").returncode == 0
    account = json.loads(here.run("show", "--format", "json").stdout)
    assert account["store"] == "keyring"
    kept = b"".join(path.read_bytes() for path in here.app.rglob("*") if path.is_file())
    for name in ("api_secret", "oauth_token", "oauth_token_secret"):
        assert account[name].encode() not in kept


@pytest.mark.usefixtures("no_umask")
def test_a_token_file_holds_two_lines_and_no_account_is_stored(driven, here):
    """`--token-file` writes the file of the original script: token, secret, no newline at the end, 0600."""
    ran = driven("--token-file", "token")
    assert ran.returncode == 0, ran.stderr
    path = here.folder / "token"
    assert path.read_text().count("\n") == 1 and not path.read_text().endswith("\n")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "Token saved in token." in ran.stderr
    assert here.run("show").returncode == 3
    shown = json.loads(here.run("show", "--token-file", "token", "--format", "json").stdout)
    assert path.read_text() == f"{shown['oauth_token']}\n{shown['oauth_token_secret']}"
    assert shown["api_key"] == KEYS[0].api_key and shown["username"] is None


def test_a_token_file_of_the_sandbox_works_as_the_next_step_says(machine):
    """A token file does not say that it is the sandbox's: the line to run does, and needs no API key."""
    ran = machine.run("login", "--sandbox", "--token-file", "token", stdin="\n")
    assert ran.stderr.splitlines()[-1] == (
        "Next: FLICKR_AUTH_BASE_URL=sandbox flickr-auth call --token-file token flickr.test.login"
    )
    ran = machine.run("call", "--token-file", "token", "flickr.test.login", FLICKR_AUTH_BASE_URL="sandbox")
    assert ran.returncode == 0 and "sandbox-sam" in ran.stdout


def test_a_token_file_is_replaced_when_the_flag_says_so(driven, here):
    """Logging in again with the same --token-file replaces the token."""
    driven("--token-file", "token")
    first = (here.folder / "token").read_text()
    assert driven("--token-file", "token").returncode == 0
    assert (here.folder / "token").read_text() != first


def test_a_variable_does_not_choose_what_is_overwritten(driven, here):
    """FLICKR_TOKEN_FILE names the file of a first login, but replaces no token that is there already."""
    assert driven(FLICKR_TOKEN_FILE="token").returncode == 0
    before = (here.folder / "token").read_text()
    again = here.run("login", "--perms", "write", FLICKR_TOKEN_FILE="token")
    assert again.returncode == 2
    assert "Run: flickr-auth login --perms write --token-file token" in again.stderr
    assert (here.folder / "token").read_text() == before


def test_a_file_that_is_no_token_file_is_left_alone(here):
    """A slip in --token-file does not cost another file, and Flickr is not asked."""
    (here.folder / "letter.txt").write_text("Dear reader,\nthis is no token.\n")
    ran = here.run("login", "-v", "--token-file", "letter.txt")
    assert ran.returncode == 3
    assert "was not changed" in ran.stderr and "request_token" not in ran.stderr
    assert (here.folder / "letter.txt").read_text() == "Dear reader,\nthis is no token.\n"


@pytest.mark.parametrize(
    ("backend", "code"),
    [
        ("keyring.backends.fail.Keyring", 6),
        ("keyring.backends.null.Keyring", 6),
        ("fake_keyrings.Locked", 6),
        ("fake_keyrings.Failing", 6),
        ("fake_keyrings.Hanging", 6),
        ("no_such_package.Keyring", 6),
    ],
)
def test_without_a_keyring_and_a_terminal_the_way_out_is_named(here, backend, code):
    """No question is asked where nobody can answer: exit 6, `--store file` named, and Flickr was not asked."""
    ran = here.run("login", "-v", PYTHON_KEYRING_BACKEND=backend, FLICKR_AUTH_KEYRING_TIMEOUT="0.5")
    assert ran.returncode == code
    assert "--store file" in ran.stderr and "request_token" not in ran.stderr
    assert ran.stderr.count("Error: ") == 1 and "Traceback" not in ran.stderr


@pytest.mark.usefixtures("no_umask")
def test_store_file_needs_no_keyring(driven, here):
    """`--store file` is a yes: the account's file holds the token, 0600 in folders of 0700, whatever the umask."""
    assert driven("--store", "file", PYTHON_KEYRING_BACKEND="fake_keyrings.Hanging").returncode == 0
    for path in (here.home / ".config", here.app, here.app / "accounts"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700
    files = [path for path in here.app.rglob("*") if path.is_file()]
    assert len(files) == 2
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in files)


def test_end_of_input_is_an_error_that_says_what_to_do(here):
    """A cron job that cannot type a code is told so, exit 1, and no question hangs it."""
    ran = here.run("login", stdin="")
    assert ran.returncode == 1
    assert "No code was entered." in ran.stderr and "flickr-auth login" in ran.stderr


def test_a_wrong_code_from_a_program_is_refused_at_once(here):
    """Without a terminal there is one try: a wrong code is exit 4, and nothing is stored."""
    ran = here.run("login", stdin="123-456-789\n")
    assert ran.returncode == 4
    assert not list(here.app.rglob("accounts/*"))


def test_text_that_is_no_code_is_not_sent(machine):
    """A program that writes something else gets exit 1, and Flickr is not asked."""
    machine.write_apikeys()
    ran = machine.run("login", "-v", "--sandbox", stdin="hello there\n")
    assert ran.returncode == 1
    assert "does not look like a code" in ran.stderr and "access_token" not in ran.stderr
    assert "hello there" not in ran.stderr


def test_the_first_key_file_found_wins_and_is_named(driven, here):
    """login says where the key came from; what is nearer to the person wins."""
    here.write_apikeys(here.app, KEYS[1])
    assert f"Using the API key {KEYS[0].api_key[:8]}... from ./apikeys." in driven().stderr
    pair = {"FLICKR_API_KEY": KEYS[1].api_key, "FLICKR_API_SECRET": KEYS[1].api_secret}
    assert f"{KEYS[1].api_key[:8]}... from FLICKR_API_KEY." in driven(**pair).stderr
    named = here.write_apikeys(here.folder / "other")
    assert f"from {named}." in driven("--apikeys", named, **pair).stderr
    (here.folder / "apikeys").unlink()
    assert f"{KEYS[1].api_key[:8]}... from ~/.config/flickr-auth/apikeys." in driven().stderr


def test_a_key_file_that_others_can_read_gets_a_warning_and_is_used(driven, here):
    """The chmod that mends it is on the screen, and the login goes on."""
    (here.folder / "apikeys").chmod(0o644)
    ran = driven()
    assert ran.returncode == 0
    assert "apikeys is readable by other users. Fix: chmod 600 apikeys" in ran.stderr


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"\x00\x01\x02\xfe", "not text"),
        (b"653e7a6ecc1d528c516cc8f92cf98611\n", "one non-empty line, line 1; expected 2"),
        (b"653e7a6ecc1d528c516cc8f92cf98611\na9567d986a7539fe\nmore\n", "line 3 is too many"),
        (b"a9567d986a7539fe\n653e7a6ecc1d528c516cc8f92cf98611\n", "swap the two lines"),
        ("653e7a6ecc1d528c516cc8f92cf98611\na9567d986a7539fe\n".encode("utf-16"), "UTF-16"),
        (b"your-api-key\nyour-api-secret\n", "apikeys.example"),
    ],
    ids=["empty", "binary", "one-line", "three-lines", "swapped", "utf-16", "unedited"],
)
def test_a_bad_key_file_is_named_and_never_quoted(here, content, said):
    """The file, the line, and what it should look like: exit 3, and no word of its content."""
    (here.folder / "apikeys").write_bytes(content)
    ran = here.run("login")
    assert ran.returncode == 3
    assert said in ran.stderr and "apikeys" in ran.stderr
    assert API_KEY not in ran.stderr and API_SECRET not in ran.stderr


def test_a_key_file_that_is_a_folder_or_missing_is_said_so(here):
    """A path that leads nowhere good is exit 3, with the path."""
    (here.folder / "folder").mkdir()
    for name, said in (("folder", "is a folder"), ("missing", "File not found: missing")):
        ran = here.run("login", "--apikeys", name)
        assert ran.returncode == 3
        assert said in ran.stderr


def test_without_keys_the_way_to_get_one_is_said(machine):
    """No keys anywhere: exit 3, where Flickr gives them, and how to try without."""
    ran = machine.run("login")
    assert ran.returncode == 3
    assert "https://www.flickr.com/services/apps/create/apply/" in ran.stderr and "--sandbox" in ran.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("--store", "file", "--token-file", "t"),
        ("--sandbox", "--apikeys", "k"),
        ("--perms", "all"),
        ("--token-file", ""),
        ("extra",),
    ],
)
def test_contradictions_are_wrong_usage(here, arguments):
    """What cannot go together is exit 2, before anything is done."""
    ran = here.run("login", *arguments)
    assert ran.returncode == 2
    assert ran.stdout == ""


@pytest.mark.parametrize(
    "variables",
    [
        {"FLICKR_AUTH_BASE_URL": "http://flickr.example.org"},
        {"FLICKR_AUTH_BASE_URL": "nonsense"},
        {"FLICKR_AUTH_HTTP_TIMEOUT": "soon"},
        {"FLICKR_AUTH_KEYRING_TIMEOUT": "-1"},
        {"FLICKR_AUTH_PERMS": "all"},
    ],
    ids=lambda variables: next(iter(variables)),
)
def test_a_variable_that_makes_no_sense_is_wrong_usage(here, variables):
    """A bad setting is said, with its name or its value's shape, and nothing is done."""
    ran = here.run("login", **variables)
    assert ran.returncode == 2
    assert "Traceback" not in ran.stderr


def test_a_flag_is_stronger_than_a_variable(driven, here):
    """--store on the command line wins over FLICKR_TOKEN_FILE and FLICKR_AUTH_STORE."""
    ran = driven("--store", "file", FLICKR_TOKEN_FILE="token", FLICKR_AUTH_STORE="keyring")
    assert ran.returncode == 0
    assert not (here.folder / "token").exists()
    assert here.run("show", "--field", "store").stdout == "file\n"


def test_verbose_tells_of_each_request_and_of_no_secret(driven, here):
    """-v shows method, host, path, status and time: three requests, and no token, verifier or signature."""
    ran = driven("-v")
    lines = [line for line in ran.stderr.splitlines() if "/services/" in line and line.startswith(("GET", "POST"))]
    assert [line.split()[2] for line in lines] == ["200", "200", "200"]
    assert [line.split()[1].rpartition("/services/")[2] for line in lines] == [
        "oauth/request_token",
        "oauth/access_token",
        "rest/",
    ]
    assert "oauth_" not in "".join(lines)


def test_a_login_for_the_same_person_replaces_the_token(driven, here):
    """One account a person, key and provider: the new token takes the old one's place, in whichever store."""
    driven("--store", "file")
    first = json.loads(here.run("show", "--format", "json").stdout)
    driven("--store", "keyring")
    second = json.loads(here.run("show", "--format", "json").stdout)
    assert second["account"] == first["account"] and second["oauth_token"] != first["oauth_token"]
    (stored,) = (here.app / "accounts").iterdir()
    assert first["oauth_token_secret"] not in stored.read_text()
    driven("--store", "file")
    assert json.loads((here.home.parent / "keyring.json").read_text()) == {}


def test_the_first_login_is_the_default_and_stays_it(driven, here):
    """Another person's login does not change whom `show` shows."""
    driven(user=0)
    driven(user=1)
    assert here.run("show", "--field", "username").stdout == "sandbox-sam\n"


def test_a_sandbox_login_gives_way_to_a_real_one(driven, here):
    """Whoever tried the sandbox first is not shown its token after the real login, nor the other way round."""
    assert here.run("login", "--sandbox").returncode == 0
    driven()
    assert here.run("show", "--field", "provider").stdout.startswith("http://127.0.0.1:")
    assert here.run("login", "--sandbox").returncode == 0
    assert here.run("show", "--field", "provider").stdout.startswith("http://127.0.0.1:")


def test_ctrl_c_while_waiting_for_the_code_is_130(here):
    """A program that is interrupted ends at once, with the exit code shells know."""
    process = here.start("login")
    for line in process.stderr:
        if "oauth_token=" in line:
            break
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in stderr


INTERRUPTED = """
import sys

class Interrupted:
    def find_spec(name, *_):
        if name == "flickr_auth.cli.commands.login":
            exec("raise KeyboardInterrupt")

sys.meta_path.insert(0, Interrupted)
"""


def test_ctrl_c_while_a_module_is_imported_is_130(here):
    """Python would end by the signal itself if it came while a dataclass was made; the exit code is a number."""
    (here.folder / "sitecustomize.py").write_text(INTERRUPTED)
    ended = here.run_process("login", PYTHONPATH=python_path(here.folder))
    assert (ended.returncode, ended.stderr) == (130, "Cancelled.\n")


def test_a_login_for_more_replaces_the_token(driven, here):
    """`--perms write` on a stored account ends with one account, and with the token that may write."""
    driven("--perms", "read")
    former = here.run("show", "--field", "oauth_token").stdout
    ran = driven("--perms", "write")
    assert "alone" not in ran.stderr
    assert len(list((here.app / "accounts").iterdir())) == 1
    assert here.run("show", "--field", "perms").stdout == "write\n"
    assert here.run("show", "--field", "oauth_token").stdout != former


def test_a_login_for_less_says_so_and_goes_on_without_a_terminal(driven, here):
    """A script's login is not held up, and its log says what it has replaced."""
    driven("--perms", "delete")
    ran = driven("--perms", "read")
    assert ran.returncode == 0
    assert "sandbox-sam already has a token with delete permission" in ran.stderr
    assert here.run("show", "--field", "perms").stdout == "read\n"


def test_another_key_has_nothing_to_lose(driven, here):
    """A login with another API key touches no token of the first, and says nothing of it."""
    driven("--perms", "delete")
    here.write_apikeys(keys=KEYS[1])
    assert "has a token" not in driven("--perms", "read").stderr


@pytest.mark.parametrize(
    "variables",
    [
        {"FLICKR_AUTH_HTTP_TIMEOUT": "1e10"},
        {"FLICKR_AUTH_HTTP_TIMEOUT": "nan"},
        {"FLICKR_AUTH_KEYRING_TIMEOUT": "inf"},
        {"FLICKR_AUTH_KEYRING_TIMEOUT": "soon"},
    ],
    ids=lambda variables: "=".join(next(iter(variables.items()))),
)
def test_a_time_that_makes_no_sense_is_refused_before_flickr_is_asked(here, variables):
    """A limit that would fail in the middle of a login is wrong usage at its start, also if nothing needs it yet."""
    ran = here.run("login", "-v", "--store", "file", **variables)
    assert ran.returncode == 2
    assert next(iter(variables)) in ran.stderr and "request_token" not in ran.stderr


@pytest.mark.parametrize("seconds", ["nan", "inf", "-inf", "0", "-1", "1e9", "soon"])
def test_a_wait_that_makes_no_sense_is_wrong_usage(here, seconds):
    """--timeout is a number of seconds that a person could wait for."""
    ran = here.run("login", "-v", f"--timeout={seconds}")
    assert ran.returncode == 2 and "--timeout" in ran.stderr and "request_token" not in ran.stderr


@pytest.mark.parametrize(
    ("variables", "code"),
    [
        ({"FLICKR_AUTH_PERMS": "everything"}, 2),
        ({"FLICKR_AUTH_STORE": "everything"}, 2),
        ({"FLICKR_AUTH_BROWSER": "everything"}, 2),
        ({"FLICKR_AUTH_BASE_URL": "everything"}, 2),
        ({"FLICKR_APIKEYS": "everything"}, 3),
    ],
    ids=lambda each: next(iter(each)) if isinstance(each, dict) else "",
)
def test_a_variable_that_is_at_fault_is_named_with_its_value(here, variables, code):
    """Whoever has set a variable long ago reads which one it is, and what is in it."""
    ran = here.run("login", **variables)
    assert ran.returncode == code
    assert next(iter(variables)) in ran.stderr and "everything" in ran.stderr


def test_keys_may_come_from_stdin(here):
    """A vault's output is piped into a login that needs stdin for nothing else."""
    (here.folder / "apikeys").unlink()
    keys = f"{KEYS[0].api_key}\n{KEYS[0].api_secret}\n"
    ran = here.run("login", "--apikeys", "-", "--start", stdin=keys)
    assert ran.returncode == 0, ran.stderr
    assert f"{KEYS[0].api_key[:8]}... from stdin" in ran.stderr and "oauth_token=" in ran.stdout


def test_keys_and_code_cannot_both_come_from_stdin(here):
    """Where stdin has the keys, the code cannot follow: said before anything is asked, with the ways that work."""
    ran = here.run("login", "-v", "--apikeys", "-", stdin=f"{KEYS[0].api_key}\n{KEYS[0].api_secret}\n123-456-789\n")
    assert ran.returncode == 2
    assert "--start" in ran.stderr and "--callback" in ran.stderr and "request_token" not in ran.stderr


def test_keys_may_come_from_a_command(here):
    """`--apikeys <(op read ...)`: the shell's pipe is read once, and nothing of it stays on disk."""
    need("bash")
    (here.folder / "apikeys").unlink()
    command = f'"$0" -m flickr_auth login --start --apikeys <(printf "{KEYS[0].api_key}\\n{KEYS[0].api_secret}\\n")'
    ran = subprocess.run(
        ["bash", "-c", command, sys.executable],
        cwd=here.folder,
        env=here.environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert "oauth_token=" in ran.stdout


def test_a_token_whose_account_cannot_be_made_the_default_is_stored(driven, here):
    """Something in the place of the file `default` is a warning: the token works, and the exit code says so."""
    (here.app / "default").mkdir(parents=True)
    ran = driven("--store", "file")
    assert ran.returncode == 0, ran.stderr
    assert "Warning: " in ran.stderr and "default" in ran.stderr
    assert here.run("show", "--account", "sandbox-sam", "--field", "username").stdout == "sandbox-sam\n"


def test_the_file_with_the_keys_is_never_a_token_file(here):
    """`--token-file apikeys` would overwrite the keys that were just read: exit 3 before Flickr is asked."""
    keys = (here.folder / "apikeys").read_text()
    other = here.write_apikeys(here.folder / "vault").rename(here.folder / "vault" / "mine")
    for arguments in (("--token-file", "apikeys"), ("--apikeys", other, "--token-file", other)):
        ran = here.run("login", "-v", *arguments)
        assert ran.returncode == 3, ran.stderr
        assert "request_token" not in ran.stderr
    assert (here.folder / "apikeys").read_text() == other.read_text() == keys


def test_two_words_of_something_else_are_left_alone_without_a_terminal(here):
    """Where nobody can say yes, a file that does not look like a token file stays as it is."""
    (here.folder / "list").write_text("milk\neggs\n")
    ran = here.run("login", "-v", "--token-file", "list")
    assert ran.returncode == 3 and "was not changed" in ran.stderr and "request_token" not in ran.stderr
    assert (here.folder / "list").read_text() == "milk\neggs\n"
