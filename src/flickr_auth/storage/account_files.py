"""Account files: one account a file, so that no login can disturb another, and the default's ID beside them."""

from __future__ import annotations

import contextlib
import os
import stat

from ..account import LONGEST_NAME
from ..errors import AccountError, Error, StoreError
from . import files
from .record import Record, keyrings, parsed

_LONGEST_FILE = 8 << 20  # bytes: a provider's token may be long
_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789@_-%")  # what an ID is made of


class Absent(AccountError):
    """There is no such account; at most an empty file, as a logout leaves one that is mounted on its own."""


class Copy(AccountError):
    """The file is a copy of an account's file, as sync tools make them: its name is not the ID that it says."""


class AccountFolder:
    """The account files below the app folder."""

    def __init__(self, home: files.StrPath, warn: files.Warn) -> None:
        self.home = os.fspath(home)
        self.folder = os.path.join(home, "accounts")
        self._default = os.path.join(home, "default")
        self.warn = warn

    def path(self, account_id: str) -> str:
        """Make up the path of an account's file."""
        return os.path.join(self.folder, f"{account_id}.json")

    def ids(self) -> list[str]:
        """List the IDs of all accounts, also of damaged ones, sorted. A copy is skipped with a warning."""
        return [name for name, _ in self.each()]

    def has(self, account_id: str) -> bool:
        """Tell whether there is such an account, damaged or not. What could leave the folder is none."""
        if account_id and _PLAIN.issuperset(account_id):
            with contextlib.suppress(OSError):
                status = os.lstat(self.path(account_id))
                return status.st_size > 0 or not stat.S_ISREG(status.st_mode)  # see `Absent`
        return False

    def read(self, account_id: str) -> Record:
        """Read an account's file. Raises `Absent`, and `AccountError` for one that is damaged."""
        path = self.path(account_id)
        try:
            content = files.read_own(self.home, path, self.warn, error=AccountError, longest=_LONGEST_FILE)
        except files.Missing:
            content = b"a link to nothing" if os.path.islink(path) else b""
        if not content:
            raise Absent(f"There is no account {account_id}.", "Run: flickr-auth status")
        fields = parsed(content)
        # A file system may not tell capitals apart.
        if not _PLAIN.issuperset(account_id) or fields.get("id", account_id).casefold() != account_id.casefold():
            from ..program import quoted

            message = f"{path} is a copy of an account's file, not an account; it may hold a token."
            raise Copy(message, f"Fix: rm {quoted(path)}")
        record = Record.read(account_id, fields)
        if record is None:
            fix = f"Run: flickr-auth logout --force --account {account_id} && flickr-auth login"
            raise AccountError(f"The account file {path} is damaged.", fix)
        return record

    def keyrings(self, account_id: str) -> tuple[str, ...] | None:
        """Read which keyring backends a damaged account's file still names; None if nothing can be read in it."""
        try:
            return keyrings(files.read_own(self.home, self.path(account_id), self.warn, longest=_LONGEST_FILE))
        except Error:
            return None

    def records(self) -> list[Record]:
        """Read all accounts. One that cannot be read is warned of and skipped."""
        found = [each for _, each in self.each()]
        for each in found:
            if isinstance(each, Error):
                self.warn(each.message)
        return [each for each in found if isinstance(each, Record)]

    def each(self) -> list[tuple[str, Record | Error]]:
        """Read the file of each account: its ID, and its record or why it cannot be read. A copy is warned of."""
        found: list[tuple[str, Record | Error]] = []
        for name in files.names(self.folder, AccountError):
            if name.endswith(".json") and not name.startswith("."):
                try:
                    found.append((name[:-5], self.read(name[:-5])))
                except Absent:
                    continue
                except Copy as failure:
                    self.warn(f"{failure.message} {failure.hint}")
                except (AccountError, StoreError) as failure:
                    found.append((name[:-5], failure))
        return found

    def leftovers(self, of: str) -> list[str]:
        """List the paths beside the accounts that have `of` in their names, as editors leave them; copies are told."""
        names = [name for name in files.names(self.folder, AccountError) if of in name]
        return [os.path.join(self.folder, name) for name in names if name[0] == "." or not name.endswith(".json")]

    def try_out(self) -> None:
        """Prove that an account's file can be written. Raises `StoreError`."""
        from . import file_errors, replacement

        try:
            replacement.prove(self.path("try"), self.warn)
        except StoreError as failure:
            failure.reword(hint=failure.hint or f"{file_errors.elsewhere(os.environ)}, or use --token-file")
            raise

    def write(self, record: Record) -> None:
        """Write the account's file, all or nothing."""
        from . import replacement

        replacement.write(self.path(record.id), record.written())

    def remove(self, account_id: str, *, with_target: bool = False) -> None:
        """Remove the account's file, if there is one; `with_target` also what it links to. It is no default then."""
        from . import replacement

        if self.default() == account_id:
            self.set_default(None)
        replacement.remove(self.path(account_id), with_target=with_target)

    def default(self) -> str | None:
        """Read the ID of the default account; None if none is set."""
        return self._default_text().strip()[:LONGEST_NAME] or None

    def set_default(self, account_id: str | None, *, is_chosen: bool = False) -> None:
        """Make an account the default, or none. An empty line after the ID says that a person chose it with `use`."""
        from . import replacement

        if account_id is None:
            replacement.remove(self._default)
        else:
            replacement.write(self._default, (account_id + ("\n\n" if is_chosen else "\n")).encode())

    def settle_default(self, record: Record) -> None:
        """Make a first login the default. The sandbox's never replaces another, and gives way, unless chosen."""
        text = self._default_text()
        now, is_chosen = text.strip(), text.endswith("\n\n")
        if not self.has(now):
            self.set_default(record.id)
        elif now != record.id and not record.is_sandbox and not is_chosen:
            with contextlib.suppress(AccountError, StoreError):  # a damaged one stays
                if self.read(now).is_sandbox:
                    self.set_default(record.id)

    def _default_text(self) -> str:
        with contextlib.suppress(files.Missing):
            content = files.read_own(self.home, self._default, self.warn)
            return content.decode("utf-8-sig", "replace").replace("\r\n", "\n")
        return ""
