"""Clients that we did not write, unmodified but for the host they talk to, log in at the sandbox.

Each is a small script beside this file, that runs where the client is installed and does what the client's own
documentation shows: it prints the address to open, takes the code, and prints what it got. A person opens the page,
chooses who to be, presses OK, and types the code or is sent on.
"""

import json
import re
import socket

import pytest

from flickr_auth.sandbox.people import USERS
from flickr_auth.sandbox.server import KEYS
from peers.person import ADDRESS, PATIENCE, press, read

OUT_OF_BAND = (
    "client_requests_oauthlib.py",
    "client_authlib.py",
    "client_flickr_api.py",
    "client_oauth.mjs",
    "client_oauth_1_0a.mjs",
    "client_flickr_sdk.mjs",
)
EVERY = pytest.mark.parametrize("client", [*OUT_OF_BAND, "client_flickrapi.py", "client_gallery_dl.py"])
USER = 3  # whose names hold what a form has to escape
TEXT = "Grüße & 50% + ~tilde~ 'quoted' * (砂場) 🌅 a=b"  # what a signature has to encode in its one right way


@pytest.fixture
def start(script, sandbox):
    """Start a client with the sandbox's key, or with the secret of another."""

    def started(client, secret=KEYS[0].api_secret):
        more = [free_port()] if "gallery_dl" in client else []
        return script(client, sandbox.base_url, KEYS[0].api_key, secret, TEXT, *more)

    return started


def free_port():
    """A port that was free just now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def landed(browser, process, answer):
    """Go where the sandbox sends the browser."""
    to = answer.headers["Location"]
    if "gallery-dl" in to:  # a page of gallery-dl's that sends browsers on to this machine
        assert to.startswith("https://mikf.github.io/gallery-dl/oauth-redirect.html?")
        to = f"http://localhost:{process.args[-1]}/?{to.partition('?')[2]}"
    return browser.get(to, timeout=PATIENCE)


def ended(process, typed=""):
    """What the client printed last, once it has ended well."""
    stdout, stderr = process.communicate(typed, timeout=PATIENCE)
    assert process.returncode == 0, stdout + stderr
    return json.loads(stdout.splitlines()[-1])


@EVERY
def test_it_logs_in_and_calls_as_that_person(client, start, sandbox, browser, log):
    """A client of other people logs in at the sandbox, unmodified; its signed calls and uploads are that person's."""
    process = start(client)
    answer = press(browser, read(ADDRESS, process.stdout, process), user=str(USER), answer="ok")
    if client in OUT_OF_BAND:
        pin = re.search(r'id="pin">([0-9-]{11})<', answer.text)[1]
        got = ended(process, f"{pin}\n")
    else:
        landed(browser, process, answer)
        got = ended(process)
    person = USERS[USER]
    assert (got["login"], got["echo"], got.get("owner", person.nsid)) == (person.username, TEXT, person.nsid)
    assert got.get("uploaded", TEXT) == TEXT
    assert {name: got["names"].get(name, value) for name, value in vars(person).items()} == vars(person)
    assert {line.rpartition(" ")[2] for line in log} <= {"200", "302"}
    assert sum("/services/rest" in line for line in log) >= 2


@EVERY
def test_it_is_refused_with_a_wrong_secret(client, start, log):
    """The same client with a wrong API secret gets no request token: its signature is what let it in."""
    process = start(client, secret=KEYS[1].api_secret)
    stdout, stderr = process.communicate(timeout=PATIENCE)
    assert process.returncode != 0 or "rror" in stderr
    assert "/services/oauth/authorize" not in stdout
    assert [line.rpartition(" ")[2] for line in log] == ["401"]
