"""A token that was issued is stored: whoever listens, whichever signal comes, and whatever becomes of the terminal."""

import contextlib
import os
import signal
import subprocess
import sys
import threading

import pytest

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
        reply = access_token_answer()

        def slowly(line):
            self.asked.set()
            assert self.go_on.wait(20)
            return reply(line)

        self.replies = [rude_server.request_token_answer(), slowly, check_token_answer()]


@pytest.fixture
def flickr(machine):
    machine.environ |= {"FLICKR_API_KEY": KEYS.api_key, "FLICKR_API_SECRET": KEYS.api_secret}
    flickr = Flickr()
    with RudeServer(flickr.replies) as server:
        machine.environ["FLICKR_AUTH_BASE_URL"] = server.provider.name
        yield flickr
        flickr.go_on.set()


@contextlib.contextmanager
def bad_stream(kind):
    """A stream that is full, or whose reader has gone, as a file descriptor; "closed" is the shell's `2>&-`."""
    if kind == "full":
        with open("/dev/full", "w") as full:
            yield full.fileno()
        return
    reader, writer = os.pipe()
    os.close(reader)
    try:
        yield writer
    finally:
        os.close(writer)


def run(machine, *arguments, stderr, typed, flickr=None, number=None, stdout=subprocess.DEVNULL):
    """Run the program with such a stderr, perhaps with a signal while the token is on its way; its exit code."""
    command = [sys.executable, "-m", "flickr_auth", *arguments]
    if stderr == "closed":
        command = ["sh", "-c", 'exec "$@" 2>&-', "sh", *command]
    with bad_stream(stderr) as bad:
        process = subprocess.Popen(
            command,
            cwd=machine.folder,
            env=machine.environ,
            stdin=subprocess.PIPE,
            stdout=stdout,
            stderr=subprocess.DEVNULL if stderr == "closed" else bad,
        )
        process.stdin.write(typed.encode())
        process.stdin.flush()
        if flickr is not None:
            assert flickr.asked.wait(20)
            if number is not None:
                process.send_signal(number)
            flickr.go_on.set()
        process.stdin.close()
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


def test_a_notice_about_the_keyring_costs_no_token(machine, flickr):
    """While a slow keyring is waited for, the notice cannot be written: the token is stored all the same."""
    machine.environ["PYTHON_KEYRING_BACKEND"] = "fake_keyrings.Slow"
    code = run(machine, "login", "--store", "keyring", stderr="full", typed="123-456-789\n", flickr=flickr)
    machine.environ["PYTHON_KEYRING_BACKEND"] = "fake_keyrings.Good"
    assert code == 0
    assert ACCESS.oauth_token in (machine.home.parent / "keyring.json").read_text()


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
    assert run(here, "login", "--finish", press_ok()(begun.stdout), stderr="full", typed="") == 0
    assert here.run("show", "--field", "username").stdout == "sandbox-sam\n"
    assert not list((here.app / "pending").iterdir())
    here.run("login", "--start", "--store", "file")
    assert run(here, "login", "--finish", "123-456-789", stderr="closed", typed="") == 4


def test_a_login_whose_url_cannot_be_printed_does_not_wait(here):
    """`login --start >&-`: nobody has the URL, so no pending login is left, and the exit code says so."""
    ran = subprocess.run(
        ["sh", "-c", 'exec "$0" -m flickr_auth login --start --store file >&-', sys.executable],
        cwd=here.folder,
        env=here.environ,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        timeout=60,
    )
    assert ran.returncode == 1 and "Traceback" not in ran.stderr
    assert "Run: flickr-auth login --finish" not in ran.stderr
    assert not list((here.app / "pending").iterdir())
