"""gallery-dl's JSON: four values in it, and all else as its person wrote it."""

import contextlib
import json
import os
import pickle
import sqlite3
import sys

import pytest

from flickr_auth.errors import NotConfigured, StoreError
from flickr_auth.interop.formats import sqlite
from flickr_auth.interop.tool import Existing

from samples import API_KEY

posix = pytest.mark.skipif(sys.platform == "win32", reason="gallery-dl has other places there, and no modes")
CONFIG = """{
    "extractor": {
        "base-directory": "~/Bilder/Ströme \\"2026\\"/",
        "flickr"  : {
            "videos"    : true,
            "api-key"   : "653e7a6ecc1d528c516cc8f92cf98611",
            "size-max"  : 2048
        },
        "pixiv": { "refresh-token": "abc" }
    },

    "output": {"mode": "color"}
}
"""


@pytest.fixture
def gallery_dl(tool):
    return tool("gallery-dl")


@pytest.fixture
def config(home):
    if sys.platform == "win32":
        return home / "AppData" / "gallery-dl" / "config.json"
    return home / ".config" / "gallery-dl" / "config.json"


def four(account):
    return {
        "api-key": account.api_key,
        "api-secret": account.api_secret,
        "access-token": account.oauth_token,
        "access-token-secret": account.oauth_token_secret,
    }


def test_a_new_configuration_has_the_four_values_alone(gallery_dl, config, jamal, mode):
    """A person without a configuration gets one, private, in the first of gallery-dl's places."""
    assert gallery_dl.existing(jamal()) is Existing.NOTHING
    gallery_dl.write(jamal())
    assert json.loads(config.read_text()) == {"extractor": {"flickr": four(jamal())}}
    assert config.read_text() == gallery_dl.printed(jamal())
    if sys.platform != "win32":
        assert (mode(config), mode(config.parent)) == (0o600, 0o700)


@pytest.mark.parametrize(("mark", "newline", "indent"), [("", "\n", "    "), ("\ufeff", "\r\n", "\t")])
def test_all_else_stays_byte_for_byte(*, gallery_dl, config, jamal, put, warnings, mark, newline, indent):
    """Order, indentation, line ends, alignment and a byte-order mark are the person's own."""
    before = mark + CONFIG.replace("    ", indent).replace("\n", newline)
    put(config, before)
    gallery_dl.write(jamal())
    after = config.read_bytes().decode()
    added = [f'{indent * 3}"{name}": "{value}"' for name, value in list(four(jamal()).items())[1:]]
    last = '"size-max"  : 2048'.replace("    ", indent)
    assert after == before.replace(last, last + "".join("," + newline + line for line in added))
    assert len(warnings) == bool(mark)  # gallery-dl itself cannot read one


def test_what_is_there_is_compared(gallery_dl, config, jamal, other, put):
    """The same four values, another token or key, or less than all of them."""
    put(config, CONFIG)
    assert gallery_dl.existing(jamal()) is Existing.NOTHING  # the same key, and no token
    assert gallery_dl.existing(jamal(api_key="0" * 32)) is Existing.ANOTHER
    gallery_dl.write(jamal())
    assert gallery_dl.existing(jamal()) is Existing.SAME
    assert gallery_dl.existing(other) is Existing.ANOTHER
    put(config, '{"extractor": {"flickr": {"access-token": "cache"}}}')
    assert gallery_dl.existing(jamal()) is Existing.ANOTHER


def test_a_token_is_read(gallery_dl, config, jamal, put):
    """All four values, behind a byte-order mark, too, or the token with as much of its key as there is."""
    put(config, "\ufeff" + json.dumps({"extractor": {"flickr": four(jamal())}}))
    assert gallery_dl.read()[0][:4] == jamal()[:4]
    put(config, json.dumps({"extractor": {"flickr": four(jamal()) | {"api-secret": ""}}}))
    assert gallery_dl.read()[0][:4] == jamal(api_secret=None)[:4]


def make_view(path):
    """Make a database in which the tool's table is a view."""
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.execute("CREATE VIEW data AS SELECT 1 AS key, 2 AS value")


