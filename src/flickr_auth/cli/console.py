"""Speaking to a person: stdout is the answer, stderr is for people, and questions are for a terminal only."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, TextIO

from ..errors import Error
from .text import DONE, ERROR, WARNING, Outcome, cells, fitted, has_marks, marked, plain, readable, styled

if TYPE_CHECKING:
    from .stdin import Line, Stdin

_WIDE = 160
_NARROW, _USUAL = 20, 80  # columns; below the first, folding helps nobody


class Console:
    """The three streams of this process, and what is written to them.

    Whatever is for a person goes to stderr, and never raises: a stderr that is closed, full, broken or gone changes
    nothing of what is done. Everything is escaped here, and folded if stderr is a terminal; a line end inside a text is
    escaped, too, because it may be somebody else's: `say` takes several lines as several arguments.
    `read` reads bytes from stdin, for tests.
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
        self._warned: set[str] = set()
        self._progress = 0  # how many columns of the screen the progress line takes
        self.is_terminal = _is_tty(sys.stdin) and _is_tty(self._err) if is_terminal is None else is_terminal
        self._may_mark = environ.get("TERM") != "dumb"
        self._may_colour = self._may_mark and not environ.get("NO_COLOR")

    @cached_property
    def stdin(self) -> Stdin:
        """Return stdin: the lines that a person types, and whatever else is waited for."""
        from .stdin import Stdin

        return Stdin(self._read)

    @property
    def _err(self) -> TextIO | None:
        return self._stderr or sys.stderr

    # The answer

    def answer(self, text: str, end: str = "\n") -> None:
        """Print a line on stdout: the answer, and nothing else goes there. Raises `Error` if it cannot be written."""
        out = self._stdout or sys.stdout
        self.progress("")
        if out is None:
            raise Error("Cannot write the output: stdout is closed.")
        try:
            out.write(text + end)
            out.flush()
        except BrokenPipeError:
            raise
        except (OSError, ValueError) as failure:  # full; or closed, or an encoding without the character
            if sys.platform == "win32" and getattr(failure, "errno", None) == errno.EINVAL:
                raise BrokenPipeError from failure  # what a closed pipe is called there
            discard(out)
            raise Error(f"Cannot write the output to stdout: {getattr(failure, 'strerror', failure)}.") from failure

    # For a person

    def say(self, *lines: str) -> None:
        """Print lines on stderr: what is happening, or what to do next."""
        self._write("".join(self._folded(each) + "\n" for each in lines or ("",)))

    def done(self, text: str) -> None:
        """Print what has been done."""
        self._outcome(DONE, text)

    def warn(self, text: str) -> None:
        """Print a warning; the same one once only."""
        if text not in self._warned:
            self._warned.add(text)
            self._outcome(WARNING, text)

    def fail(self, error: Error) -> None:
        """Print what is wrong, and the next thing to do on a line of its own."""
        self._outcome(ERROR, error.message)
        if error.hint:
            self.say(error.hint)

    def url(self, url: str, *, apart: bool = False) -> None:
        """Print a URL alone on its line, so that a terminal can link it: never folded, never indented.

        If it stands `apart`, there is a blank line above and below.
        """
        line = plain(url, self.encoding)
        if self._may_colour and _is_tty(self._err):
            line = styled(line, "1")
        self._write(f"\n{line}\n\n" if apart else f"{line}\n")

    def draw(self, picture: str) -> None:
        """Print lines that are made for a terminal as they are."""
        self._write(picture + "\n")

    def progress(self, text: str) -> None:
        """Show how far the work is, if stderr is a terminal, until the next thing is printed."""
        if (text or self._progress) and _is_tty(self._err):
            line = fitted(plain(text, self.encoding), self.columns() - 1).rstrip()
            self._write(line)
            self._progress = cells(line)

    # Questions

    def prompt(self, question: str) -> None:
        """Show a question; the answer comes from `stdin`."""
        self._write(self._folded(question))

    def ask(self, question: str) -> str | None:
        """Ask for a line of text; None at the end of input. Without a terminal the line is read all the same."""
        self.prompt(question)
        line = self.stdin.line()
        self.end_line(line)
        return line.text

    def confirm(self, question: str, *, default: bool = False) -> bool:
        """Ask a yes-or-no question at a terminal; Enter is the default, and the end of input is a no."""
        self.discard_typed()  # an impatient Enter, or the rest of a paste, is no answer
        while True:
            answer = self.ask(f"{question} [{'Y/n' if default else 'y/N'}] ")
            if answer is None:
                return False
            word = answer.strip().lower()
            if word in ("", "y", "yes", "n", "no"):
                return default if word == "" else word[0] == "y"
            self.say("Please answer y or n.")

    def end_line(self, line: Line) -> None:
        """Go to a new line of the screen after an answer, if nobody's Enter has done so."""
        if line.text is None or not self.is_terminal:
            self.say()

    def discard_typed(self) -> None:
        """Discard what was typed at the terminal and not yet taken."""
        if self.is_terminal:
            self.stdin.discard()

    # The streams

    def columns(self) -> int:
        """Return how wide the terminal is that people read."""
        return _columns(self._err)

    def answer_mark(self, outcome: Outcome) -> str:
        """Return the mark of an outcome for an answer, in its colour; a word if stdout lacks the mark."""
        mark, style, words = outcome
        out = self._stdout or sys.stdout
        is_seen = self._may_mark and _is_tty(out) and has_marks(_encoding_of(out))
        return self.answer_styled(mark if is_seen else words, style)

    def answer_styled(self, text: str, style: str = "1") -> str:
        """Return the text of an answer in that style, if stdout is a terminal."""
        return styled(text, style) if style and self._may_colour and self.answers_terminal else text

    @property
    def answers_terminal(self) -> bool:
        """Whether stdout is a terminal."""
        return _is_tty(self._stdout or sys.stdout)

    @property
    def answers_unicode(self) -> bool:
        """Whether stdout takes every character."""
        return (getattr(self._stdout or sys.stdout, "encoding", None) or "").lower().startswith("utf")

    def answer_columns(self) -> int:
        """Return how wide an answer may be: the terminal's width, and generous if stdout is none."""
        out = self._stdout or sys.stdout
        return _columns(out) if _is_tty(out) else _WIDE

    # How it gets there

    def _outcome(self, outcome: Outcome, text: str) -> None:
        is_tty = _is_tty(self._err)
        mark, colour = is_tty and self._may_mark, is_tty and self._may_colour
        line = marked(outcome, text, self.encoding, self._width, may_mark=mark, may_colour=colour)
        self._write(f"{line}\n")

    def _folded(self, line: str) -> str:
        return readable(line, self.encoding, self._width)

    @property
    def _width(self) -> int | None:
        """The columns at which a line is folded; None if stderr is no terminal."""
        return self.columns() - 1 if _is_tty(self._err) else None

    @property
    def encoding(self) -> str:
        """The encoding of stderr, in small letters."""
        return _encoding_of(self._err)

    def _write(self, text: str) -> None:
        err = self._err
        if err is None:
            return
        shown, self._progress = self._progress, 0
        wiped = f"\r{' ' * shown}\r" if shown else ""
        try:
            err.write(wiped + text)
            err.flush()
        except (OSError, ValueError):  # full, broken, gone; or closed
            discard(err)


def discard(stream: TextIO | None) -> None:
    """Let whatever is still in the stream's buffer vanish: nobody can take it, and the exit would fail over it."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        descriptor = stream.fileno()  # type: ignore[union-attr]  # None has none, which is suppressed
        nowhere = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, descriptor)
        finally:
            os.close(nowhere)


def _is_tty(stream: TextIO | None) -> bool:
    try:
        return stream is not None and stream.isatty()
    except (OSError, ValueError):  # gone, or closed
        return False


def _encoding_of(stream: TextIO | None) -> str:
    return (getattr(stream, "encoding", None) or "utf-8").lower()


def _columns(stream: TextIO | None) -> int:
    with contextlib.suppress(OSError, ValueError, AttributeError):
        return max(_NARROW, os.get_terminal_size(stream.fileno()).columns or _USUAL)  # type: ignore[union-attr]  # as above
    return _USUAL
