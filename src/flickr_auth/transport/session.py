"""The session for scripts: requests' own, which signs what goes to the provider and nothing else.

A class can only derive from one that is there, so this module imports requests at once, and is itself imported inside
functions only.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn
from urllib.parse import urlsplit

import requests

from ..account import ConsumerKeys, Token
from ..errors import UsageError
from ..provider import Provider, is_loopback
from .failures import translate
from .signing import CONNECT, READ, USER_AGENT, oauth1

_UPLOADS = "https://up.flickr.com/"  # https://www.flickr.com/services/api/upload.api.html


class SignHome(requests.auth.AuthBase):
    """An `auth` that signs what goes to the provider, and leaves everything else as it is."""

    def __init__(self, provider: Provider, keys: ConsumerKeys, token: Token) -> None:
        self._homes = _homes(provider)
        self._keys = keys
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Sign the request. Raises `UsageError` for one that cannot be signed correctly, uploads among them."""
        url = request.url or ""
        is_home = url.startswith(self._homes)
        if (is_home or url.startswith(_UPLOADS)) and _content_type(request).startswith("multipart/"):
            raise UsageError(
                "flickr-auth does not upload photos: this multipart POST cannot be signed as Flickr wants it, so it was"
                " not sent.",
                "Try: a tool made for uploading; flickr_auth.load() returns the four values that it needs.",
            )
        if not is_home or "Authorization" in request.headers:
            return request
        if not isinstance(request.body, str | bytes | None):  # else the signer would read the stream
            request.headers.setdefault("Content-Type", "application/octet-stream")
        try:
            request = oauth1(self._keys, self._token)(request)
        except ValueError as failure:
            raise UsageError(
                "This request cannot be signed: its query or form is not encoded as one, or a GET request has a form.",
                "Fix: pass the fields as params= to get() and as data= to post().",
            ) from failure
        for name in ("Content-Type", "Authorization"):  # the signer turns them into bytes
            if name in request.headers:
                request.headers[name] = _text(request.headers[name])
        return request


class SignedSession(requests.Session):
    """A `requests.Session` that signs what goes to the provider, with the keys and the token of one account.

    A request with an `auth` or an Authorization header of the caller's is sent as it is; redirects are followed without
    either. Raises `UsageError` for a request that cannot be signed correctly, uploads among them.
    """

    def __init__(
        self, provider: Provider, keys: ConsumerKeys, token: Token, *, then_close: Callable[[], None] | None = None
    ) -> None:
        super().__init__()
        self.headers["User-Agent"] = USER_AGENT
        self.rest_url = provider.rest_url
        self.auth = SignHome(provider, keys, token)
        self._then_close = then_close

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:  # noqa: ANN401  # requests' signature
        """As requests does it, with our timeouts, and without a proxy for what stays on this machine."""
        if kwargs.get("timeout") is None:
            kwargs["timeout"] = (CONNECT, READ)
        if is_loopback(_host(request)):
            kwargs["proxies"] = {}
            request.headers.pop("Proxy-Authorization", None)  # which requests adds to a redirect for its proxy
        return super().send(request, **kwargs)

    def rebuild_auth(self, prepared_request: requests.PreparedRequest, response: requests.Response) -> None:  # noqa: ARG002  # requests' signature
        """Follow a redirect unsigned, also to the same host: the caller did not ask for its target."""
        prepared_request.headers.pop("Authorization", None)

    def close(self) -> None:
        """Close the connections, and the stand-in that was started for this session."""
        super().close()
        if self._then_close is not None:
            self._then_close()

    def __getstate__(self) -> NoReturn:
        """A pickle would hold the secrets, and a copy would close what this one still uses."""
        raise TypeError("A session cannot be pickled or copied: call flickr_auth.session() for each.")


def _homes(provider: Provider) -> tuple[str, ...]:
    """How the addresses begin that are signed: https, or http that stays on this machine, to the provider's hosts.

    They are compared as texts that requests wrote, up to the slash after host and port: that leaves no room for two
    parsers to see different hosts. Raises `Misdirected`.
    """
    homes = []
    for base in (provider.site, provider.api):
        parts = urlsplit(base)
        if parts.scheme == "https" or is_loopback(parts.hostname or ""):
            usual = {"http": 80, "https": 443}[parts.scheme]
            for port in ("",) if parts.port else ("", f":{usual}"):
                try:
                    homes.append(requests.Request("GET", f"{base}{port}/").prepare().url or "")
                except ValueError as failure:
                    translate(failure, base)
    return tuple(homes)


def _host(request: requests.PreparedRequest) -> str:
    return urlsplit(request.url or "").hostname or ""


def _content_type(request: requests.PreparedRequest) -> str:
    return _text(request.headers.get("Content-Type", "")).lower()


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value
