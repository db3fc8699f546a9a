"""The app folder, private atomic writes and checked reads."""

import contextlib
import json
import os
import shlex
import stat
import subprocess
import sys
import threading
from pathlib import Path

import click
import pytest

from flickr_auth import threads
from flickr_auth.errors import NotConfigured, StoreError, UsageError
from flickr_auth.storage import files

from bound import NOBODY, as_nobody, modes_bind
from programs import word

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes, pipes and links")
linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has mount namespaces")
as_root = pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give a file away")
OLD, NEW = b"old content", b"new content"


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def names(folder):
    return sorted(each.name for each in folder.iterdir())


def no_warning(message):
    pytest.fail(f"unexpected warning: {message}")


def run_python(code, *args):
    """Run Python code in a process of its own, which leaves no modules half compiled behind; its stdout."""
    return subprocess.run(
        [sys.executable, "-B", "-c", code, *map(str, args)], stdout=subprocess.PIPE, text=True, timeout=60, check=True
    ).stdout


# The app folder


@pytest.mark.parametrize("config_home", [None, "/somewhere/else"], ids=["without-xdg", "with-xdg"])
def test_the_app_folder_is_where_click_says(monkeypatch, tmp_path, config_home):
    """The app folder is the one that this system's users expect, as click knows it."""
    monkeypatch.setenv("HOME", str(tmp_path))
    if config_home:
        monkeypatch.setenv("XDG_CONFIG_HOME", config_home)
    else:
        monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.delenv("FLICKR_AUTH_HOME", raising=False)
    assert files.app_folder() == files.app_folder(os.environ) == click.get_app_dir("flickr-auth")


@pytest.mark.parametrize("environ", [{"FLICKR_AUTH_HOME": "~no-such-user/x"}, {"XDG_CONFIG_HOME": "~no-such-user"}])
def test_a_home_that_nobody_has_is_no_folder_called_tilde(environ):
    """A slip in a user's name is an error that can be read, and no folder of that name is made."""
    with pytest.raises(NotConfigured, match="~no-such-user") as caught:
        files.app_folder(environ)
    assert "FLICKR_AUTH_HOME" in caught.value.hint


@posix
@pytest.mark.parametrize(
    ("platform", "environ", "expected"),
    [
        ("win32", {"APPDATA": "/Users/sam/AppData/Roaming"}, "/Users/sam/AppData/Roaming/flickr-auth"),
        ("win32", {"XDG_CONFIG_HOME": "/else"}, "/home/sam/flickr-auth"),
        ("darwin", {"XDG_CONFIG_HOME": "/else"}, "/home/sam/Library/Application Support/flickr-auth"),
        ("linux", {"XDG_CONFIG_HOME": "/else"}, "/else/flickr-auth"),
        ("linux", {"APPDATA": "/else"}, "/home/sam/.config/flickr-auth"),
    ],
)
def test_each_system_has_its_own_place(monkeypatch, platform, environ, expected):
    """On Windows, macOS and Linux the app folder is where users of that system look for it."""
    monkeypatch.setenv("HOME", "/home/sam")
    monkeypatch.setattr(sys, "platform", platform)
    assert files.app_folder(environ) == expected


def test_flickr_auth_home_moves_the_app_folder(tmp_path):
    """FLICKR_AUTH_HOME is the app folder itself, whatever the system's own place would be."""
    assert files.app_folder({"FLICKR_AUTH_HOME": str(tmp_path), "XDG_CONFIG_HOME": "/else"}) == str(tmp_path)


@pytest.mark.parametrize("value", ["$HOME/fa", "fa", "./fa", "%APPDATA%/fa"])
@pytest.mark.parametrize("name", ["FLICKR_AUTH_HOME", "XDG_CONFIG_HOME"])
def test_a_variable_that_a_shell_left_alone_is_wrong_usage(name, value):
    """An unexpanded or relative path in a variable is an error that names both: no folder `$HOME` is made anywhere."""
    with pytest.raises(UsageError) as caught:
        files.app_folder({name: value})
    assert name in caught.value.message and f"'{value}'" in caught.value.message


