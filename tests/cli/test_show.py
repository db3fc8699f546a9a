"""`flickr-auth show`: the answer on stdout and nothing else."""

import ast
import json
import shlex
import subprocess
import sys

import pytest

from flickr_auth.account import FIELDS
from flickr_auth.cli import shell_formats
from flickr_auth.errors import UsageError

from programs import PYTHON, need, python_path
from samples import JAMAL, OAUTH_TOKEN, OAUTH_TOKEN_SECRET, WEZM
from terminals import needs_a_terminal

FOUR = {f"FLICKR_{name.upper()}": value for name, value in zip(FIELDS[:4], JAMAL, strict=False)}
LINES = f"{OAUTH_TOKEN}\n{OAUTH_TOKEN_SECRET}"


def test_every_field_is_shown_in_text_in_json_and_alone(machine):
    """Names and values in the order of the documentation; what is unknown has no row, is null, and is exit 3 alone."""
    machine.keep(JAMAL._replace(fullname=None))
    ran = machine.run("show")
    assert ran.stderr == ""
    rows = {name: value.strip() for name, value in (line.split(":", 1) for line in ran.stdout.splitlines())}
    account = json.loads(machine.run("show", "--format", "json").stdout)
    assert tuple(account) == FIELDS and list(rows) == [name for name in FIELDS if account[name] is not None]
    assert [account[name] for name in ("account", "fullname", "oauth_token_secret")] == [
        *("21207597@N07-653e7a6e", None, OAUTH_TOKEN_SECRET)
    ]
    for name, value in account.items():
        ran = machine.run("show", "--field", name)
        assert (ran.returncode, ran.stdout) == ((3, "") if value is None else (0, f"{value}\n"))
        assert rows.get(name) == value
    assert machine.run("show", "--json").stdout == machine.run("show", "--format", "json").stdout
    for two in (
        ("--json", "--field", "perms"),
        ("--json", "--format", "env"),
        ("--field", "perms", "--format", "json"),
    ):
        ran = machine.run("show", *two)
        assert (ran.returncode, ran.stdout) == (2, "") and "cannot be used together" in ran.stderr


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
    account = JAMAL._replace(**fields)
    if "api_secret" in fields:  # one that no account file may hold
        return shell_formats.FORMATS[form](shell_formats.variables(account))
    ran = machine.run("show", "--format", form, "--account", machine.keep(account).account)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


needs_shells = pytest.mark.skipif(sys.platform == "win32", reason="Windows has none of these shells")


@needs_shells
@pytest.mark.parametrize("shell", SHELLS)
def test_a_real_shell_gets_the_token_and_its_provider_alone(machine, shell):
    """A base URL that is set already is unset for Flickr, in every scope, or replaced; hostile values stay values."""
    before = {"FLICKR_AUTH_BASE_URL": "https://other.example.org"}
    form = SHELLS[shell][0]
    assert evaluated(machine, shell, formatted(machine, form), **before) == FOUR
    lines = formatted(machine, form, provider="https://flickr.example.org", api_secret=HOSTILE)
    expected = {"FLICKR_API_SECRET": HOSTILE, "FLICKR_AUTH_BASE_URL": "https://flickr.example.org"}
    assert evaluated(machine, shell, lines, **before) == FOUR | expected


def test_powershell_gets_single_quotes_doubled(machine):
    """PowerShell's documented quoting: between single quotes nothing is special but those, typographic ones, too."""
    lines = formatted(machine, "powershell", api_secret=HOSTILE).splitlines()
    secret = HOSTILE.replace("'", "''").replace("\u2019", "\u2019\u2019")
    assert f"$Env:FLICKR_API_SECRET = '{secret}'" in lines
    assert f"$Env:FLICKR_OAUTH_TOKEN = '{OAUTH_TOKEN}'" in lines
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


def test_a_value_that_a_dotenv_file_cannot_hold_is_an_error_and_no_broken_line(machine):
    """What docker and systemd would read differently, or as something else, is refused, and nothing is printed."""
    for value in ("a'b", 'a"b', "a\\b", "a\nb", " ab", "a\tb"):
        with pytest.raises(UsageError, match="FLICKR_API_SECRET") as raised:
            formatted(machine, "dotenv", api_secret=value)
        assert value not in str(raised.value)


def test_lines_in_a_file_are_a_token_file_to_the_byte(machine):
    """What is redirected into a file is a token file without a newline at its end, and is read as one."""
    machine.keep(JAMAL)
    ran = machine.run("show", "--format", "lines")
    assert ran.stdout == LINES
    (machine.folder / "token").write_text(ran.stdout)
    (machine.folder / "token").chmod(0o600)
    again = machine.run("show", "--token-file", "token", "--format", "lines")
    assert (again.returncode, again.stdout, again.stderr) == (0, LINES, "From the token file token.\n")


@needs_a_terminal
def test_lines_on_a_terminal_end_in_a_newline(machine):
    """The shell's prompt does not stand behind the secret."""
    machine.keep(JAMAL)
    terminal = machine.terminal("show", "--format", "lines")
    assert terminal.read().endswith(f"{OAUTH_TOKEN_SECRET}\r\n")


