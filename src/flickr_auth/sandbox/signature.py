"""What a received request signs: its parameters, its signature base string, and whether the signature is right.

Source: RFC 5849 §3.4 (https://www.rfc-editor.org/rfc/rfc5849#section-3.4)
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from types import SimpleNamespace
from urllib.parse import parse_qsl, unquote, urlsplit

from oauthlib.oauth1.rfc5849 import signature as rfc5849

_FORM = "application/x-www-form-urlencoded"
_MOST_PARAMETERS = 1000
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
# One `name="value"` of an Authorization header, up to the comma or the end (RFC 5849 §3.5.1, RFC 9110 §5.6.4).
_PAIR = re.compile(r'[ \t]*([^ \t=",]+)[ \t]*=[ \t]*"((?:[^"\\]|\\.)*)"[ \t]*(?:,|$)')

Parameters = list[tuple[str, str]]


class Malformed(ValueError):
    """The request's parameters cannot be read, so nobody can say what was signed."""


@dataclass(frozen=True)
class Received:
    """A request as it came in: the absolute URL with its query, and what else may hold parameters."""

    method: str
    url: str = field(repr=False)
    content_type: str = ""
    body: bytes = field(default=b"", repr=False)
    authorization: str = field(default="", repr=False)


def parameters(received: Received) -> Parameters:
    """All parameters of the query, the Authorization header and a form body, decoded once (RFC 5849 §3.4.1.3.1).

    `oauth_signature` is among them, `realm` is not. Raises `Malformed`.
    """
    # oauthlib's own collect_parameters decodes the oauth_ parameters twice, and so breaks a callback with a %.
    found = form(urlsplit(received.url).query) + _header(received.authorization)
    if received.content_type.partition(";")[0].strip().lower() == _FORM:
        try:
            found += form(received.body.decode("utf-8"))
        except UnicodeDecodeError:
            raise Malformed("the body is not UTF-8") from None
    return found


def form(encoded: str) -> Parameters:
    """The pairs of a query or a form body: `+` is a space, blank values count, UTF-8 is strict. Raises `Malformed`."""
    if _BAD_ESCAPE.search(encoded):
        raise Malformed("a percent sign that begins no escape")
    try:
        return parse_qsl(encoded, keep_blank_values=True, errors="strict", max_num_fields=_MOST_PARAMETERS)
    except ValueError:  # a UnicodeDecodeError is one
        raise Malformed("parameters that are not UTF-8, or too many") from None


def base_string(received: Received) -> str:
    """The signature base string (RFC 5849 §3.4.1.1). Raises `Malformed`."""
    signed = [pair for pair in parameters(received) if pair[0] != "oauth_signature"]
    normalized = rfc5849.normalize_parameters(signed)  # type: ignore[arg-type]  # it takes pairs; the stub is too narrow
    uri = rfc5849.base_string_uri(received.url)
    return rfc5849.signature_base_string(received.method, uri, normalized)  # type: ignore[arg-type]  # any method does


def verify(received: Received, consumer_secret: str, token_secret: str) -> bool:
    """Whether the request bears the one HMAC-SHA1 signature that these secrets make. Raises `Malformed`."""
    found = parameters(received)
    signatures = [value for name, value in found if name == "oauth_signature"]
    if len(signatures) != 1:
        return False
    request = SimpleNamespace(
        http_method=received.method,
        uri=received.url,
        params=[pair for pair in found if pair[0] != "oauth_signature"],
        signature=signatures[0],
    )
    return rfc5849.verify_hmac_sha1(request, consumer_secret, token_secret)  # type: ignore[arg-type]  # these four do


def _header(authorization: str) -> Parameters:
    """The pairs of an `Authorization: OAuth` header (RFC 5849 §3.5.1), none for any other scheme."""
    scheme, _, rest = authorization.strip().partition(" ")
    if scheme.lower() != "oauth":
        return []
    found: Parameters = []
    rest = rest.strip()
    position = 0
    while position < len(rest):
        pair = _PAIR.match(rest, position)
        if pair is None:
            raise Malformed("an Authorization header of another shape")
        position = pair.end()
        if pair[1].lower() != "realm":
            found.append((_decoded(pair[1]), _decoded(pair[2])))
    return found


def _decoded(text: str) -> str:
    """The text percent-decoded, once; here a `+` is a plus sign (RFC 5849 §3.6)."""
    if _BAD_ESCAPE.search(text):
        raise Malformed("a percent sign that begins no escape")
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError:
        raise Malformed("an Authorization header that is not UTF-8") from None
