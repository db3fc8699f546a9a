"""The keyring: the good ones, and those that lie, fail, hang, or are not there."""

import importlib
import json
import sys
import traceback
from pathlib import Path

import pytest
from keyring import core

from flickr_auth.account import ConsumerKeys, Token
from flickr_auth.errors import AccountError, StoreError
from flickr_auth.storage import keyring as our_keyring
from flickr_auth.storage.account_files import Record
from flickr_auth.storage.keyring import KeyringStore

from samples import API_KEY, API_SECRET, OAUTH_TOKEN, OAUTH_TOKEN_SECRET

KEYS = ConsumerKeys(API_KEY, API_SECRET)
TOKEN = Token(OAUTH_TOKEN, OAUTH_TOKEN_SECRET)
SECRETS = (KEYS.api_secret, TOKEN.oauth_token_secret)
FOUR = dict(zip(("api_key", "api_secret", "oauth_token", "oauth_token_secret"), (*KEYS[:2], *TOKEN), strict=True))
NAME = "21207597@N07-653e7a6e"
GOOD, OTHER = "fake_keyrings.Good", "fake_keyrings.Other"

# The backends that will not do, by the name that PYTHON_KEYRING_BACKEND gives them.
BAD = ["Null", "Failing", "Locked", "fake_keyrings.NoSuch", "no_such_module.Keyring", "nodots."]
BAD += ["keyring.backends.fail.Keyring", "keyring.backends.null.Keyring"]

# Keyrings that a test needs once: one that cannot be written any more, and one that is wordy when it fails.
ODD = """
from fake_keyrings import Good
from keyring import errors

class ReadOnly(Good):
    priority = 0.1
    def set_password(self, service, username, password):
        raise errors.PasswordSetError("this keyring is read-only")

class Wordy(Good):
    priority = 0.1
    def set_password(self, service, username, password):
        raise errors.PasswordSetError(f"{username} cannot be stored: {password}")
    def get_password(self, service, username):
        raise ValueError("cannot be stored: {'api_secret': 'a9567d986a7539fe', 'x': 'a202d1f853ec69de'}")
    def delete_password(self, service, username):
        raise ValueError("cannot be stored: {'api_secret': 'a9567d986a7539fe', 'x': 'a202d1f853ec69de'}")

class WordyClass(Wordy):
    priority = 0.1
    def set_password(self, service, username, password):
        class Unprintable(Exception):
            def __str__(self):
                raise RuntimeError(f"cannot be stored: {password}")
        raise Unprintable
    def get_password(self, service, username):
        self.set_password(service, username, "a9567d986a7539fe")
    delete_password = get_password
"""


@pytest.fixture
def items(home):
    """The items in the keyring Good, or in another of the fakes."""

    def read(suffix=""):
        path = home.parent.parent / f"keyring.json{suffix}"
        return json.loads(path.read_text()) if path.exists() else {}

    return read


@pytest.fixture
def odd_keyrings(tmp_path, monkeypatch):
    """Make the odd keyrings known under the name of this fixture."""
    (tmp_path / "modules").mkdir()
    (tmp_path / "modules" / "odd_keyrings.py").write_text(ODD)
    monkeypatch.syspath_prepend(tmp_path / "modules")


def shown(error):
    """All that a log or a traceback shows of an error."""
    return "".join(traceback.format_exception(error)) + f"{error!r} {error.hint}"


# Good keyrings


def test_a_good_keyring_passes_the_try_and_is_left_empty(open_keyring, items):
    """The try before a login finds a keyring that works, and leaves nothing in it."""
    keyring = open_keyring()
    keyring.try_out()
    assert (keyring.backend(), items()) == (GOOD, {})


def test_one_account_is_one_small_item(open_keyring, items):
    """An account is one item (macOS asks once an item) of service flickr-auth, small enough for Windows."""
    open_keyring().put(NAME, KEYS, TOKEN)
    (item,) = items().values()
    assert list(items()) == [f"flickr-auth/{NAME}"]
    assert len(item.encode("utf-16-le")) < 2560 / 2  # half of what Windows takes: other providers' values are longer
    assert json.loads(item) == FOUR


