"""`flickr-auth logout`: what is deleted, what stays, and what is said."""

import json
import os
import subprocess
import sys

import pytest

from bound import modes_bind
from programs import FLICKR_AUTH
from terminals import needs_a_terminal


def stored(machine):
    return sorted(path.stem for path in (machine.app / "accounts").glob("*.json"))


@pytest.mark.parametrize("kind", ["keyring", "file"])
def test_a_logout_forgets_the_token_and_says_where_to_revoke_it(driven, here, kind):
    """After a logout neither keyring nor files hold the token; it is honest about Flickr's list."""
    driven("--store", kind)
    secret = here.run("show", "--field", "oauth_token_secret").stdout.strip()
    ran = here.run("logout")
    assert ran.returncode == 0 and ran.stdout == ""
    assert "OK Logged out sandbox-sam" in ran.stderr and "/services/auth/list.gne" in ran.stderr
    assert stored(here) == [] and not (here.app / "default").exists()
    everything = b"".join(path.read_bytes() for path in here.home.parent.rglob("*") if path.is_file())
    assert secret.encode() not in everything


def test_without_an_account_a_logout_says_so(machine):
    """Nothing to forget is exit 3, with --all, too."""
    for arguments in ((), ("--all",), ("--account", "nobody")):
        assert machine.run("logout", *arguments).returncode == 3


def test_the_account_that_is_named_is_forgotten_and_the_default_stays(driven, here):
    """--account forgets that one alone."""
    driven(user=0)
    driven(user=1)
    other = next(name for name in stored(here) if name != (here.app / "default").read_text().strip())
    assert here.run("logout", "--account", other).returncode == 0
    assert other not in stored(here)
    assert here.run("show", "--field", "username").stdout == "sandbox-sam\n"


def test_all_forgets_everyone(driven, here):
    """--all leaves no account and no item behind."""
    for user in range(3):
        driven(user=user)
    assert here.run("logout", "--all").returncode == 0
    assert stored(here) == []
    assert json.loads((here.home.parent / "keyring.json").read_text()) == {}


def test_a_keyring_that_is_gone_keeps_the_account_unless_forced(driven, here):
    """Exit 6 and the account stays; with --force it is forgotten, and what may be left is said."""
    driven()
    account = next((here.app / "accounts").glob("[!.]*.json"))
    account.write_text(account.read_text().replace("fake_keyrings.Good", "fake_keyrings.Failing"))
    ran = here.run("logout")
    assert ran.returncode == 6 and "--force" in ran.stderr
    assert account.exists()
    ran = here.run("logout", "--force")
    assert ran.returncode == 0 and "may still be in it" in ran.stderr
    assert not account.exists()


def test_one_failure_does_not_keep_all_from_the_others(driven, here):
    """With --all the accounts that can be forgotten are, and the exit code is the failure's."""
    for user in range(2):
        driven(user=user)
    first, second = sorted((here.app / "accounts").glob("[!.]*.json"))
    first.write_text(first.read_text().replace("fake_keyrings.Good", "fake_keyrings.Failing"))
    assert here.run("logout", "--all").returncode == 6
    assert first.exists() and not second.exists()


def test_a_damaged_account_is_left_alone_unless_forced(machine):
    """A file that cannot be understood is named; --force removes it."""
    folder = machine.app / "accounts"
    folder.mkdir(parents=True)
    (folder / "broken.json").write_text("{")
    ran = machine.run("logout")
    assert ran.returncode == 3 and "broken.json is damaged" in ran.stderr
    assert machine.run("logout", "--force").returncode == 0
    assert stored(machine) == []


def test_a_token_file_is_removed_by_the_flag_alone(driven, here):
    """--token-file removes it; the variable chooses nothing that is deleted."""
    driven("--token-file", "token")
    assert here.run("logout", FLICKR_TOKEN_FILE="token").returncode == 3
    assert (here.folder / "token").exists()
    assert here.run("logout", "--token-file", "token").returncode == 0
    assert not (here.folder / "token").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="making a link takes a right there")
