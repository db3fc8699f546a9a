"""What tests share: the program as a user runs it, a sandbox to log in to, and how often a property is tried."""

import dataclasses
import os
import pathlib
import subprocess
import sys

import pexpect
import pytest
from hypothesis import settings

from flickr_auth.sandbox.server import KEYS, Sandbox

# No database: a test run leaves nothing behind. No deadline: these machines are shared.
settings.register_profile("few", max_examples=60, deadline=None, database=None)
settings.register_profile("long", max_examples=10_000, deadline=None, database=None, print_blob=True)
settings.load_profile("few")

TESTS = pathlib.Path(__file__).parent


@dataclasses.dataclass
class Machine:
    """A machine of its own: a home, a working folder, a keyring, and nothing else in the environment."""

    home: pathlib.Path
    folder: pathlib.Path
    environ: dict

    @property
    def app(self):
        return self.home / ".config" / "flickr-auth"

    def run(self, *arguments, stdin="", **variables):
        """Run the program to its end; the result has returncode, stdout and stderr."""
        return subprocess.run(
            [sys.executable, "-m", "flickr_auth", *map(str, arguments)],
            input=stdin,
            cwd=self.folder,
            env=self.environ | {name: str(value) for name, value in variables.items()},
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )

    def start(self, *arguments, **variables):
        """Start the program, with pipes."""
        return subprocess.Popen(
            [sys.executable, "-m", "flickr_auth", *map(str, arguments)],
            cwd=self.folder,
            env=self.environ | {name: str(value) for name, value in variables.items()},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def terminal(self, *arguments, **variables):
        """Start the program in a terminal of 80 by 24."""
        return pexpect.spawn(
            sys.executable,
            ["-m", "flickr_auth", *map(str, arguments)],
            cwd=str(self.folder),
            env=self.environ | {name: str(value) for name, value in variables.items()},
            encoding="utf-8",
            dimensions=(24, 80),
            timeout=20,
        )

    def write_apikeys(self, folder=None, keys=KEYS[0]):
        path = (folder or self.folder) / "apikeys"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(f"{keys.api_key}\n{keys.api_secret}\n")
        return path


@pytest.fixture
def machine(tmp_path):
    home, folder = tmp_path / "home", tmp_path / "work"
    home.mkdir()
    folder.mkdir()
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "TERM": "xterm",
        "NO_COLOR": "1",
        "PYTHONPATH": str(TESTS),
        "PYTHONWARNINGS": "error",
        "PYTHON_KEYRING_BACKEND": "fake_keyrings.Good",
        "FAKE_KEYRING": str(tmp_path / "keyring.json"),
    }
    return Machine(home, folder, environ)


@pytest.fixture
def sandbox():
    with Sandbox() as running:
        yield running


@pytest.fixture
def here(machine, sandbox):
    """A machine whose provider is the sandbox, with the sandbox's key in ./apikeys."""
    machine.environ["FLICKR_AUTH_BASE_URL"] = sandbox.base_url
    machine.write_apikeys()
    return machine


@pytest.fixture
def driven(here, sandbox):
    """Log in as a program does that drives the login: read the address, get the code, write it into the pipe."""

    def login(*arguments, user=0, **variables):
        process = here.start("login", *arguments, **variables)
        shown = []
        for line in process.stderr:
            shown.append(line)
            if "oauth_token=" in line:
                break
        else:
            raise AssertionError("".join(shown))
        token = line.partition("oauth_token=")[2].partition("&")[0]
        perms = line.strip().partition("perms=")[2]
        stdout, stderr = process.communicate(sandbox.press_ok(token, perms, user) + "\n", timeout=60)
        return subprocess.CompletedProcess(process.args, process.returncode, stdout, "".join(shown) + stderr)

    return login
