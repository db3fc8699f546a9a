"""The keyring, and the accounts with their verdicts."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import replace

from ...errors import AccountError, Error, StoreError
from ...storage import files
from ...storage.account_files import AccountFolder
from ...storage.environment import FOUR
from ...storage.keyring import shown
from ..account_check import REJECTED, UNKNOWN, CheckedAccount, check_accounts
from ..context import Context
from ..exits import ExitCode
from .finding import FAIL, PASS, SKIPPED, WARNING, Finding, failed

_FILE = "--store file"
_ADVICE = {
    ExitCode.REFUSED: "Log in again: flickr-auth login",
    ExitCode.UNREACHABLE: "See what is said of reachable.",
    ExitCode.STORE: "See what is said of keyring, or log in again: flickr-auth login",
}


class Stores:
    """Where tokens are kept on this machine, and whether they work."""

    def __init__(self, context: Context, *, offline: bool) -> None:
        self._context = context
        self._offline = offline

    def keyring(self) -> Iterator[Finding]:
        """Which keyring it is, whether it can be written now, and how long that took."""
        keyring = self._context.keyring
        started = time.monotonic()
        try:
            backend = keyring.backend()
            keyring.try_out()
        except StoreError as failure:
            yield self._without(failure)
        else:
            took = time.monotonic() - started
            yield Finding("keyring", PASS, f"{shown(backend)} ({backend}) can be written; it took {took:.2f} s.")

    def _without(self, failure: StoreError) -> Finding:
        """A keyring that fails is one only where something is kept in it, or is to be."""
        advice = failure.hint if _FILE in failure.hint else f"{failure.hint} Or use: login {_FILE}".strip()
        if self._context.environ.get("FLICKR_AUTH_STORE") == "keyring" or self._is_in_use():
            return Finding("keyring", FAIL, failure.message, advice, ExitCode.STORE)
        return Finding("keyring", WARNING, failure.message, advice)

    def _is_in_use(self) -> bool:
        folder = self._folder()
        with contextlib.suppress(AccountError):  # the accounts' own check tells of a folder that cannot be read
            for name in folder.ids():
                with contextlib.suppress(AccountError):
                    if folder.read(name).store == "keyring":
                        return True
        return False

    def accounts(self) -> Iterator[Finding]:
        """Every account, and what its provider says of it."""
        given = {name for name in (*FOUR[2:], "FLICKR_TOKEN_FILE") if self._context.environ.get(name)}
        if not given and not self._folder().ids():
            yield Finding("account", SKIPPED, "Nobody is logged in here.")
            return
        yield from self._named()
        has_begun = False
        try:
            for each in check_accounts(self._context, offline=self._offline):
                has_begun = True
                yield _told(each)
        except Error as failure:
            if has_begun or not given:
                raise
            yield failed("account", failure)  # the one that variables hold: what is stored can be asked about
            yield from self._stored(given)

    def _named(self) -> Iterator[Finding]:
        """What is wrong with FLICKR_AUTH_ACCOUNT, if anything."""
        name = self._context.environ.get("FLICKR_AUTH_ACCOUNT")
        if name:
            try:
                self._context.accounts.find(name)
            except AccountError as failure:
                yield replace(failed("account", failure), found=f"FLICKR_AUTH_ACCOUNT: {failure.message}")

    def _stored(self, ignored: set[str]) -> Iterator[Finding]:
        environ = {name: value for name, value in self._context.environ.items() if name not in ignored}
        if self._folder().ids():
            yield from map(_told, check_accounts(Context(environ, self._context.console), offline=self._offline))

    def _folder(self) -> AccountFolder:
        return AccountFolder(files.app_folder(self._context.environ), lambda _: None)


def _told(each: CheckedAccount) -> Finding:
    name = each.account or ("the token file" if each.store == "token-file" else "the environment")
    perms = f", {each.perms}" if each.perms else ""
    store = f", {each.store}" if each.store else ""
    default = " (the default)" if each.is_default else ""
    told = f"{name}{default}{store}{perms}: {each.verdict or 'not asked'}"
    if each.verdict not in (REJECTED, UNKNOWN):
        return Finding("account", PASS, told)
    return Finding("account", FAIL, f"{told}. {each.reason}", _ADVICE.get(each.code, ""), each.code)
