"""The login of a person: what is asked, how often, and how it ends; and what only a real terminal can show."""

import re
import signal
import sys
import threading

import pytest

import qr_scanner
import rude_server
from programs import need_python

if sys.platform == "win32":
    pytest.skip("Windows has no pseudo-terminals that pexpect knows", allow_module_level=True)

PROMPT = "Enter the code it shows: "
ENTER_APPROVES = "press Enter to approve it here"
STORE_IN_A_FILE = "Store the token in a file that only you can read\\? \\[Y/n\\] "
NO_KEYRING = {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}


def end(terminal):
    """What is left on the screen, and the exit code."""
    rest = terminal.read()
    terminal.wait()
    terminal.close()
    return rest, terminal.exitstatus


def redirect_of(shown):
    """A wrong code, in the URL to which the login on the screen would be sent."""
    token = re.findall(r"oauth_token=([^&\s]+)", shown)[0]
    return f"http://127.0.0.1:1/?oauth_token={token}&oauth_verifier=0123456789abcdef"


def wrong(press):
    """Press OK, and type another code of the same shape."""
    return lambda shown: re.sub("[0-9]", lambda digit: "1" if digit[0] == "0" else "0", press(shown))


def test_a_pin_may_be_typed_and_pasted_in_any_dress(here, press_ok):
    """Other dashes, spaces, a label, and the marks of a paste do not spoil the nine digits."""

    def dressed(shown):
        return "\x1b[200~PIN: {}\u2013{}\u2011 {}\u200b \x1b[201~".format(*press_ok()(shown).split("-"))

    assert here.answer("login", typed=[dressed]).returncode == 0


def test_three_codes_may_be_typed_and_the_third_wrong_one_ends_the_login(here, press_ok):
    """A wrong code and one before the yes count alike; exit 4 ends with the line that was typed, quoted."""
    for arguments, command in (
        (["--perms", "write", "--token-file", "my token"], "--perms write --token-file 'my token'"),
        (["--callback", "--timeout", "77", "--no-browser"], "--callback"),
    ):
        ran = here.answer("login", *arguments, typed=["123-456-789", wrong(press_ok()), wrong(press_ok())])
        assert "No one has approved this login yet. 2 tries left." in ran.stderr
        assert "1 try left." in ran.stderr
        assert ran.returncode == 4 and "Error: Login ended" in ran.stderr
        assert ran.stderr.endswith(f"\nRun: flickr-auth login {command}\n")
    assert not list(here.app.rglob("accounts/*"))


def test_an_empty_line_is_no_code(here, press_ok):
    """Enter alone explains what to type, where to look if the key is disabled, and asks again."""
    ran = here.answer("login", typed=["", press_ok()])
    assert ran.returncode == 0 and ran.stderr.count(PROMPT) == 2
    assert "nine digits" in ran.stderr and "disabled" in ran.stderr and "tries left" not in ran.stderr


def test_text_of_another_shape_is_asked_about_and_not_sent(here, press_ok):
    """What does not look like a code is not sent without a yes, nor is a word; the right code is an answer, too."""
    ran = here.answer("login", "-v", typed=["12 345", "n", "12 345", "y", "12 345", "hmm", press_ok()])
    no, yes, word, code = ran.stderr.split("Send it anyway? [y/N] ")[1:]
    assert "does not look like a code" in ran.stderr and "access_token" not in no
    assert "access_token 401" in yes and "2 tries left" in yes
    assert word.startswith("Please answer y or n, or enter the code.") and "access_token" not in word
    assert "access_token 200" in code and ran.returncode == 0


def test_with_callback_a_paste_of_another_shape_is_told_from_where_to_take_the_right_one(machine):
    """The page shows no nine digits then: the URL in the address bar has the code, and may be the answer."""
    ran = machine.answer("login", "--sandbox", "--callback", typed=["12345", "hm", redirect_of, ""])
    _, asked = ran.stderr.split("does not look like a code from Flickr.\n")
    assert asked.startswith("Try: the whole URL from your browser's address bar") and "nine digits" not in ran.stderr
    assert "Please answer y or n, or enter the code." in asked and "2 tries left" in asked and ran.returncode == 0


