"""Hints: a command that works as it stands, for the token that was refused and the program as it was started."""

import json
import os
import pathlib
import subprocess
import sys

import pytest

from flickr_auth import advice, program
from flickr_auth.cli import app
from flickr_auth.program import quoted

from samples import OAUTH_TOKEN, OAUTH_TOKEN_SECRET

TOKEN = f"{OAUTH_TOKEN}\n{OAUTH_TOKEN_SECRET}"  # which the sandbox never issued


def hint(machine, *arguments, **variables):
    """The last line on the screen of a call that is refused."""
    ran = machine.run("call", *arguments, **variables)
    assert (ran.returncode, ran.stdout) == (4, ""), ran.stderr
    return ran.stderr.splitlines()[-1]


def spoil(machine):
    """Let the only account have a token that its provider does not know."""
    record = machine.record()
    (path,) = (machine.app / "accounts").iterdir()
    path.write_text(path.read_text().replace(record["oauth_token"], OAUTH_TOKEN))


def test_a_stored_account_is_renewed_by_its_name_with_what_it_may_do(here, sandbox):
    """The line asks for as much as the token had, or as the call needs, and says where the account is from."""
    here.log_in(provider=sandbox.base_url, perms="read")
    needs_write = ("flickr.photos.setMeta", "--post", "photo_id=1", "title=t")
    assert hint(here, *needs_write) == "Run: flickr-auth login --account sandbox-sam --perms write"
    here.log_in(provider=sandbox.base_url, perms="delete")
    spoil(here)
    assert hint(here, *needs_write) == "Run: flickr-auth login --account sandbox-sam --perms delete"
    assert here.run("logout").returncode == 0
    here.log_in(user=1)
    spoil(here)
    assert hint(here, "flickr.test.login") == "Run: flickr-auth login --sandbox --account 'sandbox-zoë'"


def test_a_token_file_is_written_anew_and_variables_that_hide_a_login_are_unset(here):
    """What is no account has no name: the file is named, quoted, and variables are unset first."""
    (here.folder / "my token").write_text(TOKEN)
    (here.folder / "my token").chmod(0o600)
    login = "flickr.test.login"
    renewed = "Run: flickr-auth login --token-file 'my token'"
    assert hint(here, login, "--token-file", "my token") == renewed
    assert hint(here, login, FLICKR_TOKEN_FILE="my token") == renewed
    assert hint(here, login, "--token-file", "-", stdin=TOKEN) == "Run: flickr-auth login"
    keys = (here.folder / "apikeys").read_text().split()
    values = dict(zip(("FLICKR_API_KEY", "FLICKR_API_SECRET"), keys, strict=True))
    values |= {"FLICKR_OAUTH_TOKEN": OAUTH_TOKEN, "FLICKR_OAUTH_TOKEN_SECRET": OAUTH_TOKEN_SECRET}
    assert hint(here, login, **values) == ("Run: unset FLICKR_OAUTH_TOKEN FLICKR_OAUTH_TOKEN_SECRET; flickr-auth login")


