"""The keyring: the good ones, and those that lie, fail, hang, or are not there."""

import importlib
import json
import os
import sys
import traceback
from pathlib import Path

import pytest
from keyring import core

from flickr_auth import threads
from flickr_auth.account import ConsumerKeys, Token
from flickr_auth.errors import StoreError
from flickr_auth.storage.files import app_folder
from flickr_auth.storage.keyring import KeyringStore, unusual_folder
from flickr_auth.storage.record import Record

from samples import API_KEY, API_SECRET, OAUTH_TOKEN, OAUTH_TOKEN_SECRET

KEYS = ConsumerKeys(API_KEY, API_SECRET)
TOKEN = Token(OAUTH_TOKEN, OAUTH_TOKEN_SECRET)
SECRETS = (KEYS.api_secret, TOKEN.oauth_token_secret)
FOUR = dict(zip(("api_key", "api_secret", "oauth_token", "oauth_token_secret"), (*KEYS[:2], *TOKEN), strict=True))
NAME = "21207597@N07-653e7a6e"
GOOD = "fake_keyrings.Good"
READS = "return super().get_password(service, username)"

# The backends that will not do, by the name that PYTHON_KEYRING_BACKEND gives them.
BAD = {
    "Null": "The keyring (fake_keyrings) did not store the token correctly.",
    "Locked": "The keyring is locked.",
    "missing.K": "The keyring backend in PYTHON_KEYRING_BACKEND ('missing.K') is not installed.",
    "keyring.backends.fail.Keyring": "There is no keyring on this machine, or none that can be reached from here.",
}
FIXES = {
    "Locked": "Fix: unlock it and try again",
    "missing.K": "Fix: set PYTHON_KEYRING_BACKEND to an installed one, or unset it",
}


def shown(error):
    """All that a log or a traceback shows of an error."""
    return "".join(traceback.format_exception(error)) + f"{error!r} {error.hint}"


# Good keyrings


def test_one_account_is_one_small_item(open_keyring, items):
    """An account is one item (macOS asks once an item) of service flickr-auth, small enough for Windows."""
    open_keyring().put(NAME, KEYS, TOKEN)
    (item,) = items().values()
    assert list(items()) == [f"flickr-auth/{NAME}"]
    assert len(item.encode("utf-16-le")) < 2560 / 2  # half of what Windows takes: other providers' values are longer
    assert json.loads(item) == FOUR


def test_the_secrets_of_a_keyring_account_are_nowhere_on_the_disk(open_accounts, jamal, home):
    """With the keyring no file in the home folder holds the token, its secret, or the API secret."""
    open_accounts().keep(jamal(), "keyring")
    files = {path: path.read_bytes() for path in home.parent.rglob("*") if path.is_file()}
    assert home / "accounts" / f"{NAME}.json" in files
    secrets = [*SECRETS, TOKEN.oauth_token]
    assert [path for path, content in files.items() for secret in secrets if secret.encode() in content] == []


# From one store to another


@pytest.mark.parametrize("former", ["file", "Other"])
def test_a_login_into_the_keyring_leaves_the_token_nowhere_else(open_accounts, jamal, use_keyring, items, former):
    """A login into a keyring takes the secrets out of the account's file, or deletes the item from the former one."""
    use_keyring("Good" if former == "file" else former)
    open_accounts().keep(jamal(), "file" if former == "file" else "keyring")
    use_keyring("Good")
    kept = open_accounts().keep(jamal(), "keyring")
    content = Path(open_accounts().folder.path(NAME)).read_text()
    assert [secret for secret in (*SECRETS, TOKEN.oauth_token, "former") if secret in content] == []
    assert (open_accounts().load(NAME), list(items()), items(".other")) == (kept, [f"flickr-auth/{NAME}"], {})


def test_a_login_into_the_file_deletes_the_item(open_accounts, jamal, items):
    """A login into the file leaves nothing in the keyring."""
    open_accounts().keep(jamal(), "keyring")
    kept = open_accounts().keep(jamal(), "file")
    assert (open_accounts().load(NAME), items()) == (kept, {})


# Bad keyrings


WORDY = """
class Unprintable(Exception):
    def __str__(self):
        raise RuntimeError("a9567d986a7539fe")
class Wordy(Odd):
    priority = 0.1
    def get_password(self, service, username):
        raise ValueError("cannot be stored: {'api_secret': 'a9567d986a7539fe', 'x': 'a202d1f853ec69de'}")
    def set_password(self, service, username, password):
        raise Unprintable from ValueError(f"{username} cannot be stored: {password}")
"""


