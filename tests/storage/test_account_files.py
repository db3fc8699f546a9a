"""What every store promises, asked of the file store and of a keyring alike, and what is the files' own."""

import json
import stat
import sys
from pathlib import Path

import pytest

from flickr_auth.errors import AccountError
from flickr_auth.storage.account_files import AccountFolder

DAMAGED = [
    pytest.param(b"", id="empty"),
    pytest.param(b'{"store": "file", "api_key": "653e', id="torn"),
    pytest.param(b'{"store": "file", "api_key": "653e"}', id="no-secrets"),
    pytest.param(b'{"store": "cloud", "api_key": "653e"}', id="unknown-store"),
    pytest.param(b'{"store": "keyring", "api_key": "653e", "backend": "b.K", "provider": "ftp://x"}', id="no-provider"),
    pytest.param(b"[" * 30_000, id="nested"),
]


@pytest.mark.parametrize("store", ["file", "keyring"])
class TestEveryStore:
    """The contract of a store: what was kept comes back, until it is replaced or forgotten."""

    def test_what_was_kept_comes_back(self, open_accounts, jamal, store):
        """A later command loads exactly the account that a login kept, and knows its ID and its store."""
        kept = open_accounts().keep(jamal(), store)
        assert kept == jamal()._replace(account="21207597@N07-653e7a6e", store=store)
        assert open_accounts().load(kept.account) == kept

    def test_unknown_fields_come_back_unknown(self, open_accounts, jamal, store):
        """What a login did not learn stays unknown, and does not turn into text."""
        kept = open_accounts().keep(jamal(username=None, fullname=None, perms=None, logged_in_at=None), store)
        assert open_accounts().load(kept.account) == kept
        assert (kept.username, kept.perms) == (None, None)

    @pytest.mark.parametrize(
        "name",
        ["山田 太郎", 'a "quoted" \\ name', "two\nlines", "", "\ud83d"],
        ids=ascii,
    )
    def test_any_name_comes_back(self, open_accounts, jamal, store, name):
        """A person's names come back as Flickr sent them, whatever script they are in."""
        kept = open_accounts().keep(jamal(username=name, fullname=name), store)
        loaded = open_accounts().load(kept.account)
        assert (loaded.username, loaded.fullname) == (name, name)

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

    def test_another_account_is_not_disturbed(self, open_accounts, jamal, store):
        """A login of one person changes nothing of what is stored for another."""
        first = open_accounts().keep(jamal(), store)
        before = Path(open_accounts().folder.path(first.account)).read_bytes()
        open_accounts().keep(jamal(user_nsid="40215689@N00", oauth_token="other"), store)
        assert Path(open_accounts().folder.path(first.account)).read_bytes() == before
        assert open_accounts().load(first.account) == first

    def test_what_is_learned_later_is_added(self, open_accounts, jamal, store):
        """The permission that Flickr tells after the login is added to the account, and its token stays."""
        kept = open_accounts().keep(jamal(perms=None), store)
        open_accounts().update(kept._replace(perms="write"))
        assert open_accounts().load(kept.account) == kept._replace(perms="write")

    def test_a_forgotten_account_is_gone(self, open_accounts, jamal, tmp_path, store):
        """After a logout there is no such account, and its secrets are nowhere on the disk or in the keyring."""
        kept = open_accounts().keep(jamal(), store)
        open_accounts().forget(kept.account)
        with pytest.raises(AccountError):
            open_accounts().load(kept.account)
        files = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
        assert [content for content in files if b"a202d1f853ec69de" in content] == []

    def test_forgetting_what_is_not_there_is_an_error(self, open_accounts, jamal, store):
        """A logout of an account that is not there says so, and touches no other."""
        kept = open_accounts().keep(jamal(), store)
        with pytest.raises(AccountError, match="40215689@N00"):
            open_accounts().forget("40215689@N00")
        assert open_accounts().load(kept.account) == kept


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


def test_a_read_from_a_file_loads_no_keyring(open_accounts, jamal, run_python):
    """Who keeps accounts in files never waits for a keyring: reading one does not even import it."""
    open_accounts().keep(jamal(), "file")
    told = run_python("""
import os, sys
from flickr_auth.storage.choose import Accounts
from flickr_auth.storage.keyring import KeyringStore
account = Accounts(os.environ, lambda: KeyringStore(1, print), print).choose()
print(account.username, [name for name in sys.modules if name.partition(".")[0] == "keyring"])
""")
    assert told == "jamalfanaian []\n"


