"""The first time at a terminal: no key is there, and the program asks for it."""

import stat
import sys

import pytest

from flickr_auth.sandbox.server import KEYS

if sys.platform == "win32":
    pytest.skip("Windows has no pseudo-terminals that pexpect knows", allow_module_level=True)

KEY, SECRET = KEYS[0].api_key, KEYS[0].api_secret


@pytest.fixture
def wizard(machine, sandbox):
    """The program at a terminal, without any key, at the question for the key."""

    def begin(**variables):
        terminal = machine.terminal("login", FLICKR_AUTH_BASE_URL=sandbox.base_url, **variables)
        terminal.expect("Flickr gives keys to Pro accounts")
        terminal.expect("https://www.flickr.com/services/apps/create/apply/")
        return terminal

    return begin


def answer(terminal, key, secret):
    terminal.expect("API key: ")
    terminal.sendline(key)
    terminal.expect("API secret \\(it is not shown\\): ")
    terminal.sendline(secret)


def log_in(terminal, sandbox):
    terminal.expect(r"oauth_token=([0-9a-f-]+)&")
    token = terminal.match[1]
    terminal.expect("What is the PIN\\? ")
    terminal.sendline(sandbox.press_ok(token))
    screen = terminal.read()
    terminal.close()
    return screen, terminal.exitstatus


def test_a_newcomer_is_told_what_a_key_is_and_goes_on_to_the_login(machine, wizard, sandbox):
    """Key and secret are asked for, kept for the next time if wanted, and the login goes on."""
    terminal = wizard()
    answer(terminal, KEY, SECRET)
    terminal.expect("Keep them in .*apikeys for the next time\\? .*\\[y/N\\] ")
    assert SECRET not in terminal.before
    terminal.sendline("y")
    screen, code = log_in(terminal, sandbox)
    assert "Logged in" in screen and code == 0
    kept = machine.app / "apikeys"
    assert kept.read_text() == f"{KEY}\n{SECRET}\n"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    again = machine.run("login", FLICKR_AUTH_BASE_URL=sandbox.base_url)
    assert f"from {kept}" in again.stderr


def test_keys_that_are_not_to_be_kept_are_used_once(machine, wizard, sandbox):
    """A no keeps nothing on disk but the account."""
    terminal = wizard()
    answer(terminal, f"  {KEY} ", SECRET)
    terminal.expect("\\[y/N\\] ")
    terminal.sendline("n")
    screen, code = log_in(terminal, sandbox)
    assert "Logged in" in screen and code == 0
    assert not (machine.app / "apikeys").exists()


def test_swapped_values_are_noticed(wizard, sandbox):
    """The secret first and then the key: they are taken the other way round after a yes."""
    terminal = wizard()
    answer(terminal, SECRET, KEY)
    terminal.expect("the secret first and then the key")
    terminal.expect("\\[y/N\\] ")
    terminal.sendline("y")
    terminal.expect("Keep them in")
    terminal.sendline("n")
    assert log_in(terminal, sandbox)[1] == 0


@pytest.mark.parametrize(
    ("key", "secret", "said"),
    [
        (KEY[:-1], SECRET, "The key has 31 characters; others have 32"),
        (f"{KEY[:16]} {KEY[16:]}", SECRET, "The key has a space in it"),
        (KEY, SECRET + "0", "The secret has 17 characters; others have 16"),
        ("g" * 32, SECRET, "The key has other characters than 0-9 and a-f"),
    ],
)
def test_a_value_of_another_shape_is_asked_for_again(wizard, sandbox, key, secret, said):
    """What looks wrong is said, without showing it, and both are asked for again after a no."""
    terminal = wizard()
    answer(terminal, key, secret)
    terminal.expect(said)
    if " " not in key:
        terminal.expect("Use them all the same\\? \\[y/N\\] ")
        terminal.sendline("n")
    answer(terminal, KEY, SECRET)
    terminal.expect("Keep them in")
    terminal.sendline("n")
    assert log_in(terminal, sandbox)[1] == 0


def test_the_page_to_apply_at_is_offered_where_a_browser_is(wizard, machine, sandbox):
    """With a browser at hand the page is opened after a yes."""
    (machine.folder / "browser").write_text('#!/bin/sh\necho "$1" > opened.new && mv opened.new opened\n')
    (machine.folder / "browser").chmod(0o755)
    terminal = wizard(BROWSER=machine.folder / "browser")
    terminal.expect("Open that page in your browser\\? \\[y/N\\] ")
    terminal.sendline("n")
    answer(terminal, KEY, SECRET)
    terminal.expect("Keep them in")
    terminal.sendintr()
    terminal.read()
    terminal.close()
    assert terminal.exitstatus == 130
    assert not (machine.folder / "opened").exists()


@pytest.mark.parametrize("at", ["API key: ", "API secret \\(it is not shown\\): "])
@pytest.mark.parametrize("how", ["ctrl-c", "ctrl-d"])
def test_the_questions_can_be_left(machine, wizard, at, how):
    """Ctrl-C is 130, end of input is 1, nothing is stored, and the terminal shows what is typed again."""
    terminal = wizard()
    terminal.expect("API key: ")
    if at != "API key: ":
        terminal.sendline(KEY)
        terminal.expect(at)
        assert not terminal.getecho()
    terminal.sendintr() if how == "ctrl-c" else terminal.sendeof()
    terminal.expect("Cancelled" if how == "ctrl-c" else "Without an API key there is no login")
    assert terminal.getecho()
    terminal.read()
    terminal.close()
    assert terminal.exitstatus == (130 if how == "ctrl-c" else 1)
    assert not machine.app.exists() or not list(machine.app.rglob("*.json"))
