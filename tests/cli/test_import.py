"""`flickr-auth import`: a token that another tool has becomes an account, if Flickr knows it."""

import json
import sqlite3
import sys

import pytest

from flickr_auth.interop import registry
from flickr_auth.sandbox.server import KEYS

TOOLS = ("flickrapi", "gallery-dl", "flickr-download", "python-flickr-api", "token")


@pytest.fixture
def elsewhere(driven, here):
    """A machine where another tool has a token of the sandbox's, and flickr-auth has no account.

    Gives the four values and the option that names the file where it has no usual place.
    """

    def put(name, *arguments, user=0):
        driven("--store", "file", *arguments, user=user)
        where = ("--path", here.folder / "auth") if name == "python-flickr-api" else ()
        account = json.loads(here.run("show", "--format", "json").stdout)
        if name == "flickcurl":
            (here.home / ".flickcurl.conf").touch(mode=0o600)
            (here.home / ".flickcurl.conf").write_text(here.run("export", name, "--not-flickr").stdout)
        else:
            assert here.run("export", name, "--not-flickr", *where).returncode == 0
        assert here.run("logout", "--all").returncode == 0
        return account, where

    return put


def accounts(machine):
    folder = machine.app / "accounts"
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def files(machine):
    """All files outside the app folder, with their content."""
    found = {
        path: path.read_bytes() for top in (machine.home, machine.folder) for path in top.rglob("*") if path.is_file()
    }
    return {path: content for path, content in found.items() if machine.app not in path.parents}


@pytest.mark.parametrize("name", [*TOOLS, "flickcurl"])
def test_a_token_becomes_an_account(elsewhere, here, name):
    """It is stored with what Flickr says of it, works, and the tool's own file is not touched."""
    account, where = elsewhere(name, "--perms", "write", user=1)
    before = files(here)
    ran = here.run("import", name, *where)
    assert (ran.returncode, ran.stdout) == (0, "")
    assert f"OK Imported sandbox-zoë's token from {name} (write permission)." in ran.stderr
    assert "Token saved in the keyring (fake_keyrings)." in ran.stderr
    assert account["oauth_token_secret"] not in ran.stderr and account["api_secret"] not in ran.stderr
    stored = json.loads(here.run("show", "--format", "json").stdout)
    same = ("api_key", "api_secret", "oauth_token", "oauth_token_secret", "user_nsid", "username", "perms", "provider")
    assert [stored[field] for field in same] == [account[field] for field in same]
    assert stored["store"] == "keyring"
    assert here.run("status").returncode == 0
    assert files(here) == before


def test_two_commands_carry_a_token_from_one_tool_to_another(elsewhere, here):
    """From gallery-dl, whose keys it has, too, to flickrapi: without an apikeys file, and with nothing lost."""
    elsewhere("gallery-dl")
    config = here.home / ".config" / "gallery-dl" / "config.json"
    config.write_text(config.read_text().replace("{\n", '{\n    "output": {"mode": "color"},\n', 1))
    before = config.read_bytes()
    (here.folder / "apikeys").unlink()
    assert here.run("import", "gallery-dl").returncode == 0
    assert here.run("export", "flickrapi", "--not-flickr").returncode == 0
    assert here.run("logout").returncode == 0
    here.write_apikeys()
    assert here.run("import", "flickrapi").returncode == 0
    assert config.read_bytes() == before


def test_four_lines_bring_their_keys(elsewhere, here):
    """What python-flickr-api saved with its keys needs no apikeys file; what it saved without does."""
    account, where = elsewhere("python-flickr-api")
    (here.folder / "apikeys").unlink()
    ran = here.run("import", "python-flickr-api", *where)
    assert ran.returncode == 3 and "does not keep the API key" in ran.stderr and "--apikeys" in ran.stderr
    path = here.folder / "auth"
    path.write_text(f"{account['api_key']}\n{account['api_secret']}\n{path.read_text()}\n")
    assert here.run("import", "python-flickr-api", *where).returncode == 0


@pytest.mark.process
def test_a_file_of_a_pipe_can_be_imported(elsewhere, here):
    """A path that a person names may be a mounted secret or a pipe."""
    account, _ = elsewhere("token")
    stdin = f"{account['oauth_token']}\n{account['oauth_token_secret']}"
    if sys.platform != "win32":
        assert here.run("import", "token", "--path", "/dev/stdin", stdin=stdin).returncode == 0


def test_the_store_is_chosen_as_at_login(elsewhere, here):
    """`--store file`; and where there is no keyring, no file is taken without a yes."""
    elsewhere("token")
    ran = here.run("import", "token", PYTHON_KEYRING_BACKEND="keyring.backends.null.Keyring")
    assert ran.returncode == 6 and "--store file" in ran.stderr
    assert accounts(here) == []
    ran = here.run("import", "token", "--store", "file")
    assert ran.returncode == 0 and accounts(here)[0] in ran.stderr
    assert here.run("show", "--field", "store").stdout == "file\n"


def test_the_store_is_tried_before_flickr_is_asked(elsewhere, here):
    """A store that fails is exit 6 although nobody answers at the provider."""
    elsewhere("token")
    ran = here.run(
        "import",
        "token",
        PYTHON_KEYRING_BACKEND="keyring.backends.null.Keyring",
        FLICKR_AUTH_BASE_URL="http://127.0.0.1:1",
    )
    assert ran.returncode == 6


