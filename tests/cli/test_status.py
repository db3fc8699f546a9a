"""`flickr-auth status`: valid, rejected and unknown, never mixed up."""

import json
import threading
import time

import pytest
import requests

from flickr_auth.sandbox.server import KEYS, Sandbox

DOCUMENTED = (
    *(
        "account",
        "is_default",
        "is_active",
        "user_nsid",
        "username",
        "fullname",
        "perms",
        "stored_perms",
        "store",
        "provider",
    ),
    *("api_key_start", "logged_in_at", "verdict", "reason", "code"),
)


def token_of(machine, *arguments):
    return machine.run("show", "--field", "oauth_token", *arguments).stdout.strip()


def revoke(sandbox, token):
    """What a person does on Flickr's page of authorized apps."""
    page = f"{sandbox.base_url}/services/auth/list.gne"
    assert requests.post(page, data={"oauth_token": token}, timeout=10).ok


def told(machine, *arguments, **variables):
    """The exit code, and what --json says of each account, by username."""
    ran = machine.run("status", "--json", *arguments, **variables)
    return ran.returncode, {each["username"]: each for each in json.loads(ran.stdout)}


def files(machine):
    return {path: path.read_bytes() for path in machine.app.rglob("*") if path.is_file()}


def test_a_token_that_works_is_valid(driven, here):
    """Who, with which permission, where kept, whose, since when: and valid, exit 0."""
    driven("--perms", "write")
    ran = here.run("status")
    assert ran.returncode == 0
    first, second = ran.stdout.splitlines()[1:]
    assert first.split() == ["*", "sandbox-sam", "12345678@N00", "write", "valid"]
    today = time.strftime("%Y-%m-%d", time.gmtime())
    assert second.startswith("    keyring, http://127.0.0.1:") and f"key {KEYS[0].api_key[:8]}..." in second
    assert second.endswith(f"logged in {today}")


def test_a_revoked_token_is_rejected_and_kept(driven, here, sandbox):
    """Flickr's no is exit 4 with its reason, and deletes nothing."""
    driven()
    revoke(sandbox, token_of(here))
    before = files(here)
    ran = here.run("status")
    assert ran.returncode == 4
    assert "rejected" in ran.stdout and "unknown" not in ran.stdout
    assert "Invalid auth token" in ran.stdout
    assert files(here) == before


def test_a_network_that_is_down_is_no_verdict(driven, here, sandbox):
    """Where nobody answers, the account could not be checked: exit 5, never rejected."""
    driven()
    sandbox.close()
    ran = here.run("status", FLICKR_AUTH_HTTP_TIMEOUT=1)
    assert ran.returncode == 5
    assert "unknown" in ran.stdout and "rejected" not in ran.stdout
    assert "Could not connect to 127.0.0.1" in ran.stdout


def test_a_keyring_that_is_gone_is_no_verdict(driven, here):
    """Where the secrets cannot be read, the rest is told all the same: exit 6."""
    driven()
    (account,) = (here.app / "accounts").iterdir()
    account.write_text(account.read_text().replace("fake_keyrings.Good", "fake_keyrings.Locked"))
    code, accounts = told(here)
    assert code == 6
    assert accounts["sandbox-sam"]["verdict"] == "unknown"
    assert "locked" in accounts["sandbox-sam"]["reason"]


def test_a_damaged_file_is_named_and_does_not_hinder_the_others(driven, here):
    """One file that cannot be read is one line; the other accounts have their verdicts."""
    driven()
    damaged = here.app / "accounts" / "21207597@N07-653e7a6e.json"
    damaged.write_text("{")
    code, accounts = told(here)
    assert code == 6
    assert accounts["sandbox-sam"]["verdict"] == "valid"
    assert str(damaged) in accounts[None]["reason"]
    assert damaged.read_text() == "{"


def test_what_has_to_be_acted_on_first_is_the_exit_code(driven, here, sandbox):
    """A rejected token outweighs a store that failed, which outweighs a network that is down."""
    driven(user=0)
    driven(user=2)
    first, second = sorted((here.app / "accounts").iterdir())
    text = first.read_text()
    first.write_text(text.replace(sandbox.base_url, "http://127.0.0.1:1"))
    assert here.run("status", FLICKR_AUTH_HTTP_TIMEOUT=1).returncode == 5
    second.write_text(second.read_text().replace("fake_keyrings.Good", "fake_keyrings.Locked"))
    assert here.run("status", FLICKR_AUTH_HTTP_TIMEOUT=1).returncode == 6
    first.write_text(text)
    revoke(sandbox, token_of(here, "--account", first.stem))
    assert here.run("status").returncode == 4


@pytest.mark.parametrize("arguments", [(), ("--json",), ("--offline",), ("--json", "--offline")])
def test_without_an_account_it_is_exit_3(machine, arguments):
    """A script can tell "nobody" from all else, and reads no half answer."""
    ran = machine.run("status", *arguments)
    assert (ran.returncode, ran.stdout) == (3, "")
    assert "flickr-auth login" in ran.stderr