def test_the_words_of_a_keyring_that_fails_are_never_shown(open_keyring, use_keyring, odd_keyring):
    """Whatever a keyring quotes when it fails, no secret is shown, and the kind of failure is, which a search finds."""
    odd_keyring(READS + WORDY)
    name = "an_odd_keyring.Wordy"
    use_keyring(name)
    for kind, action in (
        ("Unprintable", lambda keyring: keyring.put(NAME, KEYS, TOKEN)),
        ("ValueError", lambda keyring: keyring.get(NAME, API_KEY, name)),
        ("ValueError", lambda keyring: keyring.delete(NAME, name)),
    ):
        with pytest.raises(StoreError) as caught:
            action(open_keyring())
        assert caught.value.message == f"The keyring failed ({kind})."
        assert [each for each in (*SECRETS, "cannot be stored") if each in shown(caught.value)] == []


def test_a_keyring_that_holds_an_account_is_not_written_to_by_the_try(open_accounts, jamal, use_keyring, odd_keyring):
    """Where the keyring already gives an account, the try writes nothing, which might ask the person once more."""
    kept = open_accounts().keep(jamal(), "keyring")
    use_keyring(odd_keyring(f"{READS}\n\n    def set_password(self, *_):\n        raise OSError('read-only')"))
    open_accounts().folder.write(Record.of(kept, backend="an_odd_keyring.Odd"))
    open_accounts().try_keyring()  # a write would have failed
    open_accounts().forget(NAME)
    with pytest.raises(StoreError, match="OSError"):
        open_accounts().try_keyring()


def test_a_good_keyring_passes_the_try_and_is_left_empty(open_keyring, items):
    """The try before a login finds a keyring that works, and leaves nothing in it; what is absent is no error."""
    keyring = open_keyring()
    keyring.try_out()
    assert (keyring.backend(), items(), keyring.get(NAME, API_KEY, GOOD)) == (GOOD, {}, None)
    keyring.delete(NAME, GOOD)


def test_two_tries_at_once_do_not_fail_each_other(open_keyring, use_keyring, odd_keyring, items):
    """That another login's try has just deleted the item is no failure of the keyring; that it keeps nothing is one."""
    use_keyring(odd_keyring("self._path().write_text('{}') if 'once' not in vars(Odd) else 0; Odd.once = 1; " + READS))
    open_keyring().try_out()
    assert items() == {}
    use_keyring("Null")
    with pytest.raises(StoreError, match="did not store"):
        open_keyring().try_out()


@pytest.mark.parametrize("backend", BAD)
def test_a_keyring_that_will_not_do_is_found_out_by_the_try(open_accounts, use_keyring, backend):
    """Whatever is wrong with a keyring, the try before a login says what, and how to fix it where that is known."""
    use_keyring(backend)
    with pytest.raises(StoreError) as caught:
        open_accounts().try_keyring()
    assert caught.value.message == BAD[backend]
    assert caught.value.hint == FIXES.get(backend, caught.value.hint)


@pytest.mark.parametrize("backend", ["Null", "FailsLater"])
def test_a_failed_login_leaves_nothing_behind_and_the_old_account_whole(open_accounts, jamal, home, backend):
    """A token that the keyring does not keep leaves no account, no item and no secret, and the old one as it was."""
    with pytest.raises(StoreError) as caught:
        open_accounts(backend=backend).keep(jamal(), "keyring")
    assert [secret for secret in SECRETS if secret in shown(caught.value)] == []
    assert [each for each in home.parent.parent.rglob("*") if each.is_file() and each.read_text() != "{}"] == []
    for former in ("file", "keyring"):
        kept = open_accounts(backend="Good").keep(jamal(), former)
        with pytest.raises(StoreError):
            open_accounts(backend=backend).keep(jamal(oauth_token="new", oauth_token_secret="newer"), "keyring")
        assert open_accounts().load(NAME) == kept


RETURNS = ["b'x'", "''", "'[' * 100_000", """'{"api_key": "653e"}'""", """'{"api_key": 1, "oauth_token": []}'"""]