@pytest.mark.parametrize("more", [(), ("--unchecked",)])
def test_a_token_that_flickr_rejects_is_not_stored(here, more):
    """Exit 4, also with --unchecked: it was checked."""
    (here.folder / "token").touch(mode=0o600)
    (here.folder / "token").write_text("72157626737672178-022bbd2f4c2f3432\nfccb68c4e6103197")
    ran = here.run("import", "token", *more)
    assert ran.returncode == 4 and "Nothing was imported" in ran.stderr
    assert "fccb68c4e6103197" not in ran.stderr and accounts(here) == []


@pytest.mark.parametrize("name", ["token", "flickrapi"])
def test_a_token_that_cannot_be_checked_is_stored_only_when_that_is_said(elsewhere, here, name):
    """Exit 5 and nothing stored; with --unchecked it is, with a warning and unknown permission."""
    elsewhere(name)
    ran = here.run("import", name, FLICKR_AUTH_BASE_URL="http://127.0.0.1:1")
    assert ran.returncode == 5 and "--unchecked" in ran.stderr and accounts(here) == []
    ran = here.run("import", name, "--unchecked", FLICKR_AUTH_BASE_URL="http://127.0.0.1:1")
    assert ran.returncode == 0 and "Warning: The token could not be checked" in ran.stderr
    assert "permission unknown" in ran.stderr
    stored = json.loads(here.run("show", "--format", "json").stdout)
    assert (stored["perms"], stored["provider"]) == (None, "http://127.0.0.1:1")
    assert stored["username"] == ("sandbox-sam" if name == "flickrapi" else None)  # flickrapi tells whose it is


def test_each_of_flickrapis_tokens_is_taken_over(driven, here):
    """All that there are, or those of one name; one that fails holds up no other."""
    for user in (0, 1, 2):
        driven(user=user)
        nsid = f"1234567{8 + user}@N00" if user < 2 else "12345680@N00"
        assert here.run("export", "flickrapi", "--force", "--not-flickr", "--account", nsid).returncode == 0
    here.run("logout", "--all")
    database = sqlite3.connect(here.home / ".flickr" / "oauth-tokens.sqlite")
    database.execute("UPDATE oauth_tokens SET oauth_token_secret='0000000000000000' WHERE username='sandbox-zoë'")
    row = (KEYS[1].api_key, "", "t", "s", "read", "", "somebody", "1@N00")
    database.execute("INSERT INTO oauth_tokens VALUES (?,?,?,?,?,?,?,?)", row)
    database.commit()
    database.close()
    listed = here.run("import", "--list").stdout
    assert "4 tokens" in listed and "sandbox-さくら" in listed and "somebody" in listed
    ran = here.run("import", "flickrapi", "--account", "SANDBOX-SAM")
    assert ran.returncode == 0 and ran.stderr.count("OK Imported") == 1
    ran = here.run("import", "flickrapi")
    assert ran.returncode == 3  # the first that failed: another key, of which apikeys has not the secret
    assert ran.stderr.count("OK Imported") == 2 and ran.stderr.count("Error:") == 2
    assert f"somebody's token in flickrapi belongs to the API key {KEYS[1].api_key[:8]}" in ran.stderr
    assert KEYS[1].api_key not in ran.stderr
    assert [name.partition("@")[0] for name in accounts(here)] == ["12345678", "12345680"]
    ran = here.run("import", "flickrapi", "--account", "nobody")
    assert ran.returncode == 3 and "sandbox-sam" in ran.stderr
    assert here.run("import", "flickrapi", "--account", "12345680@N00").returncode == 0
    assert here.run("import", "token", "--account", "x").returncode == 2


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals that pexpect knows")
@pytest.mark.parametrize(("answer", "perms"), [("y", "read"), ("n", "delete")])
def test_a_stronger_token_is_not_replaced_without_a_question(elsewhere, driven, here, answer, perms):
    """Who has more permission here is asked before it is replaced by less."""
    elsewhere("token")
    driven("--perms", "delete")
    terminal = here.terminal("import", "token")
    terminal.expect("is logged in with delete permission; this token has read")
    terminal.expect(r"Replace it\? \[y/N\] ")
    terminal.sendline(answer)
    terminal.read()
    terminal.close()
    assert terminal.exitstatus == (0 if answer == "y" else 1)
    assert here.run("show", "--field", "perms").stdout == f"{perms}\n"


@pytest.mark.parametrize("name", TOOLS)
def test_no_file_and_a_damaged_one_are_exit_3(here, name):
    """Each is a sentence with the path."""
    path = here.folder / "file"
    for content in (None, "", "not that\nat\nall"):
        if content is not None:
            path.touch(mode=0o600)
            path.write_text(content)
        ran = here.run("import", name, "--path", path)
        assert ran.returncode == 3 and str(path) in ran.stderr and "Traceback" not in ran.stderr


def test_a_file_that_others_can_read_is_warned_of(elsewhere, here):
    """As with every file that holds a secret."""
    elsewhere("token")
    (here.folder / "token").chmod(0o644)
    if sys.platform != "win32":
        assert "chmod 600" in here.run("import", "token").stderr


def test_the_list_tells_what_is_where(here):
    """Each tool that can be read has a line."""
    ran = here.run("import", "--list")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert [line.split()[0] for line in ran.stdout.splitlines()[1:]] == [
        tool.name for tool in registry.tools() if tool.importable
    ]


@pytest.mark.parametrize("arguments", [(), ("flickraw",), ("--list", "token"), ("python-flickr-api",)])
def test_what_cannot_be_meant_is_wrong_usage(here, arguments):
    """No tool, one that cannot be read, and one without a usual place."""
    ran = here.run("import", *arguments)
    assert (ran.returncode, ran.stdout) == (2, "") and "Traceback" not in ran.stderr
