"""Every command when nobody can be told: in this process, and what only a process has."""

import errno
import io
import json
import os
import re
import signal
import subprocess
import sys
import time

import pytest

from faults import streams
from flickr_auth.cli import app
from flickr_auth.cli.console import Console
from flickr_auth.cli.context import Context

import in_process

FULL, GONE = OSError(errno.ENOSPC, "No space left on device"), OSError(errno.EIO, "Input/output error")
LATE = re.compile(r"[0-9]{17,18}-[0-9a-f]{16}|[0-9a-f]{16}|[0-9]+\.[0-9]+ s|127\.0\.0\.1:\d+")


class Broken(io.StringIO):
    """A stream that takes nothing."""

    def __init__(self, failure):
        super().__init__()
        self._failure = failure

    def write(self, text):
        raise self._failure


@pytest.fixture
def run(machine):
    """Runs a command in this process with these streams, for somebody who is logged in at the sandbox."""
    machine.environ["FLICKR_AUTH_BASE_URL"] = "sandbox"
    assert machine.run("login", "--store", "file", stdin="\n").returncode == 0

    def to_its_end(arguments, stdout=None, stderr=None):
        out, err = stdout or io.StringIO(), stderr or io.StringIO()
        with in_process.surroundings(machine.environ, machine.folder) as environ:
            console = Console(environ, read=io.BytesIO(b"\n").read, is_terminal=False, stdout=out, stderr=err)
            with pytest.raises(SystemExit) as end:
                app.cli.main(list(arguments), prog_name="flickr-auth", obj=Context(environ, console))
        return end.value.code, LATE.sub("_", out.getvalue()), err.getvalue()

    return to_its_end


# One of each kind; all of them, in processes of their own, are among the thorough tests.
SOME = ("login-verbose", "show-nobody", "status-json", "call-pages", "export-lines", "help")


def test_a_stderr_that_takes_nothing_changes_no_command(run):
    """Full or gone: the answer and the exit code are the same."""
    for command in SOME:
        arguments = streams.EVERY[command]
        good = run(arguments)[:2]
        assert run(arguments, stderr=Broken(FULL))[:2] == run(arguments, stderr=Broken(GONE))[:2] == good, command


def test_a_stdout_that_takes_nothing_is_an_error_of_every_command_that_answers(run):
    """One sentence and exit 1, and nothing else in its place."""
    for command in SOME:
        arguments = streams.EVERY[command]
        code, _, shown = run(arguments, stdout=Broken(FULL))
        if "Cannot write the output" in shown:
            assert (code, shown.count("Error: ")) == (1, 1), command
        else:
            assert run(arguments)[1] == "", command


def test_every_command_is_in_the_table():
    """A new command cannot be forgotten."""
    assert {arguments[0] for arguments in streams.EVERY.values() if arguments} >= set(app.COMMANDS)


if sys.platform != "win32":
    import fcntl
    import termios

needs_devices = pytest.mark.skipif(sys.platform == "win32", reason="Windows has neither /dev/full nor pseudo-terminals")


@needs_devices
def test_a_login_whose_url_cannot_be_printed_is_not_begun(here):
    """`login --start` without a stdout leaves no pending login that nobody can complete."""
    for how in streams.BAD:
        ended = streams.run(here, ("login", "--start", "--store", "file"), {streams.STDOUT: how})
        assert ended.code == (141 if how == "broken" else 1), ended.stderr
        assert list(here.app.joinpath("pending").glob("*")) == []


@needs_devices
def test_python_itself_changes_no_exit_code(machine):
    """What is left in a buffer when the process ends does not make its code 120."""
    for how in streams.BAD:
        assert streams.run(machine, ("--version",), {streams.STDOUT: how}).code == (141 if how == "broken" else 1)
        assert streams.run(machine, ("show", "--account", "nobody"), {streams.STDERR: how}).code == 3


@needs_devices
def test_a_closed_stream_is_nobodys_file(run, machine):
    """What the program opens never gets the number of a stream that is closed, and a child finds it closed, too."""
    for stream in (streams.STDIN, streams.STDOUT, streams.STDERR):
        code = f"import os\ntry:\n    os.fstat({stream})\nexcept OSError:\n    raise SystemExit(7)"
        assert streams.run(machine, ("run", "--", sys.executable, "-c", code), {stream: "closed"}).code == 7


def waiting(reader):
    """How many bytes wait in a pipe."""
    return int.from_bytes(fcntl.ioctl(reader, termios.FIONREAD, b"\0" * 4), sys.byteorder)


@needs_devices
def test_a_pipe_that_does_not_block_gets_the_whole_answer(run, machine):
    """Another program may have left it so: nothing is lost, however slowly it is read."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    arguments = ("call", "flickr.people.getPhotos", "user_id=me", "per_page=500", "extras=description,tags,url_o,geo")
    command = [sys.executable, "-m", "flickr_auth", *arguments]
    with subprocess.Popen(command, env=machine.environ, stdout=writer, cwd=machine.folder) as process:
        os.close(writer)
        while process.poll() is None and waiting(reader) < 1 << 16:  # nobody reads before the pipe is full
            time.sleep(0.01)
        with open(reader, encoding="utf-8") as answer:
            text = answer.read()
    assert process.returncode == 0 and json.loads(text)


AT = """
import atexit, os, sys
from flickr_auth.__main__ import main
sent = []
def send(*_):
    if not sent:
        sent.append(1)
        os.kill(os.getpid(), {number})
def trace(frame, event, argument):
    if event == "call" and frame.f_code.co_filename.endswith({file!r}):
        send()
sys.argv = ["flickr-auth", "--version"]
if {file!r}:
    sys.settrace(trace)
else:
    atexit.register(send)
main()
"""


@pytest.mark.parametrize(
    ("failure", "sentence"),
    [
        (PermissionError(errno.EACCES, "Permission denied", "/root/x"), "Permission denied: /root/x."),
        (MemoryError(), "Not enough memory."),
        (RecursionError("maximum recursion depth exceeded"), "nested too deeply"),
    ],
)
def test_what_the_system_refuses_is_one_sentence(failure, sentence):
    """No command shows a traceback because of the machine that it runs on."""

    class Failing(Context):
        @property
        def accounts(self):
            raise failure

    err = io.StringIO()
    with pytest.raises(SystemExit) as end:
        app.cli.main(["show"], obj=Failing({}, Console({}, stderr=err, is_terminal=False)))
    assert end.value.code == 1
    assert sentence in err.getvalue() and len(err.getvalue().splitlines()) <= 2


@pytest.mark.parametrize(
    ("file", "number", "code"),
    [("click/__init__.py", signal.SIGINT, 130), ("cli/context.py", signal.SIGTERM, 143), ("", signal.SIGINT, 0)],
    ids=["import", "start", "end"],
)
def test_a_signal_before_or_after_the_work_ends_quietly(machine, file, number, code):
    """Whenever Ctrl-C or a supervisor comes, there is an exit code and no traceback; a code that is decided stays."""
    ran = subprocess.run(
        [sys.executable, "-c", AT.format(number=int(number), file=file)],
        env=machine.environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, bool(ran.stdout)) == (code, code == 0)
    assert ran.stderr.strip() in ("", "Cancelled.")
