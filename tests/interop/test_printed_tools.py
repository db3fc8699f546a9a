"""Lines that a person puts in place: no name and no key can break them, whatever reads them."""

import subprocess
import sys
from urllib.parse import parse_qs, urlsplit

import pytest

HOSTILE = [
    "0123456789012345",
    "say \"no\"\\ and 'no'; echo broken",
    "line\nprofiles: {}",
    "砂場 \u2028\u0085\ufeff\u202e\U0001f4f7\U000e0041",
]


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_flickr_cli_gos_profile_is_under_the_persons_name_whatever_that_is(tool, jamal, loaded_yaml, name):
    """Its YAML holds one profile, which is the current one, and every value is a text."""
    account = jamal(username=name, api_secret="0123456789012345")
    assert loaded_yaml(tool("flickr-cli-go").lines(account)) == {
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


def test_the_file_is_the_one_that_the_tool_would_read(tool, home, monkeypatch):
    """The variables that move a tool's file move ours."""
    assert tool("flickr-cli-php").lead() in ("Add these lines to ./config.yml", "Add these lines to .\\config.yml")
    monkeypatch.setenv("FLICKRCLI_CONFIG", str(home / "config.yml"))
    assert tool("flickr-cli-php").lead() == f"Add these lines to {home / 'config.yml'}"
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "xdg"))
    assert tool("flickr-cli-go").path == home / "xdg" / "flickr-cli" / "config.yaml"


def test_flickr_cli_go_needs_nothing_written(tool, jamal):
    """The way without a file is said; somebody unnamed has a profile, too."""
    assert "flickr-auth run -- flickr" in tool("flickr-cli-go").which.instead
    assert "profiles" in tool("flickr-cli-go").lines(jamal(username=None, user_nsid=None))


def test_yaml_holds_the_values_as_they_are(tool, jamal, loaded_yaml):
    """Every other YAML that is printed, likewise."""
    for value in HOSTILE:
        account = jamal(api_key=value, api_secret=value)
        fields = ("api_key", "api_secret", "oauth_token", "oauth_token_secret")
        expected = {field: getattr(account, field) for field in fields}
        assert loaded_yaml(tool("flickr-exporter").lines(account)) == expected
        assert loaded_yaml(tool("flickr-download").lines(account)) == {"api_key": value, "api_secret": value}
        token = {"token": account.oauth_token, "token_secret": account.oauth_token_secret}
        expected = {"flickr": {"consumer_key": value, "consumer_secret": value} | token}
        assert loaded_yaml(tool("flickr-cli-php").lines(account)) == expected


def test_go_flickr_apis_uri_has_the_four_values(tool, jamal):
    """Percent-encoded: no value ends it, adds to it, or is read as another."""
    for value in (*HOSTILE, "a&b=c#d?e/f+g%20"):
        account = jamal(api_secret=value, oauth_token_secret=value)
        uri = tool("go-flickr-api").lines(account)
        assert uri.isascii() and uri.isprintable() and not set(uri) & set(" '\"#\\+")
        assert urlsplit(uri)[:3] == ("oauth1", "", "")
        assert parse_qs(urlsplit(uri).query, strict_parsing=True) == {
            "consumer_key": [account.api_key],
            "consumer_secret": [value],
            "oauth_token": [account.oauth_token],
            "oauth_token_secret": [value],
        }


@pytest.mark.skipif(sys.platform == "win32", reason="the lines are for a POSIX shell")
def test_flickraws_variables_are_lines_for_a_shell(tool, jamal):
    """Hostile values stay values."""
    account = jamal(api_secret="say \"no\"\\ and 'no'; echo broken")
    script = tool("flickraw").lines(account) + "\nenv"
    shown = subprocess.run(["sh", "-c", script], env={"PATH": "/usr/bin:/bin"}, stdout=-1, text=True, check=True).stdout
    assert {line for line in shown.splitlines() if line.startswith("FLICKRAW")} == {
        f"FLICKRAW_API_KEY={account.api_key}",
        f"FLICKRAW_SHARED_SECRET={account.api_secret}",
        f"FLICKRAW_ACCESS_TOKEN={account.oauth_token}",
        f"FLICKRAW_ACCESS_SECRET={account.oauth_token_secret}",
    }
