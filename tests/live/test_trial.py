"""The check of Flickr itself is tried on the sandbox in its place, as it is and with each of its answers changed."""

import dataclasses
import json
import pathlib
import re
import sys

import pytest

from flickr_auth import provider
from flickr_auth.sandbox.server import KEYS, Sandbox
from live.asking import Visit
from live.expected import EXPECTED
from live.report import AS_EXPECTED, DIFFERENT, NOT_TRIED, written
from live.story import told

import programs
from terminals import needs_a_terminal, pexpect

pytestmark = pytest.mark.thorough
ROOT = pathlib.Path(__file__).parents[2]
ONLY_FLICKR = {"REST: plain http"}


def changed(old, new, status=None):
    """A reply with another text in its body, and another status; None where that text is not in it."""

    def change(request, reply):
        if old.encode() not in reply.body:
            return None
        return dataclasses.replace(
            reply, body=reply.body.replace(old.encode(), new.encode()), status=status or reply.status
        )

    return change


def page_beyond(request, reply):
    """A page beyond the last that is empty."""
    parsed = json.loads(reply.body) if reply.body.startswith(b'{"photos"') else {}
    asked = re.search(r"\bpage=([0-9]+)", request.query)
    if not parsed or not asked or int(asked[1]) <= parsed["photos"]["pages"]:
        return None
    parsed["photos"]["photo"] = []
    return dataclasses.replace(reply, body=json.dumps(parsed).encode())


# What a sandbox says instead, and the rows that must then be different. They may all be changed in one visit.
CHANGES = (
    (
        changed("oauth_callback_confirmed=true", "oauth_callback_confirmed=TRUE"),
        ["request token", "request token for a callback on this machine"],
    ),
    (changed("&debug_sbs=", "&debug_sbs=POST%26"), ["request token: wrong API secret", "REST: bad signature"]),
    (
        changed("consumer_key_unknown", "consumer_key_refused"),
        ["request token: unknown API key", "REST: unknown API key"],
    ),
    (changed("parameter_absent&", "parameter_absent&", 401), ["request token: no callback", "REST: no token"]),
    (
        changed("signature_method_rejected", "signature_method_rejected", 401),
        ["request token: signed with HMAC-SHA256"],
    ),
    (
        changed("timestamp_refused", "timestamp_refused&oauth_acceptable_timestamps=1-2"),
        ["request token: clock ten minutes behind", "request token: clock ten minutes ahead"],
    ),
    (
        changed("oauth_problem=nonce_used", "oauth_token=1&oauth_token_secret=2", 200),
        ["request token: the same request twice"],
    ),
    (changed("permission_denied", "verifier_invalid"), ["access token: before the approval"]),
    (changed("oauth_problem=token_rejected", "<html>", 429), ["access token: the same once more"]),
    (
        changed('"perms":{"_content":"read"}', '"perms":{"_content":"write"}'),
        ["login --finish, after a wrong code", "checkToken", "status"],
    ),
    (changed('"user":{"id":"12345678@N00"', '"user":{"id":"12345679@N00"'), ["call"]),
    (changed('"id":"5000000000', '"id":"1","was":"5000000000'), ["call --paginate"]),
    (page_beyond, ["page beyond the last"]),
    (changed('"code":98', '"code":108'), ["REST: unknown token"]),
    (changed("Key has invalid format", "Key not found"), ["REST: malformed API key"]),
    (changed('\\" not found"', '\\" found"', 404), ["REST: unknown method"]),
)


def visited(folder, change=lambda _request, reply: reply, approved=lambda: None):
    """Visit a sandbox whose replies are changed: the verdicts of the report, its text, and the requests it took."""
    requests = []

    def changing(request, answer):
        requests.append(request)
        return change(request, answer(request))

    def ask(page):
        approved()
        return sandbox.press_ok(re.search("oauth_token=([^&]+)", page)[1])

    with Sandbox(around=changing) as sandbox, Visit(provider.at(sandbox.base_url), KEYS[0], folder) as visit:
        report = written(dict(told(visit, ask)), sandbox.base_url, hidden=KEYS[0])
    return verdicts_in(report), report, requests


def verdicts_in(report):
    rows = re.findall(r"^\| (.+?) \| (.+?) \|", report, re.MULTILINE)[1:]
    assert [name for name, _ in rows] == list(EXPECTED)
    return dict(rows)


def named(verdicts, *which):
    return {name for name, verdict in verdicts.items() if verdict in which}


