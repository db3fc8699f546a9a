"""FlickRaw: its variables, as lines for a shell."""

import shlex
import subprocess
import sys

import pytest


@pytest.mark.skipif(sys.platform == "win32", reason="the lines are for a POSIX shell")
def test_flickraws_variables_are_lines_for_a_shell(tool, jamal):
    """Hostile values stay values."""
    account = jamal(api_secret="a b'; echo broken")
    snippet = tool("flickraw").snippet(account)
    shown = subprocess.run(
        ["sh", "-c", snippet.text + "\nenv"], env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=True
    ).stdout
    assert {line for line in shown.splitlines() if line.startswith("FLICKRAW")} == {
        f"FLICKRAW_API_KEY={account.api_key}",
        f"FLICKRAW_SHARED_SECRET={account.api_secret}",
        f"FLICKRAW_ACCESS_TOKEN={account.oauth_token}",
        f"FLICKRAW_ACCESS_SECRET={account.oauth_token_secret}",
    }
    assert shlex.split(snippet.text)[1] == f"FLICKRAW_API_KEY={account.api_key}"
