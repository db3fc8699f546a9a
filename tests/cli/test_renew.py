"""Logging in again: with the keys, the permission and the store of the account that is there already."""

import json

import pytest

from flickr_auth.sandbox.server import KEYS

from terminals import needs_a_terminal

NO_KEYRING = {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}


def show(machine, *arguments):
    return json.loads(machine.run("show", "--format", "json", *arguments).stdout)


def forget_keys(machine):
    (machine.folder / "apikeys").unlink()


def test_without_an_apikeys_file_the_keys_are_those_of_the_default_account(driven, here):
    """`login --perms write`, as every login recommends, works where the keys were typed or imported."""
    driven("--store", "file")
    forget_keys(here)
    ran = driven("--perms", "write")
    assert ran.returncode == 0
    assert f"Using the API key {KEYS[0].api_key[:8]}... from the account sandbox-sam." in ran.stderr
    assert show(here)["perms"] == "write"


def test_the_keys_of_an_account_of_another_provider_are_not_used(machine, sandbox):
    """A sandbox account's key opens nothing at Flickr: without another the login says that there are no keys."""
    assert machine.run("login", "--sandbox").returncode == 0
    ran = machine.run("login", FLICKR_AUTH_BASE_URL=sandbox.base_url)
    assert ran.returncode == 3 and "no API keys" in ran.stderr


@pytest.mark.parametrize("store", ["keyring", "file"])
def test_an_account_is_renewed_with_its_key_permission_and_store(driven, here, store):
    """`login --account A` needs no other option, whichever keys lie about."""
    driven("--perms", "write", "--store", store)
    before = show(here)
    here.write_apikeys(keys=KEYS[1])
    ran = driven("--account", "sandbox-sam")
    assert ran.returncode == 0, ran.stderr
    after = show(here)
    changing = ("oauth_token", "oauth_token_secret", "logged_in_at")
    assert {n: v for n, v in after.items() if n not in changing} == {
        n: v for n, v in before.items() if n not in changing
    }
    assert after["oauth_token"] != before["oauth_token"]


def test_an_account_is_renewed_with_another_permission_if_that_is_asked_for(driven, here):
    """--perms says more, or less: it is what counts."""
    driven("--perms", "write")
    for perms in ("delete", "read"):
        assert driven("--account", "sandbox-sam", "--perms", perms).returncode == 0
        assert show(here)["perms"] == perms


def test_a_sandbox_account_is_renewed_at_the_sandbox(machine):
    """--account knows the provider, too."""
    machine.run("login", "--sandbox", "--perms", "write")
    ran = machine.run("login", "--account", "sandbox-sam")
    assert ran.returncode == 0 and "Logged in to the sandbox" in ran.stderr
    assert show(machine)["perms"] == "write"


def test_whoever_presses_enter_at_the_sandbox_approves_as_the_account_that_is_renewed(machine):
    """The line that `status` shows for a rejected account works with Enter, whoever of the sandbox it is."""
    before = machine.log_in(user=1)
    ran = machine.run("login", "--sandbox", "--account", "sandbox-zoë", stdin="\n")
    assert ran.returncode == 0 and "Warning" not in ran.stderr
    after = show(machine)
    assert after["username"] == "sandbox-zoë" and after["oauth_token"] != before.oauth_token


def test_a_token_that_somebody_else_approved_is_stored_as_theirs(driven, here):
    """Who is logged in at Flickr decides: the account that was meant stays as it is, and that is said."""
    driven(user=0)
    before = show(here)
    ran = driven("--account", "sandbox-sam", user=1)
    assert ran.returncode == 0
    assert "approved this login, not sandbox-sam: sandbox-sam's token is unchanged" in ran.stderr
    assert show(here, "--account", "sandbox-sam") == before
    assert len(list((here.app / "accounts").glob("*.json"))) == 2


@pytest.mark.parametrize(
    "arguments", [("--token-file", "t"), ("--apikeys", "k"), ("--finish", "123-456-789")], ids=lambda each: each[0]
)
def test_what_an_account_decides_itself_cannot_be_given_beside_it(driven, here, arguments):
    """--account has its own keys and its own place: another beside it is wrong usage."""
    driven()
    assert here.run("login", "--account", "sandbox-sam", *arguments).returncode == 2


def test_an_account_that_is_not_there_is_named(here):
    """A slip in --account is exit 3 before Flickr is asked."""
    ran = here.run("login", "-v", "--account", "nobody")
    assert ran.returncode == 3 and "'nobody'" in ran.stderr and "request_token" not in ran.stderr


