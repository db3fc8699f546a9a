"""`flickr-auth use`: which account is the default."""

import json

from flickr_auth.sandbox.server import KEYS


def default(machine):
    return machine.run("show", "--field", "username").stdout.strip()


def test_use_makes_an_account_the_default(two, sandbox):
    """The first login is the default until another is chosen, by username in any case or NSID; that person is named."""
    assert default(two) == "sandbox-sam"
    ran = two.run("use", "SANDBOX-さくら")
    host = sandbox.base_url.partition("://")[2]
    assert (ran.returncode, ran.stdout) == (0, "")
    assert ran.stderr == f"OK Default account: sandbox-さくら (12345680@N00 at {host})\n"
    assert default(two) == "sandbox-さくら"
    assert two.run("use", "12345678@n00").returncode == 0
    assert default(two) == "sandbox-sam"


def test_a_name_that_two_have_is_exit_3_with_both(here, sandbox):
    """The same person with two API keys is two accounts: the IDs are listed, and either can be chosen."""
    ids = sorted(here.log_in(provider=sandbox.base_url, keys=keys).account for keys in KEYS)
    ran = here.run("use", "sandbox-sam")
    assert ran.returncode == 3 and all(each in ran.stderr for each in ids)
    listed = here.run("use").stdout.splitlines()
    assert [f"[{each}]" in line for each, line in zip(ids, listed, strict=True)] == [True, True]
    assert here.run("use", ids[1]).returncode == 0
    assert here.run("show", "--field", "account").stdout.strip() == ids[1]


def test_a_variable_that_outranks_the_default_is_named_with_the_way_to_unset_it(two):
    """Nobody believes in a change that the next command will not see, be it by `use` or by `logout`."""
    account = json.loads(two.run("show", "--format", "json").stdout)
    for variable, values in (
        ("FLICKR_OAUTH_TOKEN", {f"FLICKR_{name.upper()}": account[name] for name in list(account)[:4]}),
        ("FLICKR_AUTH_ACCOUNT", {"FLICKR_AUTH_ACCOUNT": "sandbox-さくら"}),
        ("FLICKR_TOKEN_FILE", {"FLICKR_TOKEN_FILE": "token"}),
    ):
        two.log_in(provider=account["provider"])
        for arguments in (("use", "sandbox-sam"), ("logout", "--account", "sandbox-sam")):
            ran = two.run(*arguments, **values)
            assert ran.returncode == 0, ran.stderr
            warning = next(line for line in ran.stderr.splitlines() if line.startswith("Warning: "))
            assert f"{variable} is set" in warning and all(name in warning.partition("unset ")[2] for name in values)


def test_without_a_name_the_accounts_are_listed(two):
    """A script gets the list on stdout, with the default marked; nothing is asked and nothing changed."""
    (two.app / "accounts" / "0broken.json").write_text("{")
    ran = two.run("use")
    assert ran.returncode == 0
    first, second, third = ran.stdout.splitlines()
    assert second.startswith("*  2  sandbox-sam (") and third.startswith("   3  sandbox-さくら (")
    assert first == "   1  0broken"
    switch = "sandbox-sam is still the default account. To switch: flickr-auth use 'sandbox-さくら'"
    assert ran.stderr.splitlines()[-1] == switch  # not to the damaged one
    assert default(two) == "sandbox-sam"
    (two.app / "default").unlink()
    assert "\nTry: flickr-auth use sandbox-sam\n" in two.run("logout", "--account", "sandbox-さくら").stderr


def test_without_a_name_and_without_an_account_it_is_exit_3(machine):
    """There is nothing to list."""
    ran = machine.run("use")
    assert (ran.returncode, ran.stdout) == (3, "")
    assert "flickr-auth login" in ran.stderr


def test_at_a_terminal_one_is_asked_which(two):
    """A number or a name chooses, Enter keeps, a slip is asked again, and the end of input changes nothing."""
    for typed, code, chosen in (
        ([""], 0, "sandbox-sam"),
        (["3", "0", "-1"], 1, "sandbox-sam"),
        ([], 1, "sandbox-sam"),
        (["2"], 0, "sandbox-さくら"),
        (["3", "nobody", "12345678@n00"], 0, "sandbox-sam"),
    ):
        ran = two.answer("use", typed=typed)
        assert ran.stderr.count("number or name") == max(1, len(typed))
        assert (ran.returncode, default(two)) == (code, chosen)
