"""Pending logins, which wait for `--finish`: one private file each, below the app folder.

A file holds the request token with its secret and what was fixed at the start; the API secret stays where it is.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

from .. import provider
from ..account import PERMS, Token, can_sign
from ..errors import Error, NotConfigured, StoreError
from . import files, replacement

LONGEST_WAIT = 24 * 60 * 60.0
_ID = re.compile(r"[0-9a-f]{8}")
_LATEST = 1e11  # seconds since the epoch
_MOST_REFUSED = 100
_START = "Run: flickr-auth login --start"


@dataclass(frozen=True)
class Pending:
    """A login that waits for its verifier, in this process or, kept in a file, for another.

    `store` is keyring, file or auto; `token_file` an absolute path or None; `made_at` seconds since the epoch;
    `account` the ID of the account that is renewed, None if none was named; `asks_for_less` says that nobody chose
    the permission; `refused` how many codes were wrong so far; `replaces` the digest of what was in the token file.
    """

    oauth_token: str
    oauth_token_secret: str = field(repr=False)
    api_key: str
    provider: str
    perms: str
    store: str
    token_file: str | None
    made_at: float
    account: str | None = None
    asks_for_less: bool = False
    refused: int = 0
    replaces: str | None = None
    id: str = field(default_factory=lambda: os.urandom(4).hex())

    @property
    def request(self) -> Token:
        """The request token."""
        return Token(self.oauth_token, self.oauth_token_secret)


class PendingFolder:
    """The pending logins.

    One that is older than 24 hours has expired. It is deleted when another is started, and not when it is looked for: a
    clock that is wrong for a while ends no login.
    """

    def __init__(self, home: files.StrPath, warn: files.Warn) -> None:
        self._home = os.fspath(home)
        self._folder = Path(home, "pending")
        self._warn = warn

    def save(self, waiting: Pending) -> None:
        """Keep a login that waits, unless it is kept as it is already. Raises `StoreError`."""
        if not self.has(waiting) or self._read(waiting.id) != waiting:
            replacement.make_app_folder(self._home)
            replacement.write(self._path(waiting.id), (json.dumps(asdict(waiting)) + "\n").encode())

    def has(self, waiting: Pending) -> bool:
        """Tell whether a login is kept, however many of its codes were wrong since."""
        return os.path.exists(self._path(waiting.id))

    def tidy(self) -> None:
        """Delete what has expired: the provider has just accepted this computer's clock."""
        for each in self._all():
            if _has_expired(each):
                self.remove(each)

    def remove(self, waiting: Pending) -> None:
        """Delete a login that has ended. If its file stays it does no harm."""
        try:
            replacement.remove(self._path(waiting.id))
        except StoreError as failure:
            self._warn(f"{failure.message} It is no longer needed; you can delete it.")

    def find(self, pending_id: str | None = None, oauth_token: str | None = None) -> Pending:
        """Find the login with that ID or request token, else the newest.

        Raises `NotConfigured` if there is none, or if it has expired by this computer's clock.
        """
        matches = [
            each
            for each in self._all()
            if each.id == (pending_id or each.id) and each.oauth_token == (oauth_token or each.oauth_token)
        ]
        if not matches:
            which = f"with ID {pending_id}" if pending_id else "for that URL" if oauth_token else "here"
            expired = "; it may have expired" if pending_id or oauth_token else ""
            raise NotConfigured(f"No pending login {which}{expired}.", _START)
        found = max(matches, key=lambda each: each.made_at)
        if _has_expired(found):
            now = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime())
            raise NotConfigured(
                f"The pending login has expired: by this computer's clock ({now}) it was started over 24 hours ago.",
                f"Fix: set the clock if it is wrong and try again; otherwise {_START[0].lower()}{_START[1:]}",
            )
        return found

    def _all(self) -> Iterator[Pending]:
        for name in files.names(self._folder):
            if name.endswith(".json") and _ID.fullmatch(name[:-5]):
                waiting = self._read(name[:-5])
                if waiting is not None:
                    yield waiting

    def _read(self, pending_id: str) -> Pending | None:
        """Read the login with that ID; None if it has ended meanwhile, or its file is damaged."""
        path = self._path(pending_id)
        try:
            waiting = _parse(files.read_own(self._home, path, self._warn))
        except files.Missing:
            return None
        except StoreError as failure:  # it cannot be read, as root's after a sudo
            self._warn(f"{failure.message} {failure.hint}")
            return None
        except (Error, ValueError, TypeError, RecursionError):
            waiting = None
        if waiting is None or waiting.id != pending_id:
            self._warn(f"{path} is damaged, so that pending login was skipped.")
            return None
        return waiting

    def _path(self, pending_id: str) -> Path:
        return self._folder / f"{pending_id}.json"


def _has_expired(waiting: Pending) -> bool:
    return time.time() - waiting.made_at >= LONGEST_WAIT


def _parse(content: bytes) -> Pending | None:
    """Read the login in a file; None for what no login of ours can be. Raises what a crafted one leads to."""
    known = json.loads(content)
    waiting = Pending(**{each.name: known[each.name] for each in fields(Pending) if each.name in known})
    signing = (waiting.oauth_token, waiting.oauth_token_secret, waiting.api_key)
    is_whole = (
        all(map(can_sign, signing))
        and isinstance(waiting.provider, str)
        and waiting.perms in PERMS
        and waiting.store in ("auto", "keyring", "file")
        and (waiting.token_file is None or (isinstance(waiting.token_file, str) and os.path.isabs(waiting.token_file)))
        and (waiting.account is None or can_sign(waiting.account))
        and isinstance(waiting.asks_for_less, bool)
        and (waiting.replaces is None or isinstance(waiting.replaces, str))
        and isinstance(waiting.made_at, int | float)
        and 0 < waiting.made_at < _LATEST
        and isinstance(waiting.refused, int)
        and 0 <= waiting.refused < _MOST_REFUSED
    )
    if not is_whole:
        return None
    provider.named(waiting.provider)
    if waiting.token_file is not None:
        os.fsencode(waiting.token_file.replace("\0", "\ud83d"))  # neither can be in the name of a file
    return waiting
