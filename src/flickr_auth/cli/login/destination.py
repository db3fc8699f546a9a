"""Where a login's token goes: chosen and tried before Flickr is asked for anything."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path

from ...account import PERMS, Account
from ...errors import Error, NotDone, StoreError
from ...provider import named
from ...storage import token_file
from ...storage.account_files import Record
from ...storage.accounts import Accounts
from ..console import Console
from ..text import path as short_path
from ..text import quoted

_FILE = "--store file"
Lifted = Callable[[], AbstractContextManager[None]]


class Destination:
    """The store of one login: `auto`, `keyring` or `file`, or the token file at `path`.

    `keys_file` is where --apikeys has the keys, which no token may overwrite. `in_file` is the command line that logs
    in with the token in a file.
    `plain_is_fine` lets `auto` use a file without asking if there is no keyring: for a sandbox's token, which opens
    nothing, for a login in two steps, which nobody may be sitting at, and for a token that is in a file already.
    With `asks_for_less` a stored token with more permission is replaced only after a yes.
    """

    def __init__(
        self,
        accounts: Accounts,
        console: Console,
        store: str,
        path: Path | None = None,
        *,
        keys_file: Path | None = None,
        in_file: str = f"flickr-auth login {_FILE}",
        plain_is_fine: bool = False,
        asks_for_less: bool = False,
    ) -> None:
        self._accounts = accounts
        self._console = console
        self.store = store
        self.path = path
        self._keys_file = keys_file
        self._in_file = in_file
        self._held_file: token_file.HeldFile | None = None
        self._plain_is_fine = plain_is_fine
        self.asks_for_less = asks_for_less
        self.notice = ""
        """Why the token goes into a file, if nobody has asked for that."""

    def try_out(self) -> None:
        """Prove that the token will be kept. Raises `StoreError`, or `NotDone` if the person wants no file."""
        if self.path is not None:
            self._try_token_file(self.path)
            return
        self._accounts.try_folder()
        if self.store == "file":
            return
        try:
            self._accounts.try_keyring()
        except StoreError as failure:
            if self.store == "keyring":
                raise StoreError(failure.message, self._with_command(failure.hint)) from failure
            self._use_a_file_instead(failure)
        else:
            self.store = "keyring"

    @contextmanager
    def held(self) -> Iterator[None]:
        """Whatever `keep` needs is held inside this block, in which the token is issued. Raises `StoreError`."""
        if self.path is None:
            with self._accounts.held(self.store):
                yield
            return
        with token_file.held(self.path) as self._held_file:
            yield
        self._held_file = None

    def keep(self, account: Account, lifted: Lifted = nullcontext) -> Account:
        """Keep the account, and return it as it is kept; a person may choose a file if the store fails.

        `lifted` lets Ctrl-C through for a question; it is a no. Raises `StoreError`, and `NotDone` for a no to
        replacing a token that may do more.
        """
        self._mind_stronger(account, lifted)
        try:
            return self._store(account)
        except (Error, OSError, MemoryError) as failure:  # whatever it is, the token must not be lost for it
            problem = (
                failure if isinstance(failure, StoreError) else StoreError(f"{failure or type(failure).__name__}.")
            )
            if not self._instead(problem, lifted):
                hint = self._with_command(problem.hint) if _FILE in problem.hint else problem.hint
                raise StoreError(problem.message, hint) from failure
        return self._store(account)

    def update(self, account: Account) -> None:
        """Keep what was learned of the account since; a token file has no place for it."""
        if self.path is None:
            self._accounts.update(account)

    def where(self, account: Account) -> str:
        """The words for where the token is."""
        if self.path is not None:
            return short_path(self.path)
        return short_path(self._accounts.where(account)) + (f" ({self.notice})" if self.notice else "")

    def _store(self, account: Account) -> Account:
        if self.path is None:
            return self._accounts.keep(account, self.store)
        if self._held_file is not None:
            self._held_file.write(account.token)
        else:
            token_file.write(self.path, account.token)
        return account

    def _try_token_file(self, path: Path) -> None:
        """Prove that the token file can be written; only a yes replaces what does not look like a token."""

        def try_out(*, replace: bool) -> None:
            token_file.try_out(
                path,
                self._console.warn,
                environ=self._accounts.environ,
                keys_file=self._keys_file,
                replace=replace,
            )

        try:
            try_out(replace=False)
        except token_file.Foreign as failure:
            if not self._console.is_terminal:
                raise
            self._console.warn(failure.message)
            if not self._console.confirm(f"Replace what is in {short_path(path)}?"):
                raise NotDone(f"{short_path(path)} was not changed.", failure.hint) from failure
            try_out(replace=True)

    def _mind_stronger(self, account: Account, lifted: Lifted) -> None:
        """Only now is it known whose token this is, and whether it replaces one that may do more."""
        if self.path is not None or account.user_nsid is None or account.perms not in PERMS:
            return
        known: list[Record] = []
        with suppress(Error):  # a folder that cannot be listed now is no reason to lose the token
            known = self._accounts.of_key(account.keys.api_key, account.provider)
        for each in known:
            if each.user_nsid == account.user_nsid and each.perms in PERMS[PERMS.index(account.perms) + 1 :]:
                has = f"{each.username or each.id} already has a token with {each.perms} permission"
                if not (self.asks_for_less and self._console.is_terminal):
                    self._console.warn(f"{has}; the new one, with {account.perms} permission, replaces it.")
                elif not self._confirmed(f"{has}. Replace it with one for {account.perms} permission?", lifted):
                    revoked = "" if each.is_sandbox else f" Apps are revoked at {named(each.provider).revoke_url}"
                    raise NotDone(
                        f"The token with {each.perms} permission stays; the new one was not stored.{revoked}",
                        f"Run: flickr-auth login --account {quoted(self._accounts.short(each.id))}",
                    )

    def _instead(self, failure: StoreError, lifted: Lifted) -> bool:
        """Whether the person wants the token, now that it is issued and the store has failed, in an account file."""
        if not self._console.is_terminal or self.store == "file":
            return False
        self._console.warn(f"The token was issued, but cannot be kept: {failure.message}")
        agreed = self._confirmed(self._question(), lifted)
        if agreed:
            self.store, self.path = "file", None
        return agreed

    def _confirmed(self, question: str, lifted: Lifted) -> bool:
        try:
            with lifted():
                return self._console.confirm(question)
        except (KeyboardInterrupt, SystemExit):  # SIGTERM and a terminal that is gone are a no, and not the last word
            self._console.say()
            return False

    def _use_a_file_instead(self, failure: StoreError) -> None:
        if self._plain_is_fine:
            self.notice = f"only you can read it; {failure.message[0].lower()}{failure.message[1:].rstrip('.')}"
        elif not self._console.is_terminal:
            raise StoreError(failure.message, self._with_command(failure.hint)) from failure
        else:
            self._console.warn(failure.message)
            if not self._console.confirm(self._question()):
                raise NotDone(
                    "There is nowhere to store the token, so Flickr was not contacted.", f"Run: {self._in_file}"
                )
        self.store = "file"

    def _with_command(self, hint: str) -> str:
        """The hint with the whole command line in the place of `--store file`."""
        if "flickr-auth" in hint:
            return hint
        if _FILE in hint:
            return hint.replace(_FILE, self._in_file, 1)
        return f"{hint} Run: {self._in_file}".strip()

    def _question(self) -> str:
        return f"Store the token in a file in {short_path(self._accounts.folder.folder)}, which only you can read?"
