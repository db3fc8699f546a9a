"""The login without a terminal, against a scripted Flickr (flickr_auth.protocol.login)."""

import datetime

import pytest

from flickr_auth.errors import BadAnswer, Busy, Refused, TokenRefused, VerifierRefused
from flickr_auth.protocol import login

from rude_server import (
    ACCESS,
    KEYS,
    REQUEST,
    VERIFIER,
    access_token_answer,
    answer,
    check_token_answer,
    talking,
)

SECRETS = (KEYS.api_secret, REQUEST.oauth_token_secret, ACCESS.oauth_token_secret, VERIFIER)


def trade(transport, verifier=VERIFIER):
    return login.trade(transport, REQUEST, verifier, "write")


def test_a_completed_login_is_an_account_with_all_that_is_known():
    """After a login the account has the names, the permission, the provider and the time."""
    with talking(access_token_answer()) as (server, transport):
        before = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
        account = trade(transport)
    assert (account.api_key, account.api_secret, account.token) == (KEYS.api_key, KEYS.api_secret, ACCESS)
    assert (account.user_nsid, account.username, account.fullname) == ("21207597@N07", "jamalfanaian", "Jamal Fanaian")
    assert (account.perms, account.provider) == ("write", server.provider.name)
    assert account.logged_in_at.endswith("Z")
    assert before <= datetime.datetime.fromisoformat(account.logged_in_at) <= datetime.datetime.now(datetime.UTC)


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        pytest.param(answer("oauth_problem=verifier_invalid", 401), VerifierRefused, id="wrong code"),
        pytest.param(answer("oauth_problem=token_rejected", 401), TokenRefused, id="used code"),
        pytest.param(answer("", 503), Busy, id="busy"),
        pytest.param(answer("<html>"), BadAnswer, id="portal"),
    ],
)
def test_where_no_token_was_issued_the_code_goes_out_once(reply, kind):
    """A code that is refused or whose answer is lost goes out once."""
    with talking(reply, access_token_answer()) as (server, transport), pytest.raises(kind):
        trade(transport)
    assert len(server.requests) == 1


def test_a_wrong_code_can_be_corrected():
    """A wrong code can be corrected: the same login takes the right one."""
    with talking(answer("oauth_problem=verifier_invalid", 401), access_token_answer()) as (server, transport):
        with pytest.raises(VerifierRefused):
            trade(transport, "111-111-111")
        trade(transport)
    codes = [dict(request.oauth)["oauth_verifier"] for request in server.requests]
    assert codes == ["111-111-111", VERIFIER]


def test_a_proven_account_has_the_permission_that_flickr_tells():
    """A proven account has the permission that Flickr tells, whatever was asked for."""
    with talking(access_token_answer(), check_token_answer("delete")) as (_server, transport):
        account = trade(transport)
        proven = login.prove(transport, account)
    assert (account.perms, proven.perms) == ("write", "delete")
    assert (proven.token, proven.logged_in_at) == (account.token, account.logged_in_at)


def test_names_that_the_token_came_without_are_learned_from_the_check():
    """Names that the token came without are learned from the check, and those it came with stay."""
    with talking(access_token_answer("fullname=&username=from-the-token"), check_token_answer()) as (
        _server,
        transport,
    ):
        proven = login.prove(transport, trade(transport))
    assert (proven.user_nsid, proven.username, proven.fullname) == ("21207597@N07", "from-the-token", "Jamal Fanaian")


def test_a_check_that_names_nobody_takes_no_name_away():
    """Names that the login brought stay if a later check leaves them out."""
    with talking(access_token_answer(), answer('{"oauth":{"perms":"read"},"stat":"ok"}')) as (_server, transport):
        account = trade(transport)
        proven = login.prove(transport, account)
    assert (proven.user_nsid, proven.username, proven.fullname) == ("21207597@N07", "jamalfanaian", "Jamal Fanaian")


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        pytest.param(answer('{"stat":"fail","code":98,"message":"Invalid auth token"}'), TokenRefused, id="rejected"),
        pytest.param(answer('{"stat":"fail","code":112,"message":"No"}'), Refused, id="no such method"),
        pytest.param(answer("", 503, {"Retry-After": "999"}), Busy, id="busy"),
        pytest.param(answer("<html>"), BadAnswer, id="portal"),
    ],
)
def test_rejected_and_could_not_check_are_told_apart(reply, kind):
    """A token that Flickr rejected is never reported as unreachable, nor the other way round."""
    with talking(access_token_answer(), reply) as (_server, transport):
        account = trade(transport)
        with pytest.raises(kind):
            login.prove(transport, account)


def test_an_account_shows_no_secret():
    """Printing it in a debugger or traceback shows no secret."""
    with talking(access_token_answer()) as (_server, transport):
        seen = repr(trade(transport))
    assert [secret for secret in SECRETS if secret in seen] == []
