"""Signed REST calls.

Source: https://www.flickr.com/services/api/response.json.html
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import unescape
from math import isfinite
from typing import Any, NoReturn

from ..account import PERMS, Token
from ..errors import Busy, Error, KeyRefused, PermissionRefused, Refused, TokenRefused
from ..provider import APPS_PAGE
from ..transport import LONGEST_ANSWER as LONGEST_OF_LOGIN
from ..transport import Again, Request, Transport
from ..transport.answer import LATER, LIMIT, Answer, foreign, not_an_answer
from . import legs

API_PAGES = "https://www.flickr.com/services/api/"
LONGEST_ANSWER = 64 << 20  # a page of 500 photos with all of their extras is about 2 MiB
_NEEDED = re.compile(r"requires (read|write|delete) ")
_TOO_LONG = 414  # RFC 9110 §15.5.15
_XML_FAILURE = re.compile(
    rb'\s*(?:<\?xml[^>]*>)?\s*<rsp\s+stat="fail"\s*>\s*<err\s+code="([0-9]{1,9})"\s+msg="([^"<]*)"\s*/>\s*</rsp>\s*\Z'
)


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
    transport: Transport, token: Token | None, method: str, arguments: Mapping[str, str], *, post: bool = False
) -> dict[str, Any]:
    """Call a method, and return the object that it answers, `stat` included.

    Without a token the call is not signed and has the API key alone, for public data. A GET reads, so it may be sent
    again; a form POST may change something, so it is only if nothing was sent. Raises `Refused` if the answer is no,
    and `Unreachable` if none came.
    """
    return transport.send(
        _request(transport, token, method, arguments, post=post),
        lambda answer: _json(answer, transport, method, is_public=token is None),
    )


def text(
    transport: Transport, token: Token | None, method: str, arguments: Mapping[str, str], *, post: bool = False
) -> str:
    """Call a method as `call` does, and return the response as it was sent."""

    def read(answer: Answer) -> str:
        _json(answer, transport, method, is_public=token is None)
        return answer.body.decode()

    return transport.send(_request(transport, token, method, arguments, post=post), read)


def _request(
    transport: Transport, token: Token | None, method: str, arguments: Mapping[str, str], *, post: bool
) -> Request:
    key = {} if token else {"api_key": transport.keys.api_key}
    return Request(
        transport.provider.rest_url,
        Again.IF_UNSENT if post else Again.ALWAYS,
        "POST" if post else "GET",
        _fields(method, {**arguments, **key}),
        token,
        is_signed=token is not None,
        longest=LONGEST_ANSWER,
    )


def _fields(method: str, arguments: Mapping[str, str] | None = None) -> tuple[tuple[str, str], ...]:
    return (("method", method), ("format", "json"), ("nojsoncallback", "1"), *(arguments or {}).items())


def _json(answer: Answer, transport: Transport, method: str, *, is_public: bool = False) -> dict[str, Any]:
    """The object in an answer whose `stat` is ok. Raises for any other."""
    refused = legs.refusal(answer, transport)
    if refused is not None:
        raise refused
    if answer.status == _TOO_LONG:
        raise Refused(f"The arguments are too long for a GET request (HTTP {_TOO_LONG}).", "Try: --post")
    parsed = _failure_in_another_form(answer) or _parsed(answer, transport)
    if not isinstance(parsed, dict) or parsed.get("stat") not in ("ok", "fail"):
        raise not_an_answer(answer, transport.provider, "it says neither ok nor fail")
    if parsed["stat"] == "fail":
        failure = _failure(parsed, transport, method, is_public=is_public)
        if isinstance(failure, Busy):
            failure.retry_after = answer.retry_after
        raise failure
    return parsed


def _parsed(answer: Answer, transport: Transport) -> object:
    try:
        return json.loads(answer.body.decode(), parse_constant=_no_number, parse_float=_finite)
    except (ValueError, RecursionError):
        raise not_an_answer(answer, transport.provider, "it is not JSON") from None


def _no_number(name: str) -> NoReturn:
    """Refuse NaN and Infinity, which Python reads and JSON does not have (RFC 8259 §6)."""
    raise ValueError(name)


def _finite(number: str) -> float:
    """Refuse 1e999, too, which Python reads as infinity."""
    value = float(number)
    return value if isfinite(value) else _no_number(number)


def _failure_in_another_form(answer: Answer) -> dict[str, Any] | None:
    """The failure that Flickr writes, when it is overloaded, as XML or with a comma behind the JSON; else None."""
    as_xml = _XML_FAILURE.match(answer.body)
    if as_xml:
        code, message = (unescape(each.decode("utf-8", "replace")) for each in as_xml.groups())
        return {"stat": "fail", "code": code, "message": message}
    if answer.body.endswith(b"},"):
        with contextlib.suppress(ValueError, RecursionError):
            parsed = json.loads(answer.body[:-1])
            return parsed if parsed.get("stat") == "fail" else None
    return None


def _failure(parsed: Mapping[str, Any], transport: Transport, method: str, *, is_public: bool) -> Error:
    """The error that `stat: fail` means (https://www.flickr.com/services/api/flickr.test.login.html, last section)."""
    code, message = foreign(parsed.get("code", "none")), foreign(parsed.get("message", "no reason given"))
    who = transport.provider.called
    reply = f"{who} replied: {message.rstrip('.') or 'no reason given'} (code {code})."
    if code in ("105", "106", "201") or (code == "0" and "not currently available" in message):
        return Busy(reply, f"{LATER} {LIMIT}" if code == "201" else LATER)
    if code == "98":
        return TokenRefused(reply, problem=code)
    if code == "99":
        refused = PermissionRefused(reply, problem=code)
        named = _NEEDED.search(message)
        refused.needed = named[1] if named else None if is_public else "write"
        return refused
    if code in ("96", "97"):
        source = transport.keys.secret_source or "your API keys"
        return KeyRefused(reply, f"Fix: check the API secret in {source}.", code)
    if code == "100":
        limit = f" ({LIMIT.rstrip('.')})" if "expired" in message else ""
        return KeyRefused(reply, f"Fix: check the state of your key at {APPS_PAGE}{limit}", code)
    page = API_PAGES if code == "112" else f"{API_PAGES}{method}.html"
    return Refused(reply, f"Try: the documentation at {page}", code)


def _text(mapping: object, name: str) -> str | None:
    """The string under `name`, plain or as Flickr's `{"_content": "..."}`; None if there is none."""
    value = mapping.get(name) if isinstance(mapping, dict) else None
    if isinstance(value, dict):
        value = value.get("_content")
    return value if isinstance(value, str) and value else None
