"""The checks that every signed request passes, in their order, before anything else is done.

Source: RFC 5849 §3.2, and https://wiki.oauth.net/w/page/12238543/ProblemReporting for the words of a refusal.
"""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from urllib.parse import quote

from ..errors import Refused
from .signature import Received, base_string, parameters, verify

WINDOW = 600  # seconds that a clock may be off, either way
_ALWAYS = ("oauth_consumer_key", "oauth_signature_method", "oauth_signature", "oauth_timestamp", "oauth_nonce")
_TIMESTAMP = re.compile(r"[1-9][0-9]{0,14}")
_PURGE_EVERY = 60.0


class Problem(Refused):
    """A request that OAuth refuses: the status, and the body with the reason.

    `more` follows the problem in the body as it is, already percent-encoded if needed.
    """

    def __init__(self, problem: str, status: int = 401, more: str = "") -> None:
        super().__init__(f"The sandbox refused the request ({problem}).", problem=problem)
        self.status = status
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
        """Read the oauth_ parameters: complete, of a known key and of this time, but not yet proven.

        `required` are those it needs besides the five of every request. Raises `Problem` and `Malformed`.
        """
        oauth = _once_each(parameters(received))
        _all_there(oauth, (*_ALWAYS, *required))
        if oauth["oauth_signature_method"] != "HMAC-SHA1":
            raise Problem("signature_method_rejected", 400)
        if oauth.get("oauth_version", "1.0") != "1.0":
            raise Problem("version_rejected", 400, "oauth_acceptable_versions=1.0-1.0")
        if oauth["oauth_consumer_key"] not in self._secrets:
            raise Problem("consumer_key_unknown")
        self._check_timestamp(oauth["oauth_timestamp"])
        return oauth

    def prove(self, received: Received, oauth: Mapping[str, str], token_secret: str = "") -> None:
        """Check that these claims are signed with the secrets of the key and of the token, and come for the first time.

        Raises `Problem`.
        """
        if not verify(received, self._secrets[oauth["oauth_consumer_key"]], token_secret):
            raise Problem("signature_invalid", more=f"debug_sbs={base_string(received)}")  # unescaped, as Flickr does
        self._use_up(oauth)  # last, so that a caller who cannot sign cannot use up a nonce

    def _check_timestamp(self, text: str) -> None:
        if not _TIMESTAMP.fullmatch(text) or all(abs(int(text) - clock()) > WINDOW for clock in self._clocks):
            now = self._clock()
            acceptable = f"oauth_acceptable_timestamps={int(now) - WINDOW}-{int(now) + WINDOW}"
            raise Problem("timestamp_refused", more=acceptable)

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


def _once_each(parameters: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Pick the oauth_ parameters, each of which may come only once (RFC 5849 §3.1)."""
    oauth = [(name, value) for name, value in parameters if name.startswith("oauth_")]
    repeated = [name for name, times in Counter(name for name, _ in oauth).items() if times > 1]
    if repeated:
        raise Problem("parameter_rejected", 400, f"oauth_parameters_rejected={quote('&'.join(repeated), safe='')}")
    return dict(oauth)


def _all_there(oauth: Mapping[str, str], required: Iterable[str]) -> None:
    absent = [name for name in required if not oauth.get(name)]
    if absent:
        raise Problem("parameter_absent", 400, f"oauth_parameters_absent={quote('&'.join(absent), safe='')}")
