"""The login at a real terminal."""

import json
import re
import signal
import sys
import threading

import pytest

import qr_scanner
import rude_server
from programs import need_python
from terminals import pexpect

if sys.platform == "win32":
    pytest.skip("Windows has no pseudo-terminals that pexpect knows", allow_module_level=True)

PROMPT = "Enter the code it shows: "


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
    assert "Token saved in the keyring (fake_keyrings)" in screen
    assert "flickr-auth login --perms write" in screen
    assert code == 0


def test_a_pin_may_be_typed_with_other_dashes_and_spaces(here, sandbox):
    """However a person copies the nine digits, they are understood."""
    terminal = here.terminal("login")
    token, perms = address(terminal)
    terminal.sendline("  {}\u2013{}\u2011 {}  ".format(*sandbox.press_ok(token, perms).split("-")))
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
    for left in ("2 tries left", "1 try left"):
        terminal.sendline(wrong(code))
        terminal.expect(f"says that this code is wrong. {left}")
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
    assert "✗ Login ended after 3 wrong codes." in screen and "Run: flickr-auth login\r\n" in screen
    assert exit_code == 4
    assert not list(here.app.rglob("accounts/*"))


def test_ctrl_c_at_the_prompt_cancels(here):
    """Ctrl-C ends the login with exit 130, a word, and nothing stored."""
    terminal = here.terminal("login")
    address(terminal)
    terminal.sendintr()
    screen, code = end(terminal)
    assert "Cancelled." in screen and "Traceback" not in screen
    assert code == 130
    assert not list(here.app.rglob("accounts/*"))


def test_end_of_input_at_the_prompt_says_what_to_do(here):
    """Ctrl-D is no code: the login ends with exit 1 and says what to do."""
    terminal = here.terminal("login")
    address(terminal)
    terminal.sendeof()
    screen, code = end(terminal)
    assert "✗ No code was entered." in screen
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
    terminal.expect("The page shows nine digits")
    terminal.expect("disabled")
    terminal.expect(PROMPT)
    terminal.sendline(sandbox.press_ok(token, perms))
    assert end(terminal)[1] == 0


def test_text_of_another_shape_is_asked_about_and_not_sent(machine):
    """What does not look like a code is not sent without a yes."""
    machine.write_apikeys()
    terminal = machine.terminal("login", "--sandbox", "-v")
    terminal.expect("approve for you\\): ")
    terminal.sendline("12345")
    terminal.expect("does not look like a code")
    terminal.expect("Send it anyway\\? \\[y/N\\] ")
    terminal.sendline("n")
    terminal.expect("approve for you\\): ")
    assert "access_token" not in terminal.before
    terminal.sendline("12345")
    terminal.expect("Send it anyway\\? \\[y/N\\] ")
    terminal.sendline("y")
    terminal.expect("access_token 401")
    terminal.expect("No one has approved this login yet. 2 tries left.")
    terminal.sendintr()
    assert end(terminal)[1] == 130


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
        assert not list(here.app.rglob("accounts/*"))


def test_a_keyring_that_wants_to_be_unlocked_says_so(machine):
    """While the keyring is silent the screen says what is waited for, and the wait has an end."""
    terminal = machine.terminal(
        "login", "--sandbox", PYTHON_KEYRING_BACKEND="fake_keyrings.Hanging", FLICKR_AUTH_KEYRING_TIMEOUT="1.5"
    )
    terminal.expect("Waiting for the keyring to be unlocked")
    terminal.expect("approve for you\\): ")
    terminal.sendline("")
    screen, code = end(terminal)
    assert "/accounts/" in screen.replace("\r\n", "")
    assert code == 0


def test_the_sandbox_answers_for_the_person_who_presses_enter(machine):
    """`login --sandbox` shows the code that the stand-in gives, and goes on."""
    terminal = machine.terminal("login", "--sandbox")
    terminal.expect("test server that imitates Flickr")
    terminal.expect("approve for you\\): ")
    terminal.sendline("")
    terminal.expect("the code is [0-9]{3}-[0-9]{3}-[0-9]{3}")
    screen, code = end(terminal)
    assert "Logged in to the sandbox as Sam Sandbox" in screen
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
    assert address_shown in display and "Enter the code it shows: " in display
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
    assert "-m pip install segno" in ran.stderr and "request_token" not in ran.stderr


def test_ctrl_c_at_a_question_is_130_and_asks_nothing_of_flickr(here):
    """Ctrl-C at "Store the token in a file?" ends the login before Flickr is asked."""
    terminal = here.terminal("login", "-v", PYTHON_KEYRING_BACKEND="keyring.backends.fail.Keyring")
    terminal.expect("\\[y/N\\] ")
    terminal.sendintr()
    screen, code = end(terminal)
    assert "Cancelled." in screen and "request_token" not in screen
    assert code == 130


def test_a_code_typed_before_the_page_was_approved_is_asked_for_again(here, sandbox):
    """Whoever types a code too early reads that, and the same login goes on: it counts as one of the three tries."""
    terminal = here.terminal("login")
    token, perms = address(terminal)
    for left in ("2 tries left", "1 try left"):
        terminal.sendline("123-456-789")
        terminal.expect(f"No one has approved this login yet. {left}")
        terminal.expect(PROMPT)
    terminal.sendline(sandbox.press_ok(token, perms))
    assert end(terminal)[1] == 0


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        (("--sandbox",), "flickr-auth login --sandbox"),
        (("--perms", "write", "--token-file", "my token"), "flickr-auth login --perms write --token-file 'my token'"),
        (("--callback", "--timeout", "77", "--no-browser"), "flickr-auth login --callback"),
    ],
    ids=["sandbox", "token-file", "callback"],
)
def test_the_end_of_a_login_names_the_command_that_begins_it_again(here, arguments, command):
    """After three tries the login is over, and the line to run again has the options that were given, quoted."""
    terminal = here.terminal("login", *arguments, columns=200)
    terminal.expect("oauth_token=")
    for _ in range(3):
        terminal.expect("\\): |shows: ")
        terminal.sendline("123-456-789")
        terminal.expect("No one has|Login ended")
    screen, code = end(terminal)
    assert f"Run: {command}\r\n" in screen
    assert code == 4


