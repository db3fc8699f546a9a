"""`login --callback` at a terminal: the browser brings the verifier, or a paste is faster."""

import http.client
import re
import socket
import sys
from urllib.parse import urlsplit

import pytest
import requests

from flickr_auth.cli.console import Console
from flickr_auth.cli.login.browser_code import BrowserCode
from flickr_auth.loopback.callback import Arrived

from in_process import Stream
from terminals import pexpect

if sys.platform == "win32":
    pytest.skip("Windows has no pseudo-terminals that pexpect knows", allow_module_level=True)

WAITING = "Waiting for your browser.*final URL: "
OVER_SSH = {"SSH_CONNECTION": "192.0.2.1 50000 192.0.2.2 22"}


@pytest.fixture
def waiting(here):
    """A login that waits for the browser, over SSH, which shows the port: terminal, request token and listener."""

    def begin(*arguments):
        terminal = here.terminal("login", "--callback", *arguments, **OVER_SSH)
        terminal.expect(r"oauth_token=([0-9a-f-]+)&perms=read")
        token = terminal.match[1]
        terminal.expect('If you click "No thanks", press Ctrl-C')
        terminal.expect(r"ssh -L [0-9]+:(127.0.0.1:[0-9]+)")
        listener = f"http://{terminal.match[1]}/"
        terminal.expect(WAITING)
        return terminal, token, listener

    return begin


def end(terminal):
    screen = terminal.read()
    terminal.close()
    return " ".join(screen.split()), terminal.exitstatus  # however it was folded


def is_open(address):
    parts = urlsplit(address)
    with socket.socket() as probe:
        return probe.connect_ex((parts.hostname, parts.port)) == 0


def press_ok_in_a_browser(sandbox, token):
    """What the form of the authorize page does: POST, and the redirect."""
    address = f"{sandbox.base_url}/services/oauth/authorize"
    fields = {"oauth_token": token, "perms": "read", "answer": "ok"}
    return requests.post(address, data=fields, timeout=10)


def test_the_page_to_open_is_the_one_url_on_the_screen(here):
    """Nobody opens the redirect's URL by mistake: it is not shown, with a QR code and over SSH neither."""
    for arguments, variables in (((), {}), (("--qr",), {}), ((), OVER_SSH), (("--qr",), OVER_SSH)):
        ran = here.answer("login", "--callback", "--timeout", "0.1", *arguments, **variables)
        (url,) = re.findall(r"\bhttps?://\S+", ran.stderr)
        assert "/services/oauth/authorize?oauth_token=" in url
        assert ("ssh -L" in ran.stderr) == (variables is OVER_SSH)


@pytest.mark.parametrize("form", ["{code}", "{listener}?oauth_token={token}&oauth_verifier={code}"])
def test_a_paste_may_be_faster_than_the_browser(waiting, sandbox, form):
    """Over SSH the redirect cannot arrive: the code or the URL is pasted instead; another login's ends nothing."""
    terminal, token, listener = waiting()
    terminal.sendline(f"{listener}?oauth_token=72157-abc&oauth_verifier=5d1b96a26b494074")
    terminal.expect("belongs to another login")
    terminal.expect(WAITING)
    terminal.sendline(form.format(code=sandbox.press_ok(token), token=token, listener=listener))
    screen, code = end(terminal)
    assert "Logged in" in screen
    assert code == 0
    assert not is_open(listener)


def test_codes_that_a_browser_was_made_to_bring_use_up_nobody_elses_tries(waiting, sandbox):
    """Three wrong visits only end the listening: the person still has three tries of their own."""
    terminal, token, listener = waiting()
    code = sandbox.press_ok(token)
    for number in range(3):
        assert requests.get(f"{listener}?oauth_token={token}&oauth_verifier={number:016}", timeout=10).ok
        terminal.expect("The code from your browser was refused")
        if number == 2:
            terminal.expect("Too many wrong codes from your browser; no more are accepted.")
        terminal.expect(": $")
    assert not is_open(listener)
    for left in ("2 tries left", "1 try left"):
        terminal.sendline("123-456-780")
        terminal.expect(left)
    terminal.expect("Paste the final URL from your browser's address bar: ")
    terminal.sendline("")
    terminal.expect("its URL has the code")
    terminal.sendline(f"{listener}?oauth_token={token}&oauth_verifier={code}")
    assert end(terminal)[1] == 0


