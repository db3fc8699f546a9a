"""What every store promises, asked of the file store and of a keyring alike, and what is the files' own."""

import json
import stat
import sys
from pathlib import Path

import pytest

from flickr_auth.errors import AccountError
from flickr_auth.storage.account_files import AccountFolder


@pytest.mark.parametrize("store", ["file", "keyring"])
class TestEveryStore:
    """The contract of a store: what was kept comes back, until it is replaced or forgotten."""

    def test_what_was_kept_comes_back(self, open_accounts, jamal, store):
        """A later command loads exactly the account that a login kept, and knows its ID and its store."""
        kept = open_accounts().keep(jamal(), store)
        assert kept == jamal()._replace(account="21207597@N07-653e7a6e", store=store)
        assert open_accounts().load(kept.account) == kept

    def test_a_person_without_an_nsid_is_kept(self, open_accounts, jamal, store):
        """A provider that names nobody still issued a token, and that token is kept."""
        kept = open_accounts().keep(jamal(user_nsid=None), store)
        assert open_accounts().choose() == kept

    def test_keeping_again_replaces(self, open_accounts, jamal, store):
        """A second login of the same person with the same key replaces the first: one account, the new token."""
        open_accounts().keep(jamal(), store)
        again = jamal(oauth_token="72157626737672178-022bbd2f4c2f3432", oauth_token_secret="fccb68c4e6103197")
        kept = open_accounts().keep(again, store)
        assert open_accounts().folder.ids() == [kept.account]
        assert open_accounts().load(kept.account).token == again.token

    def test_a_forgotten_account_is_gone(self, open_accounts, jamal, tmp_path, store):
        """After a logout there is no such account, and its secrets are nowhere on the disk or in the keyring."""
        kept = open_accounts().keep(jamal(), store)
        open_accounts().forget(kept.account)
        with pytest.raises(AccountError):
            open_accounts().load(kept.account)
        files = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
        assert [content for content in files if b"a202d1f853ec69de" in content] == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
@pytest.mark.parametrize("store", ["file", "keyring"])
def test_every_file_and_folder_of_ours_is_private(open_accounts, jamal, home, store):
    """Everything below the app folder is for its owner alone: folders 0700, files 0600."""
    open_accounts().keep(jamal(), store)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in [home, *home.rglob("*")]}
    expected = {
        "app": 0o700,
        "accounts": 0o700,
        "default": 0o600,
        "21207597@N07-653e7a6e.json": 0o600,
    }
    assert modes == expected


def test_a_field_of_a_later_version_does_no_harm(open_accounts, jamal):
    """An account file with a field that this version does not know is used for what it does know."""
    kept = open_accounts().keep(jamal(), "file")
    path = Path(open_accounts().folder.path(kept.account))
    path.write_text(json.dumps(json.loads(path.read_text()) | {"colour": "green"}))
    assert open_accounts().load(kept.account) == kept


def test_before_the_first_login_there_is_nothing(tmp_path):
    """Where nobody ever logged in there are no accounts and no default, and looking makes no folder."""
    folder = AccountFolder(tmp_path / "app", pytest.fail)
    assert (folder.ids(), folder.default(), folder.has("anybody")) == ([], None, False)
    assert list(tmp_path.iterdir()) == []


def test_strange_files_among_the_accounts_are_no_accounts(open_accounts, jamal):
    """What a backup, an editor or a broken write left in the accounts folder is no account."""
    kept = open_accounts().keep(jamal(), "file")
    for name in (f".{kept.account}.json.0123.tmp", f"{kept.account}.json~", "notes.txt", ".hidden.json"):
        Path(open_accounts().folder.folder, name).write_text("{}")
    Path(open_accounts().folder.path("empty")).touch()  # as a full disk leaves it
    folder = open_accounts().folder
    assert (folder.ids(), folder.has(kept.account), folder.has("empty")) == ([kept.account], True, False)


DAMAGED = {
    "torn": b'{"store": "file", "api_key": "653e',
    "another store": {"store": "cloud"},
    "another provider": {"provider": "http://example.com"},
    "a key in two words": {"api_key": "a b"},
    "a secret that is not to be seen": {"oauth_token_secret": "\u200b"},
    "nested": b"[" * 30_000,
}


