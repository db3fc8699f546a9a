"""The login without a terminal, against a scripted Flickr (flickr_auth.protocol.login)."""

import datetime
import pickle
import traceback
from urllib.parse import parse_qs, urlsplit

import pytest

from flickr_auth.errors import BadAnswer, Busy, NotDone, NotKept, Refused, StoreError, TokenRefused, VerifierRefused
from flickr_auth.protocol import login

from rude_server import (
    ACCESS,
    KEYS,
    REQUEST,
    VERIFIER,
    access_token_answer,
    answer,
    check_token_answer,
    request_token_answer,
    talking,
)

SECRETS = (KEYS.api_secret, REQUEST.oauth_token_secret, ACCESS.oauth_token_secret, VERIFIER)
PENDING = login.PendingLogin(REQUEST, "write", "https://www.flickr.com/services/oauth/authorize?oauth_token=a")


class Store:
    """Keeps accounts in a list, or fails with that error."""

    def __init__(self, failure=None):
        self.failure = failure
        self.kept = []

    def keep(self, account):
        if self.failure is not None:
            raise self.failure
        self.kept.append(account)
        return account


def complete(transport, store):
    return login.complete(transport, PENDING, VERIFIER, store.keep)


@pytest.mark.parametrize("perms", ["read", "write", "delete"])
def test_a_login_begins_with_the_address_where_the_person_says_yes(perms):
    """A login begins with the address where the person says yes, to this token and this permission."""
    with talking(request_token_answer()) as (server, transport):
        pending = login.begin(transport, perms)
    parts = urlsplit(pending.authorize_url)
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{server.provider.site}/services/oauth/authorize"
    assert parse_qs(parts.query) == {"oauth_token": [REQUEST.oauth_token], "perms": [perms]}
    assert (pending.request, pending.perms) == (REQUEST, perms)


@pytest.mark.parametrize(
    ("arguments", "sent"),
    [pytest.param((), "oob", id="none"), pytest.param(("http://127.0.0.1:8080/",), "http://127.0.0.1:8080/", id="one")],
)
def test_a_login_ends_at_its_callback_or_out_of_band(arguments, sent):
    """A login ends at its callback, or out of band where there is none."""
    with talking(request_token_answer()) as (server, transport):
        login.begin(transport, "read", *arguments)
    assert dict(server.requests[0].oauth)["oauth_callback"] == sent


def test_a_token_that_would_change_the_address_cannot():
    """A token that would change the address cannot: it is escaped."""
    odd = answer("oauth_callback_confirmed=true&oauth_token=a%26perms%3Ddelete%23&oauth_token_secret=b")
    with talking(odd) as (_server, transport):
        pending = login.begin(transport, "read")
    assert parse_qs(urlsplit(pending.authorize_url).query) == {"oauth_token": ["a&perms=delete#"], "perms": ["read"]}


def test_a_completed_login_is_an_account_with_all_that_is_known():
    """After a login the account has the names, the permission, the provider and the time."""
    store = Store()
    with talking(access_token_answer()) as (server, transport):
        before = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
        account = complete(transport, store)
    assert store.kept == [account]
    assert (account.api_key, account.api_secret, account.token) == (KEYS.api_key, KEYS.api_secret, ACCESS)
    assert (account.user_nsid, account.username, account.fullname) == ("21207597@N07", "jamalfanaian", "Jamal Fanaian")
    assert (account.perms, account.provider) == ("write", server.provider.name)
    assert account.logged_in_at.endswith("Z")
    assert before <= datetime.datetime.fromisoformat(account.logged_in_at) <= datetime.datetime.now(datetime.UTC)


def test_what_the_store_says_of_an_account_is_what_comes_back():
    """The caller learns where the account was really stored."""
    with talking(access_token_answer()) as (_server, transport):
        assert login.complete(transport, PENDING, VERIFIER, lambda _account: "as stored") == "as stored"


