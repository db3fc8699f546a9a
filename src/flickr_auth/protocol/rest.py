"""Signed REST calls.

Source: https://www.flickr.com/services/api/response.json.html
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Collection, Mapping
from math import isfinite
from typing import Any, NamedTuple

from ..account import PERMS, Account, Token
from ..errors import Busy, Error, KeyRefused, PermissionRefused, Refused, TokenRefused, UsageError
from ..provider import APPS_PAGE
from ..transport import Request, Transport
from ..transport.exchange import LATER, LIMIT, Answer, foreign, not_an_answer
from . import legs

OURS = frozenset({"method", "format", "nojsoncallback", "jsoncallback"})  # of a call's arguments
API_PAGES = "https://www.flickr.com/services/api/"
LONGEST_ANSWER = 64 << 20  # a page of 500 photos with all of their extras is about 2 MiB
_NEEDED = re.compile(r"requires (read|write|delete) ")
_TOO_LONG = 414  # RFC 9110 §15.5.15
_LONGEST_XML = 1 << 16  # bytes; a failure has some hundred


class _Response(NamedTuple):
    """A method's response: the JSON object, and the text that it was read from."""

    json: dict[str, Any]
    text: str


def check_token(transport: Transport, account: Account) -> Account:
    """Ask `flickr.auth.oauth.checkToken` what the account's token is good for.

    Return the account with the permission that Flickr names, and with names that it lacked. Raises `Refused` if Flickr
    rejects the token, `Unreachable` if that cannot be known.
    """
    method = "flickr.auth.oauth.checkToken"

    def read(answer: Answer) -> Account:
        fields = _response(answer, transport, method).json.get("oauth")
        user = fields.get("user") if isinstance(fields, dict) else None
        perms = _text(fields, "perms")
        if perms not in PERMS:
            raise not_an_answer(answer, transport.provider, "it names no permission")
        return account._replace(
            perms=perms,
            user_nsid=account.user_nsid or _text(user, "nsid"),
            username=account.username or _text(user, "username"),
            fullname=account.fullname or _text(user, "fullname"),
        )

    return transport.send(Request(transport.provider.check_url, fields=_fields(method), token=account.token), read)


def call(
    transport: Transport, token: Token | None, method: str, arguments: Mapping[str, str], *, post: bool = False
) -> dict[str, Any]:
    """Call a method, and return the JSON object that it answers, `stat` included.

    Without a token the call is not signed and has the API key alone, for public data. A GET reads, so it may be sent
    again; a form POST may change something, so it is only if nothing was sent. Raises `Refused` if the answer is no,
    and `Unreachable` if none came.
    """
    return _respond(transport, token, method, arguments, post=post).json


def text(
    transport: Transport, token: Token | None, method: str, arguments: Mapping[str, str], *, post: bool = False
) -> str:
    """Call a method as `call` does, and return the response as it was sent: JSON, to the last digit."""
    return _respond(transport, token, method, arguments, post=post).text


def check_name(name: str, ours: Collection[str] = OURS) -> None:
    """Raise `UsageError` for the name of an argument that nobody is to give.

    That is one of `ours`, the API key's, or one that signs; and a name with brackets, under which PHP, and so Flickr,
    reads a list: it then signs other names than were signed here.
    """
    if name in ours or name == "api_key" or name.startswith("oauth_"):
        raise UsageError(f"flickr-auth sets '{name}' itself.", "Fix: remove it")
    if "[" in name:
        raise UsageError(
            f"'{name}' cannot be signed: Flickr reads a name with brackets as a list.",
            "Fix: use a name without brackets, and commas between the values of a list",
        )


def _respond(
    transport: Transport, token: Token | None, method: str, arguments: Mapping[str, str], *, post: bool
) -> _Response:
    key = {} if token else {"api_key": transport.keys.api_key}
    request = Request(
        transport.provider.rest_url,
        "POST" if post else "GET",
        _fields(method, {**arguments, **key}),
        token,
        is_signed=token is not None,
        once=post,
        longest=LONGEST_ANSWER,
    )
    return transport.send(request, lambda answer: _response(answer, transport, method, is_public=token is None))


def _fields(method: str, arguments: Mapping[str, str] | None = None) -> tuple[tuple[str, str], ...]:
    return (("method", method), ("format", "json"), ("nojsoncallback", "1"), *(arguments or {}).items())