def test_offline_asks_nobody(driven, here, sandbox):
    """What is stored is told without Flickr and without the keyring."""
    driven()
    sandbox.close()
    (account,) = (here.app / "accounts").iterdir()
    account.write_text(account.read_text().replace("fake_keyrings.Good", "fake_keyrings.Locked"))
    ran = here.run("status", "--offline")
    assert ran.returncode == 0
    assert "sandbox-sam" in ran.stdout and "not checked" in ran.stdout
    assert told(here, "--offline")[1]["sandbox-sam"]["verdict"] is None


def test_json_has_the_documented_names_and_no_secret(driven, here):
    """A script finds what the help lists, in that order, and nothing that it would have to hide."""
    driven()
    ran = here.run("status", "--json")
    assert tuple(json.loads(ran.stdout)[0]) == DOCUMENTED
    help_text = here.run("status", "--help").stdout
    assert all(name in help_text for name in DOCUMENTED)
    account = json.loads(here.run("show", "--format", "json").stdout)
    for name in ("api_key", "api_secret", "oauth_token", "oauth_token_secret"):
        assert account[name] not in ran.stdout + here.run("status", "-v").stderr


def test_a_permission_that_has_changed_is_shown(driven, here):
    """What Flickr says counts, and what was stored stands beside it."""
    driven("--store", "file")
    (account,) = (here.app / "accounts").iterdir()
    account.write_text(account.read_text().replace('"perms": "read"', '"perms": "delete"'))
    ran = here.run("status")
    assert "The stored permission is delete; Flickr says read." in ran.stdout
    assert told(here)[1]["sandbox-sam"]["perms"] == "read"
    assert told(here)[1]["sandbox-sam"]["stored_perms"] == "delete"


def test_several_accounts_are_checked_side_by_side(machine):
    """Three accounts are asked about at the same time: none is answered before all three have asked."""
    gate = threading.Barrier(3)
    waiting = threading.Event()

    def clock():
        if waiting.is_set():
            gate.wait(20)
        return time.time()

    with Sandbox(clock=clock) as sandbox:
        machine.environ["FLICKR_AUTH_BASE_URL"] = sandbox.base_url
        machine.write_apikeys()
        for user in range(3):
            begun = machine.run("login", "--start", "--json", "--store", "file")
            address = json.loads(begun.stdout)["address"]
            code = sandbox.press_ok(address.partition("oauth_token=")[2].partition("&")[0], user=user)
            assert machine.run("login", "--finish", code).returncode == 0
        waiting.set()
        code, accounts = told(machine)
    assert code == 0
    assert {each["verdict"] for each in accounts.values()} == {"valid"}


def test_the_environment_is_an_account_too(driven, here, sandbox):
    """The four variables are checked beside what is stored, as an account of the environment's."""
    driven(user=0)
    four = json.loads(here.run("show", "--format", "json").stdout)
    here.run("logout")
    variables = {f"FLICKR_{name.upper()}": four[name] for name in ("api_key", "api_secret")}
    variables |= {"FLICKR_OAUTH_TOKEN": four["oauth_token"]}
    variables |= {"FLICKR_OAUTH_TOKEN_SECRET": four["oauth_token_secret"]}
    code, accounts = told(here, **variables)
    assert code == 0
    assert accounts["sandbox-sam"]["store"] == "environment"
    assert accounts["sandbox-sam"]["verdict"] == "valid"


def test_one_account_can_be_asked_about(driven, here):
    """--account and --token-file limit it to one."""
    driven(user=0)
    driven(user=2)
    assert list(told(here, "--account", "SANDBOX-さくら")[1]) == ["sandbox-さくら"]
    driven("--token-file", "token")
    code, accounts = told(here, "--token-file", "token")
    assert code == 0
    assert accounts["sandbox-sam"]["store"] == "token-file"


def test_the_table_fits_the_terminal(driven, here):
    """Eighty columns are enough, also for names that are wide."""
    driven(user=0)
    driven(user=2)
    terminal = here.terminal("status")
    lines = [line.rstrip() for line in terminal.read().splitlines()]
    terminal.close()
    assert terminal.exitstatus == 0
    wide = [len(line) + sum(ord(each) > 0x2E80 for each in line) for line in lines]
    assert max(wide) <= 80
    assert sum(line.endswith("valid") for line in lines) == 2


def test_a_name_cannot_write_on_the_terminal(driven, here):
    """Control characters in a stored name are shown as text."""
    driven("--store", "file")
    (account,) = (here.app / "accounts").iterdir()
    account.write_text(account.read_text().replace("sandbox-sam", "\\u001b[2Jsam"))
    ran = here.run("status", "--offline")
    assert "\x1b" not in ran.stdout
    assert "\\x1b[2Jsam" in ran.stdout


def test_a_sandbox_account_is_checked_by_the_stand_in(machine):
    """What was logged in against the sandbox says so, and can be checked in a later process."""
    machine.run("login", "--sandbox")
    ran = machine.run("status")
    assert ran.returncode == 0
    assert "sandbox, key" in ran.stdout and "valid" in ran.stdout
