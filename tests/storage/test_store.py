"""No token is left where no command finds it: whoever is killed, fails, is forced or runs beside another."""

import os
import subprocess
import sys
import types
from pathlib import Path

import pytest

from flickr_auth.errors import StoreError
from flickr_auth.storage import store
from flickr_auth.storage.record import Record

import fake_keyrings
from programs import TESTS, python_path

NAME = "21207597@N07-653e7a6e"
ITEM = f"flickr-auth/{NAME}"
posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no named pipes and kills like these")

OPEN = """
from flickr_auth.account import Account
from flickr_auth.storage.account_files import AccountFolder
from flickr_auth.storage.files import app_folder
from flickr_auth.storage.store import Store
from flickr_auth.storage.keyring import KeyringStore
its = Store(AccountFolder(app_folder(), print), lambda: KeyringStore(30, int))
account = Account("653e7a6ecc1d528c516cc8f92cf98611", "a9567d986a7539fe", "1-new", "newsecret", "21207597@N07", "jamal")
"""


@pytest.fixture
def gates(tmp_path):
    """The two gates of the keyring `Gated`."""
    for name in ("GATE", "DONE"):
        os.mkfifo(tmp_path / name)
    return {name: str(tmp_path / name) for name in ("GATE", "DONE")}


@pytest.fixture
def start(home):
    """Start Python code on this machine in a process of its own, with a keyring named."""

    def start_(code, keyring, **environ):
        its = {"FLICKR_AUTH_HOME": str(home), "PYTHONPATH": python_path(TESTS), "PYTHON_KEYRING_BACKEND": keyring}
        its["PYTHONUNBUFFERED"] = "1"
        return subprocess.Popen(
            [sys.executable, "-c", OPEN + code],
            env=os.environ | its | environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    return start_


@pytest.fixture
def killed(start):
    """Run code in which the process is killed."""

    def run(code, keyring):
        process = start(code, keyring)
        output, _ = process.communicate(timeout=60)
        assert process.returncode == -9, output

    return run


@posix
def test_a_logout_beside_a_login_of_the_same_person_leaves_nothing(start, gates, open_accounts, items):
    """A logout waits for the login that is storing a token just now, and then deletes that one, too."""
    login = start("its.keep(account, 'keyring')", "gated_keyrings.Gated", **gates)
    with open(gates["GATE"], "w"):  # the login is in the middle of it
        logout = start(f"its.forget('{NAME}')", "fake_keyrings.Good")
        assert logout.stdout.readline() == "Another flickr-auth command is changing the accounts; waiting for it...\n"
    with open(gates["DONE"]) as done:
        done.read()
    assert (login.communicate(timeout=60)[0], login.returncode) == ("", 0)
    assert (logout.communicate(timeout=60)[0], logout.returncode) == ("", 0)
    assert (items(), open_accounts().folder.ids()) == ({}, [])


@posix
def test_a_change_of_another_command_is_waited_for_and_named(open_accounts, jamal, home, monkeypatch):
    """A command that finds the accounts locked for long says so, and changes nothing."""
    import fcntl

    monkeypatch.setattr(store, "_LONGEST_CHANGE", 0)
    kept = open_accounts().keep(jamal(), "file")
    other = os.open(home / "accounts", os.O_RDONLY)
    fcntl.flock(other, fcntl.LOCK_EX)
    for change in (lambda: open_accounts().forget(NAME), lambda: open_accounts().keep(jamal(oauth_token="1"), "file")):
        with pytest.raises(StoreError, match="Another flickr-auth command is changing"):
            change()
    assert open_accounts().load(NAME) == kept
    os.close(other)
    open_accounts().forget(NAME)
    assert open_accounts().folder.ids() == []


@posix
@pytest.mark.parametrize(
    "case", [("nothing", "logout"), ("nothing", "login"), ("file", "login"), ("keyring", "logout")], ids=" ".join
)
def test_a_kill_when_the_item_is_stored_leaves_none_for_long(killed, open_accounts, jamal, items, case):
    """After a kill in the middle of a login the next login into a file, or the logout, deletes the item."""
    former, again = case
    if former != "nothing":
        open_accounts().keep(jamal(), former)
    killed("its.keep(account, 'keyring')", "gated_keyrings.KilledAfterSet")
    assert list(items()) == [ITEM]
    if former == "file":
        assert open_accounts().load(NAME) == jamal(account=NAME, store="file")
    if again == "login":
        kept = open_accounts().keep(jamal(), "file")
        assert (items(), open_accounts().load(NAME)) == ({}, kept)
    open_accounts().forget(NAME)
    assert (items(), open_accounts().folder.ids()) == ({}, [])


@posix
def test_a_kill_in_the_try_leaves_an_item_until_the_next_try_alone(killed, open_accounts, items):
    """What is left of a login that was killed before it asked for anything holds no secret, and goes with the next."""
    killed("its.try_keyring()", "gated_keyrings.KilledAfterSet")
    assert list(items().values()) == ["try"]
    open_accounts().try_keyring()
    assert items() == {}


@posix
def test_a_kill_before_the_former_item_is_deleted_leaves_none_for_long(killed, open_accounts, jamal, items):
    """The token that a login replaced is deleted from its keyring by the next command, if the login was killed."""
    open_accounts(backend="gated_keyrings.KilledAtDelete").keep(jamal(), "keyring")
    killed("its.keep(account, 'file')", "gated_keyrings.KilledAtDelete")
    assert list(items(".other")) == [ITEM]
    assert open_accounts().load(NAME).oauth_token == "1-new"
    path = Path(open_accounts().folder.path(NAME))
    unlike = path.read_text().replace("gated_keyrings.KilledAtDelete", "fake_keyrings.Other")
    path.write_text(unlike)  # the same items, without the kill
    open_accounts().keep(jamal(), "file")
    assert items(".other") == {}


def test_an_item_that_a_login_could_not_delete_is_deleted_by_the_logout(open_accounts, jamal, items, home, warnings):
    """The account's file names the keyring that still holds an earlier token, until that is gone."""
    kept = open_accounts().keep(jamal(), "keyring")
    open_accounts().folder.write(Record.of(kept, backend="fake_keyrings.Locked"))
    open_accounts().keep(jamal(), "file")
    assert ["may still be in the keyring (fake_keyrings)" in each for each in warnings] == [True]
    path = home / "accounts" / f"{NAME}.json"
    path.write_text(path.read_text().replace("Locked", "Good"))  # unlocked
    open_accounts().forget(NAME)
    assert items() == {}


@pytest.mark.parametrize("former", ["file", "keyring"])
def test_where_the_account_cannot_be_written_a_login_fails_and_the_old_token_works(
    open_accounts, jamal, items, full, former
):
    """A login that moves an account to another keyring, and cannot say so in its file, leaves it where it was."""
    kept = open_accounts().keep(jamal(), former)
    full.add("accounts")
    with pytest.raises(StoreError, match="Cannot write"):
        open_accounts(backend="Other").keep(jamal(oauth_token="2-newer"), "keyring")
    assert (open_accounts().load(NAME), items(".other")) == (kept, {})


def test_a_token_that_was_replaced_counts_although_its_file_cannot_be_written(open_accounts, jamal, warnings, full):
    """Where the disk is full once the new item is in the same keyring, the new token is stored, and that is said."""
    open_accounts().keep(jamal(), "keyring")
    full.add("accounts")
    open_accounts().keep(jamal(oauth_token="2-newer"), "keyring")
    assert open_accounts().load(NAME).oauth_token == "2-newer"
    assert [f"The account {NAME} is stored, but not what else is known" in each for each in warnings] == [True]


@pytest.mark.parametrize("kind", ["keyring", "file"])
def test_a_check_is_written_only_to_the_token_that_it_was_made_with(open_accounts, jamal, kind):
    """What a login learns of its token is not written to the next one's record, nor of an account that is gone."""
    kept = open_accounts().keep(jamal(), kind)
    again = open_accounts().keep(jamal(oauth_token="2-newer"), kind)  # in the same second
    open_accounts().update(kept._replace(perms="delete"))
    assert open_accounts().load(NAME) == again
    open_accounts().update(again._replace(perms="write"))
    assert open_accounts().load(NAME).perms == "write"
    open_accounts().forget(NAME)
    open_accounts().update(again._replace(perms="delete"))
    assert open_accounts().folder.ids() == []


def test_a_check_that_cannot_be_written_down_is_no_failure(open_accounts, jamal, warnings, full):
    """What the check after a login found is not worth failing the login for: the person reads that it is not noted."""
    kept = open_accounts().keep(jamal(), "file")
    full.add("accounts")
    open_accounts().update(kept._replace(perms="write"))
    assert open_accounts().load(NAME) == kept
    assert [f"The account {NAME} is stored, but not what its check found" in each for each in warnings] == [True]


def test_a_logout_that_could_not_delete_the_account_leaves_its_token(open_accounts, jamal, items, full):
    """Where nothing can be changed in the accounts' folder, the keyring is left alone, and the account still works."""
    kept = open_accounts().keep(jamal(), "keyring")
    full.add("accounts")
    with pytest.raises(StoreError, match="Cannot write"):
        open_accounts().forget(NAME)
    assert (open_accounts().load(NAME), list(items())) == (kept, [ITEM])


def test_an_item_that_is_stored_after_the_time_is_up_is_not_left_for_ever(open_accounts, jamal, use_keyring, items):
    """A person unlocks the keyring when the login has given up: its file names the keyring, so the item goes later."""
    fake_keyrings.Late.gate.clear()
    use_keyring("Late")
    with pytest.raises(StoreError, match="did not answer"):
        open_accounts(seconds=0.2).keep(jamal(), "keyring")
    assert items() == {}
    fake_keyrings.Late.gate.set()
    fake_keyrings.Late.stored.wait(10)
    assert list(items()) == [ITEM]
    open_accounts().keep(jamal(oauth_token="2-newer"), "file")
    assert items() == {} and open_accounts().load(NAME).oauth_token == "2-newer"


@pytest.fixture(params=["{", '"provider": "http://photos.example"', '"perms": null'])
def damaged(request, open_accounts, jamal, use_keyring):
    """An account whose file is damaged, and whose item may be in another keyring than the one that is used now."""
    use_keyring("Good" if request.param == "{" else "Other")
    open_accounts().keep(jamal(), "keyring")
    use_keyring("Good")
    path = Path(open_accounts().folder.path(NAME))
    path.write_text(path.read_text().replace("\n}", f",\n{request.param}}}") if ":" in request.param else "{")
    return open_accounts


@pytest.mark.parametrize("then", ["logout", "file", "keyring"])
def test_the_item_of_a_damaged_account_is_not_left_for_ever(damaged, jamal, items, then):
    """The keyring that the file still names, or the one used now, is cleared by a logout with force and by a login."""
    if then == "logout":
        assert damaged().forget(NAME, force=True) is None
        assert damaged().folder.ids() == []
    else:
        assert damaged().keep(jamal(oauth_token="2-newer"), then).oauth_token == "2-newer"
    expected = [ITEM] if then == "keyring" else []
    assert (list(items()), list(items(".other"))) == (expected, [])


def test_libsecret_and_secretservice_are_one_keyring(open_accounts, jamal, use_keyring, items, monkeypatch):
    """A token that moves from the Secret Service to the same by its other name is still there."""
    for name in ("SecretService", "libsecret"):
        module = types.ModuleType(f"keyring.backends.{name}")
        module.Keyring = type("Keyring", (fake_keyrings.Good,), {"__module__": module.__name__, "priority": 0.1})
        monkeypatch.setitem(sys.modules, module.__name__, module)
    for number, name in enumerate(("SecretService", "libsecret", "SecretService")):
        use_keyring(f"keyring.backends.{name}.Keyring")
        kept = open_accounts().keep(jamal(oauth_token=f"{number}-new"), "keyring")
        assert (open_accounts().load(NAME), list(items())) == (kept, [ITEM])


def test_a_default_that_cannot_be_set_costs_no_token(open_accounts, jamal, home, warnings):
    """A token is stored although its account cannot be made the default; that is said."""
    home.mkdir()
    (home / "default").mkdir()
    kept = open_accounts().keep(jamal(), "file")
    assert open_accounts().load(NAME) == kept
    assert ["cannot be made the default" in each for each in warnings] == [True]


@posix
def test_a_file_system_without_locks_is_used(open_accounts, jamal, monkeypatch):
    """Where nothing can be locked, as on some network file systems, commands work all the same."""

    def flock(*_):
        raise OSError(37, "No locks available")

    monkeypatch.setattr("fcntl.flock", flock)
    kept = open_accounts().keep(jamal(), "file")
    assert open_accounts().load(NAME) == kept
