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
    """What is typed, in pieces: text, or functions that return it; each is given what stands on stderr by then."""

    def __init__(self, pieces, shown):
        self._pieces = iter(pieces)
        self._shown = shown
        self._left = io.BytesIO()
        self.failure = None
        """What a function raised, in the thread that reads: the input ends there, and the test fails with it."""

    def readable(self):
        return True

    def readinto(self, buffer):
        while not (count := self._left.readinto(buffer)):
            piece = next(self._pieces, None)
            if piece is None or self.failure:
                return 0
            try:
                self._left = io.BytesIO((piece(self._shown()) if callable(piece) else piece).encode())
            except Exception as failure:  # noqa: BLE001  # whatever it is
                self.failure = failure
        return count


def run(environ, *arguments, stdin=b"", is_terminal=False):
    """Run a command to its end. `stdin` is bytes, or pieces that are read one after the other, as `Typed` takes them.

    At a terminal the program asks, and stdout and stderr are none all the same: no colours, no folding.
    """
    out, err = Stream(), Stream()
    typed = Typed([stdin.decode()] if isinstance(stdin, bytes) else stdin, err.getvalue)
    console = Console(environ, read=typed.read, is_terminal=is_terminal, stdout=out, stderr=err)
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            cli.main([str(each) for each in arguments], prog_name="flickr-auth", obj=Context(environ, console))
        except SystemExit as ended:
            if typed.failure:
                raise typed.failure from None
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
