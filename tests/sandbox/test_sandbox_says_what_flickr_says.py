"""The sandbox's answers beside those that Flickr was recorded to send (`tests/protocol/recorded.json`).

Each row of that file is in one of three tables here: `ASKED` for it, a failure that `ORDERED` with `Sandbox.fail`, or
`NEVER` sent by the sandbox, and why.
"""

from __future__ import annotations

import json
import pathlib
import re
import time

import pytest

from flickr_auth.testing import Sandbox
from sandbox.dance import KEYS, form, signed

RECORDED = json.loads((pathlib.Path(__file__).parents[1] / "protocol" / "recorded.json").read_text(encoding="utf-8"))
ROWS = {row["what"]: row for row in RECORDED["answers"]}
METHOD = "flickr.people.getPhotos"
PATHS = {"request_token": "oauth/request_token", "access_token": "oauth/access_token", "upload": "upload/"}
UNKNOWN = {"oauth_consumer_key": "0" * 32}
STRANGER = {"oauth_token": "72157000000000000-0000000000000000"}
OUT_OF_BAND = {"oauth_callback": "oob"}
SOMEBODY = {"user_id": "12345679@N00", "page": "2", "per_page": "1"}  # a title that is not ASCII
CHANGE = {"photo_id": "50000000000", "title": "nice one"}


class Client:
    """A client that signs by hand, and whose `token` is of whoever has logged in."""

    def __init__(self, http, flickr):
        self._http, self._flickr = http, flickr
        token = flickr.account(perms="write").token
        self.token = {"oauth_token": token.oauth_token, "token_secret": token.oauth_token_secret}

    def ask(self, step, fields=None, *, signs=True, **how):
        """Send the request that this step is."""
        verb, files = "POST" if step in ("post", "upload") else "GET", None
        url = f"{self._flickr.base_url}/services/{PATHS.get(step, 'rest/')}"
        rest = {} if step in PATHS else {"method": METHOD, "format": "json", "nojsoncallback": "1"}
        pairs = [*(rest | (fields or {})).items()]
        if signs:
            pairs = signed(verb, url, extra=pairs, oauth_timestamp=how.pop("at", str(int(time.time()))), **how)
        if step == "upload":
            files = {"photo": ("sunset.jpg", b"\xff\xd8")}
        return self._http.request(verb, url, **{"params" if verb == "GET" else "data": pairs}, files=files)

    def call(self, method=METHOD, step="call", *, token=True, **arguments):
        """Call a method, as the person or with the key alone."""
        own = self.token if token else {"signs": False}
        return self.ask(step, {"method": method, **({} if token else {"api_key": KEYS[0].api_key}), **arguments}, **own)

    def access(self, *, user=0, **how):
        """The third leg, behind the first and the second."""
        pending = form(self.ask("request_token", **OUT_OF_BAND))
        pin = self._flickr.approve(pending["oauth_token"], user=user)
        own = {"oauth_token": pending["oauth_token"], "token_secret": pending["oauth_token_secret"]}
        return self.ask("access_token", **{**own, "oauth_verifier": pin, **how})

    def twice(self):
        """One nonce for two requests."""
        return [self.ask("request_token", oauth_nonce="mine", at=str(int(time.time())), **OUT_OF_BAND) for _ in "12"][1]


