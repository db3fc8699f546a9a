"""`flickr-auth status`: valid, rejected and unknown, never mixed up."""

import json
import sys
import threading
import time

import pytest
import requests

from flickr_auth.sandbox.server import KEYS, Sandbox

from bound import modes_bind
from samples import OAUTH_TOKEN

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
    *("api_key_start", "logged_in_at", "token_file", "verdict", "reason", "fix", "code"),
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


def test_accounts_of_several_keys_are_each_checked_with_their_own(here, sandbox):
    """Each request is signed with the key that the account came with, whoever else is asked about."""
    for user, keys in enumerate((*KEYS, *KEYS)):
        here.log_in(user % 3, provider=sandbox.base_url, keys=keys)
    ran = here.run("status")
    assert (ran.returncode, ran.stdout.count(" valid")) == (0, 4)


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
    (account,) = (here.app / "accounts").glob("[!.]*.json")
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
    driven("--store", "file", user=0)
    driven(user=2)
    first, second = sorted((here.app / "accounts").glob("[!.]*.json"))
    text = first.read_text()
    port = sandbox.base_url.rpartition(":")[2]
    down = first.with_name(first.name.replace(f"%3A{port}", "%3A1"))
    first.rename(down)
    down.write_text(text.replace(sandbox.base_url, "http://127.0.0.1:1").replace(first.stem, down.stem))
    assert here.run("status", FLICKR_AUTH_HTTP_TIMEOUT=1).returncode == 5
    second.write_text(second.read_text().replace("fake_keyrings.Good", "fake_keyrings.Locked"))
    assert here.run("status", FLICKR_AUTH_HTTP_TIMEOUT=1).returncode == 6
    down.rename(first)
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
    (account,) = (here.app / "accounts").glob("[!.]*.json")
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
    (account,) = (here.app / "accounts").glob("[!.]*.json")
    account.write_text(account.read_text().replace('"perms": "read"', '"perms": "delete"'))
    ran = here.run("status")
    assert "The stored permission is delete; the token has read permission." in ran.stdout
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
            address = json.loads(begun.stdout)["url"]
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
    assert sum(line.endswith(" valid") and line[0] in "* " for line in lines) == 2
    assert lines[-2:] == ["2 accounts: 2 valid", "* the default account"]


def test_a_name_cannot_write_on_the_terminal(driven, here):
    """Control characters in a stored name are shown as text."""
    driven("--store", "file")
    (account,) = (here.app / "accounts").glob("[!.]*.json")
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


def variables(machine, *arguments):
    """An account as the four variables hand it on."""
    account = json.loads(machine.run("show", "--format", "json", *arguments).stdout)
    return {f"FLICKR_{name.upper()}": account[name] for name in ("api_key", "api_secret")} | {
        f"FLICKR_{name.upper()}": account[name] for name in ("oauth_token", "oauth_token_secret")
    }


def marked(ran):
    """The first line of the row that is marked."""
    (line,) = [line for line in ran.stdout.splitlines() if line.startswith("*")]
    return line


def test_the_row_that_other_commands_use_is_marked_and_the_mark_explained(driven, here):
    """Whatever decides, the star stands where `show` would look, and stderr says why it does."""
    driven(user=0)
    driven(user=2)
    driven("--token-file", "token", user=1)
    ran = here.run("status")
    assert "sandbox-sam" in marked(ran) and ran.stderr.splitlines() == ["2 accounts: 2 valid", "* the default account"]
    ran = here.run("status", FLICKR_AUTH_ACCOUNT="sandbox-さくら", FLICKR_TOKEN_FILE="token")
    assert "sandbox-さくら" in marked(ran)
    assert ran.stderr.splitlines()[-1] == "* the account in use (from FLICKR_AUTH_ACCOUNT)"
    ran = here.run("status", FLICKR_TOKEN_FILE="token")
    assert marked(ran).split()[1] not in ("sandbox-sam", "sandbox-さくら")
    assert ran.stderr.splitlines()[-1] == "* the account in use (from FLICKR_TOKEN_FILE)"
    ran = here.run("status", "--offline", **variables(here, "--account", "sandbox-さくら"))
    assert marked(ran).split()[1] == "(environment)"
    assert ran.stderr.splitlines()[-1] == "* the account in use (from FLICKR_OAUTH_TOKEN)"


def test_a_variable_that_names_no_account_is_warned_of(driven, here):
    """Every other command will fail over it: it is named here, with what to do."""
    driven("--store", "file")
    ran = here.run("status", FLICKR_AUTH_ACCOUNT="nobody")
    assert ran.returncode == 0 and ran.stderr.splitlines() == [
        "Warning: No account named 'nobody' (from FLICKR_AUTH_ACCOUNT). Accounts: sandbox-sam",
        "Set FLICKR_AUTH_ACCOUNT to one of them, or unset it.",
    ]


def test_where_no_account_is_the_default_status_says_how_to_set_one(driven, here):
    """After the default has been logged out nobody has to guess what the next command will do."""
    for user in range(3):
        driven(user=user)
    here.run("logout")
    ran = here.run("status")
    assert not [line for line in ran.stdout.splitlines() if line.startswith("*")]
    assert ran.stderr.splitlines()[-2:] == ["No default account is set.", "Run: flickr-auth use ACCOUNT"]


