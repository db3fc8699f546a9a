"""A person at a machine of their own, whose commands run in this process, or with faults in one of their own."""

import pytest

from faults.commands import Person


@pytest.fixture
def person(here, sandbox, monkeypatch):
    """Somebody whose whole environment is the machine's, also for what a library reads of it."""
    for name in ("HOME", "NO_COLOR", "PYTHON_KEYRING_BACKEND", "FAKE_KEYRING", "FLICKR_AUTH_BASE_URL"):
        monkeypatch.setenv(name, here.environ[name])
    monkeypatch.chdir(here.folder)
    return Person(here, sandbox)
