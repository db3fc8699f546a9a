"""The app folder, and checked reads."""

import contextlib
import os
import shlex
import stat
import subprocess
import sys
from pathlib import Path

import click
import pytest

from flickr_auth import threads
from flickr_auth.errors import NotConfigured, StoreError, UsageError
from flickr_auth.storage import files, replacement

from bound import NOBODY, as_nobody, modes_bind

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes, pipes and links")
linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has mount namespaces")
as_root = pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give a file away")
OLD, NEW = b"old content", b"new content"


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def names(folder):
    return sorted(each.name for each in folder.iterdir())


def private(path, content):
    path.write_bytes(content)
    path.chmod(0o600)


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


@pytest.mark.parametrize("value", ["$HOME/fa", "fa"])
@pytest.mark.parametrize("name", ["FLICKR_AUTH_HOME", "XDG_CONFIG_HOME"])
def test_a_variable_that_a_shell_left_alone_is_wrong_usage(name, value):
    """An unexpanded or relative path in a variable is an error that names both: no folder `$HOME` is made anywhere."""
    with pytest.raises(UsageError) as caught:
        files.app_folder({name: value})
    assert name in caught.value.message and f"'{value}'" in caught.value.message


@posix
@pytest.mark.parametrize("environ", [{}, {"FLICKR_AUTH_HOME": "~/fa"}, {"XDG_CONFIG_HOME": "~/.config"}])
@pytest.mark.parametrize("home", ["home", "$HOME"])
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


# Reading


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
    private(tmp_path / "file", b"x" * files.LONGEST)
    assert len(files.read(tmp_path / "file", no_warning, named=named)) == files.LONGEST
    private(tmp_path / "file", b"x" * (files.LONGEST + 1))
    with pytest.raises(NotConfigured, match="too long"):
        files.read(tmp_path / "file", no_warning, named=named)


@posix
def test_a_pipe_that_nobody_named_is_refused_without_hanging(tmp_path):
    """A pipe in the place of a file of ours is refused at once, although nobody writes to it."""
    os.mkfifo(tmp_path / "file")
    with pytest.raises(NotConfigured, match="regular file"):
        threads.run(lambda: files.read(tmp_path / "file", no_warning), 20)


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
@pytest.mark.parametrize("bits", [0o604, 0o644, 0o660], ids=oct)
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
@pytest.mark.parametrize("bits", [0o600, 0o400], ids=oct)
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
@pytest.mark.parametrize("bits", [0o620, 0o666], ids=oct)
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
    private(tmp_path / "file", NEW)
    before = os.listdir("/proc/self/fd")
    for path in (tmp_path / "file", tmp_path, tmp_path / "absent"):
        with contextlib.suppress(NotConfigured):
            files.read(path, no_warning, longest=5)
    assert os.listdir("/proc/self/fd") == before


BAD_PATHS = ["a\0b", "a\ud83d", "x" * 5000, f"{'x' * 300}/token"]
ACTIONS = {
    "read": lambda path: files.read(path, no_warning),
    "write": lambda path: replacement.write(path, b""),
    "try": lambda path: replacement.prove(path, no_warning),
}


@pytest.mark.parametrize("path", BAD_PATHS, ids=lambda path: ascii(path[:6]))
@pytest.mark.parametrize("action", ACTIONS)
def test_a_path_that_can_be_none_is_an_error_that_can_be_read(tmp_path, monkeypatch, path, action):
    """A path with a NUL or half a character in it, or one that is far too long, is an error and no traceback."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises((NotConfigured, StoreError)) as caught:
        ACTIONS[action](path)
    assert str(caught.value).isprintable()


@posix
def test_a_file_that_may_not_be_read_is_named(bound_folder):
    """A file without permission to read is an error that names it, and not taken for absent."""
    (bound_folder / "file").write_bytes(OLD)
    (bound_folder / "file").chmod(0)
    with modes_bind(), pytest.raises(StoreError, match="file cannot be read"):
        files.read(bound_folder / "file", no_warning)
