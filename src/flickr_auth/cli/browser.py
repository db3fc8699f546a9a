"""The person's browser, if there is one. Best effort: nothing waits for it or depends on it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import PurePath

_TEXT_BROWSERS = frozenset({"w3m", "lynx", "links", "links2", "elinks", "www-browser", "browsh", "carbonyl"})
_REMOTE = ("SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY")


def is_there(environ: Mapping[str, str]) -> bool:
    """Whether a graphical browser can be expected on the screen in front of the person.

    Not over SSH, where it would open on the other machine; not without a display; never a text browser, which would
    take the terminal.
    """
    return not why_not(environ)


def why_not(environ: Mapping[str, str]) -> str:
    """Return why no graphical browser can be expected here, in a few words; empty if one can."""
    if any(environ.get(name) for name in _REMOTE):
        return "this is an SSH session"
    if environ.get("BROWSER"):
        return "" if _graphical(environ["BROWSER"]) else "BROWSER names no graphical browser"
    is_shown = any(environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME"))
    return "" if sys.platform in ("win32", "darwin") or is_shown else "no display"


def tunnel(environ: Mapping[str, str], port: int) -> str:
    """Return the `ssh` command with which a browser on the person's own computer reaches `port`; empty without SSH."""
    if not any(environ.get(name) for name in _REMOTE):
        return ""
    connection = environ.get("SSH_CONNECTION", "").split()
    server, its_port = connection[2:] if len(connection) == 4 else ("HOST", "22")  # client, its port, server, its port
    user = environ.get("USER") or environ.get("LOGNAME")
    other_port = "" if its_port == "22" else f" -p {its_port}"
    return f"ssh -L {port}:127.0.0.1:{port}{other_port} {f'{user}@' if user else ''}{server}"


def open_page(url: str, environ: Mapping[str, str]) -> bool:
    """Start opening the page, detached: without our terminal, our standard streams and our secrets.

    Return False if not even that worked; nobody can tell whether a window has opened.
    """
    command = [sys.executable, "-I", "-m", "webbrowser", url]  # -I: no webbrowser.py of the current folder
    try:
        process = subprocess.Popen(  # noqa: S603  # the URL is one argument, and no shell is in between
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            env=_its_environment(environ),
        )
    except OSError:
        return False
    process.returncode = 0  # nobody waits for it, which Python would warn of
    return True


def _its_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Make the browser's environment: nothing of Flickr's, and a BROWSER without text browsers."""
    its = {name: value for name, value in environ.items() if not name.startswith("FLICKR")}
    if its.get("BROWSER"):
        its["BROWSER"] = os.pathsep.join(_graphical(its["BROWSER"]))
    elif its.get("WSL_DISTRO_NAME") and sys.platform == "linux":
        from shutil import which

        its["BROWSER"] = "wslview" if which("wslview") else "explorer.exe"
    return {name: value for name, value in its.items() if name != "BROWSER" or value}


def _graphical(browser: str) -> list[str]:
    """Return the commands in a BROWSER variable that are no text browsers."""
    commands = [command for command in browser.split(os.pathsep) if command.strip()]
    return [command for command in commands if PurePath(command.split()[0]).name not in _TEXT_BROWSERS]