def test_a_token_file_is_called_one(driven, here):
    """The row of a token file says so, with its path, also where nothing else is known of it."""
    driven("--token-file", "token")
    ran = here.run("status", "--offline", FLICKR_TOKEN_FILE="token")
    assert "(token file)" in ran.stdout and "token file token, " in ran.stdout
    assert "environment" not in ran.stdout


def test_a_rejected_row_says_which_command_mends_it(driven, here, sandbox):
    """The command names the account, its provider and its permission, and works as it stands."""
    driven("--perms", "write", user=2)
    revoke(sandbox, token_of(here))
    ran = here.run("status")
    assert "    Run: flickr-auth login --account 'sandbox-さくら' --perms write" in ran.stdout.splitlines()


def test_a_rejected_variable_has_to_be_unset(driven, here, sandbox):
    """A new login alone would change nothing as long as the variables hold the old token."""
    driven()
    revoke(sandbox, token_of(here))
    ran = here.run("status", **variables(here))
    rows = ran.stdout.split("\n* ")
    assert "Run: unset FLICKR_OAUTH_TOKEN FLICKR_OAUTH_TOKEN_SECRET; flickr-auth login" in rows[1]


def test_a_rejected_token_file_is_written_anew(driven, here, sandbox):
    """The command writes that very file."""
    driven("--token-file", "my token")
    token = (here.folder / "my token").read_text().split()[0]
    revoke(sandbox, token)
    for ran in (here.run("status", "--token-file", "my token"), here.run("status", FLICKR_TOKEN_FILE="my token")):
        assert ran.returncode == 4
        assert "flickr-auth login --token-file 'my token'" in ran.stdout


def test_half_an_account_in_the_environment_is_a_row_and_hides_no_other(driven, here):
    """What is missing is named in its row; what is stored has its verdict all the same."""
    driven()
    ran = here.run("status", FLICKR_OAUTH_TOKEN=OAUTH_TOKEN)
    assert ran.returncode == 3
    assert "FLICKR_API_KEY" in ran.stdout and "sandbox-sam" in ran.stdout


def test_two_accounts_of_one_person_are_told_apart_on_the_first_line(driven, here):
    """The same name and NSID with two keys: each first line has what the other has not."""
    driven()
    here.write_apikeys(keys=KEYS[1])
    driven()
    ran = here.run("status")
    first_lines = [line for line in ran.stdout.splitlines() if "sandbox-sam" in line]
    assert len(first_lines) == 2
    for key, other in ((KEYS[0], KEYS[1]), (KEYS[1], KEYS[0])):
        (line,) = [line for line in first_lines if key.api_key[:8] in line]
        assert other.api_key[:8] not in line


def test_retries_of_many_accounts_are_one_line(driven, here, sandbox):
    """A network that is down is said once, though eight are asked about at a time."""
    driven("--store", "file")
    (path,) = (here.app / "accounts").glob("[!.]*.json")
    for number in range(8):
        account = json.loads(path.read_text()) | {"user_nsid": f"9999999{number}@N00"}
        copy = path.with_name(path.name.replace("12345678@N00", f"9999999{number}@N00"))
        copy.touch(mode=0o600)
        copy.write_text(json.dumps(account))
    sandbox.close()
    ran = here.run("status", FLICKR_AUTH_HTTP_TIMEOUT=2)
    assert ran.returncode == 5
    assert ran.stderr.count("Trying again") == 1


def test_a_token_on_stdin_can_be_asked_about(driven, here):
    """`--token-file -` reads the token from stdin, so that it need not stand in a file or on a command line."""
    driven("--token-file", "token")
    token = (here.folder / "token").read_text()
    ran = here.run("status", "--token-file", "-", stdin=token)
    assert ran.returncode == 0
    assert "sandbox-sam" in ran.stdout and "token on stdin" in ran.stdout
    ran = here.run("status", "--token-file", "-", stdin="")
    assert (ran.returncode, ran.stdout) == (3, "")
    assert "stdin is empty" in ran.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_an_account_that_may_not_be_read_is_a_failure_of_the_store(machine):
    """One file that a `sudo flickr-auth` left is exit 6 wherever it is needed, and hides no other account."""
    machine.log_in()
    machine.log_in(user=1)
    path = next((machine.app / "accounts").glob("12345678@*"))
    path.chmod(0)
    commands = ("show", "call flickr.test.login", "run -- true", "export flickraw --not-flickr", "status --offline")
    with modes_bind():
        for command in commands:
            ran = machine.run(*command.split())
            shown = " ".join((ran.stderr + ran.stdout).split())  # `status` folds it
            assert ran.returncode == 6 and "cannot be read: Permission denied" in shown, command
        assert "sandbox-zoë" in ran.stdout
        assert machine.run("show", "--account", "sandbox-zoë").returncode == 0
        assert machine.run("logout").returncode == 6 and path.exists()
        assert machine.run("logout", "--force").returncode == 0 and not path.exists()