def test_an_item_that_is_not_there_is_no_error(open_keyring):
    """An absent item is told apart from a keyring that failed: nothing is read, and nothing is left to delete."""
    assert open_keyring().get(NAME, API_KEY, GOOD) is None
    open_keyring().delete(NAME, GOOD)


def test_a_keyring_that_asks_for_each_item_asks_once_to_delete_one(open_keyring, use_keyring, odd_keyring):
    """Where each look into the keyring asks the person, as on macOS, a logout looks once at what is there, and once more."""
    name = odd_keyring(f"type(self).looks.append(1)\n        {READS}\n\n    looks = []")
    use_keyring(name)
    open_keyring().put(NAME, KEYS, TOKEN)
    looks = importlib.import_module("an_odd_keyring").Odd.looks
    looks.clear()
    open_keyring().delete(NAME, name)
    assert len(looks) == 2


def test_nobody_is_told_to_wait_for_a_quick_keyring(open_keyring, items, waits):
    """A keyring that answers at once asks for no patience."""
    open_keyring().put(NAME, KEYS, TOKEN)
    open_keyring().delete(NAME, GOOD)
    assert (items(), waits) == ({}, [])


@pytest.mark.parametrize("text", ["", "no json", "[]", "{}", '{"api_key": "653e"}', "null"])
def test_a_damaged_item_is_an_error_and_not_quoted(open_keyring, home, text):
    """An item that somebody has changed is an error that says what to do, and no traceback."""
    (home.parent.parent / "keyring.json").write_text(json.dumps({f"flickr-auth/{NAME}": text}))
    with pytest.raises(StoreError, match="damaged") as caught:
        open_keyring().get(NAME, API_KEY, GOOD)
    assert caught.value.hint == f"Run: flickr-auth logout --account {NAME} && flickr-auth login"


def test_an_account_is_read_from_the_keyring_that_it_remembers(open_accounts, jamal, use_keyring, items):
    """An account that is in one keyring is read from there and forgotten there, also when another one is chosen now."""
    use_keyring("Other")
    kept = open_accounts().keep(jamal(), "keyring")
    use_keyring("Good")
    assert open_accounts().load(kept.account) == kept
    open_accounts().forget(kept.account)
    assert (items(), items(".other")) == ({}, {})


def test_the_secrets_of_a_keyring_account_are_nowhere_on_the_disk(open_accounts, jamal, home):
    """With the keyring no file in the home folder holds the token, its secret, or the API secret."""
    open_accounts().keep(jamal(), "keyring")
    files = {path: path.read_bytes() for path in home.parent.rglob("*") if path.is_file()}
    assert home / "accounts" / f"{NAME}.json" in files
    secrets = [*SECRETS, TOKEN.oauth_token]
    assert [path for path, content in files.items() for secret in secrets if secret.encode() in content] == []


# From one store to another


def test_from_the_file_to_the_keyring(open_accounts, jamal, home, items):
    """A login into the keyring takes the secrets out of the account's file."""
    open_accounts().keep(jamal(), "file")
    kept = open_accounts().keep(jamal(), "keyring")
    content = (home / "accounts" / f"{NAME}.json").read_text()
    assert [secret for secret in (*SECRETS, TOKEN.oauth_token) if secret in content] == []
    assert (open_accounts().load(NAME), list(items())) == (kept, [f"flickr-auth/{NAME}"])


def test_from_the_keyring_to_the_file(open_accounts, jamal, items):
    """A login into the file deletes the item from the keyring."""
    open_accounts().keep(jamal(), "keyring")
    kept = open_accounts().keep(jamal(), "file")
    assert (open_accounts().load(NAME), items()) == (kept, {})


def test_from_one_keyring_to_another(open_accounts, jamal, use_keyring, items):
    """A login into another keyring deletes the item from the former one."""
    open_accounts().keep(jamal(), "keyring")
    use_keyring("Other")
    kept = open_accounts().keep(jamal(), "keyring")
    assert (items(), list(items(".other"))) == ({}, [f"flickr-auth/{NAME}"])
    assert open_accounts().load(NAME) == kept


