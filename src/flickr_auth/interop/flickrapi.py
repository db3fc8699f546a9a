"""flickrapi: a row for each API key and `username=` in ~/.flickr/oauth-tokens.sqlite.

A script that names no user looks under the empty name, so a token stands there and under its user's name. flickrapi
forgets a token whose stored permission is not what Flickr says, so that has to be known; the API secret is not kept.
Source: https://github.com/sybrenstuvel/flickrapi/blob/main/flickrapi/tokencache.py
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from .. import values
from ..account import Account, shortened
from ..errors import NotConfigured
from ..storage import files
from .formats import sqlite
from .tool import LEFT_ALONE, Existing, Tool, home_path

if TYPE_CHECKING:
    import sqlite3

_VERSION = 1
_MOST = 1000  # tokens
_COLUMNS = (
    "api_key",
    "lookup_key",
    "oauth_token",
    "oauth_token_secret",
    "access_level",
    "fullname",
    "username",
    "user_nsid",
)
_TABLES = (
    "CREATE TABLE IF NOT EXISTS oauth_cache_db_version (version int not null)",
    """CREATE TABLE IF NOT EXISTS oauth_tokens (
    api_key varchar(64) not null,
    lookup_key varchar(64) not null default '',
    oauth_token varchar(64) not null,
    oauth_token_secret varchar(64) not null,
    access_level varchar(6) not null,
    fullname varchar(255) not null,
    username varchar(255) not null,
    user_nsid varchar(64) not null,
    PRIMARY KEY(api_key, lookup_key))""",
)
_NO_VERSION = "INSERT INTO oauth_cache_db_version SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM oauth_cache_db_version)"
_SELECT = f"SELECT {', '.join(_COLUMNS)} FROM oauth_tokens"  # noqa: S608  # our own column names


class FlickrApi(Tool):
    """The Python library flickrapi."""

    name = "flickrapi"
    summary = "the Python library flickrapi"
    keeps_several = True
    needs_details = True
    longest = 0  # a database is no text

    def place(self) -> Path:
        """Find it in the home folder on every platform."""
        return home_path(".flickr", "oauth-tokens.sqlite")

    def existing(self, path: Path, account: Account, warn: files.Warn) -> Existing:
        """Compare the rows that would be replaced."""
        wanted = _rows(account)
        try:
            now = {row[:2]: row for each in wanted for row in _stored(path, warn, each[:2])}
        except files.Missing:
            return Existing.NOTHING
        concerned = [now[row[:2]] for row in wanted if row[:2] in now]
        if any(row[2:4] != wanted[0][2:4] for row in concerned):
            return Existing.ANOTHER
        return Existing.SAME if concerned == wanted else Existing.NOTHING

    def write(self, path: Path, account: Account, warn: files.Warn) -> None:  # noqa: ARG002  # nothing to warn of
        """Put in the rows, in one transaction; those of other users and keys stay."""
        rows = _rows(account)
        with sqlite.writable(path) as database:
            _check(database, path)
            sqlite.make_private(path)
            for statement in (*_TABLES, _NO_VERSION):
                database.execute(statement)
            database.execute(_KEEP, (account.api_key, account.username or ""))
            for row in rows:
                database.execute("DELETE FROM oauth_tokens WHERE api_key=? AND lookup_key=?", row[:2])
                database.execute(_INSERT, row)

    def next_step(self, account: Account) -> str:  # noqa: ARG002  # flickrapi finds the account by itself
        """Say that a script need not change."""
        return "in your script, flickrapi.FlickrAPI(api_key, api_secret) finds the token"

    def printed(self, account: Account) -> str:
        """Return a script for the program sqlite3 that does what `write` does."""
        rows = (", ".join(map(_quoted, row)) for row in _rows(account))
        columns = ", ".join(_COLUMNS)
        inserts = [f"INSERT OR REPLACE INTO oauth_tokens ({columns})\nVALUES ({row})" for row in rows]
        return "".join(f"{each};\n" for each in ("BEGIN IMMEDIATE", *_TABLES, _NO_VERSION, *inserts, "COMMIT"))

    def read(self, path: Path, warn: files.Warn, *, named: bool = False) -> list[Account]:  # noqa: ARG002  # no database is a pipe
        """Read each token once, however many names it goes by."""
        found: dict[tuple[str, str, str], Account] = {}
        for key, lookup_key, token, secret, _, fullname, username, nsid in _stored(path, warn):
            fault = next(filter(None, map(values.fault, filter(None, (key, token, secret)))), "")
            if fault:
                whose = shortened(username or lookup_key or nsid) or "an unnamed user"
                warn(f"{path}: the token of {whose} is left out, because a value {fault}.")
            elif key and token and secret:
                names = nsid or None, username or None, fullname or None
                found.setdefault((key, token, secret), Account(key, None, token, secret, *names, provider=""))
        return list(found.values())


_INSERT = f"INSERT INTO oauth_tokens ({', '.join(_COLUMNS)}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608  # likewise


# A token of somebody else that goes by no name is still theirs: it stays under their own.
_KEEP = f"""INSERT OR IGNORE INTO oauth_tokens ({", ".join(_COLUMNS)})
SELECT {", ".join(_COLUMNS).replace("lookup_key", "username")} FROM oauth_tokens
WHERE api_key=? AND lookup_key='' AND username NOT IN ('', ?)"""  # noqa: S608  # likewise


def _rows(account: Account) -> list[tuple[str, ...]]:
    """Return the rows by which flickrapi finds the account's token, without `username=` and with it."""
    if not account.api_key or not account.perms:
        raise NotConfigured("flickrapi needs the API key and the permission of a token beside it.")
    names = (account.fullname or "", account.username or "", account.user_nsid or "")
    rest = (account.oauth_token, account.oauth_token_secret, account.perms, *names)
    return [(account.api_key, key, *rest) for key in dict.fromkeys(("", account.username or ""))]


