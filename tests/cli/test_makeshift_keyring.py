"""Debian's keyrings.alt, which keeps passwords as readable text: used where a person names it, and never by itself."""

import pathlib

import pytest

import secret_service
from secret_service import BACKEND, Desktop, check_words

from programs import python_path

pytestmark = pytest.mark.process  # the keyring library loads its backends once for each process

FOUND = sorted(pathlib.Path("/usr/lib/python3/dist-packages").glob("keyrings*"))
secret_service.require(*([] if FOUND else ["python3-keyrings.alt"]))

NAMED = {"PYTHON_KEYRING_BACKEND": "keyrings.alt.file.PlaintextKeyring"}


@pytest.fixture
def desktop(machine, tmp_path):
    """A session whose Python has keyrings.alt installed; there is no keyring besides so far."""
    (tmp_path / "site").mkdir()
    for each in FOUND:
        (tmp_path / "site" / each.name).symlink_to(each)
    machine.environ["PYTHONPATH"] = python_path(tmp_path / "site")
    machine.environ["PYTHONWARNINGS"] = "ignore"  # its own
    with Desktop(machine.environ, tmp_path) as session:
        yield session


def test_a_keyring_that_keeps_readable_text_is_not_used_by_itself(desktop, here, tmp_path):
    """It is the only one, and the library would take it; the login says what it is, and how to insist."""
    for store in ("keyring", "auto"):
        ran = here.run("login", "--store", store)
        check_words(ran, 6)
        assert "keyrings.alt.file.PlaintextKeyring, which stores secrets unprotected" in ran.stderr
        assert "PYTHON_KEYRING_BACKEND" in ran.stderr and "--store file" in ran.stderr
    assert [path for path in (tmp_path / "data").rglob("*") if path.is_file()] == []


def test_a_person_who_names_it_gets_it(desktop, here, driven, tmp_path):
    """That is a yes: login, and then `show` and `logout` also where the variable is no longer set."""
    ran = driven(**NAMED)
    assert ran.returncode == 0, ran.stderr
    assert "Token saved in the keyring (keyrings.alt.file)." in ran.stderr
    (kept,) = (tmp_path / "data").rglob("*.cfg")
    assert here.record()["backend"] == NAMED["PYTHON_KEYRING_BACKEND"]
    assert here.run("show", "--field", "username").stdout == "sandbox-sam\n"
    before = kept.read_text()
    assert here.run("logout").returncode == 0
    assert len(kept.read_text()) < len(before)


def test_a_keyring_that_protects_goes_before_it_and_is_remembered(desktop, here, driven):
    """Both are there: the real one is used under its own name, and where its session has ended no makeshift is asked.

    `show` says where the token is, and `logout` keeps the account.
    """
    desktop.start_keyring()
    ran = driven()
    assert ran.returncode == 0, ran.stderr
    assert here.record()["backend"] == BACKEND
    assert desktop.items() == 1
    desktop.stop()
    for command in ("show", "logout"):
        ran = here.run(command)
        check_words(ran, 6)
        assert "(SecretService) cannot be reached from here" in ran.stderr
    assert here.record()["backend"] == BACKEND
