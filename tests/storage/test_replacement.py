"""A file that will be written: proven before, held until then, and no trace if it comes to nothing."""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from flickr_auth.errors import StoreError
from flickr_auth.storage import files
from flickr_auth.storage.replacement import Replacement, replace

NOBODY = 65534
OLD, NEW = b"old content", b"new content"
posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes and limits")
linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has mount namespaces and /proc")


def names(folder):
    return sorted(each.name for each in folder.iterdir())


@pytest.fixture
def shared_folder():
    """A folder like /tmp, in which everybody may make files, and only their owners replace them."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o1777)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can act as two users")
def test_a_file_of_somebody_else_in_a_shared_folder_is_found_before(shared_folder):
    """A token file that belongs to another user, in /tmp for instance, is refused before a token is issued."""
    path = shared_folder / "token"
    path.write_bytes(OLD)
    path.chmod(0o666)
    os.seteuid(NOBODY)
    try:
        with pytest.raises(StoreError, match="belongs to root"):
            files.try_out(path)
        files.try_out(shared_folder / "other")
    finally:
        os.seteuid(0)
    assert (names(shared_folder), path.read_bytes()) == (["token"], OLD)


@linux
def test_an_immutable_file_is_found_before(tmp_path):
    """A file that not even its owner may change is refused before a token is issued."""
    path = tmp_path / "token"
    path.write_bytes(OLD)
    if (
        not shutil.which("chattr")
        or subprocess.run(["chattr", "+i", path], capture_output=True, check=False).returncode
    ):
        pytest.skip("this file system, or this user, makes no file immutable")
    try:
        with pytest.raises(StoreError, match="token"):
            files.try_out(path)
    finally:
        subprocess.run(["chattr", "-i", path], check=True)
    assert (names(tmp_path), path.read_bytes()) == (["token"], OLD)


def in_mount(options, path, code):
    """What Python code prints where `path` is mounted on its own."""
    other = path.with_name("mounted")
    other.write_bytes(OLD)
    mount = f"mount --bind {other} {path}"
    mount += f" && mount -o remount,bind,{options} {path}" if options else ""
    return where_mounted(mount, path, code)


def where_mounted(mount, path, code):
    """What Python code prints after those commands of a shell, which mount something."""
    unshared = ["unshare", "--mount", "--map-root-user", "sh", "-c"]
    if subprocess.run([*unshared, mount], capture_output=True, check=False).returncode:
        pytest.skip("this machine lets nobody mount")
    command = [*unshared, f'{mount} && exec "$@"', "sh", sys.executable, "-c", code, path]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout


@linux
def test_a_file_that_is_mounted_read_only_is_found_before(tmp_path):
    """A token file that a container mounts read-only is refused before a token is issued."""
    path = tmp_path / "token"
    path.write_bytes(OLD)
    code = """
import sys
from flickr_auth.errors import StoreError
from flickr_auth.storage import files
try:
    files.try_out(sys.argv[1])
except StoreError as failure:
    print(failure)
"""
    assert "Read-only" in in_mount("ro", path, code)
    assert names(tmp_path) == ["mounted", "token"]


@linux
def test_what_was_in_a_mounted_file_comes_back_if_it_cannot_be_written(tmp_path):
    """A file that is mounted on its own keeps its content, whole, if the disk takes only a part of the new one."""
    path = tmp_path / "token"
    path.write_bytes(OLD)
    code = """
import resource, sys
from flickr_auth.errors import StoreError
from flickr_auth.storage.replacement import Replacement
with Replacement(sys.argv[1]) as replacement:
    replacement._replace = lambda content: (_ for _ in ()).throw(OSError(16, "busy"))
    resource.setrlimit(resource.RLIMIT_FSIZE, (20, 20))
    try:
        replacement.write(b"n" * 100)
    except StoreError as failure:
        print(failure)
"""
    assert "Cannot write" in in_mount("", path, code)
    assert (tmp_path / "mounted").read_bytes() == OLD


@linux
def test_a_mounted_file_in_a_folder_that_is_read_only_is_written(tmp_path):
    """A token file that a container mounts writable, alone in a read-only folder, takes the token of a login."""
    folder, other = tmp_path / "folder", tmp_path / "mounted"
    folder.mkdir()
    (folder / "token").touch()
    other.write_bytes(OLD)
    mount = f"mount --bind {folder} {folder} && mount -o remount,bind,ro {folder}"
    code = """
