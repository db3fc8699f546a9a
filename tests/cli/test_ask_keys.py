"""The first time at a terminal: no key is there, and the program asks for it."""

import stat
import sys

import pytest

from flickr_auth.sandbox.server import KEYS

from terminals import pexpect

if sys.platform == "win32":
    pytest.skip("Windows has no pseudo-terminals that pexpect knows", allow_module_level=True)

KEY, SECRET = KEYS[0].api_key, KEYS[0].api_secret
KEEP = "Save the API key and secret in ~/.config/flickr-auth/apikeys .*\\[Y/n\\] "


@pytest.fixture
def newcomer(machine, sandbox):
    """A machine whose provider is the sandbox, without any key."""
    machine.environ["FLICKR_AUTH_BASE_URL"] = sandbox.base_url
    return machine


def asked(newcomer, *typed):
    """What is on the screen when these lines have been typed, and whether the right pair was accepted and kept."""
    ran = newcomer.answer("login", typed=[*typed, "", ""])
    kept = newcomer.app / "apikeys"
    is_right = kept.exists() and kept.read_text() == f"{KEY}\n{SECRET}\n"
    kept.unlink(missing_ok=True)
    return ran.stderr, is_right


def saves_nothing(newcomer, terminal):
    """Answer no to the question that stands there after a paste: nobody has answered it, and nothing was shown."""
    terminal.expect(KEEP)
    terminal.sendline("n")
    terminal.expect("Enter the code it shows: ")
    assert SECRET not in terminal.before and not (newcomer.app / "apikeys").exists()


def test_a_newcomer_is_told_what_a_key_is_and_goes_on_to_the_login(newcomer, press_ok):
    """Key and secret are asked for, the secret is not shown, both are kept after a yes, and the login goes on."""
    terminal = newcomer.terminal("login")
    terminal.expect("Flickr gives keys to Pro accounts")
    terminal.expect("To apply for one:\\s+https://www.flickr.com/services/apps/create/apply/\r\n")
    terminal.expect("To look up a key that you have:\\s+https://www.flickr.com/services/apps/by/me\r\n")
    terminal.expect("API key \\(or Enter for the sandbox\\): ")
    terminal.sendline(KEY)
    terminal.expect("API secret \\(hidden\\): ")
    terminal.sendline(SECRET)
    terminal.expect(KEEP)
    assert SECRET not in terminal.before
    assert not (newcomer.app / "apikeys").exists()
    terminal.sendline("")
    terminal.expect("Enter the code it shows: ")
    assert terminal.before.startswith("\r\n")
    terminal.sendline(press_ok()(terminal.before))
    assert "Logged in" in terminal.read()
    terminal.close()
    assert terminal.exitstatus == 0
    kept = newcomer.app / "apikeys"
    assert kept.read_text() == f"{KEY}\n{SECRET}\n"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert "from ~/.config/flickr-auth/apikeys." in newcomer.run("login").stderr


def test_what_flickr_refuses_is_asked_for_again_and_nothing_else(newcomer):
    """A wrong secret leaves the key, an unknown key the secret; none is kept before both have proved good."""
    for typed, said, asked_for in (
        ((KEY, "f" * 16, SECRET), "check the API secret that you entered", "API secret (hidden): "),
        (("f" * 32, SECRET, KEY), "check the API key that you entered", "API key (or Enter for the sandbox): "),
    ):
        ran = newcomer.answer("login", typed=typed[:2])
        assert ran.returncode == 1 and "[Y/n]" not in ran.stderr and not (newcomer.app / "apikeys").exists()
        screen, is_right = asked(newcomer, *typed)
        before, after = screen.split(said)
        assert is_right and "[Y/n]" not in before
        assert after.count("API key (or Enter") + after.count("API secret (hidden)") == 1
        assert after.partition("/by/me\n")[2].startswith(asked_for) and SECRET not in screen


def test_another_pair_may_be_pasted_after_a_refusal(newcomer):
    """Both lines of the next paste are the pair then, too; and whoever sees that the key was wrong enters both."""
    terminal = newcomer.terminal("login")
    terminal.expect("Enter for the sandbox\\): ")
    terminal.send(f"{'f' * 32}\r{'f' * 16}\r")
    terminal.expect("API key that you entered")
    terminal.expect("Enter for the sandbox\\): ")
    terminal.send(f"{KEY}\r{SECRET}\r")
    terminal.expect(KEEP)
    assert SECRET not in terminal.before and "refused" not in terminal.before
    assert asked(newcomer, KEYS[1].api_key, "f" * 16, KEY, SECRET)[1]