ASKED = {
    **{f"request_token, {year}": lambda c: c.ask("request_token", **OUT_OF_BAND) for year in (2012, 2013, 2023, 2025)},
    "request_token, wrong secret, 2012": lambda c: c.ask("request_token", secret="wrong", **OUT_OF_BAND),
    "request_token, unknown key, 2012": lambda c: c.ask("request_token", **UNKNOWN, **OUT_OF_BAND),
    "request_token, unknown key, 2025": lambda c: c.ask("request_token", **UNKNOWN, **OUT_OF_BAND),
    "request_token, a parameter is missing": lambda c: c.ask("request_token", drop=("oauth_nonce",)),
    "request_token, the clock is off": lambda c: c.ask("request_token", at="1305586162", **OUT_OF_BAND),
    "request_token, nonce_used": lambda c: c.twice(),
    "request_token, signature_method_rejected": lambda c: c.ask(
        "request_token", oauth_signature_method="RSA-SHA1", **OUT_OF_BAND
    ),
    **{f"access_token, {year}": lambda c: c.access() for year in ("2012", "2023 for all", "2025")},
    "access_token, nobody's full name": lambda c: c.access(user=5),
    "access_token, an unknown request token, 2012": lambda c: c.access(**STRANGER),
    "access_token, a wrong code": lambda c: c.access(oauth_verifier="000-000-00a"),
    "access_token, a wrong secret": lambda c: c.access(secret="wrong"),
    "flickr.test.login, 2012": lambda c: c.call("flickr.test.login"),
    "checkToken, 2023": lambda c: c.call("flickr.auth.oauth.checkToken"),
    "a page, its counts as numbers, 2025": lambda c: c.call(**SOMEBODY),
    "a change, 2023": lambda c: c.call("flickr.photos.setMeta", "post", **CHANGE),
    "public data, 2024": lambda c: c.call("flickr.photos.getInfo", token=False, photo_id="50000000000"),
    "no such photo, 2023": lambda c: c.call("flickr.photos.getInfo", photo_id="50010000000"),
    "no number of a photo, 2024": lambda c: c.call("flickr.photos.getInfo", photo_id="1"),
    "a revoked token": lambda c: c.ask("call", **STRANGER),
    "no login, 2012": lambda c: c.call(token=False, user_id="me"),
    "a bad key, 2023": lambda c: c.call(token=False, api_key="x"),
    "no such method": lambda c: c.call("flickr.people.getPhotoz"),
    "a bad signature, 2013": lambda c: c.ask("call", **c.token, secret="wrong"),
    "a bad signature of a change, 2023": lambda c: c.ask("post", **c.token, secret="wrong"),
    "no token, 2013": lambda c: c.ask("call"),
    "XML where JSON was asked for": lambda c: c.call(format="rest", **SOMEBODY),  # the shape of the XML
    "an upload's photo": lambda c: c.ask("upload", **c.token),
    "an upload's ticket": lambda c: c.ask("upload", {"async": "1"}, **c.token),
    "an upload that failed": lambda c: c.ask("upload", signs=False),
    "an upload with a bad token, 2012": lambda c: c.ask("upload", **STRANGER),
}
ORDERED = {
    *("request_token, consumer_key_refused", "request_token, permission_denied"),
    *("request_token, unknown_problem&code=503", "request_token, the first of a day"),
    *("request_token, a gateway's payment page", "request_token, a gateway without a server"),
    *("access_token, too many requests", "too many calls", "a token of another key"),
    *("a parameter is missing, 2025", "a private photo, 2024", "nothing of yours, 2023", "somebody who has left, 2025"),
    *("a bad signature as a failure", "a signature is missing", "may not comment, 2023"),
    *("a key that was switched off, 2025", "unavailable, 105", "unavailable, 106"),
    *("overloaded, 2023", "overloaded, code 0", "a failure as XML"),
}
NEVER = {
    "request_token, the confirmation with a capital": "other servers write it so",
    "request_token, a hotel's page": "not Flickr's",
    "a page, its counts as strings, 2013": "they are numbers since",
    "contacts that are counted and not shown, 2024": "the sandbox has no contacts",
    "plain http, since 2014": "the sandbox speaks nothing else",
    "overloaded, a comma behind it and called XML, 2025": "a fault of Flickr's",
    "overloaded at a change, the same": "a fault of Flickr's",
    "broken inside, 2025": "its failures have the page of a gateway",
}
# What differs from one answer to the next: tokens, secrets, people, and what a base string is made of.
VALUES = (
    (r"[0-9]{17}-[0-9a-f]{16}", "TOKEN"),
    (r"(?<=secret=)[0-9a-f]{16}", "SECRET"),
    (r"(?<=user_nsid=)[0-9]+%40N[0-9]{2}", "NSID"),
    (r"(?<=fullname=)[\w.%-]+|(?<=username=)[\w.%-]+", "NAME"),
    (r"(?<=debug_sbs=)((?:GET|POST)&https?%3A%2F%2F)[\w.%-]+?(%2Fservices[\w.%-]+)&[\w.%-]+", r"\1HOST\2&PARAMETERS"),
    (r"(?<=absent=)oauth_[a-z_]+%26oauth_[a-z_]+", "TWO"),
    (r"https?(?=%3A)", "SCHEME"),
    (r"(?s)<html>.*", "A PAGE FOR PEOPLE"),
    (r"(?<=<photoid>)[0-9]+(?=</photoid>)|(?<=<ticketid>)[0-9]+-[0-9]+(?=</ticketid>)", "ID"),
)


