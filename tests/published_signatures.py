"""What others have printed of OAuth 1.0 signatures: whole requests, base strings, encodings, each with its source.

`published_signatures.json` holds them, from RFC 5849, OAuth Core, the guides of Flickr and Twitter, and the tests of
16 libraries. Six deviate from RFC 5849, by their author's choice or because no client can send them; each says why.
"""

import base64
import hashlib
import hmac
import json
import pathlib
from urllib.parse import quote

import pytest

FACTS = json.loads(pathlib.Path(__file__).with_name("published_signatures.json").read_text("utf-8"))
assert len(FACTS) == 108
DEVIATING = [fact for fact in FACTS if fact["deviation"]]


def as_printed(*kinds, where=None):
    """The facts of these kinds that stand as they are printed, as pytest's parameters."""
    facts = [fact for fact in FACTS if fact["kind"] in kinds and not fact["deviation"]]
    facts = list(filter(where, facts)) if where else facts
    return pytest.mark.parametrize("fact", facts, ids=[fact["id"] for fact in facts])


def deviating():
    """The facts that no one who follows RFC 5849 makes or accepts."""
    return pytest.mark.parametrize("fact", DEVIATING, ids=[fact["id"] for fact in DEVIATING])


def expected(fact):
    """What the fact says has to come out: a signature, or the one step of it that the fact is about."""
    if fact.get("expected_base_string") and not fact["expected_signature"]:
        key = f"{quote(fact['consumer_secret'], safe='~')}&{quote(fact['token_secret'], safe='~')}"
        digest = hmac.new(key.encode(), fact["expected_base_string"].encode(), hashlib.sha1).digest()
        return base64.b64encode(digest).decode()
    names = ("expected_signature", "expected", "expected_normalized", "expected_uri")
    return next(fact[name] for name in names if name in fact)
