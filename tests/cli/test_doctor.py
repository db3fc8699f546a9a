"""`flickr-auth doctor`: what a login would use, whether it would work, and nothing that may not be pasted."""

import json
import pathlib
import re
import socket
import subprocess
import sys
import time

import pytest
import requests

from flickr_auth.sandbox.server import KEYS, Sandbox

from programs import make

CHECKS = (
    *("versions", "variables", "keys", "keyring", "folder", "provider"),
    *("reachable", "key-known", "clock", "account"),
)
SECRET = "f00dfeedf00dfeed"


def told(machine, *arguments, **variables):
    """The exit code, and what --json says of each check; of several accounts, the first."""
    ran = machine.run("doctor", "--json", *arguments, **variables)
    assert "Traceback" not in ran.stderr
    return ran.returncode, {each["check"]: each for each in reversed(json.loads(ran.stdout))}


def files(machine):
    """All that is there: every file with its content, and every folder."""
    found = (*machine.home.rglob("*"), *machine.folder.rglob("*"), pathlib.Path(machine.environ["FAKE_KEYRING"]))
    return {path: path.read_bytes() if path.is_file() else None for path in found}


def test_a_machine_where_all_is_well_passes(driven, here):
    """Every check passes, in the documented order, and the exit code is 0."""
    driven()
    ran = here.run("doctor")
    assert ran.returncode == 0
    begun = [line.split()[:2] for line in ran.stdout.splitlines() if not line.startswith(" ")]
    assert begun == [["OK", check] for check in CHECKS]
    assert ran.stderr == "OK Nothing failed.\n"


def test_a_file_of_keys_that_is_missing_is_one_failure(driven, here):
    """Whether Flickr can be reached, and the clock, do not depend on it."""
    driven()
    code, checks = told(here, FLICKR_APIKEYS="nowhere")
    assert code == 3 and [name for name in CHECKS if checks[name]["result"] == "fail"] == ["keys"]
    assert checks["reachable"]["result"] == "pass" and checks["key-known"]["result"] == "skipped"


def test_json_has_the_documented_names(driven, here):
    """A script finds the four names and the checks that the help lists."""
    driven()
    listed = json.loads(here.run("doctor", "--json").stdout)
    assert tuple(each["check"] for each in listed) == CHECKS
    assert {tuple(each) for each in listed} == {("check", "result", "found", "advice")}
    help_text = here.run("doctor", "--help").stdout
    assert all(name in help_text for name in (*CHECKS, "check result found advice"))


def test_nothing_is_left_behind(driven, here):
    """No folder is made, no file, no keyring item and no login."""
    assert here.run("doctor").returncode == 0
    assert not here.app.exists()
    driven()
    before = files(here)
    assert here.run("doctor").returncode == 0
    assert files(here) == before


def test_no_secret_and_no_home_is_in_it(driven, here, sandbox):
    """Of all that is known here nothing secret is told, no key as a whole, and not whose home it is."""
    driven("--store", "file")
    account = json.loads(here.run("show", "--format", "json").stdout)
    begun = json.loads(here.run("login", "--start", "--json", "--store", "file").stdout)
    (pending,) = (here.app / "pending").iterdir()
    token = begun["url"].partition("oauth_token=")[2].partition("&")[0]
    assert here.run("login", "--token-file", here.home / "token", stdin="").returncode != 0
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
    """Without a key the way to Flickr and its clock are checked all the same."""
    code, checks = told(machine, FLICKR_AUTH_BASE_URL=sandbox.base_url)
    assert code == 3
    assert checks["keys"]["result"] == "fail" and "login --sandbox" in checks["keys"]["advice"]
    assert checks["reachable"]["result"] == checks["clock"]["result"] == "pass"
    assert checks["key-known"]["result"] == "skipped"