def test_a_code_that_comes_after_the_third_refused_one_is_not_sent():
    """A page that makes the browser bring codes faster than the listener closes has three tries all the same."""
    console = Console({}, read=lambda _count: b"", is_terminal=False, stdout=Stream(), stderr=Stream())
    with BrowserCode(console, 0) as browser:
        assert browser.verifier(Arrived("5d1b96a26b494074")) == "5d1b96a26b494074"
        for _ in range(3):
            browser.refused()
        assert browser.verifier(Arrived("5d1b96a26b494074")) is None


def test_half_a_paste_does_not_land_in_the_shell(here, sandbox):
    """When the browser wins while somebody types, what was typed is thrown away."""
    shell = pexpect.spawn(
        "sh",
        cwd=str(here.folder),
        env=here.environ | {"PS1": "READY ", "PYTHON": sys.executable},
        encoding="utf-8",
        dimensions=(24, 80),
        timeout=20,
    )
    shell.expect("READY ")
    shell.sendline('"$PYTHON" -m flickr_auth login --callback')
    shell.expect(r"oauth_token=([0-9a-f-]+)&perms=read")
    token = shell.match[1]
    shell.expect(WAITING)
    shell.send("touch pasted")
    shell.expect("touch pasted")
    press_ok_in_a_browser(sandbox, token)
    shell.expect("Logged in")
    shell.expect("READY ")
    shell.sendline("")
    shell.expect("READY ")
    shell.sendline("exit")
    shell.expect(pexpect.EOF)
    shell.close()
    assert not (here.folder / "pasted").exists()


def test_a_tls_hello_is_explained(waiting, sandbox):
    """Where Flickr has made https of the address, the screen says what to change, and the wait goes on."""
    terminal, token, listener = waiting()
    parts = urlsplit(listener)
    with pytest.raises(OSError):  # noqa: PT011  # an SSLError or a reset, as the library likes
        http.client.HTTPSConnection(parts.hostname, parts.port, timeout=10).request("GET", "/")
    terminal.expect("Change it to http://")
    terminal.expect(WAITING)
    press_ok_in_a_browser(sandbox, token)
    assert end(terminal)[1] == 0


def test_end_of_input_only_ends_the_pasting(waiting, sandbox):
    """Ctrl-D leaves the browser its chance."""
    terminal, token, _ = waiting()
    terminal.sendeof()
    terminal.expect("still waiting for your browser")
    press_ok_in_a_browser(sandbox, token)
    assert end(terminal)[1] == 0


def test_ctrl_c_closes_the_listener(waiting):
    """Whoever says no at Flickr cancels here: exit 130, and nothing listens any more."""
    terminal, _, listener = waiting()
    terminal.sendintr()
    screen, code = end(terminal)
    assert "Cancelled." in screen
    assert code == 130
    assert not is_open(listener)


def test_a_wait_without_a_terminal_has_an_end(here):
    """A pipe that stays silent does not hang a cron job: --timeout bounds it, and 5 minutes are the default."""
    process = here.start("login", "--timeout", "0.5")
    assert process.wait(30) == 1
    assert "No code came within 0.5 seconds" in process.stderr.read()


def test_a_port_that_is_taken_is_said_before_flickr_is_asked(here, sandbox):
    """--port serves `ssh -L`: another one would be of no use there, so the login ends with exit 1."""
    taken = sandbox.base_url.rpartition(":")[2]
    ran = here.run("login", "-v", "--callback", "--port", taken)
    assert ran.returncode == 1
    assert f"port {taken}" in ran.stderr and "request_token" not in ran.stderr
