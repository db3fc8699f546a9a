"""The program in this process: fast enough for hundreds of runs, with its own streams, environment and folder.

What only a process can promise (signals, closed streams, start-up, what a child inherits) is tested in one of its own.
"""

import contextlib
import io
import os
import sys
from dataclasses import dataclass

from flickr_auth.cli.app import cli
from flickr_auth.cli.console import Console
from flickr_auth.cli.context import Context


@dataclass(frozen=True)
class Ran:
    """How a run ended, and what it printed."""

    code: int
    stdout: str
    stderr: str


class Stream(io.TextIOWrapper):
    """A stream that keeps what is written, encoded as the program's own streams are."""

    def __init__(self):
        self._bytes = io.BytesIO()
        super().__init__(self._bytes, encoding="utf-8", errors="backslashreplace", newline="\n", write_through=True)

    def getvalue(self):
        return self._bytes.getvalue().decode()


class Typed(io.RawIOBase):
    """What is typed: bytes, or a function that is given what was shown on stderr when the first byte is read."""

    def __init__(self, typed, shown):
        self._typed = typed
        self._shown = shown
        self._left = None

    def readable(self):
        return True

    def readinto(self, buffer):
        if self._left is None:
            self._left = io.BytesIO(self._typed(self._shown()) if callable(self._typed) else self._typed)
        return self._left.readinto(buffer)


def run(environ, *arguments, stdin=b""):
    """Run a command to its end, without a terminal."""
    out, err = Stream(), Stream()
    typed = Typed(stdin, err.getvalue)
    console = Console(environ, read=typed.read, is_terminal=False, stdout=out, stderr=err)
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            cli.main([str(each) for each in arguments], prog_name="flickr-auth", obj=Context(environ, console))
        except SystemExit as ended:
            return Ran(ended.code or 0, out.getvalue(), err.getvalue())
    raise AssertionError("a command ends with an exit code")


@contextlib.contextmanager
def surroundings(environ, folder):
    """This process in another environment and working folder, with no keyring chosen yet."""
    before = dict(os.environ)
    with contextlib.chdir(folder):
        os.environ.clear()
        os.environ.update(environ)
        if core := sys.modules.get("keyring.core"):
            core._keyring_backend = None  # the library chooses once for each process
        try:
            yield os.environ
        finally:
            os.environ.clear()
            os.environ.update(before)
