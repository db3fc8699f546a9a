"""The first time at a terminal: no key is there, and the program asks for it."""

import stat
import sys

import pytest

from flickr_auth.sandbox.server import KEYS

if sys.platform == "win32":
    pytest.skip("Windows has no pseudo-terminals that pexpect knows", allow_module_level=True)

KEY, SECRET = KEYS[0].api_key, KEYS[0].api_secret
KEEP = "apikeys.*\\[Y/n\\] "


@pytest.fixture
def newcomer(machine, sandbox):
    """A machine whose provider is the sandbox, without any key."""
    machine.environ["FLICKR_AUTH_BASE_URL"] = sandbox.base_url
    return machine


def asked(newcomer, *typed):
    """What is on the screen when these lines have been typed, and the key that was used."""
    ran = newcomer.answer("login", typed=[*typed, "n", ""])
    return ran.stderr, ran.stderr.partition("Using the API key ")[2][:8]


def test_a_newcomer_is_told_what_a_key_is_and_goes_on_to_the_login(newcomer, press_ok):
    """Key and secret are asked for, the secret is not shown, both are kept after a yes, and the login goes on."""
    terminal = newcomer.terminal("login")
    terminal.expect("Flickr gives keys to Pro accounts")
    terminal.expect("https://www.flickr.com/services/apps/create/apply/")
    terminal.expect("flickr-auth login --sandbox")  # the way out
    terminal.expect("API key: ")
    terminal.sendline(KEY)
    terminal.expect("API secret \\(hidden\\): ")
    terminal.sendline(SECRET)
    terminal.expect(KEEP)
    assert SECRET not in terminal.before
    assert not (newcomer.app / "apikeys").exists()
    terminal.sendline("")
    terminal.expect("Enter the code it shows: ")
    terminal.sendline(press_ok()(terminal.before))
    assert "Logged in" in terminal.read()
    terminal.close()
    assert terminal.exitstatus == 0
    kept = newcomer.app / "apikeys"
    assert kept.read_text() == f"{KEY}\n{SECRET}\n"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert "from ~/.config/flickr-auth/apikeys." in newcomer.run("login").stderr


def test_keys_that_flickr_refuses_are_not_kept(newcomer):
    """Nobody is asked to keep keys before they have proved good, and nothing of them is stored."""
    for key in ("f" * 32, KEY):
        ran = newcomer.answer("login", typed=[key, "f" * 16])
        assert ran.returncode == 4 and "[Y/n]" not in ran.stderr
        assert not (newcomer.app / "apikeys").exists()


def test_a_paste_at_a_terminal_shows_no_secret_and_logs_in(newcomer, press_ok):
    """The terminal shows nothing of both lines pasted at once, no line end of the paste is a yes, the login goes on."""
    terminal = newcomer.terminal("login")
    terminal.expect("API key: ")
    terminal.send(f"\x1b[200~{KEY}\r\n{SECRET}\r\n\x1b[201~")
    terminal.expect(KEEP)
    assert SECRET not in terminal.before
    terminal.sendline("n")
    terminal.expect("Enter the code it shows: ")
    assert SECRET not in terminal.before
    terminal.sendline(press_ok()(terminal.before))
    assert "Logged in" in terminal.read()
    assert not (newcomer.app / "apikeys").exists()


def test_key_and_secret_may_be_pasted_at_once(newcomer):
    """Both lines of the page, or of a file, in either order, are the pair; the secret is not shown."""
    for pasted in (
        f"{KEY}\n{SECRET}",
        f"Key: {KEY}\nSecret: {SECRET}",
        f"# my keys\n{KEY}\n{SECRET}",
        f'"{KEY}" \n"{SECRET}"',
        f"{SECRET}\n{KEY}",
        f"{SECRET} {KEY}",
    ):
        screen, used = asked(newcomer, pasted)
        assert (used, pasted) == (KEY[:8], pasted)
        assert KEY in screen and SECRET not in screen
        assert "oauth_token=" in screen  # so the secret was right