def test_a_linked_file_is_deleted_with_what_it_links_to(driven, here):
    """A logout deletes the secret where a link (dotfiles) leads, be it a token file or an account's."""
    driven("--token-file", "token")
    driven("--store", "file")
    kept = here.folder / "kept"
    kept.mkdir()
    account = here.app / "accounts" / f"{stored(here)[0]}.json"
    for path in (here.folder / "token", account):
        path.rename(kept / path.name)
        path.symlink_to(kept / path.name)
    assert here.run("logout", "--token-file", "token").returncode == 0
    assert list(kept.iterdir()) == [kept / account.name]
    assert here.run("logout").returncode == 0
    assert list(kept.iterdir()) == [] and stored(here) == []


@pytest.mark.skipif(sys.platform == "win32", reason="making a link takes a right there")
def test_what_is_no_account_outlives_the_link_to_it(driven, here):
    """A link in the place of an account, or of the default's name, costs no other file, also with --force."""
    driven("--store", "file")
    [account] = stored(here)
    letter = here.folder / "letter"
    letter.write_text("dear sam")
    for path in (here.app / "accounts" / f"{account}.json", here.app / "default"):
        path.unlink()
        path.symlink_to(letter)
    assert here.run("logout", "--account", account, "--force").returncode == 0
    assert here.run("login", "--sandbox", "--store", "file").returncode == 0
    assert here.run("logout").returncode == 0
    assert letter.exists() and stored(here) == []


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such files")
@pytest.mark.parametrize("kind", ["a pipe", "a link to nothing"])
def test_whatever_is_in_the_place_of_an_account_is_deleted_by_force(driven, here, kind):
    """What `status` lists as an account can be logged out, also if it is no file that could be read."""
    driven("--store", "file")
    path = here.app / "accounts" / f"{stored(here)[0]}.json"
    path.unlink()
    os.mkfifo(path) if kind == "a pipe" else path.symlink_to(here.folder / "nothing")
    assert here.run("status", "--offline").returncode == 6
    assert here.run("logout").returncode == 3
    assert here.run("logout", "--force").returncode == 0
    assert stored(here) == []


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such files")
@pytest.mark.parametrize("name", ["-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"])
def test_the_systems_own_names_of_an_open_file_are_not_deleted(machine, name):
    """A logout that is given stdin deletes neither what stdin is nor /dev/stdin: it is wrong usage."""
    ran = machine.run("logout", "--token-file", name)
    assert ran.returncode == 2 and f"--token-file {name} is for reading" in ran.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
@pytest.mark.parametrize("force", [(), ("--force",)])
def test_a_file_that_may_not_be_deleted_comes_with_what_fixes_that(driven, here, force):
    """--force is not advised for what it cannot do: the hint is the one for the folder."""
    driven("--store", "file")
    folder = here.app / "accounts"
    folder.chmod(0o500)
    try:
        with modes_bind():
            ran = here.run("logout", *force)
    finally:
        folder.chmod(0o700)
    assert ran.returncode == 6 and "--force" not in ran.stderr
    fix = ran.stderr.splitlines()[-1].strip("'")  # quoted if the path has a blank
    assert fix.startswith("Fix: chmod 700 ") and fix.endswith("/.config/flickr-auth/accounts")


@pytest.mark.parametrize("content", ["one two three", "hello world", "milk\neggs", "{ bad", "apikeys"])
def test_a_file_that_is_no_token_file_is_not_deleted(here, content):
    """A slip in --token-file costs no other file, least of all the API keys."""
    path = here.folder / "letter"
    path.write_text((here.folder / "apikeys").read_text() if content == "apikeys" else content)
    before = path.read_text()
    for name in ("letter", "apikeys"):
        ran = here.run("logout", "--token-file", name)
        assert ran.returncode == 3 and name in ran.stderr
    assert here.run("logout", "--token-file", "absent").returncode == 3
    assert path.read_text() == before and (here.folder / "apikeys").exists()


@needs_a_terminal
def test_a_file_that_may_be_another_is_not_deleted(here):
    """At a terminal, too, two lines that do not look like a token are left alone."""
    path = here.folder / "list"
    path.write_text("milk\neggs")
    path.chmod(0o600)
    terminal = here.terminal("logout", "--token-file", "list")
    terminal.expect_exact("not changed")
    terminal.wait()
    assert path.exists()


