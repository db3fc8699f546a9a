"""What the transport signs with makes the signatures that others have printed."""

import pytest
import requests
from oauthlib.oauth1 import Client
from oauthlib.oauth1.rfc5849 import signature as rfc5849
from oauthlib.oauth1.rfc5849.utils import escape

from flickr_auth.account import ConsumerKeys, Token
from flickr_auth.transport.signing import oauth1

from published_signatures import as_printed, deviating, expected
from rude_server import Request


def header_signature(auth, method, url, **parts):
    """The oauth_signature in the header of a request that is signed with this auth."""
    prepared = requests.Session().prepare_request(requests.Request(method, url, auth=auth, **parts))
    arrived = Request(method, url, (("Authorization", _text(prepared.headers["Authorization"])),), b"", 1)
    return dict(arrived.oauth)["oauth_signature"]


def _text(value):
    return value.decode("ascii") if isinstance(value, bytes) else value


def made_by_the_client(fact):
    """What our client makes of a fact: a request's signature, or the step of it that the fact is about."""
    match fact["kind"]:
        case "encode":
            return escape(fact["value"])
        case "normalize":
            return rfc5849.normalize_parameters(fact["params"])
        case "uri":
            return rfc5849.base_string_uri(fact["url"])
        case "hmac":
            keys = Client("key", client_secret=fact["consumer_secret"], resource_owner_secret=fact["token_secret"])
            return rfc5849.sign_hmac_sha1_with_client(fact["base_string"], keys)
    auth = oauth1(
        ConsumerKeys(fact["consumer_key"], fact["consumer_secret"]),
        Token(fact["token"], fact["token_secret"]) if fact["token"] else None,
        callback=fact["callback"],
        verifier=fact["verifier"],
    )
    auth.client.nonce, auth.client.timestamp = fact["nonce"], fact["timestamp"]
    return header_signature(
        auth,
        fact["method"],
        fact["url"],
        params=fact["query_params"],
        data=fact["raw_body"] or fact["form_params"],
        headers={"Content-Type": fact["content_type"]} if fact["content_type"] else {},
    )


def in_reach(fact):
    """Whether our client can send it: it always sends oauth_version, and no extensions."""
    return fact["kind"] != "request" or fact["client_can_make_it"]


@as_printed("request", "encode", "normalize", "uri", "hmac", where=in_reach)
def test_what_we_sign_is_what_others_have_expected(fact):
    """Every provider that follows RFC 5849 accepts what is signed here, whatever characters are in it."""
    assert made_by_the_client(fact) == expected(fact)


@deviating()
def test_the_few_that_deviate_are_not_made(fact):
    """What contradicts RFC 5849, or cannot be sent, is not signed as its author printed it."""
    if fact["deviation"]["who"] == "client refuses":
        with pytest.raises(ValueError, match="formencoded"):
            made_by_the_client(fact)
    elif in_reach(fact):
        assert made_by_the_client(fact) != expected(fact)