@pytest.fixture
def flickr():
    with Sandbox() as running:
        yield running


def order(flickr, row):
    """Make the sandbox fail as the row does."""
    name, body = row["step"] if row["step"] in PATHS else METHOD, row["body"]
    failed = re.search(r'code="(\d+)" msg="(.*)"', body) or re.search(r'"code":(\d+),"message":"(.*)"', body)
    if failed:
        flickr.fail(name, code=int(failed[1]), message=failed[2])
    elif body.startswith("oauth_problem="):
        flickr.fail(name, problem=body.removeprefix("oauth_problem="))
    else:
        flickr.fail(name, status=row["status"])


def is_like(answer, recorded):
    """Whether a JSON value has all names of the recorded one, in that order, and of the same types."""
    if isinstance(recorded, dict) and isinstance(answer, dict):
        same = [name for name in answer if name in recorded]
        return same == list(recorded) and all(is_like(answer[name], recorded[name]) for name in same)
    if isinstance(recorded, list) and isinstance(answer, list):
        return all(map(is_like, answer, recorded))
    return type(answer) is type(recorded)


def shape(body):
    """The body without the values that differ from one answer to the next."""
    if '<rsp stat="ok">' in body:
        body = re.sub(r'(?<!rsp) [a-z]+="[^"]*"(?= ?/?>| [a-z])', "", body)
    for pattern, name in VALUES:
        body = re.sub(pattern, name, body)
    return body


def check(answer, row):
    """Hold an answer against the recorded one."""
    said = {"application/json": "application/json; charset=utf-8"}.get(row["type"], row["type"])  # since 2023
    assert (answer.status_code, answer.headers["Content-Type"]) == (row["status"], said), row["what"]
    if '"stat":"ok"' in row["body"]:
        for body in (answer.text, row["body"]):
            written = json.dumps(json.loads(body), separators=(",", ":")).replace("/", r"\/")  # as PHP does
            assert body == written, row["what"]
        assert is_like(answer.json(), json.loads(row["body"])), (row["what"], answer.text)
    else:
        assert shape(answer.text) == shape(row["body"]), row["what"]


def test_the_sandbox_answers_as_flickr_was_recorded(http, flickr):
    """A client meets the status, type and words of Flickr itself; what it cannot meet at the sandbox has a reason."""
    assert sorted([*ASKED, *ORDERED, *NEVER]) == sorted(ROWS)  # each row has been decided about, once
    client = Client(http, flickr)
    for what, ask in ASKED.items():
        check(ask(client), ROWS[what])
    for what in ORDERED:
        row = ROWS[what]
        order(flickr, row)
        in_xml = {"format": "rest"} if "xml" in row["type"] else {}
        fields = {"api_key": KEYS[0].api_key, **in_xml}
        check(client.ask(row["step"], fields, signs=False), row)
