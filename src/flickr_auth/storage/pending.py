"""Logins that wait for `--finish`: one private file each, below the app folder.

A file holds the request token with its secret and what was fixed at the start; the API secret stays where it is.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from ..account import Token
from ..errors import NotConfigured, StoreError
from . import files, temporary

LONGEST_WAIT = 24 * 60 * 60.0
_ID = re.compile(r"[0-9a-f]{8}")


@dataclass(frozen=True)
class SavedLogin:
    """A login that waits for its verifier in another process.

    `store` is keyring, file or auto; `token_file` an absolute path or None; `made_at` seconds since the epoch;
    `refused` how many codes were wrong so far.
    """

    oauth_token: str
    oauth_token_secret: str = field(repr=False)
    api_key: str
    provider: str
    perms: str
    store: str
    token_file: str | None
    made_at: float
    refused: int = 0
    id: str = field(default_factory=lambda: os.urandom(4).hex())

    @property
    def request(self) -> Token:
        """The request token."""
        return Token(self.oauth_token, self.oauth_token_secret)


class PendingFolder:
    """The logins that wait. Whatever is older than 24 hours is removed on the way."""

    def __init__(self, home: files.StrPath, warn: files.Warn) -> None:
        self._home = os.fspath(home)
        self._folder = Path(home, "pending")
        self._warn = warn

    def save(self, waiting: SavedLogin) -> None:
        """Keep a login that waits. Raises `StoreError`."""
        files.write(self._path(waiting.id), (json.dumps(asdict(waiting)) + "\n").encode())
        temporary.tidy_home(self._home)

    def remove(self, waiting: SavedLogin) -> None:
        """Forget a login that has ended. Where its file stays it does no harm, and the login goes on."""
        self._remove(self._path(waiting.id))
        temporary.tidy_home(self._home)

    def _remove(self, path: Path) -> None:
        try:
            files.remove(path)
        except StoreError as failure:
            self._warn(f"{failure.message} It is of no more use.")

    def find(self, pending_id: str | None = None, oauth_token: str | None = None) -> SavedLogin:
        """The login with that ID or request token, else the newest. Raises `NotConfigured` where none waits."""
        matches = [
            each
            for each in self._all()
            if each.id == (pending_id or each.id) and each.oauth_token == (oauth_token or each.oauth_token)
        ]
        if not matches:
            which = "That login" if pending_id or oauth_token else "No login"
            waits = "does not wait here (any more)" if pending_id or oauth_token else "waits here"
            raise NotConfigured(f"{which} {waits}.", "Start one with: flickr-auth login --start")
        return max(matches, key=lambda each: each.made_at)

    def _all(self) -> Iterator[SavedLogin]:
        try:
            names = sorted(os.listdir(self._folder))  # names are all that is needed
        except FileNotFoundError:
            return
        except OSError as failure:
            raise NotConfigured(f"{self._folder} cannot be read: {failure.strerror}.") from failure
        for name in names:
            if name.endswith(".json") and _ID.fullmatch(name[:-5]):
                waiting = self._read(name[:-5])
                if waiting is not None:
                    yield waiting

    def _read(self, pending_id: str) -> SavedLogin | None:
        """The login with that ID; None where it has ended meanwhile, is too old, or its file is damaged."""
        path = self._path(pending_id)
        try:
            waiting = SavedLogin(**json.loads(files.read(path, self._warn)))
            age = time.time() - waiting.made_at
        except files.Missing:
            return None
        except (NotConfigured, ValueError, TypeError, RecursionError):
            self._warn(f"{path} is damaged; it is left alone.")
            return None
        if not -LONGEST_WAIT < age < LONGEST_WAIT:
            self._remove(path)
            return None
        return waiting if waiting.id == pending_id and _is_whole(waiting) else None

    def _path(self, pending_id: str) -> Path:
        return self._folder / f"{pending_id}.json"


def _is_whole(waiting: SavedLogin) -> bool:
    texts = (waiting.oauth_token, waiting.oauth_token_secret, waiting.api_key, waiting.provider, waiting.perms)
    return all(isinstance(each, str) and each for each in (*texts, waiting.store))