@pytest.mark.parametrize("change", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_file_is_named_and_left_alone_but_for_force(open_accounts, jamal, change):
    """An account file that cannot be made sense of is an error that names it, quotes nothing, and changes nothing."""
    kept = open_accounts().keep(jamal(), "file")
    path = Path(open_accounts().folder.path(kept.account))
    damaged = change if isinstance(change, bytes) else json.dumps(json.loads(path.read_text()) | change).encode()
    path.write_bytes(damaged)
    with pytest.raises(AccountError, match="damaged") as caught:
        open_accounts().load(kept.account)
    assert str(path) in caught.value.message
    assert "653e7a6ecc" not in f"{caught.value!r} {caught.value.__cause__!r}"
    assert path.read_bytes() == damaged
    open_accounts().forget(kept.account, force=True)
    assert not path.exists()


def test_a_name_that_can_be_no_id_is_no_account(tmp_path):
    """A name that is empty, leads elsewhere or is far too long belongs to no account, and is no traceback."""
    (tmp_path / "accounts" / "a").mkdir(parents=True)
    for path in (tmp_path / "default.json", tmp_path / "accounts" / "a" / "b.json", tmp_path / "accounts" / ".json"):
        path.write_text("{}")
    for name in ("", "../default", "a/b", "a\0b", "x" * 300):
        assert AccountFolder(tmp_path, pytest.fail).has(name) is False


@pytest.mark.parametrize(
    "name", ["山田 太郎", 'a "quoted" \\ name\n', "x" * 65_536, "\ud83d" * 20_000], ids=lambda name: ascii(name[:9])
)
def test_whatever_a_server_sends_for_a_name_the_account_can_be_used(open_accounts, jamal, name):
    """A name in any script comes back, up to 300 characters of it, and its account can be renewed and forgotten."""
    kept = open_accounts().keep(jamal(user_nsid=name, username=name, fullname=name), "file")
    assert (kept.username, kept.user_nsid) == (name[:300], name[:300])
    assert open_accounts().load(kept.account) == kept
    open_accounts().update(kept._replace(username=name, perms="write"))
    assert open_accounts().load(kept.account) == kept._replace(perms="write")
    open_accounts().forget(kept.account)
    assert open_accounts().folder.ids() == []


def test_a_copy_that_a_sync_tool_made_is_no_account(open_accounts, jamal, warnings):
    """A copy of an account's file is passed over with a warning, and is not acted as where the original is gone."""
    kept = open_accounts().keep(jamal(provider="http://127.0.0.1:8765"), "keyring")
    path = Path(open_accounts().folder.path(kept.account))
    content = path.read_bytes()
    for name in ("{} (1)", "Copy of {}", "{}-DESKTOP"):
        copy = path.with_name(name.format(kept.account) + ".json")
        copy.write_bytes(content)
        copy.chmod(0o600)
        assert open_accounts().folder.ids() == [kept.account]
        assert open_accounts().choose("jamalfanaian") == open_accounts().choose() == kept
        assert any(str(copy) in each and "copy" in each for each in warnings)
        assert copy.read_bytes() == content
    path.unlink()
    with pytest.raises(AccountError, match="a copy of"):
        open_accounts().load(f"{kept.account}-DESKTOP")


@pytest.mark.parametrize(
    ("nsid", "provider"), [(None, "sandbox"), ("x" * 400, f"https://{'l' * 60}.{'l' * 60}.{'l' * 60}")]
)
def test_no_account_is_taken_for_a_copy(open_accounts, jamal, warnings, nsid, provider):
    """Every account that is stored is still one: whoever it is of, and also when their NSID is learned only later."""
    kept = open_accounts().keep(jamal(user_nsid=nsid, provider=provider), "file")
    other = open_accounts().keep(
        jamal(user_nsid=nsid, provider=provider, api_key="f" * 32, oauth_token="other"), "file"
    )
    learned = kept.user_nsid or "9@N09"
    open_accounts().update(kept._replace(user_nsid=learned))
    assert open_accounts().load(kept.account).user_nsid == learned
    assert [record.id for record in open_accounts().records()] == sorted([kept.account, other.account])
    assert warnings == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows lets not everybody make links")
def test_an_app_folder_that_a_link_promises_is_made(open_accounts, jamal, home):
    """A link to a folder that is not there yet, as tools for dotfiles make them, is where the first login stores."""
    home.symlink_to(home.with_name("elsewhere"))
    kept = open_accounts().keep(jamal(), "file")
    assert open_accounts().load(kept.account) == kept
    assert home.with_name("elsewhere").is_dir()
