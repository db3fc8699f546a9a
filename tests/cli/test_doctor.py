"""`flickr-auth doctor`: what a login would use, whether it would work, and nothing that may not be pasted."""

import json
import os
import pathlib
import re
import subprocess
import sys
import time

import pytest

from flickr_auth.sandbox.server import KEYS, Sandbox

import hints
from terminals import needs_a_terminal

CHECKS = (
    *("versions", "variables", "keys", "keyring", "folder", "provider"),
    *("reachable", "key-known", "calls", "clock", "account"),
)
SECRET = "f00dfeedf00dfeed"


def told(machine, *arguments, **variables):
    """The exit code, and what --json says of each check; of several accounts, the first."""
    ran = machine.run("doctor", "--json", *arguments, **variables)
    assert "Traceback" not in ran.stderr
    return ran.returncode, {each["check"]: each for each in reversed(json.loads(ran.stdout))}


def accounts(ran):
    """The result of each account's line."""
    return sorted(line.split()[0] for line in ran.stdout.splitlines() if line.split()[1:2] == ["account"])


def files(machine):
    """All that is there: every file with its content, and every folder."""
    found = (*machine.home.rglob("*"), *machine.folder.rglob("*"), pathlib.Path(machine.environ["FAKE_KEYRING"]))
    return {path: path.read_bytes() if path.is_file() else None for path in found}


def test_a_machine_where_all_is_well_passes_and_nothing_is_left_behind(driven, here):
    """Every check passes, in the documented order: no folder is made, no file, no keyring item and no login."""
    assert here.run("doctor").returncode == 0 and not here.app.exists()
    driven()
    before = files(here)
    ran = here.run("doctor")
    assert ran.returncode == 0
    begun = [line.split()[:2] for line in ran.stdout.splitlines() if not line.startswith(" ")]
    assert begun == [["OK", check] for check in CHECKS]
    assert ran.stderr == "OK Nothing failed.\n"
    assert files(here) == before


def test_json_has_the_documented_names(here):
    """A script finds the four names and the checks that the help lists."""
    listed = json.loads(here.run("doctor", "--json").stdout)
    assert tuple(each["check"] for each in listed) == CHECKS
    assert {tuple(each) for each in listed} == {("check", "result", "found", "advice")}
    help_text = here.run("doctor", "--help").stdout
    assert all(name in help_text for name in (*CHECKS, "check result found advice"))


def test_no_secret_and_no_home_is_in_it(driven, here):
    """Of all that is known here nothing secret is told, no key as a whole, and not whose home it is."""
    driven("--store", "file")
    account = json.loads(here.run("show", "--format", "json").stdout)
    begun = json.loads(here.run("login", "--start", "--json", "--store", "file").stdout)
    (pending,) = (here.app / "pending").iterdir()
    token = begun["url"].partition("oauth_token=")[2].partition("&")[0]
    (here.home / "token").write_text(f"72157626318069415-087bfc7b5816092c\n{SECRET}")
    variables = {
        "FLICKR_TOKEN_FILE": here.home / "token",
        "HTTPS_PROXY": "http://jamal:pass%40word@127.0.0.1:9",
        "https_proxy": "jamal:pa/ss@word@nowhere",
        "ALL_PROXY": "socks5://jamal:open-sesame@[",
    }
    secrets = {account["api_key"], account["api_secret"], account["oauth_token_secret"], SECRET, str(here.home)}
    secrets |= {json.loads(pending.read_text())["oauth_token_secret"], token, "pass%40word", "pa/ss", "open-sesame"}
    for more in ({}, {"FLICKR_AUTH_BASE_URL": "https://flickr.invalid", "FLICKR_AUTH_HTTP_TIMEOUT": 1}):
        for arguments in (("-v",), ("--json",), ("--offline",)):
            ran = here.run("doctor", *arguments, **variables, **more)
            assert ran.stdout and not [each for each in secrets if each in ran.stdout + ran.stderr]


def test_no_keys_is_exit_3_and_the_rest_is_told(machine, sandbox):
    """Without a key, or with a missing file of keys, the way to Flickr and its clock are checked all the same."""
    for variables in ({}, {"FLICKR_APIKEYS": "nowhere"}):
        code, checks = told(machine, FLICKR_AUTH_BASE_URL=sandbox.base_url, **variables)
        assert code == 3 and [name for name in CHECKS if checks[name]["result"] == "fail"] == ["keys"]
        assert checks["reachable"]["result"] == checks["clock"]["result"] == "pass"
        assert checks["key-known"]["result"] == "skipped"


