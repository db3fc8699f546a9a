"""A real Secret Service that is locked, not set up, mute, or gone: a sentence, exit 6, and nobody waits long."""

import json
import time

import pytest

import secret_service
from secret_service import PROMPTER, SECRETS, Desktop, check_words

pytestmark = pytest.mark.process  # the keyring library loads its backends once for each process

secret_service.require()

SHORT = {"FLICKR_AUTH_KEYRING_TIMEOUT": "1.2"}  # the notice comes after a second
SHORTER = {"FLICKR_AUTH_KEYRING_TIMEOUT": "0.3"}
SOON = 12  # seconds, with the start of Python on a busy machine; the default limit is 15
WAITING = "Waiting for the keyring to be unlocked..."


@pytest.fixture
def desktop(machine, tmp_path):
    """A session of the machine's, without a keyring so far."""
    # The keyring library leaves its connection to the bus open where it raises.
    machine.environ["PYTHONWARNINGS"] += ",ignore:unclosed <socket.socket:ResourceWarning"
    with Desktop(machine.environ, tmp_path) as session:
        yield session


@pytest.fixture
def logged_in(desktop, here, driven):
    """The name of an account whose token is in the keyring."""
    desktop.start_keyring()
    ran = driven()
    assert ran.returncode == 0 and "(SecretService)" in ran.stderr, ran.stderr
    return stored(here)[0]


@pytest.fixture
def locked(desktop, logged_in):
    """The name of an account whose token is in a keyring that is locked."""
    desktop.lock()
    return logged_in


def stored(machine):
    return [path.stem for path in (machine.app / "accounts").glob("*.json")]


def check_failure(ran, sentence, *hints):
    """Exit 6 with that sentence, and the next thing to do."""
    check_words(ran, 6)
    said = ran.stderr[ran.stderr.index("Error: ") :]
    assert sentence in said.splitlines()[0]
    for each in hints:
        assert each in said.splitlines()[1]


def check_soon(started):
    """The limit that was set is what ended it, and no thread that still waits has kept the process."""
    assert time.monotonic() - started < SOON


def check_logout_stays_and_can_be_forced(machine, name, sentence, **variables):
    """Without --force the account stays; with it the account goes, and what may be left is told."""
    ran = machine.run("logout", **variables)
    check_failure(ran, sentence, "--force")
    assert stored(machine) == [name]
    ran = machine.run("logout", "--force", **variables)
    assert ran.returncode == 0
    assert f"The item {name} may still be in it" in ran.stderr
    assert stored(machine) == []


# Locked, and no display to ask for the password on


def test_without_a_terminal_a_locked_keyring_ends_a_command_at_once(desktop, locked, here):
    """Flickr is not asked for a login; a logout forgets nothing by halves; a token that is locked away has no verdict.

    Nothing is lost: `show` says so, and reads the token when the keyring is unlocked.
    """
    for store in ("keyring", "auto"):
        ran = here.run("login", "--store", store)
        check_failure(
            ran, "The keyring is locked.", "unlock it and try again, or run: flickr-auth login", "--store file"
        )
        assert "oauth_token=" not in ran.stderr
    ran = here.run("status")
    assert ran.returncode == 6
    assert "unknown" in ran.stdout and "The keyring is locked." in ran.stdout
    ran = here.run("show")
    check_failure(ran, "The keyring is locked.", "unlock it and try again, or run: ", "flickr-auth login --store file")
    desktop.stop_keyring()
    desktop.start_keyring()
    assert f"account:            {locked}\n" in here.run("show").stdout
    desktop.lock()
    check_logout_stays_and_can_be_forced(here, locked, "The keyring is locked.")


def test_at_a_terminal_the_file_is_offered_instead_of_a_locked_keyring(locked, here, press_ok):
    """A no asks nothing of Flickr and changes nothing; a yes puts the token into the file, where `show` reads it."""
    before = (here.app / "accounts" / f"{locked}.json").read_text()
    for answer in "ny":
        terminal = here.terminal("login", "--no-browser")
        terminal.expect("The keyring is locked.")
        terminal.expect("Store the token in a file .*\\[[yY]/[nN]\\] ")
        terminal.sendline(answer)
        if answer == "y":
            terminal.expect("Enter the code it shows: ")
            terminal.sendline(press_ok()(terminal.before))
        screen = terminal.read()
        terminal.close()
        if answer == "n":
            assert terminal.exitstatus == 1
            assert "oauth_token=" not in screen and "There is nowhere to store the token." in screen
            assert (here.app / "accounts" / f"{locked}.json").read_text() == before
    assert terminal.exitstatus == 0 and "Token saved in" in screen
    assert json.loads(here.run("show", "--format", "json").stdout)["store"] == "file"


