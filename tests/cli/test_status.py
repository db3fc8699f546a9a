"""`flickr-auth status`: valid, rejected and unknown, never mixed up."""

import json
import sys
import time

import pytest
import requests

from flickr_auth.cli.text import cells
from flickr_auth.sandbox.server import KEYS
from flickr_auth.storage.choose import FOUR

from bound import modes_bind
from samples import OAUTH_TOKEN
from terminals import needs_a_terminal

DOCUMENTED = (
    *("account", "is_default", "is_active", "user_nsid", "username", "fullname", "perms", "stored_perms", "store"),
    *("provider", "api_key_start", "logged_in_at", "calls_last_hour", "token_file", "verdict", "reason", "fix", "code"),
)


def four(machine, *arguments):
    """An account as the four variables hand it on."""
    account = json.loads(machine.run("show", "--format", "json", *arguments).stdout)
    return {f"FLICKR_{name.upper()}": account[name] for name in list(account)[:4]}


def revoke(sandbox, token):
    """What a person does on Flickr's page of authorized apps."""
    page = f"{sandbox.base_url}/services/auth/list.gne"
    assert requests.post(page, data={"oauth_token": token}, timeout=10).ok


def told(machine, *arguments, **variables):
    """The exit code, and what --json says of each account, by username."""
    ran = machine.run("status", "--json", *arguments, **variables)
    return ran.returncode, {each["username"]: each for each in json.loads(ran.stdout)}


def test_a_token_that_works_is_valid(driven, here):
    """Who, with which permission, where kept, whose, since when: and valid, exit 0."""
    driven("--perms", "write")
    ran = here.run("status")
    assert ran.returncode == 0
    first, second = ran.stdout.splitlines()[1:]
    assert ran.stderr == ""
    assert first.split() == ["*", "sandbox-sam", "12345678@N00", "write", "valid"]
    today = time.strftime("%Y-%m-%d", time.gmtime())
    assert second.startswith("    keyring, http://127.0.0.1:") and f"key {KEYS[0].api_key[:8]}..." in second
    assert second.endswith(f"logged in {today}")


def test_accounts_of_several_keys_are_each_checked_with_their_own(here, sandbox):
    """Each request is signed with the key that the account came with, whoever else is asked about."""
    for user, keys in enumerate((*KEYS, *KEYS)):
        here.log_in(user % 3, provider=sandbox.base_url, keys=keys)
    ran = here.run("status")
    assert ran.returncode == 0 and "4 accounts: 4 valid" in ran.stdout


def test_a_revoked_token_is_rejected_and_kept(here, sandbox):
    """Flickr's no is exit 4 with its reason and the command that mends it, and deletes nothing."""
    account = here.log_in(2, perms="write", provider=sandbox.base_url)
    assert here.run("status").returncode == 0
    revoke(sandbox, account.oauth_token)
    before = here.record()
    ran = here.run("status")
    assert ran.returncode == 4
    assert "rejected" in ran.stdout and "unknown" not in ran.stdout
    assert "Invalid auth token" in ran.stdout
    assert "    Run: flickr-auth login --account 'sandbox-さくら' --perms write" in ran.stdout.splitlines()
    assert here.record() == before


def test_a_rejected_token_that_is_not_stored_comes_with_what_mends_it_there(driven, here, sandbox):
    """Variables have to be unset, or a new login would change nothing; a token file is written anew."""
    account = here.log_in(provider=sandbox.base_url)
    driven("--token-file", "my token", user=2)
    revoke(sandbox, (here.folder / "my token").read_text().split()[0])
    for ran in (here.run("status", "--token-file", "my token"), here.run("status", FLICKR_TOKEN_FILE="my token")):
        assert ran.returncode == 4 and "flickr-auth login --token-file 'my token'" in ran.stdout
    revoke(sandbox, account.oauth_token)
    rows = here.run("status", **four(here)).stdout.split("\n* ")
    assert "Run: unset FLICKR_OAUTH_TOKEN FLICKR_OAUTH_TOKEN_SECRET; flickr-auth login" in rows[1]


