"""A secret that is typed at a terminal (flickr_auth.cli.hidden)."""

import sys

import pytest

from samples import API_KEY, API_SECRET

if sys.platform == "win32":
    pytest.skip("Windows has no pseudo-terminals that pexpect knows", allow_module_level=True)


def test_a_secret_is_not_shown_whatever_is_pressed(machine):
    """Ctrl-Z stops nothing while a secret is typed, so that no fg of the shell shows the rest of it."""
    terminal = machine.terminal("login", "--no-browser")
    terminal.expect("API key: ")
    terminal.sendline(API_KEY)
    terminal.expect("API secret \\(hidden\\): ")
    terminal.send(API_SECRET[:8])
    terminal.sendcontrol("z")
    terminal.sendline(API_SECRET[8:])
    terminal.expect("The secret has spaces or other characters")  # one of them is the Ctrl-Z
    shown = terminal.before
    assert not terminal.getecho()
    terminal.sendintr()
    shown += terminal.read()
    assert API_SECRET[:8] not in shown and API_SECRET[8:] not in shown
    terminal.close()
    assert terminal.exitstatus == 130
