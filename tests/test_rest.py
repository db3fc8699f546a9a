"""What Flickr says of a token, and what each failure of a REST call means (flickr_auth.rest)."""

import json
import pickle

import pytest

from flickr_auth import rest
from flickr_auth.errors import (
    BadAnswer,
    Busy,
    Error,
    KeyRefused,
    PermissionRefused,
    Refused,
    TokenRefused,
    Unreachable,
)

from rude_server import ACCESS, FORM, HTML, JSON, KEYS, answer, check_token_answer, talking


def oauth(**parts):
    """The JSON of an answer to checkToken with these parts."""
    return json.dumps({"oauth": parts, "stat": "ok"}, ensure_ascii=False)


def check(body, status=200, headers=JSON, **options):
    with talking(answer(body, status, headers), **options) as (_server, transport):
        return rest.check_token(transport, ACCESS)


def failure(body, status=200, headers=JSON, **options):
    """The error that this answer becomes, and how many requests it took."""
    reply = answer(body, status, {**headers, "Retry-After": "0"})
    with talking(reply, reply, reply, **options) as (server, transport), pytest.raises(Error) as caught:
        rest.check_token(transport, ACCESS)
    assert ACCESS.oauth_token_secret not in f"{caught.value!r} {pickle.dumps(caught.value)}"
    assert KEYS.api_secret not in f"{caught.value!r} {pickle.dumps(caught.value)}"
    return caught.value, len(server.requests)


def fail(code, message="No."):
    return json.dumps({"stat": "fail", "code": code, "message": message})


def test_a_token_is_checked_with_its_own_signature_and_no_second_copy_of_it():
    """A token is checked with its own signature, and no second copy of it in the request."""
    with talking(check_token_answer()) as (server, transport):
        rest.check_token(transport, ACCESS)
    (request,) = server.requests
    asked = [("method", "flickr.auth.oauth.checkToken"), ("format", "json"), ("nojsoncallback", "1")]
    assert (request.method, request.path, sorted(request.query)) == ("GET", "/services/rest/", sorted(asked))
    assert [value for name, value in request.oauth if name == "oauth_token"] == [ACCESS.oauth_token]


@pytest.mark.parametrize("perms", ["read", "write", "delete"])
@pytest.mark.parametrize("wrap", [lambda text: text, lambda text: {"_content": text}], ids=["plain", "_content"])
def test_a_verdict_names_the_permission_and_the_person(perms, wrap):
    """A verdict names the permission and the person, in either of Flickr's ways to write a text."""
    user = {"nsid": "40215689@N00", "username": wrap("wezm"), "fullname": wrap("Wesley Moore 山田")}
    verdict = check(oauth(token={"_content": "72157"}, perms=wrap(perms), user=user))
    assert verdict == rest.Verdict(perms, "40215689@N00", "wezm", "Wesley Moore 山田")


@pytest.mark.parametrize(
    "user", [None, [], "x", 7, {}, {"nsid": "", "username": 5, "fullname": {"_content": None}}, {"nsid": {"x": "y"}}]
)
def test_a_person_who_is_not_named_is_unknown(user):
    """A person who is not named is unknown, and the token good all the same."""
    assert check(oauth(perms="read", user=user)) == rest.Verdict("read", None, None, None)


@pytest.mark.parametrize(
    ("code", "message", "kind"),
    [
        (98, "Invalid auth token", TokenRefused),
        (99, "User not logged in / Insufficient permissions", PermissionRefused),
        (100, "Invalid API Key (Key has expired)", KeyRefused),
        (96, "Invalid signature", KeyRefused),
        (97, "Missing signature", KeyRefused),
        ("98", "Invalid auth token", TokenRefused),
        (95, "SSL is required", Refused),
        (112, 'Method "x" not found', Refused),
        (1, "Not found", Refused),
        (201, "A method's own failure", Refused),
        (None, None, Refused),
    ],
)
def test_each_failure_of_a_call_is_of_its_kind(code, message, kind):
    """Each failure of a call is of its kind, with Flickr's own words."""
    error, requests = failure(fail(code, message))
    assert (type(error), requests) == (kind, 1)
    assert (message or "") in error.message


