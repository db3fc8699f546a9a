"""flickr-download's, python-flickr-api's and the plain token file."""

import json
import os
import sys

import pytest

from flickr_auth.account import ConsumerKeys, Token
from flickr_auth.errors import NotConfigured, StoreError
from flickr_auth.interop.tool import Existing
from flickr_auth.storage.files import Missing

NAMES = ("flickr-download", "python-flickr-api", "token")
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


@pytest.mark.parametrize("name", NAMES)
def test_two_lines_are_written_without_a_newline_at_the_end(tool, jamal, tmp_path, name, mode):
    """python-flickr-api fails on a newline at the end; and the file is for its owner alone."""
    path = tmp_path / "new" / "file"
    tool(name).write(jamal(), path)
    assert path.read_bytes() == two(jamal()).encode()
    if sys.platform != "win32":
        assert (mode(path), mode(path.parent)) == (0o600, 0o700)
    assert tool(name).printed(jamal()) == two(jamal())


def test_four_lines_stay_four(tool, jamal, other, tmp_path, put):
    """Who keeps the API key in the same file goes on doing so."""
    path = put(tmp_path / "file", four(other))
    tool("python-flickr-api").write(jamal(), path)
    assert path.read_text() == four(jamal())


@pytest.mark.parametrize("end", ["", "\n", "\r\n", "\n\n"])
@pytest.mark.parametrize("start", ["", "\ufeff", "\n", "  "])
def test_both_formats_are_read_however_they_were_edited(*, tool, jamal, tmp_path, put, start, end):
    """Two or four lines, with a byte-order mark, spaces, CRLF and blank lines around."""
    path = put(tmp_path / "file", start + two(jamal()).replace("\n", end or "\n") + end)
    [found] = tool("token").read(path)
    assert (found.token, found.keys) == (jamal().token, None)
    [found] = tool("token").read(put(path, start + four(jamal()) + end))
    assert found.token == jamal().token
    assert found.keys == ConsumerKeys(jamal().api_key, jamal().api_secret, source=str(path))


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
        ("only-one\n", "line 1"),
        ("one\ntwo\nthree", "line 3"),
        ("1\n2\n3\n4\n\n5\n6", "line 6"),
        ("a token\nand its secret", "line 1"),
        ("token\nsecret\x1b[2J", "line 2"),
        (b"token\n\xff\xfe", "line 2"),
    ],
)
def test_another_file_is_left_alone_and_its_line_named(*, tool, jamal, tmp_path, put, content, line):
    """Whatever is in the way is somebody's, and is not quoted."""
    path = put(tmp_path / "file", content)
    before = path.read_bytes()
    for act in (lambda: tool("token").existing(jamal(), path), lambda: tool("token").write(jamal(), path)):
        with pytest.raises(NotConfigured, match=line) as caught:
            act()
        assert "three" not in str(caught.value)
    with pytest.raises(NotConfigured):
        tool("token").read(path)
    assert path.read_bytes() == before


def test_an_empty_file_has_no_token_and_can_be_written(tool, jamal, tmp_path, put):
    """An empty file is not read as a token, and is as good as none to write to."""
    path = put(tmp_path / "file", "")
    with pytest.raises(NotConfigured, match="empty"):
        tool("token").read(path)
    tool("token").write(jamal(), path)
    assert path.read_text() == two(jamal())


@pytest.mark.parametrize("name", NAMES)
def test_a_folder_a_huge_file_and_no_file_are_told_apart(tool, jamal, tmp_path, put, name):
    """Each is a sentence, and nothing is changed."""
    with pytest.raises(NotConfigured, match="folder"):
        tool(name).read(tmp_path)
    with pytest.raises(NotConfigured, match="folder"):
        tool(name).existing(jamal(), tmp_path)
    with pytest.raises(NotConfigured, match="too long"):
        tool(name).read(put(tmp_path / "huge", b"a" * 1_000_000))
    with pytest.raises(Missing):
        tool(name).read(tmp_path / "none")


