"""A token alone in a file of two lines."""

import os
import sys

import pytest

from flickr_auth import threads
from flickr_auth.account import Token
from flickr_auth.errors import AccountError, StoreError
from flickr_auth.storage import token_file

from samples import OAUTH_TOKEN as TOKEN
from samples import OAUTH_TOKEN_SECRET as SECRET

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes and pipes")


def no_warning(message):
    pytest.fail(f"unexpected warning: {message}")


def test_a_token_file_has_two_lines_and_no_newline_at_the_end(tmp_path):
    """A token is written as other tools read it: token, newline, secret, and nothing after it."""
    token_file.write(tmp_path / "token", Token(TOKEN, SECRET))
    assert (tmp_path / "token").read_bytes() == f"{TOKEN}\n{SECRET}".encode()


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
    assert token_file.parse(content.encode(), "FILE") == Token(TOKEN, SECRET)


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
    assert ("saved as UTF-16" in said) == content.startswith((b"\xff\xfe", b"\xfe\xff"))
    assert [secret for secret in (TOKEN, SECRET) if secret in said] == []


def test_a_token_file_that_was_removed_is_gone(tmp_path):
    """After a logout the token file is not there, nor is what a killed run left of it; twice is no error."""
    token_file.write(tmp_path / "token", Token(TOKEN, SECRET))
    (tmp_path / ".token.0123456789ab.flickr-auth").touch()
    for _ in range(2):
        token_file.remove(tmp_path / "token")
        assert list(tmp_path.iterdir()) == []


def test_a_missing_token_file_is_named_with_what_to_do(tmp_path):
    """A token file that is not there is an error that names it and the login that would make it."""
    with pytest.raises(AccountError, match="absent") as caught:
        token_file.read(tmp_path / "absent", no_warning)
    assert "--token-file" in caught.value.hint


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


KEYS = "653e7a6ecc1d528c516cc8f92cf98611\na9567d986a7539fe\n"
OTHERS = [
    *(each for each in NO_TOKENS if each.id != "empty"),
    pytest.param(b"hello world", id="two-words"),
    pytest.param(b"{ bad", id="half-json"),
    pytest.param(KEYS.encode(), id="keys"),
]


@pytest.mark.parametrize("content", OTHERS)
def test_a_try_refuses_to_replace_something_else(tmp_path, content):
    """A login never overwrites a file that holds something other than a token: the try says so and leaves it alone."""
    (tmp_path / "letter").write_bytes(content)
    with pytest.raises(AccountError, match="letter"):
        token_file.try_out(tmp_path / "letter", environ={})
    assert (tmp_path / "letter").read_bytes() == content


@pytest.mark.parametrize("content", [b"milk\neggs", f"{TOKEN}\nshort".encode(), f"{SECRET}\n{TOKEN}\n".encode()])
def test_two_lines_that_do_not_look_like_a_token_are_left_alone(tmp_path, content):
    """A shopping list of two words is neither replaced nor deleted."""
    path = tmp_path / "list"
    path.write_bytes(content)
    with pytest.raises(AccountError, match="list"):
        token_file.try_out(path, environ={})
    assert path.read_bytes() == content


def test_another_providers_token_needs_no_yes(tmp_path):
    """A token of a provider with other shapes is replaced without a question; two words of a person's are not."""
    environ = {"FLICKR_AUTH_BASE_URL": "https://photos.example"}
    (tmp_path / "token").write_text("rQ8n0Vx2mWzY4kLp7sTb\n9dHf3jKqAe6RtUv1XcZ0")
    token_file.check_replaceable(tmp_path / "token", environ)
    with pytest.raises(AccountError):
        token_file.check_replaceable(tmp_path / "token", {})
    (tmp_path / "token").write_text("strawberrymarmalade\nwholegrainbreadcrumbs")
    with pytest.raises(AccountError):
        token_file.check_replaceable(tmp_path / "token", environ)


@pytest.mark.parametrize("name", ["apikeys", "APIKEYS", "apikeys.txt", "link"])
def test_a_file_called_apikeys_is_never_replaced(tmp_path, name):
    """Whatever is in it, a file that is called apikeys is neither overwritten nor deleted as a token file."""
    path = tmp_path / name
    target = tmp_path / "apikeys" if name == "link" else path
    target.write_text(f"{TOKEN}\n{SECRET}")
    if name == "link":
        path.symlink_to(target)
    with pytest.raises(AccountError, match="for API keys"):
        token_file.try_out(path, environ={})


def test_the_file_that_the_keys_come_from_is_never_replaced(tmp_path):
    """A slip that names the keys' own file for the token, by whatever path, costs no keys."""
    keys, other = tmp_path / "mine", tmp_path / "folder" / ".." / "mine"
    (tmp_path / "folder").mkdir()
    keys.write_text("a-key-of-another-shape-1\nand-a-secret-with-it-1")
    environ = {"FLICKR_AUTH_BASE_URL": "https://photos.example"}
    for variables, keys_file in ((environ, keys), (environ | {"FLICKR_APIKEYS": str(keys)}, None)):
        with pytest.raises(AccountError, match="for API keys"):
            token_file.try_out(other, environ=variables, keys_file=keys_file)


def test_keys_are_no_token(tmp_path):
    """A file with an API key and its secret is not taken for a token: the error says what it is."""
    (tmp_path / "keys").write_text(KEYS)
    (tmp_path / "keys").chmod(0o600)
    with pytest.raises(AccountError, match="has an API key and its secret in it"):
        token_file.read(tmp_path / "keys", no_warning)


FAULTS = {
    f'"{TOKEN}"\n"{SECRET}"': "line 1, has quotes around it",
    f"oauth_token={TOKEN}\noauth_token_secret={SECRET}": "line 1, begins with oauth_token=",
    f"{TOKEN}\n\n{SECRET}\u00a0": "line 3, has a non-breaking space in it",
}


@pytest.mark.parametrize(("content", "said"), FAULTS.items(), ids=FAULTS.values())
def test_a_token_that_was_copied_badly_is_told_by_line_and_fault(tmp_path, content, said):
    """What would only become a wrong signature at Flickr is an error that names the line and what is wrong there."""
    (tmp_path / "token").write_text(content, encoding="utf-8")
    (tmp_path / "token").chmod(0o600)
    with pytest.raises(AccountError) as caught:
        token_file.read(tmp_path / "token", no_warning)
    assert said in caught.value.message
    assert [each for each in (TOKEN, SECRET) if each in f"{caught.value!r}"] == []


def test_a_try_finds_a_path_that_cannot_be_written(tmp_path):
    """A path that leads through a file is found out before Flickr is asked for a token."""
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(StoreError):
        token_file.try_out(tmp_path / "file" / "token")


@posix
def test_what_helps_is_another_path_and_no_other_app_folder(tmp_path):
    """Whoever named a file that cannot be written is told to name another, not to set a variable."""
    with pytest.raises(StoreError) as caught:
        token_file.try_out(tmp_path / ("x" * 300))
    assert caught.value.hint == "Try: another path for --token-file"


@posix
def test_a_try_does_not_wait_for_a_pipe(tmp_path):
    """A pipe cannot keep a token: it is refused at once, and stays a pipe."""
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(AccountError):
        threads.run(lambda: token_file.try_out(tmp_path / "pipe"), 20)
    assert (tmp_path / "pipe").is_fifo()
