"""The session for scripts: requests' own, which signs what goes to the provider and nothing else.

A class can only derive from one that is there, so this module imports requests at once, and is itself imported inside
functions only.
"""

from __future__ import annotations

import copy
import os
import sys
from collections.abc import Callable
from typing import Any, NoReturn
from urllib.parse import quote, urlsplit
from weakref import WeakSet

import requests
from requests.adapters import HTTPAdapter
from requests.cookies import RequestsCookieJar

from ..account import ConsumerKeys, Token
from ..errors import BadAnswer, UsageError
from ..provider import Provider, is_loopback
from .calls_per_hour import CallsPerHour
from .connections import Adapter, is_mocked
from .failures import translate
from .multipart import MultipartBody
from .signing import CONNECT, READ, USER_AGENT, authorization, sign, text

_AGAIN = (429, 500, 502, 503, 504)  # after which a caller tries again
_READ_UPLOAD = 300.0  # seconds: Flickr answers when it has processed the photo


class SignedSession(requests.Session):
    """A `requests.Session` that signs what goes to the provider, with the keys and the token of one account.

    A request with an `auth` or an Authorization header of the caller's is sent as it is; redirects are followed without
    either. `files=` are sent in pieces, and not signed. Raises `UsageError` for a request that cannot be signed
    correctly, and `BadAnswer` for an upload that is redirected, which goes nowhere else.
    """

    def __init__(
        self,
        provider: Provider,
        keys: ConsumerKeys,
        token: Token,
        *,
        calls: CallsPerHour | None = None,
        then_close: Callable[[], None] | None = None,
    ) -> None:
        super().__init__()
        self.headers["User-Agent"] = USER_AGENT
        for scheme in ("https://", "http://"):
            self.mount(scheme, Adapter())
        self.rest_url, self.upload_url = provider.rest_url, provider.upload_url
        self._keys = keys
        self._token = token
        self._homes = homes(provider)
        self._calls = calls
        self._then_close = then_close
        self._unsigned: WeakSet[requests.PreparedRequest] = WeakSet()  # redirects, and what has an auth of its own
        _OPEN.add(self)

    def prepare_request(self, request: requests.Request) -> requests.PreparedRequest:
        """As requests does it, but no password comes from netrc."""
        own = request.auth or self.auth
        if not own:
            request = copy.copy(request)
            request.auth = _that_of_the_url
            if request.files and _prepared_url(request).startswith(self._homes):
                body = request.data = MultipartBody(request.data, request.files)
                request.files = []
                request.headers = {**(request.headers or {}), "Content-Type": body.content_type}
        prepared = super().prepare_request(request)
        if own:
            self._unsigned.add(prepared)
        return prepared

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:  # noqa: ANN401  # requests' signature
        """As requests does it, but signed, with our timeouts, and without a proxy for what stays on this machine."""
        if kwargs.get("timeout") is None:
            kwargs["timeout"] = (CONNECT, _READ_UPLOAD if isinstance(request.body, MultipartBody) else READ)
        if is_loopback(urlsplit(request.url or "").hostname or ""):
            kwargs["proxies"] = {}
            request.headers.pop("Proxy-Authorization", None)  # which requests adds to a redirect for its proxy
        if not isinstance(request.body, MultipartBody):
            return super().send(self._as_sent(request), **kwargs)
        try:
            response = super().send(self._as_sent(request), **kwargs)
        except BaseException:
            request.body.rewind()  # the caller may give the same file to another try
            raise
        if response.status_code in _AGAIN:
            request.body.rewind()
        return response

    def rebuild_auth(self, prepared_request: requests.PreparedRequest, response: requests.Response) -> None:  # noqa: ARG002  # requests' signature
        """Follow a redirect unsigned, also to the same host: the caller did not ask for its target."""
        prepared_request.headers.pop("Authorization", None)
        self._unsigned.add(prepared_request)

    def close(self) -> None:
        """Close the connections, and the stand-in that was started for this session."""
        super().close()
        if self._calls is not None:
            self._calls.close()
        if self._then_close is not None:
            self._then_close()

    def __getstate__(self) -> NoReturn:
        """A pickle would hold the secrets, and a copy would close what this one still uses."""
        raise TypeError("A session cannot be pickled or copied: call flickr_auth.session() for each.")

    def _as_sent(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Return a signed copy of what is ours to sign, and anything else as it is.

        The caller's own request is never signed, so no signature goes to another host with a copy of it.
        """
        if request in self._unsigned:
            if isinstance(request.body, MultipartBody):
                where = urlsplit(request.url or "").hostname
                raise BadAnswer(f"The upload was redirected to {where} and was not sent there.", "Fix: check its URL")
            return request
        header = request.headers.get("Authorization")
        if header is not None:
            if not self._is_ours(text(header)):
                return request
            request = request.copy()  # that of an earlier response: a signature serves once
            del request.headers["Authorization"]
        url = request.url or ""
        return self._signed(request) if url.startswith(self._homes) else request

    def _signed(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        signed = request.copy()
        signed.headers.setdefault("User-Agent", USER_AGENT)
        body, kind = signed.body, text(signed.headers.get("Content-Type", ""))
        if kind.lower().startswith("multipart/") and not isinstance(body, MultipartBody):
            raise UsageError(
                "This multipart body cannot be signed, because it is encoded already; it was not sent.",
                "Fix: pass photos as files= and fields as data= to post()",
            )
        if not isinstance(body, str | bytes | None):  # else the signer would read the stream
            signed.headers.setdefault("Content-Type", "application/octet-stream")
        if self._calls is not None and not is_mocked(self, signed.url or ""):
            self._calls.wait()
        try:
            if isinstance(body, MultipartBody):
                verb, url = signed.method or "POST", signed.url or ""
                signed.headers["Authorization"] = authorization(verb, url, body.fields, self._keys, self._token)
            else:
                sign(signed, self._keys, self._token)
        except ValueError as failure:
            raise UsageError(
                "This request cannot be signed: its query or form is not encoded as one, or a GET request has a form.",
                "Fix: pass the fields as params= to get() and as data= to post()",
            ) from failure
        return signed

    def _is_ours(self, header: str) -> bool:
        """Whether that is a signature with this session's key and token, as far as can be seen from outside."""
        pairs = ("oauth_consumer_key", self._keys.api_key), ("oauth_token", self._token.oauth_token)
        own = (f'{name}="{quote(value, safe="~")}"' for name, value in pairs)  # RFC 5849 §3.5.1
        return header.startswith("OAuth ") and all(each in header for each in own)


_OPEN: WeakSet[SignedSession] = WeakSet()


def _after_fork() -> None:
    """Give each session connections of this process's own, and a cookie jar that no thread of the parent has locked.

    Two processes that read from one socket get each other's answers.
    """
    for session in _OPEN:
        for adapter in session.adapters.values():
            if isinstance(adapter, HTTPAdapter):
                adapter.__setstate__(adapter.__getstate__())  # type: ignore[attr-defined]  # what pickle calls
        if isinstance(session.cookies, RequestsCookieJar):
            session.cookies = session.cookies.copy()


if sys.platform != "win32":
    os.register_at_fork(after_in_child=_after_fork)


def homes(provider: Provider) -> tuple[str, ...]:
    """Return how the URLs begin that are signed: https, or http that stays on this machine, to the provider's hosts.

    They are compared as texts that requests wrote, up to the slash after host and port: that leaves no room for two
    parsers to see different hosts. Raises `NotSent`.
    """
    homes = []
    for base in provider.bases:
        parts = urlsplit(base)
        if parts.scheme == "https" or is_loopback(parts.hostname or ""):
            usual = {"http": 80, "https": 443}[parts.scheme]
            for port in ("",) if parts.port else ("", f":{usual}"):
                try:
                    homes.append(requests.Request("GET", f"{base}{port}/").prepare().url or "")
                except ValueError as failure:
                    translate(failure, base)
    return tuple(homes)


def _that_of_the_url(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Add, as an `auth`, the one that the URL itself has (https://me:password@host); netrc is not looked at then."""
    request.prepare_auth(None)
    return request


def _prepared_url(request: requests.Request) -> str:
    prepared = requests.PreparedRequest()
    prepared.prepare_url(request.url, request.params)
    return prepared.url or ""
