"""The body of an answer: read to its end, and no further than was agreed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import BadAnswer
from .answer import PORTAL

if TYPE_CHECKING:
    import requests

_PIECE = 16 * 1024


def read_whole(response: requests.Response, host: str, longest: int) -> None:
    """Read the body, of at most `longest` bytes unpacked, before requests does. Raises `BadAnswer`.

    A redirect is an answer like any other here: requests would prepare the next request even if it is not to follow.
    """
    response.headers.pop("location", None)
    if response.raw is None:
        return  # an adapter of a script's own, which gave the body at once
    body = bytearray()
    try:
        for piece in response.iter_content(_PIECE):
            body += piece
            if len(body) > longest:
                raise BadAnswer(f"{host} sent a response of more than {longest:,} bytes.", PORTAL)
    except BaseException:
        response.close()  # what is left of this answer is no other request's
        raise
    response._content = bytes(body)  # where `content` keeps it, and Session.send looks for it