@pytest.fixture
def keep(put):
    """Put a value into a cache of gallery-dl's, under an API key."""

    def keep(path, value, key=API_KEY):
        put(path, path.read_bytes() if path.exists() else b"")
        with sqlite3.connect(path) as database:
            database.execute("CREATE TABLE IF NOT EXISTS data (key TEXT PRIMARY KEY, value TEXT, expires INTEGER)")
            name = f"gallery_dl.oauth._token_cache-('flickr', '{key}')"
            database.execute("INSERT OR REPLACE INTO data VALUES (?,?,?)", (name, value, 0))
        database.close()

    return keep


@posix
@pytest.mark.parametrize("setting", [{}, {"access-token": "cache"}])
def test_the_token_that_its_own_login_cached_is_found(*, gallery_dl, home, config, jamal, put, setting, keep):
    """`gallery-dl oauth:flickr` keeps the token in a cache; it is read from there without unpickling anything."""
    put(config, json.dumps({"extractor": {"flickr": {"api-key": jamal().api_key, "api-secret": "s"} | setting}}))
    assert gallery_dl.read() == []
    cache = home / ".cache" / "gallery-dl" / "cache.sqlite3"
    keep(cache, pickle.dumps(("the token", "of another key")), key="0" * 32)
    for value in (
        "no pickle, but a text",
        pickle.dumps((None, None)),
        b"cos\nsystem\n(S'touch pwned'\ntR.",  # runs a program when it is loaded
    ):
        keep(cache, value)
        assert gallery_dl.read() == [] and os.listdir() == []  # names
    keep(cache, pickle.dumps(tuple(jamal().token)))
    assert gallery_dl.read()[0].token == jamal().token
    keep(cache, b"\x80\x05not a pickle")
    with pytest.raises(NotConfigured, match="cache"):
        gallery_dl.read()
    for content, said in ((b"no database at all", "cache"), (b"", r"Cannot read .*cache\.sqlite3: SQLite error")):
        cache.write_bytes(content)
        with pytest.raises(NotConfigured, match=said):
            gallery_dl.read()


@posix
@pytest.mark.parametrize(
    ("system", "variables", "setting", "place"),
    [
        ("linux", {"XDG_CACHE_HOME": "~/elsewhere"}, None, "elsewhere/gallery-dl/cache.sqlite3"),
        ("linux", {}, "${HOME}/mine", "mine"),
        ("win32", {"APPDATA": "~/roaming"}, None, "roaming/gallery-dl/cache.sqlite3"),
    ],
)
def test_the_cache_is_where_gallery_dl_keeps_it(
    *, tool, home, jamal, monkeypatch, keep, system, variables, setting, place
):
    """It depends on the system, on variables and on its settings, where HOME and the tilde are the home folder."""
    monkeypatch.setattr(sys, "platform", system)
    for name in ("XDG_CACHE_HOME", "APPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    keep(home / place, pickle.dumps(tuple(jamal().token)))
    settings = {"cache": {"file": setting}, "extractor": {"flickr": {"api-key": API_KEY}}}
    [found] = tool("gallery-dl").which.parse(json.dumps(settings), "stdin", pytest.fail)
    assert found.token == jamal().token


@posix
def test_a_path_in_its_settings_is_followed_and_shown_as_it_is_written(
    *, gallery_dl, home, config, put, warnings, monkeypatch
):
    """A variable in the path of its cache may be any, and its value is in no error and no warning."""
    monkeypatch.setenv("SECRET", "hunter2")
    monkeypatch.setattr(sqlite, "LONGEST", 100_000)
    cache = home / "hunter2" / "cache.sqlite3"
    for setting in ("~/$SECRET/cache.sqlite3", "${HOME}/${SECRET}/cache.sqlite3"):
        put(config, json.dumps({"cache": {"file": setting}, "extractor": {"flickr": {"api-key": API_KEY}}}))
        for make in (
            lambda: put(cache, b"no database at all", mode=0o644),
            lambda: put(cache, b""),
            lambda: make_view(cache),
            lambda: os.truncate(cache, sqlite.LONGEST + 1),
            lambda: (cache.unlink(), cache.mkdir()),
            lambda: (cache.rmdir(), cache.symlink_to(cache)),
        ):
            make()
            with pytest.raises(NotConfigured) as caught:
                gallery_dl.read()
            assert setting in caught.value.message
            assert "hunter2" not in f"{caught.value!r} {caught.value.hint} {warnings}"
        cache.unlink()
        cache.parent.rmdir()
        put(home / "hunter2", "")  # a file where its folder was: there is no cache
        assert gallery_dl.read() == []
        (home / "hunter2").unlink()
        assert gallery_dl.read() == []
    assert [setting in each for each in warnings] == [False, True]  # each says it once


@posix
def test_of_several_configurations_the_one_that_counts_is_taken(*, gallery_dl, home, config, jamal, put, monkeypatch):
    """The later one wins at gallery-dl; a damaged one counts for nothing there."""
    assert gallery_dl.path == config
    later = put(home / ".gallery-dl.conf", "{}")
    assert gallery_dl.path == later
    put(config, CONFIG)
    assert gallery_dl.path == config
    put(later, json.dumps({"extractor": {"flickr": four(jamal())}}))
    assert gallery_dl.path == later
    put(later, "{")
    assert gallery_dl.path == config
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "xdg"))
    put(home / "xdg" / "gallery-dl" / "config.json", CONFIG)
    assert gallery_dl.path == home / "xdg" / "gallery-dl" / "config.json"


