"""Access tokens that verify themselves, so that one issued by an earlier process is as good in the next.

A token is 17 digits, a dash and 16 hex characters, as Flickr's are. The digits are 72157, the user's number (three),
the permission (one) and chance (eight); the hex is a truncated HMAC over the digits and the consumer key, and so is
the token's secret. The HMAC's key is printed below: these tokens open nothing but made-up photos.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import threading
from dataclasses import dataclass

from ..account import PERMS, Token
from ..errors import TokenRefused

_HMAC_KEY = b"flickr-auth's sandbox: everybody may know this"
_SHAPE = re.compile(r"(72157([0-9]{3})([0-2])[0-9]{8})-([0-9a-f]{16})")


@dataclass(frozen=True)
class Grant:
    """An access token, with the key, the user and the permission that it stands for."""

    token: Token
    consumer_key: str
    user: int
    perms: str


def issue(consumer_key: str, user: int, perms: str) -> Grant:
    """Issue a new access token for user number 0 to 999."""
    digits = f"72157{user:03d}{PERMS.index(perms)}{secrets.randbelow(10**8):08d}"
    return _grant(digits, consumer_key, user, perms)


def read(oauth_token: str, consumer_key: str) -> Grant | None:
    """Read a token; None if it was not issued to this key, by this or an earlier process."""
    match = _SHAPE.fullmatch(oauth_token)
    if match is None:
        return None
    grant = _grant(match[1], consumer_key, int(match[2]), PERMS[int(match[3])])
    return grant if hmac.compare_digest(grant.token.oauth_token, oauth_token) else None


class AccessTokens:
    """The access tokens that this process issued or saw, and those that were revoked in it. Safe for many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listed: dict[str, Grant] = {}
        self._revoked: set[str] = set()

    def grant(self, oauth_token: str, consumer_key: str) -> Grant:
        """Return the grant of a token. Raises `TokenRefused`."""
        with self._lock:
            revoked = oauth_token in self._revoked
        grant = read(oauth_token, consumer_key)
        if grant is None or revoked:
            raise TokenRefused("The sandbox does not know this token, or no longer.", problem="token_rejected")
        return grant

    def note(self, grant: Grant) -> None:
        """List the token among those that are in use."""
        with self._lock:
            if grant.token.oauth_token not in self._revoked:
                self._listed.setdefault(grant.token.oauth_token, grant)

    def listed(self) -> list[Grant]:
        """Return the tokens in use, the oldest first."""
        with self._lock:
            return list(self._listed.values())

    def revoke(self, oauth_token: str) -> bool:
        """Take a listed token's permission back; False if it is not listed."""
        with self._lock:
            if self._listed.pop(oauth_token, None) is None:
                return False
            self._revoked.add(oauth_token)
            return True


def _grant(digits: str, consumer_key: str, user: int, perms: str) -> Grant:
    token = Token(f"{digits}-{_hex('token', digits, consumer_key)}", _hex("secret", digits, consumer_key))
    return Grant(token, consumer_key, user, perms)


def _hex(purpose: str, digits: str, consumer_key: str) -> str:
    message = f"{purpose} {digits} {consumer_key}".encode()
    return hmac.new(_HMAC_KEY, message, hashlib.sha256).hexdigest()[:16]