def test_the_sandbox_answers_for_the_person_who_presses_enter(machine):
    """`login --sandbox` shows the code that the sandbox gives, and goes on."""
    for arguments in ((), ("--callback",)):
        ran = machine.answer("login", "--sandbox", *arguments, typed=[""])
        assert "test server that imitates Flickr" in ran.stderr and re.search(ENTER_APPROVES, ran.stderr)
        assert "--callback" not in arguments or "browser (up to 5 minutes), or press Enter" in ran.stderr
        assert re.search("the code is ([0-9]{3}-){2}[0-9]{3}|Approved in the sandbox", ran.stderr)
        assert ran.returncode == 0 and "Logged in to the sandbox as Sam Sandbox" in ran.stderr


def test_ctrl_d_is_no_code_and_no_yes(here):
    """The end of input ends the login, approves nothing, and the line that begins it again is on the screen."""
    for arguments in ((), ("--sandbox",)):
        ran = here.answer("login", *arguments)
        assert "Error: No code was entered." in ran.stderr and "Approved" not in ran.stderr
        assert f"Run: {' '.join(('flickr-auth login', *arguments))}\n" in ran.stderr
        assert ran.returncode == 1
    assert not list(here.app.rglob("accounts/*"))


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_at_the_prompt_cancels(here, number, code):
    """Ctrl-C is a word and 130, SIGTERM is 143, and nothing is stored."""
    terminal = here.terminal("login")
    terminal.expect(PROMPT)
    terminal.sendintr() if number == signal.SIGINT else terminal.kill(number)
    screen, ended = end(terminal)
    assert "Traceback" not in screen and ("Cancelled." in screen or number != signal.SIGINT)
    assert ended == code
    assert not list(here.app.rglob("accounts/*"))


def test_without_a_keyring_a_person_is_asked_before_anything_else(here, press_ok):
    """Where no keyring works, a yes puts the token into a file that only its owner can read."""
    ran = here.answer("login", typed=["", press_ok()], **NO_KEYRING)
    asked, rest = re.split(f".*{STORE_IN_A_FILE}", ran.stderr)
    assert "There is no keyring on this machine" in asked and "oauth_token=" not in asked
    assert ran.returncode == 0
    (stored,) = (here.app / "accounts").iterdir()
    assert stored.name in rest
    assert stored.stat().st_mode & 0o777 == 0o600


def test_an_enter_before_the_question_puts_no_token_into_a_file(here, press_ok):
    """Whoever grows impatient while a keyring hangs, or before anything is there, is asked all the same."""
    for variables, answer in (
        (NO_KEYRING, "n"),
        ({"PYTHON_KEYRING_BACKEND": "fake_keyrings.Hanging", "FLICKR_AUTH_KEYRING_TIMEOUT": "1"}, "y"),
    ):
        terminal = here.terminal("login", **variables)
        if answer == "y":
            terminal.expect("Using the API key")
        terminal.send("\r\r")
        terminal.expect(STORE_IN_A_FILE)
        terminal.sendline(answer)
        if answer == "n":
            screen, code = end(terminal)
            assert code == 1 and "There is nowhere to store the token" in screen and PROMPT not in screen
            assert not list(here.app.rglob("accounts/*"))
            continue
        terminal.expect(PROMPT)
        terminal.sendline(press_ok()(terminal.before))
        assert end(terminal)[1] == 0 and here.record()["store"] == "file"


def test_a_no_to_the_file_asks_nothing_of_flickr(here):
    """Never plaintext without a yes: a no ends the login, exit 1, before Flickr is asked for anything."""
    for typed in (["n"], []):
        ran = here.answer("login", "-v", "--perms", "write", typed=typed, **NO_KEYRING)
        assert ran.returncode == 1 and "request_token" not in ran.stderr
        assert "Run: flickr-auth doctor\n" in ran.stderr


def test_a_keyring_that_fails_after_the_token_came_offers_a_file(here, press_ok):
    """A token that Flickr issued is not thrown away: it goes into a file, or the page to revoke it is shown."""
    here.environ["PYTHON_KEYRING_BACKEND"] = "fake_keyrings.FailsLater"
    ran = here.answer("login", typed=[press_ok(), "n"])
    assert ran.returncode == 6 and "cannot be kept" in ran.stderr
    assert "issued but not kept" in ran.stderr and "/services/auth/list.gne" in ran.stderr
    assert not list(here.app.rglob("accounts/*"))
    assert here.answer("login", typed=[press_ok(), ""]).returncode == 0
    assert here.record()["store"] == "file"


