"""Keyring backends as people really have them, to be named in PYTHON_KEYRING_BACKEND: good ones and bad ones.

Each is of low priority and chosen by name only, because a backend class registers itself for the whole process. The
good ones keep their items in the file that FAKE_KEYRING names, so that several processes see the same keyring.
"""

import json
import os
import pathlib
import threading

from keyring import errors
from keyring.backend import KeyringBackend


class Good(KeyringBackend):
    """Keeps what it is given."""

    priority = 0.1

    def _path(self):
        return pathlib.Path(os.environ["FAKE_KEYRING"])

    def _items(self):
        return json.loads(self._path().read_text()) if self._path().exists() else {}

    def get_password(self, service, username):
        return self._items().get(f"{service}/{username}")

    def set_password(self, service, username, password):
        self._path().write_text(json.dumps(self._items() | {f"{service}/{username}": password}))

    def delete_password(self, service, username):
        items = self._items()
        if items.pop(f"{service}/{username}", None) is None:
            raise errors.PasswordDeleteError("no such item")
        self._path().write_text(json.dumps(items))


class Other(Good):
    """Another good one, under another name and in another file."""

    priority = 0.1

    def _path(self):
        return pathlib.Path(os.environ["FAKE_KEYRING"] + ".other")


class FailsLater(Good):
    """Passes every try and then refuses what is not a try, quoting it: a disk that fills up, a policy."""

    priority = 0.1

    def set_password(self, service, username, password):
        if not username.startswith("try-"):
            raise errors.PasswordSetError(f"cannot store {password}")
        super().set_password(service, username, password)


class Slow(Good):
    """Stores what is not a try only after the notice that it is waited for: a person looks for the password."""

    priority = 0.1

    def set_password(self, service, username, password):
        if not username.startswith("try-"):
            threading.Event().wait(1.2)
        super().set_password(service, username, password)


class Keeping(Good):
    """Says that it deleted, and keeps everything."""

    priority = 0.1

    def delete_password(self, service, username):
        pass


class Late(Good):
    """Stores only once a gate is open: a person looks for the password for longer than the program waits."""

    priority = 0.1
    gate = threading.Event()
    stored = threading.Event()

    def set_password(self, service, username, password):
        self.gate.wait()
        super().set_password(service, username, password)
        self.stored.set()


class Null(KeyringBackend):
    """Says that it stored, and keeps nothing."""

    priority = 0.1

    def get_password(self, service, username):
        return None

    def set_password(self, service, username, password):
        pass

    def delete_password(self, service, username):
        pass


class Failing(KeyringBackend):
    """Fails with something that is no KeyringError, as KWallet without its plugin does."""

    priority = 0.1

    def answer(self):
        raise RuntimeError("the wallet is closed")

    def get_password(self, service, username):
        self.answer()

    def set_password(self, service, username, password):
        self.answer()

    def delete_password(self, service, username):
        self.answer()


class Locked(Failing):
    """Is locked, and nobody can be asked for the password."""

    priority = 0.1

    def answer(self):
        raise errors.KeyringLocked("Failed to unlock the collection!")


class Hanging(Failing):
    """Never answers."""

    priority = 0.1

    def answer(self):
        threading.Event().wait()
