"""What a person reads when Flickr says no, or nothing at all: a plain sentence, the next thing to do, the exit code."""

import json

import pytest

import rude_server
from rude_server import ACCESS, FORM, HTML, KEYS, REQUEST, RudeServer, access_token_answer, answer, check_token_answer

PAGE = "<html><body>Welcome to our hotel. Please sign in.</body></html>"
OAUTH_PROBLEMS = {
    "signature_invalid": "a secret is wrong",
    "parameter_absent&oauth_parameters_absent=oauth_callback%26oauth_nonce": "oauth_callback, oauth_nonce",
    "unknown_problem": "unknown_problem",
}


@pytest.fixture
def rude(machine):
    """A machine whose provider answers by a script."""

    def scripted(*replies):
        server = RudeServer(list(replies))
        machine.environ |= {"FLICKR_API_KEY": KEYS.api_key, "FLICKR_API_SECRET": KEYS.api_secret}
        return server

    return scripted


def login(machine, server, *arguments, stdin="123-456-789\n", **variables):
    return machine.run("login", *arguments, stdin=stdin, FLICKR_AUTH_BASE_URL=server.provider.name, **variables)


def check_words(ran, code):
    """One error, one or two lines, no traceback, no secret."""
    assert ran.returncode == code, ran.stderr
    assert ran.stdout == ""
    error = ran.stderr[ran.stderr.index("Error: ") :]
    assert len(error.strip().splitlines()) <= 2
    assert "Traceback" not in ran.stderr
    for secret in (KEYS.api_secret, REQUEST.oauth_token_secret, ACCESS.oauth_token_secret):
        assert secret not in ran.stderr


def test_each_oauth_problem_has_its_sentence(machine, rude):
    """Flickr's word is translated, exit 4, and its debugging text is never shown."""
    debug = (
        "&debug_sbs=GET&https%3A%2F%2Fwww.flickr.com%2Fservices&oauth_consumer_key%3D653e7a6ecc1d528c516cc8f92cf98611"
    )
    for problem, said in OAUTH_PROBLEMS.items():
        with rude(answer(f"oauth_problem={problem}{debug}", 401)) as server:
            ran = login(machine, server)
        check_words(ran, 4)
        assert said in ran.stderr
        assert "debug_sbs" not in ran.stderr and KEYS.api_key not in ran.stderr


def test_a_clock_that_is_off_shows_both_times(machine, rude):
    """The person sees this computer's time beside the server's."""
    reply = answer("oauth_problem=timestamp_refused", 401, FORM | {"Date": "Mon, 16 May 2011 22:09:05 GMT"})
    with rude(reply) as server:
        ran = login(machine, server)
    check_words(ran, 4)
    assert "Mon, 16 May 2011 22:09:05 GMT" in ran.stderr and "set the clock" in ran.stderr


def test_a_token_that_flickr_rejects_at_once_is_kept_and_said(machine, rude):
    """checkToken's no is exit 4, but the token that was issued stays."""
    no = answer(json.dumps({"stat": "fail", "code": 98, "message": "Invalid auth token"}))
    with rude(rude_server.request_token_answer(), access_token_answer(), no) as server:
        ran = login(machine, server)
    check_words(ran, 4)
    assert "The token is stored, but" in ran.stderr and "(code 98)" in ran.stderr
    assert machine.run("show", "--field", "oauth_token").stdout.strip() == ACCESS.oauth_token


def test_a_token_that_cannot_be_checked_is_kept_with_a_warning(machine, rude):
    """A network that fails after the token came does not fail the login: exit 0, perms as asked."""
    broken = answer(PAGE, 200, HTML)
    with rude(rude_server.request_token_answer(), access_token_answer(), broken) as server:
        ran = login(machine, server, "--perms", "write")
    assert ran.returncode == 0
    assert "Warning: The new token could not be checked." in ran.stderr
    assert machine.run("show", "--field", "perms").stdout == "write\n"


