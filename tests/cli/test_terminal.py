"""The login at a real terminal."""

import json
import re
import signal
import sys

import pytest

import qr_scanner
from terminals import pexpect

if sys.platform == "win32":
    pytest.skip("Windows has no pseudo-terminals that pexpect knows", allow_module_level=True)

PROMPT = "What is the PIN\\? "


def address(terminal):
    """The request token and the permission in the address on the screen, once the prompt is there."""
    terminal.expect(r"oauth_token=([0-9a-f-]+)&perms=([a-z]+)")
    found = terminal.match.groups()
    terminal.expect(PROMPT)
    return found


def end(terminal):
    """What is left on the screen, and the exit code."""
    rest = terminal.read()
    terminal.wait()
    terminal.close()
    return rest, terminal.exitstatus


def test_the_right_pin_logs_in(here, sandbox):
    """A person opens the address, types the code, and reads who logged in, with which permission, and where it is."""
    terminal = here.terminal("login")
    terminal.expect("Using the API key [0-9a-f]{8}\\.\\.\\. from ./apikeys")
    token, perms = address(terminal)
    terminal.sendline(sandbox.press_ok(token, perms))
    screen, code = end(terminal)
    assert "Logged in" in screen and "Sam Sandbox (sandbox-sam" in screen and "with read permission" in screen
    assert "The token is in the keyring (fake_keyrings)" in screen
    assert "flickr-auth login --perms write" in screen
    assert code == 0


@pytest.mark.parametrize(
    "spelling", ["{0}-{1}-{2}", "{0}{1}{2}", "{0} {1} {2}", "  {0}-{1} {2}  ", "{0}\u2013{1}\u2011{2}"]
)
def test_a_pin_may_be_typed_with_dashes_spaces_or_neither(here, sandbox, spelling):
    """However a person copies the nine digits, they are understood."""
    terminal = here.terminal("login")
    token, perms = address(terminal)
    terminal.sendline(spelling.format(*sandbox.press_ok(token, perms).split("-")))
    screen, code = end(terminal)
    assert "Logged in" in screen
    assert code == 0


def wrong(code):
    """Another code of the same shape."""
    return "".join("0" if each == "1" else "1" if each.isdigit() else each for each in code)


def test_a_wrong_pin_is_asked_for_again(here, sandbox):
    """Two slips of the finger are forgiven."""
    terminal = here.terminal("login")
    token, perms = address(terminal)
    code = sandbox.press_ok(token, perms)
    for _ in range(2):
        terminal.sendline(wrong(code))
        terminal.expect("says that this code is wrong")
        terminal.expect(PROMPT)
    terminal.sendline(code)
    screen, exit_code = end(terminal)
    assert "Logged in" in screen
    assert exit_code == 0


def test_a_third_wrong_pin_ends_the_login(here, sandbox):
    """After three wrong codes the login ends with Flickr's refusal, exit 4, and nothing is stored."""
    terminal = here.terminal("login")
    token, perms = address(terminal)
    code = sandbox.press_ok(token, perms)
    for _ in range(2):
        terminal.sendline(wrong(code))
        terminal.expect(PROMPT)
    terminal.sendline(wrong(code))
    screen, exit_code = end(terminal)
    assert "✗ " in screen and "code is wrong" in screen
    assert exit_code == 4
    assert not list((here.app / "accounts").iterdir())


def test_ctrl_c_at_the_prompt_cancels(here):
    """Ctrl-C ends the login with exit 130, a word, and nothing stored."""
    terminal = here.terminal("login")
    address(terminal)
    terminal.sendintr()
    screen, code = end(terminal)
    assert "Cancelled." in screen and "Traceback" not in screen
    assert code == 130
    assert not list((here.app / "accounts").iterdir())


def test_end_of_input_at_the_prompt_says_what_to_do(here):
    """Ctrl-D is no code: the login ends with exit 1 and says what to do."""
    terminal = here.terminal("login")
    address(terminal)
    terminal.sendeof()
    screen, code = end(terminal)
    assert "✗ The code never came." in screen
    assert code == 1


def test_sigterm_at_the_prompt_ends_with_143(here):
    """A supervisor that ends the login gets the exit code it expects."""
    terminal = here.terminal("login")
    address(terminal)
    terminal.kill(signal.SIGTERM)
    screen, code = end(terminal)
    assert "Traceback" not in screen
    assert code == 143