def test_a_network_that_is_down_is_no_verdict(here, nobody_there):
    """Where nobody answers, accounts could not be checked: exit 5, never rejected, and a retry is said once for all."""
    for user in range(4):
        here.log_in(user, provider=nobody_there)
    ran = here.run("status", FLICKR_AUTH_HTTP_TIMEOUT="1.5")
    assert ran.returncode == 5
    assert "4 accounts: 4 unknown" in ran.stdout and "rejected" not in ran.stdout
    assert f"Nothing answers at {nobody_there.removeprefix('http://')}." in ran.stdout
    assert f"Run: flickr-auth sandbox --port {nobody_there.rpartition(':')[2]}" in ran.stdout
    assert ran.stderr.count("Trying again") == 1


def test_a_file_or_a_keyring_that_fails_is_no_verdict_and_hides_no_other(driven, here, sandbox):
    """What cannot be read is one row with its reason; the others have their verdicts: exit 6."""
    driven()
    (account,) = (here.app / "accounts").glob("*.json")
    account.write_text(account.read_text().replace("fake_keyrings.Good", "fake_keyrings.Locked"))
    here.log_in(2, provider=sandbox.base_url)
    damaged = here.app / "accounts" / "21207597@N07-653e7a6e.json"
    damaged.write_text("{")
    code, accounts = told(here)
    assert code == 6
    assert accounts["sandbox-さくら"]["verdict"] == "valid"
    assert accounts["sandbox-sam"]["verdict"] == "unknown" and "locked" in accounts["sandbox-sam"]["reason"]
    assert str(damaged) in accounts[None]["reason"] and accounts[None]["code"] == 6
    assert damaged.read_text() == "{"


def test_what_has_to_be_acted_on_first_is_the_exit_code(here, sandbox, nobody_there):
    """A rejected token outweighs a store that failed, which outweighs a network that is down."""
    down = {"FLICKR_AUTH_HTTP_TIMEOUT": "0.3"}
    here.log_in(1, provider=nobody_there)
    assert here.run("status", **down).returncode == 5
    (here.app / "accounts" / "broken.json").write_text("{")
    assert here.run("status", **down).returncode == 6
    account = here.log_in(0, provider=sandbox.base_url)
    assert here.run("status", **down).returncode == 6
    revoke(sandbox, account.oauth_token)
    assert here.run("status", **down).returncode == 4


def test_without_an_account_it_is_exit_3(machine):
    """A script can tell "nobody" from all else, and reads no half answer."""
    for arguments in ((), ("--json",), ("--offline",)):
        ran = machine.run("status", *arguments)
        assert (ran.returncode, ran.stdout) == (3, "")
        assert "flickr-auth login" in ran.stderr


def test_offline_asks_nobody(driven, here, sandbox):
    """What is stored is told without Flickr and without the keyring."""
    driven()
    sandbox.close()
    (account,) = (here.app / "accounts").glob("*.json")
    account.write_text(account.read_text().replace("fake_keyrings.Good", "fake_keyrings.Locked"))
    ran = here.run("status", "--offline")
    assert ran.returncode == 0
    assert "sandbox-sam" in ran.stdout and "not checked" in ran.stdout
    assert told(here, "--offline")[1]["sandbox-sam"]["verdict"] is None


def test_json_has_the_documented_names_and_no_secret(two):
    """A script finds what the help lists, in that order, and nothing that it would have to hide."""
    ran = two.run("status", "--json")
    assert [tuple(each) for each in json.loads(ran.stdout)] == [DOCUMENTED, DOCUMENTED]
    help_text = two.run("status", "--help").stdout
    assert all(name in help_text for name in DOCUMENTED)
    for value in four(two).values():
        assert value not in ran.stdout + two.run("status", "-v").stderr


def test_a_permission_that_has_changed_is_shown(here, sandbox):
    """What Flickr says counts, and what was stored stands beside it."""
    here.log_in(provider=sandbox.base_url)
    (account,) = (here.app / "accounts").glob("*.json")
    account.write_text(account.read_text().replace('"perms": "read"', '"perms": "delete"'))
    assert "The stored permission is delete; the token has read permission." in here.run("status").stdout
    row = told(here)[1]["sandbox-sam"]
    assert (row["perms"], row["stored_perms"]) == ("read", "delete")


def test_one_account_can_be_asked_about(two, driven):
    """--account and --token-file limit it to one; `-` reads a token that need not stand in a file."""
    assert list(told(two, "--account", "SANDBOX-さくら")[1]) == ["sandbox-さくら"]
    driven("--token-file", "token")
    code, accounts = told(two, "--token-file", "token")
    assert (code, accounts["sandbox-sam"]["store"]) == (0, "token-file")
    ran = two.run("status", "--token-file", "-", stdin=(two.folder / "token").read_text())
    assert ran.returncode == 0 and "sandbox-sam" in ran.stdout and "token on stdin" in ran.stdout
    ran = two.run("status", "--token-file", "-", stdin="")
    assert (ran.returncode, ran.stdout) == (3, "") and "stdin is empty" in ran.stderr


