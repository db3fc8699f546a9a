"""Signatures that others have printed are the sandbox's measure, not its own client."""

from __future__ import annotations

import pytest

from flickr_auth.sandbox.signature import Malformed, Received, base_string, form, parameters, verify

KEY = "oauth_consumer_key=653e7a6ecc1d528c516cc8f92cf98611"
FIXED = f"{KEY}&oauth_signature_method=HMAC-SHA1&oauth_version=1.0"
SECRET = "a9567d986a7539fe"
WWW = "www.flickr.com/services"
LEG_1 = f"{FIXED}&oauth_nonce=95613465&oauth_timestamp=1305586162&oauth_callback=http%3A%2F%2Fwww.example.com"
LEG_3 = (
    f"{FIXED}&oauth_nonce=37026218&oauth_timestamp=1305586309&oauth_token=72157626737672178-022bbd2f4c2f3432"
    "&oauth_verifier=5d1b96a26b494074"
)
CALL = (
    f"{FIXED}&nojsoncallback=1&format=json&method=flickr.test.login&oauth_nonce=84354935&oauth_timestamp=1305583871"
    "&oauth_token=72157626318069415-087bfc7b5816092c"
)
PRINTED = {
    "Flickr's guide, request token": (f"http://{WWW}/oauth/request_token", LEG_1, "7w18YS2bONDPL/zgyzP5XTr5af4=", ""),
    "flickcurl's test": (f"https://{WWW}/oauth/request_token", LEG_1, "2zL7aYEzEEY0IvEgQjT7IqB518U=", ""),
    "Flickr's guide, access token": (
        f"http://{WWW}/oauth/access_token",
        LEG_3,
        "UD9TGXzrvLIb0Ar5ynqvzatM58U=",
        "fccb68c4e6103197",
    ),
    "Flickr's guide, REST": (f"http://{WWW}/rest", CALL, "dh3pEH0Xk1qILr82HyhOsxRv1XA=", "a202d1f853ec69de"),
}
RFC = Received(
    "POST",
    "http://EXAMPLE.COM:80/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b",
    "application/x-www-form-urlencoded",
    b"c2&a3=2+q",
    'OAuth realm="Example", oauth_consumer_key="9djdj82h48djs9d2", oauth_token="kkk9d7dh3k39sjv7", '
    'oauth_signature_method="HMAC-SHA1", oauth_timestamp="137131201", oauth_nonce="7d8f3e4a", '
    'oauth_signature="r6%2FTJjbCOr97%2F%2BUU0NsvSne7s5g%3D"',
)


@pytest.mark.parametrize("name", PRINTED)
def test_a_printed_signature_is_right(name):
    url, query, signature, token_secret = PRINTED[name]
    encoded = signature.replace("/", "%2F").replace("=", "%3D")
    assert verify(Received("GET", f"{url}?{query}&oauth_signature={encoded}"), SECRET, token_secret)


@pytest.mark.parametrize("name", PRINTED)
@pytest.mark.parametrize("change", ["method", "url", "query", "signature", "secret", "token secret"])
def test_a_printed_signature_is_wrong_for_anything_else(name, change):
    url, query, signature, token_secret = PRINTED[name]
    encoded = signature.replace("/", "%2F").replace("=", "%3D").replace("7" if "7" in signature else "A", "B")
    if change != "signature":
        encoded = signature.replace("/", "%2F").replace("=", "%3D")
    url += "s" if change == "url" else ""
    query += "&a=" if change == "query" else ""
    received = Received("POST" if change == "method" else "GET", f"{url}?{query}&oauth_signature={encoded}")
    assert not verify(received, SECRET + "0" * (change == "secret"), token_secret + "0" * (change == "token secret"))


def test_the_example_of_rfc_5849_is_right_with_repeated_blank_and_encoded_parameters():
    assert verify(RFC, "j49sk3j29djd", "dh893hdasih9")
    assert base_string(RFC) == (
        "POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D%26c%2540%3D"
        "%26c2%3D%26oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_method%3DHMAC-SHA1"
        "%26oauth_timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7"
    )


def test_a_signature_that_is_missing_or_comes_twice_is_wrong():
    query = PRINTED["Flickr's guide, request token"][1]
    once = "&oauth_signature=7w18YS2bONDPL%2FzgyzP5XTr5af4%3D"
    url = f"http://{WWW}/oauth/request_token?{query}"
    assert verify(Received("GET", url + once), SECRET, "")
    assert not verify(Received("GET", url), SECRET, "")
    assert not verify(Received("GET", url + once + once), SECRET, "")


def test_header_values_are_decoded_exactly_once():
    header = 'OAuth oauth_callback="http%3A%2F%2Fh%2F%3Fq%3D%2525%2Bx", realm="a, b=\\"c\\"",oauth_x = "%C3%A9+1"'
    received = Received("GET", "http://h/", authorization=header)
    assert parameters(received) == [("oauth_callback", "http://h/?q=%25+x"), ("oauth_x", "é+1")]


def test_query_and_body_values_are_decoded_once_with_plus_for_a_space():
    received = Received(
        "POST", "http://h/?a=%2525&b=1+2%2B", "application/x-www-form-urlencoded; charset=UTF-8", b"c=%C3%A9&d"
    )
    assert parameters(received) == [("a", "%25"), ("b", "1 2+"), ("c", "é"), ("d", "")]


@pytest.mark.parametrize("content_type", ["", "application/json", "multipart/form-data; boundary=x", "text/plain"])
def test_a_body_that_is_no_form_is_not_signed(content_type):
    assert parameters(Received("POST", "http://h/?a=1", content_type, b"b=2")) == [("a", "1")]


@pytest.mark.parametrize("header", ["Basic b2F1dGg6eA==", "Bearer oauth_token", "", "OAuth", "OAuthx a=1"])
def test_another_kind_of_authorization_has_no_parameters(header):
    assert parameters(Received("GET", "http://h/", authorization=header)) == []


@pytest.mark.parametrize(
    "received",
    [
        Received("GET", "http://h/?a=%ff"),
        Received("GET", "http://h/?a=%"),
        Received("GET", "http://h/?a=%zz"),
        Received("POST", "http://h/", "application/x-www-form-urlencoded", b"a=\xff"),
        Received("GET", "http://h/", authorization='OAuth oauth_token="%ff"'),
        Received("GET", "http://h/", authorization='OAuth oauth_token="%f"'),
        Received("GET", "http://h/", authorization="OAuth oauth_token=bare"),
        Received("GET", "http://h/", authorization='OAuth oauth_token="a" oauth_nonce="b"'),
        Received("GET", "http://h/?" + "a&" * 1001),
    ],
    ids=str,
)
def test_what_cannot_be_decoded_is_malformed_and_not_guessed(received):
    with pytest.raises(Malformed):
        parameters(received)


def test_a_form_keeps_order_repeats_and_blanks():
    assert form("b=1&a=&b=2&c") == [("b", "1"), ("a", ""), ("b", "2"), ("c", "")]


def test_a_request_shows_no_signature_or_secret_in_its_repr():
    assert "oauth_" not in repr(RFC)