def test_a_former_keyring_that_fails_does_not_fail_the_login(open_accounts, jamal, warnings):
    """Where the former keyring is locked the new token is kept all the same, and the left-over item is told of."""
    open_accounts().folder.write(Record.of(jamal(account=NAME), backend="fake_keyrings.Locked"))
    kept = open_accounts().keep(jamal(), "file")
    assert open_accounts().load(NAME) == kept
    assert ["(fake_keyrings)" in each for each in warnings] == [True]


# Bad keyrings


@pytest.mark.parametrize("backend", BAD)
def test_a_keyring_that_will_not_do_is_found_out_by_the_try(open_accounts, use_keyring, backend):
    """Whatever is wrong with a keyring, the try before a login says so in a sentence, with the next thing to do."""
    use_keyring(backend)
    with pytest.raises(StoreError) as caught:
        open_accounts().try_keyring()
    assert "\n" not in caught.value.message
    assert "--store file" in caught.value.hint or "PYTHON_KEYRING_BACKEND" in caught.value.hint


@pytest.mark.parametrize("backend", [*BAD, "FailsLater"])
def test_a_failed_login_leaves_nothing_behind(open_accounts, jamal, use_keyring, home, backend):
    """A token that the keyring does not keep leaves no account, no default, no item and no secret."""
    use_keyring(backend)
    with pytest.raises(StoreError) as caught:
        open_accounts().keep(jamal(), "keyring")
    assert [secret for secret in SECRETS if secret in shown(caught.value)] == []
    left = [path for path in home.parent.parent.rglob("*") if path.is_file() and path.read_text() != "{}"]
    assert [path.name for path in left if path.name != "backends"] == []  # which names the keyring alone


@pytest.mark.parametrize("former", ["file", "keyring"])
@pytest.mark.parametrize("backend", [*BAD, "FailsLater"])
def test_a_failed_login_leaves_the_old_account(open_accounts, jamal, use_keyring, former, backend):
    """Where the new token cannot be kept the old account is still there, whole, wherever it was kept."""
    kept = open_accounts().keep(jamal(), former)
    use_keyring(backend)
    with pytest.raises(StoreError):
        open_accounts().keep(jamal(oauth_token="new", oauth_token_secret="newer"), "keyring")
    assert open_accounts().load(NAME) == kept


def test_a_failed_login_leaves_a_damaged_file(open_accounts, jamal, use_keyring):
    """A damaged account file may still be mended by hand, so a login that could not be kept leaves it as it was."""
    path = Path(open_accounts().folder.path(NAME))
    open_accounts().keep(jamal(), "file")
    path.write_text(path.read_text()[:-3])
    before = path.read_text()
    use_keyring("FailsLater")
    with pytest.raises(StoreError):
        open_accounts().keep(jamal(), "keyring")
    assert path.exists()
    assert path.read_text() == before


@pytest.mark.usefixtures("odd_keyrings")
@pytest.mark.parametrize("action", ["put", "get", "delete", "try_out"])
@pytest.mark.parametrize("backend", ["Wordy", "WordyClass"])
def test_the_words_of_a_keyring_that_fails_are_never_shown(open_keyring, use_keyring, backend, action):
    """Whatever a keyring quotes when it fails, in its words or its class's name, no secret is shown."""
    use_keyring(f"odd_keyrings.{backend}")
    arguments = {"put": (NAME, KEYS, TOKEN), "try_out": ()}
    keyring = open_keyring()
    with pytest.raises(StoreError) as caught:
        key = (API_KEY,) if action == "get" else ()
        getattr(keyring, action)(*arguments.get(action, (NAME, *key, f"odd_keyrings.{backend}")))
    assert [secret for secret in SECRETS if secret[:6] in shown(caught.value)] == []
    assert "cannot be stored" not in shown(caught.value)


