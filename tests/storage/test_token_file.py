"""A token alone in a file of two lines."""

import os
import shlex
import stat
import sys

import pytest

from flickr_auth import threads
from flickr_auth.account import Token
from flickr_auth.errors import AccountError, StoreError
from flickr_auth.storage import token_file

TOKEN, SECRET = "72157626318069415-087bfc7b5816092c", "a202d1f853ec69de"
posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes and pipes")


def no_warning(message):
    pytest.fail(f"unexpected warning: {message}")


def test_a_token_file_has_two_lines_and_no_newline_at_the_end(tmp_path):
    """A token is written as other tools read it: token, newline, secret, and nothing after it."""
    token_file.write(tmp_path / "token", Token(TOKEN, SECRET))
    assert (tmp_path / "token").read_bytes() == f"{TOKEN}\n{SECRET}".encode()


@posix
def test_a_token_file_is_private(tmp_path):
    """A token file is for its owner alone, also where it replaces one that others could read."""
    (tmp_path / "token").write_text("an-old\ntoken")
    (tmp_path / "token").chmod(0o644)
    token_file.write(tmp_path / "token", Token(TOKEN, SECRET))
    assert stat.S_IMODE((tmp_path / "token").stat().st_mode) == 0o600


def test_a_written_token_is_read(tmp_path):
    """The token that was written is the one that is read."""
    token_file.write(tmp_path / "token", Token(TOKEN, SECRET))
    assert token_file.read(tmp_path / "token", no_warning) == Token(TOKEN, SECRET)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(f"{TOKEN}\n{SECRET}\n", id="newline-at-the-end"),
        pytest.param(f"{TOKEN}\r\n{SECRET}\r\n", id="crlf"),
        pytest.param(f"{TOKEN}\r{SECRET}", id="old-mac"),
        pytest.param(f"\ufeff{TOKEN}\n{SECRET}", id="bom"),
        pytest.param(f"\n  {TOKEN} \n\n\t{SECRET}\n\n", id="blanks"),
    ],
)
def test_a_token_file_from_elsewhere_is_read(content):
    """A token file that an editor or another tool has written is read, whatever its line endings and blanks."""
    assert token_file.parse(content.encode()) == Token(TOKEN, SECRET)


NO_TOKENS = [
    pytest.param(b"", id="empty"),
    pytest.param(f"{TOKEN}\n".encode(), id="one-line"),
    pytest.param(f"653e7a6ecc1d528c516cc8f92cf98611\na9567d986a7539fe\n{TOKEN}\n{SECRET}".encode(), id="four-lines"),
    pytest.param(f"{TOKEN}\n{SECRET}".encode("utf-16"), id="utf-16"),
    pytest.param(f"{TOKEN}\n{SECRET}\0".encode(), id="nul"),
    pytest.param(f"{TOKEN}\n\x1b[31m{SECRET}".encode(), id="escape"),
    pytest.param(f"{TOKEN}é\n{SECRET}".encode("latin-1"), id="latin-1"),
    pytest.param(f"Dear {TOKEN}, {SECRET} is yours.".encode(), id="prose"),
]


@pytest.mark.parametrize("content", NO_TOKENS)
def test_what_is_no_token_file_is_named_and_not_quoted(tmp_path, content):
    """A file that is something else is an error that names it and what it should be, and repeats nothing of it."""
    (tmp_path / "token").write_bytes(content)
    (tmp_path / "token").chmod(0o600)
    with pytest.raises(AccountError, match="token") as caught:
        token_file.read(tmp_path / "token", no_warning)
    said = f"{caught.value} {caught.value.hint} {caught.value!r} {caught.value.__cause__!r}"
    assert str(tmp_path / "token") in said
    assert "two lines" in caught.value.hint
    assert [secret for secret in (TOKEN, SECRET) if secret in said] == []


def test_a_missing_token_file_is_named_with_what_to_do(tmp_path):
    """A token file that is not there is an error that names it and the login that would make it."""
    with pytest.raises(AccountError, match="absent") as caught:
        token_file.read(tmp_path / "absent", no_warning)
    assert "--token-file" in caught.value.hint


def test_a_folder_is_no_token_file(tmp_path):
    """A folder in the place of a token file is an error that says so."""
    with pytest.raises(AccountError, match="folder"):
        token_file.read(tmp_path, no_warning)


@posix
def test_a_token_may_come_through_a_pipe():
    """A token that a shell hands over as `<(command)` is read."""
    reading, writing = os.pipe()
    os.write(writing, f"{TOKEN}\n{SECRET}".encode())
    os.close(writing)
    try:
        assert token_file.read(f"/dev/fd/{reading}", no_warning) == Token(TOKEN, SECRET)
    finally:
        os.close(reading)


@posix
def test_a_token_that_others_can_read_is_used_with_a_warning(tmp_path):
    """A token file that others can read is used, with a warning that names the chmod."""
    token_file.write(tmp_path / "token", Token(TOKEN, SECRET))
    (tmp_path / "token").chmod(0o640)
    warnings = []
    assert token_file.read(tmp_path / "token", warnings.append) == Token(TOKEN, SECRET)
    assert [f"chmod 600 {shlex.quote(str(tmp_path / 'token'))}" in each for each in warnings] == [True]


# The try before a login


@pytest.mark.parametrize("content", [None, "", f"{TOKEN}\n{SECRET}"], ids=["absent", "empty", "a-token"])
def test_a_try_touches_no_content(tmp_path, content):
    """The try before a login neither makes nor changes the token file, and leaves nothing beside it."""
    path = tmp_path / "token"
    if content is not None:
        path.write_text(content)
    token_file.try_out(path)
    assert [each.name for each in tmp_path.iterdir()] == ([] if content is None else ["token"])
    assert content is None or path.read_text() == content


@pytest.mark.parametrize("content", [each for each in NO_TOKENS if each.id != "empty"])
def test_a_try_refuses_to_replace_something_else(tmp_path, content):
    """A login never overwrites a file that holds something other than a token: the try says so and leaves it alone."""
    (tmp_path / "letter").write_bytes(content)
    with pytest.raises(AccountError, match="letter"):
        token_file.try_out(tmp_path / "letter")
    assert (tmp_path / "letter").read_bytes() == content


def test_a_try_finds_a_path_that_cannot_be_written(tmp_path):
    """A path that leads through a file is found out before Flickr is asked for a token."""
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(StoreError):
        token_file.try_out(tmp_path / "file" / "token")


@posix
def test_a_try_does_not_wait_for_a_pipe(tmp_path):
    """A pipe cannot keep a token: it is refused at once, and stays a pipe."""
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(AccountError):
        threads.run(lambda: token_file.try_out(tmp_path / "pipe"), 20)
    assert (tmp_path / "pipe").is_fifo()
