"""Why a file cannot be read or written: said with the folder in the way, its owner, and a command that works."""

import errno
import os
import sys

import pytest

from flickr_auth.errors import NotConfigured, StoreError
from flickr_auth.program import quoted
from flickr_auth.storage import file_errors, files, replacement

from bound import NOBODY, as_nobody, modes_bind

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes and owners")
as_root = pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give a file away")


@posix
def test_a_folder_that_may_not_be_entered_is_named_however_deep_the_file_is(bound_folder):
    """Of all the folders on the way the first that is locked is named, with the chmod for that one."""
    bound_folder.chmod(0)
    with modes_bind(), pytest.raises(StoreError) as caught:
        files.names(bound_folder / "app" / "accounts")
    assert f"permission to use the folder {bound_folder}." in caught.value.message
    assert caught.value.hint == f"Fix: chmod 700 {quoted(str(bound_folder))}"


@posix
def test_a_folder_that_may_only_be_read_keeps_nobody_from_reading(bound_folder):
    """A read-only folder is blamed for what is written to it, deep in it as well, and its files can be read."""
    (bound_folder / "file").write_bytes(b"content")
    bound_folder.chmod(0o500)
    with modes_bind():
        assert files.read(bound_folder / "file", lambda _: None) == b"content"
        for path in (bound_folder / "file", bound_folder / "app" / "accounts" / "file"):
            with pytest.raises(StoreError, match=f"use the folder {bound_folder}"):
                replacement.prove(path, pytest.fail)


ROOTS = {
    "read": lambda path: files.read(path, pytest.fail),
    "write": lambda path: replacement.prove(path, pytest.fail),
    "list": lambda path: files.names(path.parent),
}


@as_root
@pytest.mark.parametrize("action", ROOTS)
def test_an_app_folder_of_roots_is_named_with_the_command_that_fixes_it(nobodys_folder, monkeypatch, action):
    """After one `sudo flickr-auth login` the error names the folder and its owner, and the chown is ready to run."""
    folder = nobodys_folder / "of root"
    folder.mkdir(mode=0o700)
    (folder / "default").write_bytes(b"content")
    monkeypatch.setenv("HOME", str(nobodys_folder))
    with as_nobody(), pytest.raises(StoreError, match=f"the folder {folder} belongs to root") as caught:
        ROOTS[action](folder / "default")
    assert caught.value.hint == f"Fix: sudo chown -R nobody {quoted(str(folder))}"


@as_root
def test_a_file_of_roots_that_cannot_be_read_is_named_with_the_command_that_fixes_it(nobodys_folder, monkeypatch):
    """A file that one `sudo flickr-auth` left in one's own folder is named with its owner and the chown."""
    (nobodys_folder / "app").mkdir()
    path = nobodys_folder / "app" / "default"
    path.write_bytes(b"content")
    path.chmod(0o600)
    monkeypatch.setenv("HOME", str(nobodys_folder))
    for owner, named, error in ((0, False, StoreError), (NOBODY, False, StoreError), (NOBODY, True, NotConfigured)):
        os.chown(nobodys_folder / "app", owner, owner)
        with as_nobody(), pytest.raises(error, match="belongs to root") as caught:
            files.read(path, pytest.fail, named=named)
        assert caught.value.hint == f"Fix: sudo chown nobody {quoted(str(path))}"


@as_root
def test_no_command_is_advised_that_would_take_a_folder_from_its_owner(nobodys_folder, monkeypatch, tmp_path):
    """A folder of another user's is not to be taken with sudo, unless it is below the home folder or the app folder."""
    folder = nobodys_folder / "of root"
    folder.mkdir(mode=0o700)
    open_to_all = nobodys_folder / "like srv"
    open_to_all.mkdir(mode=0o755)
    for home, app, is_taken in (
        (tmp_path, None, False),
        (f"{nobodys_folder}s", None, False),
        (folder, None, False),  # the home folder itself
        (nobodys_folder, None, True),
        (tmp_path, folder, True),
        (tmp_path, open_to_all, False),  # as /srv or /var/lib are
    ):
        monkeypatch.setenv("HOME", str(home))
        monkeypatch.setenv("FLICKR_AUTH_HOME", str(app or ""))
        with as_nobody(), pytest.raises(StoreError, match="belongs to root") as caught:
            replacement.prove((app or folder) / "file", pytest.fail)
        assert caught.value.hint == (f"Fix: sudo chown -R nobody {quoted(str(folder))}" if is_taken else "")


def test_what_the_system_refuses_comes_with_the_next_thing_to_do(tmp_path):
    """A full disk or a read-only mount is called what the system calls it, with what helps."""
    path = str(tmp_path / "token")
    fixes = {errno.ENOSPC: "Fix: free some disk space, then try again", errno.EROFS: ""}
    for number, fix in fixes.items():
        failure = file_errors.cannot("write", path, OSError(number, os.strerror(number)))
        assert (failure.message, failure.hint) == (f"Cannot write {path}: {os.strerror(number)}.", fix)