def test_a_line_end_too_many_in_a_paste_saves_nothing(newcomer):
    """Blank lines behind what is refused lead into no sandbox, and between and behind what is right they are no yes."""
    terminal = newcomer.terminal("login")
    terminal.expect("Enter for the sandbox\\): ")
    terminal.send(f"{'f' * 32}\r{SECRET}\r\r")
    terminal.expect("API key that you entered")
    terminal.expect("Enter for the sandbox\\): ")
    with pytest.raises(pexpect.TIMEOUT):  # a blank line is an answer once no other has followed for a while
        terminal.expect("This is the sandbox", timeout=0.6)
    terminal.send(f"{KEY}\r\n\r\n{SECRET}\n\n")
    saves_nothing(newcomer, terminal)


def test_a_secret_that_is_pasted_at_a_question_is_not_shown(newcomer, nobody_there):
    """At "Try again?" and at "Save the API key and secret?" the question comes once more, and no secret."""
    for base_url, question in ((nobody_there, "Try again\\? \\[Y/n\\] "), (None, KEEP)):
        variables = {"FLICKR_AUTH_BASE_URL": base_url, "FLICKR_AUTH_HTTP_TIMEOUT": "0.3"} if base_url else {}
        terminal = newcomer.terminal("login", **variables)
        terminal.expect("Enter for the sandbox\\): ")
        terminal.send(f"{KEY}\r{SECRET}\r")
        terminal.expect(question)
        terminal.send(f"{SECRET}\r")
        terminal.expect("Please answer y or n.")
        shown = terminal.before
        terminal.expect(question)
        terminal.sendline("n")
        terminal.expect("could not be checked" if base_url else "Enter the code it shows: ")
        assert SECRET not in shown + terminal.before and not (newcomer.app / "apikeys").exists()


def test_a_network_that_fails_costs_nothing_that_was_typed(newcomer, nobody_there):
    """The same keys are tried again until the person has enough; then the reason is there once, with a hint."""
    ran = newcomer.answer("login", typed=[KEY, SECRET, "", "n"], FLICKR_AUTH_BASE_URL=nobody_there)
    first, second, end = ran.stderr.split("Try again? [Y/n] ")
    assert "API secret" in first and "API" not in second
    assert end.startswith("Error: The API key could not be checked, so it was not saved.\nFix: ")
    assert ran.returncode == 5 and not (newcomer.app / "apikeys").exists()


def test_enter_goes_on_in_the_sandbox(newcomer):
    """Whoever has no key tries the program without one, as with --sandbox; --start, which cannot, does not offer it."""
    terminal = newcomer.terminal("login", "--store", "file")
    terminal.expect("Enter for the sandbox\\): ")
    terminal.sendline("")
    terminal.expect("press Enter to approve it here\\): ")
    assert terminal.getecho()
    terminal.sendline("")
    assert "Logged in to the sandbox" in terminal.read()
    assert "API key: " in newcomer.answer("login", "--start").stderr


def test_the_first_line_of_a_paste_may_be_empty(newcomer):
    """No blank line above the key sends its secret into the open, nor does the line end behind it save anything."""
    terminal = newcomer.terminal("login")
    terminal.expect("Enter for the sandbox\\): ")
    terminal.send(f"\r{KEY}\r{SECRET}\r\r")
    saves_nothing(newcomer, terminal)


def test_a_paste_at_a_terminal_shows_no_secret_and_logs_in(newcomer, press_ok):
    """The terminal shows nothing of both lines pasted at once, no line end of the paste is a yes, the login goes on."""
    terminal = newcomer.terminal("login")
    terminal.expect("API key .*: ")
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
        f"Key: {KEY} Secret: {SECRET}",
        f"{KEY},{SECRET}",
        f"api_key={KEY}&api_secret={SECRET}",
        f"FLICKR_API_KEY={KEY}\nFLICKR_API_SECRET={SECRET}",
    ):
        screen, is_right = asked(newcomer, pasted)
        assert is_right, pasted
        assert KEY in screen and SECRET not in screen