def test_every_command_that_is_printed_names_the_program_as_it_was_started(machine, bin_folder):
    """Hints, help, JSON and exceptions name what PATH leads to, else what was typed, else what starts this Python's."""
    folder = bin_folder / "a b"
    folder.mkdir()
    lines = f"#!{sys.executable}\nfrom flickr_auth.__main__ import main\nmain()\n"
    for name in ("flickr-auth", "other-script"):
        (folder / name).write_text(lines)
        (folder / name).chmod(0o755)
    (bin_folder / "fa").symlink_to(folder / "flickr-auth")
    ours = pathlib.Path(sys.executable).with_name("flickr-auth")
    of_this_python = str(quoted(ours)) if ours.is_file() else f"{quoted(sys.executable)} -m flickr_auth"
    for path, typed, name in (
        (folder, f"{folder}/flickr-auth", "flickr-auth"),
        ("/nowhere", "a b/flickr-auth", "'a b/flickr-auth'"),
        (bin_folder, f"{bin_folder}/fa", "fa"),
        (folder, "./fa", "flickr-auth"),
        ("/nowhere", "-m flickr_auth", of_this_python),
        (ours.parent, "-m flickr_auth", "flickr-auth" if ours.is_file() else of_this_python),
        ("/nowhere", "a b/other-script", of_this_python),
    ):
        start = typed.split() if typed.startswith("-m") else [typed]

        def run(*arguments, start=start, path=path):
            return subprocess.run(
                [sys.executable, *start, *arguments],
                cwd=bin_folder,
                env=machine.environ | {"PATH": str(path)},
                capture_output=True,
                text=True,
                check=False,
            )

        ran = run("show")
        assert (ran.returncode, ran.stderr.splitlines()[-1]) == (3, f"Run: {name} login")
        assert f"  {name} use jamalfanaian\n" in run("use", "--help").stdout
    assert f"\n  {name} login --sandbox\n" in run("help", "sandbox").stdout
    assert f"(see: {name} help files)" in " ".join(run("call", "--help").stdout.split())
    machine.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
    advised = {each["check"]: each["advice"] for each in json.loads(run("doctor", "--offline", "--json").stdout)}
    assert advised["keyring"].endswith(f"{name} login --store file")
    script = "import flickr_auth, os; os.mkdir('gone'); os.chdir('gone'); os.rmdir('../gone'); flickr_auth.session()"
    ran = subprocess.run(
        [sys.executable, "-c", script],
        cwd=machine.folder,
        env=machine.environ | {"PATH": "/nowhere"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.stderr.splitlines()[-1] == f"Run: {of_this_python} login"


def test_no_command_is_forgotten_where_the_program_is_named_as_it_was_started():
    """A hint with whichever command of ours names the program as it was typed: none is missing in that list."""
    assert set(program._COMMANDS.split("|")) == set(app.COMMANDS)


def test_a_word_with_a_blank_is_quoted_for_the_shell_of_the_system(monkeypatch):
    """A path with a blank stays one word of the line to copy, in cmd.exe as well as in a POSIX shell."""
    words = (r"C:\Users\jamal\token", r"C:\My Documents\token", "")
    with monkeypatch.context() as windows:
        windows.setattr(os, "name", "nt")
        assert [quoted(each) for each in words] == [words[0], f'"{words[1]}"', '""']
    assert quoted("my token") == "'my token'" and quoted("token") == "token"


@pytest.mark.parametrize("installer", ["pipx", "uv", "pip", "none"])
def test_what_is_missing_is_installed_by_the_installer_that_was_used(tmp_path, monkeypatch, installer):
    """The hint is a command of pipx, uv or pip, whichever made the environment; without one the package is named."""
    folder = tmp_path / "venvs" / "flickr-auth"
    (folder / "bin").mkdir(parents=True)
    (folder / "pyvenv.cfg").write_text("home = /usr/bin\nuv = 0.9\n" if installer == "uv" else "home = /usr/bin\n")
    if installer == "pipx":
        (folder / "pipx_metadata.json").write_text("{}")
    if installer == "pip":
        (tmp_path / "pip.py").touch()
    monkeypatch.setattr(sys, "prefix", str(folder))
    monkeypatch.setattr(sys, "executable", str(folder / "bin" / "python"))
    python = sys.executable if installer == "none" else quoted(sys.executable)
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    monkeypatch.delitem(sys.modules, "pip", raising=False)
    assert [advice.install("segno"), advice.install("certifi", again=True)] == {
        "pipx": ["Run: pipx inject flickr-auth segno", "Run: pipx inject --force flickr-auth certifi"],
        "uv": [
            f"Run: uv pip install --python {python} segno",
            f"Run: uv pip install --reinstall --python {python} certifi",
        ],
        "pip": [f"Run: {python} -m pip install segno", f"Run: {python} -m pip install --force-reinstall certifi"],
        "none": [f"Fix: install the Python package {name} for {python}" for name in ("segno", "certifi")],
    }[installer]


def test_a_hint_names_one_login():
    """To a hint with a login in it no second one is added, however the program is named there."""
    command = "flickr-auth login --store file"
    for name in ("flickr-auth", "python3 -m flickr_auth", "'/a b/flickr-auth'"):
        named = f"Run: {name} logout && {name} login"
        assert advice.in_file(named, command) == named
    assert advice.in_file("Fix: unlock it", command) == f"Fix: unlock it, or run: {command}"
    assert advice.in_file("", command) == f"Run: {command}"
