"""Where a login's token goes: chosen and tried before Flickr is asked for anything."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from ...account import Account
from ...errors import NotDone, StoreError
from ...storage import token_file
from ...storage.accounts import Accounts
from ..console import Console
from ..text import plain

_FILE = "--store file"
_INSTEAD = f"To keep the token in a file that only you can read: {_FILE}"


class Destination:
    """The store of one login: `auto`, `keyring` or `file`, or the token file at `path`.

    `plain_is_fine` lets `auto` use a file without asking where there is no keyring: for a sandbox's token, which opens
    nothing, and for a login in two steps, which nobody may be sitting at.
    """

    def __init__(
        self, accounts: Accounts, console: Console, store: str, path: Path | None = None, *, plain_is_fine: bool = False
    ) -> None:
        self._accounts = accounts
        self._console = console
        self.store = store
        self.path = path
        self._plain_is_fine = plain_is_fine

    def try_out(self) -> None:
        """Prove that the token will be kept. Raises `StoreError`, or `NotDone` where the person wants no file."""
        if self.path is not None:
            token_file.try_out(self.path, self._console.warn)
            return
        self._accounts.try_folder()
        if self.store == "file":
            return
        try:
            self._accounts.try_keyring()
        except StoreError as failure:
            if self.store == "keyring":
                raise
            self._use_a_file_instead(failure)
        else:
            self.store = "keyring"

    def keep(self, account: Account, lifted: Callable[[], AbstractContextManager[None]] = nullcontext) -> Account:
        """Keep the account, and return it as it is kept; a person may choose a file if the store fails.

        `lifted` lets Ctrl-C through, which is a no here. Raises `StoreError`.
        """
        try:
            return self._store(account)
        except StoreError as failure:
            if not self._instead(failure, lifted):
                raise
        return self._store(account)

    def _store(self, account: Account) -> Account:
        if self.path is None:
            return self._accounts.keep(account, self.store)
        token_file.write(self.path, account.token)
        return account

    def _instead(self, failure: StoreError, lifted: Callable[[], AbstractContextManager[None]]) -> bool:
        """Whether the person wants the token, now that it is issued and the store has failed, in an account file."""
        if not self._console.is_terminal or self.store == "file":
            return False
        self._console.warn(f"The token is there, but cannot be kept: {failure.message}")
        try:
            with lifted():
                agreed = self._console.confirm(self._question())
        except KeyboardInterrupt:
            agreed = False
        if agreed:
            self.store, self.path = "file", None
        return agreed

    def update(self, account: Account) -> None:
        """Keep what was learned of the account since; a token file has no place for it."""
        if self.path is None:
            self._accounts.update(account)

    def where(self, account: Account) -> str:
        """The words for where the token is."""
        return str(self.path) if self.path is not None else self._accounts.where(account)

    def _use_a_file_instead(self, failure: StoreError) -> None:
        if self._plain_is_fine:
            self._console.say(f"{plain(failure.message)} The token goes into a file that only you can read.")
        elif not self._console.is_terminal:
            hint = failure.hint if _FILE in failure.hint else f"{failure.hint} {_INSTEAD}".strip()
            raise StoreError(failure.message, hint) from failure
        else:
            self._console.say(plain(failure.message))
            if not self._console.confirm(self._question()):
                raise NotDone("The token would have no place to stay, so nothing was asked of Flickr.", _INSTEAD)
        self.store = "file"

    def _question(self) -> str:
        return f"Store the token in a file in {self._accounts.folder.folder} instead, which only you can read?"
