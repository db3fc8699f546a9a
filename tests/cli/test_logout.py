"""`flickr-auth logout`: what is deleted, what stays, and what is said."""

import json
import os
import shlex
import shutil
import subprocess
import sys

import pytest

from bound import modes_bind
from programs import FLICKR_AUTH, word

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such files, modes and shells")


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


def test_nothing_is_said_of_a_list_where_there_is_none(machine):
    """The sandbox remembers no app; and without an account a logout is exit 3."""
    machine.log_in()
    assert machine.run("logout").stderr == "OK Logged out sandbox-sam (12345678@N00 at the sandbox).\n"
    for arguments in ((), ("--all",), ("--account", "nobody")):
        ran = machine.run("logout", *arguments)
        assert ran.returncode == 3 and "flickr-auth login" in ran.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux mounts a file on its own")
def test_an_account_whose_files_a_container_mounts_is_gone_as_well(machine):
    """Its files can only be emptied; after that nobody is logged in, and the next login is like the first."""
    machine.log_in()
    path = next((machine.app / "accounts").iterdir())
    mounts = " && ".join(f"mount --bind {word(each)} {word(each)}" for each in (path, machine.app / "default"))
    unshared = ["unshare", "--mount", "--map-root-user", "sh", "-c"]
    if subprocess.run([*unshared, mounts], capture_output=True, check=False).returncode:
        pytest.skip("this machine lets nobody mount")
    run = f"{FLICKR_AUTH} $each </dev/null 2>&1; echo $?"
    commands = ("logout", "status", "use", f"show --account {path.stem}")
    script = f"{mounts} && for each in {' '.join(map(word, commands))}; do {run}; done"
    ran = subprocess.run([*unshared, script], env=machine.environ, stdout=subprocess.PIPE, text=True, check=False)
    nobody = "You are not logged in.\nRun: flickr-auth login\n3\n"
    assert ran.stdout == (
        "OK Logged out sandbox-sam (12345678@N00 at the sandbox).\n0\n"
        f"Error: {nobody}Error: {nobody}Error: No account named '{path.stem}'. {nobody}"
    )
    assert (path.read_bytes(), (machine.app / "default").read_bytes()) == (b"", b"")
    ran = machine.run("login", "--sandbox", "--store", "file")
    assert ran.returncode == 0 and "damaged" not in ran.stderr
    assert machine.run("show", "--field", "username").stdout == "sandbox-sam\n"


def test_the_account_that_is_named_is_forgotten_and_the_default_stays(two):
    """--account forgets that one alone, and says which account is the default."""
    ran = two.run("logout", "--account", "sandbox-さくら")
    assert ran.returncode == 0 and "\nDefault account: sandbox-sam\n" in ran.stderr
    assert len(stored(two)) == 1
    assert two.run("show", "--field", "username").stdout == "sandbox-sam\n"


def test_without_the_default_it_says_how_to_set_one(two, sandbox):
    """With several left the next command would have to guess; one that is left is the default, and that is said."""
    two.log_in(3, provider=sandbox.base_url)
    ran = two.run("logout")
    assert "No default account is set." in ran.stderr and "Try: flickr-auth use 'sandbox-" in ran.stderr
    assert "\nDefault account: sandbox-さくら\n" in two.run("logout", "--account", "sandbox-a&b=c+d%20e").stderr


def test_all_forgets_everyone(driven, here):
    """--all leaves no account and no item behind."""
    for user in range(3):
        driven(user=user)
    assert here.run("logout", "--all").returncode == 0
    assert stored(here) == []
    assert json.loads((here.home.parent / "keyring.json").read_text()) == {}


def test_a_keyring_that_deletes_nothing_is_found_out(driven, here):
    """A delete that does nothing is exit 6, the account stays, and nothing says that it is logged out."""
    driven()
    path = next((here.app / "accounts").glob("*.json"))
    path.write_text(path.read_text().replace("fake_keyrings.Good", "fake_keyrings.Keeping"))
    for arguments in ((), ("--all",), ("--account", "sandbox-sam")):
        ran = here.run("logout", *arguments)
        assert ran.returncode == 6 and "still has the item" in ran.stderr and "Logged out" not in ran.stderr
        assert stored(here) == [path.stem]


