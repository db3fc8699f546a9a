"""Files of ours: proven before, written all or nothing, private, and without a trace of what came to nothing."""

import json
import os
import shutil
import stat
import subprocess
import sys
import threading

import pytest

from flickr_auth.errors import StoreError
from flickr_auth.storage import replacement

from bound import as_nobody, folder_for_all, modes_bind
from programs import word

OLD, NEW = b"old content", b"new content"
posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes, pipes and links")
linux = pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="only Linux has mount namespaces and /proc")


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def names(folder):
    return sorted(each.name for each in folder.iterdir())


def prove(path):
    replacement.prove(path, pytest.fail)


# Writing


@posix
@pytest.mark.usefixtures("no_umask")
def test_every_folder_on_the_way_and_the_file_are_private(tmp_path):
    """Whatever the umask, each folder that is made on the way is 0700 and the file in it 0600."""
    path = tmp_path / "a" / "b" / "c" / "file"
    replacement.write(path, NEW)
    assert [mode(each) for each in (path, *path.parents[:3])] == [0o600, 0o700, 0o700, 0o700]
    assert path.read_bytes() == NEW


@posix
def test_others_can_never_read_what_is_written_not_for_a_moment(tmp_path):
    """From the first moment of a write no file in the folder is open to others, the temporary one least of all."""
    code = """
import json, os, pathlib, stat, sys
from flickr_auth.storage import replacement
folder, looking, seen = pathlib.Path(sys.argv[1]), [], []
def watch(event, _):
    if not looking:
        looking.append(1)
        seen.extend((event, each.name, stat.S_IMODE(each.stat().st_mode)) for each in os.scandir(folder))
        looking.clear()
os.umask(0)
sys.addaudithook(watch)
replacement.write(folder / "token", b"secret")
looking.append(1)
print(json.dumps(seen))
"""
    ran = subprocess.run([sys.executable, "-B", "-c", code, tmp_path], stdout=subprocess.PIPE, timeout=60, check=True)
    seen = json.loads(ran.stdout)
    assert any(event == "os.rename" and name != "token" for event, name, _ in seen)  # the temporary file was looked at
    assert {bits for _, _, bits in seen} == {0o600}


def test_a_reader_beside_a_writer_never_sees_half_a_file(tmp_path):
    """Whoever reads while another writes sees the old content or the new, never a part and never nothing."""
    path, contents = tmp_path / "file", [b"a" * 50_000, b"b" * 50_000]
    replacement.write(path, contents[0])
    done, seen = threading.Event(), set()

    def write_on():
        try:
            for _ in range(30):
                replacement.write(path, contents[1])
                replacement.write(path, contents[0])
        finally:
            done.set()

    writer = threading.Thread(target=write_on)
    writer.start()
    while not done.is_set():
        seen.add(path.read_bytes())
    writer.join()
    assert seen <= set(contents)
    assert (path.read_bytes(), names(tmp_path)) == (contents[0], ["file"])


@linux
def test_what_is_written_or_deleted_survives_a_power_cut(tmp_path, monkeypatch, synced):
    """The whole content is on the disk before the name is given to it, and then the name, or that it is gone."""
    monkeypatch.chdir(tmp_path)
    replacement.write("token", NEW)
    (written, content), folder = synced
    assert (os.path.basename(written)[:7], content, folder) == (".token.", NEW, (str(tmp_path), None))
    synced.clear()
    replacement.remove("token")
    assert synced == [(str(tmp_path), None)]


def test_a_file_that_is_open_elsewhere_is_replaced_when_it_is_closed(tmp_path, monkeypatch):
    """On Windows a file that another process is reading can be replaced a moment later: that is waited for."""
    system_replace, calls = os.replace, []

    def rename(source, path):
        calls.append(path)
        if len(calls) < 3:
            raise PermissionError(13, "used by another process")
        system_replace(source, path)

    monkeypatch.setattr(os, "replace", rename)
    monkeypatch.setattr(sys, "platform", "win32")
    replacement.write(tmp_path / "token", NEW)
    assert ((tmp_path / "token").read_bytes(), len(calls)) == (NEW, 3)


