"""flickr-download's, python-flickr-api's and the plain token file."""

import json
import os
import sys

import pytest

from flickr_auth.errors import NotConfigured
from flickr_auth.interop.tool import Existing

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes, and symlinks for few")


def two(account):
    return f"{account.oauth_token}\n{account.oauth_token_secret}"


def four(account):
    return f"{account.api_key}\n{account.api_secret}\n{two(account)}"


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


def test_a_line_too_few_or_too_many_is_said_and_never_a_token(tool, jamal, tmp_path, put):
    """Which of three lines is the token, nobody knows."""
    for count in (1, 3, 5):
        path = put(tmp_path / "file", "\n".join([*four(jamal()).splitlines(), "onemore"][:count]))
        with pytest.raises(NotConfigured, match=rf", line {count}: the file has {count} non-empty"):
            tool("token").read(path)


@pytest.mark.parametrize("odd", [["x"], None, ""])
def test_what_is_no_text_in_json_is_unknown(tool, jamal, tmp_path, put, odd):
    """A name that is a list is no name, only Flickr's three are permissions, and a token that is a list is no token."""
    fields = jamal()._asdict()
    path = put(tmp_path / "file", json.dumps(fields | dict.fromkeys(("username", "perms", "provider"), odd)))
    [found] = tool("token").read(path)
    assert (found.token, found.username, found.perms, found.provider) == (jamal().token, None, None, "")
    assert tool("token").read(put(path, json.dumps(fields | {"perms": "all"})))[0].perms is None
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