@pytest.mark.parametrize("value", RETURNS)
def test_junk_in_a_keyring_is_damage_and_no_traceback(open_keyring, use_keyring, odd_keyring, value):
    """Whatever a backend hands over that is no item of ours is called damaged, not quoted, and the error says on."""
    use_keyring(odd_keyring(f"return {value}"))
    with pytest.raises(StoreError, match="damaged") as caught:
        open_keyring().get(NAME, API_KEY, "an_odd_keyring.Odd")
    assert caught.value.hint == f"Run: flickr-auth logout --account {NAME} && flickr-auth login"


@pytest.mark.parametrize("raised", ["KeyboardInterrupt", "SystemExit(3)"])
def test_whatever_a_keyring_raises_is_an_error_of_ours(open_keyring, use_keyring, odd_keyring, raised):
    """A backend that ends the program, or is interrupted in its own way, is a keyring that failed."""
    use_keyring(odd_keyring(f"raise {raised}"))
    for action in (
        lambda keyring: keyring.get(NAME, API_KEY, "an_odd_keyring.Odd"),
        lambda keyring: keyring.delete(NAME, "an_odd_keyring.Odd"),
    ):
        with pytest.raises(StoreError, match="The keyring failed"):
            action(open_keyring())


@pytest.fixture
def odd_keyring(tmp_path, monkeypatch):
    """Make a keyring whose `get_password` has that body; its name."""

    def make(body):
        (tmp_path / "modules").mkdir(exist_ok=True)
        (tmp_path / "modules" / "an_odd_keyring.py").write_text(
            "from fake_keyrings import Good\n\n\nclass Odd(Good):\n    priority = 0.1\n\n"
            f"    def get_password(self, service, username):\n        {body}\n"
        )
        monkeypatch.syspath_prepend(tmp_path / "modules")
        monkeypatch.delitem(sys.modules, "an_odd_keyring", raising=False)
        importlib.invalidate_caches()
        return "an_odd_keyring.Odd"

    return make


@pytest.fixture
def like_secret_service(odd_keyring, use_keyring):
    """Choose a keyring whose `get_password` has that body, and which may hold several items of one name."""

    def choose(body):
        use_keyring(odd_keyring(body))
        odd = importlib.import_module("an_odd_keyring").Odd
        odd.__module__, odd.__qualname__ = "keyring.backends.SecretService", "Keyring"

    return choose


def test_a_keyring_that_deletes_nothing_is_not_asked_without_end(open_keyring, like_secret_service):
    """A keyring that has several items of a name and keeps them all is an error after some tries."""
    like_secret_service("return 'always there'\n\n    def delete_password(self, service, username):\n        pass")
    with pytest.raises(StoreError, match="still has the item"):
        open_keyring().put(NAME, KEYS, TOKEN)


def test_an_item_that_another_command_deletes_meanwhile_is_deleted(open_keyring, use_keyring, odd_keyring, items):
    """Whoever is slower by a moment has no failure: the item is gone, whatever the keyring says of it."""
    open_keyring().put(NAME, KEYS, TOKEN)
    faster = "super().delete_password(*item)\n        raise OSError('no such item')"
    use_keyring(odd_keyring(f"{READS}\n\n    def delete_password(self, *item):\n        {faster}"))
    open_keyring().delete(NAME, "an_odd_keyring.Odd")
    assert items() == {}


def test_several_items_of_one_name_become_one(open_keyring, like_secret_service):
    """Where other programs left items of the same name, the new token is the one that is read afterwards."""
    like_secret_service(
        "return type(self).items[0] if type(self).items else None\n\n    items = ['old', 'older']\n\n"
        "    def set_password(self, service, username, password):\n        type(self).items.append(password)\n\n"
        "    def delete_password(self, service, username):\n        del type(self).items[0]\n"
    )
    open_keyring().put(NAME, KEYS, TOKEN)
    assert [json.loads(each) for each in importlib.import_module("an_odd_keyring").Odd.items] == [FOUR]


def test_an_item_is_not_deleted_for_one_that_cannot_be_stored(open_keyring, like_secret_service, items):
    """A token in the keyring stays where it is if that does not take the next one."""
    open_keyring().put(NAME, KEYS, TOKEN)
    before = items()
    like_secret_service(f"{READS}\n\n    def set_password(self, *_):\n        raise OSError('full')")
    with pytest.raises(StoreError, match="OSError"):
        open_keyring().put(NAME, KEYS, TOKEN)
    assert items() == before


