"""Inside a D-Bus session: start gnome-keyring, log in to it, and time `show` beside `keyring get` of the same item."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys

from timing import Command, paired

from flickr_auth.sandbox.server import KEYS

scratch, runs = pathlib.Path(sys.argv[1]), int(sys.argv[2])
programs = pathlib.Path(sys.executable).parent
daemon = subprocess.Popen(
    ["gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets"],
    stdin=subprocess.PIPE,
    stdout=subprocess.DEVNULL,
    stderr=subprocess.DEVNULL,
)
try:
    assert daemon.stdin is not None
    daemon.stdin.write(b"password")
    daemon.stdin.close()
    environ = dict(os.environ) | {"FLICKR_AUTH_HOME": str(scratch / "keyring")}
    environ |= {"FLICKR_AUTH_BASE_URL": "sandbox", "FLICKR_AUTH_KEYRING_TIMEOUT": "20"}
    ours = str(programs / "flickr-auth")
    subprocess.run([ours, "login", "--store", "keyring"], env=environ, input=b"", check=True, stdout=subprocess.DEVNULL)
    (account,) = (scratch / "keyring" / "accounts").glob("*.json")
    assert KEYS[0].api_secret not in account.read_text()
    item = f"{account.stem} in {os.path.realpath(scratch / 'keyring')}"
    show = Command((ours, "show", "--field", "oauth_token"), environ, str(scratch))
    get = Command((str(programs / "keyring"), "get", "flickr-auth", item), environ, str(scratch))
    row = paired("", 0.75, show, get, runs=runs)
    sys.stdout.write(json.dumps([row.ratios, row.first, row.second]) + "\n")
finally:
    daemon.terminate()
    daemon.wait()
