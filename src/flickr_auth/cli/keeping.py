"""Where a login's token goes: chosen and tried before Flickr is asked for anything."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from ..account import Account
from ..errors import NotDone, StoreError
from ..stores import token_file
from ..stores.accounts import Accounts
from .console import Console, plain

_INSTEAD = "To keep the token in a file that only you can read: --store file"


class Keeping:
    """The store of one login: `auto`, `keyring` or `file`, or the token file at `path`.

    A sandbox's token opens nothing, so `auto` puts it into a file without asking where there is no keyring.
    """

    def __init__(
        self, accounts: Accounts, console: Console, store: str, path: Path | None = None, *, is_sandbox: bool = False
    ) -> None:
        self._accounts = accounts
        self._console = console
        self._store = store
        self._path = path
        self._is_sandbox = is_sandbox

    def try_out(self) -> None:
        """Prove that the token will be kept. Raises `StoreError`, or `NotDone` where the person wants no file."""
        if self._path is not None:
            token_file.try_out(self._path)
            return
        self._accounts.try_folder()
        if self._store == "file":
            return
        try:
            self._accounts.try_keyring()
        except StoreError as failure:
            if self._store == "keyring":
                raise
            self._use_a_file_instead(failure)
        else:
            self._store = "keyring"

    def keep(self, account: Account) -> Account:
        """Keep the account, and return it as it is kept."""
        if self._path is None:
            return self._accounts.keep(account, self._store)
        token_file.write(self._path, account.token)
        return account

    def instead(self, failure: StoreError, lifted: Callable[[], AbstractContextManager[None]]) -> bool:
        """Whether the person wants the token, now that it is issued and the store has failed, in an account file.

        `lifted` lets Ctrl-C through, which is a no here.
        """
        if not self._console.is_terminal or self._store == "file":
            return False
        self._console.warn(f"The token is there, but cannot be kept: {failure.message}")
        try:
            with lifted():
                agreed = self._console.confirm(self._question())
        except KeyboardInterrupt:
            agreed = False
        if agreed:
            self._store, self._path = "file", None
        return agreed

    def update(self, account: Account) -> None:
        """Keep what was learned of the account since; a token file has no place for it."""
        if self._path is None:
            self._accounts.update(account)

    def where(self, account: Account) -> str:
        """The words for where the token is."""
        return str(self._path) if self._path is not None else self._accounts.where(account)

    def _use_a_file_instead(self, failure: StoreError) -> None:
        if not self._is_sandbox:
            if not self._console.is_terminal:
                raise StoreError(failure.message, _INSTEAD) from failure
            self._console.say(plain(failure.message))
            if not self._console.confirm(self._question()):
                raise NotDone("The token would have no place to stay, so nothing was asked of Flickr.", _INSTEAD)
        self._store = "file"

    def _question(self) -> str:
        return f"Store the token in a file in {self._accounts.folder.folder} instead, which only you can read?"
