"""`flickr-auth import`: a token that another tool has becomes an account, if Flickr knows it."""

import json
import sqlite3

import pytest

from flickr_auth.interop import registry
from flickr_auth.sandbox.server import KEYS

NO_KEYRING = {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}


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


@pytest.mark.parametrize("name", ["flickrapi", "gallery-dl", "python-flickr-api", "flickcurl"])
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


def test_four_lines_bring_their_keys(elsewhere, here):
    """What python-flickr-api saved with its keys needs no apikeys file; what it saved without does."""
    account, where = elsewhere("python-flickr-api")
    (here.folder / "apikeys").unlink()
    ran = here.run("import", "python-flickr-api", *where)
    assert ran.returncode == 3 and "needs the API key and its secret, too." in ran.stderr and "--apikeys" in ran.stderr
    path = here.folder / "auth"
    path.write_text(f"{account['api_key']}\n{account['api_secret']}\n{path.read_text()}\n")
    assert here.run("import", "python-flickr-api", *where).returncode == 0


def test_a_token_of_the_sandbox_needs_no_keys(machine):
    """What was exported there comes back there without an apikeys file, as --sandbox logs in without one."""
    assert machine.run("login", "--sandbox").returncode == 0
    for arguments in (("export", "token", "--not-flickr"), ("logout",), ("import", "token", "--store", "file")):
        ran = machine.run(*arguments, FLICKR_AUTH_BASE_URL="sandbox")
        assert ran.returncode == 0, ran.stderr
    assert "sandbox-sam" in machine.run("status").stdout


def test_a_file_needs_no_question_if_an_account_is_in_one(elsewhere, driven, here):
    """Whoever keeps a token in a file has agreed to that; a keyring that is missing holds up no import or login."""
    account, _ = elsewhere("gallery-dl")
    assert here.run("import", "gallery-dl", "--store", "file").returncode == 0
    ran = here.run("import", "gallery-dl", PYTHON_KEYRING_BACKEND="keyring.backends.null.Keyring")
    assert ran.returncode == 0 and "Token saved in ~/.config/flickr-auth/accounts/" in ran.stderr
    assert here.run("show", "--field", "api_secret").stdout == account["api_secret"] + "\n"
    assert driven("--store", "keyring", user=2).returncode == 0  # another account is not a no
    for run in (here.run("import", "gallery-dl", **NO_KEYRING), driven(user=1, **NO_KEYRING)):
        assert run.returncode == 0 and ".json." in run.stderr


def test_without_a_keyring_a_person_is_asked_and_enter_is_a_yes(elsewhere, here):
    """The question is that of a login: Enter is a yes, the end of input is none."""
    elsewhere("gallery-dl")
    for typed, code in (([], 1), ([""], 0)):
        ran = here.answer("import", "gallery-dl", typed=typed, **NO_KEYRING)
        assert "Store the token in a file that only you can read? [Y/n] " in ran.stderr
        assert ran.returncode == code and len(accounts(here)) == (code == 0)


def test_a_file_that_is_missing_comes_with_what_to_do(here):
    """Exit 3, and the option that names the file."""
    (here.folder / "token").write_text("72157626737672178-022bbd2f4c2f3432\nfccb68c4e6103197")
    (here.folder / "token").chmod(0o600)
    for arguments, hint in (
        (("flickcurl",), "Try: --path FILE if flickcurl has its token elsewhere"),
        (("token", "--path", "nowhere"), "Fix: check the path in --path"),
        (("token", "--path", "token", "--apikeys", "nowhere"), "Fix: check the path in --apikeys"),
    ):
        ran = here.run("import", *arguments)
        assert ran.returncode == 3 and ran.stderr.splitlines()[-1] == hint


def test_a_token_that_flickr_rejects_is_not_stored(machine):
    """Exit 4, also with --unchecked: it was checked; the line to run goes where the token came from."""
    machine.run("login", "--sandbox", "--store", "file", stdin="\n")
    shown = machine.run("show", "--format", "json").stdout.replace('"72157', '"72158')
    machine.run("logout")
    ran = machine.run("import", "token", "--path", "-", "--store", "file", "--unchecked", stdin=shown)
    assert ran.returncode == 4 and "Nothing was imported" in ran.stderr and accounts(machine) == []
    assert ran.stderr.splitlines()[-1] == "Run: flickr-auth login --sandbox"


