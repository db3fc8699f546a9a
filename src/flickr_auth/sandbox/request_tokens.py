"""Request tokens: issued, then authorized or refused by a person, then redeemed once.

Source: RFC 5849 §2 and https://www.flickr.com/services/api/auth.oauth.html
"""

from __future__ import annotations

import hmac
import re
import secrets
import threading
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit, urlunsplit

from ..account import PERMS, Token
from ..errors import PermissionRefused, Refused, TokenRefused, VerifierRefused

OUT_OF_BAND = "oob"
_LONGEST_CALLBACK = 2048
_CALLBACK = re.compile(r"https?://[!#-;=?-\[\]_a-z~]+")  # printable ASCII that may stand in a header and an address
_NOT_DIGITS = re.compile(r"[\s-]+")


@dataclass
class _Pending:
    token: Token
    consumer_key: str
    callback: str
    verifier: str = field(default="", repr=False)
    perms: str = ""
    user: int = 0


@dataclass(frozen=True)
class Authorized:
    """An approval: where the browser goes next (None for the page with the PIN), and the verifier."""

    redirect: str | None = field(repr=False)
    verifier: str = field(repr=False)


class RequestTokens:
    """All request tokens of one server, in memory. Safe for many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pending: dict[str, _Pending] = {}

    def issue(self, consumer_key: str, callback: str) -> Token:
        """Issue a new request token, for a login that ends at `callback`."""
        digits = f"72157{secrets.randbelow(10**12):012d}"  # Flickr's begin so
        token = Token(f"{digits}-{secrets.token_hex(8)}", secrets.token_hex(8))
        with self._lock:
            self._pending[token.oauth_token] = _Pending(token, consumer_key, callback)
        return token

    def secret(self, oauth_token: str, consumer_key: str) -> str:
        """Return the secret of a token that was issued to this key. Raises `TokenRefused`."""
        with self._lock:
            pending = self._pending.get(oauth_token)
        if pending is None or pending.consumer_key != consumer_key:
            raise _unknown()
        return pending.token.oauth_token_secret

    def waiting(self, oauth_token: str) -> bool:
        """Whether this token waits for a person's decision."""
        with self._lock:
            pending = self._pending.get(oauth_token)
            return pending is not None and not pending.verifier

    def authorize(self, oauth_token: str, perms: str, user: int) -> Authorized:
        """Approve the login as this user, with this permission. Raises `Refused`."""
        if perms not in PERMS:
            raise Refused("Oops! Flickr doesn't recognise the permission set.", problem="permission_unknown")
        with self._lock:
            pending = self._undecided(oauth_token)
            pending.perms, pending.user = perms, user
            if pending.callback == OUT_OF_BAND:
                nine = f"{secrets.randbelow(10**9):09d}"
                pending.verifier = f"{nine[:3]}-{nine[3:6]}-{nine[6:]}"
                return Authorized(None, pending.verifier)
            pending.verifier = secrets.token_hex(8)
            return Authorized(_redirect(pending), pending.verifier)

    def turn_down(self, oauth_token: str) -> None:
        """Refuse the login, which ends the token. Raises `TokenRefused`."""
        with self._lock:
            self._undecided(oauth_token)
            del self._pending[oauth_token]

    def redeem(self, oauth_token: str, verifier: str) -> tuple[str, int]:
        """Use the token up, for its permission and user. A wrong verifier uses nothing up. Raises `Refused`."""
        with self._lock:
            pending = self._pending.get(oauth_token)
            if pending is None:
                raise _unknown()
            if not pending.verifier:
                raise PermissionRefused("Nobody has authorized this request token yet.", problem="permission_denied")
            if not _same(verifier, pending.verifier):
                raise VerifierRefused("The verifier is wrong.", problem="verifier_invalid")
            del self._pending[oauth_token]
            return pending.perms, pending.user

    def _undecided(self, oauth_token: str) -> _Pending:
        pending = self._pending.get(oauth_token)
        if pending is None or pending.verifier:
            raise _unknown()
        return pending


def is_callback(callback: str) -> bool:
    """Whether a login may end there: `oob`, or an http or https address."""
    if callback == OUT_OF_BAND:
        return True
    if len(callback) > _LONGEST_CALLBACK or not _CALLBACK.fullmatch(callback):
        return False
    try:
        parts = urlsplit(callback)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number, a bracket without its other
        return False


def _redirect(pending: _Pending) -> str:
    """Add the token and the verifier to the query of the callback (RFC 5849 §2.2)."""
    added = urlencode({"oauth_token": pending.token.oauth_token, "oauth_verifier": pending.verifier})
    parts = urlsplit(pending.callback)
    query = f"{parts.query}&{added}" if parts.query else added
    return urlunsplit(parts._replace(query=query))


def _same(typed: str, verifier: str) -> bool:
    """Compare verifiers: nine digits may have dashes or not; sixteen hex characters come only as they are."""
    if "-" in verifier:
        typed, verifier = _NOT_DIGITS.sub("", typed), verifier.replace("-", "")
    return hmac.compare_digest(typed.encode(), verifier.encode())


def _unknown() -> TokenRefused:
    return TokenRefused("Oops! Flickr doesn't recognise the oauth_token.", problem="token_rejected")