def test_a_token_on_stdin_is_shown(machine):
    """`--token-file -` reads the token from stdin; what is no token there is exit 3 and says what is expected."""
    for stdin in (LINES, f"{LINES}\n"):
        ran = machine.run("show", "--token-file", "-", "--format", "lines", stdin=stdin)
        assert (ran.returncode, ran.stdout, ran.stderr) == (0, LINES, "From the token on stdin.\n")
    for stdin, said in (("", "stdin is empty"), ("x\n", "stdin is not a token file"), ("x" * 100_000, "too long")):
        ran = machine.run("show", "--token-file", "-", stdin=stdin)
        assert (ran.returncode, ran.stdout, said in ran.stderr) == (3, "", True), ran.stderr


def test_the_account_is_chosen_by_nsid_username_or_id(machine):
    """Any of the three names the account, in any case; the damaged file beside it is named and left alone."""
    machine.keep(JAMAL)
    machine.keep(WEZM)
    (machine.app / "accounts" / "broken.json").write_text("{")
    for name in ("WEZM", "40215689@n00", "40215689@N00-653e7a6e"):
        assert machine.run("show", "--account", name, "--field", "username").stdout == "wezm\n"
    assert "broken.json is damaged" in machine.run("show", "--account", "wezm").stderr


def test_where_nobody_can_tell_which_account_is_meant_all_are_listed(machine):
    """Several without a default, a name that two have, one that nobody has: exit 3; an empty one is wrong usage."""
    machine.keep(JAMAL)
    machine.keep(JAMAL._replace(api_key="5a0db0c5" * 4))
    machine.keep(WEZM)
    (machine.app / "default").unlink()
    for arguments, said in (
        ((), ("No default account is set.", "wezm", "Try: flickr-auth use ")),
        (("--account", "jamalfanaian"), ("21207597@N07-5a0db0c5 or 21207597@N07-653e7a6e",)),
        (("--account", "nobody"), ("No account named 'nobody'", "wezm")),
    ):
        ran = machine.run("show", *arguments)
        assert (ran.returncode, ran.stdout) == (3, "") and all(each in ran.stderr for each in said)
    assert machine.run("show", "--account", "").returncode == 2


def test_the_environment_comes_before_what_is_stored_and_says_so(machine):
    """The four variables are an account; stderr says that the answer is theirs. One that is missing is named."""
    machine.keep(JAMAL)
    ran = machine.run("show", "--field", "store", **FOUR)
    assert ran.stdout == "environment\n" and "From the environment" in ran.stderr
    assert machine.run("show", "--account", "jamalfanaian", "--field", "store", **FOUR).stdout == "file\n"
    for missing in FOUR:
        ran = machine.run("show", **{name: value for name, value in FOUR.items() if name != missing})
        assert ran.returncode == 3 and missing in ran.stderr


def test_a_keyring_that_cannot_be_reached_is_exit_6(driven, here):
    """The account is there, its keyring is not: a sentence and exit 6, within the bound."""
    driven()
    (here.home.parent / "keyring.json").unlink()
    ran = here.run("show")
    assert ran.returncode == 6 and "no longer has the token" in ran.stderr
    account = next((here.app / "accounts").iterdir())
    account.write_text(account.read_text().replace("fake_keyrings.Good", "fake_keyrings.Hanging"))
    ran = here.run("show", FLICKR_AUTH_KEYRING_TIMEOUT="0.1")
    assert ran.returncode == 6 and "within 0.1 seconds" in ran.stderr


@pytest.mark.process
def test_names_cannot_command_the_terminal(machine):
    """A name with control characters is shown written out everywhere; so is what stdout cannot encode."""
    machine.keep(JAMAL._replace(fullname="Evil\x1b[2J\x9b31m\u202egnp\r\nName 桜"))
    for arguments in ((), ("--field", "fullname"), ("--format", "json")):
        out = machine.run("show", *arguments).stdout
        assert not set(out) & {"\x1b", "\x9b", "\u202e", "\r"}
    field = ("show", "--field", "fullname")
    shown = "Evil\\x1b[2J\\x9b31m\\u202egnp\\r\\nName 桜\n"
    assert machine.run(*field).stdout == shown
    assert machine.run(*field, PYTHONIOENCODING="ascii").stdout == shown.replace("桜", "\\u685c")


@pytest.mark.process
@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="this system's own keyring would be asked, too")
def test_another_machine_reads_a_shared_keyring_with_a_copy_of_the_app_folder(here, driven, tmp_path):
    """The app folder has no secret, so it can be copied; where the backend's package is missing, its name is told."""
    assert driven().returncode == 0
    account = here.run("show", "--format", "json").stdout
    copied = "".join(path.read_text() for path in here.app.rglob("*") if path.is_file())
    assert json.loads(account)["oauth_token_secret"] not in copied and json.loads(account)["api_secret"] not in copied
    here.home.rename(tmp_path / "copy")
    there = {"HOME": tmp_path / "copy", "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}
    assert here.run("show", "--format", "json", **there).stdout == account
    ran = here.run("show", **there, PYTHONPATH=python_path())
    assert (ran.returncode, ran.stdout) == (6, "")
    assert "cannot be reached from here" in ran.stderr and "install the package that has fake_keyrings" in ran.stderr
