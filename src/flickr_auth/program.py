"""The name by which this program was started, so that the commands that it prints can be run as they stand."""

from __future__ import annotations

import os
import re
import sys

_NAME = "flickr-auth"
_COMMANDS = "call|completion|doctor|export|help|import|login|logout|run|sandbox|show|sign|status|use"
# Where a text names this program in a command: not below a folder, as on another machine, and not in a sentence.
_COMMAND = re.compile(rf"(?<![\w./~'-]){_NAME} (?=(?:{_COMMANDS})\b|--(?:help|version)\b|\[OPTIONS\])")


def program() -> str:
    """Name the program: `flickr-auth` if PATH leads to it, else as it was typed.

    For `python -m flickr_auth`, and for somebody's own script, it is the program beside this Python, else its module.
    """
    import shutil

    typed = sys.argv[0] if sys.argv else ""
    if os.path.basename(_resolved(typed)) != _NAME:
        suffix = ".exe" if os.name == "nt" else ""
        typed = os.path.join(os.path.dirname(sys.executable or ""), _NAME)
        if not sys.executable or not os.path.isfile(typed + suffix):
            return f"{quoted(sys.executable or 'python3')} -m flickr_auth"
    for name in (_NAME, os.path.basename(typed)):  # the second is a link of the person's own
        found = shutil.which(name)
        if found is not None and _resolved(found) == _resolved(typed):
            return name
    return quoted(typed)


def with_program(text: str) -> str:
    """Name this program in the commands of the text as it was started, so that a person can run them."""
    if f"{_NAME} " not in text:
        return text
    return _COMMAND.sub(lambda _: f"{program()} ", text)


def quoted(word: str | os.PathLike[str]) -> str:
    """Quote a word of a command for the shell of this system; the home folder is `~`, outside the quotes."""
    full = os.fspath(word)
    if os.name == "nt":
        is_bare = full and all(each.isalnum() or each in "@%+=:,./-_~\\" for each in full)
        return full if is_bare else f'"{full}"'
    from shlex import quote

    home = os.path.expanduser("~").rstrip("/") + "/"
    is_below = home.startswith("/") and home != "/" and full.startswith(home) and full != home
    return f"~/{quote(full[len(home) :])}" if is_below else quote(full)


def _resolved(path: str) -> str:
    """Follow links to the program itself; Windows adds .exe to its name, or does not."""
    try:
        return os.path.normcase(os.path.realpath(path)).removesuffix(".exe")
    except OSError:  # a relative path, in a folder that is gone
        return path