def test_a_variable_does_not_choose_who_is_forgotten(driven, here):
    """FLICKR_AUTH_ACCOUNT makes a bare logout ask for --account, and forgets nobody."""
    driven(user=0)
    driven(user=1)
    other = next(name for name in stored(here) if name != (here.app / "default").read_text().strip())
    ran = here.run("logout", FLICKR_AUTH_ACCOUNT=other)
    assert ran.returncode == 2 and "--account" in ran.stderr
    assert len(stored(here)) == 2


@pytest.mark.parametrize("arguments", [("--all", "--account", "x"), ("--all", "--token-file", "x"), ("--account", "")])
def test_contradictions_are_wrong_usage(machine, arguments):
    """Exit 2, and nothing is forgotten."""
    assert machine.run("logout", *arguments).returncode == 2


def test_it_says_that_no_account_is_the_default_any_more_and_how_to_set_one(driven, here):
    """With several left, the next command would have to guess."""
    for user in range(3):
        driven(user=user)
    ran = here.run("logout")
    assert ran.returncode == 0
    assert "No default account is set." in ran.stderr and "flickr-auth use" in ran.stderr
    driven(user=0)
    assert here.run("use", "sandbox-sam").returncode == 0
    ran = here.run("logout", "--account", stored(here)[-1])
    assert "Default account: sandbox-sam (" in ran.stderr


def test_one_account_that_is_left_is_the_default(driven, here):
    """It is what the next command takes, and that is said."""
    driven(user=0)
    driven(user=2)
    assert "Default account: sandbox-さくら (" in here.run("logout").stderr


@needs_a_terminal
@pytest.mark.parametrize(("typed", "code", "left"), [("y", 0, 1), ("", 1, 2), ("n", 1, 2)])
def test_at_a_terminal_with_several_accounts_one_is_asked(driven, here, typed, code, left):
    """The account that it would take is named, and without a yes nothing is deleted."""
    driven(user=0)
    driven(user=2)
    terminal = here.terminal("logout")
    terminal.expect(r"Log out sandbox-sam \(.*\), one of 2 accounts\? \[y/N\]")
    terminal.sendline(typed)
    terminal.read()
    terminal.close()
    assert terminal.exitstatus == code
    assert len(stored(here)) == left


@needs_a_terminal
def test_at_a_terminal_nothing_is_asked_that_is_clear(driven, here):
    """The only account, and one that is named, are logged out without a question."""
    driven(user=0)
    driven(user=2)
    for arguments in (("--account", "sandbox-sam"), ()):
        terminal = here.terminal("logout", *arguments)
        assert "[y/N]" not in terminal.read()
        terminal.close()
        assert terminal.exitstatus == 0
    assert stored(here) == []


def test_where_the_token_is_in_variables_the_way_out_is_to_unset_them(machine):
    """Nothing is stored here, so a login or a name would not help."""
    ran = machine.run("logout", FLICKR_OAUTH_TOKEN="a", FLICKR_OAUTH_TOKEN_SECRET="b")
    assert ran.returncode == 3
    assert "Run: unset FLICKR_OAUTH_TOKEN FLICKR_OAUTH_TOKEN_SECRET" in ran.stderr
    ran = machine.run("logout", FLICKR_TOKEN_FILE="my token")
    assert ran.returncode == 3
    assert "Run: flickr-auth logout --token-file 'my token'" in ran.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="a test of a POSIX shell's redirections")
@pytest.mark.parametrize("stderr", ["2>/dev/full", "2>&-", "2>&1 | head -n 1", "2>&1 | true"])
@pytest.mark.parametrize("command", ["logout --all", "use sandbox-さくら"])
def test_a_stderr_that_takes_nothing_changes_neither_what_is_done_nor_the_code(driven, here, stderr, command):
    """All accounts are logged out, the default is set: exit 0, whoever listens."""
    driven(user=0)
    driven(user=2)
    redirection, pipe, reader = stderr.partition(" | ")
    program = f"{FLICKR_AUTH} {command} {redirection}"
    script = f"({program}; echo $? > code) {pipe} {reader}"
    subprocess.run(["sh", "-c", script], cwd=here.folder, env=here.environ, capture_output=True, check=True)
    assert (here.folder / "code").read_text().strip() == "0"
    if command == "logout --all":
        assert stored(here) == []
    else:
        assert here.run("show", "--field", "username").stdout == "sandbox-さくら\n"
