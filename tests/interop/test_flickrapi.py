"""flickrapi's SQLite: the rows of one account, and those of all others as they were."""

import os
import pathlib
import signal
import sqlite3
import sys
import threading

import pytest

from flickr_auth.errors import NotConfigured, StoreError
from flickr_auth.interop.formats import sqlite
from flickr_auth.interop.tool import Existing

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes, and symlinks for few")


@pytest.fixture
def api(tool):
    return tool("flickrapi")


@pytest.fixture
def path(home):
    return home / ".flickr" / "oauth-tokens.sqlite"


def rows(path):
    database = sqlite3.connect(path)
    found = database.execute("SELECT * FROM oauth_tokens ORDER BY api_key, lookup_key").fetchall()
    database.close()
    return found


def sql(path, *statements):
    database = sqlite3.connect(path)
    for each in statements:
        database.execute(*each) if isinstance(each, tuple) else database.execute(each)
    database.commit()
    database.close()


def row(account, lookup_key):
    return (
        account.api_key,
        lookup_key,
        account.oauth_token,
        account.oauth_token_secret,
        account.perms,
        account.fullname,
        account.username,
        account.user_nsid,
    )


def test_a_token_is_found_with_and_without_its_user(api, path, jamal, mode):
    """A row without a name, and one under the username; the file is private from its first moment."""
    assert api.path == path
    assert api.existing(jamal()) is Existing.NOTHING
    api.write(jamal())
    assert rows(path) == [row(jamal(), ""), row(jamal(), "jamalfanaian")]
    assert api.existing(jamal()) is Existing.SAME
    if sys.platform != "win32":
        assert (mode(path), mode(path.parent)) == (0o600, 0o700)
    assert os.listdir(path.parent) == [path.name]  # names


@pytest.mark.parametrize("name", ["砂場 さくら 📷", "'; DROP TABLE oauth_tokens; --\n\x1b[2J"])
def test_any_name_is_a_name(api, path, jamal, name):
    """Letters of all scripts, quotes and control characters go in and out as they are."""
    account = jamal(username=name, fullname=name)
    api.write(account)
    assert rows(path) == [row(account, ""), row(account, name)]
    [found] = api.read()
    assert (found.username, found.fullname, found.token) == (name, name, account.token)


def test_an_account_without_names_has_one_row(api, path, jamal):
    """flickrapi's columns take no null; it throws a token away whose permission is not as stored."""
    account = jamal(username=None, fullname=None, user_nsid=None)
    with pytest.raises(NotConfigured, match="permission"):
        api.write(account._replace(perms=None))
    assert not path.exists()
    api.write(account)
    assert rows(path) == [(account.api_key, "", account.oauth_token, account.oauth_token_secret, "read", "", "", "")]
    [found] = api.read()
    assert (found.username, found.fullname, found.user_nsid) == (None, None, None)


@posix
def test_a_new_file_is_private_before_sqlite_opens_it(api, path, jamal, mode, monkeypatch):
    """SQLite would make it for all to read, if only for a moment."""
    seen = []
    connect = sqlite3.connect

    def watched(*arguments, **more):
        seen.append(mode(path))
        return connect(*arguments, **more)

    monkeypatch.setattr(sqlite3, "connect", watched)
    api.write(jamal())
    assert seen == [0o600]


def test_rows_of_others_and_other_tables_stay(api, path, jamal, other):
    """Other keys, other users and what else a person keeps in that file are not touched."""
    api.write(jamal(api_key="0" * 32))
    sql(
        path,
        "CREATE TABLE mine (x)",
        "INSERT INTO mine VALUES (7)",
        ("INSERT INTO oauth_tokens VALUES (?,?,?,?,?,?,?,?)", row(other, "me")),
    )
    before = rows(path)
    api.write(jamal())
    assert [each for each in rows(path) if each[2] != jamal().oauth_token or each[0] == "0" * 32] == before
    database = sqlite3.connect(path)
    assert database.execute("SELECT x FROM mine").fetchall() == [(7,)]
    database.close()


