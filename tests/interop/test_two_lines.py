"""flickr-download's, python-flickr-api's and the plain token file."""

import json
import os
import sys

import pytest

from flickr_auth.errors import AccountError, NotConfigured
from flickr_auth.interop.tool import Existing
from flickr_auth.storage.files import Missing

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes, and symlinks for few")


def two(account):
    return f"{account.oauth_token}\n{account.oauth_token_secret}"


def four(account):
    return f"{account.api_key}\n{account.api_secret}\n{two(account)}"


def test_each_is_where_its_tool_looks(tool, home):
    """flickr-download's is in the home folder, `token` in the working folder; python-flickr-api has no usual place."""
    assert tool("flickr-download").path == home / ".flickr_token"
    assert str(tool("token").path) == "token"
    assert tool("python-flickr-api").path is None


def test_two_lines_are_written_without_a_newline_at_the_end(tool, jamal, tmp_path, mode):
    """python-flickr-api fails on a newline at the end; and the file is for its owner alone."""
    path = tmp_path / "new" / "file"
    tool("token").write(jamal(), path)
    assert path.read_bytes() == two(jamal()).encode()
    if sys.platform != "win32":
        assert (mode(path), mode(path.parent)) == (0o600, 0o700)
    assert tool("token").printed(jamal()) == two(jamal())


def test_four_lines_stay_four(tool, jamal, other, tmp_path, put):
    """Who keeps the API key in the same file goes on doing so."""
    path = put(tmp_path / "file", four(other))
    tool("python-flickr-api").write(jamal(), path)
    assert path.read_text() == four(jamal())


@pytest.mark.parametrize(("start", "end"), [("\ufeff", "\r\n"), ("\n  ", "\n\n")])
def test_both_formats_are_read_however_they_were_edited(*, tool, jamal, tmp_path, put, start, end):
    """Two or four lines, with a byte-order mark, spaces, CRLF and blank lines around."""
    path = put(tmp_path / "file", start + two(jamal()).replace("\n", end) + end)
    assert tool("token").read(path)[0][:4] == (None, None, *jamal().token)
    assert tool("token").read(put(path, start + four(jamal()) + end))[0][:4] == jamal()[:4]


def test_what_is_there_is_compared(tool, jamal, other, tmp_path, put):
    """The same token is told from another, and from one that the tool could not read."""
    path, token = tmp_path / "file", tool("token")
    assert token.existing(jamal(), path) is Existing.NOTHING
    assert token.existing(jamal(), put(path, "")) is Existing.NOTHING
    assert token.existing(jamal(), put(path, two(jamal()))) is Existing.SAME
    assert token.existing(jamal(), put(path, two(jamal()) + "\n")) is Existing.NOTHING
    assert token.existing(jamal(), put(path, two(other))) is Existing.ANOTHER
    assert token.existing(jamal(), put(path, four(jamal()))) is Existing.SAME
    assert token.existing(jamal(api_secret="0123456789abcdef"), path) is Existing.ANOTHER


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("1\n2\n3\n4\n\n5\n6", "line 6"),
        ("token\nsecret\x1b[2J", "line 2"),
        (b"token\n\xff\xfe", "line 2"),
        ("milk\neggs\n", "do not look like a token"),
    ],
)
def test_another_file_is_left_alone_and_its_line_named(*, tool, jamal, tmp_path, put, content, line):
    """Whatever is in the way is somebody's, and is not quoted."""
    path = put(tmp_path / "file", content)
    before = path.read_bytes()
    with pytest.raises((NotConfigured, AccountError), match=line) as caught:
        tool("token").existing(jamal(), path)
    assert "secret\x1b" not in str(caught.value) and "eggs" not in str(caught.value)
    assert path.read_bytes() == before


def test_an_empty_file_has_no_token_and_can_be_written(tool, jamal, tmp_path, put):
    """An empty file is not read as a token, and is as good as none to write to."""
    path = put(tmp_path / "file", "")
    with pytest.raises(NotConfigured, match="empty"):
        tool("token").read(path)
    tool("token").write(jamal(), path)
    assert path.read_text() == two(jamal())


