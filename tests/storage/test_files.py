"""The app folder, and checked reads."""

import os
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
as_root = pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give a file away")
OLD = b"old content"


def private(path, content):
    path.write_bytes(content)
    path.chmod(0o600)


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


@posix
@pytest.mark.parametrize(
    ("platform", "environ", "expected"),
    [
        ("win32", {"APPDATA": "/Users/sam/AppData/Roaming"}, "/Users/sam/AppData/Roaming/flickr-auth"),
        ("darwin", {"XDG_CONFIG_HOME": "/else"}, "/home/sam/Library/Application Support/flickr-auth"),
        ("linux", {"XDG_CONFIG_HOME": "/else"}, "/else/flickr-auth"),
    ],
)
def test_each_system_has_its_own_place(monkeypatch, platform, environ, expected):
    """On Windows, macOS and Linux the app folder is where users of that system look for it."""
    monkeypatch.setenv("HOME", "/home/sam")
    monkeypatch.setattr(sys, "platform", platform)
    assert files.app_folder(environ) == expected


@posix
def test_a_variable_that_a_shell_left_alone_is_no_folder_of_that_name(monkeypatch):
    """An unexpanded or relative path is an error that names it: secrets go into no folder `$HOME` or `~` anywhere."""
    for name in ("FLICKR_AUTH_HOME", "XDG_CONFIG_HOME"):
        for value in ("$HOME/fa", "fa"):
            with pytest.raises(UsageError, match=name) as caught:
                files.app_folder({name: value})
            assert f"'{value}'" in caught.value.message
    with pytest.raises(NotConfigured, match="~no-such-user"):
        files.app_folder({"FLICKR_AUTH_HOME": "~no-such-user/x"})
    monkeypatch.setenv("HOME", "$HOME")
    for environ in ({}, {"FLICKR_AUTH_HOME": "~/fa"}):
        with pytest.raises(NotConfigured, match="'\\$HOME', which is not an absolute path"):
            files.app_folder(environ)


# Reading


@pytest.mark.parametrize("named", [False, True], ids=["unnamed", "named"])
def test_a_folder_and_a_file_that_is_too_long_are_refused(tmp_path, named):
    """A folder in the place of a file is refused, and a file with a byte more than may be read: it is not cut."""
    with pytest.raises(NotConfigured, match="folder") as caught:
        files.read(tmp_path, pytest.fail, named=named)
    assert not isinstance(caught.value, files.Missing)
    private(tmp_path / "file", b"x" * files.LONGEST)
    assert len(files.read(tmp_path / "file", pytest.fail, named=named)) == files.LONGEST
    private(tmp_path / "file", b"x" * (files.LONGEST + 1))
    with pytest.raises(NotConfigured, match="too long"):
        files.read(tmp_path / "file", pytest.fail, named=named)


@posix
def test_a_file_that_others_can_use_is_used_with_a_warning_that_mends_it(tmp_path):
    """A file that others can read or change is read all the same, and the command in the warning makes it private."""
    path = tmp_path / "it's my file"
    path.write_bytes(OLD)
    for bits, words in ((0o604, "is readable by"), (0o660, "can be changed by"), (0o666, "can be changed by")):
        path.chmod(bits)
        warnings = []
        assert files.read(path, warnings.append) == OLD
        (warning,) = warnings
        told, _, command = warning.partition(". Fix: ")
        assert told == f"{path} {words} other users"
        subprocess.run(["sh", "-c", command], check=True)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert files.read(path, pytest.fail) == OLD


def test_a_path_that_can_be_none_is_an_error_that_can_be_read(tmp_path, monkeypatch):
    """A path with a NUL or half a character in it, or one that is far too long, is an error and no traceback."""
    monkeypatch.chdir(tmp_path)
    for path in ("a\0b", "a\ud83d", "x" * 5000):
        for use in (files.read, replacement.prove, lambda path, _: replacement.write(path, b"")):
            with pytest.raises((NotConfigured, StoreError)) as caught:
                use(path, pytest.fail)
            assert str(caught.value).isprintable()


@posix
def test_a_pipe_that_nobody_named_is_refused_without_hanging(tmp_path):
    """A pipe in the place of a file of ours is refused at once, although nobody writes to it."""
    os.mkfifo(tmp_path / "file")
    with pytest.raises(NotConfigured, match="regular file"):
        threads.run(lambda: files.read(tmp_path / "file", pytest.fail), 20)


@posix
def test_a_file_of_roots_is_read_without_a_warning():
    """A secret that the system mounts belongs to root, who could change it anywhere: nobody is warned of it."""
    path = Path("/bin/sh")  # which nobody changes meanwhile, as they do with the list of users
    if os.geteuid() == 0:
        assert files.read(path, lambda _: None, named=True, longest=2**24) == path.read_bytes()
        with as_nobody():
            assert files.read(path, pytest.fail, named=True, longest=2**24) == path.read_bytes()
    else:
        assert files.read(path, pytest.fail, named=True, longest=2**24) == path.read_bytes()


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
def test_a_file_that_may_not_be_read_is_named(bound_folder):
    """A file without permission to read is an error that names it, and not taken for absent."""
    (bound_folder / "file").write_bytes(OLD)
    (bound_folder / "file").chmod(0)
    with modes_bind(), pytest.raises(StoreError, match="file cannot be read"):
        files.read(bound_folder / "file", pytest.fail)
