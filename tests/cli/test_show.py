"""`flickr-auth show`: the answer on stdout and nothing else."""

import json
import subprocess
import sys

import pytest

from flickr_auth.account import FIELDS

FOUR = {
    "FLICKR_API_KEY": "653e7a6ecc1d528c516cc8f92cf98611",
    "FLICKR_API_SECRET": "a9567d986a7539fe",
    "FLICKR_OAUTH_TOKEN": "72157626318069415-087bfc7b5816092c",
    "FLICKR_OAUTH_TOKEN_SECRET": "a202d1f853ec69de",
}


def store(machine, name="21207597@N07-653e7a6e", **fields):
    """An account's file, as the file store writes it."""
    account = {
        "store": "file",
        "api_key": FOUR["FLICKR_API_KEY"],
        "api_secret": FOUR["FLICKR_API_SECRET"],
        "oauth_token": FOUR["FLICKR_OAUTH_TOKEN"],
        "oauth_token_secret": FOUR["FLICKR_OAUTH_TOKEN_SECRET"],
        "user_nsid": "21207597@N07",
        "username": "jamalfanaian",
        "fullname": "Jamal Fanaian",
        "perms": "read",
    } | fields
    (machine.app / "accounts").mkdir(parents=True, exist_ok=True)
    path = machine.app / "accounts" / f"{name}.json"
    path.touch(mode=0o600)
    path.write_text(json.dumps({key: value for key, value in account.items() if value is not None}))
    return path


def test_text_has_a_row_for_each_field_that_is_known(machine):
    """People see names and values in the order of the documentation; what is unknown has no row."""
    store(machine, fullname=None)
    ran = machine.run("show")
    rows = dict(line.split(":", 1) for line in ran.stdout.splitlines())
    assert list(rows) == [name for name in FIELDS if name not in ("fullname", "logged_in_at")]
    assert rows["oauth_token_secret"].strip() == FOUR["FLICKR_OAUTH_TOKEN_SECRET"]
    assert ran.stderr == ""


def test_json_has_every_field_and_null_where_unknown(machine):
    """Programs find the documented names, always."""
    store(machine, fullname=None)
    account = json.loads(machine.run("show", "--format", "json").stdout)
    assert tuple(account) == FIELDS
    assert account["fullname"] is None and account["account"] == "21207597@N07-653e7a6e"


def test_env_is_for_a_shell(machine):
    """`eval "$(flickr-auth show --format env)"` sets the four variables, and no base URL for Flickr itself."""
    store(machine)
    script = f'eval "$({sys.executable} -m flickr_auth show --format env)"; env | grep ^FLICKR | sort'
    ran = subprocess.run(
        ["sh", "-c", script], cwd=machine.folder, env=machine.environ, capture_output=True, text=True, check=True
    )
    assert ran.stdout.splitlines() == [f"{name}={value}" for name, value in sorted(FOUR.items())]


def test_env_of_another_provider_names_its_base_url(machine):
    """A token goes to no other provider, whoever uses the lines; and hostile values stay values."""
    store(machine, provider="https://flickr.example.org", api_secret="a b'; echo broken")
    lines = machine.run("show", "--format", "env").stdout.splitlines()
    assert "export FLICKR_AUTH_BASE_URL=https://flickr.example.org" in lines
    script = machine.run("show", "--format", "env").stdout + 'printf %s "$FLICKR_API_SECRET"'
    assert (
        subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True).stdout == "a b'; echo broken"
    )


def test_lines_are_the_token_and_its_secret(machine):
    """Two lines, as the original script's file had them."""
    store(machine)
    expected = f"{FOUR['FLICKR_OAUTH_TOKEN']}\n{FOUR['FLICKR_OAUTH_TOKEN_SECRET']}\n"
    assert machine.run("show", "--format", "lines").stdout == expected


@pytest.mark.parametrize("name", FIELDS)
def test_a_field_is_printed_alone(machine, name):
    """`--field NAME` gives the value that JSON has under that name; an unknown one is exit 3."""
    store(machine, fullname=None)
    value = json.loads(machine.run("show", "--format", "json").stdout)[name]
    ran = machine.run("show", "--field", name)
    assert (ran.returncode, ran.stdout) == ((0, f"{value}\n") if value is not None else (3, ""))


def test_format_and_field_together_are_wrong_usage(machine):
    """A field has no format."""
    assert machine.run("show", "--field", "perms", "--format", "json").returncode == 2


def test_the_account_is_chosen_by_nsid_username_or_id(machine):
    """Any of the three names the account, in any case; the damaged file beside it is named and left alone."""
    store(machine)
    store(machine, "40215689@N00-653e7a6e", user_nsid="40215689@N00", username="wezm")
    (machine.app / "accounts" / "broken.json").write_text("{")
    for name in ("wezm", "WEZM", "40215689@n00", "40215689@N00-653e7a6e"):
        ran = machine.run("show", "--account", name, "--field", "username")
        assert ran.stdout == "wezm\n"
    assert "broken.json is damaged" in machine.run("show", "--account", "wezm").stderr


