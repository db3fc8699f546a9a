"""Signatures that others have printed, made by what the transport signs with (flickr_auth.transport)."""

import pytest
import requests
from oauthlib.oauth1 import Client
from requests_oauthlib import OAuth1

from rude_server import Request

KEY, SECRET = "653e7a6ecc1d528c516cc8f92cf98611", "a9567d986a7539fe"
LEGS = "www.flickr.com/services/oauth"
FIRST_LEG = {"nonce": "95613465", "timestamp": "1305586162", "callback_uri": "http://www.example.com"}
THIRD_LEG = {
    "nonce": "37026218",
    "timestamp": "1305586309",
    "resource_owner_key": "72157626737672178-022bbd2f4c2f3432",
    "resource_owner_secret": "fccb68c4e6103197",
    "verifier": "5d1b96a26b494074",
}
CALL = {
    "nonce": "84354935",
    "timestamp": "1305583871",
    "resource_owner_key": "72157626318069415-087bfc7b5816092c",
    "resource_owner_secret": "a202d1f853ec69de",
}
CALL_FIELDS = {"nojsoncallback": "1", "format": "json", "method": "flickr.test.login"}


def signature(auth, method, url, **parts):
    prepared = requests.Session().prepare_request(requests.Request(method, url, auth=auth, **parts))
    arrived = Request(method, url, (("Authorization", _text(prepared.headers["Authorization"])),), b"", 1)
    return dict(arrived.oauth)["oauth_signature"]


def _text(value):
    return value.decode("ascii") if isinstance(value, bytes) else value


@pytest.mark.parametrize(
    ("url", "fields", "particulars", "printed"),
    [
        pytest.param(f"http://{LEGS}/request_token", {}, FIRST_LEG, "7w18YS2bONDPL/zgyzP5XTr5af4=", id="request_token"),
        pytest.param(f"https://{LEGS}/request_token", {}, FIRST_LEG, "2zL7aYEzEEY0IvEgQjT7IqB518U=", id="flickcurl"),
        pytest.param(f"http://{LEGS}/access_token", {}, THIRD_LEG, "UD9TGXzrvLIb0Ar5ynqvzatM58U=", id="access_token"),
        pytest.param(
            "http://www.flickr.com/services/rest", CALL_FIELDS, CALL, "dh3pEH0Xk1qILr82HyhOsxRv1XA=", id="rest"
        ),
    ],
)
def test_requests_are_signed_as_flickrs_guide_prints_it(url, fields, particulars, printed):
    """Requests are signed as Flickr's guide prints it."""
    auth = OAuth1(KEY, client_secret=SECRET, **particulars)
    assert signature(auth, "GET", url, params=fields) == printed


def test_a_form_post_is_signed_as_the_specification_prints_it():
    """A form post is signed as the specification prints it (RFC 5849 §3.4.1.1, with its erratum)."""

    class WithoutVersion(Client):
        """The example leaves out the optional oauth_version."""

        def get_oauth_params(self, request):
            return [pair for pair in super().get_oauth_params(request) if pair[0] != "oauth_version"]

    auth = OAuth1(
        "9djdj82h48djs9d2",
        client_secret="j49sk3j29djd",
        resource_owner_key="kkk9d7dh3k39sjv7",
        resource_owner_secret="dh893hdasih9",
        nonce="7d8f3e4a",
        timestamp="137131201",
        client_class=WithoutVersion,
    )
    made = signature(
        auth, "POST", "http://example.com/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b", data=[("c2", ""), ("a3", "2 q")]
    )
    assert made == "r6/TJjbCOr97/+UU0NsvSne7s5g="
