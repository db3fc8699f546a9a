"""A token that was issued is stored: whoever listens, whichever signal comes, and whatever becomes of the terminal."""

import os
import signal
import sys
import threading

import pytest

from faults import streams

import rude_server
from rude_server import ACCESS, KEYS, RudeServer, access_token_answer, check_token_answer
from terminals import needs_a_terminal

if sys.platform == "win32":
    pytest.skip("streams and signals are of POSIX systems here", allow_module_level=True)

CODES = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: -signal.SIGHUP}


class Flickr:
    """A provider whose access token comes only when the test lets it; `asked` says that the code has arrived."""

    def __init__(self):
        self.asked, self.go_on = threading.Event(), threading.Event()
        self.refusal = None

        def slowly(line):
            self.asked.set()
            assert self.go_on.wait(20)
            return (self.refusal or access_token_answer())(line)

        self.replies = [rude_server.request_token_answer(), slowly, check_token_answer()]


@pytest.fixture
def flickr(machine):
    machine.environ |= {"FLICKR_API_KEY": KEYS.api_key, "FLICKR_API_SECRET": KEYS.api_secret}
    flickr = Flickr()
    with RudeServer(flickr.replies) as server:
        machine.environ["FLICKR_AUTH_BASE_URL"] = server.provider.name
        yield flickr
        flickr.go_on.set()


def run(machine, *arguments, stderr, typed, flickr, number=None):
    """Run the program with such a stderr, perhaps with a signal while the token is on its way; its exit code."""
    with streams.started(machine, arguments, {streams.STDERR: stderr}) as process:
        process.stdin.write(typed.encode())
        process.stdin.flush()
        assert flickr.asked.wait(20)
        if number is not None:
            process.send_signal(number)
        flickr.go_on.set()
        return process.wait(30)


def stored(machine):
    """The token that is stored."""
    return machine.run("show", "--field", "oauth_token").stdout.strip()


@pytest.mark.parametrize(
    ("stderr", "number"), [("broken", signal.SIGINT), ("closed", signal.SIGTERM), ("full", signal.SIGHUP)]
)
def test_a_signal_and_a_bad_stderr_cost_no_token(machine, flickr, stderr, number):
    """`login 2>&1 | tee log` and Ctrl-C, or a full disk under the log: what Flickr has issued is stored."""
    code = run(
        machine, "login", "-v", "--store", "file", stderr=stderr, typed="123-456-789\n", flickr=flickr, number=number
    )
    assert stored(machine) == ACCESS.oauth_token
    assert code == CODES[number]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_beside_a_refusal_loses_no_login(machine, flickr, number):
    """Whoever is impatient when the clock or a secret is wrong reads that, and can end the same login later."""
    flickr.refusal = rude_server.answer("oauth_problem=signature_invalid", 401)
    flickr.replies[2:] = [access_token_answer(), check_token_answer()]
    log = machine.folder / "log"
    with log.open("wb") as stderr:
        process = machine.start("login", "--store", "file", stderr=stderr)
        process.stdin.write("123-456-789\n")
        process.stdin.flush()
        assert flickr.asked.wait(20)
        process.send_signal(number)
        flickr.go_on.set()
        assert process.wait(30) == CODES[number]
    shown = log.read_text()
    assert "a secret is wrong. The login is still pending." in shown and "check the API secret in" in shown
    pending = shown.rpartition("--finish CODE --pending ")[2].split()[0]
    assert machine.run("login", "--finish", "123-456-789", "--pending", pending).returncode == 0
    assert stored(machine) == ACCESS.oauth_token


def test_a_signal_while_the_token_is_saved_leaves_no_login_that_waits(machine, flickr):
    """--finish and Ctrl-C at the wrong moment: the token is there, and no request token that was used."""
    flickr.replies[0] = rude_server.request_token_answer()
    begun = machine.run("login", "--start", "--store", "file")
    assert begun.returncode == 0, begun.stderr
    code = run(
        machine, "login", "--finish", "123-456-789", stderr="full", typed="", flickr=flickr, number=signal.SIGTERM
    )
    assert (code, stored(machine), list((machine.app / "pending").iterdir())) == (143, ACCESS.oauth_token, [])


@needs_a_terminal
def test_a_terminal_that_goes_away_costs_no_token(machine, flickr):
    """A dropped SSH line is SIGHUP, and every write an error, in the middle of the exchange: the token is stored."""
    terminal = machine.terminal("login", "-v", "--store", "file")
    terminal.expect("Enter the code it shows: ")
    terminal.sendline("123-456-789")
    assert flickr.asked.wait(20)
    terminal.ptyproc.fileobj.close()  # which owns the descriptor
    flickr.go_on.set()
    _, status = os.waitpid(terminal.pid, 0)
    terminal.ptyproc.closed = terminal.closed = terminal.ptyproc.terminated = terminal.terminated = True
    assert os.WTERMSIG(status) == signal.SIGHUP
    assert stored(machine) == ACCESS.oauth_token


def test_a_login_in_two_steps_ends_the_same_with_a_bad_stderr(here, press_ok):
    """--finish stores the token and exits 0, or with the code of its failure, whether or not anybody can be told."""
    begun = here.run("login", "--start", "--store", "file")
    finish = ("login", "--finish", press_ok()(begun.stdout))
    assert streams.run(here, finish, {streams.STDERR: "full"}).code == 0
    assert here.run("show", "--field", "username").stdout == "sandbox-sam\n"
    assert not list((here.app / "pending").iterdir())
    here.run("login", "--start", "--store", "file")
    assert streams.run(here, ("login", "--finish", "123-456-789"), {streams.STDERR: "closed"}).code == 4


@needs_a_terminal
def test_a_person_who_presses_ctrl_c_is_asked_to_wait_until_the_token_is_saved(machine, flickr):
    """Ctrl-C does not cost a token that Flickr has issued, and the screen says what it does instead."""
    terminal = machine.terminal("login", "--store", "file")
    terminal.expect("Enter the code it shows: ")
    terminal.sendline("123-456-789")
    assert flickr.asked.wait(20)
    terminal.sendintr()
    terminal.expect("Saving the token, please wait")
    flickr.go_on.set()
    terminal.expect("The token is saved")
    terminal.read()
    terminal.close()
    assert terminal.exitstatus == 130
    assert stored(machine) == ACCESS.oauth_token
