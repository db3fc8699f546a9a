"""Our program logs in at OAuth 1.0a servers that we did not write: Authlib's on Flask, and oauthlib's own endpoints.

Each runs in a process of its own, where it is installed, at the paths that Flickr has. What a server has to keep (keys,
tokens, the page with the button) is in a script beside this file; what is checked, and every answer to the three legs,
is theirs.
"""

import json
import shutil
from urllib.parse import parse_qs, urlsplit

import pytest

from flickr_auth.sandbox.server import KEYS
from peers.person import ADDRESS, PATIENCE, press, read

WHO = "zoë & co"
ALL = ["provider_authlib.py", "provider_oauthlib.py"]


class Provider:
    """One that runs, and the person who has an account there."""

    def __init__(self, script, browser, name, *flags):
        self.browser = browser
        self.process = script(name, KEYS[0].api_key, KEYS[0].api_secret, *flags)
        self.url = read(r"(http://127\.0\.0\.1:\d+)", self.process.stdout, self.process)

    def yes(self, address):
        """Press the button: where the browser is sent, or what it shows."""
        answer = press(self.browser, address, username=WHO)
        return answer.headers.get("Location") or answer.text

    def forget(self):
        """Take every token back."""
        self.browser.post(f"{self.url}/forget", timeout=PATIENCE).raise_for_status()


@pytest.fixture(params=ALL)
def provider(request, script, browser, machine):
    machine.write_apikeys()
    running = Provider(script, browser, request.param)
    machine.environ["FLICKR_AUTH_BASE_URL"] = running.url
    return running


def log_in(machine, provider, *arguments, typed=lambda shown: shown):
    """Log in: what is typed is made of what the provider shows or sends the browser to."""
    process = machine.start("login", *arguments)
    address = read(ADDRESS, process.stderr, process)
    _stdout, stderr = process.communicate(f"{typed(provider.yes(address))}\n", timeout=PATIENCE)
    return process.returncode, stderr


def verifier_in(shown):
    return parse_qs(urlsplit(shown).query or shown)["oauth_verifier"][0]


@pytest.mark.parametrize("typed", [str, verifier_in], ids=["all of it", "the code alone"])
def test_a_login_ends_with_the_code_that_the_provider_shows(machine, provider, typed):
    """A login at a provider of other people ends with what it shows, pasted whole or the code alone; then it works."""
    code, said = log_in(machine, provider, typed=typed)
    assert f"Logged in to {provider.url} as" in said and f"{WHO.title()} ({WHO}, " in said
    assert code == 0
    shown = json.loads(machine.run("show", "--format", "json").stdout)
    assert (shown["username"], shown["perms"], shown["provider"]) == (WHO, "read", provider.url)
    status = machine.run("status")
    assert (status.stdout.count("valid"), status.returncode) == (1, 0)
    assert machine.run("logout").returncode == 0
    assert machine.run("show").returncode == 3


def test_the_browser_brings_the_code(machine, provider):
    """With --callback the provider's redirect ends the login."""
    process = machine.start("login", "--callback")
    to = provider.yes(read(ADDRESS, process.stderr, process))
    assert provider.browser.get(to, timeout=PATIENCE).status_code == 200
    _stdout, stderr = process.communicate(timeout=PATIENCE)
    assert "Received the code from your browser." in stderr and f"({WHO}, " in stderr
    assert process.returncode == 0


@pytest.mark.parametrize("wrong", ["123-456-789", "0123456789abcdef0123456789abcd"], ids=["nine digits", "another"])
def test_a_wrong_code_is_refused(machine, provider, wrong):
    """A wrong code is told as a refusal, and nothing is stored."""
    code, said = log_in(machine, provider, typed=lambda _: wrong)
    assert f"Error: {provider.url} refused the request" in said
    assert code == 4
    assert machine.run("show").returncode == 3


def test_a_code_serves_once(machine, provider):
    """A login that is finished a second time, from a copy of what waited, is refused: the provider sees the replay."""
    started = machine.run("login", "--start", "--store", "file")
    code = verifier_in(provider.yes(started.stdout.strip()))
    shutil.copytree(machine.app / "pending", machine.app / "copy")
    assert machine.run("login", "--finish", code).returncode == 0
    shutil.copytree(machine.app / "copy", machine.app / "pending", dirs_exist_ok=True)
    again = machine.run("login", "--finish", code)
    assert again.stderr.startswith((f"Error: {provider.url} ", "Error: This login is no longer open: "))
    assert again.returncode == 4


@pytest.mark.parametrize("wrong", ["key", "secret"])
def test_wrong_keys_are_refused(machine, provider, wrong):
    """An unknown API key, or the wrong secret for it, is told as a refusal before anybody opens a page."""
    key, secret = KEYS[0].api_key, KEYS[0].api_secret
    lines = (key[::-1], secret) if wrong == "key" else (key, secret[::-1])
    ran = machine.run("login", FLICKR_API_KEY=lines[0], FLICKR_API_SECRET=lines[1])
    assert f"Error: {provider.url} " in ran.stderr and "authorize" not in ran.stderr
    assert ran.returncode == 4


def test_a_token_that_was_taken_back_is_rejected(machine, provider):
    """A token that the provider has forgotten is shown as rejected, and is kept."""
    assert log_in(machine, provider)[0] == 0
    provider.forget()
    status = machine.run("status")
    assert "rejected" in status.stdout
    assert status.returncode == 4
    assert machine.run("show", "--field", "username").stdout == f"{WHO}\n"


@pytest.mark.parametrize("name", ALL)
def test_a_provider_that_names_nobody_is_enough(machine, script, browser, name):
    """Where a provider does not tell whose a token is, the login says so and keeps it, to be shown and forgotten."""
    machine.write_apikeys()
    provider = Provider(script, browser, name, "--unnamed")
    machine.environ["FLICKR_AUTH_BASE_URL"] = provider.url
    code, said = log_in(machine, provider)
    assert "The token is stored, but" in said
    assert code == 4
    assert machine.run("show", "--field", "oauth_token").stdout.strip()
    assert machine.run("show", "--field", "username").returncode == 3
    assert machine.run("logout").returncode == 0
    assert machine.run("show").returncode == 3