def test_where_the_keys_are_from_is_told(here, sandbox):
    """The file, a variable or an account, with the first eight characters; a shape like no other is a warning."""
    begin = f"{KEYS[0].api_key[:8]}... from"
    assert told(here, "--offline")[1]["keys"]["found"].startswith(f"{begin} ./apikeys")
    _, checks = told(here, "--offline", FLICKR_API_KEY="5a0db0c5a0", FLICKR_API_SECRET=KEYS[0].api_secret)
    assert checks["keys"]["result"] == "warning"
    assert "from FLICKR_API_KEY. An API key has 32 characters; this one has 10." in checks["keys"]["found"]
    here.log_in(provider=sandbox.base_url)
    (here.folder / "apikeys").unlink()
    code, checks = told(here)
    assert (code, checks["keys"]["result"], checks["key-known"]["result"]) == (0, "pass", "pass")
    assert checks["keys"]["found"].startswith(f"{begin} the account ")


def test_a_key_that_is_refused_is_exit_4(here):
    """An unknown key and a wrong secret are told apart, and Flickr was reached in both cases."""
    for key, words in (("0" * 32, "does not know this API key"), (KEYS[0].api_key, "a secret is wrong")):
        code, checks = told(here, FLICKR_API_KEY=key, FLICKR_API_SECRET="0" * 16)
        assert code == 4
        assert checks["key-known"]["result"] == "fail" and words in checks["key-known"]["found"]
        assert checks["reachable"]["result"] == "pass"


def test_a_network_that_is_down_is_exit_5(here, nobody_there):
    """What depends on an answer is skipped, no account waits for what does not answer, and no key is blamed."""
    here.log_in(provider=nobody_there)
    code, checks = told(here, FLICKR_AUTH_BASE_URL=nobody_there, FLICKR_AUTH_HTTP_TIMEOUT="0.3")
    assert code == 5
    assert checks["reachable"]["result"] == "fail"
    assert {checks[name]["result"] for name in ("key-known", "clock", "account")} == {"skipped"}


def test_offline_asks_nobody(here, nobody_there):
    """No request is made and no account is judged."""
    here.log_in(provider=nobody_there)
    code, checks = told(here, "--offline", FLICKR_AUTH_BASE_URL=nobody_there)
    skipped = {name for name, each in checks.items() if each["result"] == "skipped"}
    assert (code, skipped) == (0, {"reachable", "key-known", "clock", "account"})
    assert "not checked" in checks["account"]["found"]


def test_the_clock_is_compared_with_flickrs(machine):
    """Over a minute is a warning; a clock at which Flickr refuses signatures is a failure, and none of the key's."""
    machine.write_apikeys()
    for off, result, code, direction in (
        (90, "warning", 0, "ahead of"),
        (-90, "warning", 0, "behind"),
        (400, "fail", 4, ""),
    ):
        with Sandbox(clock=lambda off=off: time.time() - off) as sandbox:
            exit_code, checks = told(machine, FLICKR_AUTH_BASE_URL=sandbox.base_url)
        assert (exit_code, checks["clock"]["result"], checks["reachable"]["result"]) == (code, result, "pass")
        assert checks["clock"]["advice"] is not None and direction in checks["clock"]["found"]
        assert checks["key-known"]["result"] != "fail"


def test_a_keyring_that_fails_is_a_warning_until_something_is_in_it(driven, here):
    """With every account in a file a login can do without; with one in the keyring it is exit 6."""
    driven("--store", "file")
    bad = {"PYTHON_KEYRING_BACKEND": "fake_keyrings.Hanging", "FLICKR_AUTH_KEYRING_TIMEOUT": "0.1"}
    code, checks = told(here, "--offline", **bad)
    assert (code, checks["keyring"]["result"]) == (0, "warning")
    assert "--store file" in checks["keyring"]["advice"]
    driven(user=2)
    assert told(here, "--offline", **bad)[0] == 6