@posix
@pytest.mark.parametrize("environ", [{}, {"FLICKR_AUTH_HOME": "~/fa"}, {"XDG_CONFIG_HOME": "~/.config"}])
@pytest.mark.parametrize("home", ["home", ".", "$HOME"])
def test_a_home_that_is_no_absolute_path_is_said_so(monkeypatch, home, environ):
    """A relative HOME is an error that names it: no secrets are stored in whichever folder a command runs in."""
    monkeypatch.setenv("HOME", home)
    with pytest.raises(NotConfigured, match="not an absolute path") as caught:
        files.app_folder(environ)
    assert f"'{home}'" in caught.value.message


@posix
@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can act as a user without a name"
)
def test_a_user_without_a_home_is_told_so():
    """Without HOME and without an entry in passwd there is no home folder: that is said, and no folder `~` is made."""
    code = """
import os
os.environ.pop("HOME", None)
from flickr_auth.errors import NotConfigured
from flickr_auth.storage import files
os.setuid(54321)
try:
    print(files.app_folder({}))
except NotConfigured as failure:
    print(failure, failure.hint)
"""
    assert "HOME is not set" in run_python(code)


@pytest.mark.parametrize("name", ["FLICKR_AUTH_HOME", "XDG_CONFIG_HOME"])
def test_an_empty_variable_moves_nothing(name):
    """An empty variable is an unset one: the app folder stays where it is without it."""
    assert files.app_folder({name: ""}) == files.app_folder({})


# Writing


@posix
@pytest.mark.usefixtures("no_umask")
def test_every_folder_on_the_way_and_the_file_are_private(tmp_path):
    """Whatever the umask, each folder that is made on the way is 0700 and the file in it 0600."""
    path = tmp_path / "a" / "b" / "c" / "file"
    files.write(path, NEW)
    assert [mode(each) for each in (path, *path.parents[:3])] == [0o600, 0o700, 0o700, 0o700]
    assert path.read_bytes() == NEW


@posix
def test_a_file_that_others_could_read_is_private_after_a_write(tmp_path):
    """Writing over a file that is 0644 leaves one that is 0600."""
    path = tmp_path / "file"
    path.write_bytes(OLD)
    path.chmod(0o644)
    files.write(path, NEW)
    assert (mode(path), path.read_bytes()) == (0o600, NEW)


@posix
def test_others_can_never_read_what_is_written_not_for_a_moment(tmp_path):
    """From the first moment of a write no file in the folder is open to others, the temporary one least of all."""
    told = run_python(
        """
import json, os, pathlib, stat, sys
from flickr_auth.storage import files
folder, looking, seen = pathlib.Path(sys.argv[1]), [], []
def watch(event, _):
    if not looking:
        looking.append(1)
        seen.extend((event, each.name, stat.S_IMODE(each.stat().st_mode)) for each in os.scandir(folder))
        looking.clear()
os.umask(0)
sys.addaudithook(watch)
files.write(folder / "token", b"secret")
looking.append(1)
print(json.dumps(seen))
""",
        tmp_path,
    )
    seen = json.loads(told)
    assert any(event == "os.rename" and name != "token" for event, name, _ in seen)  # the temporary file was looked at
    assert {bits for _, _, bits in seen} == {0o600}


def test_a_reader_beside_a_writer_never_sees_half_a_file(tmp_path):
    """Whoever reads while another writes sees the old content or the new, never a part and never nothing."""
    path, contents = tmp_path / "file", [b"a" * 50_000, b"b" * 50_000]
    files.write(path, contents[0])
    done, seen = threading.Event(), set()

    def write_on():
        try:
            for _ in range(60):
                files.write(path, contents[1])
                files.write(path, contents[0])
        finally:
            done.set()

    writer = threading.Thread(target=write_on)
    writer.start()
    while not done.is_set():
        seen.add(path.read_bytes())
    writer.join()
    assert seen <= set(contents)
    assert (path.read_bytes(), names(tmp_path)) == (contents[0], ["file"])


@posix
def test_a_symlink_stays_and_its_target_is_written(tmp_path):
    """A file that is kept elsewhere and linked to (dotfiles) is written where it is, and the link stays."""
    target, link = tmp_path / "kept" / "file", tmp_path / "link"
    files.write(target, OLD)
    link.symlink_to(target)
    files.write(link, NEW)
    assert (link.readlink(), target.read_bytes(), mode(target)) == (target, NEW, 0o600)


