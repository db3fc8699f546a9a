"""The three legs, made by clients that know nothing of the sandbox's inside."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from requests_oauthlib import OAuth1

from flickr_auth.errors import Refused
from flickr_auth.sandbox.request_tokens import RequestTokens
from sandbox.dance import KEYS, NOW, access, form, get, login, request_token, rest

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def test_the_two_keys_look_like_flickrs_and_say_that_they_are_the_sandboxs():
    """A client that checks the shape of Flickr's keys accepts the sandbox's, and a person sees whose they are."""
    assert len({keys.api_key[:8] for keys in KEYS}) == 2
    for keys in KEYS:
        assert re.fullmatch("[0-9a-f]{32}", keys.api_key) and re.fullmatch("[0-9a-f]{16}", keys.api_secret)
        assert keys.source == "the sandbox's own key"


@pytest.mark.parametrize(
    ("keys", "method", "where"),
    [(KEYS[0], "GET", "auth_header"), (KEYS[1], "GET", "query"), (KEYS[0], "POST", "body")],
)
def test_the_whole_dance_works_with_the_signature_in_header_query_and_body(sandbox, http, keys, method, where):
    """A client may sign where OAuth lets it: all three legs work with the signature in the header, query or body."""
    headers = FORM if where == "body" else {}

    def leg(name, *token, **more):
        auth = OAuth1(keys.api_key, keys.api_secret, *token, signature_type=where, timestamp=str(NOW), **more)
        return http.request(method, f"{sandbox.base_url}/services/oauth/{name}", auth=auth, headers=headers)

    first = leg("request_token", callback_uri="oob")
    assert first.headers["Content-Type"] == "text/plain;charset=UTF-8"
    shape = "oauth_callback_confirmed=true&oauth_token=72157[0-9]{12}-[0-9a-f]{16}&oauth_token_secret=[0-9a-f]{16}"
    assert re.fullmatch(shape, first.text)
    pending = form(first)
    pin = sandbox.press_ok(pending["oauth_token"])
    assert re.fullmatch("[0-9]{3}-[0-9]{3}-[0-9]{3}", pin)
    third = leg("access_token", pending["oauth_token"], pending["oauth_token_secret"], verifier=pin)
    assert third.headers["Content-Type"] == "text/plain;charset=UTF-8"
    shape = (
        "fullname=Sam%20Sandbox&oauth_token=72157[0-9]{12}-[0-9a-f]{16}&oauth_token_secret=[0-9a-f]{16}"
        "&user_nsid=12345678%40N00&username=sandbox-sam"
    )
    assert re.fullmatch(shape, third.text)


def test_a_url_callback_gets_sixteen_hex_characters_that_are_good_only_as_they_are(sandbox, http):
    """A client with a callback gets a verifier as Flickr's, and a changed one is refused."""
    pending = request_token(http, sandbox, "http://127.0.0.1:9/done?a=1%20b&c")
    verifier = sandbox.press_ok(pending["oauth_token"])
    assert re.fullmatch("[0-9a-f]{16}", verifier)
    for wrong in (verifier.upper(), verifier + "-", re.sub("[a-f]", "", verifier) + "!"):
        if wrong != verifier:
            assert access(http, sandbox, pending, wrong).text == "oauth_problem=verifier_invalid"
    assert form(access(http, sandbox, pending, verifier))["oauth_token"]


def test_a_wrong_code_is_refused_and_the_person_can_type_again(sandbox, http):
    """A typing error costs one try, not the login, and the dashes may be left out."""
    pending = request_token(http, sandbox)
    pin = sandbox.press_ok(pending["oauth_token"])
    for wrong in ("000-000-00x", "é", pin + "0", pin[:-1]):
        refused = access(http, sandbox, pending, wrong)
        assert (refused.status_code, refused.text) == (401, "oauth_problem=verifier_invalid")
    assert form(access(http, sandbox, pending, pin.replace("-", "")))["username"] == "sandbox-sam"


def test_a_code_serves_once(sandbox, http):
    """A code that was used gets no second token."""
    pending = request_token(http, sandbox)
    pin = sandbox.press_ok(pending["oauth_token"])
    assert form(access(http, sandbox, pending, pin))
    replay = access(http, sandbox, pending, pin)
    assert (replay.status_code, replay.text) == (401, "oauth_problem=token_rejected")


