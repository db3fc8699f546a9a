"""Answers as Flickr has sent them from 2012 to 2025: status, header lines and shape, with values that are made up.

`recorded.json` has them, each with what is promised of it: what it `gives`, or the error, its exit code and what that
`says`, and how many tries it takes (one, if nothing is written). `step` is the request that it answers.
"""

import json
import pathlib
import pickle

import pytest

from flickr_auth.errors import Error
from flickr_auth.protocol import legs, rest
from flickr_auth.protocol.session import Session
from flickr_auth.transport import Transport

from rude_server import ACCESS, KEYS, REQUEST, VERIFIER, RudeServer

RECORDED = json.loads(pathlib.Path(__file__).with_name("recorded.json").read_text(encoding="utf-8"))
METHOD = "flickr.people.getPhotos"
NEVER_LOGGED = ("debug_sbs", "oauth_nonce", KEYS.api_secret, *ACCESS, *REQUEST, VERIFIER)
NEVER_SHOWN = (*NEVER_LOGGED, KEYS.api_key)


def upload(transport):
    """Upload a photo, as a script does, which is given the response as it came."""
    with Session(transport.provider, KEYS, ACCESS) as session:
        response = session.post(session.upload_url, data={"title": "Dawn"}, files={"photo": b"\xff\xd8"})
        return [response.status_code, response.text]


STEPS = {
    "request_token": lambda transport: [*legs.request_token(transport)],
    "access_token": lambda transport: legs.access_token(transport, REQUEST, VERIFIER, "read")._asdict(),
    "call": lambda transport: rest.call(transport, ACCESS, METHOD, {}),
    "post": lambda transport: rest.call(transport, ACCESS, METHOD, {}, post=True),
    "public": lambda transport: rest.call(transport, None, METHOD, {}),
    "upload": upload,
}


def in_chunks(body):
    """The body in pieces of seven bytes (RFC 9112 §7.1)."""
    pieces = [body[start : start + 7] for start in range(0, len(body), 7)]
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in [*pieces, b""])


def reply(row):
    """The answer to the byte, on a connection that stays open."""
    body, headers = row["body"].encode(), [*RECORDED["headers"][row["headers"]], ["Content-Type", row["type"]]]
    if ["Transfer-Encoding", "chunked"] in headers:
        body = in_chunks(body)
    else:
        headers.append(["Content-Length", str(len(body))])
    head = [f"HTTP/1.1 {row['status']} Whatever", *(f"{name}: {value}" for name, value in headers), "", ""]
    return lambda line: line.send("\r\n".join(head).encode() + body) or True


@pytest.fixture
def played():
    """Each row that is of these steps, and a server that answers with it, however often it is asked."""
    with RudeServer([]) as server:

        def play(*steps):
            for row in RECORDED["answers"]:
                if row["step"] in steps:
                    seen = len(server.requests)
                    server.replies = server.replies[:seen] + [reply(row)] * 3
                    yield row, server
                    assert len(server.requests) - seen == row.get("tries", 1), row["what"]

        yield play


def taken(step, transport):
    """What the answer to this step gave, and the error that it became; the one or the other is None."""
    try:
        return STEPS[step](transport), None
    except Error as failure:
        return None, failure


def test_what_flickr_has_sent_is_taken_as_it_was_meant(played, caplog):
    """Each recorded answer gives its values, or the error that it was; a secret or base string in it is never shown."""
    caplog.set_level("DEBUG")
    for row, server in played(*STEPS):
        with Transport(server.provider, KEYS) as transport:
            given, failure = taken(row["step"], transport)
        if failure is None:
            some = row["gives"] if row["step"] == "access_token" else None
            assert ({name: given[name] for name in some} if some else given) == row.get("gives"), row["what"]
            continue
        assert (type(failure).__name__, failure.exit_code) == (row.get("error"), row.get("exit")), row["what"]
        assert row["says"] in failure.message and row.get("hint", "") in failure.hint, (row["what"], failure)
        shown = f"{failure!r} {getattr(failure, '__notes__', ())} {pickle.dumps(failure)}"
        assert not any(each in shown for each in NEVER_SHOWN), row["what"]
    assert not any(each in caplog.text for each in NEVER_LOGGED)


def test_a_command_prints_what_flickr_has_sent(played, machine):
    """`call` prints an answer as it came, or two lines and the exit code of the failure, nothing secret in them."""
    for row, server in played("call", "post", "public"):
        ran = machine.run(
            *("call", "-v", METHOD),
            *{"call": [], "post": ["--post"], "public": ["--public"]}[row["step"]],
            FLICKR_AUTH_BASE_URL=server.provider.site,
            FLICKR_API_KEY=KEYS.api_key,
            FLICKR_API_SECRET=KEYS.api_secret,
            FLICKR_OAUTH_TOKEN=ACCESS.oauth_token,
            FLICKR_OAUTH_TOKEN_SECRET=ACCESS.oauth_token_secret,
        )
        printed = "" if "error" in row else f"{row['body'].strip()}\n"
        assert (ran.returncode, ran.stdout) == (row.get("exit", 0), printed), (row["what"], ran)
        assert row.get("says", "") in ran.stderr and row.get("hint", "") in ran.stderr, (row["what"], ran)
        assert not any(each in ran.stderr for each in NEVER_SHOWN), row["what"]
