"""Speaking to a person: whatever stderr is, whatever the text is, and however wide the terminal."""

import io
import threading

import pytest

from flickr_auth.cli.console import Console
from flickr_auth.cli.stdin import Line, Stdin
from flickr_auth.cli.text import cells, folded
from flickr_auth.errors import Error
from flickr_auth.program import quoted
from flickr_auth.threads import TimeIsUp

HOSTILE = "Eve\x1b[2J\x9b31m\x07\r\n\u202e\u2066\u200b\u200d\ufeff\u3164\ufe0f\udc9b"


def speak(console, text):
    """Everything that a console can say to a person."""
    console.say()
    console.say(text, text)
    console.done(text)
    console.warn(text)
    console.fail(Error(text, f"Fix: '{text}'"))
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


def test_text_is_folded_between_words_and_a_url_is_not():
    """At any width no word is cut, what follows is indented, and a URL stands alone and whole."""
    url = "https://www.flickr.com/services/oauth/authorize?" + "x" * 200
    words = ["Flickr", "still", "lists", "the", "app", "as", "authorized;", "日本語", "zoë", "revoke", "it", "at"] * 5
    for columns in (60, 120):
        lines = folded(" ".join(words), columns)
        assert len(lines) > 2 and all(line.startswith("  ") for line in lines[1:])
        assert " ".join(" ".join(lines).split()) == " ".join(words)
        assert max(cells(line) for line in lines) <= columns
        assert url in folded(f"Open {url} now", columns)


def test_a_question_shows_its_default_and_the_end_of_input_is_no_yes():
    """Enter is the default that is shown in capitals; Ctrl-D never agrees, and what comes next begins its own line."""
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
        question = "Go on? [Y/n] " if default else "Go on? [y/N] "
        assert err.getvalue().endswith(question if typed else f"{question}\n")


def test_a_command_to_copy_is_never_folded():
    """A line end in the middle would let a shell run half of it: it gets a line of its own, whatever is said before."""
    started = ("flickr-auth", "/usr/bin/python3 -m flickr_auth", "~/'a b/flickr-auth'", "bin/flickr-auth")
    for label in (*(f"Next: {each}" for each in started), "Run: flickr-auth", "Fix: chmod 600", "Fix: sudo chown sam"):
        command = f"{label} {'a/b ' * 40}"
        assert folded(command, 40) == [command]
        assert folded(f"! a/b is readable by other users. {command}", 40) == [
            "! a/b is readable by other users.",
            command,
        ]
    for each in started:
        meant = f"{each} status --account 'sandbox-zo'"
        assert folded(f"! status takes no argument. Did you mean: {meant}", 79) == [
            "! status takes no argument. Did you mean:",
            meant,
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
    """Whoever wrote the sentence: `~`, but not in quotes, where a shell would look for a folder of that name.

    A warning is shown once, however often there is a reason for it.
    """
    monkeypatch.setenv("HOME", "/home/sam")
    err = io.StringIO()
    console = Console({}, stderr=err)
    for _ in range(2):
        console.warn("/home/sam/a is readable (/home/sam/a). Fix: chmod 600 /home/sam/a '/home/sam/b c'")
    console.fail(Error("File not found: /home/samuel/a", "Fix: set X=/home/sam/a"))
    assert err.getvalue() == (
        "Warning: ~/a is readable (~/a). Fix: chmod 600 ~/a '/home/sam/b c'\n"
        "Error: File not found: /home/samuel/a\nFix: set X=/home/sam/a\n"
    )
    assert [quoted(each) for each in ("/home/sam/x", "/home/sam/x y", "/srv/x y", "a b")] == [
        "~/x",
        "~/'x y'",
        "'/srv/x y'",
        "'a b'",
    ]


def test_no_line_is_read_before_the_one_that_is_there_is_taken():
    """What was pasted too much can still be discarded, so that no line end of it answers the next question."""
    go_on, before = threading.Event(), set(threading.enumerate())
    stdin = Stdin(lambda _: b"" * go_on.wait(20))
    stdin.events.put(Line("first"))
    assert stdin.line().text == "first"
    reading = set(threading.enumerate()) - before
    go_on.set()
    assert not reading


def test_a_line_that_is_typed_while_other_things_happen_stays_one_line():
    """However often the time that is left is shown meanwhile, one thread reads, so that no line is torn."""
    go_on, readers = threading.Event(), []
    typed = io.BytesIO(b"123-456-789\n")

    def read(count):
        readers.append(threading.current_thread())
        go_on.wait(20)
        return typed.read(count)

    stdin = Stdin(read)
    for _ in range(3):
        with pytest.raises(TimeIsUp):
            stdin.wait(0.0)
    go_on.set()
    assert stdin.wait(20) == Line("123-456-789")
    assert len(set(readers)) == 1