def test_nobody_gets_an_access_token_before_the_person_said_yes(sandbox, http):
    """A client that guesses a code before the page was approved gets permission_denied, and can go on afterwards."""
    pending = request_token(http, sandbox)
    early = access(http, sandbox, pending, "123-456-789")
    assert (early.status_code, early.text) == (401, "oauth_problem=permission_denied")
    assert form(access(http, sandbox, pending, sandbox.press_ok(pending["oauth_token"])))


def test_pressing_ok_where_it_cannot_be_pressed_is_refused_and_harms_nothing(sandbox, http):
    """A test that approves as nobody, or a login that is not open, gets an error, and can approve it correctly."""
    token = request_token(http, sandbox)["oauth_token"]
    for how in ({"perms": "admin"}, {"perms": ""}, {"user": 1000}, {"user": -1}):
        with pytest.raises(Refused):
            sandbox.press_ok(token, **how)
    assert sandbox.press_ok(token)
    for closed in (token, "72157000000000000-0000000000000000", ""):
        with pytest.raises(Refused) as refused:
            sandbox.press_ok(closed)
        assert refused.value.problem == "token_rejected"


def test_a_thousand_people_can_log_in_each_with_names_of_their_own(sandbox, http):
    """A test has a thousand different people, with names in many scripts and one without a full name."""
    numbers = (*range(6), 500, 999)
    people = [login(http, sandbox, user=number) for number in numbers]
    assert len({person["user_nsid"] for person in people}) == len(numbers)
    assert len({person["username"] for person in people}) == len(numbers)
    assert all(person["username"].startswith("sandbox-") for person in people)
    assert any(not person["username"].isascii() for person in people)
    assert any(not person["fullname"].isascii() for person in people)
    assert any(person["fullname"] == "" for person in people)
    assert all(re.fullmatch(r"[0-9]+@N[0-9]{2}", person["user_nsid"]) for person in people)


def test_a_token_belongs_to_the_key_that_it_was_issued_for(sandbox, http):
    """A token with the other key's signature is refused in every leg and in a call."""
    token = login(http, sandbox)
    other = {"secret": KEYS[1].api_secret, "oauth_consumer_key": KEYS[1].api_key}
    url = f"{sandbox.base_url}/services/rest/?method=flickr.test.login&format=json&nojsoncallback=1"
    signed_by_other = get(
        http, url, token_secret=token["oauth_token_secret"], oauth_token=token["oauth_token"], **other
    )
    assert signed_by_other.json() == {"stat": "fail", "code": 98, "message": "Invalid auth token"}
    pending = request_token(http, sandbox)
    pin = sandbox.press_ok(pending["oauth_token"])
    assert access(http, sandbox, pending, pin, **other).text == "oauth_problem=token_rejected"
    assert form(access(http, sandbox, pending, pin))


def test_a_token_that_was_kept_long_ago_is_still_good(sandbox, http):
    """An upgrade of flickr-auth does not invalidate stored sandbox tokens."""
    kept = {"oauth_token": "72157007112345678-7e08c177f793543b", "oauth_token_secret": "cb780bcd0b38f28a"}
    verdict = rest(http, sandbox, "flickr.auth.oauth.checkToken", kept).json()
    assert verdict["oauth"]["perms"] == {"_content": "write"}
    assert verdict["oauth"]["user"]["username"] == "sandbox-user-7"


def test_a_token_that_was_changed_anywhere_is_worth_nothing(sandbox, http):
    """A token in which one character differs is answered with code 98."""
    token = login(http, sandbox)
    old = token["oauth_token"]
    for at in (0, 6, 8, 12, 18, 33):
        forged = {**token, "oauth_token": old[:at] + ("1" if old[at] != "1" else "2") + old[at + 1 :]}
        assert rest(http, sandbox, "flickr.test.login", forged).json()["code"] == 98


def test_two_calls_at_once_with_one_code_give_one_token(sandbox, http):
    """However many clients send the same code at the same moment, one gets the token."""
    pending = request_token(http, sandbox)
    pin = sandbox.press_ok(pending["oauth_token"])

    def one(_):
        with requests.Session() as session:
            session.trust_env = False
            return access(session, sandbox, pending, pin).status_code

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(one, range(8))) == [200] + [401] * 7


def test_no_repr_of_a_login_that_waits_holds_its_secrets():
    """A debugger or a traceback that shows what the sandbox passes around shows no verifier and no secret."""
    tokens = RequestTokens()
    token = tokens.issue(KEYS[0].api_key, "http://127.0.0.1:9/")
    authorized = tokens.authorize(token.oauth_token, "read", 0)
    shown = repr(authorized) + repr(tokens._pending)
    assert authorized.verifier not in shown and token.oauth_token_secret not in shown
