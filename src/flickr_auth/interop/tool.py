"""Another Flickr tool: the base of all tools, and what several of them need."""

from __future__ import annotations

import contextlib
import os
import stat
import sys
from enum import Enum, auto
from pathlib import Path

from .. import values
from ..account import Account
from ..errors import NotConfigured, StoreError
from ..program import quoted
from ..storage import file_errors, files, replacement
from ..storage.files import Warn

STDIN = "stdin"  # what messages call it
LEFT_ALONE = "Try: --path FILE for another file (this one was not changed)"


class Existing(Enum):
    """The token that is already there, where one is to be written."""

    NOTHING = auto()
    SAME = auto()
    ANOTHER = auto()


class Tool:
    """Another Flickr tool.

    One that is `written` has `existing`, `write` and `printed`; any other has `lines`, which a person puts in place.
    One that is `importable` has `parse`, or `read`. The environment is the process's own, which the tool sees, too.
    """

    name = ""
    called = ""  # in a sentence, if not by its name
    summary = ""  # for help
    written = True  # export writes its file
    importable = True
    keeps_several = False  # tokens of several people
    needs_details = False  # keeps the permission and the names beside the token
    longest = files.LONGEST  # bytes of its file; 0 if that is no text
    no_place = ""  # the words for a tool without a usual file
    action = "Add these lines to"
    instead = ""  # the sentence for a way without those lines

    def place(self) -> Path | None:
        """Find the file where the tool looks; None if a person has to name one."""
        return None

    def existing(self, path: Path, account: Account, warn: Warn) -> Existing:
        """Compare the token at `path` with the account's. Raises `NotConfigured` for a file that is not the tool's."""
        raise NotImplementedError

    def write(self, path: Path, account: Account, warn: Warn) -> None:
        """Put the account's token there, all or nothing, and leave all else as it is. Raises `StoreError`."""
        raise NotImplementedError

    def printed(self, account: Account) -> str:
        """Return what `write` writes if there is no file yet."""
        raise NotImplementedError

    def lines(self, account: Account) -> str:  # noqa: ARG002  # most have none
        """Return the lines that a person has to put in place; empty if there are none."""
        return ""

    def lead(self) -> str:
        """Say where the lines belong."""
        place = self.place()
        return f"{self.action} {shown_path(place) if place else self.no_place}"

    def next_step(self, account: Account) -> str:  # noqa: ARG002  # few name the account
        """Say what to do after the token was written, in words or as a command."""
        return ""

    def read(self, path: Path, warn: Warn, *, named: bool = False) -> list[Account]:
        """Read the tokens in the tool's file; `named` says that a person gave the path.

        Raises `Missing` if there is no such file, `NotConfigured` for one that is not the tool's.
        """
        content = files.read(path, warn, named=named, longest=self.longest)
        return self.parse(decoded(content, path), str(path), warn)

    def parse(self, text: str, source: str, warn: Warn) -> list[Account]:
        """Read the tokens in a text that messages call `source`. Raises `NotConfigured`, naming the line."""
        raise NotImplementedError


def found(names: tuple[str, ...], parts: tuple[str | None, ...], source: str, **known: str | None) -> list[Account]:
    """Return the account that four values of a tool make, called `names` there; none if there is no token.

    Its provider is empty unless the tool's file names one. Raises `NotConfigured` for half a token.
    """
    key, secret, token, token_secret = (part or None for part in parts)
    if token and token_secret:
        provider = known.pop("provider", None) or ""
        return [Account(key, secret, token, token_secret, provider=provider, **known)]
    if token or token_secret:
        present, missing = names[2:] if token else reversed(names[2:])
        raise NotConfigured(f"{source} has {present} but no {missing}.", left_alone(source))
    return []


def four(account: Account, names: tuple[str, ...]) -> dict[str, str]:
    """Return the four values under a tool's names for them. Raises `NoKeys`."""
    keys = account.keys
    parts = (keys.api_key, keys.api_secret, account.oauth_token, account.oauth_token_secret)
    return dict(zip(names, parts, strict=True))


def shown_path(path: Path) -> str:
    """Write the path as people do: with the dot that `Path` drops."""
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
            warn(f"Other users can replace files in {folder}. Fix: chmod go-w {quoted(str(folder))}")
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
            f"Fix: sudo chown {quoted(file_errors.user(os.geteuid()))} {quoted(str(path))}",
        )


def ignore(_warning: str) -> None:
    """Pass over a warning about a file that is about to be replaced, with the right mode."""


def home_path(*parts: str) -> Path:
    """Return a path below the home folder, as other tools find it. Raises `NotConfigured` if there is none."""
    try:
        home = files.below_home("~")
    except NotConfigured as failure:
        raise NotConfigured(failure.message, "Fix: set HOME, or name the tool's file with --path") from failure
    return Path(home, *parts)


def decoded(content: bytes, source: Path | str) -> str:
    """Return the content as text, without a byte-order mark. Raises `NotConfigured`, naming the line."""
    if encoding := values.wide_encoding(content):
        raise NotConfigured(
            f"{source} is saved as {encoding}.", "Fix: save it as UTF-8 (in Notepad: Save as, Encoding)"
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as failure:
        line = failure.object.count(b"\n", 0, failure.start) + 1
        raise NotConfigured(f"{source}, line {line}, is not text in UTF-8.", left_alone(source)) from None


def left_alone(source: Path | str) -> str:
    """Return the hint for another tool's file that cannot be used."""
    return "Fix: send the whole of the tool's file, as it is" if source == STDIN else LEFT_ALONE


def check_line_values(values: list[str]) -> None:
    """Raise `NotConfigured` if a value would break a format that has one on a line."""
    for value in values:
        if not value or not value.isprintable() or any(character.isspace() for character in value):
            raise NotConfigured(
                "This account has a value that is empty or has a space in it, which a line of that file cannot hold."
            )
