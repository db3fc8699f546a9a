"""The token in a real Secret Service: Debian's gnome-keyring on a bus of its own, seen by other programs, too."""

import json

import pytest

import secret_service
from flickr_auth.sandbox.server import KEYS
from secret_service import BACKEND, Desktop, check_words

pytestmark = pytest.mark.process  # the keyring library loads its backends once for each process

secret_service.require()

FOUR = ["api_key", "api_secret", "oauth_token", "oauth_token_secret"]


@pytest.fixture
def desktop(machine, tmp_path):
    """A session of the machine's, with an unlocked keyring."""
    with Desktop(machine.environ, tmp_path) as session:
        session.start_keyring()
        yield session


@pytest.fixture
def logged_in(desktop, here, driven):
    """What `show` tells after a login with nothing said about the store."""
    ran = driven()
    assert ran.returncode == 0, ran.stderr
    assert "Token saved in the keyring (SecretService)." in ran.stderr
    return account(here)


def account(machine, *arguments):
    return json.loads(machine.run("show", "--format", "json", *arguments).stdout)


def item(account):
    return ("service", "flickr-auth", "username", account["account"])


def look_up(desktop, account):
    return desktop.secret_tool("lookup", *item(account))


def test_a_login_keeps_the_token_in_the_secret_service_and_nowhere_else(desktop, logged_in, here, tmp_path):
    """The account's file says which keyring has the token, and only there is it: other programs read it from there.

    No file has the token or a secret as they are: not the keyring's own, not a temporary one, nothing at home.
    `secret-tool`, or whatever reads the Secret Service, gets a JSON with the four values. A logout removes the item.
    """
    assert logged_in["store"] == "keyring" and logged_in["oauth_token_secret"]
    assert (here.record()["store"], here.record()["backend"]) == ("keyring", BACKEND)
    assert set(FOUR) & set(here.record()) == {"api_key"}

    files = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert {path.name for path in files} >= {"login.keyring", "default", f"{logged_in['account']}.json"}
    apikeys = here.folder / "apikeys"
    assert logged_in["api_secret"].encode() in files.pop(apikeys)  # what a person has put there
    for name in FOUR[1:]:
        assert [path for path, content in files.items() if logged_in[name].encode() in content] == []

    found = json.loads(look_up(desktop, logged_in).stdout)
    assert found == {name: logged_in[name] for name in FOUR}
    assert found["api_secret"] == KEYS[0].api_secret

    assert here.run("logout").returncode == 0
    assert desktop.items() == 0
    check_words(here.run("show"), 3)


def test_an_item_that_another_program_puts_back_is_read(desktop, logged_in, here):
    """An item can be taken out and put back with `secret-tool`, as from a backup; meanwhile `show` says it is gone."""
    taken = look_up(desktop, logged_in).stdout
    assert desktop.secret_tool("clear", *item(logged_in)).returncode == 0
    ran = here.run("show")
    check_words(ran, 6)
    assert "The keyring no longer has the token" in ran.stderr
    assert desktop.secret_tool("store", "--label=from a backup", *item(logged_in), stdin=taken).returncode == 0
    assert account(here) == logged_in


def add_copies(desktop, account):
    """Add items of the account's name, as another program can: a Secret Service allows any number of them."""
    taken = look_up(desktop, account).stdout
    for number in "123":
        desktop.secret_tool("store", f"--label=copy {number}", *item(account), "number", number, stdin=taken)
    assert desktop.items() >= 3


def test_a_login_and_a_logout_leave_no_copy_of_its_name(desktop, logged_in, here, driven):
    """A new token replaces every item of its name: which of several is found is chance, and would be an old one."""
    add_copies(desktop, logged_in)
    ran = driven("--perms", "write")
    assert ran.returncode == 0, ran.stderr
    assert desktop.items() == 1
    now = account(here)
    assert now["oauth_token"] != logged_in["oauth_token"]
    assert json.loads(look_up(desktop, logged_in).stdout)["oauth_token"] == now["oauth_token"]
    add_copies(desktop, now)
    assert here.run("logout").returncode == 0
    assert desktop.items() == 0


def test_each_account_has_its_item(desktop, here, driven):
    """Two people, two items; a logout removes one's own, and --all the rest."""
    for user in (0, 1):
        assert driven(user=user).returncode == 0
    assert desktop.items() == 2
    names = sorted(path.stem for path in (here.app / "accounts").iterdir())
    accounts = [account(here, "--account", name) for name in names]
    assert accounts[0]["oauth_token"] != accounts[1]["oauth_token"]
    assert here.run("logout", "--account", names[0]).returncode == 0
    assert account(here, "--account", names[1]) == accounts[1]
    assert here.run("logout", "--all").returncode == 0
    assert desktop.items() == 0


def test_the_token_is_read_from_the_keyring_that_the_account_remembers(desktop, logged_in, here, driven):
    """`status` checks the token in the keyring; `show` finds it after a restart, and loads no other backend.

    macOS's alone starts other programs, three times, on every call of `show`. A login into a file takes it out.
    """
    ran = here.run("status")
    assert ran.returncode == 0
    assert "keyring" in ran.stdout and "valid" in ran.stdout
    desktop.stop_keyring()
    desktop.start_keyring()  # the machine is started anew, and the person logs in to the desktop
    ran = here.run("show", "--field", "oauth_token", PYTHONPROFILEIMPORTTIME="1")
    assert ran.stdout == logged_in["oauth_token"] + "\n"
    imported = {line.rpartition("|")[2].strip() for line in ran.stderr.splitlines()}
    needed = {"fail", "SecretService"}  # the library itself imports the first
    assert {name for name in imported if name.startswith("keyring.backends.")} == {
        f"keyring.backends.{name}" for name in needed
    }
    assert driven("--store", "file").returncode == 0
    assert desktop.items() == 0
    assert account(here)["store"] == "file"