def test_a_token_file_of_the_sandbox_has_the_sandboxs_key_and_starts_nothing(jamal, run_python, home):
    """Reading a token file with the sandbox as the provider needs no `apikeys`, and loads no part of the sandbox."""
    home.mkdir(mode=0o700)
    (home / "token").touch(mode=0o600)
    (home / "token").write_text("\n".join(jamal().token))
    code = """
import os, sys
from flickr_auth.storage.choose import Accounts
account = Accounts(os.environ, None, print).choose()
print(account.provider, account.api_key, [name for name in sys.modules if "sandbox" in name])
"""
    told = run_python(code, FLICKR_TOKEN_FILE=str(home / "token"), FLICKR_AUTH_BASE_URL="sandbox")
    assert told == "sandbox 5a0db0c5a0db0c5a0db0c5a0db0c5a0d []\n"


@pytest.mark.parametrize("content", DAMAGED)
def test_a_damaged_file_is_named_and_left_alone(open_accounts, jamal, content):
    """An account file that cannot be made sense of is an error that names it, quotes nothing, and changes nothing."""
    kept = open_accounts().keep(jamal(), "file")
    path = Path(open_accounts().folder.path(kept.account))
    path.write_bytes(content)
    with pytest.raises(AccountError) as caught:
        open_accounts().load(kept.account)
    assert str(path) in caught.value.message
    assert "653e7a6ecc" not in f"{caught.value!r} {caught.value.__cause__!r}"
    assert path.read_bytes() == content


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


def test_an_accounts_folder_that_is_none_is_an_error(tmp_path):
    """A file that has the name of the accounts folder is an error that names it, and no traceback."""
    (tmp_path / "accounts").write_text("no folder")
    with pytest.raises(AccountError, match="accounts"):
        AccountFolder(tmp_path, pytest.fail).ids()


@pytest.mark.parametrize(
    "name", ["", "../default", "a/b", "a\\b", "D:x", "a\0b", "x" * 300], ids=lambda name: ascii(name[:12])
)
def test_a_name_that_can_be_no_id_is_no_account(tmp_path, name):
    """A name that is empty, leads elsewhere or is far too long belongs to no account, and is no traceback."""
    (tmp_path / "accounts" / "a").mkdir(parents=True)
    for path in (tmp_path / "default.json", tmp_path / "accounts" / "a" / "b.json", tmp_path / "accounts" / ".json"):
        path.write_text("{}")
    if sys.platform != "win32":  # there it is the file x on the disk D
        (tmp_path / "accounts" / "D:x.json").write_text("{}")
    assert AccountFolder(tmp_path, pytest.fail).has(name) is False


def test_strange_files_among_the_accounts_are_no_accounts(open_accounts, jamal):
    """What a backup, an editor or a broken write left in the accounts folder is no account."""
    kept = open_accounts().keep(jamal(), "file")
    for name in (f".{kept.account}.json.0123.tmp", f"{kept.account}.json~", "notes.txt", ".hidden.json"):
        Path(open_accounts().folder.folder, name).write_text("{}")
    assert open_accounts().folder.ids() == [kept.account]


@pytest.mark.parametrize("store", ["file", "keyring"])
@pytest.mark.parametrize("name", ["x" * 65_536, "\ud83d" * 20_000], ids=["ascii", "half"])
def test_a_name_of_any_length_leaves_an_account_that_can_be_read(open_accounts, jamal, store, name):
    """Whatever a server sends for a name, the account that it makes can be read, renewed and forgotten."""
    kept = open_accounts().keep(jamal(user_nsid=name, username=name, fullname=name), store)
    assert (kept.username, len(kept.user_nsid)) == (name[:300], 300)
    assert open_accounts().load(kept.account) == kept
    open_accounts().update(kept._replace(username=name, perms="write"))
    assert open_accounts().load(kept.account) == kept._replace(perms="write")
    open_accounts().forget(kept.account)
    assert open_accounts().folder.ids() == []


COPIES = ["{} (1)", "Copy of {}", "{}.sync-conflict-20240101-120000-ABCDEFG", "{}-DESKTOP"]


