"""What Flickr says of a token, and what each failure of a REST call means (flickr_auth.protocol.rest)."""

import json
import pickle

import pytest

from flickr_auth.errors import BadAnswer, Busy, Error, KeyRefused, PermissionRefused, Refused, TokenRefused, Unreachable
from flickr_auth.protocol import rest
from flickr_auth.provider import at
from flickr_auth.sandbox.server import KEYS as SANDBOX_KEYS
from flickr_auth.transport import Transport

from rude_server import ACCESS, ACCOUNT, FORM, HTML, JSON, KEYS, answer, check_token_answer, reset, talking


def oauth(**parts):
    """The JSON of an answer to checkToken with these parts."""
    return json.dumps({"oauth": parts, "stat": "ok"}, ensure_ascii=False)


def check(body, status=200, headers=JSON, **options):
    with talking(answer(body, status, headers), **options) as (_server, transport):
        return rest.check_token(transport, ACCOUNT)


def failure(body, status=200, headers=JSON, **options):
    """The error that this answer becomes, and how many requests it took."""
    reply = answer(body, status, {**headers, "Retry-After": "0"})
    with talking(reply, reply, reply, **options) as (server, transport), pytest.raises(Error) as caught:
        rest.check_token(transport, ACCOUNT)
    assert ACCESS.oauth_token_secret not in f"{caught.value!r} {pickle.dumps(caught.value)}"
    assert KEYS.api_secret not in f"{caught.value!r} {pickle.dumps(caught.value)}"
    return caught.value, len(server.requests)


def fail(code, message="No."):
    return json.dumps({"stat": "fail", "code": code, "message": message})


def test_a_verdict_names_the_permission_and_the_person():
    """A verdict names the permission and the person, in either of Flickr's ways to write a text."""
    for wrap in (lambda text: text, lambda text: {"_content": text}):
        user = {"nsid": "40215689@N00", "username": wrap("wezm"), "fullname": wrap("Wesley Moore 山田")}
        verdict = check(oauth(token={"_content": "72157"}, perms=wrap("delete"), user=user))
        names = {"user_nsid": "40215689@N00", "username": "wezm", "fullname": "Wesley Moore 山田"}
        assert verdict == ACCOUNT._replace(perms="delete", **names)


DOWN = "Sorry, the Flickr API service is not currently available."


@pytest.mark.parametrize(
    ("code", "message", "kind"),
    [
        (98, "Invalid auth token", TokenRefused),
        ("98", "Invalid auth token", TokenRefused),
        (99, "User not logged in / Insufficient permissions", PermissionRefused),
        (100, "Invalid API Key (Key has expired)", KeyRefused),
        (96, "Invalid signature", KeyRefused),
        (1, "Not found", Refused),
        (None, None, Refused),
        (105, "Service currently unavailable", Busy),
        (201, DOWN, Busy),
        (0, DOWN, Busy),
    ],
)
def test_each_failure_of_a_call_is_of_its_kind(code, message, kind):
    """Each failure is of its kind, with Flickr's own words; where Flickr is down, the token has not been rejected."""
    error, requests = failure(fail(code, message))
    assert (type(error), requests) == (kind, 3 if kind is Busy else 1)
    assert (message or "").rstrip(".") in error.message


@pytest.mark.parametrize("status", [200, 401])
def test_a_refusal_may_come_as_a_form_though_json_was_asked_for(status):
    """OAuth's own refusal of a call is understood under any status, and the call is not repeated."""
    error, requests = failure("oauth_problem=token_rejected", status, FORM)
    assert (type(error), error.problem, requests) == (TokenRefused, "token_rejected", 1)


XML = (
    '<?xml version="1.0" encoding="utf-8" ?>\n<rsp stat="fail">\n\t<err code="{}" msg="Nö &amp; no." />\n</rsp>\n',
    "<?xml version='1.0'?><!--w7--><rsp stat='fail' xmlns='urn:x'><!-- > --><err msg='Nö &amp; no.' code='{}'/></rsp>",
    '\n<rsp  version="1"  stat = "fail">\n<err id="1"\n code="{}" msg="Nö &#38; no."></err><extra/></rsp><!-- end -->',
    '<?xml version="1.0" encoding="iso-8859-1"?>\n<rsp stat="fail"><err code="{}" msg="Nö &amp; no."/></rsp>',
)