JUNK = {
    "bytes": "b'x'",
    "number": "5",
    "list": "['a']",
    "dict": "{'api_key': 'x'}",
    "generator": "(each for each in 'abc')",
    "nested": "'[' * 100_000",
    "numbers": """'{"api_key": 1, "api_secret": 2, "oauth_token": 3, "oauth_token_secret": 4}'""",
    "lists": """'{"api_key": [], "api_secret": [], "oauth_token": [], "oauth_token_secret": []}'""",
    "line-end": """'{"api_key": "a\\\\n", "api_secret": "b", "oauth_token": "c", "oauth_token_secret": "d"}'""",
    "empty": """'{"api_key": "", "api_secret": "b", "oauth_token": "c", "oauth_token_secret": "d"}'""",
    "a-class": "str",
}


@pytest.mark.parametrize("value", JUNK.values(), ids=JUNK)
def test_junk_in_a_keyring_is_damage_and_no_traceback(open_keyring, use_keyring, odd_keyring, value):
    """Whatever a backend hands over that is no item of ours is called damaged."""
    use_keyring(odd_keyring(f"return {value}"))
    with pytest.raises(StoreError, match="damaged"):
        open_keyring().get(NAME, API_KEY, "an_odd_keyring.Odd")


RAISED = ["KeyboardInterrupt", "SystemExit(3)", "GeneratorExit", "StopIteration", "RecursionError", "MemoryError"]
RAISED += ["UnicodeDecodeError('utf-8', b'x', 0, 1, 'bad')", "Exception", "type('Odd', (BaseException,), {})()"]


@pytest.mark.parametrize("raised", RAISED)
def test_whatever_a_keyring_raises_is_an_error_of_ours(open_keyring, use_keyring, odd_keyring, raised):
    """A backend that ends the program, or is interrupted in its own way, is a keyring that failed."""
    use_keyring(odd_keyring(f"raise {raised}"))
    for action in (lambda k: k.get(NAME, API_KEY, "an_odd_keyring.Odd"), lambda k: k.delete(NAME, "an_odd_keyring.Odd")):
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


READS = "return super().get_password(service, username)"


def test_a_broken_old_item_does_not_keep_a_new_login_out(open_keyring, like_secret_service):
    """An item that cannot be decoded is replaced by a login, although the keyring looks for older ones first."""
    broken = (
        "if not hasattr(type(self), 'is_good'): type(self).is_good = 1; raise UnicodeDecodeError('u', b'', 0, 1, 'x')"
    )
    like_secret_service(f"{broken}\n        {READS}")
    open_keyring().put(NAME, KEYS, TOKEN)
    assert open_keyring().backend() == "keyring.backends.SecretService.Keyring"


def test_a_keyring_that_deletes_nothing_is_not_asked_without_end(open_keyring, like_secret_service):
    """A keyring that has several items of a name and keeps them all is an error after some tries."""
    like_secret_service("return 'always there'\n\n    def delete_password(self, service, username):\n        pass")
    with pytest.raises(StoreError, match="still has the item"):
        open_keyring().put(NAME, KEYS, TOKEN)


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


MEANT = {
    "NoKeyringError": ("There is no keyring on this machine, or none that can be reached from here.", "--store file"),
    "InitError('Prompt dismissed')": ("The keyring has not been set up yet.", "Fix: log in to the desktop once"),
    "InitError('anything')": ("The keyring failed (InitError).", "--store file"),
    "KeyringLocked": ("The keyring is locked.", "Fix: unlock it"),
}


@pytest.mark.parametrize("raised", MEANT)
def test_what_a_failure_of_a_keyring_means_is_told(open_keyring, use_keyring, odd_keyring, raised):
    """A keyring that is not there, not set up or locked is called that, with what to do about it."""
    use_keyring(odd_keyring(f"from keyring import errors; raise errors.{raised}"))
    with pytest.raises(StoreError) as caught:
        open_keyring().put(NAME, KEYS, TOKEN)
    message, hint = MEANT[raised]
    assert caught.value.message == message and hint in caught.value.hint


def test_a_keyring_that_is_named_and_not_installed_is_told_from_others(open_keyring, use_keyring):
    """Who named a keyring that is not installed reads which variable names it."""
    use_keyring("no_such_module.Keyring")
    with pytest.raises(StoreError) as caught:
        open_keyring().backend()
    assert "PYTHON_KEYRING_BACKEND ('no_such_module.Keyring') is not installed" in caught.value.message
    assert caught.value.hint.startswith("Set PYTHON_KEYRING_BACKEND")


