"""A machine of one's own for each test: an app folder, a working folder, and a keyring chosen by name."""

import errno
import json
import os
import shutil
from functools import cache, cached_property
from pathlib import Path

import pytest

from flickr_auth.storage.choose import Accounts
from flickr_auth.storage.keyring import KeyringStore
from flickr_auth.storage.store import Store

from bound import NOBODY, folder_for_all
from samples import JAMAL


class Everything(Accounts):
    """The accounts and the store that keeps them, as one command has both."""

    @cached_property
    def store(self):
        return Store(self.folder, self._keyring)

    def __getattr__(self, name):
        return getattr(self.folder if name == "records" else self.store, name)

    def use(self, name):
        self.folder.set_default(self.find(name), is_chosen=True)

    def load(self, name):
        return self.opened(self.folder.read(name))


@pytest.fixture
def home(tmp_path, monkeypatch):
    """The app folder, in a home folder without anything else; the working folder is empty."""
    (tmp_path / "home").mkdir()
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home" / ".config"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home" / ".local"))
    monkeypatch.setenv("FAKE_KEYRING", str(tmp_path / "keyring.json"))
    return tmp_path / "home" / "app"


@pytest.fixture
def bound_folder(tmp_path):
    """A folder of ours whose mode a test changes, to be obeyed in `modes_bind`."""
    folder = tmp_path / "bound"
    folder.mkdir()
    yield folder
    folder.chmod(0o700)


@pytest.fixture
def nobodys_folder():
    """A folder of the user whom root can act as with `as_nobody`."""
    folder = folder_for_all()
    os.chown(folder, NOBODY, NOBODY)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def full(monkeypatch):
    """The names of folders in which nothing can be made any more, because the disk is full."""
    system_open, folders = os.open, set()

    def open_(path, flags, *mode, **how):
        if flags & os.O_CREAT and os.path.basename(os.path.dirname(path)) in folders:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return system_open(path, flags, *mode, **how)

    monkeypatch.setattr(os, "open", open_)
    return folders


@pytest.fixture
def synced(monkeypatch):
    """What was made to last, in order: each path, and the content if it was a file."""
    system_fsync, seen = os.fsync, []

    def fsync(descriptor):
        path = Path(os.readlink(f"/proc/self/fd/{descriptor}"))
        seen.append((str(path), path.read_bytes() if path.is_file() else None))
        system_fsync(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    return seen


@pytest.fixture
def use_keyring(monkeypatch):
    """Choose the keyring backend as a person does; the fakes may go by their short names."""

    def use(name):
        monkeypatch.setenv("PYTHON_KEYRING_BACKEND", name if "." in name else f"fake_keyrings.{name}")

    use("Good")
    return use


@pytest.fixture
def items(home):
    """The items in the keyring Good, or in another of the fakes."""

    def read(suffix=""):
        path = home.parent.parent / f"keyring.json{suffix}"
        return json.loads(path.read_text()) if path.exists() else {}

    return read


@pytest.fixture
def warnings():
    """What a person was warned of."""
    return []


@pytest.fixture
def waits():
    """How often a person was told to unlock the keyring."""
    return []


@pytest.fixture
def open_keyring(home, use_keyring, waits):  # the first two set the machine up
    """A new view of the keyring, as each command opens one."""

    def open_(seconds=30):
        return KeyringStore(seconds, lambda: waits.append("unlock"))

    return open_


@pytest.fixture
def open_accounts(home, use_keyring, open_keyring, warnings):
    """A new view of the accounts, as each command opens one, with the keyring and the variables given."""

    def open_(*, seconds=30, stdin=None, backend=None, **environ):
        if backend:
            use_keyring(backend)
        environ = {"FLICKR_AUTH_HOME": str(home)} | environ
        keyring = cache(lambda: open_keyring(seconds))
        return Everything(environ, keyring, warnings.append, stdin)

    return open_


@pytest.fixture
def jamal():
    """An account as a login makes it, with changes."""

    def make(**changes):
        return JAMAL._replace(**{"logged_in_at": "2011-05-16T22:29:22Z"} | changes)

    return make
