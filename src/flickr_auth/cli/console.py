"""Speaking to a person: stdout is the answer, stderr is for people, and questions are for a terminal only."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import time
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, TextIO

from ..errors import Error
from ..threads import TimeIsUp

if TYPE_CHECKING:
    from queue import SimpleQueue

    from .stdin import Line, Lines

_WIDE = 160
_TICK = 0.5  # Windows cannot interrupt a wait without end, so there is none


class Console:
    """The three streams of this process, with what a person should be spared.

    `read` reads bytes from stdin. It is `os.read`, and one byte at a time: nothing is taken that the next program was
    to read, and a thread that still waits in it holds no lock that the interpreter needs to exit.
    """

    def __init__(
        self,
        environ: Mapping[str, str] = os.environ,
        *,
        read: Callable[[int], bytes] | None = None,
        is_terminal: bool | None = None,
        stdout: TextIO | None = None,
        stderr: TextIO | None = None,
    ) -> None:
        self._read = read
        self._stdout = stdout
        self._stderr = stderr
        self._told: set[str] = set()
        self._progress = 0  # how many characters of the progress line are on the screen
        self.is_terminal = _is_tty(sys.stdin) and _is_tty(self._err) if is_terminal is None else is_terminal
        self._may_colour = not environ.get("NO_COLOR") and environ.get("TERM") != "dumb"

    @cached_property
    def events(self) -> SimpleQueue[object]:
        """Where other threads put what happens, for `wait`."""
        from queue import SimpleQueue

        return SimpleQueue()

    @cached_property
    def _lines(self) -> Lines:
        from .stdin import Lines, read_stdin

        return Lines(self._read or read_stdin, self.events)

    @property
    def _err(self) -> TextIO:
        return self._stderr or sys.stderr

    def answer(self, text: str, end: str = "\n") -> None:
        """Print a line on stdout: the answer, and nothing else goes there. Raises `Error` where it cannot be taken."""
        out = self._stdout or sys.stdout
        self.progress("")
        try:
            out.write(text + end)
            out.flush()
        except BrokenPipeError:
            raise
        except OSError as failure:
            if failure.errno == errno.EINVAL and sys.platform == "win32":
                raise BrokenPipeError from failure  # what a closed pipe is called there
            discard_stdout()
            raise Error(f"The answer could not be written: {failure.strerror}.") from failure

    def say(self, text: str = "") -> None:
        """Tell a person what is happening or what to do next, on stderr."""
        self._err.write(self._wiped() + text + "\n")
        self._err.flush()

    def progress(self, text: str) -> None:
        """Show on stderr, where that is a terminal, how far the work is, until the next thing is printed."""
        if (text or self._progress) and _is_tty(self._err):
            self._err.write(self._wiped() + text)
            self._err.flush()
            self._progress = len(text)

    def _wiped(self) -> str:
        """What removes the progress line, if there is one."""
        shown, self._progress = self._progress, 0
        return f"\r{' ' * shown}\r" if shown else ""

    def warn(self, text: str) -> None:
        """Tell a person, once, that something should be mended."""
        if text not in self._told:
            self._told.add(text)
            self.say(f"{self._styled('Warning:', '33')} {plain(text)}")

    def fail(self, error: Error) -> None:
        """Tell a person what is wrong and the next thing to do: one line, or two."""
        self.say(f"{self._styled('Error:', '1;31')} {plain(error.message)}")
        if error.hint:
            self.say(plain(error.hint))

    def prompt(self, question: str) -> None:
        """Show a question; the answer comes as a `Line` from `wait`."""
        self._err.write(question)
        self._err.flush()

    def wait(self, seconds: float | None, *, lines: bool = True) -> object:
        """The next thing that happens: a `Line` that was typed, or what another thread has put into `events`.

        Without `lines` nothing is read from stdin. Raises `TimeIsUp` when nothing happens within `seconds`.
        """
        from queue import Empty

        if lines:
            self._lines.want()
        deadline = None if seconds is None else time.monotonic() + seconds
        while True:
            left = _TICK if deadline is None else deadline - time.monotonic()
            if left <= 0:
                raise TimeIsUp
            with contextlib.suppress(Empty):
                return self.events.get(timeout=min(_TICK, left))

    def ask(self, question: str, seconds: float | None = None) -> str | None:
        """Ask for a line of text; None at the end of input. Without a terminal the line is read all the same.

        What else happens meanwhile is kept for the next `wait`. Raises `TimeIsUp` when no line comes within `seconds`.
        """
        from .stdin import Line

        self.prompt(question)
        others: list[object] = []
        while not isinstance(event := self.wait(seconds), Line):
            others.append(event)
        for each in others:
            self.events.put(each)
        self.end_line(event)
        return event.text

    def end_line(self, line: Line) -> None:
        """Go to a new line of the screen after an answer, where nobody's Enter has done so."""
        if line.text is None or not self.is_terminal:
            self.say()

    def forget_typed(self) -> None:
        """Throw away what was typed and not yet read, so that half a paste does not become a command of the shell."""
        if not self.is_terminal:
            return
        if sys.platform == "win32":
            import msvcrt

            while msvcrt.kbhit():
                msvcrt.getwch()
        else:
            import termios

            with contextlib.suppress(termios.error):
                termios.tcflush(0, termios.TCIFLUSH)

    def confirm(self, question: str) -> bool:
        """Ask a yes-or-no question at a terminal. Only a yes is one."""
        while True:
            line = self.ask(f"{question} [y/N] ")
            if line is None or line.strip().lower() in ("", "n", "no"):
                return False
            if line.strip().lower() in ("y", "yes"):
                return True
            self.say("Please answer y or n.")

    def columns(self) -> int:
        """How wide the terminal is. Raises `Error` where there is none."""
        if not self.is_terminal:
            raise Error("Only a terminal can show a QR code.", "The address itself is enough.")
        try:
            return os.get_terminal_size(self._err.fileno()).columns or 80
        except OSError:
            return 80

    def strong(self, text: str) -> str:
        """The text so that it stands out on a terminal."""
        return self._styled(text, "1")

    def answer_styled(self, text: str, style: str = "1") -> str:
        """The text of an answer in that style, where stdout is a terminal."""
        coloured = style and self._may_colour and _is_tty(self._stdout or sys.stdout)
        return f"\033[{style}m{text}\033[0m" if coloured else text

    @property
    def answers_terminal(self) -> bool:
        """Whether stdout is a terminal."""
        return _is_tty(self._stdout or sys.stdout)

    @property
    def answers_unicode(self) -> bool:
        """Whether stdout takes every character."""
        return (getattr(self._stdout or sys.stdout, "encoding", None) or "").lower().startswith("utf")

    def answer_columns(self) -> int:
        """How wide an answer may be: the terminal's width, and generous where stdout is none."""
        out = self._stdout or sys.stdout
        if not _is_tty(out):
            return _WIDE
        with contextlib.suppress(OSError):
            return os.get_terminal_size(out.fileno()).columns or 80
        return 80

    def _styled(self, text: str, style: str) -> str:
        return f"\033[{style}m{text}\033[0m" if self._may_colour and _is_tty(self._err) else text


def plain(text: str) -> str:
    """The text with everything that is not printable written out, so that it cannot move the cursor or recolour."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)


def cells(text: str) -> int:
    """How many columns of a terminal the text takes."""
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(0 if combining(each) else 2 if east_asian_width(each) in "WF" else 1 for each in text)


def fitted(text: str, columns: int) -> str:
    """The text in exactly so many columns: filled up with spaces, or cut and ended with dots."""
    if cells(text) > columns:
        while text and cells(text) > columns - 3:
            text = text[:-1]
        text += "..."
    return text + " " * (columns - cells(text))


def discard_stdout() -> None:
    """Let whatever is still in stdout's buffer vanish: nobody can take it, and the exit would complain."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def _is_tty(stream: TextIO | None) -> bool:
    try:
        return stream is not None and stream.isatty()
    except ValueError:  # closed
        return False
