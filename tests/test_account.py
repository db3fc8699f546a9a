"""Accounts as values: what they are called, and that they never show a secret."""

import pprint
import re

import pytest

from flickr_auth.account import FIELDS, Account, ConsumerKeys, account_id, label
from flickr_auth.errors import NoKeys
from flickr_auth.storage.record import Record

from samples import API_KEY as KEY
from samples import API_SECRET as SECRET
from samples import OAUTH_TOKEN as TOKEN
from samples import OAUTH_TOKEN_SECRET as TOKEN_SECRET

JAMAL = Account(KEY, SECRET, TOKEN, TOKEN_SECRET, "21207597@N07", "jamalfanaian", "Jamal Fanaian", "read")


def test_the_fields_have_the_promised_names_in_the_promised_order():
    """Scripts that read `--json` and `--field` find the documented names and no others."""
    promised = (
        "api_key api_secret oauth_token oauth_token_secret user_nsid username fullname perms account store provider"
        " logged_in_at"
    )
    assert " ".join(FIELDS) == promised


@pytest.mark.parametrize(
    ("nsid", "key", "provider", "expected"),
    [
        pytest.param("21207597@N07", KEY, "flickr", "21207597@N07-653e7a6e", id="flickr"),
        pytest.param("21207597@N07", KEY, "sandbox", "21207597@N07-653e7a6e-sandbox", id="sandbox"),
        pytest.param("1@N01", KEY, "http://127.0.0.1:8080", "1@N01-653e7a6e-127%2E0%2E0%2E1%3A8080", id="port"),
        pytest.param("a b/é", KEY, "flickr", "a%20b%2F%C3%A9-653e7a6e", id="encoded"),
    ],
)
def test_an_id_is_made_of_person_key_and_provider(nsid, key, provider, expected):
    """An ID is the NSID, eight characters of the key, and the provider's host where it is not Flickr, all encoded."""
    assert account_id(nsid, key, provider) == expected


@pytest.mark.parametrize("nsid", ["../../default", "..\\C:x", "a\0b\udcff", "nul."])
def test_an_id_cannot_leave_the_folder(tmp_path, nsid):
    """Whatever a server calls a person, the account's file stays in the accounts folder and its name is harmless."""
    name = account_id(nsid, "../" + KEY, "https://../..")
    assert re.fullmatch(r"[A-Za-z0-9@_%-]+", name)
    assert (tmp_path / f"{name}.json").resolve().parent == tmp_path.resolve()


def test_an_id_is_never_too_long_for_a_file_name():
    """A person with an endless NSID gets an account file too: its name has at most 100 characters."""
    assert len(account_id("é" * 1000, KEY, f"https://{'a' * 250}.example")) == 100
    assert account_id("n" * 91, KEY, "flickr") == "n" * 91 + "-653e7a6e"  # exactly 100 are not cut
    assert account_id("n" * 300 + "1", KEY, "flickr") != account_id("n" * 300 + "2", KEY, "flickr")


@pytest.mark.parametrize(
    ("known", "who", "shown"),
    [
        ({}, "Jamal Fanaian (jamalfanaian, 21207597@N07)", "jamalfanaian (21207597@N07)"),
        ({"username": None, "fullname": ""}, "21207597@N07", "21207597@N07"),
        (
            {"provider": "https://photos.example:8443", "user_nsid": None},
            "Jamal Fanaian (jamalfanaian)",
            "jamalfanaian (at photos.example:8443)",
        ),
        (dict.fromkeys(("username", "fullname", "user_nsid")), "an unnamed account", "an unnamed account"),
    ],
)
def test_a_sentence_names_the_person_as_far_as_they_are_known(known, who, shown):
    """A person reads whose account it is, by its names, and at which provider if that is not Flickr."""
    account = JAMAL._replace(**known)
    assert (account.who, label(account)) == (who, shown)


@pytest.mark.parametrize("known", [{"api_key": None}, {"api_secret": None}])
def test_keys_that_are_unknown_are_an_error_that_says_so(known):
    """An account without an API key or without its secret signs nothing: the error names the variables."""
    assert JAMAL.keys[:2] == (KEY, SECRET)
    assert Account.of(None, JAMAL.token).api_key is None
    with pytest.raises(NoKeys, match="no API key") as caught:
        _ = JAMAL._replace(**known).keys
    assert "FLICKR_API_KEY and FLICKR_API_SECRET" in caught.value.hint


def test_a_secret_in_a_variable_goes_by_that_variables_name():
    """What is wrong with one half of a pair is said of the variable that holds it."""
    environment = JAMAL._replace(store="environment").keys
    assert (environment.source, environment.secret_source) == ("FLICKR_API_KEY", "FLICKR_API_SECRET")
    assert (JAMAL.keys.source, JAMAL.keys.secret_source) == ("the account", "the account")
    assert ConsumerKeys(KEY, SECRET, "./apikeys").secret_source == "./apikeys"


@pytest.mark.parametrize("show", [repr, pprint.pformat, lambda value: f"{[value]}"])
def test_no_way_of_showing_a_value_shows_its_secrets(show):
    """Printed, formatted, nested or pretty-printed: the two secrets are left out."""
    for value in (ConsumerKeys(KEY, SECRET), JAMAL.token, JAMAL, Record.of(JAMAL)):
        assert SECRET not in show(value) and TOKEN_SECRET not in show(value)
        assert type(value).__name__ in show(value)