@pytest.mark.parametrize("code", [98, 99, 100, 96])
def test_a_failure_that_the_person_can_mend_says_how(code):
    """A failure that the person can mend says how."""
    assert failure(fail(code))[0].hint


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (105, "Service currently unavailable"),
        (106, "Write operation failed"),
        (201, "Sorry, the Flickr API service is not currently available."),
        (0, "Sorry, the Flickr API service is not currently available."),
    ],
)
def test_a_service_that_is_down_has_not_rejected_the_token(code, message):
    """A service that is down has not rejected the token."""
    assert type(failure(fail(code, message))[0]) is Busy


def test_a_failure_counts_under_any_status():
    """A failure counts under any status."""
    assert type(failure(fail(98), 403)[0]) is TokenRefused


@pytest.mark.parametrize("status", [200, 401])
def test_a_refusal_may_come_as_a_form_though_json_was_asked_for(status):
    """A refusal may come as a form, though JSON was asked for."""
    error, requests = failure("oauth_problem=token_rejected", status, FORM)
    assert (type(error), error.problem, requests) == (TokenRefused, "token_rejected", 1)


@pytest.mark.parametrize(
    "fullname", ["oauth_problem=token_rejected", "Mr oauth_problem=token_rejected", "a&oauth_problem=token_rejected"]
)
def test_a_name_that_looks_like_a_refusal_is_a_name(fullname):
    """A name that looks like a refusal is a name."""
    user = {"nsid": "1@N00", "username": "x", "fullname": fullname}
    assert check(oauth(perms="read", user=user)).fullname == fullname


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        pytest.param("<html>Welcome to the hotel</html>", HTML, id="a portal's page"),
        pytest.param("<!DOCTYPE html> oauth_problem=token_rejected", HTML, id="a page about a refusal"),
        pytest.param("", JSON, id="nothing"),
        pytest.param("[]", JSON, id="a list"),
        pytest.param("null", JSON, id="null"),
        pytest.param('"ok"', JSON, id="a string"),
        pytest.param("NaN", JSON, id="no number"),
        pytest.param("1" * 10_000, JSON, id="a huge number"),
        pytest.param("[" * 200_000, JSON, id="deep"),
        pytest.param('{"a":' * 100_000, JSON, id="deep objects"),
        pytest.param('{"stat":"ok"', JSON, id="half of it"),
        pytest.param('jsonFlickrApi({"stat":"ok"})', JSON, id="JSONP"),
        pytest.param("<rsp stat='ok'/>", {"Content-Type": "text/xml"}, id="XML"),
        pytest.param(b"\xff\xfe\x00\xd8", JSON, id="bytes"),
        pytest.param(b'{"stat":"ok","oauth":{"perms":"\xfc"}}', JSON, id="latin-1"),
        pytest.param("{}", JSON, id="no stat"),
        pytest.param('{"stat":"maybe"}', JSON, id="another stat"),
        pytest.param('{"stat":["ok"]}', JSON, id="a list of stats"),
        pytest.param('{"stat":"ok"}', JSON, id="no verdict"),
        pytest.param('{"stat":"ok","oauth":"read"}', JSON, id="a word for a verdict"),
        pytest.param(oauth(user={"nsid": "1@N00"}), JSON, id="no permission"),
        pytest.param(oauth(perms=""), JSON, id="an empty permission"),
        pytest.param(oauth(perms="all"), JSON, id="another permission"),
        pytest.param(oauth(perms=["read"]), JSON, id="a list of permissions"),
        pytest.param(oauth(perms={"_content": {"_content": "read"}}), JSON, id="too deep a permission"),
    ],
)
def test_what_is_not_flickrs_answer_is_no_verdict(body, headers):
    """What is not Flickr's answer is no verdict: neither good nor rejected."""
    error, requests = failure(body, headers=headers)
    assert (type(error), requests) == (BadAnswer, 1)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_flickr_is_asked_three_times_and_has_rejected_nothing(status):
    """A busy Flickr is asked three times, and has rejected nothing."""
    error, requests = failure("<html>", status, HTML)
    assert (type(error), requests) == (Busy, 3)
    assert isinstance(error, Unreachable)