def test_where_the_keys_are_from_is_told(here):
    """The file with its mode and the first eight characters of the key; a shape like no other is a warning."""
    _, checks = told(here, "--offline")
    assert f"{KEYS[0].api_key[:8]}... from ./apikeys" in checks["keys"]["found"]
    _, checks = told(here, "--offline", FLICKR_API_KEY="5a0db0c5a0", FLICKR_API_SECRET=KEYS[0].api_secret)
    assert checks["keys"]["result"] == "warning"
    assert "from FLICKR_API_KEY. The key has 10 characters" in checks["keys"]["found"]


@pytest.mark.parametrize(
    ("key", "secret", "words"),
    [("0" * 32, "0" * 16, "does not know this API key"), (KEYS[0].api_key, "0" * 16, "a secret is wrong")],
)
def test_a_key_that_is_refused_is_exit_4(here, key, secret, words):
    """An unknown key and a wrong secret are told apart, and Flickr was reached in both cases."""
    code, checks = told(here, FLICKR_API_KEY=key, FLICKR_API_SECRET=secret)
    assert code == 4
    assert checks["key-known"]["result"] == "fail" and words in checks["key-known"]["found"]
    assert checks["reachable"]["result"] == "pass"


def test_a_network_that_is_down_is_exit_5(here, sandbox):
    """What depends on an answer is skipped, and nothing is said of the key."""
    sandbox.close()
    code, checks = told(here, FLICKR_AUTH_HTTP_TIMEOUT=1)
    assert code == 5
    assert checks["reachable"]["result"] == "fail"
    assert checks["key-known"]["result"] == checks["clock"]["result"] == "skipped"


def test_offline_asks_nobody(driven, here, sandbox):
    """No request is made and no account is judged."""
    driven()
    sandbox.close()
    code, checks = told(here, "--offline")
    assert code == 0
    assert {name for name, each in checks.items() if each["result"] == "skipped"} == {
        *("reachable", "key-known", "clock", "account")
    }
    assert "not checked" in checks["account"]["found"]


@pytest.mark.parametrize(
    ("off", "result", "code"), [(0, "pass", 0), (90, "warning", 0), (-90, "warning", 0), (400, "fail", 4)]
)
def test_the_clock_is_compared_with_flickrs(machine, off, result, code):
    """Over a minute is a warning; over five, at which Flickr refuses signatures, a failure."""
    machine.write_apikeys()
    with Sandbox(clock=lambda: time.time() - off) as sandbox:
        exit_code, checks = told(machine, FLICKR_AUTH_BASE_URL=sandbox.base_url)
    assert (exit_code, checks["clock"]["result"]) == (code, result)
    assert ("ahead of" if off >= 0 else "behind") in checks["clock"]["found"] or off == 0
    assert (checks["clock"]["advice"] is None) == (result == "pass")


def test_a_clock_that_flickr_refuses_is_the_failure(machine):
    """Where Flickr refuses the time, nothing is said against the key."""
    machine.write_apikeys()
    with Sandbox(clock=lambda: time.time() + 7200) as sandbox:
        code, checks = told(machine, FLICKR_AUTH_BASE_URL=sandbox.base_url)
    assert code == 4
    assert checks["clock"]["result"] == "fail" and "dated" in checks["clock"]["advice"]
    assert checks["key-known"]["result"] == "skipped" and checks["reachable"]["result"] == "pass"


@pytest.mark.parametrize("backend", ["Failing", "Locked", "Null", "Hanging"])
def test_a_keyring_that_fails_is_a_warning_until_something_is_in_it(driven, here, backend):
    """With every account in a file a login can do without; with one in the keyring it is exit 6."""
    driven("--store", "file")
    bad = {"PYTHON_KEYRING_BACKEND": f"fake_keyrings.{backend}", "FLICKR_AUTH_KEYRING_TIMEOUT": 1}
    code, checks = told(here, **bad)
    assert (code, checks["keyring"]["result"]) == (0, "warning")
    assert "--store file" in checks["keyring"]["advice"]
    driven(user=2)
    assert told(here, **bad)[0] == 6