def test_a_place_that_cannot_be_written_is_a_sentence(tool, jamal, tmp_path, put):
    """No permission, or a file where a folder would have to be: the reason is said, and nothing is left behind."""
    put(tmp_path / "file", "")
    with pytest.raises(NotConfigured):
        tool("token").existing(jamal(), tmp_path / "file" / "token")
    if sys.platform == "linux":
        with pytest.raises(StoreError, match="Cannot"):
            tool("token").write(jamal(), type(tmp_path)("/proc/self/token"))  # not even root may write there


@posix
def test_a_symlink_stays_and_its_target_is_written(tool, jamal, other, home, put):
    """A file that lives in a dotfiles folder goes on living there; a dangling link gets its target."""
    target = put(home / "dotfiles" / "flickr_token", two(other))
    (home / ".flickr_token").symlink_to(target)
    tool("flickr-download").write(jamal())
    assert (home / ".flickr_token").is_symlink()
    assert target.read_text() == two(jamal())
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
    """Reading warns, with the chmod that mends it; writing mends it."""
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


@pytest.mark.parametrize("perms", ["read", "all", "", 7, None])
@pytest.mark.parametrize("left_out", ["api_key", "api_secret", "username", None])
def test_an_account_in_json_is_read_with_what_it_says(*, tool, jamal, tmp_path, put, perms, left_out):
    """Half a pair of keys is none, a permission is one of Flickr's three, and what is unknown stays so."""
    fields = jamal()._asdict() | {"perms": perms}
    fields.pop(left_out, None)
    path = put(tmp_path / "file", json.dumps(fields))
    [found] = tool("token").read(path)
    keys = ConsumerKeys(jamal().api_key, jamal().api_secret, source=str(path))
    assert (found.token, found.keys) == (jamal().token, None if left_out in ("api_key", "api_secret") else keys)
    assert (found.api_key, found.username) == (fields.get("api_key"), fields.get("username"))
    assert (found.user_nsid, found.fullname, found.provider) == (jamal().user_nsid, jamal().fullname, "flickr")
    assert found.perms == ("read" if perms == "read" else None)


@pytest.mark.parametrize("odd", [7, True, ["x"], {"_content": "x"}, None, ""])
def test_what_is_no_text_in_json_is_unknown(tool, jamal, tmp_path, put, odd):
    """A name that is a number or a list is no name, and a token that is one is no token."""
    fields = jamal()._asdict()
    path = put(tmp_path / "file", json.dumps(fields | {"username": odd, "user_nsid": odd, "api_key": odd}))
    [found] = tool("token").read(path)
    assert (found.token, found.username, found.user_nsid, found.api_key) == (jamal().token, None, None, None)
    put(path, json.dumps(fields | {"oauth_token": odd}))
    with pytest.raises(NotConfigured, match="no oauth_token"):
        tool("token").read(path)


def test_flickr_downloads_key_is_a_snippet(tool, jamal, home):
    """Its other file has other settings, too, so that is the person's to edit; quotes keep digits a text."""
    snippet = tool("flickr-download").snippet(jamal(api_secret="0123456789012345"))
    assert snippet.place == str(home / ".flickr_download")
    assert snippet.text == f'api_key: "{jamal().api_key}"\napi_secret: "0123456789012345"'
    assert tool("flickr-download").snippet(jamal(api_key=None, api_secret=None)) is None
    assert tool("token").snippet(jamal()) is None


def test_no_repr_shows_a_secret(tool, jamal, tmp_path, put):
    """What was found can be logged."""
    found = tool("token").read(put(tmp_path / "file", four(jamal())))
    assert jamal().api_secret not in repr(found) and jamal().oauth_token_secret not in repr(found)
    assert isinstance(found[0].token, Token) and json.dumps(repr(found))
