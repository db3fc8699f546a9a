"""The first time at a terminal: no key is there, and the program asks for it."""

import io
import stat
import sys

import pytest

from flickr_auth.cli.console import Console
from flickr_auth.cli.login.ask_keys import ask_pair
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


KEEP = "Keep the API key in .*apikeys for the next time\\? .*\\[Y/n\\] "


def answer(terminal, key=KEY, secret=SECRET):
    terminal.expect("API key: ")
    terminal.sendline(key)
    terminal.expect("API secret \\(hidden\\): ")
    terminal.sendline(secret)


def log_in(terminal, sandbox):
    terminal.expect(r"oauth_token=([0-9a-f-]+)&")
    token = terminal.match[1]
    terminal.expect("Enter the code it shows: ")
    terminal.sendline(sandbox.press_ok(token))
    screen = terminal.read()
    terminal.close()
    return screen, terminal.exitstatus


def end(terminal):
    screen = terminal.read()
    terminal.close()
    return screen, terminal.exitstatus


def test_a_newcomer_is_told_what_a_key_is_and_goes_on_to_the_login(machine, wizard, sandbox):
    """Key and secret are asked for, kept for the next time unless unwanted, and the login goes on."""
    terminal = wizard()
    terminal.expect("flickr-auth login --sandbox")  # the way out
    answer(terminal)
    terminal.expect(KEEP)
    assert SECRET not in terminal.before
    terminal.sendline("")
    screen, code = log_in(terminal, sandbox)
    assert "Logged in" in screen and code == 0
    kept = machine.app / "apikeys"
    assert kept.read_text() == f"{KEY}\n{SECRET}\n"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    again = machine.run("login", FLICKR_AUTH_BASE_URL=sandbox.base_url)
    assert "from ~/.config/flickr-auth/apikeys." in again.stderr


def test_keys_that_are_not_to_be_kept_are_used_once(machine, wizard, sandbox):
    """A no keeps nothing on disk but the account."""
    terminal = wizard()
    answer(terminal, f"  {KEY} ")
    terminal.expect(KEEP)
    terminal.sendline("n")
    screen, code = log_in(terminal, sandbox)
    assert "Logged in" in screen and code == 0
    assert not (machine.app / "apikeys").exists()


@pytest.mark.parametrize("key", ["f" * 32, KEY], ids=["unknown-key", "wrong-secret"])
def test_keys_that_flickr_refuses_are_not_kept(machine, wizard, key):
    """Nobody is asked to keep keys before they have proved good, and nothing of them is stored."""
    terminal = wizard()
    answer(terminal, key, "f" * 16)
    screen, code = end(terminal)
    assert "Keep the API key" not in screen and code == 4
    assert not (machine.app / "apikeys").exists()


def asked(typed):
    """The pair that is made of what is typed, and what is shown."""
    screen = io.StringIO()
    console = Console({}, read=io.BytesIO(typed.encode()).read, is_terminal=True, stderr=screen)
    return ask_pair(console), screen.getvalue()


@pytest.mark.parametrize(
    "pasted",
    [
        "{key}\n{secret}\n",
        "\x1b[200~{key}\n{secret}\x1b[201~\n",
        "\x1b[200~{key}\r\n{secret}\r\n\x1b[201~",
        "Key: {key}\nSecret: {secret}\n",
        "# my keys\n{key}\n{secret}\n",
        "{key} {secret}\n",
        '"{key}" \n"{secret}"\n',
        "{secret}\n{key}\n",
        "{secret} {key}\n",
    ],
)
def test_key_and_secret_may_be_pasted_at_once(pasted):
    """Both lines of the page, or of a file, pasted at the first question are the pair, and the secret is not shown."""
    pair, screen = asked(pasted.format(key=KEY, secret=SECRET))
    assert (pair.api_key, pair.api_secret) == (KEY, SECRET)
    assert KEY in screen and SECRET not in screen


def test_a_paste_at_a_terminal_shows_no_secret_and_logs_in(wizard, sandbox):
    """The terminal shows nothing of what is pasted at once, marks of a paste included, and the login goes on."""
    terminal = wizard()
    terminal.expect("API key: ")
    terminal.send(f"\x1b[200~{KEY}\r\n{SECRET}\r\n\x1b[201~")
    terminal.expect(KEEP)
    screen = terminal.before
    terminal.sendline("n")
    rest, code = log_in(terminal, sandbox)
    assert code == 0
    assert SECRET not in screen + rest


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("", "The key is empty"),
        (KEY[:-1], "The key has 31 characters; others have 32"),
        (f"{KEY[:16]} {KEY[16:]}", "The key has spaces"),
        ("g" * 32, "The key has characters other than 0-9 and a-f"),
    ],
    ids=["empty", "short", "blank", "letters"],
)
def test_a_key_of_another_shape_is_asked_for_again_at_once(key, said):
    """What is wrong with a key is said before its secret is asked for."""
    pair, screen = asked(f"{key}\n{KEY}\n{SECRET}\n")
    assert (pair.api_key, pair.api_secret) == (KEY, SECRET)
    assert screen.index(said) < screen.rindex("API key: ") < screen.index("API secret")


@pytest.mark.parametrize(
    ("secret", "said"), [("", "The secret is empty"), (SECRET + "0", "The secret has 17 characters; others have 16")]
)
def test_a_secret_of_another_shape_is_asked_for_again_at_once(secret, said):
    """The key need not be entered again for a slip in the secret, which is never shown."""
    pair, screen = asked(f"{KEY}\n{secret}\n{SECRET}\n")
    assert (pair.api_key, pair.api_secret) == (KEY, SECRET)
    assert said in screen and SECRET not in screen and screen.count("API key: ") == 1


def test_an_unusual_key_can_be_insisted_on(wizard):
    """Nobody knows all keys: the same value once more is taken, and Flickr decides."""
    terminal = wizard()
    terminal.expect("API key: ")
    terminal.sendline("an-unusual-key")
    terminal.expect("enter the same value to use it anyway")
    terminal.sendline("an-unusual-key")
    terminal.expect("API secret \\(hidden\\): ")
    terminal.sendline(SECRET)
    screen, code = end(terminal)
    assert "does not know this API key" in screen and code == 4


def test_the_page_to_apply_at_is_offered_where_a_browser_is(wizard, machine, sandbox):
    """With a browser at hand the page is opened after a yes."""
    (machine.folder / "browser").write_text('#!/bin/sh\necho "$1" > opened.new && mv opened.new opened\n')
    (machine.folder / "browser").chmod(0o755)
    terminal = wizard(BROWSER=machine.folder / "browser")
    terminal.expect("Open that page in your browser\\? \\[Y/n\\] ")
    terminal.sendline("n")
    answer(terminal)
    terminal.expect(KEEP)
    terminal.sendintr()
    terminal.read()
    terminal.close()
    assert terminal.exitstatus == 130
    assert not (machine.folder / "opened").exists()


@pytest.mark.parametrize("at", ["API key: ", "API secret \\(hidden\\): "])
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
    terminal.expect("Cancelled" if how == "ctrl-c" else "No API key was entered")
    assert terminal.getecho()
    terminal.read()
    terminal.close()
    assert terminal.exitstatus == (130 if how == "ctrl-c" else 1)
    assert not machine.app.exists() or not list(machine.app.rglob("*.json"))