@pytest.mark.parametrize(
    ("name", "called"),
    [
        ("keyring.backends.SecretService.Keyring", "SecretService"),
        ("keyring_pass.PasswordStoreBackend", "keyring_pass"),
        ("Keyring", "Keyring"),
    ],
)
def test_a_keyring_goes_by_the_name_that_people_know(name, called):
    """Messages call a keyring by the module that it comes from."""
    assert our_keyring.shown(name) == called


@pytest.mark.parametrize("backend", ["module_of_a_stranger.Keyring", "module_of_a_stranger", ".x", "", "os.path.x"])
def test_an_account_file_makes_no_module_be_imported(open_accounts, jamal, tmp_path, monkeypatch, backend):
    """The backend that an account file names is loaded only if keyring offers it or a person named it."""
    (tmp_path / "module_of_a_stranger.py").write_text("raise SystemExit('imported')")
    monkeypatch.syspath_prepend(tmp_path)
    path = Path(open_accounts().folder.path(open_accounts().keep(jamal(), "keyring").account))
    path.write_text(json.dumps(json.loads(path.read_text()) | {"backend": backend}))
    with pytest.raises((StoreError, AccountError)) as caught:
        open_accounts().load(NAME)
    assert not isinstance(caught.value.__context__, SystemExit)
    assert "module_of_a_stranger" not in sys.modules


def test_a_keyring_that_was_named_at_login_is_read_without_the_variable(open_accounts, jamal, chosen_by_the_library):
    """Who named a keyring of another package at login need not name it again for every command."""
    kept = open_accounts().keep(jamal(), "keyring")
    chosen_by_the_library("fail.Keyring")
    assert open_accounts().choose() == kept


@pytest.mark.parametrize("module", ["a_plugin", "a_plugin.of_several", "a_plugins_neighbour"])
def test_a_plugin_of_keyring_is_loaded_and_nothing_that_is_only_called_like_it(
    open_keyring, odd_keyring, chosen_by_the_library, tmp_path, module
):
    """An account in a keyring that an installed package offers is read, whichever keyring is chosen now."""
    odd_keyring(READS)  # makes the folder of modules
    modules = tmp_path / "modules"
    (modules / "a_plugin-1.dist-info").mkdir()
    (modules / "a_plugin-1.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: a_plugin\nVersion: 1\n")
    (modules / "a_plugin-1.dist-info" / "entry_points.txt").write_text("[keyring.backends]\nit = a_plugin\n")
    (modules / "a_plugin").mkdir()
    for each in ("a_plugin/__init__.py", "a_plugin/of_several.py", "a_plugins_neighbour.py"):
        (modules / each).write_text("from an_odd_keyring import Odd as Keyring\n")
    chosen_by_the_library("fail.Keyring")
    if module == "a_plugins_neighbour":
        with pytest.raises(StoreError, match="cannot be reached from here") as caught:
            open_keyring().get(NAME, API_KEY, f"{module}.Keyring")
        assert caught.value.hint.startswith(f"Set PYTHON_KEYRING_BACKEND={module}.Keyring")
    else:
        assert open_keyring().get(NAME, API_KEY, f"{module}.Keyring") is None


def test_a_locked_keyring_is_called_locked(open_keyring, use_keyring):
    """Somebody whose keyring is locked is told to unlock it."""
    use_keyring("Locked")
    with pytest.raises(StoreError, match="locked") as caught:
        open_keyring().try_out()
    assert "unlock" in caught.value.hint


def test_a_failing_keyring_is_named_by_its_error(open_keyring, use_keyring):
    """Of a keyring's failure the kind is shown, which a search finds, and not its words."""
    use_keyring("Failing")
    with pytest.raises(StoreError, match="The keyring failed") as caught:
        open_keyring().put(NAME, KEYS, TOKEN)
    assert caught.value.message == "The keyring failed (RuntimeError)."