@pytest.mark.parametrize("variable", ["FLICKR_AUTH_HOME", "XDG_CONFIG_HOME"])
def test_a_logout_in_one_app_folder_leaves_the_token_of_another(driven, here, variable):
    """Whichever variable names the folder, its accounts have items of their own in the keyring."""
    elsewhere = {variable: str(here.folder / "elsewhere")}
    driven()
    assert driven(**elsewhere).returncode == 0
    assert here.run("logout", **elsewhere).returncode == 0
    assert here.run("show", "--field", "username").stdout == "sandbox-sam\n"


@posix
def test_a_default_that_leads_to_nothing_is_said_and_not_in_the_way(here, driven):
    """An account's file that is a link to nothing, or was renamed, is no traceback for whoever logs in or out."""
    for spoil in (lambda path: path.symlink_to("nothing"), lambda path: path.write_text('{"id": "another"}')):
        path = here.app / "accounts" / f"{here.log_in().account}.json"
        assert here.run("use", path.stem).returncode == 0
        path.unlink()
        spoil(path)
        assert driven(user=1).returncode == 0
        ran = here.run("logout", "--account", "sandbox-zoë")
        assert ran.returncode == 0 and "OK Logged out sandbox-zoë" in ran.stderr
        assert here.run("logout", "--force", "--account", path.stem).returncode == 0
        assert stored(here) == [] and not (here.app / "default").exists()


def test_a_logout_names_the_copies_that_still_hold_the_token(here):
    """What a sync tool or an editor has left beside the account is not deleted, and named with the line that does."""
    for arguments in (("--all",), (), ("--all",)):
        account = here.app / "accounts" / f"{here.log_in().account}.json"
        copies = [f"{account.stem} - Kopie.json", f"{account.name}~", f".{account.name}.swp"]
        for each in copies:
            shutil.copy(account, account.with_name(each))
        shown = here.run("logout", *arguments).stderr
        assert not account.exists() and shown.count("may hold a token") == len(copies)
        for each in copies:
            assert shlex.split(shown.partition("Fix: rm ")[2].splitlines()[0]) and each in shown
    shown = here.run("logout", "--all")
    assert shown.returncode == 3 and shown.stderr.count("Fix: rm ") == 3


def test_a_keyring_that_is_gone_keeps_the_account_unless_forced(driven, here):
    """Exit 6 and the account stays, with --all beside others that go; --force forgets it and says what may be left."""
    for user in range(2):
        driven(user=user)
    account, other = sorted((here.app / "accounts").glob("*.json"))
    account.write_text(account.read_text().replace("fake_keyrings.Good", "fake_keyrings.Failing"))
    ran = here.run("logout", "--all")
    assert ran.returncode == 6 and "--force" in ran.stderr
    assert account.exists() and not other.exists()
    ran = here.run("logout", "--force")
    assert ran.returncode == 0 and "may still be in it" in ran.stderr
    assert not account.exists()


@pytest.mark.parametrize("kind", ["a damaged file", pytest.param("a pipe", marks=posix)])
def test_whatever_is_in_the_place_of_an_account_is_deleted_by_force_alone(machine, kind):
    """What `status` lists as an account can be logged out, also if it cannot be understood, or is no file at all."""
    path = machine.app / "accounts" / "broken.json"
    path.parent.mkdir(parents=True)
    os.mkfifo(path) if kind == "a pipe" else path.write_text("{")
    assert machine.run("status", "--offline").returncode == 6
    ran = machine.run("logout")
    assert ran.returncode == 3 and "broken.json" in ran.stderr and path.exists()
    assert machine.run("logout", "--force").returncode == 0
    assert stored(machine) == []


def test_where_only_damaged_accounts_are_left_the_way_out_is_one_that_works(machine):
    """Nobody is sent to `use` or --account for what cannot be read: the line that is printed deletes them all."""
    (machine.app / "accounts").mkdir(parents=True)
    for name in ("one", "other"):
        (machine.app / "accounts" / f"{name}.json").write_text("{")
    for command in (("show",), ("logout",), ("call", "flickr.test.login"), ("run", "true")):
        ran = machine.run(*command)
        hint = ran.stderr.splitlines()[-1]
        assert (ran.returncode, hint) == (3, "Try: flickr-auth logout --all --force"), command
    ran = machine.run("logout", "--all")
    assert ran.returncode == 3 and ran.stderr.count("Error: ") == 2, ran.stderr
    ran = machine.run(*hint.split()[2:])
    assert ran.returncode == 0 and stored(machine) == []
    assert machine.run("show").stderr.endswith("\nRun: flickr-auth login\n")