@needs_a_terminal
def test_the_table_fits_the_terminal(two):
    """Sixty-four columns are enough, also for names that are wide, and for one that is too long for them."""
    for account in (two.app / "accounts").glob("*.json"):
        account.write_text(account.read_text().replace("sandbox-sam", "sam" * 40))
    terminal = two.terminal("status", columns=64)
    lines = [line.rstrip() for line in terminal.read().splitlines()]
    terminal.close()
    assert terminal.exitstatus == 0
    wide = [len(line) + sum(ord(each) > 0x2E80 for each in line) for line in lines]
    assert max(wide) <= 64
    assert sum(line.endswith(" valid") and line[0] in "* " for line in lines) == 2
    assert lines[-2:] == ["2 accounts: 2 valid", "* the default account"]


def test_a_name_cannot_write_on_the_terminal(here, sandbox):
    """Control characters in a stored name are shown as text."""
    here.log_in(provider=sandbox.base_url)
    (account,) = (here.app / "accounts").glob("*.json")
    account.write_text(account.read_text().replace("sandbox-sam", "\\u001b[2Jsam"))
    ran = here.run("status", "--offline")
    assert "\x1b" not in ran.stdout and "\\x1b[2Jsam" in ran.stdout


def test_no_name_shifts_the_columns(here, sandbox):
    """What a name, an NSID or a permission holds is counted as it is shown, also in an encoding that lacks it."""
    here.log_in(provider=sandbox.base_url)
    (account,) = (here.app / "accounts").glob("*.json")
    told = json.loads(account.read_text())
    for number, odd in enumerate(({"username": "さくら\u0301"}, {"user_nsid": "1\t2@N00"}, {"perms": "読み取り\x07"})):
        other = account.with_name(f"{number}.json")
        other.touch(mode=0o600)
        other.write_text(json.dumps(told | odd | {"id": str(number)}))
    for encoding in ("utf-8", "ascii:backslashreplace"):
        ran = here.run_process("status", "--offline", PYTHONIOENCODING=encoding)
        lines = ran.stdout.splitlines()
        ends = {cells(line.partition("not checked")[0]) for line in lines if line.endswith("  not checked")}
        assert ends == {cells(lines[0].partition("STATUS")[0])}, ran.stdout


def marked(ran):
    """The name in the row that is marked, and the line that says why."""
    assert ran.stderr == ""
    line, legend = [line for line in ran.stdout.splitlines() if line.startswith("*")]
    return line.split()[1], legend


def test_the_row_that_other_commands_use_is_marked_and_the_mark_explained(two, driven):
    """Whatever decides, the star stands where `show` would look, and below the table is why, also in a pipe."""
    driven("--token-file", "token", user=1)
    assert marked(two.run("status")) == ("sandbox-sam", "* the default account")
    ran = two.run("status", FLICKR_AUTH_ACCOUNT="sandbox-さくら", FLICKR_TOKEN_FILE="token")
    assert marked(ran) == ("sandbox-さくら", "* the account in use (from FLICKR_AUTH_ACCOUNT)")
    ran = two.run("status", "--offline", FLICKR_TOKEN_FILE="token")
    assert marked(ran) == ("(token", "* the account in use (from FLICKR_TOKEN_FILE)")
    assert "token file token, " in ran.stdout and "environment" not in ran.stdout
    ran = two.run("status", "--offline", **four(two, "--account", "sandbox-さくら"))
    assert marked(ran) == ("(environment)", "* the account in use (from FLICKR_OAUTH_TOKEN)")


def test_the_environment_is_an_account_too(two):
    """The four variables are checked beside what is stored; half of them is a row that says so and hides no other."""
    ran = two.run("status", "--json", **four(two))
    rows = [(each["store"], each["verdict"], each["is_active"]) for each in json.loads(ran.stdout)]
    assert (ran.returncode, rows[0]) == (0, ("environment", "valid", True))
    assert [row[1:] for row in rows[1:]] == [("valid", False)] * 2
    ran = two.run("status", FLICKR_OAUTH_TOKEN=OAUTH_TOKEN)
    assert ran.returncode == 3
    assert "FLICKR_API_KEY" in ran.stdout and "sandbox-sam" in ran.stdout


