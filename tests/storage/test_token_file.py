"""A token alone in a file of two lines."""

import os
import sys

import pytest

from flickr_auth import threads
from flickr_auth.account import Token
from flickr_auth.errors import AccountError
from flickr_auth.storage import token_file

from samples import OAUTH_TOKEN as TOKEN
from samples import OAUTH_TOKEN_SECRET as SECRET

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes and pipes")


def test_a_token_file_has_two_lines_and_no_newline_at_the_end(tmp_path):
    """A token is written as other tools read it: token, newline, secret, and nothing after it."""
    token_file.write(tmp_path / "token", Token(TOKEN, SECRET))
    assert (tmp_path / "token").read_bytes() == f"{TOKEN}\n{SECRET}".encode()


def test_a_token_file_from_elsewhere_is_read():
    """A token file that an editor or another tool has written is read, whatever its line endings and blanks."""
    for content in (f"\ufeff{TOKEN}\r\n{SECRET}\r\n", f"{TOKEN}\r{SECRET}", f"\n  {TOKEN} \n\n\t{SECRET}\n\n"):
        assert token_file.parse(content.encode(), "FILE") == Token(TOKEN, SECRET)


KEYS = "653e7a6ecc1d528c516cc8f92cf98611\na9567d986a7539fe\n"
NO_TOKENS = {
    "one line": f"{TOKEN}\n".encode(),
    "four lines": f"{KEYS}{TOKEN}\n{SECRET}".encode(),
    "keys": KEYS.encode(),
    **{
        each: f"{TOKEN}\n{SECRET}".encode(each)
        for each in ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be")
    },
    "escape": f"{TOKEN}\n\x1b[31m{SECRET}".encode(),
    "Latin-1": f"{TOKEN}é\n{SECRET}".encode("latin-1"),
    "quotes": f'"{TOKEN}"\n"{SECRET}"'.encode(),
}


def test_a_provider_may_issue_tokens_that_look_like_flickrs_keys():
    """Two lines in the shape of Flickr's keys are no token of Flickr's, and may be one of another provider's."""
    elsewhere = {"FLICKR_AUTH_BASE_URL": "https://photos.example.org"}
    assert token_file.parse(KEYS.encode(), "FILE", elsewhere) == Token(*KEYS.split())
    for name in ("", "flickr", "sandbox"):
        with pytest.raises(AccountError, match="has an API key"):
            token_file.parse(KEYS.encode(), "FILE", {"FLICKR_AUTH_BASE_URL": name})


@pytest.mark.parametrize("kind", NO_TOKENS)
def test_what_is_no_token_file_is_named_not_quoted_and_never_replaced(tmp_path, kind):
    """A file that is something else is an error that names it and what it should be, and repeats nothing of it."""
    path, content = tmp_path / "letter", NO_TOKENS[kind]
    path.write_bytes(content)
    path.chmod(0o644)  # nobody is told to change the mode of what is no token file
    with pytest.raises(AccountError) as caught:
        token_file.read(path, pytest.fail)
    said = f"{caught.value} {caught.value.hint} {caught.value!r} {caught.value.__cause__!r}"
    assert str(path) in said and "two lines" in caught.value.hint
    assert ("saved as" in said) == kind.startswith("utf") == (f"saved as {kind[:6].upper()}," in said)
    assert ("has an API key and its secret in it" in said) == (content == KEYS.encode())
    assert (", line 1, has quotes around it" in said) == content.startswith(b'"')
    assert [secret for secret in (TOKEN, SECRET) if secret in said] == []
    with pytest.raises(AccountError, match="letter"):
        token_file.try_out(path, environ={})
    assert path.read_bytes() == content


def test_a_token_file_that_was_removed_is_gone(tmp_path):
    """After a logout the token file is not there, nor is what a killed run left of it; twice is no error."""
    token_file.write(tmp_path / "token", Token(TOKEN, SECRET))
    (tmp_path / ".token.0123456789ab.flickr-auth").touch()
    for _ in range(2):
        token_file.remove(tmp_path / "token")
        assert list(tmp_path.iterdir()) == []


def test_a_missing_token_file_is_named_with_what_to_do(tmp_path):
    """A token file that is not there, or emptied, is an error that names it and the login that would make it."""
    (tmp_path / "emptied").touch(mode=0o600)
    for name, words in (("absent", "Token file not found: "), ("emptied", "Token file is empty: ")):
        with pytest.raises(AccountError, match=f"{words}.*{name}") as caught:
            token_file.read(tmp_path / name, pytest.fail)
        assert "--token-file" in caught.value.hint


# The try before a login


def test_a_try_touches_no_content(tmp_path):
    """The try before a login neither makes nor changes the token file, and leaves nothing beside it."""
    path = tmp_path / "token"
    token_file.try_out(path)
    assert list(tmp_path.iterdir()) == []
    for content in ("", f"{TOKEN}\n{SECRET}"):
        path.write_text(content)
        token_file.try_out(path)
        assert (list(tmp_path.iterdir()), path.read_text()) == ([path], content)


def test_two_lines_that_do_not_look_like_a_token_are_left_alone(tmp_path):
    """A shopping list of two words is neither replaced nor deleted."""
    path = tmp_path / "list"
    for content in ("milk\neggs", f"{TOKEN}\nshort", f"{SECRET}\n{TOKEN}\n"):
        path.write_text(content)
        with pytest.raises(AccountError, match="list"):
            token_file.try_out(path, environ={})
        assert path.read_text() == content


@pytest.mark.parametrize("name", ["apikeys", "APIKEYS.txt", "link"])
def test_a_file_called_apikeys_is_never_replaced(tmp_path, name):
    """Whatever is in it, a file that is called apikeys is neither overwritten nor deleted as a token file."""
    path = tmp_path / name
    target = tmp_path / "apikeys" if name == "link" else path
    target.write_text(f"{TOKEN}\n{SECRET}")
    if name == "link":
        path.symlink_to(target)
    with pytest.raises(AccountError, match="for API keys"):
        token_file.try_out(path, environ={})


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


def test_the_file_that_the_keys_come_from_is_never_replaced(tmp_path):
    """A slip that names the keys' own file for the token, by whatever path, costs no keys."""
    keys, other = tmp_path / "mine", tmp_path / "folder" / ".." / "mine"
    (tmp_path / "folder").mkdir()
    keys.write_text("a-key-of-another-shape-1\nand-a-secret-with-it-1")
    environ = {"FLICKR_AUTH_BASE_URL": "https://photos.example"}
    for variables, keys_file in ((environ, keys), (environ | {"FLICKR_APIKEYS": str(keys)}, None)):
        with pytest.raises(AccountError, match="for API keys"):
            token_file.try_out(other, environ=variables, keys_file=keys_file)


@posix
def test_a_try_does_not_wait_for_a_pipe(tmp_path):
    """A pipe cannot keep a token: it is refused at once, and stays a pipe."""
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(AccountError):
        threads.run(lambda: token_file.try_out(tmp_path / "pipe"), 20)
    assert (tmp_path / "pipe").is_fifo()