def test_loose_files_are_named_with_the_chmod_that_mends_them(driven, here):
    """What is proposed is run, and then nothing is loose."""
    driven("--store", "file")
    here.run("login", "--start", "--store", "file")
    (here.folder / "token").write_text("a\nb")
    loose = [here.folder / "apikeys", here.folder / "token", here.app / "default"]
    loose += [*(here.app / "accounts").glob("[!.]*.json"), *(here.app / "pending").iterdir()]
    for path in loose:
        path.chmod(0o640)
    here.app.chmod(0o755)
    code, checks = told(here, "--offline", FLICKR_TOKEN_FILE="token")
    assert (code, checks["folder"]["result"], checks["keys"]["result"]) == (0, "warning", "warning")
    assert "chmod 600 " in checks["keys"]["advice"]
    command = checks["folder"]["advice"].removeprefix("Fix: ")
    subprocess.run(["sh", "-c", command], cwd=here.folder, env=here.environ, check=True)
    assert told(here, "--offline", FLICKR_TOKEN_FILE="token")[1]["folder"]["result"] == "pass"
    assert here.app.stat().st_mode & 0o777 == 0o700


def test_the_browser_or_why_none_is_told(here):
    """The program that BROWSER names, or the reason why none would be opened."""
    for variables, words in (
        ({"BROWSER": "/usr/bin/firefox %s"}, "firefox"),
        ({"BROWSER": "lynx"}, "BROWSER names no graphical browser"),
        ({"SSH_TTY": "/dev/pts/0"}, "SSH"),
        ({"FLICKR_AUTH_BROWSER": "0", "DISPLAY": ":0"}, "FLICKR_AUTH_BROWSER"),
        ({}, "no display"),
    ):
        assert words in told(here, "--offline", **variables)[1]["provider"]["found"]


@pytest.mark.process  # the library looks for browsers once
@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="there the system knows its browser")
def test_the_browser_of_a_display_is_told(here, bin_folder):
    """In front of a screen it is the machine's own browser, by its name, or there is none."""
    screen = {"DISPLAY": ":0", "PATH": bin_folder}
    assert "the system's browser" in told(here, "--offline", **screen)[1]["provider"]["found"]
    make(bin_folder / "firefox", "")
    assert told(here, "--offline", **screen)[1]["provider"]["found"].endswith("; the system's browser")


def test_the_proxy_and_its_variable_are_told(here):
    """Which variable sends the requests where; NO_PROXY and this machine are out of it."""
    there = {"FLICKR_AUTH_BASE_URL": "https://flickr.example.org", "HTTPS_PROXY": "http://jamal:secret@proxy:3128"}
    found = told(here, "--offline", **there)[1]["provider"]["found"]
    assert found.startswith("flickr.example.org, a proxy (from HTTPS_PROXY);")
    found = told(here, "--offline", **there, NO_PROXY="example.org")[1]["provider"]["found"]
    assert found.startswith("flickr.example.org, no proxy;")
    found = told(here, "--offline", HTTP_PROXY="http://proxy:3128")[1]["provider"]["found"]
    assert ", no proxy;" in found


MALFORMED = (
    "http://jamal:{}@proxy@other:3128",
    "http://jamal@home:{}@proxy:3128",
    "jamal:{}@proxy:3128",
    "//jamal:{}@proxy:3128",
    "http:/jamal:{}@proxy:3128",
    "http:jamal:{}@proxy:3128",
    "htp://jamal:{}@proxy:3128",
    "http://jamal:{}",
    "http://jamal:a/{}@proxy:3128",
    "http://jamal:a?{}@proxy:3128",
    "http://jamal:a#{}@proxy:3128",
    "http://jamal:12/{}@proxy:3128",
    "http://jamal:12?x={}",
    "http://jamal:{} x@proxy:3128",
    " http://jamal:{}@",
    "http://jamal:{}@[::1",
    "http://jamal:{}@::1:3128",
    "http://jamal:{}@proxy:31 28",
    "http://[{}]@proxy:3128",
    "http://proxy:3128/{}",
    "socks5://jamal%3A{}%40proxy:1080",
    "http://jamal:a%40{}@proxy:port",
)
CLEAN = {
    "http://jamal:{}@proxy:3128": "http://proxy:3128",
    "https://jamal:{}%40b@proxy.example.org:3128/": "https://proxy.example.org:3128",
    "socks5h://jamal:{}@[::1]:1080": "socks5h://[::1]:1080",
    "http://{}@proxy": "http://proxy",
    "http://jamal:a:{}@10.0.0.1:3128": "http://10.0.0.1:3128",
}