def test_several_accounts_without_a_default_are_listed(machine):
    """Where nobody can tell which account is meant, all are named, exit 3."""
    store(machine)
    store(machine, "40215689@N00-653e7a6e", user_nsid="40215689@N00", username="wezm")
    ran = machine.run("show")
    assert ran.returncode == 3
    assert "21207597@N07-653e7a6e, 40215689@N00-653e7a6e" in ran.stderr


def test_a_name_that_several_have_is_listed_and_an_unknown_one_is_said_so(machine):
    """An ambiguous or unknown --account is exit 3, with the candidates; an empty one is wrong usage."""
    store(machine)
    store(machine, "21207597@N07-5a0db0c5", api_key="5a0db0c5" * 4)
    ran = machine.run("show", "--account", "jamalfanaian")
    assert ran.returncode == 3 and "21207597@N07-5a0db0c5, 21207597@N07-653e7a6e" in ran.stderr
    ran = machine.run("show", "--account", "nobody")
    assert ran.returncode == 3 and "21207597@N07-653e7a6e" in ran.stderr
    assert machine.run("show", "--account", "").returncode == 2


def test_the_environment_comes_before_what_is_stored_and_says_so(machine):
    """The four variables are an account; stderr says that the answer is theirs."""
    store(machine)
    ran = machine.run("show", "--field", "store", **FOUR)
    assert ran.stdout == "environment\n" and "From the environment" in ran.stderr
    assert machine.run("show", "--account", "jamalfanaian", "--field", "store", **FOUR).stdout == "file\n"


@pytest.mark.parametrize("missing", FOUR)
def test_half_an_environment_account_is_named(machine, missing):
    """A missing one of the four is exit 3 with its name, once the token is set."""
    store(machine)
    ran = machine.run("show", **{name: value for name, value in FOUR.items() if name != missing})
    assert ran.returncode == 3
    assert missing in ran.stderr


def test_a_keyring_that_cannot_be_reached_is_exit_6(driven, here):
    """The account is there, its keyring is not: a sentence and exit 6, within the bound."""
    driven()
    (here.home.parent / "keyring.json").unlink()
    ran = here.run("show")
    assert ran.returncode == 6 and "no longer has the token" in ran.stderr
    account = next((here.app / "accounts").iterdir())
    account.write_text(account.read_text().replace("fake_keyrings.Good", "fake_keyrings.Hanging"))
    ran = here.run("show", FLICKR_AUTH_KEYRING_TIMEOUT="0.3")
    assert ran.returncode == 6 and "within 0.3 seconds" in ran.stderr


def test_reading_goes_to_the_backend_that_the_account_remembers(driven, here):
    """A keyring that is named later does not hide what is stored in another."""
    driven()
    ran = here.run("show", "--field", "username", PYTHON_KEYRING_BACKEND="fake_keyrings.Other")
    assert ran.stdout == "sandbox-sam\n"


def test_names_cannot_command_the_terminal(machine):
    """A name with control characters is shown written out, in text, field and JSON alike."""
    store(machine, fullname="Evil\x1b[2J\x9b31m\u202egnp\r\nName 桜")
    for arguments in ((), ("--field", "fullname"), ("--format", "json")):
        out = machine.run("show", *arguments).stdout
        assert not set(out) & {"\x1b", "\x9b", "\u202e", "\r"}
    assert machine.run("show", "--field", "fullname").stdout == "Evil\\x1b[2J\\x9b31m\\u202egnp\\r\\nName 桜\n"


@pytest.mark.process
def test_a_name_that_the_terminal_cannot_encode_is_no_reason_to_fail(machine):
    """Under an encoding without those letters they are escaped."""
    store(machine, fullname="桜")
    ran = machine.run("show", "--field", "fullname", PYTHONIOENCODING="ascii")
    assert (ran.returncode, ran.stdout) == (0, "\\u685c\n")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has neither /dev/full nor SIGPIPE")
def test_a_stdout_that_takes_nothing_is_said_so(machine):
    """A full disk under stdout is exit 1 with a sentence; a closed pipe ends quietly."""
    store(machine)
    with open("/dev/full", "w") as full:  # a device
        ran = subprocess.run(
            [sys.executable, "-m", "flickr_auth", "show"],
            cwd=machine.folder,
            env=machine.environ,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert ran.returncode == 1
    assert ran.stderr.startswith("Error: The answer could not be written")
    script = f"{sys.executable} -m flickr_auth show; echo $? >&2"
    ran = subprocess.run(
        ["sh", "-c", f"({script}) | true"],
        cwd=machine.folder,
        env=machine.environ,
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stderr in ("141\n", "0\n")
