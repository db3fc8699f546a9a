"""The body of an answer: read to its end, unpacked once, and no further than was agreed."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from ..errors import BadAnswer
from .answer import PORTAL

if TYPE_CHECKING:
    import requests

_GZIP = zlib.MAX_WBITS + 16  # zlib's way to say: with gzip's header and checksum
_PIECE = 16 * 1024


def body_of(response: requests.Response, host: str, longest: int) -> bytes | bytearray:
    """The body, of at most `longest` bytes as sent and as unpacked.

    Unpacked here and not by urllib3, which would unpack any number of layers, each piece whole, before anybody could
    look at its length. Raises `BadAnswer`, and what urllib3 raises, also for one that breaks off.
    """
    encoding = response.headers.get("Content-Encoding", "").strip().lower()
    if encoding not in ("", "identity", "gzip", "x-gzip"):  # RFC 9110 §8.4.1.3
        raise BadAnswer(f"{host} sent a response in an encoding that was not requested.", PORTAL)
    unpack = _Gzip(host) if "gzip" in encoding else None
    body = bytearray()
    length = 0
    for chunk in response.raw.stream(_PIECE, decode_content=False):
        length += len(chunk)
        body += unpack.piece(chunk, longest + 1 - len(body)) if unpack else chunk
        if max(length, len(body)) > longest:
            raise BadAnswer(f"{host} sent a response of more than {longest:,} bytes.", PORTAL)
    if unpack and length and not unpack.is_complete:
        raise _garbled(host)
    return body


class _Gzip:
    """Unpacks gzip (RFC 1952), which may have several members, piece by piece."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._member = zlib.decompressobj(_GZIP)

    @property
    def is_complete(self) -> bool:
        """Whether nothing is missing at the end."""
        return self._member.eof

    def piece(self, data: bytes, most: int) -> bytes:
        """What the next bytes unpack to, of which no more than `most` are made. Raises `BadAnswer`."""
        unpacked = b""
        while data and len(unpacked) < most:
            if self._member.eof:
                self._member = zlib.decompressobj(_GZIP)
            try:
                unpacked += self._member.decompress(data, most - len(unpacked))
            except zlib.error:
                raise _garbled(self._host) from None
            data = self._member.unused_data or self._member.unconsumed_tail
        return unpacked


def _garbled(host: str) -> BadAnswer:
    return BadAnswer(f"{host} sent a garbled response.", PORTAL)