@pytest.mark.parametrize("copy", COPIES)
@pytest.mark.parametrize("case", [("file", "flickr"), ("keyring", "http://127.0.0.1:8765")], ids=str)
def test_a_copy_that_a_sync_tool_made_is_no_account(open_accounts, jamal, warnings, case, copy):
    """A copy of an account's file beside it is passed over with a warning: there is still one account of that name."""
    store, provider = case
    kept = open_accounts().keep(jamal(provider=provider), store)
    path = Path(open_accounts().folder.path(kept.account))
    other = path.with_name(copy.format(kept.account) + ".json")
    other.write_bytes(path.read_bytes())
    other.chmod(0o600)
    assert open_accounts().folder.ids() == [kept.account]
    assert [record.id for record in open_accounts().records()] == [kept.account]
    assert open_accounts().choose("jamalfanaian") == open_accounts().choose() == kept
    assert any(str(other) in each and "copy" in each for each in warnings)
    assert other.read_bytes() == path.read_bytes()


def test_a_copy_alone_is_named_and_is_no_account(open_accounts, jamal, warnings):
    """A copy whose original is gone is named, with what it is, and is not acted as."""
    kept = open_accounts().keep(jamal(), "file")
    path = Path(open_accounts().folder.path(kept.account))
    path.rename(path.with_name(f"{kept.account}-DESKTOP.json"))
    with pytest.raises(AccountError, match="a copy of"):
        open_accounts().load(f"{kept.account}-DESKTOP")


@pytest.mark.parametrize("case", [("file", "sandbox"), ("keyring", "https://" + "l" * 160)], ids=str)
@pytest.mark.parametrize("nsid", [None, "21207597@N07", "x" * 400], ids=["unknown", "nsid", "long"])
def test_no_account_is_taken_for_a_copy(open_accounts, jamal, warnings, case, nsid):
    """Every account that is stored is still one: whoever it is of, and also when their NSID is learned only later."""
    store, provider = case
    kept = open_accounts().keep(jamal(user_nsid=nsid, provider=provider), store)
    other = open_accounts().keep(jamal(user_nsid=nsid, provider=provider, api_key="f" * 32, oauth_token="other"), store)
    learned = kept.user_nsid or "9@N09"
    open_accounts().update(kept._replace(user_nsid=learned))
    assert open_accounts().load(kept.account).user_nsid == learned
    assert open_accounts().folder.ids() == sorted([kept.account, other.account])
    assert [record.id for record in open_accounts().records()] == sorted([kept.account, other.account])
    assert warnings == []


@pytest.mark.parametrize("value", ["a b", "\u200b", "a\r"], ids=ascii)
@pytest.mark.parametrize("name", ["api_key", "oauth_token_secret"])
def test_a_value_that_cannot_sign_makes_a_damaged_account(open_accounts, jamal, name, value):
    """A stored value that somebody has spoilt is called damage, and is not sent to Flickr."""
    kept = open_accounts().keep(jamal(), "file")
    path = Path(open_accounts().folder.path(kept.account))
    path.write_text(json.dumps(json.loads(path.read_text()) | {name: value}))
    with pytest.raises(AccountError, match="damaged"):
        open_accounts().load(kept.account)


@pytest.mark.parametrize("provider", ["flickrX", "http://example.com", ""])
def test_an_account_of_a_provider_that_cannot_be_is_damaged(open_accounts, jamal, provider):
    """An account whose provider is none is damaged, and is deleted by force."""
    kept = open_accounts().keep(jamal(), "file")
    path = Path(open_accounts().folder.path(kept.account))
    path.write_text(json.dumps(json.loads(path.read_text()) | {"provider": provider}))
    with pytest.raises(AccountError, match="damaged"):
        open_accounts().load(kept.account)
    open_accounts().forget(kept.account, force=True)
    assert not path.exists()


def test_what_a_file_says_of_a_name_is_bounded(open_accounts, jamal):
    """A name and a permission of any length in an account's file are read as 300 characters of them."""
    kept = open_accounts().keep(jamal(), "file")
    path = Path(open_accounts().folder.path(kept.account))
    long = {"username": "ü" * 100_000, "perms": "x" * 100_000}
    path.write_text(json.dumps(json.loads(path.read_text()) | long))
    read = open_accounts().load(kept.account)
    assert (len(read.username), len(read.perms)) == (300, 300)
