"""Logging in again: with the keys, the permission and the store of the account that is there already."""

import json

from flickr_auth.sandbox.server import KEYS

NO_KEYRING = {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}


def show(machine, *arguments):
    return json.loads(machine.run("show", "--format", "json", *arguments).stdout)


def forget_keys(machine):
    (machine.folder / "apikeys").unlink()


def test_without_an_apikeys_file_the_keys_are_those_of_the_default_account(driven, here, press_ok):
    """`login --perms write`, as every login recommends, works where the keys were typed or imported."""
    driven("--store", "file")
    forget_keys(here)
    ran = driven("--perms", "write")
    assert ran.returncode == 0
    assert f"Using the API key {KEYS[0].api_key[:8]}... from the account sandbox-sam." in ran.stderr
    assert show(here)["perms"] == "write"
    begun = here.run("login", "--start", "--account", "sandbox-sam")
    assert here.run("login", "--finish", press_ok()(begun.stdout)).returncode == 0


def test_without_a_default_account_the_keys_are_those_that_all_accounts_have(driven, here):
    """Whoever logged the default out logs in again without a question; of two keys none is picked."""
    for user in range(2):
        driven(user=user)
    here.run("logout")
    forget_keys(here)
    ran = driven(user=2)
    assert ran.returncode == 0 and " from the account sandbox-zoë." in ran.stderr
    here.write_apikeys(keys=KEYS[1])
    driven(user=0)
    forget_keys(here)
    here.run("logout", "--account", "sandbox-さくら")
    ran = driven(user=2)
    assert ran.returncode == 3 and "no API keys" in ran.stderr


def test_the_keys_of_an_account_of_another_provider_are_not_used(machine, sandbox):
    """A sandbox account's key opens nothing at Flickr: without another the login says that there are no keys."""
    assert machine.run("login", "--sandbox").returncode == 0
    ran = machine.run("login", FLICKR_AUTH_BASE_URL=sandbox.base_url)
    assert ran.returncode == 3 and "no API keys" in ran.stderr


def test_an_account_is_renewed_with_its_key_permission_and_store(driven, here):
    """`login --account A` needs no other option, whichever keys lie about; --perms says more, or less."""
    for store in ("keyring", "file"):
        here.write_apikeys()
        driven("--perms", "write", "--store", store)
        before = show(here)
        here.write_apikeys(keys=KEYS[1])
        ran = driven("--account", "sandbox-sam")
        assert ran.returncode == 0, ran.stderr
        after = show(here)
        assert {name for name in after if after[name] != before[name]} >= {"oauth_token", "oauth_token_secret"}
        for name in ("account", "api_key", "api_secret", "perms", "store"):
            assert after[name] == before[name]
    for perms in ("delete", "read"):
        assert driven("--account", "sandbox-sam", "--perms", perms).returncode == 0
        assert show(here)["perms"] == perms


def test_a_sandbox_account_is_renewed_at_the_sandbox_as_the_person_that_it_is_of(machine):
    """The line that `status` shows for a rejected account works with Enter, whoever of the sandbox it is."""
    before = machine.log_in(user=1, perms="write")
    ran = machine.answer("login", "--account", "sandbox-zoë", typed=[""])
    assert ran.returncode == 0 and "Logged in to the sandbox" in ran.stderr and "Warning" not in ran.stderr
    after = show(machine)
    assert (after["username"], after["perms"]) == ("sandbox-zoë", "write")
    assert after["oauth_token"] != before.oauth_token


def test_a_token_that_somebody_else_approved_is_stored_as_theirs(driven, here, press_ok):
    """Who is logged in at Flickr decides: the account that was meant stays as it is, and that is said."""
    driven("--perms", "write")
    before = show(here)
    said = "12345679@N00) approved this login, not sandbox-sam: sandbox-sam's token is unchanged"
    ran = driven("--account", "sandbox-sam", user=1)
    assert ran.returncode == 0 and said in ran.stderr
    begun = here.run("login", "--start", "--account", "sandbox-sam")
    ran = here.run("login", "--finish", press_ok(1)(begun.stdout))
    assert ran.returncode == 0 and said in ran.stderr
    assert show(here) == before
    assert show(here, "--account", "sandbox-zoë")["perms"] == "write"


