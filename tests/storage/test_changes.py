"""No secret is left in a keyring that no command finds: whoever is killed, hangs, is forced or runs beside another."""

import itertools
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from flickr_auth.storage.journal import lock

from flickr_auth.errors import AccountError, StoreError
from flickr_auth.storage.account_files import Record

from bound import no_descriptor_left
from programs import TESTS, python_path

NAME = "21207597@N07-653e7a6e"
ITEM = f"flickr-auth/{NAME}"
linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has /proc")
posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no named pipes and kills like these")

OPEN = """
import os, sys
from flickr_auth.account import Account
from flickr_auth.errors import StoreError
from flickr_auth.storage.account_files import AccountFolder
from flickr_auth.storage.files import app_folder
from flickr_auth.storage.store import Store
from flickr_auth.storage.keyring import KeyringStore
def accounts(seconds=30):
    return Store(AccountFolder(app_folder(), print), lambda: KeyringStore(seconds, int))
account = Account("653e7a6ecc1d528c516cc8f92cf98611", "a9567d986a7539fe", "1-new", "newsecret", "21207597@N07", "jamal")
"""


@pytest.fixture
def items(home):
    """The items in the keyring Good, or in another of the fakes."""

    def read(suffix=""):
        path = home.parent.parent / f"keyring.json{suffix}"
        return json.loads(path.read_text()) if path.exists() else {}

    return read


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
        path = python_path(TESTS)
        its = {"FLICKR_AUTH_HOME": str(home), "PYTHONPATH": path, "PYTHON_KEYRING_BACKEND": keyring}
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
def test_an_item_that_comes_after_its_time_is_deleted_by_the_next_command(start, gates, open_accounts, items):
    """A keyring that stores a token after it was given up, and after it went into a file, does not keep it for long."""
    code = """
its = accounts()
its._keyring.backend()  # loading it takes its own time
its._keyring._seconds = 0.3
try:
    its.keep(account, "keyring")
except StoreError as failure:
    print(failure)
print(its.keep(account, "file").store)
with open(os.environ["GATE"], "w"):
    pass
with open(os.environ["DONE"]) as done:
    print(done.read())
"""
    output = start(code, "gated_keyrings.Gated", **gates).communicate(timeout=60)[0]
    assert "did not answer" in output and output.endswith("file\nstored\n")
    assert list(items()) == [ITEM]
    (stray,) = open_accounts().strays()
    assert NAME in stray.words and "gated_keyrings" in stray.words
    open_accounts().use(NAME)
    assert (items(), open_accounts().strays()) == ({}, [])
    assert open_accounts().load(NAME).oauth_token == "1-new"


@posix
def test_a_logout_beside_a_login_of_the_same_person_leaves_nothing(start, gates, open_accounts, items, home):
    """A logout waits for the login that is storing a token just now, and then deletes that one, too."""
    before = "its = accounts(); its.keep(account, 'file'); print(its.choose().account)"
    assert start(before, "fake_keyrings.Good").communicate(timeout=60)[0] == f"{NAME}\n"
    login = start("accounts().keep(account, 'keyring')", "gated_keyrings.Gated", **gates)
    with open(gates["GATE"], "w"):  # the login is in the middle of it
        logout = start(f"accounts().forget('{NAME}')", "fake_keyrings.Good")
        with pytest.raises(subprocess.TimeoutExpired):
            logout.communicate(timeout=1)
    with open(gates["DONE"]) as done:
        done.read()
    assert (login.communicate(timeout=60)[0], login.returncode) == ("", 0)
    assert (logout.communicate(timeout=60)[0], logout.returncode) == ("", 0)
    assert (items(), open_accounts().folder.ids(), list((home / "journal").iterdir())) == ({}, [], [])


