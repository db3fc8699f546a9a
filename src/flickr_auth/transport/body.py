"""The body of an answer, read to its end and no further than was agreed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import BadAnswer, NoAnswer
from .answer import PORTAL

if TYPE_CHECKING:
    import requests

_PIECE = 16 * 1024


def body_of(response: requests.Response, host: str, longest: int) -> bytes:
    """The body, of at most `longest` bytes. Raises `BadAnswer`, `NoAnswer`, and what requests raises."""
    body = bytearray()
    for chunk in response.iter_content(_PIECE):
        body += chunk
        if len(body) > longest:
            raise BadAnswer(f"The answer of {host} has no end: more than {longest:,} bytes.", PORTAL)
    if getattr(response.raw, "length_remaining", None):  # older urllib3 does not mind
        raise NoAnswer(f"The answer of {host} broke off in the middle.", "Try again.")
    return bytes(body)