def test_ctrl_c_at_the_offer_of_a_file_is_a_no(here, press_ok):
    """The token is issued, so the page to revoke it is shown, and not "Cancelled" alone."""
    terminal = here.terminal("login", PYTHON_KEYRING_BACKEND="fake_keyrings.FailsLater")
    terminal.expect(PROMPT)
    terminal.sendline(press_ok()(terminal.before))
    terminal.expect(STORE_IN_A_FILE)
    terminal.sendintr()
    screen, code = end(terminal)
    assert "issued but not kept" in screen and "/services/auth/list.gne" in screen and code == 6


def test_a_qr_code_leaves_url_and_prompt_on_the_screen(here):
    """On 80 by 24 a phone can read the code, and a person the URL and the question, all at once."""
    terminal = here.terminal("login", "--qr", "--perms", "delete")
    terminal.expect(PROMPT)
    shown_so_far = terminal.before + terminal.after
    url = re.search(r"http://\S*oauth_token=\S*perms=delete", shown_so_far)[0]
    screen = qr_scanner.shown(shown_so_far.replace("\r\n", "\n"))
    assert qr_scanner.scanned(screen, "dark") == qr_scanner.scanned(screen, "light") == [url]
    display = "".join(line.ljust(80) for line in screen.display)
    assert url in display and PROMPT in display
    terminal.sendintr()
    assert end(terminal)[1] == 130


def test_a_terminal_that_cannot_show_a_qr_code_says_so_and_the_login_goes_on(here, press_ok):
    """Where the locale is not UTF-8 the URL alone is shown, with the reason."""
    no_utf_8 = {"LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "LC_ALL": "POSIX"}
    need_python(here.environ | no_utf_8)
    terminal = here.terminal("login", "--qr", **no_utf_8)
    terminal.expect("cannot show a QR code")
    terminal.expect(PROMPT)
    assert "u2584" not in terminal.before
    terminal.sendline(press_ok()(terminal.before))
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


def test_a_qr_code_of_this_computer_says_that_a_phone_cannot_reach_it(machine):
    """Before anything is asked, whoever wants to scan the sandbox's page with a phone reads why that fails."""
    ran = machine.answer("login", "--sandbox", "--qr", "-v", typed=[""])
    assert "request_token" not in ran.stderr.partition("A phone cannot reach 127.0.0.1")[0]
    assert "A phone cannot reach" in ran.stderr and ran.returncode == 0


def test_a_terminal_of_the_c_locale_gets_ascii(machine):
    """Words for the marks and escapes for letters, on both streams, although Python itself would send UTF-8."""
    need_python(machine.environ | {"LC_ALL": "C"})
    machine.log_in(user=1)
    screen, code = end(machine.terminal("use", "12345679@N00", LC_ALL="C"))
    assert "OK Default account: sandbox-zo\\xeb" in " ".join(screen.split()) and code == 0
    screen, code = end(machine.terminal("show", "--field", "username", LC_ALL="C"))
    assert screen.split() == ["sandbox-zo\\xeb"] and code == 0


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
        go_on.set()
        terminal.expect(PROMPT)
        terminal.sendintr()
        assert end(terminal)[1] == 130


def test_over_ssh_the_tunnel_for_the_callback_is_ready_to_copy_and_the_wait_has_an_end(here):
    """The command that lets the browser of one's own computer reach this one has port, user and host in it."""
    ssh = {"USER": "sam", "SSH_CONNECTION": "192.0.2.1 50000 192.0.2.2 2222"}
    ran = here.answer("login", "--callback", "--timeout", "0.2", **ssh)
    assert re.search(r"Run: ssh -L ([0-9]+):127\.0\.0\.1:\1 -p 2222 sam@192\.0\.2\.2\n", ran.stderr)
    assert "Waiting for your browser (up to 0.2 seconds)" in ran.stderr
    assert ran.returncode == 1 and "No code came within 0.2 seconds" in ran.stderr