def test_a_keyring_that_keeps_nothing_is_found_out(open_keyring, use_keyring):
    """A keyring that says yes and keeps nothing is not believed."""
    use_keyring("Null")
    with pytest.raises(StoreError, match="did not store"):
        open_keyring().put(NAME, KEYS, TOKEN)


def test_an_account_in_a_keyring_that_is_not_here_says_so(open_accounts, jamal):
    """An account that was kept in a keyring of another session is not looked for in this one's."""
    open_accounts().keep(jamal(), "keyring")
    open_accounts().folder.write(Record.of(jamal(account=NAME), backend="no_such_module.Keyring"))
    with pytest.raises(StoreError, match="cannot be reached from here"):
        open_accounts().load(NAME)


def test_an_account_whose_item_is_gone_says_how_to_go_on(open_accounts, jamal, home):
    """Where somebody has deleted the item from the keyring, the error says to log in again or to log out."""
    open_accounts().keep(jamal(), "keyring")
    (home.parent.parent / "keyring.json").unlink()
    with pytest.raises(StoreError, match="jamalfanaian") as caught:
        open_accounts().load(NAME)
    assert "flickr-auth login" in caught.value.hint
    assert "flickr-auth logout --account jamalfanaian" in caught.value.hint


# Keyrings that hang


@pytest.mark.parametrize("operation", ["try_out", "put", "get", "delete"])
def test_a_keyring_that_never_answers_is_given_up(open_keyring, use_keyring, operation):
    """A keyring that hangs holds nobody: after the time that was set the operation is an error that says so."""
    use_keyring("Hanging")
    arguments = {"try_out": (), "put": (NAME, KEYS, TOKEN)}.get(operation)
    arguments = arguments if arguments is not None else (NAME, *((API_KEY,) if operation == "get" else ()), "fake_keyrings.Hanging")
    with pytest.raises(StoreError, match=r"within 0\.1 seconds") as caught:
        getattr(open_keyring(0.1), operation)(*arguments)
    assert "--store file" in caught.value.hint


def test_a_keyring_that_was_given_up_is_left_alone(open_keyring, items):
    """After one operation has hung the next is not even tried: nobody waits twice."""
    open_keyring().put(NAME, KEYS, TOKEN)
    keyring = open_keyring(0.1)
    with pytest.raises(StoreError):
        keyring.get(NAME, API_KEY, "fake_keyrings.Hanging")
    with pytest.raises(StoreError, match="was not tried again"):
        keyring.delete(NAME, GOOD)  # this one would work
    assert list(items()) == [f"flickr-auth/{NAME}"]


def test_who_waits_for_a_keyring_is_told_once(open_keyring, use_keyring, waits):
    """Somebody whose keyring takes more than a second is told, once, that it is waited for."""
    use_keyring("Hanging")
    with pytest.raises(StoreError):
        open_keyring(1.2).try_out()
    assert waits == ["unlock"]


def test_a_hung_login_leaves_no_account(open_accounts, jamal, use_keyring, home):
    """A login whose keyring hangs leaves neither an account nor a secret, and remembers that an item may come late."""
    use_keyring("Hanging")
    accounts = open_accounts(seconds=0.1)
    with pytest.raises(StoreError):
        accounts.keep(jamal(), "keyring")
    assert sorted(path.name for path in home.rglob("*") if path.is_file()) == [f"{NAME}.changing", "backends"]
    assert (home / "journal" / f"{NAME}.changing").read_text() == "fake_keyrings.Hanging\n"


# The try


@pytest.mark.usefixtures("odd_keyrings")
def test_a_keyring_that_holds_an_account_is_not_written_to_by_the_try(open_accounts, jamal, use_keyring):
    """Where the keyring already gives an account, the try writes nothing, which might ask the person once more."""
    kept = open_accounts().keep(jamal(), "keyring")
    open_accounts().folder.write(Record.of(kept, backend="odd_keyrings.ReadOnly"))
    use_keyring("odd_keyrings.ReadOnly")
    open_accounts().try_keyring()  # a write would have failed
    open_accounts().forget(NAME)
    with pytest.raises(StoreError, match="PasswordSetError"):
        open_accounts().try_keyring()


