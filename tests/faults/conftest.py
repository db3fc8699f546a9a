"""A person at a machine of their own, whose commands run in this process, or with faults in one of their own."""

import pytest

from faults.commands import Person
from flickr_auth.account import Account
from flickr_auth.storage.account_files import AccountFolder
from flickr_auth.storage.store import Store

from rude_server import ACCESS, KEYS


@pytest.fixture
def store_account(tmp_path):
    """Store the account of the rude server's person at a provider in a file below `app`, and make it the default."""

    def store(url):
        account = Account.of(
            KEYS, ACCESS, user_nsid="21207597@N07", username="jamalfanaian", perms="read", provider=url
        )
        folder = AccountFolder(tmp_path / "app", pytest.fail)
        kept = Store(folder, lambda: None).keep(account, "file")
        folder.set_default(kept.account)

    return store


@pytest.fixture
def person(here, sandbox, monkeypatch):
    """Somebody whose whole environment is the machine's, also for what a library reads of it."""
    for name in ("HOME", "NO_COLOR", "PYTHON_KEYRING_BACKEND", "FAKE_KEYRING", "FLICKR_AUTH_BASE_URL"):
        monkeypatch.setenv(name, here.environ[name])
    monkeypatch.chdir(here.folder)
    return Person(here, sandbox)
