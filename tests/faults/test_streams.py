"""Every command with each of its three streams closed, full, broken, or a terminal that is gone."""

import re
import signal
import sys
import urllib.request

import pytest

from faults.streams import BAD, EVERY, NAMES, STDERR, STDIN, STDOUT, run, started

pytestmark = [
    pytest.mark.thorough,
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has neither /dev/full nor pseudo-terminals"),
]
FAILED, BROKEN_PIPE = 1, 141


@pytest.fixture
def ready(machine, person):
    """Makes the machine that of somebody who is logged in at the sandbox; returns what a command leaves there."""
    machine.environ["FLICKR_AUTH_BASE_URL"] = "sandbox"

    def prepare():
        person.wipe()
        machine.log_in()

    return prepare


def left_behind(machine):
    """The names of the files that are there, without what differs from login to login."""
    roots = (machine.app, machine.folder)
    names = {str(path.relative_to(root)) for root in roots for path in root.rglob("*") if path.is_file()}
    return {re.sub(r"pending/.*", "pending/ID", name) for name in names}


def same(text):
    """What is printed, without times, tokens and signatures."""
    tokens, times = r"[0-9]{17,18}-[0-9a-f]{16}|[0-9a-f]{16}", r"[0-9]+\.[0-9]+ s|\d\d:\d\d:\d\dZ?"
    signatures = r'oauth_(?:nonce|timestamp|signature)="[^"]*"'
    return re.sub(rf"{signatures}|{tokens}|{times}|127\.0\.0\.1:\d+", "_", text)


@pytest.mark.parametrize("command", EVERY)
def test_a_stderr_that_takes_nothing_changes_neither_what_is_done_nor_the_exit_code(machine, ready, command):
    """Nobody listens: the answer, the files and the exit code are those of a run that somebody watches."""
    ready()
    good = run(machine, EVERY[command], stdin=b"\n")
    files = left_behind(machine)
    for how in BAD:
        ready()
        ended = run(machine, EVERY[command], {STDERR: how}, stdin=b"\n")
        assert (how, ended.code, same(ended.stdout)) == (how, good.code, same(good.stdout))
        assert left_behind(machine) == files


@pytest.mark.parametrize("command", EVERY)
def test_a_stdout_that_takes_nothing_is_one_sentence_and_exit_1(machine, ready, command):
    """A lost answer is said, a pipe that nobody reads ends quietly, and without an answer all is as usual."""
    ready()
    good = run(machine, EVERY[command], stdin=b"\n")
    files = left_behind(machine)
    for how in BAD:
        ready()
        before = left_behind(machine)
        ended = run(machine, EVERY[command], {STDOUT: how}, stdin=b"\n")
        assert "Traceback" not in ended.stderr
        if not good.stdout:
            assert (how, ended.code, left_behind(machine)) == (how, good.code, files)
            continue
        assert (how, ended.code) == (how, BROKEN_PIPE if how == "broken" else FAILED), ended.stderr
        assert ended.stderr.count("Cannot write the output") == (how != "broken")
        assert left_behind(machine) == before, "what was changed for that answer is undone"


@pytest.mark.parametrize("command", [each for each in EVERY if not each.startswith("login")])
def test_a_stdin_that_gives_nothing_changes_nothing(machine, ready, command):
    """What asks nothing needs no stdin."""
    ready()
    good = run(machine, EVERY[command], stdin=b"\n")
    for how in BAD:
        ready()
        ended = run(machine, EVERY[command], {STDIN: how})
        assert (how, ended.code, same(ended.stdout)) == (how, good.code, same(good.stdout))


@pytest.mark.parametrize("how", BAD)
def test_every_stream_at_once(machine, ready, how):
    """With nothing to read and nobody to tell, a login and a logout are still done."""
    ready()
    bad = dict.fromkeys(NAMES, how)
    assert run(machine, ("use", "sandbox-sam"), bad).code == 0
    assert run(machine, ("show",), bad).code in (FAILED, BROKEN_PIPE)
    assert run(machine, ("logout", "--all"), bad).code == 0
    assert not list(machine.app.joinpath("accounts").iterdir())


@pytest.mark.parametrize("how", BAD)
def test_the_sandbox_serves_whoever_listens(machine, how):
    """A stderr that takes nothing does not stop the server; Ctrl-C does, with exit 0."""
    with started(machine, ("sandbox", "-v"), {STDERR: how}) as process:
        url = process.stdout.readline().decode().strip().partition("FLICKR_AUTH_BASE_URL=")[2]
        with urllib.request.urlopen(f"{url}/", timeout=10) as page:  # noqa: S310  # the sandbox's
            assert page.status == 200
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