def test_the_account_of_another_keyring_proves_nothing(open_accounts, jamal, use_keyring):
    """An account in one keyring does not spare another keyring the try."""
    use_keyring("Other")
    open_accounts().keep(jamal(), "keyring")
    use_keyring("Null")
    with pytest.raises(StoreError, match="did not store"):
        open_accounts().try_keyring()


# No keyring named


CHOOSE = """
from flickr_auth.errors import StoreError
from flickr_auth.storage.keyring import KeyringStore
try:
    print(KeyringStore(30, lambda: None).backend())
except StoreError as failure:
    print(failure, failure.hint)
"""
without_keyring = pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="this system always has a keyring")
NOT_NAMED = {"PYTHON_KEYRING_BACKEND": None, "DBUS_SESSION_BUS_ADDRESS": "unix:path=/nowhere", "DISPLAY": None}


@without_keyring
def test_a_machine_without_a_keyring_is_told_apart(run_python):
    """On a machine without a keyring the error says that there is none, and how to do without."""
    told = run_python(CHOOSE, **NOT_NAMED)
    assert "There is no keyring on this machine" in told
    assert "--store file" in told


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


@pytest.mark.parametrize("priority", [1, 5])
def test_the_keyring_that_the_library_chooses_is_used(open_keyring, chosen_by_the_library, priority):
    """Who names no keyring gets the one that the library finds for this system."""
    chosen_by_the_library(GOOD, priority)
    assert open_keyring().backend() == GOOD


def test_the_keyring_of_a_system_without_any_is_none(open_keyring, chosen_by_the_library):
    """What the library chooses where there is no keyring is not called one that stores secrets unprotected."""
    chosen_by_the_library("fail.Keyring")
    with pytest.raises(StoreError, match="There is no keyring on this machine"):
        open_keyring().backend()


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
    (home / "backends").unlink()  # nothing else makes it one that may be loaded
    assert open_accounts().load(kept.account) == kept
    open_accounts().folder.write(Record.of(kept, backend="module_of_a_stranger.Keyring"))
    with pytest.raises(StoreError) as caught:
        open_accounts().load(kept.account)
    assert caught.value.hint.startswith("Set PYTHON_KEYRING_BACKEND=module_of_a_stranger.Keyring")


def test_an_account_says_where_its_token_is(open_accounts, jamal):
    """`where` names the keyring as people know it, and a file by its path."""
    kept = open_accounts().keep(jamal(), "keyring")
    open_accounts().folder.write(Record.of(kept, backend="keyring.backends.SecretService.Keyring"))
    assert open_accounts().where(kept) == "the keyring (SecretService)"
    in_file = open_accounts().keep(jamal(user_nsid="40215689@N00"), "file")
    assert open_accounts().where(in_file) == open_accounts().folder.path(in_file.account)


def test_a_missing_account_asks_no_keyring(open_accounts, use_keyring):
    """An account that is not there is an account error, also where the keyring hangs."""
    use_keyring("Hanging")
    with pytest.raises(AccountError):
        open_accounts(seconds=0.1).load(NAME)


def test_two_app_folders_share_no_item(open_keyring, items, tmp_path):
    """An app folder that a variable names has items of its own; one deletes nothing of the other."""
    elsewhere = KeyringStore(30, lambda: None, str(tmp_path))
    elsewhere.put(NAME, KEYS, TOKEN)
    open_keyring().put(NAME, KEYS, TOKEN._replace(oauth_token="other"))
    open_keyring().delete(NAME, GOOD)
    assert elsewhere.get(NAME, API_KEY, GOOD) == (KEYS._replace(source="the stored account"), TOKEN)
    assert list(items()) == [f"flickr-auth/{NAME} in {tmp_path}"]


def test_an_item_of_another_key_is_damaged(open_keyring):
    """A token belongs to a key: an item whose key is not the account's is not used."""
    open_keyring().put(NAME, KEYS, TOKEN)
    with pytest.raises(StoreError, match="is damaged"):
        open_keyring().get(NAME, "f" * 32, GOOD)