def test_an_account_that_is_not_there_is_named(here, machine):
    """A slip in --account is exit 3 before Flickr is asked; the line to run has what else was given."""
    ran = here.run("login", "-v", "--account", "nobody")
    assert ran.returncode == 3 and "request_token" not in ran.stderr
    ran = machine.run("login", "--sandbox", "--account", "sandbox-sam", "--perms", "write")
    assert ran.returncode == 3
    assert "Run: flickr-auth login --sandbox --perms write\n" in ran.stderr
    here.log_in()
    assert "'nobody'" in here.run("login", "--account", "nobody").stderr


def test_the_permission_is_kept_if_there_is_one_account_of_that_key(driven, here):
    """A login without --perms takes nothing away from the account that is there; a variable does not, either."""
    driven("--perms", "delete")
    ran = driven()
    assert "Asking for delete permission, which sandbox-sam already has." in ran.stderr
    assert show(here)["perms"] == "delete"
    assert driven(FLICKR_AUTH_PERMS="read").returncode == 0
    assert show(here)["perms"] == "delete"


ASKED = "sandbox-sam already has a token with write permission"


def test_where_several_could_log_in_a_weaker_token_is_asked_about_when_it_is_known_whose_it_is(driven, here, press_ok):
    """A no keeps the stronger token, which works, and names the command that asks for as much again."""
    driven("--perms", "write", user=0)
    driven("--perms", "read", user=1)
    before = show(here)
    ran = here.answer("login", typed=[press_ok(1)])  # who has no less than before, and nothing to lose
    assert ran.returncode == 0 and "already has" not in ran.stderr
    ran = here.answer("login", typed=[press_ok(), "n"])
    assert ran.returncode == 1 and f"{ASKED}. Replace it with one for read permission? [y/N]" in ran.stderr
    assert "Run: flickr-auth login --account sandbox-sam" in ran.stderr
    begun = here.run("login", "--start")
    assert here.answer("login", "--finish", press_ok()(begun.stdout), typed=[]).returncode == 1  # no answer is a no
    assert show(here) == before
    begun = here.run("login", "--start", "--perms", "read")
    ran = here.answer("login", "--finish", press_ok()(begun.stdout))
    assert ran.returncode == 0 and f"{ASKED}; the new one, with read permission, replaces it" in ran.stderr


def test_nobody_is_asked_about_a_file_where_every_account_is_in_one(driven, here):
    """Without a keyring, the second login goes where the first was put by a yes, and needs no other."""
    driven("--store", "file")
    assert driven("--perms", "write", **NO_KEYRING).returncode == 0
    assert driven(user=1, **NO_KEYRING).returncode == 0
    assert {json.loads(path.read_text())["store"] for path in (here.app / "accounts").glob("*.json")} == {"file"}


def test_a_sandbox_account_in_a_file_is_no_yes_for_a_real_one(driven, here):
    """The sandbox's token opens nothing and goes into a file without asking; nobody else's does."""
    assert here.run("login", "--sandbox", **NO_KEYRING).returncode == 0
    ran = here.run("login", "-v", **NO_KEYRING)
    assert ran.returncode == 6 and "request_token" not in ran.stderr


def test_a_variable_that_outranks_the_new_login_is_named_at_its_end(driven, here):
    """Whoever logs in and is somebody else afterwards reads which variable decides, and that it has to be unset."""
    driven(user=1)
    token = {"FLICKR_OAUTH_TOKEN": "72157-abc", "FLICKR_OAUTH_TOKEN_SECRET": "0123456789abcdef"}
    for name, variables in (
        ("FLICKR_AUTH_ACCOUNT", {"FLICKR_AUTH_ACCOUNT": "sandbox-zoë"}),
        ("FLICKR_OAUTH_TOKEN", token),
    ):
        ran = driven(user=0, **variables)
        assert f"Warning: {name} is set" in ran.stderr and f"unset {name}" in ran.stderr
        assert "Next: flickr-auth call --account sandbox-sam flickr.test.login" in ran.stderr