def test_who_had_the_empty_name_keeps_the_token_under_their_own(api, path, jamal, other):
    """A replaced token of somebody else is not lost: `username=` still finds it."""
    api.write(other)
    sql(path, "DELETE FROM oauth_tokens WHERE lookup_key<>''")
    assert api.existing(jamal()) is Existing.ANOTHER
    api.write(jamal())
    assert rows(path) == [row(jamal(), ""), row(jamal(), "jamalfanaian"), row(other, "wezm")]


def test_what_is_there_is_compared(api, path, jamal, other):
    """Only the rows that would be replaced count."""
    api.write(other)
    assert api.existing(jamal()) is Existing.ANOTHER  # without a name
    sql(path, "DELETE FROM oauth_tokens WHERE lookup_key=''")
    assert api.existing(jamal()) is Existing.NOTHING
    api.write(jamal())
    assert api.existing(jamal()) is Existing.SAME
    assert api.existing(jamal(perms="write")) is Existing.NOTHING  # the same token, of which more is known now
    assert api.existing(jamal(oauth_token_secret="0" * 16)) is Existing.ANOTHER


@pytest.mark.parametrize(
    "statements",
    [
        ["CREATE TABLE oauth_cache_db_version (version int not null)", "INSERT INTO oauth_cache_db_version VALUES (2)"],
        ["CREATE TABLE oauth_tokens (api_key, token)"],
    ],
)
def test_another_version_or_schema_is_left_alone(api, path, jamal, put, statements):
    """What a later flickrapi, or somebody else, made is not guessed at."""
    put(path, "", mode=0o644)
    sql(path, *statements)
    before = path.read_bytes()
    for act in (api.read, lambda: api.existing(jamal()), lambda: api.write(jamal())):
        with pytest.raises(NotConfigured) as caught:
            act()
        assert "was not changed" in caught.value.hint
    assert path.read_bytes() == before
    if sys.platform != "win32":
        assert path.stat().st_mode & 0o777 == 0o644


def test_a_damaged_database_is_left_alone(api, path, jamal, put):
    """A database that SQLite cannot read is named, and is as it was."""
    content = b"SQLite format 3\0" + b"\xff" * 4096
    put(path, content)
    for act in (api.read, lambda: api.existing(jamal()), lambda: api.write(jamal())):
        with pytest.raises((NotConfigured, StoreError)):
            act()
    assert path.read_bytes() == content


def test_a_path_with_hostile_letters_is_a_path(api, jamal, tmp_path):
    """SQLite takes addresses, in which some letters mean something; it opens none with a server's name (Windows)."""
    path = tmp_path / "a?mode=memory&b%20#ü" / "t.sqlite"
    api.write(jamal(), path)
    assert len(rows(path)) == 2
    assert api.existing(jamal(), path) is Existing.SAME
    share = pathlib.PureWindowsPath("//server/share/t.sqlite")
    assert sqlite.uri(share) == "file:////server/share/t.sqlite"


@posix
def test_a_symlink_stays_and_its_target_is_written(*, api, path, home, jamal, other, put, mode):
    """A database that lives in a dotfiles folder goes on living there; a dangling link gets its target."""
    target = home / "dotfiles" / "tokens"
    api.write(other, target)
    target.chmod(0o644)
    path.parent.mkdir()
    path.symlink_to(target)
    api.write(jamal())
    assert path.is_symlink() and len(rows(target)) == 3 and mode(target) == 0o600
    target.unlink()
    assert api.existing(jamal()) is Existing.NOTHING
    api.write(jamal())
    assert path.is_symlink() and len(rows(target)) == 2 and mode(target) == 0o600


def test_another_program_that_is_writing_is_waited_for_and_then_named(api, path, jamal, other, monkeypatch):
    """A database that stays locked is exit 6, with nothing changed; one that is merely open is no obstacle."""
    monkeypatch.setattr(sqlite, "PATIENCE", 0.2)
    api.write(other)
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("SELECT * FROM oauth_tokens").fetchone()
    database.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StoreError, match="locked"):
        api.write(jamal())
    database.execute("ROLLBACK")
    api.write(jamal())
    assert len(database.execute("SELECT * FROM oauth_tokens").fetchall()) == 3
    database.close()


