"""What is known of another Flickr tool: the base of all tools, and what they have in common."""

from __future__ import annotations

import contextlib
import os
import shlex
import stat
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path

from ..account import Account, ConsumerKeys, Token
from ..errors import NotConfigured, StoreError
from ..storage import file_errors, files, replacement
from ..storage.files import Warn

STDIN = "stdin"  # what messages call it
LEFT_ALONE = "Try: --path FILE for another file (this one was not changed)"


@dataclass(frozen=True)
class FoundToken:
    """A token in a tool's file, and what the file says of it; a tool that keeps no API secret has `api_key` alone."""

    token: Token
    keys: ConsumerKeys | None = None
    api_key: str | None = None
    lookup_key: str | None = None
    user_nsid: str | None = None
    username: str | None = None
    fullname: str | None = None
    perms: str | None = None
    provider: str | None = None


class Existing(Enum):
    """What is already there, where a token is to be written."""

    NOTHING = auto()
    SAME = auto()
    ANOTHER = auto()


@dataclass(frozen=True)
class Snippet:
    """Lines for a file that people edit themselves, and the words for which file that is."""

    text: str
    place: str
    action: str = "Add these lines to"
    instead: str = ""  # what makes them unnecessary


class Tool:
    """Another Flickr tool, called as its module is. What it cannot do, it leaves out.

    `summary` are its words for `--list` and for help. A tool that is `written` has `existing`, `write` and `printed`;
    any other has a `snippet`; one that is `importable` has `parse`, or `read`.
    """

    summary = ""
    written = True  # export writes its file; else it prints a snippet
    importable = True
    keeps_several = False  # tokens of several people
    needs_details = False  # keeps the permission and the names beside the token
    longest = files.LONGEST  # bytes of its file; 0 for what is no text
    no_place = ""  # the words for --list where the tool has no usual file

    @property
    def name(self) -> str:
        """What people type."""
        return type(self).__module__.rpartition(".")[2].replace("_", "-")

    def place(self, environ: Mapping[str, str]) -> Path | None:  # noqa: ARG002  # most need no variable
        """The file where the tool looks; None where a person has to name one."""
        return None

    def existing(self, path: Path, account: Account, warn: Warn) -> Existing:
        """What is at `path` now, compared with the account. Raises `NotConfigured` for what cannot be read."""
        raise NotImplementedError

    def check_replaceable(self, path: Path, environ: Mapping[str, str]) -> None:
        """Raise `AccountError` for a file that is never overwritten."""

    def write(self, path: Path, account: Account, warn: Warn) -> None:
        """Put the account's token there, all or nothing, and leave all else as it is. Raises `StoreError`."""
        raise NotImplementedError

    def printed(self, account: Account) -> str:
        """What `write` would write where there is nothing yet."""
        raise NotImplementedError

    def snippet(self, account: Account, environ: Mapping[str, str]) -> Snippet | None:  # noqa: ARG002  # most have none
        """What a person has to put into a file themselves."""
        return None

    def read(self, path: Path, environ: Mapping[str, str], warn: Warn, *, named: bool = False) -> list[FoundToken]:
        """The tokens in the tool's file. Raises `Missing` where there is none, `NotConfigured` for one that is no good.

        `named` says that a person gave the path.
        """
        content = files.read(path, warn, named=named, longest=self.longest)
        return self.parse(decoded(content, path), str(path), environ, warn)

    def next_step(self, account: Account, path: Path) -> str:  # noqa: ARG002  # few tools say where their file is
        """What to do after the token was written, as words or as a command."""
        return ""

    def parse(self, text: str, source: str, environ: Mapping[str, str], warn: Warn) -> list[FoundToken]:
        """The tokens in a text, which messages call `source`. Raises `NotConfigured`, naming the line."""
        raise NotImplementedError


def shown_path(path: Path) -> str:
    """The path as people write it: with the dot that `Path` drops."""
    return str(path) if path.is_absolute() else os.path.join(".", path)


def check_writable(path: Path, warn: Warn) -> None:
    """Look before a token is written at `path` whether it would be anybody else's.

    Raises `StoreError` if another user owns the file; `warn` gets what to do about a folder whose files others can
    replace.
    """
    if sys.platform == "win32":
        return
    place = Path(replacement.target(path))
    check_owner(place)
    folder = next((each for each in place.parents if os.path.isdir(each)), place.parent)
    with contextlib.suppress(OSError):  # the writing says why
        status = os.stat(folder)
        if status.st_mode & 0o022 and not status.st_mode & stat.S_ISVTX:
            warn(f"Other users can replace files in {folder}. Fix: chmod go-w {shlex.quote(str(folder))}")
        elif status.st_uid not in (os.geteuid(), 0):
            warn(f"{folder} belongs to {file_errors.user(status.st_uid)}, who can replace files in it.")


def check_owner(path: Path) -> None:
    """Raise `StoreError` if the file that a token is to be written into is somebody else's."""
    if sys.platform == "win32":
        return
    try:
        owner = os.stat(path).st_uid
    except OSError:  # none, or the writing says why
        return
    if owner != os.geteuid():
        raise StoreError(
            f"{path} belongs to {file_errors.user(owner)}, so your token is not written into it.",
            f"Fix: sudo chown {shlex.quote(file_errors.user(os.geteuid()))} {shlex.quote(str(path))}",
        )


def ignore(_warning: str) -> None:
    """A file that is about to be replaced, with the right mode, needs no warning."""


def home_path(*parts: str) -> Path:
    """A path below the home folder, as other tools find it. Raises `NotConfigured` if there is none."""
    try:
        home = files.below_home("~")
    except NotConfigured as failure:
        raise NotConfigured(failure.message, "Set HOME, or name the tool's file with --path.") from failure
    return Path(home, *parts)


def decoded(content: bytes, source: Path | str) -> str:
    """The content as text, with the byte-order mark that it may have. Raises `NotConfigured`, naming the line."""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as failure:
        line = content.count(b"\n", 0, failure.start) + 1
        raise NotConfigured(f"{source}, line {line}, is not text in UTF-8.", left_alone(source)) from None


def left_alone(source: Path | str) -> str:
    """The hint for what another tool has written and nobody can use."""
    return "Fix: send the whole of the tool's file, as it is" if source == STDIN else LEFT_ALONE


def whole_token(names: tuple[str, str], token: str | None, secret: str | None, source: str) -> Token | None:
    """The token that both halves make, None if there is neither.

    Raises `NotConfigured` for one alone, under the tool's `names`.
    """
    if token and secret:
        return Token(token, secret)
    if token or secret:
        present, missing = names if token else reversed(names)
        raise NotConfigured(f"{source} has {present} but no {missing}.", left_alone(source))
    return None


def line_values(*values: str) -> tuple[str, ...]:
    """The values, for a format that has one on a line. Raises `NotConfigured` for one that would break the line."""
    for value in values:
        if not value or not value.isprintable() or any(character.isspace() for character in value):
            raise NotConfigured(
                "This account has a value that is empty or has a space in it, which a line of that file cannot hold."
            )
    return values
