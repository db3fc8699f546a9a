"""The one door for values that sign."""

import pytest

from flickr_auth import values
from flickr_auth.errors import KeysError, NotConfigured
from flickr_auth.storage.choose import FOUR, Accounts

from samples import OAUTH_TOKEN as TOKEN

GOOD = [TOKEN, "a", "a+b/c==", "a.b~c_d%20", "k" * 2048, "1:2", "a,b", "x&y"]
BAD = {
    "": "is empty",
    " ": "is empty",
    f"{TOKEN}\r": "ends in a carriage return",
    f"{TOKEN}\n": "ends in a line break",
    f"'{TOKEN}'": "has quotes around it",
    f"\u201c{TOKEN}\u201d": "has quotes around it",
    f'{TOKEN}"': "has a quote in it",
    f"{TOKEN}\u2019": "has a typographic quote in it",
    f"{TOKEN}]": "has brackets around it",
    f"oauth_token={TOKEN}": "begins with oauth_token=",
    f"export FLICKR_OAUTH_TOKEN={TOKEN}": "begins with FLICKR_OAUTH_TOKEN=",
    f"api_key: {TOKEN}": "begins with api_key:",
    f"MY_VALUE={TOKEN}": "begins with a name and =",
    f"{TOKEN};": "ends in a semicolon",
    f" {TOKEN}": "has a space in it",
    f"{TOKEN}\t": "has a tab in it",
    f"{TOKEN}\u200b": "has a zero-width space in it",
    f"\ufeff{TOKEN}": "has a byte-order mark in it",
    f"{TOKEN}\u202e": "has an invisible character in it",
    f"{TOKEN}\x1b[0m": "has a control character in it",
    TOKEN.replace("-", "\u2014"): "has a typographic dash in it",
    f"{TOKEN}\udce9": "has a byte that is not text in it",
    f"{TOKEN}é": "has a character that is not ASCII in it",
    "x" * 2049: "has more than 2,048 characters",
}


def test_a_bare_value_passes():
    """What a provider may issue passes as it is: printable ASCII, base64 with its = at the end included."""
    assert [values.checked(value, "HERE") for value in GOOD] == GOOD


def test_a_value_that_was_copied_badly_is_told_what_is_wrong():
    """Each slip of copying has its own words, with the place, and the value is never repeated."""
    for value, fault in BAD.items():
        with pytest.raises(NotConfigured) as caught:
            values.checked(value, "HERE")
        assert caught.value.message == f"HERE {fault}."
        assert caught.value.hint.startswith("Fix: ")
        assert TOKEN not in f"{caught.value!r}"


def test_each_variable_passes_the_same_door():
    """A variable that would only become a wrong signature is an error that names it, before anything is sent."""
    for name in FOUR:
        environ = dict.fromkeys(FOUR, "0a1b2c") | {name: f"{TOKEN}\r"}
        with pytest.raises(KeysError) as caught:
            Accounts(environ, pytest.fail, pytest.fail).choose()
        assert caught.value.message == f"{name} ends in a carriage return."
        assert caught.value.hint == f"Fix: set {name} to the bare value"


def test_what_a_power_cut_leaves_is_called_no_encoding():
    """A file of nothing but NULs is no text that could be saved otherwise; one that Windows saved wide is."""
    for content in (b"", b"\0" * 3, b"\0" * 48):
        assert values.wide_encoding(content) == ""
    assert [values.wide_encoding("a\nb".encode(each)) for each in ("utf-16-le", "utf-32-be")] == ["UTF-16", "UTF-32"]