def test_an_empty_line_is_no_code(here, sandbox):
    """Enter alone explains what to type, where to look if the key is disabled, and asks again."""
    terminal = here.terminal("login")
    token, perms = address(terminal)
    terminal.sendline("")
    terminal.expect("Type the nine digits")
    terminal.expect("disabled")
    terminal.expect(PROMPT)
    terminal.sendline(sandbox.press_ok(token, perms))
    assert end(terminal)[1] == 0


def test_text_of_another_shape_is_asked_about_and_not_sent(machine):
    """What does not look like a code is not sent without a yes."""
    machine.write_apikeys()
    terminal = machine.terminal("login", "--sandbox", "-v")
    terminal.expect("What is the PIN\\? .*you\\) ")
    terminal.sendline("12345")
    terminal.expect("does not look like a code")
    terminal.expect("Send it anyway\\? \\[y/N\\] ")
    terminal.sendline("n")
    terminal.expect("What is the PIN\\? .*you\\) ")
    assert "access_token" not in terminal.before
    terminal.sendline("12345")
    terminal.expect("Send it anyway\\? \\[y/N\\] ")
    terminal.sendline("y")
    screen, code = end(terminal)
    assert "access_token 401" in screen and "permission was denied" in screen
    assert code == 4


def test_without_a_keyring_a_person_is_asked_before_anything_else(here, sandbox):
    """Where no keyring works, a yes puts the token into a file that only its owner can read."""
    terminal = here.terminal("login", PYTHON_KEYRING_BACKEND="keyring.backends.fail.Keyring")
    terminal.expect("There is no keyring on this machine")
    terminal.expect("Store the token in a file in .*\\[y/N\\] ")
    assert "oauth_token=" not in terminal.before
    terminal.sendline("y")
    token, perms = address(terminal)
    terminal.sendline(sandbox.press_ok(token, perms))
    screen, code = end(terminal)
    assert code == 0
    (stored,) = (here.app / "accounts").iterdir()
    assert stored.name in screen.replace("\r\n", "")
    assert stored.stat().st_mode & 0o777 == 0o600


def test_a_no_to_the_file_asks_nothing_of_flickr(here):
    """Never plaintext without a yes: a no ends the login, exit 1, before Flickr is asked for anything."""
    terminal = here.terminal("login", "-v", PYTHON_KEYRING_BACKEND="keyring.backends.fail.Keyring")
    terminal.expect("\\[y/N\\] ")
    terminal.sendline("")
    screen, code = end(terminal)
    assert "request_token" not in screen and "--store file" in screen
    assert code == 1


@pytest.mark.parametrize("answer", ["y", "n", "ctrl-c"])
def test_a_keyring_that_fails_after_the_token_came_offers_a_file(here, sandbox, answer):
    """A token that Flickr issued is not thrown away: it goes into a file, or the page to revoke it is shown."""
    terminal = here.terminal("login", PYTHON_KEYRING_BACKEND="fake_keyrings.FailsLater")
    token, perms = address(terminal)
    terminal.sendline(sandbox.press_ok(token, perms))
    terminal.expect("cannot be kept")
    terminal.expect("\\[y/N\\] ")
    terminal.sendintr() if answer == "ctrl-c" else terminal.sendline(answer)
    screen, code = end(terminal)
    if answer == "y":
        (stored,) = (here.app / "accounts").iterdir()
        assert json.loads(stored.read_text())["store"] == "file"
        assert code == 0
    else:
        assert "issued but not kept" in screen and "/services/auth/list.gne" in screen
        assert code == 6
        assert not list((here.app / "accounts").iterdir())


def test_a_keyring_that_wants_to_be_unlocked_says_so(machine):
    """While the keyring is silent the screen says what is waited for, and the wait has an end."""
    terminal = machine.terminal(
        "login", "--sandbox", PYTHON_KEYRING_BACKEND="fake_keyrings.Hanging", FLICKR_AUTH_KEYRING_TIMEOUT="1.5"
    )
    terminal.expect("Waiting for the keyring to be unlocked")
    terminal.expect("What is the PIN\\? .*you\\) ")
    terminal.sendline("")
    screen, code = end(terminal)
    assert "/accounts/" in screen.replace("\r\n", "")
    assert code == 0