def test_a_failure_that_an_overloaded_flickr_writes_otherwise_is_understood():
    """A failure as XML, however it is written, or as JSON with a comma behind it, is that failure with its words."""
    for form in XML:
        body = form.encode("latin-1" if "iso" in form else "utf-8")
        assert [failure(body.replace(b"{}", code))[1] for code in (b"98", b"201")] == [1, 3]
        error = failure(body.replace(b"{}", b"98"))[0]
        assert (type(error), "replied: Nö & no (code 98)." in error.message) == (TokenRefused, True)
    for behind in (",", ",\n", " ,\r\n ", ",,"):
        assert (type(failure(fail(98) + behind)[0]), failure(fail(201) + behind)[1]) == (TokenRefused, 3)


def test_a_name_that_looks_like_a_refusal_is_a_name():
    """Somebody who calls themselves `oauth_problem=token_rejected` can log in."""
    name = "a&oauth_problem=token_rejected"
    assert check(oauth(perms="read", user={"nsid": "1@N00", "username": "x", "fullname": name})).fullname == name


@pytest.mark.parametrize(
    "body",
    [
        pytest.param('{"stat":"ok","oauth":{"perms":"read"},"a":1e999}', id="too large a number"),
        pytest.param('{"stat":"ok","oauth":{"perms":"read"}}'.encode("utf-16"), id="UTF-16"),
        pytest.param(b'{"stat":"ok","oauth":{"perms":"\xfc"}}', id="latin-1"),
        pytest.param('{"stat":"maybe","oauth":{"perms":"read"}}', id="another stat"),
        pytest.param('{"stat":"ok"}', id="no verdict"),
        pytest.param('[{"stat":"fail"}],', id="a list with a comma behind it"),
        pytest.param('<rsp stat="ok"><oauth><perms>read</perms></oauth></rsp>', id="XML without a failure"),
        pytest.param('<rsp stat="fail"><err code="98" msg="Inv', id="XML that is cut"),
        pytest.param('<?xml version="1.0" encoding="x"?><rsp stat="fail"><err code="98"/></rsp>', id="no encoding"),
        pytest.param(oauth(perms="all"), id="another permission"),
        pytest.param(oauth(perms={"_content": {"_content": "read"}}), id="too deep a permission"),
    ],
)
def test_what_is_not_flickrs_answer_is_no_verdict(body):
    """What is not Flickr's answer is no verdict: neither good nor rejected."""
    error, requests = failure(body)
    assert (type(error), requests) == (BadAnswer, 3)


# ---- the check after a login


def test_a_checked_account_has_what_flickr_says():
    """A checked account has the permission that Flickr says, whatever was asked for, and names that were missing."""
    with talking(check_token_answer("delete")) as (_server, transport):
        account = rest.check_token(transport, ACCOUNT._replace(username="of-the-token"))
    names = {"user_nsid": "21207597@N07", "username": "of-the-token", "fullname": "Jamal Fanaian"}
    assert account == ACCOUNT._replace(perms="delete", **names)


@pytest.mark.parametrize("user", [None, "x", {"nsid": {"x": "y"}, "username": 5, "fullname": {"_content": None}}])
def test_a_check_that_names_nobody_takes_no_name_away(user):
    """Names that the login brought stay if the check leaves them out, and one that nobody tells is unknown."""
    account = ACCOUNT._replace(username="sam", perms="read")
    with talking(answer(oauth(perms="read", user=user))) as (_server, transport):
        assert rest.check_token(transport, account) == account


# ---- any method


METHOD = "flickr.photos.search"


def refused(body, status=200, method=METHOD, **options):
    """The error that a call ends with when this is the answer."""
    with talking(answer(body, status, JSON)) as (_server, transport), pytest.raises(Error) as caught:
        rest.call(transport, ACCESS, method, {}, **options)
    return caught.value


def test_a_call_returns_what_flickr_answered_as_an_object_or_as_its_own_text():
    """A call returns what Flickr answered, in its order; its own text has every number as it was written."""
    body = '{"b":{"z":1,"a":"ü \\ud83c\\udf05"},"a":[1.10,null,true],"stat":"ok"}'
    with talking(*[answer(body, headers=JSON)] * 2) as (_server, transport):
        found = rest.call(transport, ACCESS, METHOD, {})
        assert rest.text(transport, ACCESS, METHOD, {}) == body
    assert json.dumps(found) == json.dumps({"b": {"z": 1, "a": "ü 🌅"}, "a": [1.1, None, True], "stat": "ok"})


