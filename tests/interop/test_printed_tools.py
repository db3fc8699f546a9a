"""What is printed for a person to put in place: no name and no key can break it, whatever reads it."""

import sys
from urllib.parse import parse_qs, urlsplit

import pytest

HOSTILE = [
    "jamal fanaian",
    "0123456789012345",
    "null",
    "yes",
    "~",
    "- a: b #c",
    "say \"no\"\\ and 'no'",
    "line\nprofiles: {}",
    "tab\tbell\a nul\0",
    "\u2028\u0085\ufeff\u202e",
    "砂場 さくら",
    "\U0001f4f7\U000e0041",
    "*anchor",
    "%TAG",
    "{}",
]


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_flickr_cli_gos_profile_is_under_the_persons_name_whatever_that_is(tool, jamal, loaded_yaml, name):
    """Its YAML holds one profile, which is the current one, and every value is a text."""
    account = jamal(username=name, api_secret="0123456789012345")
    assert loaded_yaml(tool("flickr-cli-go").snippet(account).text) == {
        "current_profile": name,
        "profiles": {
            name: {
                "api_key": account.api_key,
                "api_secret": "0123456789012345",
                "oauth_token": account.oauth_token,
                "oauth_token_secret": account.oauth_token_secret,
                "permissions": "read",
                "user": {"nsid": "21207597@N07", "username": name},
            }
        },
    }


@pytest.mark.parametrize("value", HOSTILE, ids=ascii)
@pytest.mark.parametrize("name", ["flickr-exporter", "flickr-cli-php", "flickr-download"])
def test_yaml_holds_the_values_as_they_are(*, tool, jamal, loaded_yaml, name, value):
    """Every other YAML that is printed, likewise."""
    account = jamal(api_key=value, api_secret=value)
    if name == "flickr-exporter":
        fields = ("api_key", "api_secret", "oauth_token", "oauth_token_secret")
        expected = {field: getattr(account, field) for field in fields}
    elif name == "flickr-download":
        expected = {"api_key": value, "api_secret": value}
    else:
        token = {"token": account.oauth_token, "token_secret": account.oauth_token_secret}
        expected = {"flickr": {"consumer_key": value, "consumer_secret": value} | token}
    assert loaded_yaml(tool(name).snippet(account).text) == expected


@pytest.mark.parametrize("value", [*HOSTILE, "a&b=c#d?e/f+g%20"], ids=ascii)
def test_go_flickr_apis_uri_has_the_four_values(tool, jamal, value):
    """Percent-encoded: no value ends it, adds to it, or is read as another."""
    account = jamal(api_secret=value, oauth_token_secret=value)
    uri = tool("go-flickr-api").snippet(account).text
    assert uri.isascii() and uri.isprintable() and not set(uri) & set(" '\"#\\+")
    assert urlsplit(uri)[:3] == ("oauth1", "", "")
    assert parse_qs(urlsplit(uri).query, strict_parsing=True) == {
        "consumer_key": [account.api_key],
        "consumer_secret": [value],
        "oauth_token": [account.oauth_token],
        "oauth_token_secret": [value],
    }


def test_flickr_cli_go_needs_nothing_written(tool, home, jamal, monkeypatch):
    """The way without a file is said; with one it is where that tool looks."""
    snippet = tool("flickr-cli-go").snippet(jamal())
    assert "flickr-auth run -- flickr" in snippet.instead
    if sys.platform == "linux":
        assert snippet.place == str(home / ".config" / "flickr-cli" / "config.yaml")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "xdg"))
    assert tool("flickr-cli-go").path == home / "xdg" / "flickr-cli" / "config.yaml"
    assert "profiles" in tool("flickr-cli-go").snippet(jamal(username=None, user_nsid=None)).text