def test_an_empty_file_is_as_good_as_none_to_write_to(gallery_dl, config, jamal, put):
    """It has no token, and gets a configuration; one that is far too long is left alone."""
    put(config, " \n")
    assert gallery_dl.read(config) == []
    gallery_dl.write(jamal(), config)
    assert json.loads(config.read_text())["extractor"]["flickr"] == four(jamal())
    put(config, b'{"a": "' + b"a" * 5_000_000 + b'"}')
    with pytest.raises(NotConfigured, match="too long"):
        gallery_dl.write(jamal(), config)


def test_on_windows_the_last_of_three_configurations_counts(gallery_dl, home, jamal, put, monkeypatch):
    """Its user has three places for it."""
    monkeypatch.setattr(sys, "platform", "win32")
    for place in ("AppData/gallery-dl/config.json", "gallery-dl/config.json", "gallery-dl.conf"):
        put(home / place, json.dumps({"extractor": {"flickr": four(jamal())}}))
        assert gallery_dl.path == home / place


def test_another_format_is_not_guessed_at(gallery_dl, monkeypatch):
    """A person who told gallery-dl to read YAML is told that nothing is written there."""
    monkeypatch.setenv("GDL_CONFIG_TYPE", "yaml")
    with pytest.raises(NotConfigured, match="GDL_CONFIG_TYPE"):
        assert gallery_dl.path


def test_a_configuration_without_a_token_has_none(gallery_dl, config, put):
    """Other settings, values that are no texts, and the word that leads to an empty cache are no token."""
    empty = {"access-token": "cache", "access-token-secret": "x"}
    for flickr in ({"videos": True}, {"access-token": 7}, empty, {"api-key": API_KEY}):
        for file in (None, "", 7):
            put(config, json.dumps({"extractor": {"flickr": flickr}, "cache": {"file": file}}))
            assert gallery_dl.read() == []


@posix
def test_a_cache_path_that_is_none_is_a_sentence(gallery_dl, config, jamal, put):
    """A NUL, or a name that is far too long, in its settings is no traceback."""
    for name in ("a\0b", "x" * 300):
        put(config, json.dumps({"cache": {"file": name}, "extractor": {"flickr": {"api-key": jamal().api_key}}}))
        with pytest.raises((NotConfigured, StoreError)) as caught:
            gallery_dl.read()
        assert caught.value.message.isprintable()


def test_a_value_that_cannot_sign_is_named_and_not_quoted(gallery_dl, config, jamal, put):
    """What is wrong and where is said before anything is sent."""
    values = four(jamal()) | {"api-secret": f"'{jamal().api_secret}'"}
    put(config, json.dumps({"extractor": {"flickr": values}}))
    with pytest.raises(NotConfigured, match=r"config.json: api-secret ") as caught:
        gallery_dl.read()
    assert jamal().api_secret not in caught.value.message and jamal().oauth_token_secret not in str(caught.value)