@pytest.mark.parametrize("backend", ["an_odd_keyring.Odd", "os.path.x", "\x1b[31m.K"], ids=ascii)
def test_a_crafted_name_of_a_backend_is_an_error_and_no_crash(
    open_accounts, jamal, odd_keyring, chosen_by_the_library, backend
):
    """Whatever an account's file calls its keyring, reading, logging in and logging out by force end in sentences."""
    odd_keyring("pass\n\n\nraise SystemExit(7)")
    path = Path(open_accounts().folder.path(open_accounts().keep(jamal(), "keyring").account))
    content = json.dumps(json.loads(path.read_text()) | {"backend": backend})
    path.write_text(content)
    chosen_by_the_library(GOOD)
    for action in (open_accounts().load, open_accounts().forget):
        with pytest.raises(StoreError):
            action(NAME)
    assert open_accounts().keep(jamal(), "file") == open_accounts().load(NAME)
    path.write_text(content)
    open_accounts().forget(NAME, force=True)
    assert open_accounts().folder.ids() == []


def test_an_account_in_a_keyring_that_is_not_here_says_so(open_accounts, jamal):
    """An account that was kept in a keyring of another session is not looked for in this one's."""
    open_accounts().keep(jamal(), "keyring")
    open_accounts().folder.write(Record.of(jamal(account=NAME), backend="no_such_module.Keyring"))
    with pytest.raises(StoreError, match="cannot be reached from here") as caught:
        open_accounts().load(NAME)
    assert "install the package" in caught.value.hint and "flickr-auth login --store file" in caught.value.hint


# Keyrings that hang


def test_a_keyring_that_never_answers_is_given_up(open_keyring, use_keyring, waits):
    """A keyring that hangs holds nobody: after the time that was set each operation is an error that says so."""
    use_keyring("Hanging")
    hanging = "fake_keyrings.Hanging"
    for action in (
        lambda keyring: keyring.try_out(),
        lambda keyring: keyring.put(NAME, KEYS, TOKEN),
        lambda keyring: keyring.get(NAME, API_KEY, hanging),
        lambda keyring: keyring.delete(NAME, hanging),
    ):
        with pytest.raises(StoreError, match=r"within 0\.1 seconds") as caught:
            action(open_keyring(0.1))
        assert caught.value.hint == "Fix: unlock it and try again"
    assert waits == []


def test_a_keyring_that_was_given_up_is_left_alone(open_keyring, items):
    """After one operation has hung the next is not even tried: nobody waits twice."""
    open_keyring().put(NAME, KEYS, TOKEN)
    keyring = open_keyring(0.1)
    with pytest.raises(StoreError):
        keyring.get(NAME, API_KEY, "fake_keyrings.Hanging")
    with pytest.raises(StoreError, match="was not tried again"):
        keyring.delete(NAME, GOOD)  # this one would work
    assert list(items()) == [f"flickr-auth/{NAME}"]


def test_who_waits_for_a_keyring_is_told_once(open_keyring, use_keyring, waits, monkeypatch):
    """Somebody whose keyring takes more than a moment is told, once, that it is waited for."""
    monkeypatch.setattr(threads, "NOTICE_AFTER", 0.05)
    use_keyring("Hanging")
    with pytest.raises(StoreError):
        open_keyring(0.2).try_out()
    assert waits == ["unlock"]


# The try


def test_the_account_of_another_keyring_proves_nothing(open_accounts, jamal, use_keyring):
    """An account in one keyring does not spare another keyring the try."""
    use_keyring("Other")
    open_accounts().keep(jamal(), "keyring")
    use_keyring("Null")
    with pytest.raises(StoreError, match="did not store"):
        open_accounts().try_keyring()


# No keyring named


without_keyring = pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="this system always has a keyring")


@pytest.fixture
def chosen_by_the_library(use_keyring, monkeypatch):
    """Nobody has named a keyring, and the library would choose that one."""

    def choose(name, priority=None):
        monkeypatch.delenv("PYTHON_KEYRING_BACKEND", raising=False)
        backend = core.load_keyring(name if name.startswith("fake") else f"keyring.backends.{name}")
        if priority is not None:
            backend.priority = priority
        core.set_keyring(backend)

    yield choose
    core._keyring_backend = None


def test_the_keyring_that_the_library_chooses_is_used(open_keyring, chosen_by_the_library):
    """Who names no keyring gets the one that the library finds for this system."""
    chosen_by_the_library(GOOD, priority=1)
    assert open_keyring().backend() == GOOD