def test_loose_files_are_named_with_the_chmod_that_mends_them(here, sandbox):
    """What is proposed is said once and run, and then nothing is loose."""
    account = here.log_in(provider=sandbox.base_url).account
    (here.folder / "apikeys").chmod(0o640)
    (loose,) = (here.app / "accounts").iterdir()
    loose.chmod(0o640)
    here.app.chmod(0o755)
    _, checks = told(here, "--offline", FLICKR_AUTH_ACCOUNT=account)  # which is read by more than one check
    assert [loose.name in (each["advice"] or "") for each in checks.values()].count(True) == 1
    code, checks = told(here, "--offline")
    assert (code, checks["folder"]["result"], checks["keys"]["result"]) == (0, "warning", "warning")
    assert "chmod 600 " in checks["keys"]["advice"]
    command = checks["folder"]["advice"].removeprefix("Fix: ")
    subprocess.run(["sh", "-c", command], cwd=here.folder, env=here.environ, check=True)
    assert told(here, "--offline")[1]["folder"]["result"] == "pass"
    assert here.app.stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_a_folder_that_keeps_no_modes_is_told_of(here, monkeypatch):
    """On a USB stick, where every file is open to all, the app folder is writable and no success."""
    here.app.mkdir(mode=0o700, parents=True)
    system_open = os.open
    monkeypatch.setattr(os, "open", lambda path, flags, *_, **how: system_open(path, flags, 0o644, **how))
    monkeypatch.setattr(os, "fchmod", lambda *_: None)
    code, checks = told(here, "--offline")
    assert (code, checks["folder"]["result"]) == (0, "warning")
    assert "does not keep files private" in checks["folder"]["found"]


def test_the_browser_or_why_none_is_told(here):
    """The program that BROWSER names, or the reason why none would be opened."""
    for variables, words in (
        ({"BROWSER": "/usr/bin/firefox %s"}, "firefox"),
        ({"BROWSER": "lynx"}, "BROWSER names no graphical browser"),
        ({"SSH_TTY": "/dev/pts/0"}, "SSH"),
        ({"FLICKR_AUTH_BROWSER": "0", "DISPLAY": ":0"}, "FLICKR_AUTH_BROWSER"),
        ({"DISPLAY": ":0"}, "the system's browser"),
    ):
        assert words in told(here, "--offline", **variables)[1]["provider"]["found"]


def test_the_proxy_and_its_variable_are_told(here):
    """Which variable sends the requests where; NO_PROXY and this machine are out of it."""
    there = {"FLICKR_AUTH_BASE_URL": "https://flickr.example.org", "HTTPS_PROXY": "http://jamal:secret@proxy:3128"}
    for variables, words in (
        (there, "flickr.example.org, a proxy (from HTTPS_PROXY);"),
        ({"HTTP_PROXY": "http://other:1"} | there, "flickr.example.org, a proxy (from HTTPS_PROXY);"),
        (there | {"NO_PROXY": "example.org"}, "flickr.example.org, no proxy;"),
        ({"HTTP_PROXY": "http://proxy:3128"}, ", no proxy;"),
    ):
        assert words in told(here, "--offline", **variables)[1]["provider"]["found"]


def test_a_malformed_proxy_is_named_by_its_variable_alone(here):
    """Nothing of the address is in the output, neither as text nor as JSON."""
    for address in ("http://jamal:sesame@proxy@other:3128", "jamal:a/sesame@proxy:3128", "http://jamal:sesame@[::1"):
        variables = {"FLICKR_AUTH_BASE_URL": "https://flickr.example.org", "HTTPS_PROXY": address}
        for arguments in (("--offline",), ("--offline", "--json")):
            ran = here.run("doctor", *arguments, **variables)
            assert "sesame" not in ran.stdout + ran.stderr and "Traceback" not in ran.stderr
            assert "HTTPS_PROXY" in ran.stdout


def test_variables_are_told_by_name_alone(here):
    """What is set is listed, what is empty is unset; what a login refuses is a failure, and a slip a warning."""
    _, checks = told(
        here, "--offline", FLICKR_AUTH_PERMS="write", FLICKR_AUTH_STORE="", FLICKR_API_KEYS="another tool's"
    )
    assert checks["variables"]["found"] == "FLICKR_API_KEYS, FLICKR_AUTH_BASE_URL, FLICKR_AUTH_PERMS"
    ran = here.run("doctor", "--offline", FLICKR_AUTH_PERM="write")
    assert (ran.returncode, ran.stderr) == (0, "OK Nothing failed; warnings: variables.\n")
    code, checks = told(here, "--offline", FLICKR_AUTH_PERM="write")
    assert (code, checks["variables"]["result"]) == (0, "warning")
    for slip, meant in (
        ("FLICKR_AUTH_PERM", "FLICKR_AUTH_PERMS"),
        ("FLICKR_AUTH_ACOUNT", "FLICKR_AUTH_ACCOUNT"),
    ):
        code, checks = told(here, "--offline", **{slip: "x"})
        assert (code, checks["variables"]["result"]) == (0, "warning")
        assert checks["variables"]["found"] == f"There is no variable {slip}. Did you mean: {meant}"


