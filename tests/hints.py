"""The grammar of hints, held for every error of a test's own process: `Run:` and a command, or `Try:` or `Fix:`."""

import contextlib
import functools
import os
import re
import shlex

import click
import pytest

from flickr_auth.cli import app
from flickr_auth.errors import Error

_GAPS = {"CODE"}  # what nobody can know when the line is printed; no other word of capitals is in one to run


@contextlib.contextmanager
def watched():
    """Look at the hint of every error that is made or reworded meanwhile; what is wrong is said at the end."""
    faults = set()

    def looking(function):
        @functools.wraps(function)
        def wrapped(self, *arguments, **named):
            function(self, *arguments, **named)
            faults.add(fault(self.hint))

        return wrapped

    with pytest.MonkeyPatch.context() as patch:
        for name in ("__init__", "reword"):
            patch.setattr(Error, name, looking(getattr(Error, name)))
        yield
    assert not faults - {""}, faults


@functools.cache
def fault(hint):
    """What is wrong with a hint, empty if nothing is: it is a label and one line without a full stop."""
    if not hint:
        return ""
    label, _, advice = hint.partition(": ")
    is_line = "\n" not in re.sub("'[^']*'", "", hint)  # in quotes is somebody's name, which the screen escapes
    if label not in ("Run", "Try", "Fix") or not advice or hint.endswith(".") or not is_line:
        return f"not a labelled line without a full stop: {hint}"
    _, *commands = re.split("^Run: | run: ", hint, maxsplit=1)
    line = "".join(commands) or (advice if label == "Try" and advice.startswith("flickr-auth ") else "")
    try:
        wrong = filter(None, [_wrong(each, may_have_gaps=label == "Try") for each in _commands(line)])
    except ValueError as failure:  # of shlex
        wrong = [str(failure)]
    return "".join(f"not a command as it stands ({each}): {hint}" for each in wrong)


def _commands(line):
    """The words of each command in a shell's line, or in a choice of several."""
    words = shlex.shlex(line, posix=True, punctuation_chars=True)
    words.whitespace_split = True
    commands = [[]]
    for word in words:
        if word in (";", "&&", "or"):
            commands.append([])
        else:
            commands[-1].append(word)
    return commands if line else []


def _wrong(words, *, may_have_gaps):
    """What is wrong with a command line; those of this program are parsed by it, however it was started."""
    if not words or re.search("[:<>|&]", words[0]):
        return "its words"
    if words[0] == "unset":
        return "" if words[1:] and all(map(str.isidentifier, words[1:])) else "no variable"
    if words[1:3] == ["-m", "flickr_auth"]:
        words = ["flickr-auth", *words[3:]]
    if os.path.basename(words[0]) != "flickr-auth" or words[1:] == ["--help"]:
        return ""
    if len(words) == 1:
        return "no command"
    gaps = {each for each in words if re.fullmatch("[A-Z]{2,}", each)} - _GAPS
    return "a word to replace" if gaps and not may_have_gaps else _refused(words[1:])


def _refused(words):
    """What this program says of its arguments, wherever it is run; empty if it takes them."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [each for each in os.environ if each.startswith("FLICKR")]:
            patch.delenv(name)
        root = app.cli.make_context("flickr-auth", [], resilient_parsing=True)
        try:
            name, command, rest = app.cli.resolve_command(click.Context(app.cli, info_name="flickr-auth"), words)
            if rest != ["--help"]:  # which would be printed
                command.make_context(name, rest, parent=root)
        except click.exceptions.Exit:
            return "it only prints"
        except (click.ClickException, Error) as failure:
            return str(failure)
    return ""