@posix
@pytest.mark.parametrize("former", ["nothing", "file", "keyring"])
def test_a_login_that_is_killed_when_the_item_is_stored_leaves_no_stray(killed, open_accounts, jamal, items, former):
    """After a kill in the middle of a login the next command knows the item, or deletes it."""
    if former != "nothing":
        open_accounts().keep(jamal(), former)
    killed("accounts().keep(account, 'keyring')", "gated_keyrings.KilledAfterSet")
    assert list(items()) == [ITEM]
    open_accounts().try_folder()
    if former == "file":
        assert (items(), open_accounts().load(NAME)) == ({}, jamal(account=NAME, store="file"))
    open_accounts().forget(NAME)
    assert (items(), open_accounts().folder.ids(), open_accounts().strays()) == ({}, [], [])


@posix
def test_a_login_that_is_killed_before_the_former_item_is_deleted_leaves_no_stray(
    killed, open_accounts, jamal, use_keyring, items
):
    """The token that a login replaced is deleted from its keyring by the next command, if the login was killed."""
    use_keyring("gated_keyrings.KilledAtDelete")
    open_accounts().keep(jamal(), "keyring")
    killed("accounts().keep(account, 'file')", "gated_keyrings.KilledAtDelete")
    assert list(items(".other")) == [ITEM]
    assert [each.backend for each in open_accounts().strays()] == ["gated_keyrings.KilledAtDelete"]
    (journal,) = Path(open_accounts().folder.folder).parent.glob("journal/*")
    journal.write_text("fake_keyrings.Other\n")  # the same items, without the kill
    open_accounts().use(NAME)
    assert (items(".other"), open_accounts().strays()) == ({}, [])


@pytest.mark.parametrize("keep", [lambda text: text[:-3], lambda _: "{", lambda text: text.replace('"store"', '"st"')])
def test_a_damaged_account_takes_its_item_with_it(open_accounts, jamal, items, keep):
    """A logout by force of an account whose file is damaged deletes its token from the keyring, too."""
    path = Path(open_accounts().folder.path(open_accounts().keep(jamal(), "keyring").account))
    path.write_text(keep(path.read_text()))
    with pytest.raises(AccountError):
        open_accounts().forget(NAME)
    assert list(items()) == [ITEM]
    open_accounts().forget(NAME, force=True)
    assert (items(), path.exists()) == ({}, False)


def test_a_login_over_a_damaged_account_takes_its_former_item_with_it(open_accounts, jamal, items):
    """A login into a file deletes the item that the damaged file there still names."""
    path = Path(open_accounts().folder.path(open_accounts().keep(jamal(), "keyring").account))
    path.write_text(path.read_text()[:-3])
    open_accounts().keep(jamal(), "file")
    assert items() == {}


@pytest.mark.parametrize("length", [70_000, 9_000_000])
def test_an_account_file_that_is_too_long_is_deleted_by_force(open_accounts, jamal, length):
    """However long or damaged an account file is, `logout --force` removes it."""
    path = Path(open_accounts().folder.path(open_accounts().keep(jamal(), "file").account))
    path.write_text("x" * length)
    open_accounts().forget(NAME, force=True)
    assert open_accounts().folder.ids() == []


def test_what_a_locked_keyring_keeps_after_a_forced_logout_is_known_until_it_is_gone(open_accounts, jamal, items, home):
    """An item that a logout by force had to leave is named, and deleted when the keyring can be reached again."""
    kept = open_accounts().keep(jamal(), "keyring")
    open_accounts().folder.write(Record.of(kept, backend="fake_keyrings.Locked"))
    open_accounts().forget(NAME, force=True)
    assert [each.id for each in open_accounts().strays()] == [NAME]
    (home / "journal" / f"{NAME}.changing").write_text("fake_keyrings.Good\n")  # unlocked
    open_accounts().keep(jamal(user_nsid="1@N01"), "file")
    open_accounts().try_folder()
    assert (items(), open_accounts().strays()) == ({}, [])


