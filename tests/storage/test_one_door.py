"""What is taken at one place where a value that signs comes in is taken at each of them."""

import json
from urllib.parse import quote

import pytest

from flickr_auth.account import ConsumerKeys, Token
from flickr_auth.errors import BadAnswer, Error
from flickr_auth.interop import registry
from flickr_auth.protocol import legs
from flickr_auth.storage import apikeys, token_file
from flickr_auth.storage.account_files import AccountFolder
from flickr_auth.storage.choose import FOUR, Accounts
from flickr_auth.storage.keyring import KeyringStore

from rude_server import REQUEST, VERIFIER, answer, talking
from samples import API_KEY, OAUTH_TOKEN_SECRET

GOOD = ["a", "a+b/c==", "1:2", "a,b", "a.b~c_d%20", "x&y", "k" * 300, "k" * 2048]
BAD = {
    '"abcd"': "has quotes around it",
    "ab'cd": "has a quote in it",
    "<abcd>": "has brackets around it",
    "ab[cd": "has a bracket in it",
    "ab\\cd": "has a backslash in it",
    "#abcd": "begins with #",
    "abcd,": "ends in a comma",
    "token=abcd": "begins with token=",
    "api_key:abcd": "begins with api_key:",
    "other=abcd": "begins with a name and =",
    "flickr_9:abcd": "begins with a name and :",
    "ab cd": "has a space in it",
    "abçd": "has a character that is not ASCII in it",
    "k" * 2049: "has more than 2,048 characters",
}


def in_variables(value, _home):
    Accounts(dict.fromkeys(FOUR, value), pytest.fail, pytest.fail).choose()


def in_a_token_file(value, _home):
    token_file.parse(f"{value}\n{value}".encode(), "a file")


def in_an_apikeys_file(value, _home):
    apikeys.parse(f"{value}\n{value}\n".encode(), "a file")


def in_an_account_file(value, home):
    names = ("api_key", "api_secret", "oauth_token", "oauth_token_secret")
    (home / "accounts").mkdir(parents=True, exist_ok=True)
    path = home / "accounts" / "1.json"
    path.touch(mode=0o600)
    path.write_text(json.dumps({"id": "1", "store": "file", **dict.fromkeys(names, value)}))
    AccountFolder(home, pytest.fail).read("1")


def in_the_keyring(value, _home):
    keyring = KeyringStore(5, pytest.fail)
    keyring.put("1", ConsumerKeys(API_KEY, value), Token(value, value))
    assert keyring.get("1", API_KEY, keyring.backend()) is not None


def in_another_tools_file(value, _home):
    text = json.dumps({"oauth_token": value, "oauth_token_secret": value})
    registry.tools()["token"].parse(text, "a file", pytest.fail)


def as_a_request_token(value, _home):
    form = f"oauth_callback_confirmed=true&oauth_token={quote(value)}&oauth_token_secret={quote(value)}"
    with talking(*[answer(form)] * 3) as (_server, transport):
        assert legs.request_token(transport) == Token(value, value)


def as_an_access_token(value, _home):
    with talking(answer(f"oauth_token=1&oauth_token_secret={quote(value)}")) as (_server, transport):
        legs.access_token(transport, REQUEST, VERIFIER, "read")


DOORS = [
    in_variables,
    in_a_token_file,
    in_an_apikeys_file,
    in_an_account_file,
    in_the_keyring,
    in_another_tools_file,
    as_a_request_token,
    as_an_access_token,
]


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.__name__)
def test_a_value_that_is_taken_at_one_door_is_taken_at_each(door, home, use_keyring):  # it is chosen
    """What signs can be kept and read everywhere; what a file, a shell or a format would change is refused."""
    for value in GOOD:
        door(value, home)
    for value in BAD:
        with pytest.raises(Error) as caught:
            door(value, home)
        assert value not in f"{caught.value!r} {caught.value.hint}"


def test_a_token_that_could_not_be_kept_is_refused_with_what_is_wrong_with_it():
    """A provider's token that no file could hold is refused before anything is kept; its secret is not repeated."""
    for value, fault in BAD.items():
        for which, form in (
            ("token", f"oauth_token={quote(value)}&oauth_token_secret={OAUTH_TOKEN_SECRET}"),
            ("token secret", f"oauth_token=1&oauth_token_secret={quote(value)}"),
        ):
            with talking(answer(form)) as (_server, transport), pytest.raises(BadAnswer) as caught:
                legs.access_token(transport, REQUEST, VERIFIER, "read")
            assert f": its {which} {fault}." in caught.value.message
            assert value not in f"{caught.value!r}"