def test_a_malformed_proxy_is_named_by_its_variable_alone(here):
    """Nothing of the address is in the output, neither as text nor as JSON."""
    for form in MALFORMED:
        variables = {"FLICKR_AUTH_BASE_URL": "https://flickr.example.org", "HTTPS_PROXY": form.format("sesame")}
        for arguments in (("--offline",), ("--offline", "--json")):
            ran = here.run("doctor", *arguments, **variables)
            assert "sesame" not in ran.stdout + ran.stderr and "Traceback" not in ran.stderr
            assert "HTTPS_PROXY" in ran.stdout


def test_variables_are_told_by_name_alone(here):
    """What is set is listed; what is empty is unset."""
    _, checks = told(here, "--offline", FLICKR_AUTH_PERMS="write", FLICKR_AUTH_STORE="", FLICKR_OTHER="hidden")
    assert checks["variables"]["found"] == "FLICKR_AUTH_BASE_URL, FLICKR_AUTH_PERMS, FLICKR_OTHER"


def test_a_rejected_account_is_exit_4(driven, here, sandbox):
    """Each account has a line of its own with its verdict."""
    driven()
    driven(user=2)
    tokens = [
        here.run("show", "--field", "oauth_token", "--account", each.stem)
        for each in (here.app / "accounts").glob("[!.]*.json")
    ]
    page = f"{sandbox.base_url}/services/auth/list.gne"
    assert requests.post(page, data={"oauth_token": tokens[0].stdout.strip()}, timeout=10).ok
    ran = here.run("doctor")
    assert ran.returncode == 4
    accounts = [line for line in ran.stdout.splitlines() if line.split()[1:2] == ["account"]]
    assert sorted(line.split()[0] for line in accounts) == ["FAILED", "OK"]
    assert ran.stderr == "Error: 1 failed: account\n"


def test_the_environments_account_does_not_hide_the_others(driven, here):
    """Half of the four variables is a failure, and what is stored has its verdict all the same."""
    driven()
    ran = here.run("doctor", FLICKR_OAUTH_TOKEN="a")
    assert ran.returncode == 3
    results = [line.split()[0] for line in ran.stdout.splitlines() if line.split()[1:2] == ["account"]]
    assert results == ["FAILED", "OK"]


def test_the_sandbox_needs_no_key(machine):
    """With the word sandbox the stand-in is what is checked."""
    code, checks = told(machine, FLICKR_AUTH_BASE_URL="sandbox")
    assert code == 0
    assert checks["key-known"]["result"] == "pass"


