"""A desktop session without a screen: a message bus of its own and Debian's gnome-keyring on it, both real.

It has folders of its own, and nothing of it outlives the `with` block. On other systems, or without the packages, the
tests that need it are skipped; where CI is set they fail instead.
"""

import contextlib
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.parse

import pytest

from programs import lacks

PASSWORD = "the password of the desktop"
SECRETS, PROMPTER = "org.freedesktop.secrets", "org.gnome.keyring.SystemPrompter"
BACKEND = "keyring.backends.SecretService.Keyring"
PATIENCE = 20

_PACKAGES = {"dbus-daemon": "dbus", "gnome-keyring-daemon": "gnome-keyring", "secret-tool": "libsecret-tools"}

# Nothing is started by the bus itself: what is on it has been put there.
_BUS = """<busconfig>
<type>session</type>
<listen>{address}</listen>
<policy context="default">
<allow send_destination="*" eavesdrop="true"/> <allow eavesdrop="true"/> <allow own="*"/>
</policy>
</busconfig>
"""

# A program that takes a name on the bus and then answers nothing.
_MUTE = """
import sys
from jeepney import message_bus
from jeepney.io.blocking import open_dbus_connection
with open_dbus_connection() as bus:
    bus.send_and_get_reply(message_bus.RequestName(sys.argv[1]))
    print("here", flush=True)
    while True:
        bus.receive()
"""


def require(*also_missing):
    """Skip the module that is being imported where the packages, or those that it has missed itself, are missing."""
    if sys.platform != "linux":
        pytest.skip("the Secret Service is Linux's", allow_module_level=True)
    missing = [package for program, package in _PACKAGES.items() if not shutil.which(program)]
    missing += also_missing
    if missing:
        lacks(f"{', '.join(missing)} not installed", whole_file=True)


# The folders of the sessions whose gnome-keyring has ended itself, over an assertion of its own. Once in some hundred
# sessions it does, if an item is deleted and made again at once: it still answers for the one that is gone.
CRASHES = []


class Desktop:
    """A session, entered by whatever is started with `environ`, which is changed to that end."""

    def __init__(self, environ, folder):
        self._environ = environ
        self._folder = folder
        self._ending = contextlib.ExitStack()
        # A socket's path has at most 107 bytes, so it stands in no folder of a test's own name.
        short = "/tmp" if os.access("/tmp", os.W_OK) else None  # noqa: S108  # mkdtemp's folder in it is private
        self._run = pathlib.Path(self._ending.enter_context(tempfile.TemporaryDirectory(prefix="bus-", dir=short)))
        self._keyring = None
        self._bus = None

    def __enter__(self):
        for variable in ("PYTHON_KEYRING_BACKEND", "FAKE_KEYRING"):
            self._environ.pop(variable, None)
        for variable, name in {"XDG_DATA_HOME": "data", "TMPDIR": "tmp"}.items():
            (self._folder / name).mkdir(mode=0o700)
            self._environ[variable] = str(self._folder / name)
        self._environ["XDG_RUNTIME_DIR"] = str(self._run)
        settings = self._folder / "bus.conf"
        settings.write_text(_BUS.format(address=_address(self._run / "bus")), encoding="utf-8")
        self._bus = self._start("dbus-daemon", "--nofork", "--print-address", f"--config-file={settings}")
        self._environ["DBUS_SESSION_BUS_ADDRESS"] = self._bus.stdout.readline().strip()
        return self

    def __exit__(self, *failure):
        if self._keyring is not None and self._keyring.poll() == -signal.SIGABRT:
            CRASHES.append(self._folder)
        self._ending.close()

    def start_keyring(self, password=PASSWORD):
        """Start gnome-keyring as a login to the desktop does; without a password there was no such login yet."""
        unlock = [] if password is None else ["--unlock"]
        self._keyring = self._start(
            "gnome-keyring-daemon", "--foreground", "--components=secrets", *unlock, stdin=password or ""
        )
        self._await_owner(SECRETS)

    def stop_keyring(self):
        """End gnome-keyring, with its items on disk, encrypted."""
        _end(self._keyring)

    def lock(self):
        """Start gnome-keyring anew and unlock it with a wrong password, which it takes without a word."""
        self.stop_keyring()
        self.start_keyring("wrong")

    def start_mute(self, name):
        """Put a program on the bus under this name that never answers."""
        assert self._start(sys.executable, "-c", _MUTE, name).stdout.readline() == "here\n"

    def freeze(self):
        """Point the session to a bus that takes connections and never says anything."""
        path = self._run / "frozen"
        listener = self._ending.enter_context(socket.socket(socket.AF_UNIX))
        listener.bind(str(path))
        listener.listen()
        self._environ["DBUS_SESSION_BUS_ADDRESS"] = _address(path)

    def stop(self):
        """End the session: the bus, and gnome-keyring with it."""
        self.stop_keyring()
        _end(self._bus)

    def secret_tool(self, *arguments, stdin=""):
        """Run `secret-tool`, another program that talks to the Secret Service."""
        return subprocess.run(
            ["secret-tool", *arguments],
            env=self._environ,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    def items(self):
        """How many items flickr-auth has in the keyring."""
        return self.secret_tool("search", "--all", "service", "flickr-auth").stdout.count("\nsecret = ")

    def _start(self, *command, stdin=""):
        process = subprocess.Popen(
            command,
            cwd=self._folder,
            env=self._environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        self._ending.callback(_end, process)
        with process.stdin as pipe:
            pipe.write(stdin)
        return process

    def _await_owner(self, name):
        from jeepney import MatchRule, message_bus
        from jeepney.io.blocking import Proxy, open_dbus_connection

        rule = MatchRule(type="signal", interface=message_bus.interface, member="NameOwnerChanged")
        rule.add_arg_condition(0, name)
        with open_dbus_connection(self._environ["DBUS_SESSION_BUS_ADDRESS"]) as bus:
            asked = Proxy(message_bus, bus)
            asked.AddMatch(rule)
            with bus.filter(rule) as changes:
                if asked.NameHasOwner(name) == (0,):
                    bus.recv_until_filtered(changes, timeout=PATIENCE)


def _address(path):
    """The D-Bus address of a socket; what the specification does not allow in one is percent-encoded."""
    return f"unix:path={urllib.parse.quote(os.fspath(path), safe='/')}"


def _end(process):
    process.terminate()
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    process.stdout.close()


def check_words(ran, code):
    """One error in one or two lines, nothing on stdout, no traceback."""
    assert (ran.returncode, ran.stdout) == (code, ""), ran.stderr
    assert len(ran.stderr[ran.stderr.index("Error: ") :].splitlines()) <= 2, ran.stderr
    assert "Traceback" not in ran.stderr