def test_nothing_is_different_at_the_sandbox_itself(tmp_path):
    """Each row is as expected at a sandbox, in fewer than 60 requests; none of them changes anything there."""
    verdicts, _, requests = visited(tmp_path)
    assert (named(verdicts, DIFFERENT), named(verdicts, NOT_TRIED)) == (set(), ONLY_FLICKR)
    assert len(requests) < 60
    assert {each.method for each in requests if "/rest" in each.path} == {"GET"}


def test_each_difference_is_seen_and_no_other(tmp_path):
    """A server that answers otherwise has the rows of that answer different, and those alone, with what was seen."""
    done = set()

    def change(request, reply):
        for number, (changing, _) in enumerate(CHANGES):
            if new := changing(request, reply):
                done.add(number)
                return new
        return reply

    verdicts, report, _ = visited(tmp_path, change, approved=(tmp_path / "app" / "pending" / "left").touch)
    assert done == set(range(len(CHANGES)))
    assert named(verdicts, DIFFERENT) == {name for _, names in CHANGES for name in names} | {"logout"}
    assert named(verdicts, NOT_TRIED) == ONLY_FLICKR
    for name in named(verdicts, DIFFERENT):
        assert f"\n{name}:\n    expected: {EXPECTED[name].answer}\n    seen:     " in report
    assert not any(each in report for each in (*KEYS[0][:2], "12345678@N00", "sandbox-sam"))


def test_a_request_token_that_a_wrong_code_ends_costs_one_more_page(tmp_path):
    """If the first wrong code ends the login, that is a difference, and all the rest is tried with a second one."""
    ended = set()

    def end(request, reply):
        token = re.search('oauth_token="([^"]+)"', request.headers.get("authorization", ""))
        if "access_token" not in request.path or token is None:
            return reply
        if token[1] in ended:
            return dataclasses.replace(reply, status=401, body=b"oauth_problem=token_rejected")
        if b"verifier_invalid" in reply.body:
            ended.add(token[1])
        return reply

    verdicts, report, _ = visited(tmp_path, end)
    assert named(verdicts, DIFFERENT) == {"login --finish, after a wrong code"}
    assert named(verdicts, NOT_TRIED) == ONLY_FLICKR
    assert "seen:     exit 4: Error: This login is no longer open" in report


def test_a_login_that_cannot_begin_leaves_the_rest_untried(tmp_path):
    """Where no request token comes, the login is different, and what needs a token is not tried."""
    verdicts, _, _ = visited(tmp_path, lambda _request, reply: dataclasses.replace(reply, status=503, body=b"<html>"))
    assert not named(verdicts, AS_EXPECTED)
    assert verdicts["login --start"] == DIFFERENT
    assert {"checkToken", "status", "logout"} < named(verdicts, NOT_TRIED)


@needs_a_terminal
def test_a_person_opens_one_page_and_enters_one_code(here, sandbox, bin_folder):
    """The whole command opens one page, asks for one code and prints a table without a secret; it keeps nothing."""
    opened = bin_folder / "opened"
    environ = {
        **here.environ,
        "FLICKR_APIKEYS": str(here.folder / "apikeys"),
        "FLICKR_AUTH_ACCOUNT": "somebody",
        "BROWSER": str(programs.make(bin_folder / "browser", f'echo "$1" >>{programs.word(opened)}\n')),
    }
    before = sorted(here.home.rglob("*"))
    command = ["-B", "-m", "pytest", "-m", "live", "-s", "tests/live"]
    terminal = pexpect.spawn(sys.executable, command, cwd=str(ROOT), env=environ, encoding="utf-8", timeout=60)
    here.ending.callback(terminal.close, force=True)
    terminal.expect("(http[^ ]+oauth_token=([^&]+)&perms=read)\\s.*Enter the code it shows: ")
    page, token = terminal.match.groups()
    terminal.sendline(sandbox.press_ok(token))
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == 0, terminal.before
    assert opened.read_text() == f"{page}\n"
    report = terminal.before.replace("\r", "").partition("\n\n\n")[2]
    verdicts = verdicts_in(report)
    assert (named(verdicts, DIFFERENT), named(verdicts, NOT_TRIED)) == (set(), ONLY_FLICKR)
    assert not any(each in report for each in (*KEYS[0][:2], token, "12345678@N00", "sandbox-sam"))
    assert sorted(here.home.rglob("*")) == before
