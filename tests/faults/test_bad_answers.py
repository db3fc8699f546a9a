"""Every misbehaviour of a server, against a login and against a call: the exit code, one message, and nothing lost."""

import gzip
import json
import time
from dataclasses import dataclass

import pytest
import requests  # noqa: F401  # its first import would count against the first deadline

from in_process import run
from rude_server import (
    ACCESS,
    HTML,
    JSON,
    KEYS,
    REQUEST,
    Reply,
    RudeServer,
    access_token_answer,
    answer,
    check_token_answer,
    endless,
    hang,
    raw,
    request_token_answer,
    reset,
)

AT_ONCE = {"Retry-After": "0"}
HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
ZEROS = gzip.compress(bytes(4 << 20)) * 20  # 80 MiB
PAGE = "<!DOCTYPE html><html><body>Welcome to Hotel Wi-Fi</body></html>"
DEBUG = f"oauth_problem=signature_invalid&debug_sbs=GET&https%3A%2F%2F&oauth_token={ACCESS.oauth_token_secret}"
UNREACHABLE, REFUSED, FINE = 5, 4, 0
LOGIN = ("login", "--store", "file")


@dataclass(frozen=True)
class Bad:
    """One misbehaviour: the reply, what it means to the OAuth legs and to REST, and how often a read of it is tried."""

    reply: Reply
    legs: int = UNREACHABLE
    rest: int = UNREACHABLE
    tries: int = 3

    @property
    def seconds(self):
        """The time limit of a step: short for those whose answer never ends, or that ask for a long pause."""
        return 0.6 if self.tries == 1 else 20.0