import sys
from flickr_auth.errors import StoreError
from flickr_auth.storage import files
from flickr_auth.storage.replacement import Replacement
files.try_out(sys.argv[1], print)
with open(sys.argv[1]) as file:
    print(file.read())
with Replacement(sys.argv[1], hold=True) as replacement:
    replacement.write(b"new content")
try:
    files.try_out(sys.argv[1] + "-beside")
except StoreError as failure:
    print(failure)
"""
    printed = where_mounted(f"{mount} && mount --bind {other} {folder / 'token'}", folder / "token", code)
    assert printed.startswith("old content\nCannot write") and "Read-only" in printed
    assert (other.read_bytes(), names(folder)) == (NEW, ["token"])


@linux
def test_a_mounted_file_whose_mode_cannot_be_changed_is_written(tmp_path):
    """A mounted token file on a file system without modes, as USB sticks have, takes the token of a login."""
    path = tmp_path / "token"
    path.write_bytes(OLD)
    code = """
import os, sys
from flickr_auth.storage import files
def fchmod(descriptor, mode):
    raise PermissionError(1, "Operation not permitted")
os.fchmod = fchmod
files.write(sys.argv[1], b"new content")
"""
    in_mount("", path, code)
    assert (tmp_path / "mounted").read_bytes() == NEW


LIKE_WINDOWS = """
import glob, os, pathlib, sys

def unless_open(call):
    def refuse(*paths):
        for path in paths:
            for each in glob.glob("/proc/self/fd/*"):
                if os.path.exists(path) and os.path.exists(each) and os.path.samefile(each, path):
                    raise PermissionError(13, "The process cannot access the file because it is being used", path)
        call(*paths)
    return refuse

os.rename, os.replace, os.unlink = unless_open(os.rename), unless_open(os.replace), unless_open(os.unlink)
sys.platform = "win32"
from flickr_auth.errors import StoreError
from flickr_auth.storage import files
from flickr_auth.storage.replacement import Replacement
"""


def like_windows(path, code):
    """What Python code prints where nothing that is open can be renamed, replaced or deleted."""
    command = [sys.executable, "-c", LIKE_WINDOWS + code, path]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout


@linux
def test_windows_can_prove_that_a_file_can_be_written(tmp_path):
    """On Windows, where no open file can be renamed, a login gets past the check of where its token will go."""
    like_windows(tmp_path / "token", "files.try_out(sys.argv[1], print)")
    assert names(tmp_path) == []


@linux
def test_windows_can_overwrite_a_file(tmp_path):
    """On Windows, where no open file can be replaced, a renewed token takes the place of the old one."""
    path = tmp_path / "token"
    path.write_bytes(OLD)
    code = """
with Replacement(sys.argv[1], hold=True) as replacement:
    replacement.write(b"new content")
with Replacement(sys.argv[1] + "-login", hold=True) as replacement:
    replacement.write(b"newer content", sys.argv[1])
"""
    like_windows(path, code)
    assert (path.read_bytes(), names(tmp_path)) == (b"newer content", ["token"])


@linux
def test_windows_finds_a_read_only_file_before(tmp_path):
    """On Windows, where no read-only file can be replaced, one is refused before a token is issued."""
    path = tmp_path / "token"
    path.write_bytes(OLD)
    code = """
system_open = os.open
def open_(path, flags, *mode):
    if flags & os.O_RDWR and path == sys.argv[1]:
        raise PermissionError(13, "Permission denied", path)
    return system_open(path, flags, *mode)
os.open = open_
try:
    files.try_out(sys.argv[1])
except StoreError as failure:
    print(failure)
"""
    assert "Permission denied" in like_windows(path, code)
    assert (names(tmp_path), path.read_bytes()) == (["token"], OLD)


@posix
def test_what_is_held_is_written_although_no_descriptor_is_left(tmp_path):
    """A process that has run out of descriptors meanwhile still writes what it has prepared for."""
    code = """