def test_a_login_into_another_keyring_whose_file_cannot_be_written_keeps_the_former_token(
    open_accounts, jamal, use_keyring, items, full
):
    """Where an account moves to another keyring and its file cannot say so, the login fails and the old token works."""
    kept = open_accounts().keep(jamal(), "keyring")
    use_keyring("Other")
    full.add("accounts")
    with pytest.raises(StoreError, match="Cannot write"):
        open_accounts().keep(jamal(oauth_token="2-newer"), "keyring")
    assert open_accounts().load(NAME) == kept
    assert [each.id for each in open_accounts().strays()] == [NAME]  # the new item, which the next command deletes
    assert (list(items()), list(items(".other"))) == ([ITEM], [ITEM])
    full.clear()
    open_accounts().use(NAME)
    assert (list(items()), items(".other"), open_accounts().strays()) == ([ITEM], {}, [])


def test_a_login_out_of_a_file_that_cannot_be_written_leaves_no_item(open_accounts, jamal, items, full):
    """Where the file of an account cannot say that its token is in the keyring now, the keyring has none."""
    kept = open_accounts().keep(jamal(), "file")
    full.add("accounts")
    with pytest.raises(StoreError, match="Cannot write"):
        open_accounts().keep(jamal(oauth_token="2-newer"), "keyring")
    assert (open_accounts().load(NAME), items(), open_accounts().strays()) == (kept, {}, [])


def test_a_token_that_was_replaced_counts_although_its_file_cannot_be_written(open_accounts, jamal, warnings, full):
    """Where the disk is full once the new item is in the same keyring, the new token is stored, and that is said."""
    open_accounts().keep(jamal(), "keyring")
    full.add("accounts")
    open_accounts().keep(jamal(oauth_token="2-newer"), "keyring")
    assert open_accounts().load(NAME).oauth_token == "2-newer"
    assert [f"The token of {NAME} is stored, but not what else is known" in each for each in warnings] == [True]


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


@pytest.mark.parametrize(
    "case", list(itertools.product(["keyring", "file", None], ["fake_keyrings.Good", "gated_keyrings.Alias"])), ids=str
)
def test_of_what_a_killed_command_left_only_what_nobody_uses_is_deleted(
    open_accounts, open_keyring, jamal, items, case
):
    """An item that an account has, by whatever name of its keyring, stays; of any other account's it goes."""
    store, backend = case
    kept = open_accounts().keep(jamal(), store or "file")
    if store is None:
        open_accounts().forget(NAME)
    open_keyring().put(NAME, kept.keys, kept.token)
    journal = Path(open_accounts().folder.path(NAME)).parent.parent / "journal"
    (journal / f"{NAME}.changing").write_text(f"{backend}\n")
    open_accounts().try_folder()
    assert (list(items()), list(journal.iterdir())) == ([ITEM] if store == "keyring" else [], [])
    assert store is None or open_accounts().load(NAME) == kept


def test_an_item_that_was_deleted_by_another_name_is_put_back_where_it_was(open_accounts, jamal, use_keyring, items):
    """Whichever keyring is chosen now, an account's token stays in the one that the account names."""
    kept = open_accounts().keep(jamal(), "keyring")
    journal = Path(open_accounts().folder.folder).parent / "journal" / f"{NAME}.changing"
    journal.write_text("gated_keyrings.Alias\n")
    use_keyring("Other")
    open_accounts().try_folder()
    assert (list(items()), items(".other"), open_accounts().load(NAME)) == ([ITEM], {}, kept)


def test_what_a_killed_command_left_in_a_locked_keyring_is_told_of_each_time(open_accounts, home, warnings):
    """An item that cannot be deleted now is named with its keyring, and is not forgotten."""
    (home / "journal").mkdir(parents=True)
    (home / "journal" / f"{NAME}.changing").write_text("fake_keyrings.Locked\n")
    for _ in range(2):
        open_accounts().try_folder()
    said = (
        f"The keyring (fake_keyrings) may still hold a token of {NAME}, which no command uses. The keyring is locked."
    )
    assert warnings == [said] * 2