BAD = {
    "500": Bad(answer(PAGE, 500, HTML | AT_ONCE)),
    "503": Bad(answer("", 503, AT_ONCE)),
    "503 for an hour": Bad(answer("", 503, {"Retry-After": "3600"}), tries=1),
    "429": Bad(answer(PAGE, 429, HTML | AT_ONCE)),
    "429 without Retry-After": Bad(answer(PAGE, 429, HTML)),
    "404 with HTML": Bad(answer(PAGE, 404, HTML)),
    "403 with JSON": Bad(answer('{"stat":"fail","code":95,"message":"SSL is required"}', 403, JSON), rest=REFUSED),
    "captive portal": Bad(answer(PAGE, 200, HTML)),
    "redirect to itself": Bad(answer("", 302, {"Location": "/services/rest/"})),
    "redirect to another host": Bad(answer("", 307, {"Location": "https://evil.example/services/rest/"})),
    "empty": Bad(answer("")),
    "random bytes": Bad(answer(bytes(range(256)))),
    "latin-1": Bad(answer("fullname=Zoë&oauth_token=a&oauth_token_secret=b".encode("latin-1"))),
    "no end": Bad(endless(HEAD + b"\r\n", b"a" * 65536)),
    "the other format": Bad(answer('{"oauth_token":"a"}', headers=JSON)),
    "a list that is closed": Bad(answer(f'{{"stat":"ok","a":{"[" * 20000}{"]" * 20000}}}', headers=JSON)),
    "a number that is none": Bad(answer('{"stat":"ok","a":NaN}', headers=JSON)),
    "a failure with lists for its words": Bad(
        answer(f'{{"stat":"fail","code":{"[" * 90}{"]" * 90},"message":{{"a":[]}}}}', headers=JSON), rest=REFUSED
    ),
    "a failure that writes on the screen": Bad(
        answer('{"stat":"fail","code":1,"message":"\\u001b]52;c;AAAA\\u0007\\u202e"}', headers=JSON), rest=REFUSED
    ),
    "busy, and writes on the screen": Bad(
        answer('{"stat":"fail","code":105,"message":"\\u001b[2J\\u200b"}', headers=JSON)
    ),
    "a token that was revoked": Bad(answer('{"stat":"fail","code":98,"message":"Invalid auth token"}'), rest=REFUSED),
    "a problem that nobody knows": Bad(answer("oauth_problem=unknown_problem", 401), REFUSED, REFUSED),
    "a problem that quotes secrets": Bad(answer(DEBUG, 401), REFUSED, REFUSED),
    "no token": Bad(answer("oauth_callback_confirmed=true&fullname=a")),
    "a token without a secret": Bad(answer("oauth_callback_confirmed=true&oauth_token=a")),
    "two tokens": Bad(answer("oauth_callback_confirmed=true&oauth_token=a&oauth_token=c&oauth_token_secret=b")),
    "a token that is no text": Bad(answer("oauth_callback_confirmed=true&oauth_token=%1b%5b2J&oauth_token_secret=b")),
    "hang": Bad(hang(), tries=1),
    "hang in the middle": Bad(hang(HEAD + b"Content-Length: 99\r\n\r\noauth_token=a"), tries=1),
    "a byte now and then": Bad(endless(HEAD + b"\r\n", b"a", 0.05), tries=1),
    "a header now and then": Bad(endless(HEAD, b"A: b\r\n", 0.05), tries=1),
    "go on, and on": Bad(endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n", 0.05), tries=1),
    "reset": Bad(reset()),
    "hung up": Bad(raw(b"")),
    "half a header": Bad(raw(HEAD + b"Content-Le")),
    "no HTTP": Bad(raw(b"\x00\xff\x16\x03 what?\r\n\r\n")),
    "broken off": Bad(answer("oauth_token=a", length=100)),
    "bad chunks": Bad(raw(CHUNKED + b"zz\r\n")),
    "bad gzip": Bad(answer("junk", headers={"Content-Encoding": "gzip"})),
    "gzip in gzip": Bad(answer(gzip.compress(ZEROS), headers={"Content-Encoding": "gzip, gzip"})),
    "an encoding that nobody asked for": Bad(answer("x", headers={"Content-Encoding": "br"})),
    "gzip without end": Bad(answer(ZEROS, headers={"Content-Encoding": "gzip"})),
    "headers without end": Bad(endless(HEAD, b"A: b\r\n" * 1000)),
}
EVERY = pytest.mark.parametrize("bad", [pytest.param(bad, id=name) for name, bad in BAD.items()])
SOME = pytest.mark.parametrize(
    "bad", [pytest.param(BAD[name], id=name) for name in ("captive portal", "reset", "a token that was revoked")]
)


@pytest.fixture
def environ(tmp_path):
    return {
        "FLICKR_AUTH_HOME": str(tmp_path / "app"),
        "FLICKR_API_KEY": KEYS.api_key,
        "FLICKR_API_SECRET": KEYS.api_secret,
    }


@pytest.fixture
def against(environ, store_account):
    """Run a command against a server with a script, perhaps logged in, and check what has to hold whatever happens."""

    def go(replies, *arguments, stdin=b"", code, seconds=20.0, logged_in=False):
        with RudeServer(list(replies)) as server:
            url = server.provider.site
            if logged_in:
                store_account(url)
            began = time.monotonic()
            ran = run(
                environ | {"FLICKR_AUTH_BASE_URL": url, "FLICKR_AUTH_HTTP_TIMEOUT": str(seconds)},
                *arguments,
                stdin=stdin,
            )
            took = time.monotonic() - began
        printed = ran.stdout + ran.stderr
        assert ran.code == code, printed
        assert took < 3 * seconds + 2
        assert "Traceback" not in printed and printed.replace("\n", "").isprintable()
        for secret in (KEYS.api_secret, REQUEST.oauth_token_secret, ACCESS.oauth_token_secret):
            assert secret not in printed
        assert ran.stderr.count("Error: ") <= 1
        return ran, [request.path.rpartition("/")[2] or "rest" for request in server.requests]

    return go


def the_account(tmp_path):
    """What the file of the only account says."""
    (path,) = (tmp_path / "app" / "accounts").iterdir()
    return json.loads(path.read_text())


def stored(tmp_path):
    return sorted(path.name for path in (tmp_path / "app").rglob("*") if path.is_file())


def tries(bad, code):
    """How often a request that may be repeated is sent: an answer of no is one."""
    return 1 if code == REFUSED else bad.tries


@EVERY
def test_a_login(against, tmp_path, bad):
    """The verifier is sent once; no answer that is not about the code or the request token ends the login."""
    replies = [request_token_answer(), *[bad.reply] * 3]
    ran, sent = against(replies, *LOGIN, stdin=b"123-456-789\n", code=bad.legs, seconds=bad.seconds)
    assert sent == ["request_token", "access_token"]
    assert ran.stderr.count("Error: ") == 1
    (name,) = [name for name in stored(tmp_path) if name.endswith(".json")]
    assert f"flickr-auth login --finish CODE --pending {name.removesuffix('.json')}" in ran.stderr


@EVERY
def test_a_call(against, tmp_path, bad):
    """stdout has an answer of Flickr's or nothing, and a read is tried again unless Flickr said no."""
    how = {"code": bad.rest, "seconds": bad.seconds, "logged_in": True}
    ran, sent = against([bad.reply] * 3, "call", "flickr.test.login", **how)
    assert sent == ["rest"] * tries(bad, bad.rest)
    assert ran.stdout == ""
    assert ran.stderr.count("Error: ") == 1
    assert the_account(tmp_path)["oauth_token_secret"] == ACCESS.oauth_token_secret


@SOME
def test_the_first_leg(against, tmp_path, bad):
    """Without a request token there is nothing to keep, and asking again does no harm."""
    ran, sent = against([bad.reply] * 3, *LOGIN, stdin=b"123-456-789\n", code=bad.legs, seconds=bad.seconds)
    assert sent == ["request_token"] * tries(bad, bad.legs)
    assert ran.stderr.count("Error: ") == 1
    assert stored(tmp_path) == []


@SOME
def test_the_check_after_a_login(against, tmp_path, bad):
    """The token is stored before it is checked, and stays, whatever the check says."""
    replies = [request_token_answer(), access_token_answer(), *[bad.reply] * 3]
    code = FINE if bad.rest == UNREACHABLE else bad.rest
    ran, sent = against(replies, *LOGIN, stdin=b"123-456-789\n", code=code, seconds=bad.seconds)
    assert sent == ["request_token", "access_token", *["rest"] * tries(bad, bad.rest)]
    assert ("Warning: The new token could not be checked." in ran.stderr) == (code == FINE)
    account = the_account(tmp_path)
    assert account["oauth_token_secret"] == ACCESS.oauth_token_secret and account["perms"] == "read"


@SOME
def test_a_status(against, tmp_path, bad):
    """A verdict is Flickr's or none at all, and the account stays as it is."""
    ran, sent = against([bad.reply] * 3, "status", code=bad.rest, seconds=bad.seconds, logged_in=True)
    assert sent == ["rest"] * tries(bad, bad.rest)
    assert ("rejected" in ran.stdout, "unknown" in ran.stdout) == (bad.rest == REFUSED, bad.rest == UNREACHABLE)
    account = the_account(tmp_path)
    assert account["oauth_token_secret"] == ACCESS.oauth_token_secret and account["perms"] == "read"


@SOME
def test_an_import(against, tmp_path, bad):
    """A token that Flickr did not speak for is not stored, and the tool's file stays as it is."""
    theirs = tmp_path / "token"
    theirs.touch(mode=0o600)
    theirs.write_text(f"{ACCESS.oauth_token}\n{ACCESS.oauth_token_secret}")
    ran, sent = against(
        [bad.reply] * 3, "import", "token", "--path", theirs, "--store", "file", code=bad.rest, seconds=bad.seconds
    )
    assert sent == ["rest"] * tries(bad, bad.rest)
    assert ran.stderr.count("Error: ") == 1
    assert stored(tmp_path) == []
    assert theirs.read_text() == f"{ACCESS.oauth_token}\n{ACCESS.oauth_token_secret}"


def test_the_right_answers_are_right(against):
    """The server that misbehaves above can behave, so that nothing above fails for another reason."""
    assert "valid" in against([check_token_answer()], "status", code=FINE, logged_in=True)[0].stdout
    replies = [request_token_answer(), access_token_answer(), check_token_answer()]
    assert against(replies, *LOGIN, stdin=b"123-456-789\n", code=FINE)[0].stderr.count("Logged in") == 1
    echo = answer('{"user":{"id":"21207597@N07"},"stat":"ok"}', headers=JSON)
    assert json.loads(against([echo], "call", "flickr.test.login", code=FINE, logged_in=True)[0].stdout)["stat"] == "ok"


def test_a_callback_that_is_not_confirmed_is_no_answer(against):
    """A server that speaks OAuth 1.0 without the A is not trusted with a login."""
    for confirmed in ("", "oauth_callback_confirmed=false&"):
        against([request_token_answer(confirmed)], *LOGIN, stdin=b"1\n", code=UNREACHABLE)


def test_names_that_write_on_the_terminal_are_shown_as_text(against):
    """Escape sequences in a name move no cursor."""
    names = access_token_answer("fullname=%1b%5b2JEve&username=%1b%5d0;owned%07")
    ran, _ = against([request_token_answer(), names, check_token_answer()], *LOGIN, stdin=b"123-456-789\n", code=FINE)
    assert r"\x1b[2JEve" in ran.stderr