def _stored(path: Path, warn: files.Warn, keys: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Read all rows, or the one of these two keys, as text.

    Raises `Missing` if there is no file, `NotConfigured` if it is no such database, or has too many tokens.
    """
    which = "WHERE api_key=? AND lookup_key=?" if keys else "ORDER BY api_key, lookup_key"
    with sqlite.readable(path, warn) as database:
        if not _check(database, path):
            return []
        rows = database.execute(f"{_SELECT} {which} LIMIT {_MOST + 1}", keys).fetchall()
    if len(rows) > _MOST:
        raise NotConfigured(f"{path} has more than {_MOST:,} tokens.", LEFT_ALONE)
    return [tuple(str(value or "") for value in row) for row in rows]


def _check(database: sqlite3.Connection, path: Path) -> bool:
    """Tell whether there are tokens in it. Raises `NotConfigured` for tables that are not flickrapi's."""
    if sqlite.has_table(database, "oauth_cache_db_version", path):
        row = database.execute("SELECT * FROM oauth_cache_db_version").fetchone()
        if row is not None and str(row[0]) != str(_VERSION):
            raise NotConfigured(f"{path} is from a version of flickrapi that flickr-auth does not know.", LEFT_ALONE)
    if not sqlite.has_table(database, "oauth_tokens", path):
        return False
    columns = {row[1] for row in database.execute("PRAGMA table_info(oauth_tokens)")}
    if columns != set(_COLUMNS):
        raise NotConfigured(f"{path} has a table oauth_tokens that is not flickrapi's.", LEFT_ALONE)
    return True


def _quoted(text: str) -> str:
    """Write the text in SQL, so that it can be shown on a terminal."""
    if text.isprintable():
        return "'" + text.replace("'", "''") + "'"
    return f"CAST(X'{text.encode('utf-8', 'replace').hex()}' AS TEXT)"


TOOL = FlickrApi()
