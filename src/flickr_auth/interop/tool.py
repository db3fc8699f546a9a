"""What is to be known of another Flickr tool, and which tools there are; each is imported when it is asked for."""

from __future__ import annotations

import importlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path

from ..account import Account, ConsumerKeys, Token
from ..errors import NotConfigured
from ..storage.files import Warn

_MODULES = {
    "flickrapi": "flickrapi",
    "gallery-dl": "gallery_dl",
    "flickr-download": "two_lines",
    "python-flickr-api": "two_lines",
    "token": "two_lines",
    "flickcurl": "flickcurl",
    "flickr-cli": "snippets",
    "flickraw": "snippets",
}
EXPORTS = tuple(_MODULES)
IMPORTS = tuple(name for name in _MODULES if _MODULES[name] != "snippets")
LEFT_ALONE = "The file is left alone."


def get(name: str) -> Tool:
    """The tool of that name."""
    tools: dict[str, Tool] = importlib.import_module(f"{__package__}.{_MODULES[name]}").TOOLS
    return tools[name]


@dataclass(frozen=True)
class Found:
    """A token that a tool keeps, and what the tool knows of it; a tool that keeps no API secret has `api_key` alone."""

    token: Token
    keys: ConsumerKeys | None = None
    api_key: str | None = None
    lookup_key: str | None = None
    user_nsid: str | None = None
    username: str | None = None
    fullname: str | None = None


class Existing(Enum):
    """What stands where a token is to be written."""

    NOTHING = auto()
    SAME = auto()
    ANOTHER = auto()


@dataclass(frozen=True)
class Snippet:
    """Text for a file that people edit themselves, and the words for which file that is."""

    text: str
    where: str


class Tool:
    """One tool. Where it keeps nothing that we can write in place, `by_hand` is all it has to say."""

    in_place = True
    wants_details = False  # needs the permission and the names beside the token

    def __init__(self, name: str) -> None:
        self.name = name

    def place(self, environ: Mapping[str, str]) -> Path | None:
        """The file where the tool looks; None where a person has to name one."""
        raise NotImplementedError

    def there(self, path: Path, account: Account, warn: Warn) -> Existing:
        """What is at `path` now, compared with the account. Raises `NotConfigured` for what cannot be read."""
        raise NotImplementedError

    def write(self, path: Path, account: Account, warn: Warn) -> None:
        """Put the account's token there, all or nothing, and leave all else as it is. Raises `StoreError`."""
        raise NotImplementedError

    def printed(self, account: Account) -> str:
        """What `write` would write where there is nothing yet."""
        raise NotImplementedError

    def by_hand(self, account: Account, environ: Mapping[str, str]) -> Snippet | None:  # noqa: ARG002  # most have none
        """What a person has to put into a file themselves."""
        return None

    def read(self, path: Path, environ: Mapping[str, str], warn: Warn, *, named: bool = False) -> list[Found]:
        """The tokens in the tool's file. Raises `Missing` where there is none, `NotConfigured` for one that is no good.

        `named` says that a person gave the path.
        """
        raise NotImplementedError


def shown(path: Path) -> str:
    """The path as people write it: with the dot that Path drops."""
    return str(path) if path.is_absolute() else os.path.join(".", path)


def quiet(_warning: str) -> None:
    """A file that is about to be replaced, with the right mode, needs no warning."""


def at_home(*parts: str) -> Path:
    """A path below the home folder, as other tools find it."""
    return Path(os.path.expanduser("~"), *parts)  # Path's raises where there is no home


def text_of(content: bytes, path: Path) -> str:
    """The content as text, with the byte-order mark that it may have. Raises `NotConfigured`, naming the line."""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as failure:
        line = content.count(b"\n", 0, failure.start) + 1
        raise NotConfigured(f"{path}, line {line}, is not text in UTF-8.", LEFT_ALONE) from None


def lines_of(*values: str) -> tuple[str, ...]:
    """The values, for a format that has one on a line. Raises `NotConfigured` for one that would break the line."""
    for value in values:
        if not value or not value.isprintable() or any(character.isspace() for character in value):
            raise NotConfigured("A part of this account is empty or has a space in it, which that file cannot hold.")
    return values
