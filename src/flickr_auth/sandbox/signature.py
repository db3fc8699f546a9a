"""The signature of a received request: its parameters, its base string, and whether it is right.

Source: RFC 5849 §3.4 (https://www.rfc-editor.org/rfc/rfc5849#section-3.4)
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from urllib.parse import parse_qsl, unquote, urlsplit

from oauthlib.oauth1.rfc5849 import signature as rfc5849

from ..loopback.handler import Request

_FORM, _MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"
_MOST_PARAMETERS = 1000
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
# One `name="value"` of an Authorization header, up to the comma or the end (RFC 5849 §3.5.1, RFC 9110 §5.6.4).
_PAIR = re.compile(r'[ \t]*([^ \t=",]+)[ \t]*=[ \t]*"((?:[^"\\]|\\.)*)"[ \t]*(?:,|$)')
_BOUNDARY = re.compile(r';[ \t]*boundary=(?:"([^"]{1,70})"|([^\s";]{1,70}))', re.IGNORECASE)
_DISPOSITION = re.compile(rb"^content-disposition:(.*)$", re.IGNORECASE | re.MULTILINE)  # of a part
_NAMES = re.compile(rb';[ \t]*(name|filename)=(?:"([^"]*)"|([^\s";]+))')

Parameters = list[tuple[str, str]]


class Malformed(ValueError):
    """The request's parameters cannot be read, so what was signed is unknown."""


@dataclass(frozen=True)
class Received:
    """A request as it came in: the absolute URL with its query, and what else may hold parameters."""

    method: str
    url: str = field(repr=False)
    content_type: str = ""
    body: bytes = field(default=b"", repr=False)
    authorization: str = field(default="", repr=False)


def received(request: Request) -> Received:
    """Return the parts of a request that its signature covers."""
    return Received(
        request.method,
        f"http://{request.host}{request.path}?{request.query}",
        request.headers.get("content-type", ""),
        request.body,
        request.headers.get("authorization", ""),
    )


def parameters(received: Received) -> Parameters:
    """Read all parameters of the query, the Authorization header and a form body, decoded once (RFC 5849 §3.4.1.3.1).

    `oauth_signature` is among them, `realm` is not. As at Flickr, the fields of a multipart body count too, and its
    files do not. Raises `Malformed`.
    """
    # oauthlib's own collect_parameters decodes the oauth_ parameters twice, and so breaks a callback with a %.
    pairs = form(urlsplit(received.url).query) + _header(received.authorization)
    kind = _kind(received)
    try:
        if kind == _FORM:
            pairs += form(received.body.decode("utf-8"))
        elif kind == _MULTIPART:
            pairs += _multipart(received)
    except UnicodeDecodeError:
        raise Malformed("the body is not UTF-8") from None
    return pairs


def form(encoded: str) -> Parameters:
    """Read a query or a form body: `+` is a space, blank values count, UTF-8 is strict. Raises `Malformed`."""
    if _BAD_ESCAPE.search(encoded):
        raise Malformed("a percent sign that begins no escape")
    try:
        return parse_qsl(encoded, keep_blank_values=True, errors="strict", max_num_fields=_MOST_PARAMETERS)
    except ValueError:  # a UnicodeDecodeError is one
        raise Malformed("parameters that are not UTF-8, or too many") from None


def base_string(received: Received) -> str:
    """Make the signature base string (RFC 5849 §3.4.1.1). Raises `Malformed`."""
    signed = [pair for pair in parameters(received) if pair[0] != "oauth_signature"]
    normalized = rfc5849.normalize_parameters(signed)  # type: ignore[arg-type]  # it takes pairs; the stub is too narrow
    uri = rfc5849.base_string_uri(received.url)
    return rfc5849.signature_base_string(received.method, uri, normalized)  # type: ignore[arg-type]  # any method does


def verify(received: Received, consumer_secret: str, token_secret: str) -> bool:
    """Whether the request bears the one HMAC-SHA1 signature that these secrets make. Raises `Malformed`."""
    pairs = parameters(received)
    signatures = [value for name, value in pairs if name == "oauth_signature"]
    if len(signatures) != 1:
        return False
    request = SimpleNamespace(
        http_method=received.method,
        uri=received.url,
        params=[pair for pair in pairs if pair[0] != "oauth_signature"],
        signature=signatures[0],
    )
    return rfc5849.verify_hmac_sha1(request, consumer_secret, token_secret)  # type: ignore[arg-type]  # these four do


def photo(received: Received) -> tuple[str, int] | None:
    """Return the file name and the size of what a multipart body uploads as `photo`; None if it has no such file."""
    for name, filename, start, end in _parts(received) if _kind(received) == _MULTIPART else ():
        if name == "photo" and filename:  # PHP, too, takes an empty name for no file
            return filename, end - start
    return None


def _kind(received: Received) -> str:
    return received.content_type.partition(";")[0].strip().lower()


def _multipart(received: Received) -> Parameters:
    """Read the fields of a multipart body that are no files, which Flickr's own SDK sends and signs."""
    fields = [(name, received.body[start:end]) for name, filename, start, end in _parts(received) if filename is None]
    return [(name, value.decode("utf-8")) for name, value in fields]


def _parts(received: Received) -> Iterator[tuple[str, str | None, int, int]]:
    """Find the parts of a multipart body (RFC 7578): name, file name, and where each begins and ends.

    A photo may have many MiB, so nothing of it is copied.
    """
    boundary, body = _BOUNDARY.search(received.content_type), received.body
    if boundary is None:
        raise Malformed("a multipart body without its boundary")
    delimiter = b"\r\n--" + (boundary[1] or boundary[2]).encode("latin-1")
    at = -2 if body.startswith(delimiter[2:]) else body.find(delimiter)
    for _ in range(_MOST_PARAMETERS):
        begin = at + len(delimiter)
        if at != -1 and body.startswith(b"--", begin):
            return
        at = body.find(delimiter, begin)
        end_of_head = body.find(b"\r\n\r\n", begin, at)
        if at == -1 or end_of_head == -1:
            raise Malformed("a multipart body that ends too early")
        line = _DISPOSITION.search(body[begin:end_of_head])
        found = _NAMES.findall(line[1]) if line else []
        names = {key: (quoted or bare).decode("utf-8") for key, quoted, bare in found}
        if b"name" in names:
            yield names[b"name"], names.get(b"filename"), end_of_head + 4, at
    raise Malformed("a multipart body of too many parts")


def _header(authorization: str) -> Parameters:
    """Read the pairs of an `Authorization: OAuth` header (RFC 5849 §3.5.1); any other scheme has none."""
    scheme, _, rest = authorization.strip().partition(" ")
    if scheme.lower() != "oauth":
        return []
    pairs: Parameters = []
    rest = rest.strip()
    position = 0
    while position < len(rest):
        pair = _PAIR.match(rest, position)
        if pair is None:
            raise Malformed("an Authorization header of another shape")
        position = pair.end()
        if pair[1].lower() != "realm":
            pairs.append((_decoded(pair[1]), _decoded(pair[2])))
    return pairs


def _decoded(text: str) -> str:
    """Percent-decode the text, once; here a `+` is a plus sign (RFC 5849 §3.6)."""
    if _BAD_ESCAPE.search(text):
        raise Malformed("a percent sign that begins no escape")
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError:
        raise Malformed("an Authorization header that is not UTF-8") from None