def test_a_token_file_is_removed_by_the_flag_alone(driven, here):
    """--token-file removes it; the variable chooses nothing that is deleted, and neither does stdin."""
    driven("--token-file", "token")
    ran = here.run("logout", FLICKR_TOKEN_FILE="token")
    assert ran.returncode == 3 and "Run: flickr-auth logout --token-file token" in ran.stderr
    content = (here.folder / "token").read_text()
    assert here.run("logout", "--token-file", "-", stdin=content).returncode == 2
    assert (here.folder / "token").read_text() == content
    assert here.run("logout", "--token-file", "token").returncode == 0
    assert not (here.folder / "token").exists()


@posix
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


@posix
def test_what_is_no_account_outlives_the_link_to_it(here):
    """A link in the place of an account, or of the default's name, costs no other file, also with --force."""
    account = here.log_in().account
    letter = here.folder / "letter"
    letter.write_text("dear sam")
    letter.chmod(0o600)
    for path in (here.app / "accounts" / f"{account}.json", here.app / "default"):
        path.unlink()
        path.symlink_to(letter)
    assert here.run("logout", "--account", account, "--force").returncode == 0
    here.log_in()
    assert here.run("logout").returncode == 0
    assert letter.exists() and stored(here) == []


@posix
def test_a_file_that_may_not_be_deleted_comes_with_what_fixes_that(here):
    """--force is not advised for what it cannot do: the hint is the one for the folder."""
    here.log_in()
    folder = here.app / "accounts"
    folder.chmod(0o500)
    try:
        with modes_bind():
            ends = [here.run("logout", *force) for force in ((), ("--force",))]
    finally:
        folder.chmod(0o700)
    for ran in ends:
        assert ran.returncode == 6 and "--force" not in ran.stderr
        fix = ran.stderr.splitlines()[-1].strip("'")  # quoted if the path has a blank
        assert fix.startswith("Fix: chmod 700 ") and fix.endswith("/.config/flickr-auth/accounts")


def test_a_file_that_is_no_token_file_is_not_deleted(here):
    """A slip in --token-file costs no other file, least of all the API keys."""
    for name, content in (("apikeys", None), ("words", "one two three"), ("list", "milk\neggs"), ("json", "{ bad")):
        path = here.folder / name
        if content:
            path.write_text(content)
            path.chmod(0o600)
        before = path.read_text()
        ran = here.run("logout", "--token-file", name)
        assert ran.returncode == 3 and name in ran.stderr
        assert path.read_text() == before
    assert here.run("logout", "--token-file", "absent").returncode == 3


def test_a_variable_does_not_choose_who_is_forgotten(two):
    """FLICKR_AUTH_ACCOUNT makes a bare logout ask for --account, and forgets nobody."""
    ran = two.run("logout", FLICKR_AUTH_ACCOUNT="sandbox-さくら")
    assert ran.returncode == 2 and "--account 'sandbox-さくら'" in ran.stderr
    assert len(stored(two)) == 2


def test_contradictions_are_wrong_usage(machine):
    """Exit 2, and nothing is forgotten."""
    for arguments in (("--all", "--account", "x"), ("--all", "--token-file", "x"), ("--account", "")):
        assert machine.run("logout", *arguments).returncode == 2


def test_no_logout_asks_and_each_says_who_is_gone_and_what_the_default_is_now(two):
    """At a terminal as elsewhere, for the default, one that is named and all: logging in again takes half a minute."""
    for arguments, gone, default in (
        ((), "sandbox-sam", "Default account: sandbox-さくら"),
        (("--account", "sandbox-さくら"), "sandbox-さくら", ""),
    ):
        ran = two.answer("logout", *arguments)
        assert ran.returncode == 0 and "[y/N]" not in ran.stderr
        assert ran.stderr.startswith(f"OK Logged out {gone} (") and default in ran.stderr
        assert len(ran.stderr.splitlines()) <= 5
    assert stored(two) == []
    two.log_in()
    assert two.answer("logout", "--all").stderr == "OK Logged out sandbox-sam (12345678@N00 at the sandbox).\n"


def test_where_the_token_is_in_variables_the_way_out_is_to_unset_them(machine):
    """Nothing is stored here, so a login or a name would not help."""
    ran = machine.run("logout", FLICKR_OAUTH_TOKEN="a", FLICKR_OAUTH_TOKEN_SECRET="b")
    assert ran.returncode == 3
    assert "Run: unset FLICKR_OAUTH_TOKEN FLICKR_OAUTH_TOKEN_SECRET" in ran.stderr