# Locked, and somebody could be asked


def test_a_person_who_does_not_unlock_the_keyring_is_told_what_is_waited_for(desktop, locked, here):
    """The question for the password is on a screen that nobody looks at: a word after a second, and an end."""
    desktop.start_mute(PROMPTER)
    started = time.monotonic()
    ran = here.run("show", **SHORT)
    check_soon(started)
    assert WAITING in ran.stderr
    check_failure(ran, "did not answer within 1.2 seconds", "unlock it")


def test_the_wait_for_a_keyring_can_be_cancelled(desktop, locked, here):
    """Ctrl-C ends the wait at once."""
    desktop.start_mute(PROMPTER)
    terminal = here.terminal("show")
    terminal.expect_exact(WAITING)
    terminal.sendintr()
    assert "Cancelled." in terminal.read()
    terminal.close()
    assert terminal.exitstatus == 130


# Not set up yet


def test_a_keyring_that_was_never_set_up_is_told_apart(desktop, here):
    """gnome-keyring is there, but nobody has logged in to the desktop so far: it has no collection."""
    desktop.start_keyring(None)
    started = time.monotonic()
    check_failure(here.run("login"), "has not been set up yet", "--store file")
    check_soon(started)
    assert stored(here) == []


# A service that never answers


def test_a_mute_service_holds_nobody_up_longer_than_was_set(desktop, logged_in, here):
    """The limit ends the wait and the process, of a login and a logout; the account goes with --force alone."""
    desktop.stop_keyring()
    desktop.start_mute(SECRETS)
    started = time.monotonic()
    ran = here.run("login", **SHORTER)
    check_soon(started)
    check_failure(ran, "did not answer", "flickr-auth login --store file")
    check_logout_stays_and_can_be_forced(here, logged_in, "did not answer within 0.3 seconds", **SHORTER)


def test_two_accounts_in_a_mute_service_are_waited_for_once(desktop, logged_in, here, driven):
    """A service that was given up is left alone by the rest of the command."""
    assert driven(user=1).returncode == 0
    desktop.stop_keyring()
    desktop.start_mute(SECRETS)
    ran = here.run("status", **SHORTER)
    assert ran.returncode == 6
    assert (ran.stdout.count("within 0.3 seconds"), ran.stdout.count("was not tried again")) == (1, 1)


# No bus, and a session that has ended


def test_without_a_bus_or_a_keyring_on_it_there_is_no_keyring(desktop, here):
    """Over SSH, under cron, in a container: whatever the variable says, a sentence names the file."""
    for address in (here.environ["DBUS_SESSION_BUS_ADDRESS"], "unix:path=/nowhere", "no address at all", ""):
        here.environ["DBUS_SESSION_BUS_ADDRESS"] = address
        ran = here.run("login")
        check_failure(ran, "There is no keyring on this machine, or none that can be reached", "--store file")
    del here.environ["DBUS_SESSION_BUS_ADDRESS"]
    check_failure(here.run("login"), "There is no keyring on this machine", "--store file")


def test_a_frozen_bus_is_not_waited_for_without_end(desktop, logged_in, here):
    """The bus takes the connection and is silent: login and `show` end in a sentence."""
    desktop.freeze()
    started = time.monotonic()
    check_failure(here.run("login", **SHORTER), "", "--store file")
    check_soon(started)
    check_failure(here.run("show", **SHORTER), "", "flickr-auth login --store file")
    assert stored(here) == [logged_in]


def test_an_account_outlives_the_session_of_its_keyring(desktop, logged_in, here):
    """The keyring, then the whole session has ended: `show` says where to run it, `logout` keeps the account."""
    sentence = "The keyring that holds this account (SecretService) cannot be reached from here."
    desktop.stop_keyring()
    check_failure(here.run("show"), sentence, "desktop session", "flickr-auth login --store file")
    desktop.stop()
    check_failure(here.run("show"), sentence, "desktop session", "flickr-auth login --store file")
    check_logout_stays_and_can_be_forced(here, logged_in, sentence)
