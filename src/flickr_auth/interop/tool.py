"""What is known of another Flickr tool: the base of all tools, and what they have in common."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path

from ..account import Account, ConsumerKeys, Token
from ..errors import NotConfigured
from ..storage.files import Warn

LEFT_ALONE = "The file is left alone."


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


class Tool:
    """Another Flickr tool, called as its module is. What it cannot do, it leaves out.

    `summary` are its words for `--list` and for help. A tool that is `written` has `existing`, `write` and `printed`;
    any other has a `snippet`; one that is `importable` has `read`.
    """

    summary = ""
    written = True  # export writes its file; else it prints a snippet
    importable = True
    keeps_several = False  # tokens of several people
    needs_details = False  # keeps the permission and the names beside the token
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
        raise NotImplementedError


def shown_path(path: Path) -> str:
    """The path as people write it: with the dot that Path drops."""
    return str(path) if path.is_absolute() else os.path.join(".", path)


def ignore(_warning: str) -> None:
    """A file that is about to be replaced, with the right mode, needs no warning."""


def home_path(*parts: str) -> Path:
    """A path below the home folder, as other tools find it."""
    return Path(os.path.expanduser("~"), *parts)  # Path's raises where there is no home


def decoded(content: bytes, path: Path) -> str:
    """The content as text, with the byte-order mark that it may have. Raises `NotConfigured`, naming the line."""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as failure:
        line = content.count(b"\n", 0, failure.start) + 1
        raise NotConfigured(f"{path}, line {line}, is not text in UTF-8.", LEFT_ALONE) from None


def line_values(*values: str) -> tuple[str, ...]:
    """The values, for a format that has one on a line. Raises `NotConfigured` for one that would break the line."""
    for value in values:
        if not value or not value.isprintable() or any(character.isspace() for character in value):
            raise NotConfigured("A part of this account is empty or has a space in it, which that file cannot hold.")
    return values