def test_who_is_not_logged_in_reads_the_same_command_without_the_account(machine):
    """The line to run has what else was given: a sandbox login is not answered with one that needs a key."""
    ran = machine.run("login", "--sandbox", "--account", "sandbox-sam", "--perms", "write")
    assert ran.returncode == 3
    assert "Run: flickr-auth login --sandbox --perms write\n" in ran.stderr


def test_the_permission_is_kept_if_there_is_one_account_of_that_key(driven, here):
    """A login without --perms takes nothing away from the account that is there."""
    driven("--perms", "delete")
    ran = driven()
    assert "Asking for delete permission, which sandbox-sam already has." in ran.stderr
    assert show(here)["perms"] == "delete"
    assert driven(FLICKR_AUTH_PERMS="read").returncode == 0  # a variable takes nothing away, either
    assert show(here)["perms"] == "delete"


def two_accounts(driven):
    driven("--perms", "write", user=0)
    driven("--perms", "read", user=1)


@needs_a_terminal
@pytest.mark.parametrize("answer", ["y", "n", "ctrl-c"])
def test_where_several_could_log_in_a_weaker_token_is_asked_about_when_it_is_known_whose_it_is(
    driven, here, sandbox, answer
):
    """A no keeps the stronger token, which works, and names the command that asks for as much again."""
    two_accounts(driven)
    before = show(here, "--account", "sandbox-sam")
    terminal = here.terminal("login", columns=200)
    terminal.expect(r"oauth_token=([0-9a-f-]+)&perms=read")
    token = terminal.match[1]
    terminal.expect("Enter the code it shows: ")
    terminal.sendline(sandbox.press_ok(token))
    terminal.expect("sandbox-sam already has a token with write permission.*\\[y/N\\] ")
    terminal.sendintr() if answer == "ctrl-c" else terminal.sendline(answer)
    screen = terminal.read()
    terminal.close()
    after = show(here, "--account", "sandbox-sam")
    if answer == "y":
        assert terminal.exitstatus == 0 and after["perms"] == "read"
    else:
        assert terminal.exitstatus == 1 and after == before
        assert "Run: flickr-auth login --account sandbox-sam" in screen


@needs_a_terminal
def test_nobody_is_asked_about_the_token_of_somebody_else(driven, here, sandbox):
    """Whoever has less to lose is not asked what somebody else would lose."""
    two_accounts(driven)
    terminal = here.terminal("login")
    terminal.expect(r"oauth_token=([0-9a-f-]+)&perms=read")
    token = terminal.match[1]
    terminal.expect("Enter the code it shows: ")
    terminal.sendline(sandbox.press_ok(token, "read", 1))
    assert "already has" not in terminal.read()
    terminal.close()
    assert terminal.exitstatus == 0


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


@pytest.mark.parametrize(
    "variables",
    [
        {"FLICKR_AUTH_ACCOUNT": "sandbox-zoë"},
        {"FLICKR_OAUTH_TOKEN": "72157-abc", "FLICKR_OAUTH_TOKEN_SECRET": "0123456789abcdef"},
    ],
    ids=lambda variables: next(iter(variables)),
)
def test_a_variable_that_outranks_the_new_login_is_named_at_its_end(driven, here, variables):
    """Whoever logs in and is somebody else afterwards reads which variable decides, and that it has to be unset."""
    driven(user=1)
    ran = driven(user=0, **variables)
    name = next(iter(variables))
    assert f"Warning: {name} is set" in ran.stderr and f"unset {name}" in ran.stderr
    assert "Next: flickr-auth call --account sandbox-sam flickr.test.login" in ran.stderr


def test_a_pending_login_is_completed_with_the_keys_of_an_account(driven, here, sandbox):
    """--start took them from the account, so --finish finds them there as well."""
    driven()
    forget_keys(here)
    begun = json.loads(here.run("login", "--start", "--json", "--account", "sandbox-sam").stdout)
    token = begun["url"].partition("oauth_token=")[2].partition("&")[0]
    assert here.run("login", "--finish", sandbox.press_ok(token)).returncode == 0


@pytest.mark.parametrize(
    "arguments",
    [("--sandbox", "--perms", "write", "--store", "keyring"), ("--perms", "delete")],
    ids=["sandbox", "no-option-that-matters"],
)
def test_without_a_keyring_the_line_to_run_has_the_options_that_were_given(here, arguments):
    """Exit 6 ends with a command that works as it stands, for the same login with its token in a file."""
    ran = here.run("login", *arguments, **NO_KEYRING)
    assert ran.returncode == 6
    options = " ".join(each for each in arguments if each not in ("--store", "keyring"))
    assert f"flickr-auth login {options} --store file" in ran.stderr