@posix
def test_a_symlink_is_removed_with_its_target_only_if_that_is_known(tmp_path):
    """A linked secret (dotfiles) is gone after a logout, and so is the link; what nobody has looked at stays."""
    target, link = tmp_path / "kept" / "file", tmp_path / "link"
    files.write(target, OLD)
    link.symlink_to(target)
    files.remove(link)
    assert (names(tmp_path), names(target.parent)) == (["kept"], ["file"])
    link.symlink_to(target)
    files.remove(link, with_target=True)
    assert (names(tmp_path), names(target.parent)) == (["kept"], [])
    files.remove(link, with_target=True)


@posix
@pytest.mark.parametrize("kind", ["folder", "pipe", "nothing"])
def test_a_symlink_to_what_is_no_file_is_removed_alone(tmp_path, kind):
    """A link that a logout deletes takes nothing with it but a file: no folder, and no device."""
    target, link = tmp_path / "target", tmp_path / "link"
    {"folder": target.mkdir, "pipe": lambda: os.mkfifo(target), "nothing": lambda: None}[kind]()
    link.symlink_to(target)
    files.remove(link, with_target=True)
    assert names(tmp_path) == ([] if kind == "nothing" else ["target"])


@posix
def test_a_dangling_symlink_is_written_through(tmp_path):
    """A link to a file that is not there yet leads to that file after a write, in a folder as private as any."""
    target, link = tmp_path / "kept" / "file", tmp_path / "link"
    link.symlink_to(target)
    files.write(link, NEW)
    assert (link.readlink(), target.read_bytes(), mode(target)) == (target, NEW, 0o600)
    assert mode(target.parent) == 0o700


@posix
def test_a_folder_that_may_not_be_written_keeps_its_file(bound_folder):
    """Where the folder is read-only the write fails with advice, and the old file is still there, alone."""
    with modes_bind():
        files.write(bound_folder / "file", OLD)
        bound_folder.chmod(0o500)
        with pytest.raises(StoreError) as caught:
            files.write(bound_folder / "file", NEW)
        assert (names(bound_folder), (bound_folder / "file").read_bytes()) == (["file"], OLD)
    assert caught.value.hint == f"Fix: chmod 700 {shlex.quote(str(bound_folder))}"


@posix
def test_a_write_that_breaks_off_keeps_the_old_file(tmp_path):
    """Where the disk takes only a part of the new content, the old file is still there, alone and whole."""
    files.write(tmp_path / "file", OLD)
    told = run_python(
        """
import pathlib, resource, sys
from flickr_auth import errors
from flickr_auth.storage import files
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
try:
    files.write(pathlib.Path(sys.argv[1]), b"n" * 1000)
except errors.StoreError as failure:
    print(failure)
""",
        tmp_path / "file",
    )
    assert str(tmp_path / "file") in told
    assert (names(tmp_path), (tmp_path / "file").read_bytes()) == (["file"], OLD)


def test_a_folder_is_not_written_over(tmp_path):
    """Where a folder has the file's name the write fails, the folder stays, and nothing is left beside it."""
    (tmp_path / "file" / "inside").mkdir(parents=True)
    with pytest.raises(StoreError, match="file"):
        files.write(tmp_path / "file", NEW)
    assert (names(tmp_path), names(tmp_path / "file")) == (["file"], ["inside"])


def test_a_file_in_the_way_of_a_folder_is_named(tmp_path):
    """Where a file has the name of a folder on the way, the error names it and the file stays as it is."""
    (tmp_path / "way").write_bytes(OLD)
    with pytest.raises(StoreError, match="way"):
        files.write(tmp_path / "way" / "file", NEW)
    assert (tmp_path / "way").read_bytes() == OLD