def test_a_keyring_that_cannot_be_remembered_is_told_of_and_used(open_accounts, jamal, home, warnings):
    """A token is stored although it cannot be noted which keyring may be loaded for it: the variable is named."""
    (home / "backends").mkdir(parents=True)
    kept = open_accounts().keep(jamal(), "keyring")
    assert open_accounts().load(NAME) == kept
    assert [each.endswith("set PYTHON_KEYRING_BACKEND=fake_keyrings.Good") for each in warnings] == [True]


def test_a_damaged_default_does_not_fail_another_login(open_accounts, jamal, home):
    """Where the default account's file is damaged, somebody else's login is stored, and the default stays."""
    open_accounts().keep(jamal(), "file")
    (home / "accounts" / f"{NAME}.json").write_text("{")
    kept = open_accounts().keep(jamal(user_nsid="1@N01"), "file")
    assert (open_accounts().load(kept.account), open_accounts().folder.default()) == (kept, NAME)


def test_an_item_is_not_deleted_by_another_name_of_its_keyring(open_accounts, jamal, use_keyring, items):
    """A token that moves from one keyring to the same by another name is still there."""
    open_accounts().keep(jamal(), "keyring")
    use_keyring("gated_keyrings.Alias")
    kept = open_accounts().keep(jamal(oauth_token="1-new"), "keyring")
    assert (open_accounts().load(NAME), list(items())) == (kept, [ITEM])


def test_looking_deletes_nothing(open_accounts, jamal, items, home):
    """Who only looks at what was left changes nothing: neither the keyring nor the journal."""
    open_accounts().keep(jamal(), "keyring")
    (home / "journal" / "1@N01-653e7a6e.changing").write_text("fake_keyrings.Good\n")
    (home / "journal" / "2@N02-653e7a6e.changing").write_text("")
    open_accounts().strays()
    open_accounts().choose()
    assert (list(items()), len(list((home / "journal").iterdir()))) == ([ITEM], 2)


@pytest.mark.parametrize("force", [False, True])
def test_a_journal_that_cannot_be_written_costs_no_token(open_accounts, jamal, home, force):
    """Where the journal cannot be kept a token is stored and forgotten all the same."""
    home.mkdir()
    (home / "journal").write_text("no folder")
    kept = open_accounts().keep(jamal(), "keyring")
    assert open_accounts().load(NAME) == kept
    open_accounts().forget(NAME, force=force)
    assert open_accounts().folder.ids() == []


@linux
def test_a_journal_that_cannot_be_read_costs_no_token_and_is_not_deleted(open_accounts, jamal, home, warnings):
    """Where a bad sector hides what the journal says, a token is stored all the same, and the journal stays."""
    (home / "journal").mkdir(parents=True)
    journal = home / "journal" / f"{NAME}.changing"
    journal.symlink_to("/proc/self/mem")  # which can be opened and locked, and not be read at its beginning
    kept = open_accounts().keep(jamal(), "keyring")
    assert open_accounts().load(NAME) == kept
    assert [f"Cannot write {journal}: Input/output error" in each for each in warnings] == [True]
    open_accounts().use(NAME)
    assert (open_accounts().strays(), journal.is_symlink()) == ([], True)


@posix
@pytest.mark.timeout(20)
@pytest.mark.parametrize("kind", ["a letter", "a link to a letter", "a pipe"])
def test_what_is_no_journal_costs_no_token_and_is_not_changed(open_accounts, jamal, home, warnings, kind):
    """Whatever lies in the journal's place, a token is stored without a wait, and a person's file stays as it is."""
    (home / "journal").mkdir(parents=True)
    journal = home / "journal" / f"{NAME}.changing"
    letter = home / "letter" if "link" in kind else journal
    if kind == "a pipe":
        os.mkfifo(journal)
    else:
        letter.write_text("dear jamal\nhello\n")
        if letter != journal:
            journal.symlink_to(letter)
    kept = open_accounts().keep(jamal(), "keyring")
    assert open_accounts().load(NAME) == kept
    assert [f"Cannot write {journal}" in each for each in warnings] == [True]
    assert kind == "a pipe" or letter.read_text() == "dear jamal\nhello\n"


