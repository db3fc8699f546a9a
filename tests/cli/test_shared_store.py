"""A store that many machines share: a keyring backend of another package, which asks a command as pass's does."""

import dataclasses
import json
import shutil
import sys

import pytest

from programs import python_path

pytestmark = pytest.mark.process  # the keyring library loads its backends once for each process

BACKEND = "acme_vault.backend.Vault"
NAMED = {"PYTHON_KEYRING_BACKEND": BACKEND}

# What such a package has in it: a backend that runs a command with the item's name, and fails as that fails.
PACKAGE = """
import os, subprocess, sys
from keyring import errors
from keyring.backend import KeyringBackend

class Vault(KeyringBackend):
    priority = 0.3

    def _ask(self, verb, service, username, given=None):
        command = [sys.executable, "-IS", os.environ["ACME_COMMAND"], verb, f"{service}/{username}"]  # starts quickly
        ran = subprocess.run(command, input=given, capture_output=True, text=True)
        if ran.returncode > 1:
            raise RuntimeError(ran.stderr)
        return ran

    def get_password(self, service, username):
        ran = self._ask("get", service, username)
        return ran.stdout if ran.returncode == 0 else None

    def set_password(self, service, username, password):
        self._ask("put", service, username, password)

    def delete_password(self, service, username):
        if self._ask("remove", service, username).returncode:
            raise errors.PasswordDeleteError("no such item")
"""

# The command: 0 done, 1 no such item, 2 nobody has signed in.
COMMAND = """
import os, sys
vault = os.environ["ACME_VAULT"]
if not os.path.isdir(vault):
    print("acme: nobody has signed in", file=sys.stderr)
    sys.exit(2)
item = os.path.join(vault, sys.argv[2].replace("/", "%2F"))
if sys.argv[1] == "put":
    open(item, "w").write(sys.stdin.read())
elif not os.path.exists(item):
    sys.exit(1)
elif sys.argv[1] == "get":
    print(open(item).read(), end="")
else:
    os.unlink(item)
"""


@pytest.fixture
def vault(machine, tmp_path):
    """The store, with the package installed and the command signed in; no backend is named so far."""
    package, command, items = tmp_path / "site" / "acme_vault", tmp_path / "acme.py", tmp_path / "vault"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "backend.py").write_text(PACKAGE)
    command.write_text(COMMAND)
    items.mkdir()
    del machine.environ["PYTHON_KEYRING_BACKEND"]
    machine.environ |= {
        "PYTHONPATH": python_path(package.parent),
        "ACME_COMMAND": str(command),
        "ACME_VAULT": str(items),
    }
    return items


@pytest.fixture
def logged_in(vault, here, driven):
    """What `show` tells after a login that named the backend."""
    ran = driven(**NAMED)
    assert ran.returncode == 0, ran.stderr
    assert "Token saved in the keyring (acme_vault.backend)." in ran.stderr
    return account(here)


def account(machine):
    return json.loads(machine.run("show", "--format", "json").stdout)


def check_failure(ran, *words):
    assert (ran.returncode, ran.stdout) == (6, "")
    assert len(ran.stderr[ran.stderr.index("Error: ") :].splitlines()) == 2
    for each in words:
        assert each in ran.stderr


def test_a_login_keeps_the_token_in_the_store_that_is_named(vault, logged_in, here, driven):
    """One item, replaced by the next login; the account remembers the backend, so later commands need no variable."""
    assert here.record()["backend"] == BACKEND
    assert "oauth_token" not in here.record()
    (item,) = vault.iterdir()
    assert json.loads(item.read_text())["oauth_token_secret"] == logged_in["oauth_token_secret"]
    assert driven("--perms", "write", **NAMED).returncode == 0
    (item,) = vault.iterdir()
    token = json.loads(item.read_text())["oauth_token"]
    other = {"PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}
    assert here.run("show", "--field", "oauth_token", **other).stdout == f"{token}\n"
    assert token != logged_in["oauth_token"]
    assert here.run("logout").returncode == 0
    assert list(vault.iterdir()) == []


def test_a_store_that_nobody_has_signed_in_to_is_a_store_that_failed(vault, logged_in, here):
    """The kind of failure is shown and the account stays; a login ends before Flickr is contacted."""
    vault.rename(vault.with_name("gone"))
    check_failure(here.run("show"), "The keyring failed (RuntimeError)", "flickr-auth login --store file")
    check_failure(here.run("logout"), "The keyring failed (RuntimeError)", "--force")
    ran = here.run("login", **NAMED)
    check_failure(ran, "The keyring failed (RuntimeError)", "--store file")
    assert "oauth_token=" not in ran.stderr
    assert here.record()["backend"] == BACKEND


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="this system's own keyring would be asked, too")
def test_another_machine_reads_it_with_a_copy_of_the_app_folder_and_the_package(logged_in, here, tmp_path):
    """The app folder has no secret, so it can be copied; where the package is missing, its name is told."""
    other = dataclasses.replace(here, home=tmp_path / "other", environ=here.environ | {"HOME": str(tmp_path / "other")})
    shutil.copytree(here.app, other.app)
    copied = "".join(path.read_text() for path in other.app.rglob("*") if path.is_file())
    assert not [each for each in (logged_in["api_secret"], logged_in["oauth_token_secret"]) if each in copied]
    assert account(other) == logged_in
    other.environ["PYTHONPATH"] = python_path()
    ran = other.run("show")
    check_failure(ran, "cannot be reached from here", f"install the package that has {BACKEND}")
    assert "desktop" not in ran.stderr