@linux
@pytest.mark.parametrize("content", [b"new", b""], ids=["write", "remove"])
def test_a_file_that_is_mounted_on_its_own_is_written_in_place(tmp_path, content):
    """A token file that a container mounts on its own can be neither replaced nor deleted: it is written, 0600."""
    path, other = tmp_path / "file", tmp_path / "mounted"
    for each in (path, other):
        each.write_bytes(OLD * 10)
        each.chmod(0o644)
    mount = f"mount --bind {word(other)} {word(path)}"
    mounted = ["unshare", "--mount", "--map-root-user", "sh", "-c"]
    if subprocess.run([*mounted, mount], capture_output=True, check=False).returncode:
        pytest.skip("this machine lets nobody mount")
    what = "write(sys.argv[1], b'new')" if content else "remove(sys.argv[1])"
    code = f"import sys; from flickr_auth.storage import files; files.{what}"
    subprocess.run([*mounted, f'{mount} && exec "$@"', "sh", sys.executable, "-c", code, path], check=True)
    assert (other.read_bytes(), mode(other)) == (content, 0o600)
    assert names(tmp_path) == ["file", "mounted"]


# Trying and removing


@pytest.mark.parametrize("before", [None, OLD], ids=["absent", "there"])
def test_a_try_leaves_everything_as_it_was(tmp_path, before):
    """Proving that a file could be written neither makes nor changes it, and leaves nothing beside it."""
    path = tmp_path / "file"
    if before is not None:
        path.write_bytes(before)
    files.try_out(path, no_warning)
    assert names(tmp_path) == (["file"] if before else [])
    assert before is None or path.read_bytes() == before


def test_a_try_finds_the_folder_that_has_the_files_name(tmp_path):
    """A path that is a folder is found out by the try, before a token is issued that could not be kept."""
    with pytest.raises(StoreError, match="folder"):
        files.try_out(tmp_path)
    assert names(tmp_path) == []


@posix
def test_a_try_finds_a_folder_that_may_not_be_written(bound_folder):
    """A read-only folder is found out by the try."""
    bound_folder.chmod(0o500)
    with modes_bind(), pytest.raises(StoreError):
        files.try_out(bound_folder / "file")


def test_removing_what_is_absent_is_no_error(tmp_path):
    """A file that another command has removed meanwhile is as good as removed."""
    (tmp_path / "file").write_bytes(OLD)
    for _ in range(2):
        files.remove(tmp_path / "file")
        assert names(tmp_path) == []


@posix
def test_a_file_that_cannot_be_removed_is_an_error(bound_folder):
    """A file that stays although it was to go is an error of the store that names it, never a silent success."""
    (bound_folder / "file").write_bytes(OLD)
    bound_folder.chmod(0o500)
    with modes_bind(), pytest.raises(StoreError, match="file"):
        files.remove(bound_folder / "file")
    assert names(bound_folder) == ["file"]


# Reading


def test_what_was_written_is_read(tmp_path):
    """A file that was written is read back byte for byte, and without a warning."""
    content = bytes(range(256)) + b"\r\n"
    files.write(tmp_path / "file", content)
    assert files.read(tmp_path / "file", no_warning) == content


def test_no_file_is_told_apart_from_a_bad_one(tmp_path):
    """A file that is not there is Missing, which a caller may take for a no, and its path is in the message."""
    with pytest.raises(files.Missing, match="absent"):
        files.read(tmp_path / "absent", no_warning)


@pytest.mark.parametrize("named", [False, True], ids=["unnamed", "named"])
def test_a_folder_is_refused(tmp_path, named):
    """A folder in the place of a file is an error that says so."""
    with pytest.raises(NotConfigured, match="folder") as caught:
        files.read(tmp_path, no_warning, named=named)
    assert not isinstance(caught.value, files.Missing)


@pytest.mark.parametrize("named", [False, True], ids=["unnamed", "named"])
def test_a_file_that_is_too_long_is_refused(tmp_path, named):
    """A file of the allowed length is read whole, and one with a byte more is refused, not cut."""
    files.write(tmp_path / "file", b"x" * files.LONGEST)
    assert len(files.read(tmp_path / "file", no_warning, named=named)) == files.LONGEST
    files.write(tmp_path / "file", b"x" * (files.LONGEST + 1))
    with pytest.raises(NotConfigured, match="too long"):
        files.read(tmp_path / "file", no_warning, named=named)