def test_what_flickr_grants_is_what_is_stored(machine, rude):
    """Where Flickr's verdict differs from what was asked for, its verdict counts."""
    with rude(rude_server.request_token_answer(), access_token_answer(), check_token_answer("read")) as server:
        ran = login(machine, server, "--perms", "delete")
    assert "with read permission" in ran.stderr
    assert machine.run("show", "--field", "perms").stdout == "read\n"


def test_a_hostile_nsid_cannot_leave_the_folder(machine, rude):
    """An NSID is a file name made by a server: it is encoded, whatever it holds."""
    token = f"oauth_token={ACCESS.oauth_token}&oauth_token_secret={ACCESS.oauth_token_secret}"
    hostile = answer(f"{token}&user_nsid=..%2F..%2F..%2Fevil%00%0A&username=eve&fullname=")
    with rude(rude_server.request_token_answer(), hostile, check_token_answer()) as server:
        ran = login(machine, server)
    assert ran.returncode == 0
    written = {path for path in machine.home.parent.rglob("*") if path.is_file()}
    assert {path.parent for path in written if "evil" in path.name} == {machine.app / "accounts"}


def typed_at(machine, server, *typed):
    """Log in, as a person who types these lines."""
    return machine.answer("login", typed=typed, FLICKR_AUTH_BASE_URL=server.provider.name)


def test_the_same_code_is_sent_again_only_if_the_person_says_so(machine, rude):
    """After a failure without an answer nobody knows whether the code was used: the person decides."""
    replies = [rude_server.request_token_answer(), answer(PAGE, 503, HTML), access_token_answer(), check_token_answer()]
    for answered, code, sent in (("n", 5, 1), ("y", 0, 2)):
        with rude(*replies) as server:
            ran = typed_at(machine, server, "123-456-789", answered)
        asked, rest = ran.stderr.split("Try the same code again? [y/N] ")
        assert "HTTP 503" in asked and ("Logged in" in rest) is (code == 0)
        assert ran.returncode == code
        assert [request.path for request in server.requests].count("/services/oauth/access_token") == sent


def test_a_connection_that_was_dropped_meanwhile_costs_nothing(machine, rude):
    """The server may hang up while the person is away: the code is sent once, on a new connection."""
    first = answer(
        f"oauth_callback_confirmed=true&oauth_token={REQUEST.oauth_token}&oauth_token_secret={REQUEST.oauth_token_secret}",
        then_close=True,
    )

    def type_late(_shown):
        server.wait_until_closed(1)
        return "123-456-789"

    with rude(first, access_token_answer(), check_token_answer()) as server:
        assert typed_at(machine, server, type_late).returncode == 0
    assert [request.connection for request in server.requests] == [1, 2, 2]


def test_a_wrong_code_that_used_the_request_token_up_asks_for_a_new_login(machine, rude):
    """If Flickr lets no second code pass, the next thing to do is said."""
    wrong = answer("oauth_problem=verifier_invalid", 401)
    used_up = answer("oauth_problem=token_rejected", 401)
    with rude(rude_server.request_token_answer(), wrong, used_up) as server:
        ran = typed_at(machine, server, "123-456-780", "123-456-789")
    assert "code is wrong" in ran.stderr and "Run: flickr-auth login" in ran.stderr
    assert ran.returncode == 4


def test_a_proxy_is_not_asked_for_what_stays_on_this_machine(machine, rude):
    """HTTP_PROXY and its relatives are for other hosts: loopback never goes through one."""
    proxy = "http://user:5ecre7@127.0.0.1:9"
    variables = dict.fromkeys(("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"), proxy)
    with rude(rude_server.request_token_answer(), access_token_answer(), check_token_answer()) as server:
        assert login(machine, server, **variables).returncode == 0


def test_a_proxy_that_cannot_be_reached_is_named_without_its_password(machine):
    """The way out through HTTPS_PROXY is taken, and its failure is said without its address."""
    machine.write_apikeys()
    ran = machine.run("login", FLICKR_AUTH_BASE_URL="https://flickr.invalid", HTTPS_PROXY="http://u:5ecre7@127.0.0.1:9")
    check_words(ran, 5)
    assert "proxy" in ran.stderr and "5ecre7" not in ran.stderr