def test_the_answer_to_a_call_may_be_long():
    """Five hundred photos with all that is told of them are an answer, however long."""
    body = json.dumps({"photo": ["x" * 1000] * 3000, "stat": "ok"})
    with talking(answer(body, headers=JSON)) as (_server, transport):
        assert len(rest.call(transport, ACCESS, METHOD, {})["photo"]) == 3000


@pytest.mark.parametrize(
    "first",
    [answer(fail(105)), answer("", 503), reset(), answer("<html>", headers=HTML), answer("")],
    ids=["105", "503", "reset", "html", "empty"],
)
def test_a_call_that_may_change_something_is_sent_once(first):
    """A post may have been done although its answer says nothing of it, so it is not sent again."""
    with talking(first, answer('{"stat":"ok"}', headers=JSON)) as (server, transport), pytest.raises(Unreachable):
        rest.call(transport, ACCESS, METHOD, {}, post=True)
    assert len(server.requests) == 1


def test_a_call_that_is_too_long_for_an_address_says_to_post_it():
    """A long text does not fit into the address of a GET, and whoever tries is told of --post."""
    error = refused("<html>URI too long</html>", status=414)
    assert isinstance(error, Refused) and "--post" in error.hint


# ---- the API key alone


def test_a_call_with_the_key_alone_has_the_key_and_nothing_of_a_signature(tmp_path, monkeypatch):
    """Public data needs the API key and no account: the key is an argument, nothing is signed, no secret is used.

    A netrc file that knows the host by chance is for other programs.
    """
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password 5ecre7\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with talking(answer('{"stat":"ok"}', headers=JSON)) as (server, transport):
        assert rest.call(transport, None, METHOD, {"text": "ü"}) == {"stat": "ok"}
    (request,) = server.requests
    assert dict(request.query) == {
        "method": METHOD,
        "format": "json",
        "nojsoncallback": "1",
        "text": "ü",
        "api_key": KEYS.api_key,
    }
    assert "authorization" not in {name.lower() for name, _value in request.headers}
    assert "oauth" not in f"{request.target}{request.body}"


def test_a_call_with_the_key_alone_is_answered_by_the_sandbox(sandbox):
    """A server that verifies signatures answers what needs none, and refuses what needs a person."""
    with Transport(at(sandbox.base_url), SANDBOX_KEYS[0]) as transport:
        assert rest.call(transport, None, "flickr.test.echo", {})["stat"] == "ok"
        with pytest.raises(PermissionRefused) as caught:
            rest.call(transport, None, "flickr.test.login", {})
    assert caught.value.needed == "read"


# ---- too many calls


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(answer("<html>", 429, {"Retry-After": "3600"}), id="429"),
        pytest.param(answer(fail(100, "Invalid API Key (Key has expired)")), id="expired"),
    ],
)
def test_what_comes_of_too_many_calls_says_what_flickr_allows(reply):
    """Whoever calls too fast reads how much Flickr allows, and what becomes of a key that makes more."""
    with talking(reply) as (_server, transport), pytest.raises(Error) as caught:
        rest.call(transport, ACCESS, METHOD, {})
    assert "3,600 calls an hour" in caught.value.hint and "disables keys" in caught.value.hint


# ---- which permission is missing


@pytest.mark.parametrize(
    ("code", "message", "needed"),
    [
        (98, "Invalid auth token", None),
        (99, "Insufficient permissions. Method requires write privileges; read granted.", "write"),
        (99, "Insufficient permissions. Method requires delete privileges; write granted.", "delete"),
        (99, "User not logged in / Insufficient permissions", "write"),
    ],
)
def test_a_refused_token_says_which_permission_it_lacks(code, message, needed):
    """The error states the fact; how to get another token is said where it is known where this one came from."""
    with talking(*[answer(fail(code, message))] * 2) as (_server, transport):
        with pytest.raises(Refused) as caught:
            rest.call(transport, ACCESS, METHOD, {})
        assert (caught.value.hint, caught.value.needed) == ("", needed)
        with pytest.raises(Refused) as caught:
            rest.call(transport, None, METHOD, {})
        assert caught.value.needed == (needed if "requires" in message else None)
