"""README.md and the program say the same: every screen, the Python, the settings of other tools."""

import json
import os
import pathlib
import re
import shlex
import subprocess
import sys

import pytest

from programs import make
from samples import JAMAL
from terminals import needs_a_terminal, pexpect

README = pathlib.Path(__file__).parents[2].joinpath("README.md").read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


FIRST_SCREEN, *SCREENS = blocks("console")


def words(text):
    """What a screen says, without how it is folded."""
    return " ".join(text.split())


@needs_a_terminal
def test_the_first_screen_is_that_of_a_login(here, sandbox):
    """What the README shows of a login is what a login shows, but for who logs in where."""
    terminal = here.terminal("login")
    terminal.expect(r"oauth_token=(\S+)&perms=read")
    shown, token = terminal.before + terminal.after, terminal.match[1]
    assert token in re.findall(r"https?://\S+", shown)[0]  # the page to open is the first URL
    code = sandbox.press_ok(token)
    terminal.expect("shows: ")
    shown += terminal.before + terminal.after
    terminal.sendline(code)
    terminal.expect(r"Next: .*\n")
    shown += terminal.before + terminal.after
    for there, in_readme in {
        f"{sandbox.base_url}/": "https://www.flickr.com/",
        sandbox.base_url: "Flickr",
        " at " + sandbox.base_url.removeprefix("http://"): "",
        "5a0db0c5": "653e7a6e",
        "fake_keyrings": "SecretService",
        "Sam Sandbox": JAMAL.fullname,
        "sandbox-sam": JAMAL.username,
        "12345678@N00": JAMAL.user_nsid,
        token: "72157626737672178-022bbd2f4c2f3432",
        code: "123-456-789",
    }.items():
        shown = shown.replace(there, in_readme)
    assert words(FIRST_SCREEN) == words("$ flickr-auth login\n" + shown)


@needs_a_terminal
@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.partition("\n")[0].rpartition("flickr-auth ")[2])
def test_a_screen_is_what_the_program_shows(machine, screen):
    """Each screen of the README comes out of its commands; `...` stands for more lines."""
    machine.log_in()
    if "zoë" in screen:
        machine.log_in(1, "write")
    for part in screen.split("$ ")[1:]:
        line, _, expected = part.partition("\n")
        terminal = machine.terminal(*shlex.split(line)[1:])
        terminal.expect_exact(pexpect.EOF)
        shown = terminal.before.replace("\r\n", "\n")
        pattern = ".*".join(re.escape(piece) for piece in expected.split("...\n"))
        assert re.fullmatch(pattern, shown, re.DOTALL), shown


def test_the_python_prints_what_it_says(machine, tmp_path):
    """The README's Python runs as it stands, for somebody who is logged in at the sandbox."""
    (example,) = blocks("python")
    machine.log_in()
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", example],
        cwd=machine.folder,
        env=machine.environ,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.splitlines()[:2] == ["Harbour at dawn 1", "Überraschung im Schnee 2"]
    assert len(ran.stdout.splitlines()) == 2345


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in for npx is a shell script")
def test_an_mcp_server_gets_the_token_and_its_settings_hold_none(machine, bin_folder):
    """The settings of an MCP client start its server with the four variables."""
    (settings,) = blocks("json")
    (server,) = json.loads(settings)["mcpServers"].values()
    assert server["command"] == "flickr-auth"
    machine.log_in()
    make(bin_folder / "npx", 'echo "$*: $FLICKR_OAUTH_TOKEN"\n')
    ran = machine.run_process(*server["args"], PATH=f"{bin_folder}{os.pathsep}{machine.environ['PATH']}")
    token = machine.run("show", "--field", "oauth_token").stdout
    assert ran.stdout == f"-y flickr-mcp: {token}"