BROKEN = {
    "timeout": ({"FLICKR_AUTH_HTTP_TIMEOUT": "abc"}, 2, "reachable"),
    "keyring timeout": ({"FLICKR_AUTH_KEYRING_TIMEOUT": "abc"}, 2, "keyring"),
    "base URL": ({"FLICKR_AUTH_BASE_URL": "ftp://[nowhere"}, 2, "provider"),
    "home": ({"HOME": "/dev/null", "XDG_CONFIG_HOME": ""}, 6, "folder"),
    "app folder": ({"FLICKR_AUTH_HOME": "/dev/null"}, 6, "folder"),
    "user": ({"FLICKR_AUTH_HOME": "~no-such-user/there"}, 3, "folder"),
    "backend": ({"PYTHON_KEYRING_BACKEND": "no.such.Thing", "FLICKR_AUTH_STORE": "keyring"}, 6, "keyring"),
    "keys": ({"FLICKR_APIKEYS": "/dev/null/apikeys"}, 3, "keys"),
    "account": ({"FLICKR_AUTH_ACCOUNT": "nobody"}, 3, "account"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_whatever_is_broken_every_check_has_its_line(driven, here, what):
    """One fault is one failure or a few, with its exit code; no traceback, and no check is missing."""
    driven("--store", "file")
    variables, code, failing = BROKEN[what]
    ran, checks = told(here, **variables)
    assert (ran, checks[failing]["result"]) == (code, "fail")
    assert set(checks) == set(CHECKS)


def test_keys_are_not_missed_by_someone_who_uses_the_sandbox_alone(machine):
    """After a sandbox login no alarm is raised about keys of Flickr's: a warning, and exit 0."""
    machine.run("login", "--sandbox")
    code, checks = told(machine, "--offline")
    assert (code, checks["keys"]["result"]) == (0, "warning")


def test_keys_that_only_an_account_has_are_what_a_login_would_use(driven, here):
    """Where no apikeys file is found the keys of the default account are named."""
    driven()
    (here.folder / "apikeys").unlink()
    code, checks = told(here)
    assert (code, checks["keys"]["result"]) == (0, "pass")
    assert checks["keys"]["found"].startswith(f"{KEYS[0].api_key[:8]}... from the account ")
    assert checks["key-known"]["result"] == "pass"


def test_everything_broken_at_once_is_told_in_time(here):
    """A dead host, a hanging keyring, malformed proxies and no home: a checklist all the same."""
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        variables = {"HOME": "/dev/null", "FLICKR_AUTH_HTTP_TIMEOUT": 1, "FLICKR_AUTH_KEYRING_TIMEOUT": 1}
        variables |= {"https_proxy": "http://[", "ALL_PROXY": "://@:", "NO_PROXY": "[", "TERM": "", "LANG": ""}
        variables |= {"PYTHON_KEYRING_BACKEND": "fake_keyrings.Hanging", "REQUESTS_CA_BUNDLE": "/"}
        port = deaf.getsockname()[1]
        code, checks = told(here, **variables, FLICKR_AUTH_BASE_URL=f"http://127.0.0.1:{port}")
        assert code == 6
        assert checks["reachable"]["result"] == "fail"
        assert set(checks) >= set(CHECKS)
        assert told(here, **variables, FLICKR_AUTH_BASE_URL="https://flickr.invalid")[0] == 6


def test_colours_are_for_a_terminal(here):
    """On a terminal results are coloured, in a pipe they are not, and NO_COLOR is heeded."""
    assert "\x1b" not in here.run("doctor", "--offline", NO_COLOR="").stdout
    for no_color, is_coloured in (("", True), ("1", False)):
        terminal = here.terminal("doctor", "--offline", NO_COLOR=no_color)
        shown = terminal.read()
        terminal.close()
        assert terminal.exitstatus == 0
        assert bool(re.search("\x1b\\[32m✓", shown)) is is_coloured


def test_it_fits_a_terminal_of_eighty_columns_and_repeats_the_failures_at_the_end(machine):
    """No word is cut, what does not fit hangs below its text, and the last line names what failed."""
    terminal = machine.terminal("doctor", "--offline", FLICKR_AUTH_HOME="/dev/null")
    lines = terminal.read().rstrip().splitlines()
    terminal.close()
    assert terminal.exitstatus == 3
    assert max(map(len, lines)) <= 80 or "https://" in max(lines, key=len)
    assert {line[:2] for line in lines[:-1]} == {"✓ ", "✗ ", "- ", "  "}
    assert all(line.startswith(" " * 15) for line in lines if line.startswith("  "))
    assert lines[-1] == "✗ 3 failed: keys, folder, account"
