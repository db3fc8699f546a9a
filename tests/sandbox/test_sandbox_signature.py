"""Signatures that others have printed are the sandbox's measure, not its own client."""

from __future__ import annotations

from urllib.parse import quote, unquote, urlencode

import pytest

from flickr_auth.sandbox.signature import Malformed, Received, base_string, parameters, verify

from published_signatures import as_printed, deviating, expected


def encoded(pairs):
    """A query or form of pairs."""
    return urlencode([tuple(pair) for pair in pairs])


def arriving(fact, *, signature=None, **changed):
    """A published request as it comes in, with its signature, or another one; `changed` replaces parts of it."""
    fact = {**fact, **changed}
    names = ("consumer_key", "token", "nonce", "timestamp", "signature_method", "callback", "verifier")
    oauth = {f"oauth_{name}": fact[name] for name in names if fact[name] is not None}
    if fact["oauth_version"]:
        oauth["oauth_version"] = fact["oauth_version"]
    oauth = list((oauth | fact["extra_oauth_params"] if fact["transport"] != "none" else {}).items())
    oauth.append(("oauth_signature", signature or expected(fact)))
    form = fact["form_params"] + (oauth if fact["transport"] == "body" else [])
    query = fact["query_params"] + (oauth if fact["transport"] == "query" else [])
    url = fact["url"] + (("&" if "?" in fact["url"] else "?") + encoded(query) if query else "")
    header = ", ".join(f'{name}="{quote(value, safe="~")}"' for name, value in oauth)
    return Received(
        fact["method"].upper(),
        url,
        fact["content_type"] or ("application/x-www-form-urlencoded" if form else ""),
        (fact["raw_body"] or encoded(form)).encode(),
        f"OAuth {header}" if fact["transport"] in ("header", "none") else "",
    )


def is_accepted(received, fact, **other):
    secrets = {"consumer_secret": fact["consumer_secret"], "token_secret": fact["token_secret"], **other}
    return verify(received, **secrets)


@as_printed("request", where=lambda fact: fact["must_verify"])
def test_a_published_request_is_accepted(fact):
    """The sandbox accepts what every library that signs rightly sends, and reads out of it what was signed."""
    assert is_accepted(arriving(fact), fact)
    assert fact["expected_base_string"] in (None, base_string(arriving(fact)))


@as_printed("request", where=lambda fact: fact["must_verify"])
def test_a_published_request_that_was_altered_is_refused(fact):
    """Whatever is changed on the way, method, address, parameter, secret or signature, the sandbox refuses."""
    signature = expected(fact)
    assert not is_accepted(arriving(fact), fact, consumer_secret=fact["consumer_secret"] + "0")
    assert not is_accepted(arriving(fact), fact, token_secret=fact["token_secret"] + "0")
    altered = [
        arriving(fact, signature=signature, method="DELETE"),
        arriving(fact, signature=signature, url=fact["url"].replace("://", "://other.", 1)),
        arriving(fact, signature=signature, query_params=[*fact["query_params"], ["a", ""]]),
        arriving(fact, signature=signature[::-1]),
        arriving(fact, signature=signature.lower() if signature != signature.lower() else signature.upper()),
    ]
    if fact["transport"] != "none":
        altered.append(arriving(fact, signature=signature, nonce="another"))
    assert [is_accepted(each, fact) for each in altered] == [False] * len(altered)


@as_printed("request", where=lambda fact: not fact["must_verify"])
def test_a_published_request_with_a_wrong_signature_is_refused(fact):
    """What was printed with an error in it is refused, to the last bit of its signature."""
    assert not is_accepted(arriving(fact), fact)


@deviating()
def test_what_an_author_signs_otherwise_than_rfc_5849_is_refused(fact):
    """The sandbox accepts no second way to sign; a form body that is no form is the one that it can read."""
    if fact["kind"] == "request":
        assert is_accepted(arriving(fact), fact) == (fact["deviation"]["who"] == "client refuses")