def test_what_login_refuses_or_warns_of_is_no_success_here(here):
    """Each setting with which a login ends or warns is in the checklist, in the very sentence, and not as a success."""
    (here.folder / "token").write_text("72157626318069415-087bfc7b5816092c\na202d1f853ec69de")
    (here.folder / "apikeys").chmod(0o644)
    keys = dict(zip(("FLICKR_API_KEY", "FLICKR_API_SECRET"), KEYS[0], strict=False))
    for variables in (
        {},  # the mode of apikeys
        *({name: "bogus"} for name in _options_with_variables(here)),
        {"FLICKR_AUTH_HTTP_TIMEOUT": "0"},
        {"FLICKR_AUTH_KEYRING_TIMEOUT": "abc"},
        {"FLICKR_AUTH_BASE_URL": "ftp://nowhere"},
        {"FLICKR_AUTH_HOME": "relative"},
        {"FLICKR_TOKEN_FILE": "token"},
        {"FLICKR_TOKEN_FILE": "."},
        {"FLICKR_TOKEN_FILE": str(here.app / "apikeys")},
        {"FLICKR_AUTH_ACCOUNT": "nobody"},
        {"FLICKR_API_KEY": KEYS[0].api_key},
        {"FLICKR_API_KEY": "has a space", "FLICKR_API_SECRET": "0" * 16},
        {"PYTHON_KEYRING_BACKEND": "no.such.Thing", "FLICKR_AUTH_STORE": "keyring"},
        {"PYTHON_KEYRING_BACKEND": "no.such.Thing"},
    ):
        for more in ({}, {"FLICKR_AUTH_STORE": "file"}, keys, {"FLICKR_AUTH_BASE_URL": "sandbox"}):
            settings = more | variables
            login = here.run("login", **settings)
            errors = [line.partition(": ")[2] for line in login.stderr.splitlines() if "Error: " in line]
            warnings = re.findall("Warning: (.*?)(?: (?:Fix|To change that): .*)?\n", login.stderr)
            rows = json.loads(here.run("doctor", "--offline", "--json", **settings).stdout)
            advice = {line for row in rows for line in (row["advice"] or "").splitlines()}
            assert {hints.fault(each) for each in advice} <= {""}
            bad = " ".join(row["found"] for row in rows if row["result"] in ("warning", "fail"))
            for sentence in {*errors, *warnings} - {"No code was entered."}:
                assert sentence.replace(str(here.home), "~") in bad, (settings, login.stderr)


def _options_with_variables(machine):
    """The variables of login's options, as its help lists them."""
    names = set(re.findall(r"\[env: (\w+)\]", " ".join(machine.run("login", "--help").stdout.split())))
    assert {"FLICKR_AUTH_PERMS", "FLICKR_AUTH_BROWSER", "FLICKR_AUTH_STORE", "FLICKR_APIKEYS"} <= names
    return sorted(names - {"FLICKR_TOKEN_FILE"})


def test_a_failure_is_told_once(here, nobody_there):
    """What one fault does to the checks after it is one line with the reason, and the others refer to it."""
    here.log_in(provider=nobody_there)
    here.log_in(2)
    for variables, sentence in (
        ({"FLICKR_AUTH_BASE_URL": nobody_there}, nobody_there.removeprefix("http://")),
        ({"FLICKR_AUTH_HOME": "relative"}, "not an absolute path"),
    ):
        ran = here.run("doctor", **variables)
        rows = json.loads(here.run("doctor", "--json", **variables).stdout)
        assert [sentence in row["found"] for row in rows if row["result"] == "fail"].count(True) == 1
        assert "Trying again" not in ran.stdout + ran.stderr
        assert all(
            row["found"].startswith("not checked") or row["check"] == "account"
            for row in rows
            if row["result"] == "skipped"
        )
    ran = here.run("doctor", FLICKR_AUTH_HTTP_TIMEOUT="1.5")  # another provider than the account's
    assert ran.returncode == 5 and "OK      reachable" in ran.stdout and "Trying again" not in ran.stdout + ran.stderr


def test_the_calls_of_a_key_without_an_account_are_told_and_without_a_limit_none_is_a_warning(here):
    """The key that a login would use is one of those whose calls are counted."""
    here.run("call", "--public", "flickr.test.echo", FLICKR_AUTH_CALLS_PER_HOUR="0")
    for limit, result, found in (
        ("0", "pass", ": 1 call in"),
        ("1", "warning", ": 1 of 1 calls"),
        ("2", "pass", ": 1 of 2 calls"),
    ):
        row = told(here, "--offline", FLICKR_AUTH_CALLS_PER_HOUR=limit)[1]["calls"]
        assert row["result"] == result and found in row["found"]


