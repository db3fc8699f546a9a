"""A file that will be written: proven before, held until then, and no trace if it comes to nothing."""

import contextlib
import errno
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from flickr_auth.errors import StoreError
from flickr_auth.storage import files
from flickr_auth.storage.replacement import Replacement, replace

from bound import as_nobody, folder_for_all, modes_bind, no_descriptor_left
from programs import word

OLD, NEW = b"old content", b"new content"
posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes and limits")
linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has mount namespaces and /proc")


def names(folder):
    return sorted(each.name for each in folder.iterdir())


@pytest.fixture
def shared_folder():
    """A folder like /tmp, in which everybody may make files, and only their owners replace them."""
    folder = folder_for_all()
    folder.chmod(0o1777)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can act as two users")
def test_a_file_of_somebody_else_in_a_shared_folder_is_found_before(shared_folder):
    """A token file that belongs to another user is refused before a token is issued where only its owner may replace
    it, as in /tmp; in any other folder it is replaced."""
    path = shared_folder / "token"
    path.write_bytes(OLD)
    path.chmod(0o666)
    with as_nobody():
        with pytest.raises(StoreError, match="belongs to root"):
            files.try_out(path)
        files.try_out(shared_folder / "other")
        assert (names(shared_folder), path.read_bytes()) == (["token"], OLD)
        shared_folder.joinpath("mine").write_bytes(OLD)
        files.write(shared_folder / "mine", NEW)
    files.write(shared_folder / "mine", NEW)  # root may
    shared_folder.chmod(0o777)
    with as_nobody():
        files.write(path, NEW)
    assert (names(shared_folder), path.read_bytes()) == (["mine", "token"], NEW)


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
    mount = f"mount --bind {word(other)} {word(path)}"
    mount += f" && mount -o remount,bind,{options} {word(path)}" if options else ""
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
    mount = f"mount --bind {word(folder)} {word(folder)} && mount -o remount,bind,ro {word(folder)}"
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
    mount += f" && mount --bind {word(other)} {word(folder / 'token')}"
    printed = where_mounted(mount, folder / "token", code)
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


@linux
def test_what_is_held_is_written_although_no_descriptor_is_left(tmp_path, synced):
    """A process that has run out of descriptors meanwhile still writes what it has prepared for, and makes it last."""
    (tmp_path / "token").write_bytes(OLD)
    with Replacement(tmp_path / "token", hold=True) as replacement, no_descriptor_left():
        assert len(synced) == 1  # the room that is held is on the disk
        synced.clear()
        replacement.write(NEW)
    assert ((tmp_path / "token").read_bytes(), names(tmp_path)) == (NEW, ["token"])
    assert synced[-1] == (str(tmp_path), None)


@linux
def test_what_is_written_or_deleted_survives_a_power_cut(tmp_path, monkeypatch, synced):
    """The whole content is on the disk before the name is given to it, and then the name, or that it is gone."""
    monkeypatch.chdir(tmp_path)
    files.write("token", NEW)
    (written, content), folder = synced
    assert (os.path.basename(written)[:7], content, folder) == (".token.", NEW, (str(tmp_path), None))
    synced.clear()
    files.remove("token")
    assert synced == [(str(tmp_path), None)]


# A disk that takes no more than a part, and what else fails in the middle


def a_part(monkeypatch):
    system_write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, content: system_write(descriptor, content[:3]))


def interrupt(monkeypatch):
    def dup(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "dup", dup)


@pytest.mark.parametrize(
    ("break_off", "raised"), [(a_part, StoreError), (interrupt, KeyboardInterrupt)], ids=["full", "ctrl-c"]
)
def test_a_preparation_that_breaks_off_leaves_no_trace(tmp_path, monkeypatch, break_off, raised):
    """A full disk is found before a token is issued, and neither it nor Ctrl-C leaves a file or a folder behind."""
    break_off(monkeypatch)
    with pytest.raises(raised):
        Replacement(tmp_path / "a" / "token", hold=True)
    assert names(tmp_path) == []


def test_a_try_finds_a_full_disk(tmp_path, monkeypatch):
    """A disk on which a token has no room is found by the try, by the name that the system has for it."""
    a_part(monkeypatch)
    with pytest.raises(StoreError, match=os.strerror(errno.ENOSPC)):
        files.try_out(tmp_path / "token")
    assert names(tmp_path) == []


@posix
@pytest.mark.parametrize("platform", ["linux", "win32"])
def test_a_folder_that_keeps_no_modes_is_told_of(tmp_path, monkeypatch, platform):
    """On a USB stick, where every file is open to all, the try warns; on Windows modes say nothing."""
    system_open, warnings = os.open, []
    monkeypatch.setattr(os, "open", lambda path, flags, *_: system_open(path, flags, 0o644))
    monkeypatch.setattr(sys, "platform", platform)
    files.try_out(tmp_path / "token", warnings.append)
    assert [str(tmp_path) in each and "does not keep files private" in each for each in warnings] == (
        [True] if platform == "linux" else []
    )
    assert names(tmp_path) == []


