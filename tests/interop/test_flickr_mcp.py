"""flickr-mcp's credentials.json: its own JSON, with whatever else a person keeps in it."""

import json
import sys

import pytest

from flickr_auth.interop.tool import Existing


@pytest.fixture
def mcp(tool):
    return tool("flickr-mcp")


@pytest.fixture
def path(home):
    return home / ".config" / "flickr-mcp" / "credentials.json"


def fields(account):
    names = ("api_key", "api_secret", "oauth_token", "oauth_token_secret", "user_nsid", "username")
    return {name: getattr(account, name) for name in names}


def test_a_new_file_is_what_its_own_setup_writes(mcp, path, jamal, mode):
    """Six fields in its order, two spaces deep, for its owner alone."""
    assert mcp.path == path and mcp.existing(jamal()) is Existing.NOTHING
    mcp.write(jamal())
    assert path.read_text() == json.dumps(fields(jamal()), indent=2) + "\n"
    assert mcp.printed(jamal()) == path.read_text()
    assert mcp.existing(jamal()) is Existing.SAME
    if sys.platform != "win32":
        assert (mode(path), mode(path.parent)) == (0o600, 0o700)


def test_other_fields_stay_as_they_are(mcp, path, jamal, other, put):
    """The fields of a later version of it, or of a person, are not lost, and the file is closed to others."""
    before = '{\n  "theme" :  "dark",\n' + json.dumps(fields(other), indent=2)[2:-2] + ',\n  "extra": [1,\n 2]\n}'
    put(path, before, mode=0o644)
    assert mcp.existing(jamal()) is Existing.ANOTHER
    mcp.write(jamal())
    expected = before
    for name, value in fields(jamal()).items():
        expected = expected.replace(json.dumps(getattr(other, name)), json.dumps(value)) if name in before else expected
    assert path.read_text() == expected
    assert json.loads(path.read_text()) == {"theme": "dark"} | fields(jamal()) | {"extra": [1, 2]}


def test_a_token_is_read_with_whose_it_is(mcp, path, jamal, put):
    """The import knows names and keys; names that are no text are unknown, and a file without a token has none."""
    put(path, json.dumps(fields(jamal())))
    [found] = mcp.read()
    assert (found[:4], found.user_nsid, found.username) == (jamal()[:4], "21207597@N07", "jamalfanaian")
    put(path, json.dumps(fields(jamal()) | {"user_nsid": 7, "username": ["x"]}))
    [found] = mcp.read()
    assert (found.token, found.user_nsid, found.username) == (jamal().token, None, None)
    put(path, '{"api_key": "k", "username": null}')
    assert mcp.read() == []


def test_a_name_that_changed_replaces_no_token(mcp, path, jamal):
    """The same token under a person's new name is brought up to date without a question."""
    mcp.write(jamal(username="former"))
    assert mcp.existing(jamal()) is Existing.NOTHING
    mcp.write(jamal())
    assert json.loads(path.read_text())["username"] == "jamalfanaian"