@pytest.mark.timeout(20)
def test_a_lock_that_cannot_be_had_ends_no_command(open_accounts, jamal, home, items, monkeypatch):
    """Where each look at a file finds another one, as some network file systems have it, no command waits for ever."""
    monkeypatch.setattr(os.path, "samestat", lambda *_: False)
    (home / "journal").mkdir(parents=True)
    (home / "journal" / "1@N01-653e7a6e.changing").write_text("fake_keyrings.Good\n")
    (home / "journal" / "2@N02-653e7a6e.changing").write_text("fake_keyrings.Good\n")
    assert open_accounts().strays() == []
    open_accounts().try_folder()
    monkeypatch.undo()
    assert len(open_accounts().strays()) == 2


def test_a_default_that_cannot_be_set_costs_no_token(open_accounts, jamal, home, warnings):
    """A token is stored although its account cannot be made the default; that is said."""
    home.mkdir()
    (home / "default").mkdir()
    kept = open_accounts().keep(jamal(), "file")
    assert open_accounts().load(NAME) == kept
    assert ["cannot be made the default" in each for each in warnings] == [True]


def test_a_check_that_ends_after_a_logout_brings_nothing_back(open_accounts, jamal):
    """What a login learns of an account that was logged out meanwhile is not written."""
    kept = open_accounts().keep(jamal(), "file")
    open_accounts().forget(NAME)
    open_accounts().update(kept._replace(perms="write"))
    assert open_accounts().folder.ids() == []


@posix
def test_a_token_is_stored_although_no_thread_can_be_started_any_more(start, open_accounts):
    """The thread that the keyring needs is there before the code is sent: visitors that use all up cost no token."""
    code = """
import threading
its = accounts()
its.try_folder(); its.try_keyring()
with its.held("keyring"):
    threading.Thread.start = None  # nothing starts any more
    its.keep(account, "keyring")
"""
    process = start(code, "fake_keyrings.Good")
    assert (process.communicate(timeout=60)[0], process.returncode) == ("", 0)
    assert open_accounts().load(NAME).oauth_token_secret == "newsecret"


@linux
@pytest.mark.parametrize("store", ["file", "keyring"])
def test_a_token_is_stored_although_nothing_can_be_opened_any_more(open_accounts, jamal, warnings, store):
    """What storing needs is held before the code is sent: a limit that is used up then costs no token."""
    accounts = open_accounts()
    accounts.try_folder()
    accounts.try_keyring()
    with accounts.held(store), no_descriptor_left():
        kept = accounts.keep(jamal(), store)
    assert (open_accounts().load(NAME), warnings) == (kept, [])


def test_a_hold_that_comes_to_nothing_leaves_no_trace(open_accounts, home):
    """A login whose code never comes leaves neither a file nor a folder."""
    with open_accounts().held("file"):
        pass
    assert not home.exists()


def test_a_file_is_locked_until_it_is_closed(tmp_path):
    """Of two that lock a file the first has it, until it lets go."""
    (tmp_path / "file").touch()
    first, second = (os.open(tmp_path / "file", os.O_RDWR) for _ in range(2))
    assert (lock(first), lock(second)) == (True, False)
    os.close(first)
    assert lock(second)
    os.close(second)


def test_a_change_of_another_command_is_waited_for_and_named(open_accounts, jamal, home, monkeypatch):
    """A logout that finds the account locked for long says so, and changes nothing."""
    monkeypatch.setattr("flickr_auth.storage.journal._PATIENCE", 0.1)
    kept = open_accounts().keep(jamal(), "file")
    descriptor = os.open(home / "journal" / f"{NAME}.changing", os.O_RDWR | os.O_CREAT, 0o600)
    assert lock(descriptor)
    with pytest.raises(StoreError, match="Another flickr-auth"):
        open_accounts().forget(NAME)
    assert open_accounts().load(NAME) == kept
    os.close(descriptor)
    open_accounts().forget(NAME)