def test_the_sandbox_answers_for_the_person_who_presses_enter(machine):
    """`login --sandbox` shows the code that the stand-in gives, and goes on."""
    terminal = machine.terminal("login", "--sandbox")
    terminal.expect("stand-in for Flickr")
    terminal.expect("What is the PIN\\? .*you\\) ")
    terminal.sendline("")
    terminal.expect("It shows the code [0-9]{3}-[0-9]{3}-[0-9]{3}")
    screen, code = end(terminal)
    assert "Logged in at the sandbox as Sam Sandbox" in screen
    assert code == 0


def test_colours_are_left_out_where_they_are_not_wanted(here):
    """NO_COLOR is honoured, and without it the address stands out."""
    for variables, styled in (({"NO_COLOR": "1"}, False), ({"NO_COLOR": ""}, True), ({"TERM": "dumb"}, False)):
        terminal = here.terminal("login", **variables)
        terminal.expect(PROMPT)
        assert ("\x1b[" in terminal.before) is styled
        terminal.sendintr()
        terminal.expect(pexpect.EOF)
        terminal.close()


def test_a_qr_code_leaves_address_and_prompt_on_the_screen(here, sandbox):
    """On 80 by 24 a phone can read the code, and a person the address and the question, all at once."""
    terminal = here.terminal("login", "--qr", "--perms", "delete")
    terminal.expect(PROMPT)
    shown_so_far = terminal.before + terminal.after
    address_shown = re.search(r"http://\S*oauth_token=\S*perms=delete", shown_so_far)[0]
    screen = qr_scanner.shown(shown_so_far.replace("\r\n", "\n"))
    assert qr_scanner.scanned(screen, "dark") == qr_scanner.scanned(screen, "light") == [address_shown]
    display = "".join(line.ljust(80) for line in screen.display)
    assert address_shown in display and "What is the PIN? " in display
    terminal.sendintr()
    assert end(terminal)[1] == 130


def test_a_window_too_narrow_for_the_qr_code_is_told_and_the_login_goes_on(here, sandbox):
    """The address itself serves."""
    terminal = here.terminal("login", "--qr", columns=30)
    terminal.expect("too narrow for the QR code")
    token, perms = address(terminal)
    terminal.sendline(sandbox.press_ok(token, perms))
    assert end(terminal)[1] == 0


@pytest.mark.process
def test_without_segno_a_qr_code_says_how_to_install_it_before_flickr_is_asked(here):
    """The extra is missing: exit 1, the command that installs it, and no request."""
    (here.folder / "hidden").mkdir()
    (here.folder / "hidden" / "segno.py").write_text("raise ImportError('not installed')\n")
    path = f"{here.folder / 'hidden'}:{here.environ['PYTHONPATH']}"
    ran = here.run("login", "--qr", "-v", PYTHONPATH=path)
    assert ran.returncode == 1
    assert "pip install 'flickr-auth[qr]'" in ran.stderr and "request_token" not in ran.stderr


def test_ctrl_c_at_a_question_is_130_and_asks_nothing_of_flickr(here):
    """Ctrl-C at "Store the token in a file?" ends the login before Flickr is asked."""
    terminal = here.terminal("login", "-v", PYTHON_KEYRING_BACKEND="keyring.backends.fail.Keyring")
    terminal.expect("\\[y/N\\] ")
    terminal.sendintr()
    screen, code = end(terminal)
    assert "Cancelled." in screen and "request_token" not in screen
    assert code == 130


@pytest.fixture
def asked_for_less(driven, here):
    """A terminal that asks whether a token that may write is to be replaced by one that may not."""
    driven("--perms", "write")
    terminal = here.terminal("login")
    terminal.expect("sandbox-sam has a token with write permission")
    terminal.expect(r"Go on\? \[y/N\] ")
    return terminal


def test_a_login_for_less_asks_first(asked_for_less, here):
    """Whoever says no keeps the stronger token, and Flickr was not asked for anything."""
    asked_for_less.sendline("n")
    screen, code = end(asked_for_less)
    assert code == 1
    assert "oauth_token=" not in screen and "login --perms write" in screen
    assert here.run("show", "--field", "perms").stdout == "write\n"


def test_a_login_for_less_goes_on_after_a_yes(asked_for_less, here, sandbox):
    """Whoever says yes has one account with the weaker token."""
    asked_for_less.sendline("y")
    asked_for_less.expect(r"oauth_token=([0-9a-f-]+)&perms=read")
    code = sandbox.press_ok(asked_for_less.match[1])
    asked_for_less.expect("What is the PIN")
    asked_for_less.sendline(code)
    assert end(asked_for_less)[1] == 0
    assert here.run("show", "--field", "perms").stdout == "read\n"
