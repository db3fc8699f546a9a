"""What people put into files that they edit themselves: flickr-cli's YAML and FlickRaw's variables."""

import json
import shlex
import subprocess
import sys

import pytest


def test_flickr_clis_part_of_its_yaml(tool, jamal, monkeypatch):
    """Every value is quoted, so that sixteen digits are a text; the file is the one that the tool would read."""
    by_hand = tool("flickr-cli").by_hand(jamal(oauth_token_secret="0123456789012345"))
    head, *lines = by_hand.text.splitlines()
    assert head == "flickr:"
    assert {name.strip(): json.loads(value) for name, _, value in (line.partition(": ") for line in lines)} == {
        "consumer_key": jamal().api_key,
        "consumer_secret": jamal().api_secret,
        "token": jamal().oauth_token,
        "token_secret": "0123456789012345",
    }
    assert by_hand.where in ("./config.yml", ".\\config.yml")
    monkeypatch.setenv("FLICKRCLI_CONFIG", "/data/config.yml")
    assert tool("flickr-cli").by_hand(jamal()).where.endswith("config.yml") and tool("flickr-cli").path.is_absolute()


@pytest.mark.skipif(sys.platform == "win32", reason="the lines are for a POSIX shell")
def test_flickraws_variables_are_lines_for_a_shell(tool, jamal):
    """Hostile values stay values."""
    account = jamal(api_secret="a b'; echo broken")
    by_hand = tool("flickraw").by_hand(account)
    shown = subprocess.run(
        ["sh", "-c", by_hand.text + "\nenv"], env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=True
    ).stdout
    assert {line for line in shown.splitlines() if line.startswith("FLICKRAW")} == {
        f"FLICKRAW_API_KEY={account.api_key}",
        f"FLICKRAW_SHARED_SECRET={account.api_secret}",
        f"FLICKRAW_ACCESS_TOKEN={account.oauth_token}",
        f"FLICKRAW_ACCESS_SECRET={account.oauth_token_secret}",
    }
    assert shlex.split(by_hand.text)[1] == f"FLICKRAW_API_KEY={account.api_key}"
