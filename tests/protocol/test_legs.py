"""Answers to the three legs, and what each refusal means (flickr_auth.protocol.legs)."""

import datetime
import email.utils
import pickle
import re
import time

import pytest

from flickr_auth.account import ConsumerKeys, Token
from flickr_auth.errors import (
    BadAnswer,
    Busy,
    KeyRefused,
    PermissionRefused,
    Refused,
    TokenRefused,
    Unreachable,
    VerifierRefused,
)
from flickr_auth.protocol import legs
from flickr_auth.provider import FLICKR
from flickr_auth.transport.exchange import Answer, not_an_answer

from rude_server import ACCESS, FORM, HTML, KEYS, REQUEST, VERIFIER, access_token_answer, answer, talking
from samples import OAUTH_TOKEN, OAUTH_TOKEN_SECRET

YES = "oauth_callback_confirmed=true"
PAGE = "<!DOCTYPE html><html><body>Welcome to the hotel. oauth_token=a&oauth_token_secret=b</body></html>"
SECRETS = (KEYS.api_secret, REQUEST.oauth_token_secret, ACCESS.oauth_token_secret, VERIFIER)


def third_leg(transport):
    return legs.access_token(transport, REQUEST, VERIFIER, "write")


def refused(body, status=401, *, headers=FORM, keys=KEYS):
    """The error that this answer to a code becomes."""
    with talking(answer(body, status, headers), keys=keys) as (_server, transport), pytest.raises(Refused) as caught:
        third_leg(transport)
    return caught.value


def shown(error):
    """Everything of an error that can reach a person, a log or another process."""
    return f"{error} {error.hint} {error!r} {pickle.dumps(error)}"


# ---- answers


def test_a_request_token_is_read_as_flickr_sends_it():
    """The answer that Flickr documents is understood to the last character, and a provider that writes TRUE, too."""
    for confirmed, end in (("true", ""), ("TRUE", "\r\n")):
        body = f"oauth_token={REQUEST.oauth_token}&oauth_token_secret=b&oauth_callback_confirmed={confirmed}{end}"
        with talking(answer(body)) as (_server, transport):
            assert legs.request_token(transport) == Token(REQUEST.oauth_token, "b")


def test_an_access_token_is_read_as_flickr_sends_it():
    """An access token is read as Flickr sends it, and makes an account: whose, with which permission, since when."""
    body = (
        "fullname=Jamal%20Fanaian&oauth_token=72157626318069415-087bfc7b5816092c"
        "&oauth_token_secret=a202d1f853ec69de&user_nsid=21207597%40N07&username=jamalfanaian"
    )
    with talking(answer(body)) as (server, transport):
        issued = third_leg(transport)
    assert issued.token.oauth_token == OAUTH_TOKEN
    assert issued.token.oauth_token_secret == OAUTH_TOKEN_SECRET
    assert (issued.user_nsid, issued.username, issued.fullname) == ("21207597@N07", "jamalfanaian", "Jamal Fanaian")
    assert (issued.api_key, issued.api_secret, issued.perms) == (KEYS.api_key, KEYS.api_secret, "write")
    assert issued.provider == server.provider.name
    age = datetime.datetime.now(datetime.UTC) - datetime.datetime.fromisoformat(issued.logged_in_at)
    assert abs(age.total_seconds()) < 60


def test_names_arrive_as_they_are():
    """Names arrive as they are: making them harmless is for whoever shows them."""
    for names, username, fullname in (
        ("fullname=&new_thing=z", None, None),
        ("fullname=%E5%B1%B1%E7%94%B0%20%F0%9F%93%B7&username=%C3%BC", "ü", "山田 📷"),
        ("fullname=a%26b%3Dc%25&username=%00", "\0", "a&b=c%"),
    ):
        with talking(access_token_answer(names)) as (_server, transport):
            issued = third_leg(transport)
        assert (issued.token, issued.username, issued.fullname) == (ACCESS, username, fullname)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(f"{YES}&oauth_token=a&oauth_token_secret=b&fullname=%FC", id="latin-1, escaped"),
        pytest.param(f"{YES}&oauth_token=a&oauth_token_secret=", id="an empty secret"),
        pytest.param(f"{YES}&oauth_token=t%C3%B6ken&oauth_token_secret=b", id="a token that no file could hold"),
        pytest.param(f"{YES}&oauth_token=a%0Ab&oauth_token_secret=b", id="a line end in the token"),
    ],
)
def test_what_is_not_flickrs_answer_never_becomes_a_token(body):
    """What is not Flickr's answer never becomes a token: the first leg is sent again, and the third is not."""
    with talking(*[answer(body)] * 4) as (server, transport):
        for leg, sent in ((legs.request_token, 3), (third_leg, 4)):
            with pytest.raises(BadAnswer) as caught:
                leg(transport)
            assert len(server.requests) == sent
            assert caught.value.hint