def test_each_account_has_a_line_with_its_verdict(here, sandbox):
    """A rejected one is exit 4 and hides no other; neither does half an account in the environment."""
    here.log_in(provider=sandbox.base_url)
    ran = here.run("doctor", FLICKR_OAUTH_TOKEN="a")
    assert (ran.returncode, accounts(ran)) == (3, ["FAILED", "OK"])
    path = next((here.app / "accounts").iterdir())
    path.write_text(path.read_text().replace('"oauth_token": "', '"oauth_token": "1'))
    here.log_in(2, provider=sandbox.base_url)
    ran = here.run("doctor")
    assert (ran.returncode, accounts(ran)) == (4, ["FAILED", "OK"])
    assert ran.stderr == "Error: 1 failed: account\n"


def test_the_sandbox_needs_no_key(machine):
    """With the word sandbox the stand-in is checked; whoever has accounts of it alone misses no key of Flickr's."""
    code, checks = told(machine, FLICKR_AUTH_BASE_URL="sandbox")
    assert (code, checks["key-known"]["result"]) == (0, "pass")
    machine.log_in()
    code, checks = told(machine, "--offline", FLICKR_AUTH_ACCOUNT="sandbox-sam")
    assert (code, checks["keys"]["result"]) == (0, "warning")
    assert checks["variables"]["found"].startswith("FLICKR_AUTH_ACCOUNT is set, so ")  # and is not named twice


BROKEN = (
    ({"FLICKR_AUTH_HTTP_TIMEOUT": "abc"}, 2, "variables"),
    ({"FLICKR_AUTH_KEYRING_TIMEOUT": "abc"}, 2, "variables"),
    ({"FLICKR_AUTH_BASE_URL": "ftp://[nowhere"}, 2, "variables"),
    ({"HOME": "/dev/null", "XDG_CONFIG_HOME": ""}, 6, "folder"),
    ({"PYTHON_KEYRING_BACKEND": "no.such.Thing", "FLICKR_AUTH_STORE": "keyring"}, 6, "keyring"),
    ({"FLICKR_APIKEYS": "/dev/null/apikeys"}, 3, "keys"),
    ({"FLICKR_AUTH_ACCOUNT": "nobody"}, 3, "account"),
)


def test_whatever_is_broken_every_check_has_its_line(here, sandbox):
    """One fault is one failure or a few, with its exit code; no traceback, and no check is missing."""
    here.log_in(provider=sandbox.base_url)
    for variables, code, failing in BROKEN:
        ran, checks = told(here, **variables)
        assert (ran, checks[failing]["result"]) == (code, "fail")
        assert set(checks) == set(CHECKS)


@needs_a_terminal
def test_it_fits_a_terminal_of_eighty_columns_and_repeats_the_failures_at_the_end(machine):
    """No word is cut, what does not fit hangs below its text, the last line names what failed; NO_COLOR is heeded."""
    for no_color in ("1", ""):
        terminal = machine.terminal("doctor", "--offline", FLICKR_AUTH_HOME="/dev/null", NO_COLOR=no_color)
        shown = terminal.read()
        terminal.close()
        assert terminal.exitstatus == 3
        assert bool(re.search("\x1b\\[32m✓", shown)) is (no_color == "")
        lines = re.sub("\x1b\\[[0-9;]*m", "", shown).rstrip().splitlines()
        assert max(map(len, lines)) <= 80 or "https://" in max(lines, key=len)
        assert {line[:2] for line in lines[:-1]} == {"✓ ", "✗ ", "- ", "  "}
        assert all(line.startswith(" " * 15) for line in lines if line.startswith("  "))
        assert lines[-1] == "✗ 2 failed: keys, folder"


@needs_a_terminal
def test_what_shows_the_waiting_is_gone_when_the_line_comes(machine, nobody_there):
    """No line of the checklist begins behind how long it took."""
    slow = {"FLICKR_AUTH_BASE_URL": nobody_there, "FLICKR_AUTH_HTTP_TIMEOUT": "2.5"}
    terminal = machine.terminal("doctor", **slow)
    shown = terminal.read()
    terminal.close()
    assert "Waiting for" in shown
    lines = [line.rstrip("\r").rpartition("\r")[2] for line in shown.split("\n")]
    assert any(line.startswith("✗ reachable ") for line in lines) and "Waiting for" not in "".join(lines)