def test_the_script_for_sqlite_does_the_same(api, path, jamal, other, tmp_path):
    """What --stdout prints makes the same rows; a name with control characters cannot command the terminal."""
    account = jamal(fullname="It's\x1b[2J 桜")
    script = api.printed(account)
    assert "\x1b" not in script
    api.write(other, tmp_path / "by-script")
    database = sqlite3.connect(tmp_path / "by-script")
    database.executescript(script)
    database.close()
    assert [each for each in rows(tmp_path / "by-script") if each[1] != "wezm"] == [
        row(account, ""),
        row(account, "jamalfanaian"),
    ]


@posix
@pytest.mark.parametrize(("journal", "count"), [("WAL", 3), ("DELETE", 1)])
def test_what_sqlite_keeps_beside_the_database_is_private_too(
    *, api, path, jamal, other, mode, journal, count, no_umask
):
    """A database that was open to others is closed to them, with its journals, before the secret is in any of them."""
    api.write(other)
    holder = sqlite3.connect(path)
    holder.execute(f"PRAGMA journal_mode={journal}")
    holder.execute("CREATE TABLE IF NOT EXISTS mine (x)")
    for each in path.parent.iterdir():
        each.chmod(0o666)
    api.write(jamal())
    modes = {each.name: oct(mode(each)) for each in path.parent.iterdir()}
    holder.close()
    assert set(modes.values()) == {"0o600"} and len(modes) == count
    assert jamal().oauth_token in {each[2] for each in rows(path)}


@posix
def test_files_of_the_database_that_others_can_change_are_warned_of(api, path, jamal, warnings):
    """Reading takes a token out of what SQLite keeps beside the database, too."""
    api.write(jamal())
    holder = sqlite3.connect(path)
    holder.execute("PRAGMA journal_mode=WAL")
    holder.execute("CREATE TABLE mine (x)")
    path.with_name(f"{path.name}-wal").chmod(0o666)
    assert len(api.read()) == 1
    holder.close()
    assert len(warnings) == 1 and "oauth-tokens.sqlite-wal can be changed by other users" in warnings[0]


def test_a_row_that_cannot_sign_is_left_out_and_said(api, path, jamal, other, warnings):
    """A value with a line end or a quote in it is not sent anywhere; the other tokens are read."""
    api.write(jamal())
    sql(path, ("INSERT INTO oauth_tokens VALUES (?,?,?,?,?,?,?,?)", row(other._replace(oauth_token_secret="'x'"), "b")))
    [found] = api.read()
    assert found.token == jamal().token
    assert len(warnings) == 1 and "wezm is left out" in warnings[0] and "'x'" not in warnings[0]


@posix
def test_something_else_beside_the_database_is_not_written(api, path, jamal, other, tmp_path):
    """A link that leads the journal elsewhere is no journal."""
    api.write(other)
    path.with_name(f"{path.name}-journal").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StoreError, match="not a regular file"):
        api.write(jamal())
    assert not (tmp_path / "elsewhere").exists()


def test_a_python_without_sqlite_says_so(api, path, jamal, put, monkeypatch):
    """Some are built so: that is exit 3, and the file that is there stays."""
    put(path, "")
    monkeypatch.setitem(sys.modules, "sqlite3", None)
    for act in (api.read, lambda: api.existing(jamal()), lambda: api.write(jamal())):
        with pytest.raises(NotConfigured, match="without SQLite"):
            act()
    assert path.read_bytes() == b""