@pytest.mark.parametrize("status", [201, 401])
def test_a_token_comes_with_status_200_only(status):
    """What looks like a token under another status is not taken for one."""
    reply = answer(f"{YES}&oauth_token=a&oauth_token_secret=b", status)
    with talking(reply) as (_server, transport), pytest.raises(BadAnswer, match=str(status)):
        third_leg(transport)


def test_a_page_for_people_is_told_from_an_answer_and_nothing_of_it_is_repeated():
    """A page is no answer, what to do about it is said, and nothing of it or of any other junk is repeated."""
    for body, status, headers, kind, word in (
        (PAGE, 200, HTML, BadAnswer, "what answers at http://127.0.0.1:"),
        (PAGE, 511, HTML, Busy, "minutes"),
        ("oauth_token=a&oauth_token_secret=s5ecre7&Welcome", 200, FORM, BadAnswer, ""),
    ):
        with talking(answer(body, status, headers)) as (_server, transport), pytest.raises(Unreachable) as caught:
            third_leg(transport)
        assert type(caught.value) is kind and word in caught.value.hint
        assert "Welcome" not in shown(caught.value) and "s5ecre7" not in shown(caught.value)


def test_a_hotels_page_is_told_from_a_firewalls():
    """In Flickr's place, a page that wants a person to sign in comes as a success, one that blocks as an error."""
    page = {"content-type": "text/html"}
    for status, word in ((200, "sign in to this network"), (403, "firewall"), (404, "firewall")):
        failure = not_an_answer(Answer(status, b"<html>", page), FLICKR, "it is not JSON")
        assert failure.message == f"Flickr sent a web page instead of an API response (HTTP {status})."
        assert word in failure.hint


# ---- refusals


@pytest.mark.parametrize(
    ("problem", "kind"),
    [
        ("signature_invalid", KeyRefused),
        ("consumer_key_unknown", KeyRefused),
        ("consumer_key_refused", KeyRefused),
        ("consumer_key_rejected", KeyRefused),
        ("token_rejected", TokenRefused),
        ("token_expired", TokenRefused),
        ("token_used", TokenRefused),
        ("token_revoked", TokenRefused),
        ("verifier_invalid", VerifierRefused),
        ("permission_denied", PermissionRefused),
        ("permission_unknown", PermissionRefused),
        ("user_refused", PermissionRefused),
        ("timestamp_refused", Refused),
        ("nonce_used", Refused),
        ("signature_method_rejected", Refused),
        ("version_rejected", Refused),
        ("parameter_absent", Refused),
        ("parameter_rejected", Refused),
        ("never_heard_of_it", Refused),
    ],
)
def test_each_refusal_is_told_in_a_sentence_of_its_kind(problem, kind):
    """Each refusal is told in a sentence of its kind, with the next thing to do, and nothing is tried twice."""
    with talking(answer(f"oauth_problem={problem}", 401)) as (server, transport), pytest.raises(Refused) as caught:
        legs.request_token(transport)
    error = caught.value
    assert (type(error), error.problem, len(server.requests)) == (kind, problem, 1)
    assert re.fullmatch(r"[A-Z0-9h].+\.", error.message)
    assert error.hint or kind is TokenRefused or problem == "user_refused"  # the edge knows which login helps
    assert re.search(r"[{}]", error.message + error.hint) is None


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        pytest.param(401, "", Refused, id="oauthlib says nothing"),
        pytest.param(
            400, "error=invalid_request&error_description=Invalid+%22oauth_verifier%22", Refused, id="Authlib"
        ),
        pytest.param(401, "error=invalid_client", KeyRefused, id="key"),
        pytest.param(401, "error=invalid_signature", KeyRefused, id="signature"),
        pytest.param(401, "error=invalid_token&error_description=Invalid+or+expired", TokenRefused, id="token"),
        pytest.param(400, "error=access_denied", PermissionRefused, id="denied"),
    ],
)
def test_servers_that_know_no_oauth_problem_refuse_too(status, body, kind):
    """A refusal of servers that know no oauth_problem is one, too: they have the status, and a form or nothing."""
    with talking(answer(body, status)) as (server, transport), pytest.raises(Refused) as caught:
        third_leg(transport)
    assert (type(caught.value), len(server.requests)) == (kind, 1)
    is_gone = kind is TokenRefused
    assert caught.value.message.startswith("This login is no longer open: " if is_gone else transport.provider.called)
    assert caught.value.hint or kind is TokenRefused
    assert "verifier" not in shown(caught.value)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, ""),
        (200, "error=invalid_token"),
        (401, "error=invalid_token<html>"),
        (401, "<html><body><p>Why do I see a\noauth_problem=token_rejected?</p></body></html>"),
    ],
)
def test_what_only_looks_like_a_refusal_is_none(status, body):
    """What only looks like a refusal is none: the login goes on waiting."""
    with talking(answer(body, status)) as (_server, transport), pytest.raises(BadAnswer):
        third_leg(transport)