@posix
def test_an_endless_device_is_refused():
    """A named device that never ends is refused as too long, and does not fill the memory."""
    with pytest.raises(NotConfigured, match="too long"):
        files.read(Path("/dev/zero"), no_warning, named=True)


@posix
def test_a_pipe_that_nobody_named_is_refused_without_hanging(tmp_path):
    """A pipe in the place of a file of ours is refused at once, although nobody writes to it."""
    os.mkfifo(tmp_path / "file")
    with pytest.raises(NotConfigured, match="regular file"):
        threads.run(lambda: files.read(tmp_path / "file", no_warning), 20)


@posix
def test_a_pipe_that_was_named_is_read(tmp_path):
    """A named pipe that somebody gave by name is read to its end."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(NEW,), daemon=True)
    writer.start()
    assert threads.run(lambda: files.read(pipe, no_warning, named=True), 20) == NEW
    writer.join()


@posix
def test_a_process_substitution_is_read():
    """What a shell hands over as `<(command)`, a path below /dev/fd, is read to its end."""
    reading, writing = os.pipe()
    os.write(writing, NEW)
    os.close(writing)
    try:
        assert files.read(Path(f"/dev/fd/{reading}"), no_warning, named=True) == NEW
    finally:
        os.close(reading)


@posix
@pytest.mark.parametrize("bits", [0o640, 0o604, 0o644, 0o660, 0o777], ids=oct)
def test_a_file_that_others_can_read_is_used_with_a_warning_that_mends_it(tmp_path, bits):
    """A file that others can read is read all the same, and the command in the warning makes it private."""
    path, warnings = tmp_path / "it's my file", []
    path.write_bytes(OLD)
    path.chmod(bits)
    assert files.read(path, warnings.append) == OLD
    (warning,) = warnings
    assert str(path) in warning
    command = warning[warning.index("chmod") :]
    subprocess.run(["sh", "-c", command], check=True)
    assert mode(path) == 0o600
    assert files.read(path, no_warning) == OLD


@posix
@pytest.mark.parametrize("bits", [0o600, 0o400, 0o700], ids=oct)
def test_a_private_file_is_read_without_a_warning(tmp_path, bits):
    """A file that only its owner can read needs no warning."""
    (tmp_path / "file").write_bytes(OLD)
    (tmp_path / "file").chmod(bits)
    assert files.read(tmp_path / "file", no_warning) == OLD


@posix
def test_a_file_of_roots_is_read_without_a_warning():
    """A secret that the system mounts belongs to root, who could change it anywhere: nobody is warned of it."""
    path = Path("/bin/sh")  # which nobody changes meanwhile, as they do with the list of users
    if os.geteuid() == 0:
        assert files.read(path, lambda _: None, named=True, longest=2**24) == path.read_bytes()
        with as_nobody():
            assert files.read(path, no_warning, named=True, longest=2**24) == path.read_bytes()
    else:
        assert files.read(path, no_warning, named=True, longest=2**24) == path.read_bytes()


@as_root
def test_a_file_of_another_user_is_used_with_a_warning_that_names_them(tmp_path):
    """What another user can change is no silent source of keys or tokens: the warning says whose it is."""
    path, warnings = tmp_path / "file", []
    path.write_bytes(OLD)
    path.chmod(0o600)
    os.chown(path, NOBODY, NOBODY)
    assert files.read(path, warnings.append) == OLD
    assert [f"{path} belongs to nobody" in each for each in warnings] == [True]


@as_root
def test_a_file_of_roots_that_others_can_write_is_used_with_a_warning(nobodys_folder):
    """What anybody may change is no silent source of keys or tokens, although it belongs to root."""
    path, warnings = nobodys_folder / "file", []
    path.write_bytes(OLD)
    path.chmod(0o666)
    with as_nobody():
        assert files.read(path, warnings.append) == OLD
    assert warnings == [f"{path} can be changed by other users, so what it holds may not be yours."]


@posix
def test_a_file_that_others_may_only_run_is_said_to_be_readable(tmp_path):
    """Who may do anything with a file of ours is too many, but nobody is said to be able to change it who is not."""
    path, warnings = tmp_path / "file", []
    path.write_bytes(OLD)
    path.chmod(0o701)
    files.read(path, warnings.append)
    assert [f"{path} is readable by other users" in each for each in warnings] == [True]


def test_a_folder_on_windows_is_told_of_as_far_as_it_is_known(tmp_path, monkeypatch):
    """Windows does not say that a folder is one: the hint does."""

    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(NotConfigured, match="cannot be read: Permission denied") as caught:
        files.read(tmp_path, no_warning)
    assert caught.value.hint == "On Windows a folder looks like this, too."


@posix
@pytest.mark.parametrize("bits", [0o620, 0o602, 0o666], ids=oct)
def test_a_file_that_others_can_write_is_used_with_a_warning_that_says_so(tmp_path, bits):
    """A file that others can change is told apart from one that they can only read."""
    path, warnings = tmp_path / "file", []
    path.write_bytes(OLD)
    path.chmod(bits)
    assert files.read(path, warnings.append) == OLD
    assert warnings == [f"{path} can be changed by other users. Fix: chmod 600 {shlex.quote(str(path))}"]


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="Linux lists a process's descriptors")
def test_a_read_leaves_no_descriptor_open(tmp_path):
    """However many files are read, and however that ends, none stays open."""
    files.write(tmp_path / "file", NEW)
    before = os.listdir("/proc/self/fd")
    for path in (tmp_path / "file", tmp_path, tmp_path / "absent"):
        with contextlib.suppress(NotConfigured):
            files.read(path, no_warning, longest=5)
    assert os.listdir("/proc/self/fd") == before


BAD_PATHS = ["a\0b", "a\ud83d", "x" * 5000, f"{'x' * 300}/token"]


@pytest.mark.parametrize("path", BAD_PATHS, ids=lambda path: ascii(path[:6]))
@pytest.mark.parametrize("action", [lambda p: files.read(p, no_warning), lambda p: files.write(p, NEW), files.try_out])
def test_a_path_that_can_be_none_is_an_error_that_can_be_read(tmp_path, monkeypatch, path, action):
    """A path with a NUL or half a character in it, or one that is far too long, is an error and no traceback."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises((NotConfigured, StoreError)) as caught:
        action(path)
    assert str(caught.value).isprintable()


