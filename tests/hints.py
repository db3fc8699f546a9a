"""The grammar of hints, held for every error that any test makes: `Run:` and a command, or `Try:` or `Fix:`."""

import contextlib
import functools
import os
import re
import shlex

import click
import pytest

from flickr_auth.cli import app
from flickr_auth.errors import Error

_PLACEHOLDERS = {"ACCOUNT", "COMMAND", "FILE", "METHOD", "PATH", "TOOL"}


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
    """What is wrong with a hint, empty if nothing is: it is a label and a line without a full stop."""
    if not hint:
        return ""
    label, _, advice = hint.partition(": ")
    if label not in ("Run", "Try", "Fix") or not advice or hint.endswith("."):
        return f"not a labelled line without a full stop: {hint}"
    if label != "Run":
        return ""
    words = shlex.shlex(advice, posix=True, punctuation_chars=True)
    words.whitespace_split = True
    commands = [[]]
    for word in words:
        if word in (";", "&&"):
            commands.append([])
        else:
            commands[-1].append(word)
    return "".join(f"not a command as it stands ({wrong}): {hint}" for wrong in map(_wrong, commands) if wrong)


def _wrong(words):
    """What is wrong with a command line; those of this program are parsed by it, however it was started."""
    has_gaps = "CODE" not in words and _PLACEHOLDERS.intersection(words)  # a code is what nobody can know
    if has_gaps or not words or re.search("[:<>|&]", words[0]):
        return "its words"
    if words[0] == "unset":
        return "" if words[1:] and all(map(str.isidentifier, words[1:])) else "no variable"
    if words[1:3] == ["-m", "flickr_auth"]:
        words = ["flickr-auth", *words[3:]]
    return _refused(words[1:]) if os.path.basename(words[0]) == "flickr-auth" and words[1:] != ["--help"] else ""


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
        except (click.ClickException, Error) as failure:
            return str(failure)
    return ""
