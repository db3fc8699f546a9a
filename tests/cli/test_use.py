"""`flickr-auth use`: which account is the default."""


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
    assert "12345678@N00" in ran.stderr
    assert default(here) == "sandbox-sam"


def test_a_name_that_two_have_is_exit_3_with_both(driven, here):
    """The same person with two API keys is two accounts: the IDs are listed, and either can be chosen."""
    from flickr_auth.sandbox.server import KEYS

    driven()
    here.write_apikeys(keys=KEYS[1])
    driven()
    ran = here.run("use", "sandbox-sam")
    assert ran.returncode == 3
    ids = sorted(path.stem for path in (here.app / "accounts").iterdir())
    assert len(ids) == 2 and all(each in ran.stderr for each in ids)
    assert here.run("use", ids[1]).returncode == 0
    assert here.run("show", "--field", "account").stdout.strip() == ids[1]