def test_a_folder_that_is_deleted_again_and_again_is_an_error_in_the_end(tmp_path, monkeypatch):
    """Where another program deletes the folder each time, the write fails in the end, and says what failed."""
    system_open = os.open

    def open_(path, *arguments):
        if str(path).endswith(".tmp"):
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        return system_open(path, *arguments)

    monkeypatch.setattr(os, "open", open_)
    with pytest.raises(StoreError, match="token"):
        files.write(tmp_path / "token", NEW)


@pytest.mark.parametrize("times", [1, 1000])
def test_a_folder_on_the_way_that_vanishes_is_made_again(tmp_path, monkeypatch, times):
    """Another command may delete a folder while the next one in it is made: that is tried again, but not for ever."""
    system_mkdir, made = os.mkdir, []

    def mkdir(path, *mode):
        made.append(path)
        if len(made) <= times:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        system_mkdir(path, *mode)

    monkeypatch.setattr(os, "mkdir", mkdir)
    if times == 1:
        files.write(tmp_path / "a" / "token", NEW)
        assert names(tmp_path / "a") == ["token"]
    else:
        with pytest.raises(StoreError, match="make the folder"):
            files.write(tmp_path / "a" / "token", NEW)
        assert names(tmp_path) == []


@pytest.mark.parametrize("is_folder", [True, False])
def test_what_another_command_makes_meanwhile_is_used_if_it_is_a_folder(tmp_path, monkeypatch, is_folder):
    """Two commands may make the same folder at once; a file that comes in its way is named and left alone."""
    system_mkdir = os.mkdir

    def mkdir(path, *mode):
        if path.endswith("/b"):
            system_mkdir(path, *mode) if is_folder else Path(path).touch()
        system_mkdir(path, *mode)

    monkeypatch.setattr(os, "mkdir", mkdir)
    with contextlib.nullcontext() if is_folder else pytest.raises(StoreError, match="is not a folder"):
        files.write(tmp_path / "a" / "b" / "token", NEW)
    assert (tmp_path / "a" / "b").is_dir() == is_folder


def test_a_folder_that_cannot_be_made_leaves_none_of_those_above_it(tmp_path, monkeypatch):
    """A path that comes to nothing leaves no empty folders."""
    system_mkdir = os.mkdir

    def mkdir(path, *mode):
        if path.endswith("/c"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        system_mkdir(path, *mode)

    monkeypatch.setattr(os, "mkdir", mkdir)
    with pytest.raises(StoreError, match="make the folder"):
        files.write(tmp_path / "a" / "b" / "c" / "token", NEW)
    assert names(tmp_path) == []


# A file that cannot be replaced


def busy(replacement):
    """Let the rename fail as it does for a file that is mounted on its own."""

    def rename(_content):
        raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))

    replacement._replace = rename


@posix
@pytest.mark.parametrize("before", [OLD * 9, b"", None], ids=["longer", "empty", "absent"])
def test_an_account_file_that_is_mounted_on_its_own_is_written_through(tmp_path, before, synced):
    """What was held for the next account is written into that account's file, where only this can be done."""
    path = tmp_path / "account"
    if before is not None:
        path.write_bytes(before)
        path.chmod(0o644)
    with Replacement(tmp_path / "login", hold=True) as replacement:
        busy(replacement)
        if before is None:
            with pytest.raises(StoreError, match="account: Device or resource busy"):
                replacement.write(NEW, path)
        else:
            replacement.write(NEW, path)
            assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (NEW, 0o600)
            assert (str(path), NEW) in synced
    assert names(tmp_path) == ([] if before is None else ["account"])


def test_what_was_in_a_file_comes_back_if_the_disk_takes_only_a_part_of_the_new(tmp_path, monkeypatch):
    """A file that can only be written through is its old self again after a write that failed."""
    (tmp_path / "token").write_bytes(OLD)
    system_write, written = os.write, []

    def write(descriptor, content):
        written.append(content)
        return system_write(descriptor, content[:3] if len(written) == 1 else content)

    with Replacement(tmp_path / "token") as replacement:
        busy(replacement)
        monkeypatch.setattr(os, "write", write)
        with pytest.raises(StoreError, match=os.strerror(errno.ENOSPC)):
            replacement.write(NEW * 9)
    assert ((tmp_path / "token").read_bytes(), names(tmp_path)) == (OLD, ["token"])


