"""The three standard streams as they can be: closed, full, broken, or a terminal that is gone."""

import contextlib
import os
import subprocess
import sys
from dataclasses import dataclass

STDIN, STDOUT, STDERR = 0, 1, 2
NAMES = {STDIN: "stdin", STDOUT: "stdout", STDERR: "stderr"}
BAD = ("closed", "full", "broken", "gone")


@dataclass(frozen=True)
class Ended:
    """How the program ended, and what came out of the streams that are good."""

    code: int
    stdout: str
    stderr: str


def _descriptor(stream, condition):
    if condition == "full":
        return os.open("/dev/full", os.O_RDWR)
    if condition == "broken":
        reader, writer = os.pipe()
        os.close(writer if stream == STDIN else reader)
        return reader if stream == STDIN else writer
    import pty  # which Windows lacks

    master, slave = pty.openpty()
    os.close(master)
    return slave


@contextlib.contextmanager
def started(machine, arguments, bad=None):
    """The program with the streams in `bad`, which maps a stream to its condition; the others are pipes."""
    bad = bad or {}
    closed = [stream for stream, condition in bad.items() if condition == "closed"]
    descriptors = {stream: _descriptor(stream, how) for stream, how in bad.items() if how != "closed"}
    process = subprocess.Popen(
        [sys.executable, "-m", "flickr_auth", *map(str, arguments)],
        cwd=machine.folder,
        env=machine.environ,
        **{name: descriptors.get(stream, subprocess.PIPE) for stream, name in NAMES.items()},
        preexec_fn=lambda: [os.close(stream) for stream in closed],  # noqa: PLW1509  # this process has no threads
    )
    for each in descriptors.values():
        os.close(each)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def run(machine, arguments, bad=None, stdin=b""):
    """Run the program to its end."""
    with started(machine, arguments, bad) as process:
        with contextlib.suppress(BrokenPipeError):
            stdout, stderr = process.communicate(stdin if process.stdin else None, timeout=60)
        return Ended(process.returncode, (stdout or b"").decode(), (stderr or b"").decode())


TOKEN = ("--path", "token", "--not-flickr")
# Every command, at least once, for somebody who is logged in at the sandbox; what comes on stdin.
EVERY = {
    "login": ("login", "--store", "file"),
    "login-verbose": ("login", "--store", "file", "-v"),
    "show": ("show", "--field", "username"),
    "show-nobody": ("show", "--account", "nobody"),
    "status": ("status", "--offline"),
    "status-json": ("status", "--json", "--offline"),
    "status-verbose": ("status", "-v"),
    "use": ("use", "sandbox-sam"),
    "call": ("call", "flickr.test.login"),
    "call-verbose": ("-v", "call", "flickr.test.login"),
    "call-pages": ("call", "flickr.people.getPhotos", "user_id=me", "--paginate"),
    "sign": ("sign", "http://127.0.0.1/"),
    "run": ("run", "--", sys.executable, "-c", "raise SystemExit(5)"),
    "run-nothing": ("run", "--", "./no-such-command"),
    "export": ("export", "token", *TOKEN),
    "export-stdout": ("export", "token", "--stdout", "--not-flickr"),
    "export-lines": ("export", "flickraw", "--not-flickr"),
    "export-list": ("export", "--list"),
    "import": ("import", "token", "--path", "missing"),
    "import-list": ("import", "--list"),
    "doctor": ("doctor", "--offline"),
    "sandbox": ("sandbox", "--port", "65536"),
    "help": ("help",),
    "help-topic": ("help", "tools"),
    "completion": ("completion", "zsh"),
    "option-help": ("--help",),
    "option-version": ("--version",),
    "command-help": ("status", "--help"),
    "no-command": (),
    "wrong-command": ("whoami",),
    "wrong-option": ("show", "--nonsense"),
    "logout": ("logout",),
    "logout-all": ("logout", "--all"),
}