@as_root
def test_a_file_of_roots_that_cannot_be_read_is_named_with_the_command_that_fixes_it(nobodys_folder, monkeypatch):
    """A file that one `sudo flickr-auth` left in one's own folder is named with its owner and the chown."""
    (nobodys_folder / "app").mkdir()
    os.chown(nobodys_folder / "app", NOBODY, NOBODY)
    path = nobodys_folder / "app" / "default"
    path.write_bytes(OLD)
    path.chmod(0o600)
    monkeypatch.setenv("HOME", str(nobodys_folder))
    with as_nobody(), pytest.raises(StoreError, match="belongs to root") as caught:
        files.read(path, no_warning)
    assert caught.value.hint == f"Fix: sudo chown nobody {shlex.quote(str(path))}"
    with as_nobody(), pytest.raises(NotConfigured, match="belongs to root"):
        files.read(path, no_warning, named=True)


@as_root
@pytest.mark.parametrize("mode", ["read", "write"])
def test_an_app_folder_of_roots_is_named_with_the_command_that_fixes_it(nobodys_folder, monkeypatch, mode):
    """After one `sudo flickr-auth login` the error names the folder and its owner, and the chown is ready to run."""
    folder = nobodys_folder / "flickr-auth"
    folder.mkdir(mode=0o700)
    (folder / "default").write_bytes(OLD)
    monkeypatch.setenv("HOME", str(nobodys_folder))
    with as_nobody(), pytest.raises(StoreError, match="belongs to root") as caught:
        files.read(folder / "default", no_warning) if mode == "read" else files.try_out(folder / "accounts" / "a")
    assert caught.value.hint == f"Fix: sudo chown -R nobody {shlex.quote(str(folder))}"


@posix
def test_a_file_that_may_not_be_read_is_named(bound_folder):
    """A file without permission to read is an error that names it, and not taken for absent."""
    (bound_folder / "file").write_bytes(OLD)
    (bound_folder / "file").chmod(0)
    with modes_bind(), pytest.raises(StoreError, match="file cannot be read"):
        files.read(bound_folder / "file", no_warning)