def test_a_write_that_sqlite_refuses_changes_nothing(api, path, jamal, other):
    """Of the rows that belong together all are written or none, and the file is named with what SQLite says."""
    api.write(other)
    sql(
        path,
        "CREATE TRIGGER mine BEFORE INSERT ON oauth_tokens WHEN new.lookup_key<>'' BEGIN SELECT RAISE(FAIL, 'no'); END",
    )
    before = rows(path)
    with pytest.raises(StoreError, match=r"Cannot write .*oauth-tokens\.sqlite: SQLite error SQLITE_CONSTRAINT"):
        api.write(jamal())
    assert rows(path) == before


ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
NAMES = (
    "api_key",
    "lookup_key",
    "oauth_token",
    "oauth_token_secret",
    "access_level",
    "fullname",
    "username",
    "user_nsid",
)
VIEW = f"CREATE VIEW oauth_tokens AS {ENDLESS} SELECT {', '.join(f'i AS {name}' for name in NAMES)} FROM n"  # noqa: S608
TRIGGER = (
    f"CREATE TRIGGER mine AFTER INSERT ON oauth_tokens BEGIN SELECT count(*) FROM ({ENDLESS} SELECT i FROM n); END"  # noqa: S608
)


@pytest.mark.parametrize(
    "made",
    [
        VIEW,
        f"CREATE VIEW oauth_cache_db_version AS {ENDLESS} SELECT i FROM n WHERE i < 0",  # noqa: S608
        f"CREATE VIRTUAL TABLE oauth_tokens USING fts5({', '.join(NAMES)})",
    ],
)
def test_what_is_no_table_is_neither_read_nor_written(api, path, jamal, made):
    """A view can run without end, and a virtual table runs what it likes: only what is stored is used."""
    path.parent.mkdir()
    sql(path, made)
    for act in (api.read, lambda: api.existing(jamal()), lambda: api.write(jamal())):
        with pytest.raises(NotConfigured, match="no ordinary table oauth_"):
            act()


def test_a_database_may_hold_anything_and_what_is_read_of_it_is_bounded(api, path, jamal):
    """A value of 20 MB, or tokens without number, are one short sentence; a token is written beside however many."""
    api.write(jamal())
    sql(
        path,
        (f"INSERT INTO oauth_tokens {ENDLESS} SELECT 'k', i, 't' || i, 's', 'read', '', '', '' FROM n LIMIT 1000",),  # noqa: S608
    )
    with pytest.raises(NotConfigured, match="has more than 1,000 tokens"):
        api.read()
    assert api.existing(jamal()) is Existing.SAME
    api.write(jamal(oauth_token="1-0"))
    assert api.existing(jamal()) is Existing.ANOTHER
    sql(
        path,
        ("DELETE FROM oauth_tokens",),
        ("INSERT INTO oauth_tokens VALUES (?,?,?,?,?,?,?,?)", row(jamal(), "x" * 20_000_000)),
    )
    with pytest.raises(NotConfigured, match="has a value of more than 65,536 bytes"):
        api.read()


def test_a_trigger_without_end_ends_in_time_and_nothing_is_written(api, path, jamal, other, monkeypatch):
    """Whatever SQL is in the database, SQLite is stopped after some seconds."""
    api.write(other)
    before = rows(path)
    sql(path, TRIGGER)
    monkeypatch.setattr(sqlite, "LONGEST_USE", 0.1)
    with pytest.raises(StoreError, match="keeps SQLite busy"):
        api.write(jamal())
    assert rows(path) == before


@posix
@pytest.mark.parametrize("waits_for", ["work", "lock"])
def test_ctrl_c_ends_what_sqlite_does_at_once(*, api, path, jamal, other, waits_for, monkeypatch):
    """While SQLite works, or waits for another program, a signal is heard, and nothing has been written."""
    api.write(other)
    before = rows(path)
    holder = sqlite3.connect(path, isolation_level=None)
    if waits_for == "work":
        holder.execute(TRIGGER)
    else:
        holder.execute("BEGIN EXCLUSIVE")
        monkeypatch.setattr(sqlite, "PATIENCE", 60)
    monkeypatch.setattr(sqlite, "LONGEST_USE", 60)
    former = signal.signal(signal.SIGINT, signal.default_int_handler)
    timer = threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT))
    try:
        timer.start()
        with pytest.raises(KeyboardInterrupt):
            api.write(jamal())
    finally:
        timer.join()
        signal.signal(signal.SIGINT, former)
        holder.close()
    assert rows(path) == before