def test_a_value_of_another_shape_is_asked_for_again_at_once(newcomer):
    """What is wrong with a key is said before its secret is asked for, and a slip in the secret leaves the key."""
    for key, said in (
        ("#", "The key is empty"),
        (KEY[:3], "An API key has 32 characters; this one has 3."),
        (f"{KEY[:16]} {KEY[16:]}", "The key has spaces"),
        ("g" * 32, "The key has characters other than 0-9 and a-f"),
    ):
        screen, is_right = asked(newcomer, key, KEY, SECRET)
        assert is_right and screen.index(said) < screen.rindex("\nAPI key (or") < screen.index("API secret")
    screen, is_right = asked(newcomer, KEY, "", SECRET + "0", SECRET)
    assert is_right and "The secret is empty" in screen
    assert "An API secret has 16 characters; this one has 17." in screen
    assert SECRET not in screen and screen.count("\nAPI key (or") == 1


def test_an_unusual_key_can_be_insisted_on(newcomer):
    """Nobody knows all keys: the same value once more is taken, and Flickr decides."""
    ran = newcomer.answer("login", typed=["an-unusual-key", "an-unusual-key", SECRET])
    assert "enter the same value to use it anyway" in ran.stderr
    assert "does not know this API key" in ran.stderr and ran.returncode == 1


def test_a_key_that_no_file_could_hold_cannot_be_insisted_on(newcomer):
    """What would be stored and could not be read again is asked for anew, however often it comes."""
    for odd in (f'{KEY[:-1]}"', f"{KEY[:-1]}]", "k" * 2049):
        screen, is_right = asked(newcomer, odd, odd, KEY, SECRET)
        assert is_right and screen.count("other characters in it that no key has. Enter it again.") == 2


def test_key_and_secret_in_one_are_neither_insisted_on_nor_sent(newcomer):
    """Both without a space between would be a key for everybody to see: asked for again, however often it comes."""
    for both in (KEY + SECRET, SECRET + KEY, (KEY + SECRET).upper()):
        screen, is_right = asked(newcomer, both, both, KEY, SECRET)
        assert is_right and screen.count("this one has 48. Enter it again.\n") == 2
        assert "does not know" not in screen and SECRET.lower() not in screen.lower()


def test_the_page_to_apply_at_is_opened_after_a_yes(newcomer):
    """Where a browser is, the question is asked first; a no opens nothing, and a paste there shows no secret."""
    (newcomer.folder / "browser").write_text("#!/bin/sh\ntouch opened\n")
    (newcomer.folder / "browser").chmod(0o755)
    ran = newcomer.answer("login", typed=["n"], BROWSER=newcomer.folder / "browser")
    assert "Open the page to apply in your browser? [Y/n] " in ran.stderr and ran.returncode == 1
    terminal = newcomer.terminal("login", BROWSER=newcomer.folder / "browser")
    terminal.expect("Open the page to apply in your browser\\? \\[Y/n\\] ")
    terminal.send(f"{KEY}\r{SECRET}\rn\r")
    terminal.expect("Enter for the sandbox\\): ")
    assert SECRET not in terminal.before and not (newcomer.folder / "opened").exists()


@pytest.mark.parametrize("how", ["ctrl-c", "ctrl-d"])
def test_the_questions_can_be_left(newcomer, how):
    """Ctrl-C is 130, end of input is 1, nothing is stored, and the terminal shows what is typed again."""
    terminal = newcomer.terminal("login")
    terminal.expect("API key .*: ")
    terminal.sendline(KEY)
    terminal.expect("API secret \\(hidden\\): ")
    assert not terminal.getecho()
    terminal.sendintr() if how == "ctrl-c" else terminal.sendeof()
    terminal.expect("Cancelled" if how == "ctrl-c" else "No API secret was entered")
    assert terminal.getecho()
    terminal.read()
    terminal.close()
    assert terminal.exitstatus == (130 if how == "ctrl-c" else 1)
    assert not newcomer.app.exists() or not list(newcomer.app.rglob("*.json"))


def test_a_minus_for_the_file_asks_for_both_and_shows_no_secret(newcomer, press_ok):
    """`--apikeys -` at a terminal keeps no keys anywhere but in the account."""
    terminal = newcomer.terminal("login", "--apikeys", "-")
    terminal.expect("API key: ")
    terminal.sendline(KEY)
    terminal.expect("API secret \\(hidden\\): ")
    terminal.sendline(SECRET)
    terminal.expect("Enter the code it shows: ")
    assert SECRET not in terminal.before
    terminal.sendline(press_ok()(terminal.before))
    assert "Logged in" in terminal.read()
    assert not (newcomer.app / "apikeys").exists()


def test_a_secret_is_not_shown_whatever_is_pressed(newcomer):
    """Ctrl-Z stops nothing while a secret is typed, so that no fg of the shell shows the rest of it."""
    terminal = newcomer.terminal("login")
    terminal.expect("API key .*: ")
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
