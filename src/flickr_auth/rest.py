"""Signed REST calls.

Source: https://www.flickr.com/services/api/response.json.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from . import oauth
from .account import PERMS, Token
from .answer import Answer, not_an_answer
from .errors import Busy, Error, KeyRefused, PermissionRefused, Refused, TokenRefused
from .provider import APPS_PAGE
from .transport import Again, Transport


@dataclass(frozen=True)
class Verdict:
    """What Flickr says of a token: its permission, and whom it speaks for."""

    perms: str
    user_nsid: str | None
    username: str | None
    fullname: str | None


def check_token(transport: Transport, token: Token) -> Verdict:
    """Ask `flickr.auth.oauth.checkToken` what the token is good for.

    Raises `Refused` where Flickr rejects it, `Unreachable` where that cannot be known.
    """
    fields = (("method", "flickr.auth.oauth.checkToken"), ("format", "json"), ("nojsoncallback", "1"))
    answer = transport.send(transport.provider.check_url, Again.ALWAYS, fields=fields, token=token)
    found = _json(answer, transport).get("oauth")
    user = found.get("user") if isinstance(found, dict) else None
    perms = _text(found, "perms")
    if perms not in PERMS:
        raise not_an_answer(answer, transport.provider, "it names no permission")
    return Verdict(perms, _text(user, "nsid"), _text(user, "username"), _text(user, "fullname"))


def _json(answer: Answer, transport: Transport) -> dict[str, Any]:
    """The object in an answer whose `stat` is ok. Raises for any other."""
    refused = oauth.refusal(answer, transport)
    if refused is not None:
        raise refused
    try:
        parsed = json.loads(answer.body)
    except (ValueError, RecursionError):
        raise not_an_answer(answer, transport.provider, "it is not JSON") from None
    if not isinstance(parsed, dict) or parsed.get("stat") not in ("ok", "fail"):
        raise not_an_answer(answer, transport.provider, "it says neither ok nor fail")
    if parsed["stat"] == "fail":
        raise _failure(parsed, transport)
    return parsed


def _failure(parsed: Mapping[str, Any], transport: Transport) -> Error:
    """The error that `stat: fail` means (https://www.flickr.com/services/api/flickr.test.login.html, last section)."""
    code, message = str(parsed.get("code", "")), str(parsed.get("message", ""))[:300]
    who = transport.provider.called
    said = f"{who} says: {message or 'no'} (code {code})."
    if code in ("105", "106") or (code in ("0", "201") and "not currently available" in message):
        return Busy(said, "Try again in a few minutes.")
    if code == "98":
        return TokenRefused(said, "Log in again: flickr-auth login", code)
    if code == "99":
        return PermissionRefused(said, "Log in with more permission: flickr-auth login --perms write", code)
    if code in ("96", "97"):
        return KeyRefused(said, f"A secret is wrong: check it in {transport.keys.source or 'the API keys'}.", code)
    if code == "100":
        return KeyRefused(said, f"Look at the state of your key at {APPS_PAGE}", code)
    return Refused(said, "", code)


def _text(mapping: object, name: str) -> str | None:
    """The string under `name`, plain or as Flickr's `{"_content": "..."}`; None where there is none."""
    value = mapping.get(name) if isinstance(mapping, dict) else None
    if isinstance(value, dict):
        value = value.get("_content")
    return value if isinstance(value, str) and value else None