@posix
@pytest.mark.parametrize("is_there", [True, False], ids=["there", "dangling"])
def test_a_symlink_stays_and_its_target_is_written(tmp_path, is_there):
    """A file that is kept elsewhere and linked to (dotfiles) is written where it is, and the link stays."""
    target, link = tmp_path / "kept" / "file", tmp_path / "link"
    if is_there:
        replacement.write(target, OLD)
    link.symlink_to(target)
    replacement.write(link, NEW)
    assert (link.readlink(), target.read_bytes(), mode(target)) == (target, NEW, 0o600)


@pytest.mark.parametrize("action", [prove, lambda path: replacement.write(path, NEW)], ids=["try", "write"])
def test_what_is_in_the_way_of_a_file_is_named_and_left_alone(tmp_path, action):
    """Where a folder has the file's name, or a file that of a folder on the way, nothing is changed or left."""
    (tmp_path / "folder" / "inside").mkdir(parents=True)
    (tmp_path / "way").write_bytes(OLD)
    for path in (tmp_path / "folder", tmp_path / "way" / "file"):
        with pytest.raises(StoreError, match=path.relative_to(tmp_path).parts[0]):
            action(path)
    assert (names(tmp_path), names(tmp_path / "folder")) == (["folder", "way"], ["inside"])
    assert (tmp_path / "way").read_bytes() == OLD


@posix
def test_links_that_lead_to_each_other_end(tmp_path):
    """A loop of links is no folder for a file, and nobody waits for its end."""
    for one, other in (("one", "other"), ("other", "one")):
        (tmp_path / one).symlink_to(tmp_path / other)
    with pytest.raises(StoreError):
        prove(tmp_path / "one" / "token")


# Trying


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
            prove(path)
        prove(shared_folder / "other")
        assert (names(shared_folder), path.read_bytes()) == (["token"], OLD)
        shared_folder.joinpath("mine").write_bytes(OLD)
        replacement.write(shared_folder / "mine", NEW)
    replacement.write(shared_folder / "mine", NEW)  # root may
    shared_folder.chmod(0o777)
    with as_nobody():
        replacement.write(path, NEW)
    assert (names(shared_folder), path.read_bytes()) == (["mine", "token"], NEW)


@posix
def test_a_folder_that_keeps_no_modes_is_told_of(tmp_path, monkeypatch):
    """On a USB stick, where every file is open to all, the try warns that others may read what is there."""
    system_open, warnings = os.open, []
    monkeypatch.setattr(os, "open", lambda path, flags, *_, **how: system_open(path, flags, 0o644, **how))
    monkeypatch.setattr(os, "fchmod", lambda *_: None)
    replacement.prove(tmp_path / "token", warnings.append)
    assert [str(tmp_path) in each and "does not keep files private" in each for each in warnings] == [True]
    assert names(tmp_path) == []


@posix
def test_a_file_of_ours_that_may_not_be_opened_is_replaced(bound_folder):
    """A token file that its owner has made read-only, or closed to everybody, takes the next token."""
    path = bound_folder / "token"
    with modes_bind():
        for bits in (0o400, 0o000):
            replacement.write(path, OLD)
            path.chmod(bits)
            prove(path)
            replacement.write(path, NEW)
            assert (path.read_bytes(), mode(path)) == (NEW, 0o600)


# Removing


# A file that is mounted on its own


def in_mount(options, path, code, more=""):
    """Run Python code where `path` is mounted on its own, and what `more` says; what it prints."""
    other = path.with_name("mounted")
    other.write_bytes(OLD * 10)
    other.chmod(0o644)
    path.write_bytes(OLD)
    mount = f"mount --bind {word(other)} {word(path)}"
    mount += f" && mount -o remount,bind,{options} {word(path)}" if options else ""
    return where_mounted(mount + more, path, code)