import os, resource, sys
from flickr_auth.storage.replacement import Replacement
with Replacement(sys.argv[1], hold=True) as replacement:
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    taken = []
    try:
        while True:
            taken.append(os.open("/dev/null", os.O_RDONLY))
    except OSError:
        pass
    replacement.write(b"new content")
"""
    (tmp_path / "token").write_bytes(OLD)
    subprocess.run([sys.executable, "-c", code, tmp_path / "token"], check=True)
    assert ((tmp_path / "token").read_bytes(), names(tmp_path)) == (NEW, ["token"])


def test_what_is_held_and_not_written_leaves_no_trace(tmp_path):
    """A login that comes to nothing leaves neither a temporary file nor the folders of a mistyped path."""
    with Replacement(tmp_path / "mistyped" / "path" / "token", hold=True):
        assert len(names(tmp_path / "mistyped" / "path")) == 1
    assert names(tmp_path) == []
    files.try_out(tmp_path / "mistyped" / "path" / "token")
    assert names(tmp_path) == []


def test_a_folder_that_vanished_meanwhile_is_made_again(tmp_path):
    """A folder that somebody removes between the preparation and the writing costs no token: it is made again."""
    path = tmp_path / "a" / "b" / "token"
    with Replacement(path, hold=True) as replacement:
        shutil.rmtree(tmp_path / "a")
        replacement.write(NEW)
    assert (path.read_bytes(), names(path.parent)) == (NEW, ["token"])


def test_a_temporary_file_that_vanished_meanwhile_is_written_again(tmp_path):
    """A machine that shares the folder and tidies it takes nothing away: what vanished is written once more."""
    with Replacement(tmp_path / "token", hold=True) as replacement:
        for each in tmp_path.iterdir():
            each.unlink()
        replacement.write(NEW)
    assert ((tmp_path / "token").read_bytes(), names(tmp_path)) == (NEW, ["token"])


@posix
def test_a_working_folder_that_was_deleted_is_named(tmp_path):
    """In a folder that was deleted a relative path is an error that says so, and an absolute one works."""
    code = """
import os, sys
from flickr_auth.errors import StoreError
from flickr_auth.storage import files
os.mkdir(sys.argv[1]); os.chdir(sys.argv[1]); os.rmdir(sys.argv[1])
files.write(sys.argv[2], b"new content")
try:
    files.write("token", b"new")
except StoreError as failure:
    print(failure)
"""
    ran = subprocess.run(
        [sys.executable, "-c", code, tmp_path / "gone", tmp_path / "token"],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    assert "current folder no longer exists" in ran.stdout
    assert (tmp_path / "token").read_bytes() == NEW


@linux
def test_a_rename_is_made_to_last(tmp_path):
    """After a power cut the new file is there: its folder is synced after the rename, and the file before it."""
    if not shutil.which("strace"):
        pytest.skip("strace tells the system calls")
    code = "import sys; from flickr_auth.storage import files; files.write(sys.argv[1], b'new')"
    traced = ["strace", "-f", "-y", "-e", "trace=fsync,rename,renameat,renameat2", "-o", tmp_path / "trace"]
    path = tmp_path / "folder" / "token"
    if subprocess.run([*traced, sys.executable, "-c", code, path], check=False).returncode:
        pytest.skip("nothing can be traced here")
    calls = [line.split(" ", 1)[1].strip() for line in (tmp_path / "trace").read_text().splitlines() if "(" in line]
    calls = [each for each in calls if f"/{path.parent.name}" in each]  # strace escapes what is not ASCII
    assert [each.partition("(")[0][:5] for each in calls] == ["fsync", "renam", "fsync"]
    assert f"/{path.parent.name}>" in calls[2]


def test_a_file_that_is_open_elsewhere_is_replaced_when_it_is_closed():
    """On Windows a file that another process is reading can be replaced a moment later: that is waited for."""
    calls = []

    def rename(source, path):
        calls.append((source, path))
        if len(calls) < 3:
            raise PermissionError(13, "used by another process")

    replace("a", "b", rename=rename, on_windows=True)
    assert calls == [("a", "b")] * 3
    calls.clear()
    with contextlib.suppress(PermissionError):
        replace("a", "b", rename=rename, on_windows=False)
    assert len(calls) == 1
