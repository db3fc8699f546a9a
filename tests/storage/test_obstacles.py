"""Why a file cannot be read or written: said with the folder in the way, its owner, and a command that works."""

import errno
import os
import shlex
import sys

import pytest

from flickr_auth.errors import StoreError
from flickr_auth.storage import files, obstacles

from bound import as_nobody, modes_bind

ADVICE = {
    errno.EFBIG: "Fix: raise the file size limit (ulimit -f), then try again.",
    errno.EIO: "Fix: check the disk.",
    errno.EMFILE: "Fix: close some programs, or raise the limit of open files (ulimit -n).",
    errno.ENOSPC: "Fix: free some disk space, then try again.",
    errno.EDQUOT: "Fix: free some disk space, then try again.",
    errno.EROFS: "Set FLICKR_AUTH_HOME to another folder, or use --token-file.",
    errno.ENAMETOOLONG: "Set FLICKR_AUTH_HOME to another folder, or use --token-file.",
    errno.EACCES: "Set FLICKR_AUTH_HOME to another folder, or use --token-file.",
    errno.EPERM: "Set FLICKR_AUTH_HOME to another folder, or use --token-file.",
    errno.EXDEV: "",
}
posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes and owners")
as_root = pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give a file away")


@pytest.mark.parametrize("number", ADVICE, ids=errno.errorcode.get)
def test_what_the_system_refuses_comes_with_the_next_thing_to_do(tmp_path, number):
    """A full disk, a limit or a read-only mount is called what the system calls it, with what helps."""
    path = str(tmp_path / "token")
    failure = obstacles.cannot("write", path, OSError(number, os.strerror(number)))
    assert (failure.message, failure.hint) == (f"Cannot write {path}: {os.strerror(number)}.", ADVICE[number])


def test_a_failure_without_words_goes_by_its_kind(tmp_path):
    """A failure that the system has no words for is still named."""
    failure = obstacles.cannot("delete", str(tmp_path / "file"), BlockingIOError())
    assert (failure.message, failure.hint) == (f"Cannot delete {tmp_path / 'file'}: BlockingIOError.", "")


@posix
def test_a_folder_that_may_not_be_entered_is_named_however_deep_the_file_is(bound_folder):
    """Of all the folders on the way the first that is locked is named, with the chmod for that one."""
    bound_folder.chmod(0)
    with modes_bind(), pytest.raises(StoreError) as caught:
        files.names(bound_folder / "app" / "accounts")
    assert f"permission to use the folder {bound_folder}." in caught.value.message
    assert caught.value.hint == f"Fix: chmod 700 {shlex.quote(str(bound_folder))}"


@posix
def test_a_folder_that_may_only_be_read_is_no_obstacle_to_reading(bound_folder):
    """A read-only folder is blamed for what is written to it, and not for what cannot be read in it."""
    bound_folder.chmod(0o500)
    with modes_bind():
        assert obstacles.locked_folder("read", str(bound_folder / "file")) is None
        for path in (bound_folder / "file", bound_folder / "app" / "accounts" / "file"):
            assert f"use the folder {bound_folder}." in obstacles.locked_folder("write", str(path)).message


@as_root
def test_no_command_is_advised_that_would_take_a_folder_from_its_owner(nobodys_folder, monkeypatch, tmp_path):
    """A folder of another user's is not to be taken with sudo, unless it is below the home folder or the app folder."""
    folder = nobodys_folder / "of root"
    folder.mkdir(mode=0o700)
    (nobodys_folder / "file").write_text("of root")
    with as_nobody():
        for home, app, fix in (
            (tmp_path, None, False),
            (f"{nobodys_folder}s", None, False),
            (nobodys_folder, None, True),
            (tmp_path, folder, True),
        ):
            monkeypatch.setenv("HOME", str(home))
            monkeypatch.setenv("FLICKR_AUTH_HOME", str(app or ""))
            failure = obstacles.locked_folder("write", str(folder / "file"))
            assert failure.message == f"Cannot write {folder / 'file'}: the folder {folder} belongs to root."
            taken = f"Fix: sudo chown -R nobody {shlex.quote(str(folder))}"
            assert failure.hint == (taken if fix else ADVICE[errno.EROFS])
        path = str(nobodys_folder / "file")
        for home, fix in ((tmp_path, ""), (nobodys_folder.parent, f"Fix: sudo chown nobody {shlex.quote(path)}")):
            monkeypatch.setenv("HOME", str(home))
            assert obstacles.owner(path) == ("it belongs to root.", fix)


@posix
def test_nothing_is_said_of_owners_and_modes_on_windows(bound_folder, monkeypatch):
    """Windows has no such owners: nobody there is sent to chmod and sudo."""
    monkeypatch.setattr(sys, "platform", "win32")
    bound_folder.chmod(0)
    path = str(bound_folder / "file")
    with modes_bind():
        assert obstacles.cannot("write", path, PermissionError(13, "no")).hint == ADVICE[errno.EACCES]
        assert (obstacles.locked_folder("read", path), obstacles.owner("/")) == (None, None)
    assert obstacles.user(0) == "0"


@posix
def test_a_user_without_a_name_goes_by_the_number(tmp_path):
    """Where a system does not know a user, as in a container, the number stands in the message."""
    assert (obstacles.user(0), obstacles.user(3_999_999)) == ("root", "3999999")
    (tmp_path / "file").touch()
    assert obstacles.owner(str(tmp_path / "file")) is obstacles.owner(str(tmp_path / "absent")) is None