def test_a_token_that_cannot_be_checked_is_stored_only_when_that_is_said(elsewhere, here, nobody_there):
    """Exit 5 and nothing stored; with --unchecked it is, with a warning and unknown permission."""
    elsewhere("flickrapi")
    ran = here.run("import", "flickrapi", FLICKR_AUTH_BASE_URL=nobody_there)
    assert ran.returncode == 5 and "--unchecked" in ran.stderr and accounts(here) == []
    ran = here.run("import", "flickrapi", "--unchecked", FLICKR_AUTH_BASE_URL=nobody_there)
    assert ran.returncode == 0 and "Warning: The token could not be checked" in ran.stderr
    assert "permission unknown" in ran.stderr
    stored = json.loads(here.run("show", "--format", "json").stdout)
    assert (stored["perms"], stored["provider"]) == (None, nobody_there)
    assert stored["username"] == "sandbox-sam"  # flickrapi tells whose it is


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
    ran = here.run("import", "flickrapi", "--account", "\uff33ANDBOX-SAM")
    assert ran.returncode == 0 and ran.stderr.count("OK Imported") == 1
    ran = here.run("import", "flickrapi")
    assert ran.returncode == 3  # the first that failed: another key, of which apikeys has not the secret
    assert ran.stderr.count("OK Imported") == 2 and ran.stderr.count("Error:") == 2
    assert f"somebody's token in flickrapi belongs to the API key {KEYS[1].api_key[:8]}" in ran.stderr
    assert KEYS[1].api_key not in ran.stderr
    assert [name.partition("@")[0] for name in accounts(here)] == ["12345678", "12345680"]
    ran = here.run("import", "flickrapi", "--account", "sam")
    assert ran.returncode == 3 and "No token of 'sam' in ~/.flickr/oauth-tokens.sqlite." in ran.stderr
    assert "Try: --account sandbox-sam" in ran.stderr
    assert here.run("import", "flickrapi", "--account", "12345680@N00").returncode == 0
    assert here.run("import", "token", "--account", "x").returncode == 2


def test_a_stronger_token_is_not_replaced_without_a_question(elsewhere, driven, here):
    """Who has more permission here is asked before it is replaced by less."""
    elsewhere("token")
    driven("--perms", "delete")
    asked = "already has a token with delete permission. Replace it with one for read permission? [y/N]"
    for typed, code, perms in (("n", 1, "delete"), ("y", 0, "read")):
        ran = here.answer("import", "token", typed=[typed])
        assert (ran.returncode, asked in ran.stderr) == (code, True)
        assert here.run("show", "--field", "perms").stdout == f"{perms}\n"


def test_no_file_and_a_damaged_one_are_exit_3(here):
    """Each is a sentence with the path."""
    for name in ("flickrapi", "gallery-dl", "token"):
        path = here.folder / name
        for content in (None, "", "not that\nat\nall"):
            if content is not None:
                path.touch(mode=0o600)
                path.write_text(content)
            ran = here.run("import", name, "--path", path)
            assert ran.returncode == 3 and str(path) in ran.stderr and "Traceback" not in ran.stderr


def test_a_tool_that_cannot_be_read_is_wrong_usage(here):
    """It is listed by export alone, and the error says so; a database is not read from stdin, and that is said."""
    ran = here.run("import", "flickraw")
    assert ran.returncode == 2 and "but cannot import from it" in ran.stderr
    listed = [line.split()[0] for line in here.run("import", "--list").stdout.splitlines()[1:]]
    assert listed == [name for name, tool in registry.tools().items() if tool.importable]
    ran = here.run("import", "flickrapi", "--path", "-", stdin="x")
    assert ran.returncode == 2 and "database" in ran.stderr


FLICKR_ACCOUNT = {
    "api_key": KEYS[0].api_key,
    "api_secret": KEYS[0].api_secret,
    "oauth_token": "72157626737672178-022bbd2f4c2f3432",
    "oauth_token_secret": "fccb68c4e6103197",
    "username": "jamal",
    "perms": "write",
    "provider": "flickr",
}