def test_a_folder_a_huge_file_and_no_file_are_told_apart(tool, jamal, tmp_path, put):
    """Each is a sentence, and nothing is changed."""
    for act in (tool("token").read, lambda path: tool("token").existing(jamal(), path)):
        with pytest.raises(NotConfigured, match="folder"):
            act(tmp_path)
    with pytest.raises(NotConfigured, match="too long"):
        tool("token").read(put(tmp_path / "huge", b"a" * 1_000_000))
    with pytest.raises(Missing):
        tool("token").read(tmp_path / "none")


@posix
def test_a_symlink_stays_and_its_target_is_written(tool, jamal, other, home, put):
    """A file that lives in a dotfiles folder goes on living there; a dangling link gets its target."""
    target = put(home / "dotfiles" / "flickr_token", two(other))
    (home / ".flickr_token").symlink_to(target)
    tool("flickr-download").write(jamal())
    assert (home / ".flickr_token").is_symlink() and target.read_text() == two(jamal())
    target.unlink()
    assert tool("flickr-download").existing(jamal()) is Existing.NOTHING
    tool("flickr-download").write(jamal())
    assert target.read_text() == two(jamal()) and (home / ".flickr_token").is_symlink()


@posix
def test_a_pipe_in_the_usual_place_is_not_waited_for(tool, home):
    """Whoever lists what the tools have is not held up by what is no file; a pipe that is named is read."""
    os.mkfifo(home / ".flickr_token", 0o600)
    with pytest.raises(NotConfigured, match="not a regular file"):
        tool("flickr-download").read()


@posix
def test_a_token_that_others_can_read_is_warned_of(*, tool, jamal, home, put, warnings, mode):
    """Reading warns, with the chmod that fixes it; writing fixes it."""
    path = put(home / ".flickr_token", two(jamal()), mode=0o644)
    tool("flickr-download").read()
    assert len(warnings) == 1 and "chmod 600" in warnings[0]
    tool("flickr-download").write(jamal())
    assert mode(path) == 0o600


def test_a_value_that_would_break_the_lines_is_refused(tool, jamal, tmp_path):
    """Nothing is written that would read back as something else."""
    with pytest.raises(NotConfigured):
        tool("token").write(jamal(oauth_token_secret="a\nb"), tmp_path / "file")
    assert not (tmp_path / "file").exists()


@pytest.mark.parametrize(("perms", "left_out"), [("read", "api_key"), ("all", "username")])
def test_an_account_in_json_is_read_with_what_it_says(*, tool, jamal, tmp_path, put, perms, left_out):
    """A permission is one of Flickr's three, and what is unknown stays so."""
    fields = jamal()._asdict() | {"perms": perms}
    del fields[left_out]
    [found] = tool("token").read(put(tmp_path / "file", json.dumps(fields)))
    assert found == jamal(**{left_out: None}, perms="read" if perms == "read" else None)


@pytest.mark.parametrize("odd", [["x"], None, ""])
def test_what_is_no_text_in_json_is_unknown(tool, jamal, tmp_path, put, odd):
    """A name that is a number or a list is no name, and a token that is one is no token."""
    fields = jamal()._asdict()
    path = put(tmp_path / "file", json.dumps(fields | {"username": odd, "user_nsid": odd, "provider": odd}))
    [found] = tool("token").read(path)
    assert (found.token, found.username, found.user_nsid, found.provider) == (jamal().token, None, None, "")
    for without in ({"oauth_token": odd}, fields | {"oauth_token": odd}):
        with pytest.raises(NotConfigured, match=r"no oauth_token|without an oauth_token"):
            tool("token").read(put(path, json.dumps(without)))


def test_flickr_downloads_key_is_printed(tool, jamal, home):
    """Its other file has other settings, too, so that is the person's to edit; quotes keep digits a text."""
    download = tool("flickr-download")
    assert download.lead() == f"Add these lines to {home / '.flickr_download'}"
    account = jamal(api_secret="0123456789012345")
    assert download.lines(account) == f'api_key: "{jamal().api_key}"\napi_secret: "0123456789012345"'
    assert download.lines(jamal(api_key=None, api_secret=None)) == tool("token").lines(jamal()) == ""