def test_a_keyring_that_only_the_library_finds_is_read(open_keyring, odd_keyring, chosen_by_the_library):
    """An account whose keyring cannot be loaded by its name is read from the chosen one, if that is the same."""
    odd_keyring(READS)
    chosen_by_the_library("fail.Keyring")
    odd = importlib.import_module("an_odd_keyring").Odd
    odd.__module__ = "a_module_of_somewhere"
    core.set_keyring(odd())
    assert open_keyring().get(NAME, API_KEY, "a_module_of_somewhere.Odd") is None


@without_keyring
@pytest.mark.parametrize("name", [GOOD, "chainer.ChainerBackend"])
def test_a_makeshift_is_not_chosen_silently(open_keyring, chosen_by_the_library, name):
    """A keyring that protects nothing is not used unless a person has named it, alone or as the first of several."""
    chosen_by_the_library(GOOD)  # is one of several from now on
    chosen_by_the_library(name)
    with pytest.raises(StoreError, match="which stores secrets unprotected") as caught:
        open_keyring().backend()
    assert "PYTHON_KEYRING_BACKEND" in caught.value.hint and "chainer" not in caught.value.hint


def test_a_keyring_named_in_the_librarys_settings_is_used(open_accounts, jamal, chosen_by_the_library, home):
    """A makeshift that a person has named in the keyring library's own settings is used and read: that is a yes."""
    chosen_by_the_library("fail.Keyring")
    settings = Path(core._config_path())
    assert home.parent in settings.parents
    settings.parent.mkdir(parents=True)
    settings.write_text(f"[backend]\ndefault-keyring={GOOD}\n")
    kept = open_accounts().keep(jamal(), "keyring")
    assert open_accounts().load(kept.account) == kept


LOADED = {
    "no.such.Keyring": "is not installed",
    "keyring.backends.fail.Nobody": "does not exist",
    "Nobody": "has no name like keyring.backends.null.Keyring",
    "": "has no name like keyring.backends.null.Keyring",
    f"{GOOD}\n[backend]": "cannot be loaded (DuplicateSectionError)",
}


@pytest.mark.parametrize("name", LOADED, ids=ascii)
def test_a_keyring_that_cannot_be_loaded_is_blamed_on_the_place_that_names_it(
    open_keyring, chosen_by_the_library, home, monkeypatch, name
):
    """The library's settings are named by their path, the variable by its name and value, and each with its fix."""
    chosen_by_the_library("fail.Keyring")
    settings = Path(core._config_path())
    settings.parent.mkdir(parents=True)
    settings.write_text(f"[backend]\ndefault-keyring={name}\n")
    with pytest.raises(StoreError) as caught:
        open_keyring().backend()
    assert caught.value.message == f"The keyring backend in {settings} {LOADED[name]}."
    assert caught.value.hint == "Fix: correct that file, or delete it"
    if "\n" not in name:
        monkeypatch.setenv("PYTHON_KEYRING_BACKEND", name)
        with pytest.raises(StoreError) as caught:
            open_keyring().backend()
        assert caught.value.message == f"The keyring backend in PYTHON_KEYRING_BACKEND ('{name}') {LOADED[name]}."
        assert "or unset it" in caught.value.hint


def test_two_app_folders_share_no_item(open_keyring, items, tmp_path):
    """An app folder that a variable names has items of its own; one deletes nothing of the other."""
    elsewhere = KeyringStore(30, lambda: None, str(tmp_path))
    elsewhere.put(NAME, KEYS, TOKEN)
    open_keyring().put(NAME, KEYS, TOKEN._replace(oauth_token="other"))
    open_keyring().delete(NAME, GOOD)
    assert elsewhere.get(NAME, API_KEY, GOOD) == (KEYS._replace(source="the stored account"), TOKEN)
    assert list(items()) == [f"flickr-auth/{NAME} in {tmp_path}"]
    usual = os.path.realpath(app_folder())
    for named, folder in ((usual, ""), (str(tmp_path), os.path.realpath(tmp_path))):  # however the usual one is named
        assert unusual_folder(os.environ | {"FLICKR_AUTH_HOME": named, "XDG_CONFIG_HOME": ""}) == folder


def test_an_item_of_another_key_is_damaged(open_keyring):
    """A token belongs to a key: an item whose key is not the account's is not used."""
    open_keyring().put(NAME, KEYS, TOKEN)
    with pytest.raises(StoreError, match="is damaged"):
        open_keyring().get(NAME, "f" * 32, GOOD)
