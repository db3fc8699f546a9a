"""The place for a login's token, chosen and tried before Flickr is asked for anything: accounts, or a token file."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path

from ...account import PERMS, Account
from ...advice import in_file, login
from ...errors import Error, NotDone, StoreError
from ...provider import named
from ...storage import token_file
from ...storage.account_files import Record
from ..context import Context
from ..text import path as short_path

_FILE = "--store file"
Lifted = Callable[[], AbstractContextManager[None]]


class InAccounts:
    """The accounts of this machine, with the store `auto`, `keyring` or `file`.

    `in_file` is the command line that logs in with the token in a file.
    `plain_is_fine` lets `auto` use a file without asking if there is no keyring: for a sandbox's token, which opens
    nothing, for a login in two steps, which nobody may be sitting at, and for a token that is in a file already.
    With `asks_for_less` a stored token with more permission is replaced only after a yes.
    """

    path = None

    def __init__(
        self, context: Context, store: str, *, in_file: str, plain_is_fine: bool = False, asks_for_less: bool = False
    ) -> None:
        self._context = context
        self._console = context.console
        self.store = store
        self._in_file = in_file
        self._plain_is_fine = plain_is_fine
        self.asks_for_less = asks_for_less
        self.notice = ""
        """Why the token goes into a file, if nobody has asked for that."""

    def try_out(self) -> None:
        """Prove that the token will be kept. Raises `StoreError`, or `NotDone` if the person wants no file."""
        self._context.accounts.folder.try_out()
        if self.store == "file":
            return
        try:
            self._context.store.try_keyring()
        except StoreError as failure:
            if not self._takes_a_file(failure):
                failure.reword(hint=in_file(failure.hint, self._in_file))
                raise
            self.store = "file"
        else:
            self.store = "keyring"

    def keep(self, account: Account, lifted: Lifted = nullcontext) -> Account:
        """Keep the account, and return it as it is kept; a person may choose a file if the keyring fails.

        `lifted` lets Ctrl-C through for a question; it is a no. Raises `StoreError`, and `NotDone` for a no to
        replacing a token that may do more.
        """
        self._confirm_weaker(account, lifted)
        try:
            return self._context.store.keep(account, self.store)
        except (Error, OSError, MemoryError) as failure:  # whatever it is, the token must not be lost for it
            is_asked = self.store != "file"
            return _kept_in_file(self._context, account, failure, self._in_file, lifted, is_asked=is_asked)

    def where(self, account: Account) -> str:
        """Say where the token is."""
        return short_path(self._context.store.where(account)) + (f" ({self.notice})" if self.notice else "")

    def _confirm_weaker(self, account: Account, lifted: Lifted) -> None:
        """Only now is it known whose token this is, and whether it replaces one that may do more."""
        if account.user_nsid is None:
            return
        known: list[Record] = []
        with suppress(Error):  # a folder that cannot be listed now is no reason to lose the token
            known = self._context.accounts.of_key(account.keys.api_key, account.provider)
        more = PERMS[PERMS.index(account.perms) + 1 :] if account.perms in PERMS else PERMS
        for each in known:
            if each.user_nsid == account.user_nsid and each.perms in more:
                self._replace(each, account.perms or "unknown", lifted)

    def _replace(self, record: Record, perms: str, lifted: Lifted) -> None:
        """Warn or ask before the token of that account is replaced by one that may do less. Raises `NotDone`."""
        has = f"{record.username or record.id} already has a token with {record.perms} permission"
        if not (self.asks_for_less and self._console.is_terminal):
            self._console.warn(f"{has}; the new one, with {perms} permission, replaces it.")
        elif not _confirmed(self._context, f"{has}. Replace it with one for {perms} permission?", lifted):
            revoked = "" if record.is_sandbox else f" Apps are revoked at {named(record.provider).revoke_url}"
            raise NotDone(
                f"The token with {record.perms} permission stays; the new one was not stored.{revoked}",
                f"Run: {login(account=self._context.accounts.short(record.id))}",
            )

    def _takes_a_file(self, failure: StoreError) -> bool:
        """Whether a file will do instead of the keyring that failed. Raises `NotDone` if a person says no."""
        if self.store == "keyring":
            return False
        if self._plain_is_fine:
            self.notice = f"only you can read it; {failure.message[0].lower()}{failure.message[1:].rstrip('.')}"
            return True
        if not self._console.is_terminal:
            return False
        self._console.warn(failure.message)
        if not self._console.confirm(_question(self._context)):
            why = "There is nowhere to store the token, so Flickr was not contacted."
            raise NotDone(why, f"Run: {self._in_file}")
        return True


class InTokenFile:
    """A token file, which holds the token alone. `keys_file` is where --apikeys has the keys, which stay."""

    store, notice, asks_for_less = "auto", "", False

    def __init__(self, context: Context, path: Path, *, keys_file: Path | None, in_file: str) -> None:
        self._context = context
        self.path = path
        self._keys_file = keys_file
        self._in_file = in_file

    def try_out(self) -> None:
        """Prove that the token will be kept. Raises `StoreError`."""
        warn, environ = self._context.console.warn, self._context.environ
        token_file.try_out(self.path, warn, environ=environ, keys_file=self._keys_file)

    def keep(self, account: Account, lifted: Lifted = nullcontext) -> Account:
        """Keep the token; a person may choose an account's file if that fails. Raises `StoreError`."""
        try:
            token_file.check_replaceable(self.path, self._context.environ, self._keys_file)  # it may be another by now
            token_file.write(self.path, account.token)
        except (Error, OSError, MemoryError) as failure:
            return _kept_in_file(self._context, account, failure, self._in_file, lifted)
        return account

    def where(self, account: Account) -> str:
        """Say where the token is."""
        return short_path(self.path if account.account is None else self._context.store.where(account))


Destination = InAccounts | InTokenFile


def _kept_in_file(
    context: Context, account: Account, failure: BaseException, command: str, lifted: Lifted, *, is_asked: bool = True
) -> Account:
    """Keep a token that is issued, and whose place has failed, in an account's file if the person agrees.

    `command` is the command line that logs in with the token in a file. Raises `StoreError` for a no.
    """
    problem = failure if isinstance(failure, StoreError) else StoreError(f"{failure or type(failure).__name__}.")
    if is_asked and context.console.is_terminal:
        context.console.warn(f"The token was issued, but cannot be kept: {problem.message}")
        if _confirmed(context, _question(context), lifted):
            return context.store.keep(account, "file")
    hint = in_file(problem.hint, command) if _FILE in problem.hint else problem.hint
    raise StoreError(problem.message, hint) from failure


def _confirmed(context: Context, question: str, lifted: Lifted) -> bool:
    try:
        with lifted():
            return context.console.confirm(question)
    except (KeyboardInterrupt, SystemExit):  # SIGTERM and a terminal that is gone are a no, and not the last word
        context.console.say()
        return False


def _question(context: Context) -> str:
    return f"Store the token in a file in {short_path(context.accounts.folder.folder)}, which only you can read?"