@pytest.fixture
def other_disk(tmp_path):
    """A folder in another file system, from which nothing can be renamed into `tmp_path`."""
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:  # in the memory
        if os.stat(folder).st_dev == os.stat(tmp_path).st_dev:
            pytest.skip("this machine has one file system")
        yield Path(folder).resolve()


@linux
def test_an_account_file_that_links_to_another_disk_is_written_there(tmp_path, other_disk):
    """An account file that is kept elsewhere and linked to is written where it is, and nothing is left in between."""
    (tmp_path / "link").symlink_to(other_disk / "file")
    with Replacement(tmp_path / "login", hold=True) as replacement:
        replacement.write(NEW, tmp_path / "link")
    assert (other_disk / "file").read_bytes() == NEW
    assert (names(tmp_path), names(other_disk)) == (["link"], ["file"])


@linux
def test_what_is_held_is_let_go_of(tmp_path):
    """Neither a login that was completed nor one that came to nothing leaves a file open."""
    (tmp_path / "token").write_bytes(OLD)
    before = os.listdir("/proc/self/fd")
    for content in (NEW, None):
        with Replacement(tmp_path / "token", hold=True) as replacement:
            if content is not None:
                replacement.write(content)
        assert os.listdir("/proc/self/fd") == before


@posix
def test_a_link_that_takes_the_place_of_the_file_at_that_moment_is_not_followed(tmp_path, monkeypatch):
    """In a folder of many users nobody can have a token written into a file of theirs by a link that comes in time."""
    path, system_lstat, looks = tmp_path / "token", os.lstat, []
    path.write_bytes(OLD)
    (tmp_path / "theirs").touch()

    def lstat(each):
        status = system_lstat(each)
        if each == str(path):
            looks.append(each)
            if len(looks) == 2:  # the first follows links, the second tells that there is none
                path.unlink()
                path.symlink_to(tmp_path / "theirs")
        return status

    monkeypatch.setattr(os, "lstat", lstat)
    with pytest.raises(StoreError, match="token"):
        Replacement(path)
    assert len(looks) == 2


@posix
@pytest.mark.parametrize("has_proc", [True, False], ids=["linux", "macos"])
def test_a_file_of_ours_that_may_not_be_opened_is_replaced(bound_folder, monkeypatch, has_proc):
    """A token file that its owner has made read-only, or closed to everybody, takes the next token."""
    path, system_open = bound_folder / "token", open

    def open_(name, *arguments, **named):
        if name == "/proc/self/mountinfo" and not has_proc:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        return system_open(name, *arguments, **named)

    monkeypatch.setattr("builtins.open", open_)
    with modes_bind():
        for mode in (0o400, 0o000):
            files.write(path, OLD)
            path.chmod(mode)
            files.try_out(path)
            files.write(path, NEW)
            assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (NEW, 0o600)


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


def test_a_file_that_is_open_elsewhere_is_replaced_when_it_is_closed(monkeypatch):
    """On Windows a file that another process is reading can be replaced a moment later: that is waited for."""
    calls = []

    def rename(source, path):
        calls.append((source, path))
        if len(calls) < 3:
            raise PermissionError(13, "used by another process")

    monkeypatch.setattr(sys, "platform", "win32")
    started = time.monotonic()
    replace("a", "b", rename=rename)
    assert (calls, time.monotonic() - started >= 0.1) == ([("a", "b")] * 3, True)
    calls.clear()
    monkeypatch.setattr(sys, "platform", "linux")
    with contextlib.suppress(PermissionError):
        replace("a", "b", rename=rename)
    assert len(calls) == 1


class Interrupted(BaseException):
    """What the handler of a signal raises."""


def interrupted_at(number, run):
    """Run until line `number` of the modules that write files, before which a signal comes; False if it ended first."""
    left = number

    def trace(frame, event, _argument):
        nonlocal left
        if "flickr_auth/storage" not in frame.f_code.co_filename.replace(os.sep, "/"):
            return None
        if event == "line":
            left -= 1
            if left == 0:
                raise Interrupted
        return trace

    former = sys.gettrace()
    sys.settrace(trace)
    try:
        run()
    except Interrupted:
        return True
    finally:
        sys.settrace(former)
    return False


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # of a file that was just opened
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # likewise
@pytest.mark.parametrize("action", [files.try_out, lambda path: files.write(path, NEW)], ids=["try", "write"])
def test_a_signal_at_any_moment_leaves_no_temporary_file(tmp_path, action):
    """Ctrl-C or SIGTERM while a file is tried or written: it is its old or its new self, and nothing lies beside it."""
    path = tmp_path / "file"
    number = 1
    while True:
        path.write_bytes(OLD)
        is_over = not interrupted_at(number, lambda: action(path))
        assert names(tmp_path) == ["file"], number
        assert path.read_bytes() in (OLD, NEW), number
        if is_over:
            break
        number += 1
    assert number > 20
