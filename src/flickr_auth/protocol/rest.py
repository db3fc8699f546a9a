"""Signed REST calls.

Source: https://www.flickr.com/services/api/response.json.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..account import PERMS, Token
from ..errors import Busy, Error, KeyRefused, PermissionRefused, Refused, TokenRefused
from ..provider import APPS_PAGE
from ..transport import LONGEST_ANSWER as LONGEST_OF_LOGIN
from ..transport import Again, Request, Transport
from ..transport.answer import Answer, not_an_answer
from . import legs

API_PAGES = "https://www.flickr.com/services/api/"
LONGEST_ANSWER = 64 << 20  # a page of 500 photos with everything that is told of them is about 2 MiB
_LONGEST_REFUSAL = 4096
_TOO_LONG = 414  # RFC 9110 §15.5.15


@dataclass(frozen=True)
class Verdict:
    """What Flickr says of a token: its permission, and whom it speaks for."""

    perms: str
    user_nsid: str | None
    username: str | None
    fullname: str | None


def check_token(transport: Transport, token: Token) -> Verdict:
    """Ask `flickr.auth.oauth.checkToken` what the token is good for.

    Raises `Refused` if Flickr rejects it, `Unreachable` if that cannot be known.
    """
    method, url = "flickr.auth.oauth.checkToken", transport.provider.check_url
    request = Request(url, Again.ALWAYS, fields=_fields(method), token=token, longest=LONGEST_OF_LOGIN)

    def read(answer: Answer) -> Verdict:
        fields = _json(answer, transport, method).get("oauth")
        user = fields.get("user") if isinstance(fields, dict) else None
        perms = _text(fields, "perms")
        if perms not in PERMS:
            raise not_an_answer(answer, transport.provider, "it names no permission")
        return Verdict(perms, _text(user, "nsid"), _text(user, "username"), _text(user, "fullname"))

    return transport.send(request, read)


def call(
    transport: Transport, token: Token, method: str, arguments: Mapping[str, str], *, post: bool = False
) -> dict[str, Any]:
    """Call a method, and return the object that it answers, `stat` included.

    A GET reads, so it may be sent again; a form POST may change something, so it is only if nothing was sent.
    Raises `Refused` if the answer is no, and `Unreachable` if none came.
    """
    return ask(transport, token, method, arguments, post=post)()


def ask(
    transport: Transport, token: Token, method: str, arguments: Mapping[str, str], *, post: bool = False
) -> Callable[[], dict[str, Any]]:
    """Call a method as `call` does, and return what reads the object out of the answer, and may raise as well.

    Unread, an answer takes a fifth of the memory.
    """
    request = Request(
        transport.provider.rest_url,
        Again.IF_UNSENT if post else Again.ALWAYS,
        "POST" if post else "GET",
        _fields(method, arguments),
        token,
        longest=LONGEST_ANSWER,
    )

    def read(answer: Answer) -> Callable[[], dict[str, Any]]:
        # A service that is down says so in its JSON, and then it is asked again, as after a 5xx.
        if len(answer.body) <= _LONGEST_REFUSAL:
            parsed = _json(answer, transport, method)
            return lambda: parsed
        return lambda: _json(answer, transport, method)

    return transport.send(request, read)


def _fields(method: str, arguments: Mapping[str, str] | None = None) -> tuple[tuple[str, str], ...]:
    return (("method", method), ("format", "json"), ("nojsoncallback", "1"), *(arguments or {}).items())


def _json(answer: Answer, transport: Transport, method: str) -> dict[str, Any]:
    """The object in an answer whose `stat` is ok. Raises for any other."""
    refused = legs.refusal(answer, transport)
    if refused is not None:
        raise refused
    if answer.status == _TOO_LONG:
        raise Refused(f"{transport.provider.called} takes no address as long as this (HTTP 414).", "Use --post.")
    try:
        parsed = json.loads(answer.body.decode())  # JSON is UTF-8 (RFC 8259 §8.1)
    except (ValueError, RecursionError):
        raise not_an_answer(answer, transport.provider, "it is not JSON") from None
    if not isinstance(parsed, dict) or parsed.get("stat") not in ("ok", "fail"):
        raise not_an_answer(answer, transport.provider, "it says neither ok nor fail")
    if parsed["stat"] == "fail":
        failure = _failure(parsed, transport, method)
        if isinstance(failure, Busy):
            failure.retry_after = answer.retry_after
        raise failure
    return parsed


def _failure(parsed: Mapping[str, Any], transport: Transport, method: str) -> Error:
    """The error that `stat: fail` means (https://www.flickr.com/services/api/flickr.test.login.html, last section)."""
    code, message = str(parsed.get("code", "")), str(parsed.get("message", ""))[:300]
    provider = transport.provider
    said = f"{provider.called} says: {message or 'no'} (code {code})."
    login = "flickr-auth login --sandbox" if provider.is_sandbox else "flickr-auth login"
    if code in ("105", "106") or (code in ("0", "201") and "not currently available" in message):
        return Busy(said, "Try again in a few minutes.")
    if code == "98":
        return TokenRefused(said, f"Log in again: {login}", code)
    if code == "99":
        perms = "delete" if "delete" in message.lower() else "write"
        return PermissionRefused(said, f"Log in with more permission: {login} --perms {perms}", code)
    if code in ("96", "97"):
        return KeyRefused(said, f"A secret is wrong: check it in {transport.keys.source or 'the API keys'}.", code)
    if code == "100":
        return KeyRefused(said, f"Look at the state of your key at {APPS_PAGE}", code)
    unknown = code == "112"
    return Refused(said, f"See {API_PAGES}" if unknown else f"What the code means: {API_PAGES}{method}.html", code)


def _text(mapping: object, name: str) -> str | None:
    """The string under `name`, plain or as Flickr's `{"_content": "..."}`; None where there is none."""
    value = mapping.get(name) if isinstance(mapping, dict) else None
    if isinstance(value, dict):
        value = value.get("_content")
    return value if isinstance(value, str) and value else None
