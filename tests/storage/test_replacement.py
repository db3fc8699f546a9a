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
