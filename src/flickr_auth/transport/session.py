"""The session for scripts: requests' own, which signs what goes to the provider and nothing else.

A class can only derive from one that is there, so this module imports requests at once, and is itself imported inside
functions only.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any, NoReturn
from urllib.parse import urlsplit
from weakref import WeakSet

import requests

from ..account import ConsumerKeys, Token
from ..errors import UsageError
from ..provider import Provider, is_loopback
from .failures import translate
from .signing import ACCEPTED, CONNECT, READ, USER_AGENT, new_session, oauth1

_UPLOADS = "https://up.flickr.com/"  # https://www.flickr.com/services/api/upload.api.html


class Signature(str):
    """An Authorization header of ours, known as such in every copy of its request: sent again, it is made anew."""

    __slots__ = ()


class SignedSession(requests.Session):
    """A `requests.Session` that signs what goes to the provider, with the keys and the token of one account.

    `rest_url` is the address of the provider's REST calls. Where the caller gives no timeout, a connection may take
    15 seconds to open and each piece of an answer 30 to come. A request that has an `auth` or an Authorization header
    of the caller's is sent as it is; redirects are followed without either.
    Raises `UsageError` for a request that cannot be signed rightly, uploads among them; all else is as with requests.
    """

    def __init__(
        self, provider: Provider, keys: ConsumerKeys, token: Token, *, then_close: Callable[[], None] | None = None
    ) -> None:
        super().__init__()
        self.headers["User-Agent"] = USER_AGENT
        self.rest_url = provider.rest_url
        self._provider = provider
        self._keys = keys
        self._token = token
        self._homes = _homes(provider)
        self._then_close = then_close
        self._unsigned: WeakSet[requests.PreparedRequest] = WeakSet()  # redirects, and what has an auth of its own

    def prepare_request(self, request: requests.Request) -> requests.PreparedRequest:
        """As requests does it, but netrc puts in no Authorization header."""
        own = request.auth or self.auth
        if not own:
            request = copy.copy(request)
            request.auth = _that_of_the_url
        prepared = super().prepare_request(request)
        if own:
            self._unsigned.add(prepared)
        return prepared

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:  # noqa: ANN401  # requests' signature
        """Send a request, signed anew each time, because a repeated nonce would be refused."""
        if kwargs.get("timeout") is None:
            kwargs["timeout"] = (CONNECT, READ)
        if is_loopback(_host(request)):
            kwargs["proxies"] = {}
        return super().send(self._as_sent(request), **kwargs)

    def rebuild_auth(self, prepared_request: requests.PreparedRequest, response: requests.Response) -> None:  # noqa: ARG002  # requests' signature
        """Follow a redirect unsigned, also to the same host: the caller did not ask for its target."""
        prepared_request.headers.pop("Authorization", None)
        self._unsigned.add(prepared_request)

    def rebuild_proxies(self, prepared_request: requests.PreparedRequest, proxies: Any) -> Any:  # noqa: ANN401  # requests' signature
        """Follow a redirect to this machine without a proxy's password, since it goes through no proxy."""
        host = _host(prepared_request)
        if not is_loopback(host):
            return super().rebuild_proxies(prepared_request, proxies)  # type: ignore[no-untyped-call]  # so in the stub
        prepared_request.headers.pop("Proxy-Authorization", None)
        return proxies

    def alike(self) -> requests.Session:
        """A session for a `Transport`, with what was set on this one: headers, proxies, certificates."""
        session = new_session()
        session.headers.update({**self.headers, "Accept-Encoding": ACCEPTED})
        session.proxies, session.verify, session.cert = dict(self.proxies), self.verify, self.cert
        session.trust_env = self.trust_env
        return session

    def close(self) -> None:
        """Close the connections, and the stand-in that was started for this session."""
        super().close()
        if self._then_close is not None:
            self._then_close()

    def __getstate__(self) -> NoReturn:
        """A pickle would hold the secrets, and a copy would close what this one still uses."""
        raise TypeError("A session cannot be pickled or copied: call flickr_auth.session() for each.")

    def _as_sent(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """A signed copy of what is ours to sign, and anything else as it is."""
        if request in self._unsigned:
            return request
        authorization = request.headers.get("Authorization")
        if isinstance(authorization, Signature):
            request = request.copy()
            del request.headers["Authorization"]
        elif authorization is not None:
            return request
        url = request.url or ""
        is_home = url.startswith(self._homes)
        if (is_home or url.startswith(_UPLOADS)) and _content_type(request).startswith("multipart/"):
            raise UsageError(
                "flickr-auth does not upload photos: this multipart POST cannot be signed as Flickr wants it, so it was"
                " not sent.",
                "Try: a tool made for uploading; flickr_auth.load() returns the four values that it needs.",
            )
        return self._signed(request) if is_home else request

    def _signed(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        signed = request.copy()
        signed.headers.setdefault("User-Agent", USER_AGENT)
        if not isinstance(signed.body, str | bytes | None):
            # The signer would read a stream, to see whether it is a form, and leave nothing to send.
            signed.headers.setdefault("Content-Type", "application/octet-stream")
        draft = signed.copy()  # in which the signer turns every header into bytes
        try:
            draft.prepare_auth(oauth1(self._keys, self._token))
        except ValueError as failure:
            raise UsageError(
                "This request cannot be signed: its query or form is not encoded as one, or a GET request has a form.",
                "Fix: pass the fields as params= to get() and as data= to post().",
            ) from failure
        if "Content-Type" in draft.headers:
            signed.headers["Content-Type"] = _text(draft.headers["Content-Type"])
        signed.headers["Authorization"] = Signature(_text(draft.headers["Authorization"]))
        return signed


def _homes(provider: Provider) -> tuple[str, ...]:
    """How the addresses begin that are signed: https, or http that stays on this machine, to the provider's hosts.

    They are compared as texts that requests wrote, up to the slash after host and port: that leaves no room for two
    parsers to see different hosts. Raises `Misdirected`.
    """
    homes = []
    for base in (provider.site, provider.api):
        parts = urlsplit(base)
        host = parts.hostname or ""
        if parts.scheme == "https" or is_loopback(host):
            usual = {"http": 80, "https": 443}[parts.scheme]
            for port in ("",) if parts.port else ("", f":{usual}"):
                try:
                    homes.append(requests.Request("GET", f"{base}{port}/").prepare().url or "")
                except ValueError as failure:
                    translate(failure, host)
    return tuple(homes)


def _that_of_the_url(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """An `auth` that adds what the address itself has (https://me:password@host), and keeps netrc away."""
    request.prepare_auth(None)
    return request


def _host(request: requests.PreparedRequest) -> str:
    return urlsplit(request.url or "").hostname or ""


def _content_type(request: requests.PreparedRequest) -> str:
    return _text(request.headers.get("Content-Type", "")).lower()


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value
