"""Where tools keep their files, and whose files those are."""

import os
import sys

import pytest

from flickr_auth.errors import NotConfigured, StoreError
from flickr_auth.interop.tool import STDIN, check_writable, decoded, home_path
from flickr_auth.program import quoted

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such owners and modes")


@pytest.fixture
def another(monkeypatch):
    """Everything here belongs to another user than the one who runs this."""
    number = os.geteuid() + 1
    monkeypatch.setattr(os, "geteuid", lambda: number)


@posix
@pytest.mark.parametrize("suffix", ["", "-wal"])
def test_a_token_is_not_written_into_a_database_that_another_user_owns(
    *, tool, home, jamal, other, suffix, monkeypatch
):
    """Neither if the database is theirs nor if a file that SQLite keeps beside it is."""
    path = home / ".flickr" / "oauth-tokens.sqlite"
    tool("flickrapi").write(other)
    theirs = path.with_name(path.name + suffix)
    theirs.touch()
    stat = os.stat

    def owned(name, *arguments, **more):
        status = stat(name, *arguments, **more)
        if os.fspath(name) != str(theirs):
            return status
        return os.stat_result([*status[:4], os.geteuid() + 1, *status[5:]])

    monkeypatch.setattr(os, "stat", owned)
    before = path.read_bytes()
    with pytest.raises(StoreError, match="belongs to") as caught:
        tool("flickrapi").write(jamal())
    assert f"{theirs}" in caught.value.message and caught.value.hint.startswith("Fix: sudo chown ")
    assert path.read_bytes() == before


@posix
def test_a_file_of_another_user_is_no_place_for_a_token(home, another, put):
    """The owner is named, and the command that changes it."""
    path = put(home / "file", "")
    with pytest.raises(StoreError, match="belongs to") as caught:
        check_writable(path, pytest.fail)
    assert caught.value.hint.endswith(quoted(str(path)))


@posix
def test_a_folder_that_others_can_write_is_warned_of(home, warnings):
    """Whoever can write in a folder can replace the file; with the sticky bit only their own."""
    (home / "open").mkdir()
    for bits in (0o702, 0o720):
        (home / "open").chmod(bits)
        check_writable(home / "open" / "new" / "token", warnings.append)
        warned = warnings.pop()
        assert "Other users can replace files in" in warned and "chmod go-w" in warned
        (home / "open").chmod(bits | 0o1000)
        check_writable(home / "open" / "token", warnings.append)
        assert warnings == []


@posix
def test_a_folder_of_another_user_is_warned_of(home, warnings, another):
    """They can replace whatever is in it; root can do that anywhere."""
    if os.getuid() == 0:
        os.chown(home, 12345, -1)
    check_writable(home / "token", warnings.append)
    assert len(warnings) == 1 and "belongs to" in warnings[0]


@posix
def test_without_a_home_nothing_is_written_below_a_tilde(monkeypatch):
    """No HOME and no entry in passwd: that is said, with what to set."""
    monkeypatch.delenv("HOME")
    monkeypatch.setattr(os, "getuid", lambda: 3_999_999)
    with pytest.raises(NotConfigured, match="HOME is not set") as caught:
        home_path(".flickr_token")
    assert "--path" in caught.value.hint and "FLICKR_AUTH_HOME" not in caught.value.hint


def test_what_came_through_a_pipe_has_no_other_file(tool):
    """The advice for a file, another path, would not help whoever has piped it in."""
    for name, text in (("gallery-dl", "{"), ("flickcurl", "[flickr]\noauth_token=t\n")):
        with pytest.raises(NotConfigured) as caught:
            tool(name).which.parse(text, STDIN, pytest.fail)
        assert caught.value.hint == "Fix: send the whole of the tool's file, as it is"


def test_a_file_that_windows_saved_wide_is_called_what_it_is():
    """UTF-16 and UTF-32, with a byte-order mark or without, in whichever tool's format."""
    for text in ("{\n}", "\u308f\n[flickr]\n", "[flickr]\n", "72157626737672178-022bbd2f4c2f3432\nfccb68c4e6103197"):
        for encoding in ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"):
            with pytest.raises(NotConfigured) as caught:
                decoded(text.encode(encoding), STDIN)
            assert caught.value.message == f"stdin is saved as {encoding[:6].upper()}."
        assert decoded(text.encode("utf-8-sig"), STDIN) == text


def test_each_system_has_its_own_place(tool, home, monkeypatch):
    """The file is where the tool looks on that system."""
    for system, name, place in (
        ("darwin", "flickr-cli-go", "Library/Application Support/flickr-cli/config.yaml"),
        ("win32", "flickr-cli-go", "AppData/flickr-cli/config.yaml"),
        ("darwin", "gallery-dl", ".config/gallery-dl/config.json"),
        ("win32", "gallery-dl", "AppData/gallery-dl/config.json"),
    ):
        monkeypatch.setattr(sys, "platform", system)
        assert tool(name).path == home / place