def test_a_variable_that_names_no_account_is_warned_of(here, sandbox):
    """Every other command will fail over it: it is named here, with what to do."""
    here.log_in(provider=sandbox.base_url)
    ran = here.run("status", FLICKR_AUTH_ACCOUNT="nobody")
    assert ran.returncode == 0 and ran.stderr.splitlines() == [
        "Warning: No account named 'nobody' (from FLICKR_AUTH_ACCOUNT). Accounts: sandbox-sam",
        "Fix: set FLICKR_AUTH_ACCOUNT to one of them, or unset it",
    ]


def test_where_no_account_is_the_default_status_says_how_to_set_one(two):
    """After the default has been logged out nobody has to guess what the next command will do."""
    (two.app / "default").unlink()
    ran = two.run("status")
    assert not [line for line in ran.stdout.splitlines() if line.startswith("*")]
    assert "No default account is set." in ran.stderr
    assert ran.stderr.splitlines()[-1] == "Try: flickr-auth use sandbox-sam"


def test_two_accounts_of_one_person_are_told_apart(here, sandbox):
    """The same name with two keys: below each is what names it alone."""
    ids = [here.log_in(provider=sandbox.base_url, keys=keys).account for keys in KEYS]
    rows = here.run("status").stdout.split("sandbox-sam")[1:]
    assert sorted(row.splitlines()[1] for row in rows) == sorted(f"    --account {each}" for each in ids)


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
            assert ran.returncode == 6 and "cannot be read: you have no permission" in shown, command
        assert "sandbox-zoë" in ran.stdout
        assert machine.run("show", "--account", "sandbox-zoë").returncode == 0
        assert machine.run("logout").returncode == 6 and path.exists()
        assert machine.run("logout", "--force").returncode == 0 and not path.exists()


NO_FOLDERS = {
    "HOME": ("/dev/null", "FILE", "", "somewhere", "LOOP"),
    "XDG_CONFIG_HOME": ("/dev/null", "FILE/config"),
    "FLICKR_AUTH_HOME": ("FILE", "/dev/null/fa"),
}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other variables")
@pytest.mark.parametrize("variable", NO_FOLDERS)
def test_no_home_folder_stops_nothing_that_needs_no_account(machine, variable):
    """Keys and token in variables or a token file work without one; what needs an account names the variable."""
    (machine.folder / "FILE").touch()
    (machine.folder / "LOOP").symlink_to("LOOP")
    four = dict(zip(FOUR, (*KEYS[0][:2], "72157626737672178-022bbd2f4c2f3432", "fccb68c4e6103197"), strict=True))
    keys = {name: four[name] for name in FOUR[:2]} | {"FLICKR_AUTH_BASE_URL": "sandbox"}
    for value in NO_FOLDERS[variable]:
        named = value.startswith(("FILE", "LOOP"))
        machine.environ[variable] = str(machine.folder / value) if named else value
        for arguments, variables, words in (
            (("login", "--sandbox", "--token-file", "token"), {}, "Token saved in token"),
            (("status",), {"FLICKR_TOKEN_FILE": "token", "FLICKR_AUTH_BASE_URL": "sandbox"}, "valid"),
            (("call", "flickr.test.login"), {"FLICKR_TOKEN_FILE": "token", **keys}, "sandbox-sam"),
            (("logout", "--token-file", "token"), {}, "Deleted token"),
            (("status", "--offline"), four, "environment"),
            (("show", "--field", "api_key"), four, KEYS[0].api_key),
            (("call", "--public", "flickr.test.echo"), keys, '"ok"'),
            (("completion", "bash"), {}, "COMPREPLY"),
            (("help", "files"), {}, "app folder"),
        ):
            ran = machine.run(*arguments, **variables)
            assert ran.returncode == 0 and words in ran.stdout + ran.stderr, (arguments, ran)
        for arguments in (("login", "--sandbox", "--store", "file"), ("show",), ("use",), ("logout",), ("doctor",)):
            ran = machine.run(*arguments)
            assert ran.returncode in (3, 6) and variable in ran.stdout + ran.stderr, (arguments, ran)
            assert f"Fix: set {variable} to " in ran.stdout + ran.stderr and "Not a directory" not in ran.stderr
