"""Opening a browser: an extra that never stops a login, and never learns a secret."""

import json
import os
import sys

import pytest

from flickr_auth.cli import browser
from flickr_auth.sandbox.server import KEYS

from programs import PYTHON, make, word

if sys.platform == "win32":
    pytest.skip("the browsers of these tests are shell scripts", allow_module_level=True)


def make_browser(bin_folder, then=":", name="browser"):
    """A browser that tells, through a pipe, what it was given; and the pipe."""
    pipe = bin_folder / "told"
    os.mkfifo(pipe)
    (bin_folder / "browser.py").write_text(
        "import json, os, sys\n"
        "told = {'argv': sys.argv[1:], 'environ': dict(os.environ), 'session': os.getsid(0),\n"
        "        'terminals': [os.isatty(number) for number in (0, 1, 2)]}\n"
        f"open({str(pipe)!r}, 'w').write(json.dumps(told))\n"
        f"os.execvp('sh', ['sh', '-c', {then!r}])\n"
    )
    return make(bin_folder / name, f'exec {PYTHON} {word(bin_folder / "browser.py")} "$@"\n'), pipe


def test_the_address_is_printed_first_and_then_opened(here, sandbox, bin_folder):
    """The browser gets the address that is on the screen, detached from the terminal and without Flickr's variables."""
    script, pipe = make_browser(bin_folder)
    pair = {"FLICKR_API_KEY": KEYS[0].api_key, "FLICKR_API_SECRET": KEYS[0].api_secret}
    terminal = here.terminal("login", BROWSER=script, **pair)
    terminal.expect("(http://[^ \r\n]*oauth_token=([0-9a-f-]+)&perms=read)")
    address, token = terminal.match.groups()
    told = json.loads(pipe.read_text())
    assert told["argv"] == [address]
    assert not [name for name in told["environ"] if name.startswith("FLICKR")]
    assert told["terminals"] == [False, False, False] and told["session"] != os.getsid(terminal.pid)
    terminal.expect("Opening it in your browser")
    terminal.expect("Enter the code it shows: ")
    terminal.sendintr()
    terminal.read()
    terminal.close()
    assert token and sandbox.base_url in address


@pytest.mark.parametrize("then", ["kill -9 $$", "exec sleep 60"])
def test_a_browser_that_fails_or_hangs_does_not_stop_the_login(machine, bin_folder, then):
    """Whatever becomes of the browser, the login goes on to its end."""
    script, pipe = make_browser(bin_folder, then)
    process = machine.start("login", "--sandbox", BROWSER=script)
    told = json.loads(pipe.read_text())
    process.communicate("\n", timeout=30)
    assert process.returncode == 0
    if "sleep" in then:
        os.killpg(told["session"], 9)


def test_no_browser_is_started_when_it_is_not_wanted(machine, bin_folder):
    """--no-browser and FLICKR_AUTH_BROWSER=0 leave it at the address."""
    script = make(bin_folder / "browser", "touch opened\n")
    for arguments, variables in ((("--no-browser",), {}), ((), {"FLICKR_AUTH_BROWSER": "0"})):
        ran = machine.run("login", "--sandbox", *arguments, BROWSER=script, **variables)
        assert ran.returncode == 0
        assert "Opening it" not in ran.stderr and not (machine.folder / "opened").exists()


def test_below_windows_its_own_browser_is_opened(machine, bin_folder):
    """Under WSL the address goes to Windows, by wslview where that is installed."""
    for name in ("explorer.exe", "wslview"):
        _, pipe = make_browser(bin_folder, name=name)
        path = os.pathsep.join((str(bin_folder), machine.environ["PATH"]))
        process = machine.start("login", "--sandbox", WSL_DISTRO_NAME="Debian", PATH=path)
        assert "oauth_token=" in json.loads(pipe.read_text())["argv"][0]
        process.communicate("\n", timeout=30)
        pipe.unlink()


SSH = {"SSH_CONNECTION": "192.0.2.1 5 192.0.2.2 22"}


def test_a_browser_is_expected_only_in_front_of_the_person(monkeypatch):
    """Not over SSH, not without a display, never a text browser."""
    monkeypatch.setattr(sys, "platform", "linux")
    for there in ({"DISPLAY": ":0"}, {"WAYLAND_DISPLAY": "wayland-0"}, {"WSL_DISTRO_NAME": "Debian"}):
        assert browser.is_there(there)
        assert not browser.is_there(there | SSH) and not browser.is_there(there | {"SSH_TTY": "/dev/pts/1"})
        assert not browser.is_there(there | {"BROWSER": "/usr/bin/w3m"})
    assert not browser.is_there({})
    assert browser.is_there({"BROWSER": "firefox"}) and browser.is_there({"BROWSER": "lynx:firefox"})
    assert not browser.is_there({"BROWSER": "lynx %s:links"})