def test_end_of_input_at_the_sandbox_is_no_yes(machine):
    """Ctrl-D at a terminal approves nothing: the login ends, and the command that begins it again is on the screen."""
    terminal = machine.terminal("login", "--sandbox")
    terminal.expect("approve for you\\): ")
    terminal.sendeof()
    screen, code = end(terminal)
    assert "Approved" not in screen and "Run: flickr-auth login --sandbox" in screen
    assert code == 1
    assert not list(machine.app.rglob("accounts/*"))


def test_enter_approves_at_the_sandbox_with_a_callback_too(machine):
    """With --sandbox --callback the prompt says that Enter approves, and it does."""
    terminal = machine.terminal("login", "--sandbox", "--callback")
    terminal.expect("Waiting for your browser, [45]:[0-9]{2} left .*press Enter to approve for you\\): ")
    terminal.sendline("")
    screen, code = end(terminal)
    assert "Approved in the sandbox." in screen
    assert code == 0


def test_a_pasted_code_may_have_the_marks_of_a_paste(here, sandbox):
    """A terminal that marks pastes, or a page that adds a label, does not spoil the code."""
    terminal = here.terminal("login")
    token, perms = address(terminal)
    terminal.sendline(f"\x1b[200~PIN: {sandbox.press_ok(token, perms)}\u200b\x1b[201~")
    assert end(terminal)[1] == 0


def test_a_qr_code_of_this_computer_says_that_a_phone_cannot_reach_it(machine):
    """Before anything is asked, whoever wants to scan the sandbox's page with a phone reads why that fails."""
    terminal = machine.terminal("login", "--sandbox", "--qr", "-v")
    terminal.expect("! A phone cannot reach 127.0.0.1")
    assert "request_token" not in terminal.before
    terminal.expect("approve for you\\): ")
    terminal.sendintr()
    assert end(terminal)[1] == 130


@pytest.mark.parametrize("name", ["C", "POSIX"])
def test_a_terminal_of_the_c_locale_gets_ascii(machine, name):
    """Words for the marks and escapes for letters, on both streams, although Python itself would send UTF-8."""
    need_python(machine.environ | {"LC_ALL": name})
    machine.log_in(user=1)
    screen, code = end(machine.terminal("use", "12345679@N00", LC_ALL=name))
    assert "OK Default account: sandbox-zo\\xeb" in " ".join(screen.split()) and code == 0
    screen, code = end(machine.terminal("show", "--field", "username", LC_ALL=name))
    assert screen.split() == ["sandbox-zo\\xeb"] and code == 0


def test_a_terminal_that_cannot_show_a_qr_code_says_so_and_the_login_goes_on(here, sandbox):
    """Where the locale is not UTF-8 the URL alone is shown, with the reason."""
    no_utf_8 = {"LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "LC_ALL": "POSIX"}
    need_python(here.environ | no_utf_8)
    terminal = here.terminal("login", "--qr", **no_utf_8)
    terminal.expect("cannot show a QR code")
    token, perms = address(terminal)
    assert "u2584" not in terminal.before
    terminal.sendline(sandbox.press_ok(token, perms))
    assert end(terminal)[1] == 0


def test_over_ssh_the_tunnel_for_the_callback_is_ready_to_copy(here):
    """The command that lets the browser of one's own computer reach this one has port, user and host in it."""
    terminal = here.terminal(
        "login", "--callback", USER="sam", SSH_CONNECTION="192.0.2.1 50000 192.0.2.2 2222", columns=200
    )
    terminal.expect("send your browser to http://127.0.0.1:([0-9]+)/")
    port = terminal.match[1]
    terminal.expect(f"Run: ssh -L {port}:127.0.0.1:{port} -p 2222 sam@192.0.2.2\r\n")
    terminal.expect("final URL\\): ")
    terminal.sendintr()
    assert end(terminal)[1] == 130


def test_while_an_answer_takes_long_something_moves(machine):
    """After a second the screen says who is waited for, and for how long by now."""
    machine.environ |= {"FLICKR_API_KEY": rude_server.KEYS.api_key, "FLICKR_API_SECRET": rude_server.KEYS.api_secret}
    go_on = threading.Event()
    reply = rude_server.request_token_answer()

    def slowly(line):
        assert go_on.wait(20)
        return reply(line)

    with rude_server.RudeServer([slowly]) as server:
        terminal = machine.terminal("login", FLICKR_AUTH_BASE_URL=server.provider.name)
        terminal.expect("Waiting for http://127.0.0.1:[0-9]+, 1 s")
        terminal.expect("Waiting for http://127.0.0.1:[0-9]+, 2 s")
        go_on.set()
        terminal.expect("Enter the code it shows: ")
        terminal.sendintr()
        assert end(terminal)[1] == 130


def test_a_file_that_may_be_something_else_is_refused(here):
    """A shopping list of two words may be a token of somebody's: another path is named, before Flickr is asked."""
    (here.folder / "list").write_text("milk\neggs!\n")
    terminal = here.terminal("login", "-v", "--token-file", "list")
    screen, code = end(terminal)
    assert code == 3 and "was not changed" in screen and "Try: another path" in screen
    assert "request_token" not in screen and (here.folder / "list").read_text() == "milk\neggs!\n"