def test_a_refusal_is_found_wherever_the_answer_has_it():
    """The reason is found alone, among other parameters, and under any status."""
    for body, status in (
        ("oauth_problem=token_rejected\r\n", 200),
        ("oauth_problem_advice=consumer_key_unknown&oauth_problem=token_rejected", 403),
        (f"{YES}&oauth_token=a&oauth_token_secret=b&oauth_problem=token_rejected", 401),
    ):
        error = refused(body, status)
        assert (type(error), error.problem) == (TokenRefused, "token_rejected")


def test_what_flickr_misses_is_listed():
    """A person reads which parameters Flickr found missing, and nothing that is no name."""
    said = refused("oauth_problem=parameter_absent&oauth_parameters_absent=oauth_nonce%26oauth_timestamp", 400)
    assert "oauth_nonce, oauth_timestamp" in said.message
    assert "2J" not in refused("oauth_problem=parameter_absent&oauth_parameters_absent=%1B%5B2J", 400).message


def test_a_wrong_secret_is_blamed_without_showing_the_base_string():
    """A wrong secret is blamed without showing the base string that Flickr sends back unescaped."""
    key, token = KEYS.api_key, REQUEST.oauth_token
    sbs = f"GET&https%3A%2F%2Fx&oauth_consumer_key%3D{key}%26oauth_token%3D{token}%26oauth_verifier%3D{VERIFIER}"
    for body in (
        f"oauth_problem=signature_invalid&debug_sbs={sbs}",
        f"debug_sbs={sbs}&oauth_problem=signature_invalid",
    ):
        error = refused(body)
        assert (type(error), error.problem) == (KeyRefused, "signature_invalid")
        assert "secret" in error.message
        assert "the file apikeys" in error.hint  # where it came from
        seen = shown(error)
        assert [part for part in (*SECRETS, key, token, "debug_sbs", "%26") if part in seen] == []


def test_an_unknown_key_of_a_wrong_shape_is_described_and_not_shown():
    """Someone who mixed up key and secret reads that the lengths are wrong, and neither is printed."""
    error = refused("oauth_problem=consumer_key_unknown")
    assert "32 characters" not in error.message and "the API key in the file apikeys against" in error.hint
    error = refused("oauth_problem=consumer_key_unknown", keys=ConsumerKeys("key-with-a-dash", "s5ecre7"))
    assert "32 characters" in error.message
    assert "15" in error.message
    assert "key-with-a-dash" not in shown(error)
    assert "the API key in your API keys against" in error.hint  # nobody knows where these came from


def test_a_refused_clock_is_told_beside_the_time_of_the_answer():
    """A refused clock is told beside the time of the answer, so that one sees how far it is off."""
    date = "Wed, 21 Oct 2015 07:28:00 GMT"
    before = int(time.time())
    error = refused("oauth_problem=timestamp_refused", headers={**FORM, "Date": date})
    after = time.time()
    told = re.search(r"\w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT", error.message)
    assert before <= email.utils.parsedate_to_datetime(told[0]).timestamp() <= after
    assert date in error.hint
