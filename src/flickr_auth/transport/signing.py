"""The signature, the User-Agent and the timeouts that every request of ours has."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ..account import ConsumerKeys, Token
from ..version import __version__

if TYPE_CHECKING:
    import requests
    from requests_oauthlib import OAuth1

USER_AGENT = f"flickr-auth/{__version__}"
CONNECT = 5.0  # seconds for a connection to open, whose addresses race
READ = 30.0  # seconds between two pieces of an answer
# At DEBUG these log signed headers, verifiers and token secrets. Two are named apart from their parents, because
# whoever turned logging on may have turned it on for them alone.
_TALKATIVE = ("oauthlib", "oauthlib.oauth1.rfc5849", "requests_oauthlib", "requests_oauthlib.oauth1_auth")


def sign(
    request: requests.PreparedRequest,
    keys: ConsumerKeys,
    token: Token | None,
    *,
    callback: str | None = None,
    verifier: str | None = None,
) -> None:
    """Sign the request, in its Authorization header. Raises `ValueError` for a form or query that cannot be signed."""
    draft = request.copy()  # the signer turns every header into bytes
    draft.prepare_auth(oauth1(keys, token, callback=callback, verifier=verifier))
    for name in ("Content-Type", "Authorization"):
        if name in draft.headers:
            request.headers[name] = text(draft.headers[name])


def authorization(
    verb: str, url: str, fields: Iterable[tuple[str, str]], keys: ConsumerKeys, token: Token | None
) -> str:
    """Return the Authorization header of a request with these fields besides those of its URL.

    It is the same wherever the request has them: in the query, in a form, or in a multipart body as Flickr signs it.
    Raises `ValueError` for a query that cannot be signed.
    """
    import requests

    request = requests.Request(verb, url, params=list(fields)).prepare()
    sign(request, keys, token)
    return text(request.headers["Authorization"])


def oauth1(
    keys: ConsumerKeys, token: Token | None, *, callback: str | None = None, verifier: str | None = None
) -> OAuth1:
    """Make the `auth` that signs a request: HMAC-SHA1, in the Authorization header (RFC 5849 §3.4.2, §3.5.1)."""
    import logging

    from requests_oauthlib import OAuth1

    for name in _TALKATIVE:
        logger = logging.getLogger(name)
        if logger.level < logging.INFO:  # setting it is not for free
            logger.setLevel(logging.INFO)
    return OAuth1(
        keys.api_key,
        client_secret=keys.api_secret,
        resource_owner_key=token.oauth_token if token else None,
        resource_owner_secret=token.oauth_token_secret if token else None,
        callback_uri=callback,
        verifier=verifier,
    )


def text(header: str | bytes) -> str:
    """Return the value of a header as text."""
    return header.decode("latin-1") if isinstance(header, bytes) else header


def new_session() -> requests.Session:
    """Make a session with our User-Agent that keeps no cookies."""
    from http.cookiejar import DefaultCookiePolicy

    import requests

    from .connections import Adapter

    session = requests.Session()
    for scheme in ("https://", "http://"):
        session.mount(scheme, Adapter())
    session.headers.update({"User-Agent": USER_AGENT, "Accept-Encoding": "gzip"})
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    return session
