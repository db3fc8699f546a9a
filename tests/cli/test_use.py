"""`flickr-auth use`: which account is the default."""

import json

import pytest

from terminals import needs_a_terminal


def default(machine):
    return machine.run("show", "--field", "username").stdout.strip()


def test_use_makes_an_account_the_default(driven, here):
    """The first login is the default until another is chosen, by NSID, username in any case, or ID."""
    driven(user=0)
    driven(user=3)
    assert default(here) == "sandbox-sam"
    ran = here.run("use", "SANDBOX-A&B=C+D%20E")
    assert (ran.returncode, ran.stdout) == (0, "")
    assert default(here) == "sandbox-a&b=c+d%20e"
    assert here.run("use", "12345678@N00").returncode == 0
    assert default(here) == "sandbox-sam"


def test_a_name_that_nobody_has_is_exit_3(driven, here):
    """The accounts that are there are listed, and the default stays."""
    driven()
    ran = here.run("use", "nobody")
    assert ran.returncode == 3
    assert "No account named 'nobody'. Accounts: sandbox-sam" in ran.stderr
    assert default(here) == "sandbox-sam"


def test_a_name_that_two_have_is_exit_3_with_both(driven, here):
    """The same person with two API keys is two accounts: the IDs are listed, and either can be chosen."""
    from flickr_auth.sandbox.server import KEYS

    driven()
    here.write_apikeys(keys=KEYS[1])
    driven()
    ran = here.run("use", "sandbox-sam")
    assert ran.returncode == 3
    ids = sorted(path.stem for path in (here.app / "accounts").glob("[!.]*.json"))
    assert len(ids) == 2 and all(each in ran.stderr for each in ids)
    assert here.run("use", ids[1]).returncode == 0
    assert here.run("show", "--field", "account").stdout.strip() == ids[1]


def test_it_says_which_account_is_the_default_now_and_how_to_change_it(driven, here, sandbox):
    """The outcome names the person, not the ID of a file."""
    driven(user=0)
    driven(user=2)
    ran = here.run("use", "sandbox-さくら")
    host = sandbox.base_url.partition("://")[2]
    assert ran.stderr.splitlines()[0] == f"OK Default account: sandbox-さくら (12345680@N00 at {host})"
    assert "flickr-auth use" in ran.stderr.splitlines()[1]


@pytest.mark.parametrize("variable", ["FLICKR_OAUTH_TOKEN", "FLICKR_AUTH_ACCOUNT", "FLICKR_TOKEN_FILE"])
@pytest.mark.parametrize("arguments", [("use", "sandbox-sam"), ("logout", "--account", "sandbox-sam")])
def test_a_variable_that_outranks_the_default_is_named_with_the_way_to_unset_it(driven, here, variable, arguments):
    """Nobody believes in a change that the next command will not see."""
    driven(user=0)
    driven(user=2)
    values = {"FLICKR_AUTH_ACCOUNT": "sandbox-さくら"}
    if variable == "FLICKR_OAUTH_TOKEN":
        account = json.loads(here.run("show", "--format", "json").stdout)
        values = {f"FLICKR_{name.upper()}": account[name] for name in list(account)[:4]}
    elif variable == "FLICKR_TOKEN_FILE":
        values = {variable: "token"}
    ran = here.run(*arguments, **values)
    assert ran.returncode == 0, ran.stderr
    warning = next(line for line in ran.stderr.splitlines() if line.startswith("Warning: "))
    assert f"{variable} is set" in warning and "unset " in warning
    if variable == "FLICKR_OAUTH_TOKEN":
        assert all(name in warning for name in values)


def test_without_a_name_the_accounts_are_listed(driven, here):
    """A script gets the list on stdout, with the default marked; nothing is asked and nothing changed."""
    driven(user=0)
    driven(user=2)
    ran = here.run("use")
    assert ran.returncode == 0
    first, second = ran.stdout.splitlines()
    assert first.startswith("*  1  sandbox-sam (") and second.startswith("   2  sandbox-さくら (")
    assert default(here) == "sandbox-sam"


def test_without_a_name_and_without_an_account_it_is_exit_3(machine):
    """There is nothing to list."""
    ran = machine.run("use")
    assert (ran.returncode, ran.stdout) == (3, "")
    assert "flickr-auth login" in ran.stderr


@needs_a_terminal
@pytest.mark.parametrize(
    ("typed", "code", "chosen"),
    [
        (["2"], 0, "sandbox-さくら"),
        (["SANDBOX-さくら"], 0, "sandbox-さくら"),
        (["12345680@n00"], 0, "sandbox-さくら"),
        ([""], 0, "sandbox-sam"),
        (["3", "nobody", "2"], 0, "sandbox-さくら"),
        (["3", "0", "-1"], 1, "sandbox-sam"),
        (["\x04"], 1, "sandbox-sam"),
    ],
)
def test_at_a_terminal_one_is_asked_which(driven, here, typed, code, chosen):
    """A number or a name chooses, Enter keeps, a slip is asked again, and the end of input changes nothing."""
    driven(user=0)
    driven(user=2)
    terminal = here.terminal("use")
    for text in typed:
        terminal.expect("number or name")
        terminal.send(text) if text == "\x04" else terminal.sendline(text)
    terminal.read()
    terminal.close()
    assert terminal.exitstatus == code
    assert default(here) == chosen