def _response(answer: Answer, transport: Transport, method: str, *, is_public: bool = False) -> _Response:
    """Read a response whose `stat` is ok. Raises for any other."""
    refused = legs.refusal(answer, transport)
    if refused is not None:
        raise refused
    if answer.status == _TOO_LONG:
        raise Refused(f"The arguments are too long for a GET request (HTTP {_TOO_LONG}).", "Try: --post")
    parsed = _failure_in_another_form(answer)
    text = ""
    if parsed is None:
        try:
            text = answer.body.decode("utf-8-sig")  # RFC 8259 §8.1
            parsed = json.loads(text, parse_constant=_finite, parse_float=_finite)
        except (ValueError, RecursionError):
            raise not_an_answer(answer, transport.provider, "it is not JSON") from None
    if not isinstance(parsed, dict) or parsed.get("stat") not in ("ok", "fail"):
        raise not_an_answer(answer, transport.provider, "it says neither ok nor fail")
    if parsed["stat"] == "fail":
        failure = _failure(parsed, transport, method, is_public=is_public)
        if isinstance(failure, Busy):
            failure.retry_after = answer.retry_after
        raise failure
    return _Response(parsed, text)


def _finite(number: str) -> float:
    """Read a number. NaN and Infinity are refused, which JSON does not have (RFC 8259 §6), and what is as large."""
    value = float(number)
    if not isfinite(value):
        raise ValueError(number)
    return value


def _failure_in_another_form(answer: Answer) -> dict[str, Any] | None:
    """Return the failure that Flickr, when overloaded, writes as XML or with a comma behind the JSON; else None."""
    if b"<rsp" in answer.body[:_LONGEST_XML]:
        return _failure_in_xml(answer.body)
    if answer.body.rstrip().endswith(b","):
        with contextlib.suppress(ValueError, RecursionError):
            parsed = json.loads(answer.body.rstrip(b", \t\r\n"))
            if isinstance(parsed, dict) and parsed.get("stat") == "fail":
                return parsed
    return None


def _failure_in_xml(body: bytes) -> dict[str, Any] | None:
    """Return the failure in a response of Flickr's as XML; None if it is something else.

    Source: https://www.flickr.com/services/api/response.rest.html
    """
    from xml.etree import ElementTree

    if len(body) > _LONGEST_XML:
        return None
    with contextlib.suppress(ElementTree.ParseError, LookupError, ValueError):  # the last two for an unknown encoding
        response = ElementTree.fromstring(body.strip())  # noqa: S314  # short, and expat bounds what entities unfold to
        error = response.find("{*}err")
        if response.tag.rpartition("}")[2] == "rsp" and response.get("stat") == "fail" and error is not None:
            return {"stat": "fail", "code": error.get("code", "none"), "message": error.get("msg", "")}
    return None


def _failure(parsed: Mapping[str, Any], transport: Transport, method: str, *, is_public: bool) -> Error:
    """Return the error that `stat: fail` means.

    Source: https://www.flickr.com/services/api/flickr.test.login.html, last section
    """
    code, message = foreign(parsed.get("code", "none")), foreign(parsed.get("message", "no reason given"))
    who = transport.provider.called
    reply = f"{who} replied: {message.rstrip('.') or 'no reason given'} (code {code})."
    if code in ("105", "106", "201") or (code == "0" and "not currently available" in message):
        return Busy(reply, f"{LATER} ({LIMIT})" if code == "201" else LATER)
    if code == "98":
        return TokenRefused(reply, problem=code)
    if code == "99":
        refused = PermissionRefused(reply, problem=code)
        named = _NEEDED.search(message)
        refused.needed = named[1] if named else None if is_public else "write"
        return refused
    if code in ("96", "97"):
        return KeyRefused(reply, f"Fix: check the API secret {legs.place(transport.keys.secret_source)}", code)
    if code == "100":
        limit = f" ({LIMIT})" if "expired" in message else ""
        return KeyRefused(reply, f"Fix: check the state of your key at {APPS_PAGE}{limit}", code)
    page = API_PAGES if code == "112" else f"{API_PAGES}{method}.html"
    return Refused(reply, f"Try: the documentation at {page}", code)


def _text(mapping: object, name: str) -> str | None:
    """Return the string under `name`, plain or as Flickr's `{"_content": "..."}`; None if there is none."""
    value = mapping.get(name) if isinstance(mapping, dict) else None
    if isinstance(value, dict):
        value = value.get("_content")
    # Half of an emoji, where somebody has cut a name, could be kept and not be written.
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) and value else None
