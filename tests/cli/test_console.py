"""Speaking to a person: whatever stderr is, whatever the text is, and however wide the terminal."""

import fcntl
import io
import os
import pty
import struct
import termios

import pytest

from flickr_auth.cli.console import Console
from flickr_auth.cli.text import cells, folded, quoted
from flickr_auth.errors import Error

HOSTILE = "Eve\x1b[2J\x9b31m\x07\r\n\u202e\u2066\u200b\u200d\ufeff\u3164\ufe0f\udc9b"


def speak(console, text):
    """Everything that a console can say to a person."""
    console.say()
    console.say(text, text)
    console.done(text)
    console.warn(text)
    console.fail(Error(text, text))
    console.url(text)
    console.prompt(text)
    console.progress(text)
    console.draw("picture")
    assert console.ask(text) == "a"
    assert console.confirm(text) is False


def test_nothing_that_is_said_can_steer_the_terminal_or_forge_a_line():
    """Escape sequences, bidi marks, invisible characters and line ends are shown as text, by every way of speaking."""
    err = io.StringIO()
    speak(Console({}, read=io.BytesIO(b"a\nn\n").read, is_terminal=True, stderr=err), HOSTILE)
    assert set(err.getvalue()) & set(HOSTILE) <= set("Eve[2J31m\n")
    assert err.getvalue().count("\n") < 14


class Screen:
    """A console at a pseudo-terminal, and what it wrote."""

    def __init__(self, columns, encoding="utf-8", **environ):
        self._reader, writer = pty.openpty()
        fcntl.ioctl(writer, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        self._stream = os.fdopen(writer, "w", encoding=encoding, errors="backslashreplace")
        self.console = Console(environ, stderr=self._stream, is_terminal=True)

    def text(self):
        self._stream.write("<END>")
        self._stream.flush()
        text = b""
        while not text.endswith(b"<END>"):
            text += os.read(self._reader, 100_000)
        return text.decode().replace("\r\n", "\n").removesuffix("<END>")

    def close(self):
        self._stream.close()
        os.close(self._reader)


@pytest.fixture
def screen():
    """Makes screens of so many columns."""
    made = []

    def make(*arguments, **environ):
        made.append(Screen(*arguments, **environ))
        return made[-1]

    yield make
    for each in made:
        each.close()


def test_text_is_folded_between_words_and_a_url_is_not(screen):
    """At any width no word is cut, what follows is indented, and a URL stands alone and whole."""
    url = "https://www.flickr.com/services/oauth/authorize?" + "x" * 200
    words = ["Flickr", "still", "lists", "the", "app", "as", "authorized;", "日本語", "zoë", "revoke", "it", "at"] * 5
    for columns in (60, 120):
        shown = screen(columns)
        shown.console.done(" ".join(words))
        lines = shown.text().splitlines()
        assert len(lines) > 2
        assert all(line.startswith("  ") for line in lines[1:])
        assert " ".join(" ".join(lines).split()) == "\x1b[32m✓\x1b[0m " + " ".join(words)
        assert max(cells(line) for line in lines[1:]) < columns
        shown.console.say(f"Open {url} now")
        assert url in shown.text()
        shown.console.url(url)
        assert shown.text().strip("\n") == f"\x1b[1m{url}\x1b[0m"


def test_an_outcome_begins_with_a_mark_that_the_terminal_can_show(screen):
    """A mark in colour, without colour, or a word in its place; a warning is shown once."""
    for encoding, environ, shown in (
        ("utf-8", {}, "\x1b[32m✓\x1b[0m zoë\n\x1b[33m!\x1b[0m zoë\n\x1b[1;31m✗\x1b[0m zoë\n"),
        ("utf-8", {"NO_COLOR": "1"}, "✓ zoë\n! zoë\n✗ zoë\n"),
        ("utf-8", {"TERM": "dumb"}, "OK zoë\nWarning: zoë\nError: zoë\n"),
        ("ascii", {"NO_COLOR": "1"}, "OK zo\\xeb\nWarning: zo\\xeb\nError: zo\\xeb\n"),
    ):
        at = screen(80, encoding, **environ)
        at.console.done("zoë")
        at.console.warn("zoë")
        at.console.warn("zoë")
        at.console.fail(Error("zoë"))
        assert at.text() == shown


def test_a_question_shows_its_default_and_the_end_of_input_is_no_yes():
    """Enter is the default that is shown in capitals; Ctrl-D never agrees."""
    for default, typed, agreed in (
        (False, "\n", False),
        (True, "\n", True),
        (False, "perhaps\nYes\n", True),
        (True, "n\n", False),
        (True, "", False),
    ):
        err = io.StringIO()
        console = Console({}, read=io.BytesIO(typed.encode()).read, is_terminal=True, stderr=err)
        assert console.confirm("Go on?", default=default) is agreed
        assert ("Go on? [Y/n] " if default else "Go on? [y/N] ") in err.getvalue()


def test_a_command_to_copy_is_never_folded():
    """A line end in the middle would let a shell run half of it: it gets a line of its own, whatever is said before."""
    for label in ("Run: flickr-auth", "Next: flickr-auth", "Fix: chmod 600", "Fix: sudo chown sam"):
        command = f"{label} {'a/b ' * 40}"
        assert folded(command, 40) == [command]
        assert folded(f"! a/b is readable by other users. {command}", 40) == [
            "! a/b is readable by other users.",
            command,
        ]
    end = "flickr-auth run -- a-program --with its --options"
    assert folded(f"Fix: unlock it, or keep it in a file: {end}", 40) == ["Fix: unlock it, or keep it in a file:", end]


def test_advice_that_is_no_command_is_folded_like_any_sentence():
    """The terminal cuts no word of it, and a URL begins its line, so that it can be clicked and copied."""
    url = "https://www.flickr.com/services/apps/by/me"
    assert folded(f"Fix: check the API secret against {url} and enter it again", 40) == [
        "Fix: check the API secret against",
        url,
        "  and enter it again",
    ]
    step = "Next: restart the MCP client that uses flickr-mcp"
    assert folded(step, 40) == ["Next: restart the MCP client that uses", "  flickr-mcp"]
    assert folded("! " + "x" * 50 + " is full", 40) == ["! " + "x" * 50, "  is full"]


def test_paths_below_home_are_short_in_all_that_is_said(monkeypatch):
    """Whoever wrote the sentence: `~`, but not in quotes, where a shell would look for a folder of that name."""
    monkeypatch.setenv("HOME", "/home/sam")
    err = io.StringIO()
    console = Console({}, stderr=err)
    console.warn("/home/sam/a is readable (/home/sam/a). Fix: chmod 600 /home/sam/a '/home/sam/b c'")
    console.fail(Error("File not found: /home/samuel/a", "Set X=/home/sam/a"))
    assert err.getvalue() == (
        "Warning: ~/a is readable (~/a). Fix: chmod 600 ~/a '/home/sam/b c'\n"
        "Error: File not found: /home/samuel/a\nSet X=/home/sam/a\n"
    )
    assert [quoted(each) for each in ("/home/sam/x", "/home/sam/x y", "/srv/x y", "a b")] == [
        "~/x",
        "~/'x y'",
        "'/srv/x y'",
        "'a b'",
    ]
