"""The hint for a token that is refused: it fits where the token came from."""

import pytest

from flickr_auth.account import Account, ConsumerKeys, Token
from flickr_auth.advice import program, renew
from flickr_auth.cli.text import with_program

from samples import API_KEY, API_SECRET, OAUTH_TOKEN_SECRET

KEYS, TOKEN = ConsumerKeys(API_KEY, API_SECRET), Token("72157-1", OAUTH_TOKEN_SECRET)
NAME = "21207597@N07-653e7a6e"


def account(**known):
    return Account.of(KEYS, TOKEN, **{"store": "file", "account": NAME, "username": "jamal"} | known)


@pytest.mark.parametrize(
    ("known", "arguments", "command"),
    [
        ({}, {}, f"flickr-auth login --account {NAME}"),
        ({}, {"name": "jamal f"}, "flickr-auth login --account 'jamal f'"),
        ({"perms": "delete"}, {"name": "jamal"}, "flickr-auth login --account jamal --perms delete"),
        ({"perms": "read"}, {"needed": "write"}, f"flickr-auth login --account {NAME} --perms write"),
        ({"perms": "delete"}, {"needed": "write"}, f"flickr-auth login --account {NAME} --perms delete"),
        ({"provider": "sandbox"}, {"name": "sam"}, "flickr-auth login --sandbox --account sam"),
        ({"provider": "http://127.0.0.1:8080"}, {"name": "sam"}, "flickr-auth login --account sam"),
        (
            {"store": "environment", "account": None},
            {"needed": "write"},
            "unset FLICKR_OAUTH_TOKEN FLICKR_OAUTH_TOKEN_SECRET; flickr-auth login --perms write",
        ),
        (
            {"store": "token-file", "account": None},
            {"token_file": "my token"},
            "flickr-auth login --token-file 'my token'",
        ),
        ({"store": "token-file", "account": None}, {"token_file": "-"}, "flickr-auth login"),
        ({"store": "token-file", "account": None}, {}, "flickr-auth login"),
        ({"store": "keyring", "account": None}, {"name": "sam"}, "flickr-auth login --account sam"),
        ({"store": "keyring", "account": None}, {}, "flickr-auth login"),
    ],
)
def test_the_command_renews_the_token_where_it_came_from(known, arguments, command):
    """A stored account is renewed by name, a file is written anew, and variables that hide a login are unset."""
    assert renew(account(**known), **arguments) == f"Run: {command}"


@pytest.mark.parametrize(("on_path", "name"), [(True, "flickr-auth"), (False, "bin/flickr-auth")])
def test_the_program_is_named_as_it_was_started(on_path, name, tmp_path, monkeypatch):
    """A hint works as it stands: without a flickr-auth on PATH it has the path that was typed."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "flickr-auth").touch(mode=0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["bin/flickr-auth"])
    monkeypatch.setenv("PATH", str(tmp_path / "bin") if on_path else "/nowhere")
    assert program() == name
    assert with_program("Run: flickr-auth login; flickr-auth knows no more.") == (
        f"Run: {name} login; flickr-auth knows no more."
    )