def test_a_token_is_kept_before_anything_else_is_asked():
    """A token is kept before anything else is asked, so that no later failure loses it."""
    paths = []
    store = Store()
    with talking(access_token_answer(), answer("", 500, {"Retry-After": "99"})) as (server, transport):
        account = complete(transport, store)
        paths += [request.path for request in server.requests]
        with pytest.raises(Busy):
            login.prove(transport, account)
    assert paths == ["/services/oauth/access_token"]
    assert store.kept == [account]


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        pytest.param(answer("oauth_problem=verifier_invalid", 401), VerifierRefused, id="wrong code"),
        pytest.param(answer("oauth_problem=token_rejected", 401), TokenRefused, id="used code"),
        pytest.param(answer("", 503), Busy, id="busy"),
        pytest.param(answer("<html>"), BadAnswer, id="portal"),
    ],
)
def test_where_no_token_was_issued_the_store_is_left_alone(reply, kind):
    """Where no token was issued the store is left alone, and the code goes out once."""
    store = Store()
    with talking(reply, access_token_answer()) as (server, transport), pytest.raises(kind):
        complete(transport, store)
    assert (store.kept, len(server.requests)) == ([], 1)


def test_a_wrong_code_can_be_corrected():
    """A wrong code can be corrected: the same login takes the right one."""
    store = Store()
    with talking(answer("oauth_problem=verifier_invalid", 401), access_token_answer()) as (server, transport):
        with pytest.raises(VerifierRefused):
            login.complete(transport, PENDING, "111-111-111", store.keep)
        complete(transport, store)
    codes = [dict(request.oauth)["oauth_verifier"] for request in server.requests]
    assert codes == ["111-111-111", VERIFIER]
    assert len(store.kept) == 1


def test_a_token_that_cannot_be_kept_is_told_with_the_page_to_revoke_it_on():
    """A token that cannot be kept is told, with the page to revoke it on, and shows no secret."""
    failure = StoreError("The keyring is locked.", "Unlock it.")
    with talking(access_token_answer()) as (server, transport), pytest.raises(NotKept) as caught:
        complete(transport, Store(failure))
    error = caught.value
    assert failure.message in error.message
    assert f"{server.provider.site}/services/auth/list.gne" in error.message
    assert error.hint == failure.hint
    seen = f"{error!r} {error.hint} {pickle.dumps(error)} {''.join(traceback.format_exception(error))}"
    assert [secret for secret in SECRETS if secret in seen] == []


def test_a_person_who_says_no_is_no_failure_of_the_store():
    """A person who wants the token nowhere has said no, and hears nothing of a store that failed."""
    with talking(access_token_answer()) as (_server, transport), pytest.raises(NotDone, match="No"):
        complete(transport, Store(NotDone("No")))


def test_a_proven_account_has_the_permission_that_flickr_tells():
    """A proven account has the permission that Flickr tells, whatever was asked for."""
    with talking(access_token_answer(), check_token_answer("delete")) as (_server, transport):
        account = complete(transport, Store())
        proven = login.prove(transport, account)
    assert (account.perms, proven.perms) == ("write", "delete")
    assert (proven.token, proven.logged_in_at) == (account.token, account.logged_in_at)


def test_names_that_the_token_came_without_are_learned_from_the_check():
    """Names that the token came without are learned from the check, and those it came with stay."""
    with talking(access_token_answer("fullname=&username=from-the-token"), check_token_answer()) as (
        _server,
        transport,
    ):
        proven = login.prove(transport, complete(transport, Store()))
    assert (proven.user_nsid, proven.username, proven.fullname) == ("21207597@N07", "from-the-token", "Jamal Fanaian")


def test_a_check_that_names_nobody_takes_no_name_away():
    """Names that the login brought stay if a later check leaves them out."""
    with talking(access_token_answer(), answer('{"oauth":{"perms":"read"},"stat":"ok"}')) as (_server, transport):
        account = complete(transport, Store())
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
        account = complete(transport, Store())
        with pytest.raises(kind):
            login.prove(transport, account)


def test_neither_a_pending_login_nor_an_account_shows_its_secrets():
    """Printing either in a debugger or traceback shows no secret."""
    with talking(access_token_answer()) as (_server, transport):
        seen = repr([PENDING, complete(transport, Store())])
    assert [secret for secret in SECRETS if secret in seen] == []
