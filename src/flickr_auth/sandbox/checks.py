"""The checks that every signed request passes, in their order, before anything is done for it.

Source: RFC 5849 §3.2, and https://wiki.oauth.net/w/page/12238543/ProblemReporting for the words of a refusal.
"""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from urllib.parse import quote

from ..errors import Refused

WINDOW = 600  # seconds that a clock may be off, either way
_ALWAYS = ("oauth_consumer_key", "oauth_signature_method", "oauth_signature", "oauth_timestamp", "oauth_nonce")
_TIMESTAMP = re.compile(r"[1-9][0-9]{0,14}")
_PURGE_EVERY = 60.0


class Problem(Refused):
    """A request that OAuth refuses: the status, and the body that tells why.

    `more` follows the problem in the body as it is, so what has to be percent-encoded comes percent-encoded.
    """

    def __init__(self, problem: str, status: int = 401, more: str = "") -> None:
        super().__init__(f"The sandbox refused the request ({problem}).", problem=problem)
        self.status = status
        self.body = f"oauth_problem={problem}" + (f"&{more}" if more else "")


class Checks:
    """The checks, and the memory of nonces that they need. Safe for many threads.

    `secrets` gives each consumer key its secret.
    """

    def __init__(self, secrets: Mapping[str, str], clock: Callable[[], float]) -> None:
        self._secrets = secrets
        self._clock = clock
        self._lock = threading.Lock()
        self._nonces: dict[tuple[str, ...], float] = {}
        self._purged = clock()

    def passed(
        self,
        parameters: Iterable[tuple[str, str]],
        required: Iterable[str],
        *,
        token_secret: Callable[[Mapping[str, str]], str],
        verify: Callable[[str, str], bool],
        base_string: Callable[[], str],
    ) -> dict[str, str]:
        """The oauth_ parameters of a request that is in order.

        `required` are those it needs besides the five of every request; `token_secret` finds the secret of the token
        they name, `verify` tells whether consumer secret and token secret made the signature. Raises `Refused`.
        """
        oauth = _once_each(parameters)
        _all_there(oauth, (*_ALWAYS, *required))
        if oauth["oauth_signature_method"] != "HMAC-SHA1":
            raise Problem("signature_method_rejected", 400)
        if oauth.get("oauth_version", "1.0") != "1.0":
            raise Problem("version_rejected", 400, "oauth_acceptable_versions=1.0-1.0")
        consumer_secret = self._secrets.get(oauth["oauth_consumer_key"])
        if consumer_secret is None:
            raise Problem("consumer_key_unknown")
        timestamp = self._timestamp(oauth["oauth_timestamp"])
        secret = token_secret(oauth)
        if not verify(consumer_secret, secret):
            raise Problem("signature_invalid", more=f"debug_sbs={base_string()}")  # unescaped, as Flickr sends it
        self._use_up(oauth, timestamp)  # last, so that whoever cannot sign cannot use up a nonce
        return oauth

    def _timestamp(self, text: str) -> int:
        now = self._clock()
        if not _TIMESTAMP.fullmatch(text) or abs(int(text) - now) > WINDOW:
            acceptable = f"oauth_acceptable_timestamps={int(now) - WINDOW}-{int(now) + WINDOW}"
            raise Problem("timestamp_refused", more=acceptable)
        return int(text)

    def _use_up(self, oauth: Mapping[str, str], timestamp: int) -> None:
        """Remember the nonce for as long as its timestamp would pass (RFC 5849 §3.3)."""
        used = tuple(
            oauth.get(name, "") for name in ("oauth_consumer_key", "oauth_token", "oauth_timestamp", "oauth_nonce")
        )
        now = self._clock()
        with self._lock:
            if now - self._purged > _PURGE_EVERY:
                self._nonces = {each: until for each, until in self._nonces.items() if until >= now}
                self._purged = now
            if used in self._nonces:
                raise Problem("nonce_used")
            self._nonces[used] = timestamp + WINDOW


def _once_each(parameters: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The oauth_ parameters, each of which may come only once (RFC 5849 §3.1)."""
    oauth = [(name, value) for name, value in parameters if name.startswith("oauth_")]
    repeated = [name for name, times in Counter(name for name, _ in oauth).items() if times > 1]
    if repeated:
        raise Problem("parameter_rejected", 400, f"oauth_parameters_rejected={quote('&'.join(repeated), safe='')}")
    return dict(oauth)


def _all_there(oauth: Mapping[str, str], required: Iterable[str]) -> None:
    absent = [name for name in required if not oauth.get(name)]
    if absent:
        raise Problem("parameter_absent", 400, f"oauth_parameters_absent={quote('&'.join(absent), safe='')}")