def where_mounted(mount, path, code):
    """Run Python code after those commands of a shell, which mount something; what it prints."""
    unshared = ["unshare", "--mount", "--map-root-user", "sh", "-c"]
    if subprocess.run([*unshared, mount], capture_output=True, check=False).returncode:
        pytest.skip("this machine lets nobody mount")
    command = [*unshared, f'{mount} && exec "$@"', "sh", sys.executable, "-c", code, path]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout


@linux
@pytest.mark.parametrize(
    ("content", "has_modes", "has_proc"), [(NEW, True, True), (NEW, False, True), (b"", True, True), (NEW, True, False)]
)
def test_a_file_that_is_mounted_on_its_own_is_written_in_place(tmp_path, content, has_modes, has_proc):
    """A token file that a container mounts on its own can be neither replaced nor deleted: it is written, 0600."""
    what = f"write(sys.argv[1], {content})" if content else "remove(sys.argv[1])"
    code = f"""
import os, sys
from flickr_auth.storage import replacement
def fchmod(descriptor, mode):
    raise PermissionError(1, "Operation not permitted")
os.fchmod = os.fchmod if {has_modes} else fchmod
replacement.prove(sys.argv[1], print)
replacement.{what}
"""
    in_mount("", tmp_path / "file", code, "" if has_proc else " && mount -t tmpfs none /proc")
    other = tmp_path / "mounted"
    assert (other.read_bytes(), mode(other)) == (content, 0o600 if has_modes else 0o644)
    assert names(tmp_path) == ["file", "mounted"]


TRY = """
import sys
from flickr_auth.errors import StoreError
from flickr_auth.storage import replacement
try:
    replacement.prove(sys.argv[1], print)
except StoreError as failure:
    print(failure)
"""


@linux
def test_a_file_that_is_mounted_read_only_is_found_before(tmp_path):
    """A token file that a container mounts read-only is refused before a token is issued."""
    assert "Read-only" in in_mount("ro", tmp_path / "token", TRY)
    assert names(tmp_path) == ["mounted", "token"]


@linux
def test_what_was_in_a_mounted_file_comes_back_if_it_cannot_be_written(tmp_path):
    """A file that is mounted on its own keeps its content, whole, if the disk takes only a part of the new one."""
    code = """
import resource, sys
from flickr_auth.errors import StoreError
from flickr_auth.storage import replacement
resource.setrlimit(resource.RLIMIT_FSIZE, (200, 200))
try:
    replacement.write(sys.argv[1], b"n" * 1000)
except StoreError as failure:
    print(failure)
"""
    assert "Cannot write" in in_mount("", tmp_path / "token", code)
    assert (tmp_path / "mounted").read_bytes() == OLD * 10


@linux
def test_a_mounted_file_in_a_folder_that_is_read_only_is_written(tmp_path):
    """A token file that a container mounts writable, alone in a read-only folder, takes the token of a login."""
    folder, other = tmp_path / "folder", tmp_path / "mounted"
    folder.mkdir()
    (folder / "token").touch()
    other.write_bytes(OLD)
    mount = f"mount --bind {word(folder)} {word(folder)} && mount -o remount,bind,ro {word(folder)}"
    mount += f" && mount --bind {word(other)} {word(folder / 'token')}"
    code = f"{TRY}replacement.write(sys.argv[1], {NEW})\nsys.argv[1] += '-beside'{TRY}"
    printed = where_mounted(mount, folder / "token", code)
    assert printed.startswith("Cannot write") and "token-beside: Read-only" in printed
    assert (other.read_bytes(), names(folder)) == (NEW, ["token"])


# Signals


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
def test_a_signal_at_any_moment_leaves_no_temporary_file(tmp_path):
    """Ctrl-C or SIGTERM while a file is written: it is its old or its new self, and nothing lies beside it."""
    path = tmp_path / "file"
    number = 1
    while True:
        path.write_bytes(OLD)
        is_over = not interrupted_at(number, lambda: replacement.write(path, NEW))
        assert names(tmp_path) == ["file"], number
        assert path.read_bytes() in (OLD, NEW), number
        if is_over:
            break
        number += 1
    assert number > 20
