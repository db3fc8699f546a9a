"""Clients to meet the sandbox with: one signs by hand, one with requests_oauthlib, one speaks raw HTTP."""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import socket
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from requests_oauthlib import OAuth1

from flickr_auth.sandbox.server import KEYS

NOW = 1_800_000_000
_nonces = itertools.count()


def encoded(text):
    return quote(text, safe="~")


def base_string(method, url, pairs):
    """RFC 5849 §3.4.1, written again from the text, so that client and server do not share a mistake."""
    parts = urlsplit(url)
    every = [*pairs, *parse_qsl(parts.query, keep_blank_values=True)]
    ordered = sorted((encoded(name), encoded(value)) for name, value in every if name != "oauth_signature")
    normalized = "&".join(f"{name}={value}" for name, value in ordered)
    return "&".join((method, encoded(f"{parts.scheme}://{parts.netloc}{parts.path}"), encoded(normalized)))


def is_right(authorization, method, url, fields=(), *, secret=KEYS[0].api_secret, token_secret=""):
    """Whether an Authorization header signs this request, as the RFC reads."""
    scheme, _, rest = authorization.partition(" ")
    oauth = [each.strip().partition("=")[::2] for each in rest.split(",")]
    oauth = [(unquote(name), unquote(value.strip('"'))) for name, value in oauth]
    expected = _hmac(base_string(method, url, [*oauth, *fields]), secret, token_secret)
    return scheme == "OAuth" and dict(oauth)["oauth_signature"] == expected


def _hmac(text, secret, token_secret):
    key = f"{encoded(secret)}&{encoded(token_secret)}".encode()
    return base64.b64encode(hmac.new(key, text.encode(), hashlib.sha1).digest()).decode()


def signed(method, url, *, secret=KEYS[0].api_secret, token_secret="", drop=(), extra=(), **changed):
    """The oauth_ pairs for a request, signed by hand; `changed` replaces, `drop` leaves out, `extra` comes on top."""
    oauth = {
        "oauth_consumer_key": KEYS[0].api_key,
        "oauth_signature_method": "HMAC-SHA1",
        "oauth_timestamp": str(NOW),
        "oauth_nonce": f"nonce{next(_nonces)}",
        "oauth_version": "1.0",
        **changed,
    }
    pairs = [(name, value) for name, value in (*oauth.items(), *extra) if name not in drop]
    signature = [("oauth_signature", _hmac(base_string(method, url, pairs), secret, token_secret))]
    return pairs + (signature if "oauth_signature" not in drop and "oauth_signature" not in changed else [])


def header(pairs):
    return {"Authorization": "OAuth " + ", ".join(f'{encoded(name)}="{encoded(value)}"' for name, value in pairs)}


def form(answer):
    assert answer.status_code == 200, answer.text
    return dict(parse_qsl(answer.text, keep_blank_values=True, strict_parsing=True))


def get(http, url, **how):
    """One GET, signed by hand in the header."""
    return http.get(url, headers=header(signed("GET", url, **how)))


def request_token(http, sandbox, callback="oob", **how):
    return form(get(http, f"{sandbox.base_url}/services/oauth/request_token", oauth_callback=callback, **how))


def access(http, sandbox, pending, verifier, **how):
    how.setdefault("token_secret", pending["oauth_token_secret"])
    how.setdefault("oauth_token", pending["oauth_token"])
    return get(http, f"{sandbox.base_url}/services/oauth/access_token", oauth_verifier=verifier, **how)


def login(http, sandbox, perms="read", user=0, **how):
    """The whole dance, to the answer of the third leg."""
    pending = request_token(http, sandbox, **how)
    return form(access(http, sandbox, pending, sandbox.press_ok(pending["oauth_token"], perms, user), **how))


def rest(http, sandbox, method, token=None, *, post=False, **arguments):
    """A REST call as requests_oauthlib signs it; without a token an unsigned one."""
    every = {"method": method, "format": "json", "nojsoncallback": "1", **arguments}
    every = {name: value for name, value in every.items() if value is not None}
    auth = None
    if token:
        keys = KEYS[0]
        auth = OAuth1(
            keys.api_key,
            keys.api_secret,
            token["oauth_token"],
            token["oauth_token_secret"],
            timestamp=str(NOW),
        )
    else:
        every.setdefault("api_key", KEYS[0].api_key)
    url = f"{sandbox.base_url}/services/rest/"
    return http.post(url, data=every, auth=auth) if post else http.get(url, params=every, auth=auth)


def raw(sandbox, text):
    """Everything that is answered to these bytes until the sandbox ends the connection."""
    with socket.create_connection(("127.0.0.1", port(sandbox)), timeout=10) as connection:
        connection.sendall(text.encode("latin-1") if isinstance(text, str) else text)
        answer = b""
        while more := connection.recv(65536):
            answer += more
    return answer.decode("latin-1")


def port(sandbox):
    return urlsplit(sandbox.base_url).port