@as_printed("encode", "normalize", "uri")
def test_each_step_of_a_signature_is_as_published(fact):
    """Encoding, order and base string URI of what comes in are those that others have published."""
    pairs = fact.get("params") or [["v", fact.get("value", "")]]
    url = fact.get("url", "http://h/").partition("?")[0]
    method, uri, normalized = base_string(Received("GET", f"{url}?{encoded(pairs)}")).split("&")
    assert (method, unquote(uri)) == ("GET", fact.get("expected_uri", "http://h/"))
    expected_parameters = fact.get("expected_normalized") or f"v={fact.get('expected', '')}"
    assert unquote(normalized) == expected_parameters


def test_header_values_are_decoded_exactly_once():
    """A value that was percent-encoded twice arrives encoded once."""
    header = 'OAuth oauth_callback="http%3A%2F%2Fh%2F%3Fq%3D%2525%2Bx", realm="a, b=\\"c\\"",oauth_x = "%C3%A9+1"'
    received = Received("GET", "http://h/", authorization=header)
    assert parameters(received) == [("oauth_callback", "http://h/?q=%25+x"), ("oauth_x", "é+1")]


def test_query_and_body_values_are_decoded_once_with_plus_for_a_space():
    """Forms are decoded by the rules of forms, where a plus is a space."""
    received = Received(
        "POST", "http://h/?a=%2525&b=1+2%2B", "application/x-www-form-urlencoded; charset=UTF-8", b"c=%C3%A9&d"
    )
    assert parameters(received) == [("a", "%25"), ("b", "1 2+"), ("c", "é"), ("d", "")]


def test_a_body_that_is_no_form_is_not_signed():
    """A body that is JSON or text takes no part in the signature, as the standard says."""
    assert parameters(Received("POST", "http://h/?a=1", "application/json", b"b=2")) == [("a", "1")]


MULTIPART = """--x\r\nContent-Disposition: form-data; name="title"\r\n\r\nGrüße & 50%\r\n--x\r
Content-Disposition: form-data; name="photo"; filename="a.jpg"\r\nContent-Type: image/jpeg\r\n\r\nbytes\r\n--x--\r\n"""


def test_the_fields_of_a_multipart_body_are_signed_and_its_files_are_not():
    """Flickr's own SDK posts so, and Flickr takes it."""
    received = Received("POST", "http://h/?a=1", "multipart/form-data; boundary=x", MULTIPART.encode())
    assert parameters(received) == [("a", "1"), ("title", "Grüße & 50%")]


def test_a_request_shows_no_signature_or_secret_in_its_repr():
    """A request in a traceback or log shows no signature, wherever that stands in it."""
    signature = "oauth_signature=r6%2FTJjbC"
    for received in (
        Received("GET", "http://h/", authorization=f'OAuth {signature}"'),
        Received("GET", f"http://h/?{signature}"),
        Received("POST", "http://h/", "", signature.encode()),
    ):
        assert "oauth_" not in repr(received)


def test_another_kind_of_authorization_has_no_parameters():
    """A Basic or Bearer header is not mistaken for OAuth."""
    for header in ("Bearer oauth_token", "OAuth", "OAuthx a=1"):
        assert parameters(Received("GET", "http://h/", authorization=header)) == []


def test_what_cannot_be_decoded_is_malformed_and_not_guessed():
    """A request whose parameters cannot be read for certain is refused, not guessed."""
    for received in (
        Received("GET", "http://h/?a=%ff"),
        Received("GET", "http://h/?a=%zz"),
        Received("POST", "http://h/", "application/x-www-form-urlencoded", b"a=\xff"),
        Received("GET", "http://h/", authorization='OAuth oauth_token="%ff"'),
        Received("GET", "http://h/", authorization="OAuth oauth_token=bare"),
        Received("GET", "http://h/", authorization='OAuth oauth_token="a" oauth_nonce="b"'),
        Received("GET", "http://h/?" + "a&" * 1001),
        Received("POST", "http://h/", "multipart/form-data; boundary=x", b"a=1"),
        Received("POST", "http://h/", "multipart/form-data; boundary=x", MULTIPART.encode("latin-1")),
    ):
        with pytest.raises(Malformed):
            parameters(received)