def test_one_pipe_carries_a_login_to_another_machine(driven, here, tmp_path):
    """What `show --format json` prints is all that `import token --path -` needs: no apikeys, no provider."""
    driven("--perms", "write", "--store", "file", user=1)
    shown = here.run("show", "--format", "json").stdout
    nas = {"FLICKR_AUTH_HOME": tmp_path / "nas", "FLICKR_AUTH_BASE_URL": ""}
    (here.folder / "apikeys").unlink()
    ran = here.run("import", "token", "--path", "-", "--store", "file", stdin=shown, **nas)
    assert ran.returncode == 0 and "OK Imported sandbox-zoë's token from a token file (write permission)." in ran.stderr
    lines = ran.stderr.splitlines()
    assert any(line.startswith("Default account: sandbox-zoë") for line in lines)
    assert lines[-1] == "Next: flickr-auth call flickr.test.login"
    ours, theirs = (json.loads(here.run("show", "--format", "json", **more).stdout) for more in ({}, nas))
    same = ours.keys() - {"logged_in_at"}
    assert {name: ours[name] for name in same} == {name: theirs[name] for name in same}
    assert here.run("status", **nas).returncode == 0


def test_the_keys_may_come_from_a_vault(elsewhere, here):
    """`--apikeys -` reads the key and its secret from stdin; the token is then in a file."""
    elsewhere("token")
    keys = (here.folder / "apikeys").read_text()
    (here.folder / "apikeys").unlink()
    ran = here.run("import", "token", "--path", "-", "--apikeys", "-", stdin=keys)
    assert ran.returncode == 2 and "cannot both read stdin" in ran.stderr
    assert here.run("import", "token", "--apikeys", "-", stdin=keys).returncode == 0


def test_what_is_no_token_on_stdin_is_said(here):
    """Exit 3 with the line or the field, before anything is asked; nothing is stored and nothing quoted."""
    for stdin, named in (
        (" \n\n", "stdin is empty"),
        ("a" * 70_000, "stdin is too long"),
        ('{"oauth_token": "t"}', "oauth_token_secret"),
        ('{"oauth_token": "t",\n "oauth_token_secret": }', "stdin, line 2"),
        ("token\n'secret'", "line 2, has quotes around it"),
        ('{"oauth_token": "t", "oauth_token_secret": "s", "provider": "http://evil.example"}', "provider"),
    ):
        ran = here.run("import", "token", "--path", "-", stdin=stdin)
        assert ran.returncode == 3 and named in ran.stderr and "secret'" not in ran.stderr
    assert accounts(here) == []


def test_a_person_is_told_what_to_paste_and_how_to_end(elsewhere, here):
    """At a terminal stdin is what is typed, up to Ctrl-D."""
    account, _ = elsewhere("token")
    ran = here.answer("import", "token", "--path", "-", typed=[account["oauth_token"], account["oauth_token_secret"]])
    assert "Paste the content of the token file, then press Enter and Ctrl-D:" in ran.stderr
    assert "Imported sandbox-sam's token" in ran.stderr


def test_the_provider_of_the_json_is_where_the_token_is_checked(here, sandbox):
    """A token of Flickr's is never sent to whatever FLICKR_AUTH_BASE_URL names, and the other way round."""
    stdin = json.dumps(FLICKR_ACCOUNT)
    proxy = {"HTTPS_PROXY": "http://127.0.0.1:1"}
    ran = here.run("import", "token", "--path", "-", "--store", "file", "--unchecked", stdin=stdin, **proxy)
    assert ran.returncode == 0 and "Warning: The token could not be checked" in ran.stderr
    stored = json.loads(here.run("show", "--format", "json", FLICKR_AUTH_BASE_URL="").stdout)
    assert {name: stored[name] for name in FLICKR_ACCOUNT} == FLICKR_ACCOUNT
    stdin = json.dumps(FLICKR_ACCOUNT | {"provider": sandbox.base_url})
    ran = here.run("import", "token", "--path", "-", stdin=stdin, FLICKR_AUTH_BASE_URL="")
    assert ran.returncode == 4 and "Nothing was imported" in ran.stderr


def test_the_store_is_chosen_as_at_login_and_tried_before_flickr_is_asked(elsewhere, here, nobody_there):
    """`--store file`; and where there is no keyring, no file is taken without a yes."""
    elsewhere("token")
    no_keyring = {"PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring", "FLICKR_AUTH_BASE_URL": nobody_there}
    ran = here.run("import", "token", **no_keyring)
    assert ran.returncode == 6 and ran.stderr.endswith(": flickr-auth import token --store file\n")
    assert accounts(here) == []
    ran = here.run("import", "token", "--store", "file")
    assert ran.returncode == 0 and accounts(here)[0] in ran.stderr
    assert here.run("show", "--field", "store").stdout == "file\n"
