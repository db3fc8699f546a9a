"""The checks that every signed request passes, in their order, before anything else is done.

Source: RFC 5849 §3.2, and PHP's OAuthProvider, whose order, words and statuses Flickr's answers have
(https://www.php.net/manual/en/class.oauthprovider.php).
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Mapping

from ..errors import Refused
from .signature import Received, base_string, parameters, verify

WINDOW = 600  # seconds that a clock may be off, either way
_ALWAYS = ("oauth_consumer_key", "oauth_signature", "oauth_signature_method", "oauth_nonce", "oauth_timestamp")
# The last two are not PHP's: what Flickr says to another version, a bad callback or broken encoding is unknown, and so
# is what it says of a request token that nobody has approved (`permission_denied` here).
_BAD_REQUESTS = ("parameter_absent", "signature_method_rejected", "version_rejected", "parameter_rejected")
_TIMESTAMP = re.compile(r"[1-9][0-9]{0,14}")
_PURGE_EVERY = 60.0


class Problem(Refused):
    """A request that OAuth refuses: the status, and the body with the reason.

    `more` follows the problem in the body as it is, already percent-encoded if needed.
    """

    def __init__(self, problem: str, more: str = "") -> None:
        super().__init__(f"The sandbox refused the request ({problem}).", problem=problem)
        self.status = 400 if problem in _BAD_REQUESTS else 401
        self.body = f"oauth_problem={problem}" + (f"&{more}" if more else "")


class Checks:
    """The checks, and the memory of nonces that they need. Safe for many threads.

    `secrets` gives each consumer key its secret. A request may be at the time of `clock`, or of `also`.
    """

    def __init__(
        self, secrets: Mapping[str, str], clock: Callable[[], float], also: Callable[[], float] | None = None
    ) -> None:
        self._secrets = secrets
        self._clock = clock
        self._clocks = (clock, also or clock)
        self._lock = threading.Lock()
        self._nonces: dict[tuple[str, ...], float] = {}
        self._purged = clock()

    def claims(self, received: Received, required: Iterable[str] = ()) -> dict[str, str]:
        """Read the oauth_ parameters: complete and of a known key, but not yet proven.

        `required` are those it needs besides the five of every request. Raises `Problem` and `Malformed`.
        """
        oauth = {name: value for name, value in parameters(received) if name.startswith("oauth_")}
        absent = [name for name in (*_ALWAYS, *required) if name not in oauth]
        if absent:
            raise Problem("parameter_absent", f"oauth_parameters_absent={'%26'.join(absent)}")
        if oauth["oauth_signature_method"] != "HMAC-SHA1":
            raise Problem("signature_method_rejected")
        if oauth.get("oauth_version", "1.0") != "1.0":
            raise Problem("version_rejected", "oauth_acceptable_versions=1.0-1.0")
        if oauth["oauth_consumer_key"] not in self._secrets:
            raise Problem("consumer_key_unknown")
        return oauth

    def prove(self, received: Received, oauth: Mapping[str, str], token_secret: str = "") -> None:
        """Check that these claims are of this time, signed with the secrets of key and token, and new.

        Raises `Problem`.
        """
        self._check_timestamp(oauth["oauth_timestamp"])
        if _misread(received) or not verify(received, self._secrets[oauth["oauth_consumer_key"]], token_secret):
            raise Problem("signature_invalid", f"debug_sbs={base_string(received)}")  # unescaped, as Flickr does
        self._use_up(oauth)  # last, so that a caller who cannot sign cannot use up a nonce

    def _check_timestamp(self, text: str) -> None:
        if not _TIMESTAMP.fullmatch(text) or all(abs(int(text) - clock()) > WINDOW for clock in self._clocks):
            raise Problem("timestamp_refused")

    def _use_up(self, oauth: Mapping[str, str]) -> None:
        """Remember the nonce for as long as its timestamp would pass (RFC 5849 §3.3)."""
        nonce = tuple(
            oauth.get(name, "") for name in ("oauth_consumer_key", "oauth_token", "oauth_timestamp", "oauth_nonce")
        )
        now = self._clock()
        with self._lock:
            if now - self._purged > _PURGE_EVERY:
                self._nonces = {each: end for each, end in self._nonces.items() if end >= now}
                self._purged = now
            if nonce in self._nonces:
                raise Problem("nonce_used")
            self._nonces[nonce] = int(oauth["oauth_timestamp"]) + WINDOW


def _misread(received: Received) -> bool:
    """Whether PHP, and so Flickr, reads other parameters than were signed.

    It keeps one of those that have the same name, and makes a list of a name with brackets.
    """
    names = [name for name, _ in parameters(received)]
    return len(set(names)) < len(names) or any("[" in name for name in names)
