"""`flickr-auth show`: the answer on stdout and nothing else."""

import ast
import json
import shlex
import subprocess
import sys

import pytest

from flickr_auth.account import FIELDS, Account, ConsumerKeys, Token, account_id
from flickr_auth.cli import shell_formats
from flickr_auth.errors import UsageError

from programs import FLICKR_AUTH, PYTHON, need
from samples import API_KEY, API_SECRET, OAUTH_TOKEN, OAUTH_TOKEN_SECRET
from terminals import needs_a_terminal

FOUR = {
    "FLICKR_API_KEY": API_KEY,
    "FLICKR_API_SECRET": API_SECRET,
    "FLICKR_OAUTH_TOKEN": OAUTH_TOKEN,
    "FLICKR_OAUTH_TOKEN_SECRET": OAUTH_TOKEN_SECRET,
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


HOSTILE = "a b'; echo \"broken\" $HOME `id` \\n !x # \\' ü \u2019"
SHELLS = {
    "sh": ("env", 'eval "$(cat)"'),
    "bash": ("env", 'eval "$(cat)"'),
    "dash": ("env", 'eval "$(cat)"'),
    "zsh": ("env", 'eval "$(cat)"'),
    "fish": ("fish", "source"),
}
PRINT = "import os; print({k: v for k, v in os.environ.items() if k.startswith('FLICKR')})"


def evaluated(machine, shell, lines, **variables):
    """The variables of Flickr's that a shell hands on after it has evaluated these lines."""
    need(shell)
    ran = subprocess.run(
        [shell, "-c", f"{SHELLS[shell][1]}; {PYTHON} -c {shlex.quote(PRINT)}"],
        input=lines,
        env=machine.environ | {"XDG_RUNTIME_DIR": str(machine.folder)} | variables,  # else fish leaves a folder in /tmp
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    assert ran.stderr == ""
    return ast.literal_eval(ran.stdout)


def formatted(machine, form, **fields):
    """What `show --format` prints for an account with these fields."""
    if "api_secret" in fields:  # one that no account file may hold
        keys = ConsumerKeys(FOUR["FLICKR_API_KEY"], fields.pop("api_secret"))
        token = Token(FOUR["FLICKR_OAUTH_TOKEN"], FOUR["FLICKR_OAUTH_TOKEN_SECRET"])
        return shell_formats.FORMATS[form](shell_formats.variables(Account.of(keys, token, **fields)))
    name = account_id("21207597@N07", FOUR["FLICKR_API_KEY"], fields.get("provider", "flickr"))
    store(machine, name, **fields)
    ran = machine.run("show", "--format", form, "--account", name)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


needs_shells = pytest.mark.skipif(sys.platform == "win32", reason="Windows has none of these shells")


@needs_shells
@pytest.mark.parametrize("shell", SHELLS)
def test_a_real_shell_sets_the_four_variables(machine, shell):
    """What is printed for a shell sets the four variables there, and no base URL for Flickr itself."""
    assert evaluated(machine, shell, formatted(machine, SHELLS[shell][0])) == FOUR


@needs_shells
@pytest.mark.parametrize("shell", SHELLS)
def test_flickrs_token_goes_nowhere_else_though_a_base_url_is_set(machine, shell):
    """For an account of Flickr's a base URL that is set already is unset, in every scope."""
    before = {"FLICKR_AUTH_BASE_URL": "https://other.example.org"}
    assert evaluated(machine, shell, formatted(machine, SHELLS[shell][0]), **before) == FOUR


@needs_shells
@pytest.mark.parametrize("shell", SHELLS)
def test_another_providers_token_goes_there_whatever_is_set(machine, shell):
    """The base URL is the account's own, and hostile values stay values."""
    lines = formatted(machine, SHELLS[shell][0], provider="https://flickr.example.org", api_secret=HOSTILE)
    found = evaluated(machine, shell, lines, FLICKR_AUTH_BASE_URL="https://other.example.org")
    expected = {"FLICKR_API_SECRET": HOSTILE, "FLICKR_AUTH_BASE_URL": "https://flickr.example.org"}
    assert found == FOUR | expected


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no sh")
def test_the_documented_line_works_in_sh(machine):
    """`eval "$(flickr-auth show --format env)"`, word for word."""
    store(machine)
    script = f'eval "$({FLICKR_AUTH} show --format env)"; env | grep ^FLICKR | sort'
    ran = subprocess.run(
        ["sh", "-c", script],
        cwd=machine.folder,
        env=machine.environ | {"FLICKR_AUTH_BASE_URL": "https://other.example.org"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.splitlines() == [f"{name}={value}" for name, value in sorted(FOUR.items())]


def test_powershell_gets_single_quotes_doubled(machine):
    """PowerShell's documented quoting: between single quotes nothing is special but those, typographic ones, too."""
    lines = formatted(machine, "powershell", api_secret=HOSTILE).splitlines()
    secret = HOSTILE.replace("'", "''").replace("\u2019", "\u2019\u2019")
    assert f"$Env:FLICKR_API_SECRET = '{secret}'" in lines
    assert f"$Env:FLICKR_OAUTH_TOKEN = '{FOUR['FLICKR_OAUTH_TOKEN']}'" in lines
    assert "Remove-Item Env:FLICKR_AUTH_BASE_URL -ErrorAction SilentlyContinue" in lines
    lines = formatted(machine, "powershell", provider="https://flickr.example.org").splitlines()
    assert "$Env:FLICKR_AUTH_BASE_URL = 'https://flickr.example.org'" in lines


def read_by_docker(content):
    """What `docker run --env-file` makes of a file (docs.docker.com, "docker container run", --env-file)."""
    variables = {}
    for line in (each.lstrip(" \t") for each in content.split("\n")):
        if line and not line.startswith("#"):
            name, equals, value = line.partition("=")
            assert equals and not any(each.isspace() for each in name)
            variables[name] = value
    return variables


def read_by_systemd(content):
    """What systemd makes of an EnvironmentFile= (systemd.exec(5))."""
    variables = {}
    for line in content.replace("\\\n", "").split("\n"):
        if line.strip() and not line.startswith((";", "#")):
            name, _, value = line.partition("=")
            words = shlex.split(value, posix=True)
            variables[name.strip()] = value.strip() if not set(value) & set("\"'\\") else "".join(words)
    return variables


@pytest.mark.parametrize("read", [read_by_docker, read_by_systemd])
def test_docker_and_systemd_read_the_same_values_from_a_dotenv_file(machine, read):
    """Names and values are as they are stored, with characters that other formats would have to quote."""
    odd = "a#b;c$d%e&f(g)h*i!j`k|l~m<n>o=p q"
    lines = formatted(machine, "dotenv", api_secret=odd, provider="https://flickr.example.org")
    expected = FOUR | {"FLICKR_API_SECRET": odd, "FLICKR_AUTH_BASE_URL": "https://flickr.example.org"}
    assert read(lines) == expected
    assert read(formatted(machine, "dotenv")) == FOUR | {"FLICKR_AUTH_BASE_URL": ""}


@pytest.mark.parametrize("value", ["a'b", 'a"b', "a\\b", "a\nb", " ab", "ab ", "a\rb", "a\x00b", "a\tb"])
def test_a_value_that_a_dotenv_file_cannot_hold_is_an_error_and_no_broken_line(machine, value):
    """What docker and systemd would read differently, or as something else, is refused, and nothing is printed."""
    with pytest.raises(UsageError, match="FLICKR_API_SECRET") as raised:
        formatted(machine, "dotenv", api_secret=value)
    assert value not in str(raised.value)


def test_lines_in_a_file_are_a_token_file_to_the_byte(machine):
    """What is redirected into a file is a token file without a newline at its end, and is read as one."""
    store(machine)
    ran = machine.run("show", "--format", "lines")
    assert ran.stdout == f"{FOUR['FLICKR_OAUTH_TOKEN']}\n{FOUR['FLICKR_OAUTH_TOKEN_SECRET']}"
    (machine.folder / "token").write_text(ran.stdout)
    (machine.folder / "token").chmod(0o600)
    again = machine.run("show", "--token-file", "token", "--format", "lines")
    assert (again.returncode, again.stdout) == (0, ran.stdout)


@needs_a_terminal
def test_lines_on_a_terminal_end_in_a_newline(machine):
    """The shell's prompt does not stand behind the secret."""
    store(machine)
    terminal = machine.terminal("show", "--format", "lines")
    assert terminal.read().endswith(f"{FOUR['FLICKR_OAUTH_TOKEN_SECRET']}\r\n")


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
    assert "Accounts: jamalfanaian, wezm" in ran.stderr and "flickr-auth use" in ran.stderr


def test_a_name_that_several_have_is_listed_and_an_unknown_one_is_said_so(machine):
    """An ambiguous or unknown --account is exit 3, with the candidates; an empty one is wrong usage."""
    store(machine)
    store(machine, "21207597@N07-5a0db0c5", api_key="5a0db0c5" * 4)
    ran = machine.run("show", "--account", "jamalfanaian")
    assert ran.returncode == 3 and "21207597@N07-5a0db0c5 or 21207597@N07-653e7a6e" in ran.stderr
    ran = machine.run("show", "--account", "nobody")
    assert ran.returncode == 3 and "No account named 'nobody'" in ran.stderr
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
    assert ran.stderr.startswith("Error: Cannot write the output to stdout")
    script = f"{FLICKR_AUTH} show; echo $? >&2"
    ran = subprocess.run(
        ["sh", "-c", f"({script}) | true"],
        cwd=machine.folder,
        env=machine.environ,
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stderr in ("141\n", "0\n")


def test_a_token_from_stdin_is_shown(here, driven):
    """`--token-file -` reads the token from stdin; empty or bad input is exit 3 and says what is expected."""
    driven("--token-file", "token")
    token = (here.folder / "token").read_text()
    assert here.run("show", "--token-file", "-", "--format", "lines", stdin=token).stdout.strip() == token
    for stdin, said in (("", "stdin is empty"), ("x\n", "stdin is not a token file"), ("x" * 70_000, "too long")):
        ran = here.run("show", "--token-file", "-", stdin=stdin)
        assert (ran.returncode, said in ran.stderr) == (3, True), ran.stderr


def test_a_token_on_stdin_is_shown(machine):
    """`--token-file -` reads the token from stdin; what is no token there is exit 3."""
    lines = f"{FOUR['FLICKR_OAUTH_TOKEN']}\n{FOUR['FLICKR_OAUTH_TOKEN_SECRET']}"
    for stdin in (lines, f"{lines}\n"):
        ran = machine.run("show", "--token-file", "-", "--format", "lines", stdin=stdin)
        assert (ran.returncode, ran.stdout) == (0, lines)
        assert ran.stderr == "From the token on stdin.\n"
    for stdin in ("", "one line", "three\nlines\nhere", "x" * 100_000):
        ran = machine.run("show", "--token-file", "-", stdin=stdin)
        assert (ran.returncode, ran.stdout) == (3, "")
        assert "stdin" in ran.stderr