def test_a_value_of_another_shape_is_asked_for_again_at_once(newcomer):
    """What is wrong with a key is said before its secret is asked for, and a slip in the secret leaves the key."""
    for key, said in (
        ("", "The key is empty"),
        (KEY[:-1], "31 characters"),
        (f"{KEY[:16]} {KEY[16:]}", "The key has spaces"),
        ("g" * 32, "The key has characters other than 0-9 and a-f"),
    ):
        screen, used = asked(newcomer, key, KEY, SECRET)
        assert used == KEY[:8]
        assert screen.index(said) < screen.rindex("\nAPI key: ") < screen.index("API secret")
    screen, used = asked(newcomer, KEY, "", SECRET + "0", SECRET)
    assert used == KEY[:8] and "oauth_token=" in screen
    assert "The secret is empty" in screen and "17 characters" in screen
    assert SECRET not in screen and screen.count("\nAPI key: ") == 1


def test_an_unusual_key_can_be_insisted_on(newcomer):
    """Nobody knows all keys: the same value once more is taken, and Flickr decides."""
    ran = newcomer.answer("login", typed=["an-unusual-key", "an-unusual-key", SECRET])
    assert "enter the same value to use it anyway" in ran.stderr
    assert "does not know this API key" in ran.stderr and ran.returncode == 4


def test_a_key_that_no_file_could_hold_cannot_be_insisted_on(newcomer):
    """What would be stored and could not be read again is asked for anew, however often it comes."""
    for odd in (f'{KEY[:-1]}"', f"{KEY[:-1]}]", "k" * 2049):
        screen, used = asked(newcomer, odd, odd, KEY, SECRET)
        assert used == KEY[:8]
        assert screen.count("other characters in it that no key has. Enter it again.") == 2


def test_the_page_to_apply_at_is_opened_after_a_yes(newcomer):
    """Where a browser is, the question is asked first; a no opens nothing, and the login goes on."""
    (newcomer.folder / "browser").write_text("#!/bin/sh\ntouch opened\n")
    (newcomer.folder / "browser").chmod(0o755)
    ran = newcomer.answer("login", typed=["n"], BROWSER=newcomer.folder / "browser")
    assert "Open that page in your browser? [Y/n] " in ran.stderr and ran.returncode == 1
    assert not (newcomer.folder / "opened").exists()


@pytest.mark.parametrize("how", ["ctrl-c", "ctrl-d"])
def test_the_questions_can_be_left(newcomer, how):
    """Ctrl-C is 130, end of input is 1, nothing is stored, and the terminal shows what is typed again."""
    terminal = newcomer.terminal("login")
    terminal.expect("API key: ")
    terminal.sendline(KEY)
    terminal.expect("API secret \\(hidden\\): ")
    assert not terminal.getecho()
    terminal.sendintr() if how == "ctrl-c" else terminal.sendeof()
    terminal.expect("Cancelled" if how == "ctrl-c" else "No API key was entered")
    assert terminal.getecho()
    terminal.read()
    terminal.close()
    assert terminal.exitstatus == (130 if how == "ctrl-c" else 1)
    assert not newcomer.app.exists() or not list(newcomer.app.rglob("*.json"))


def test_a_secret_is_not_shown_whatever_is_pressed(newcomer):
    """Ctrl-Z stops nothing while a secret is typed, so that no fg of the shell shows the rest of it."""
    terminal = newcomer.terminal("login")
    terminal.expect("API key: ")
    terminal.sendline(KEY)
    terminal.expect("API secret \\(hidden\\): ")
    terminal.send(SECRET[:8])
    terminal.sendcontrol("z")
    terminal.sendline(SECRET[8:])
    terminal.expect("The secret has spaces or other characters")  # one of them is the Ctrl-Z
    shown = terminal.before
    assert not terminal.getecho()
    terminal.sendintr()
    shown += terminal.read()
    assert SECRET[:8] not in shown and SECRET[8:] not in shown
    terminal.close()
    assert terminal.exitstatus == 130


def test_keys_that_are_not_to_be_kept_are_used_once(newcomer, press_ok):
    """A no keeps nothing on disk but the account."""
    ran = newcomer.answer("login", typed=[f"  {KEY} ", SECRET, "n", press_ok()])
    assert ran.returncode == 0 and "Logged in" in ran.stderr
    assert not (newcomer.app / "apikeys").exists()
