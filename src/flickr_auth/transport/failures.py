"""What a failure of requests or urllib3 means, as one of our errors."""

from __future__ import annotations

import socket
from typing import NoReturn

from ..errors import BadAnswer, NoAnswer, NotSent
from .answer import PORTAL

CHECK_NETWORK = "Check the network and try again."
_UNOPENED = ("NewConnectionError", "NameResolutionError", "ConnectTimeoutError")


class Untrusted(NotSent):
    """The other side's certificate is not to be trusted, so nothing was sent; nor would it be at another try."""


class Misdirected(NotSent):
    """The host or the proxy is no address at all, so nothing was sent; nor would it be at another try."""


def translate(failure: Exception, host: str, *, proxied: bool) -> NoReturn:
    """Raise the error of ours that a failure of requests or urllib3 means; their texts hold addresses and stay out."""
    from requests import exceptions as theirs

    reason = getattr(failure.args[0], "reason", None) if failure.args else None
    kind = type(reason).__name__
    _raise_if_misdirected(failure, kind, host, proxied=proxied)
    if isinstance(failure, theirs.SSLError):
        raise Untrusted(
            f"No secure connection to {host}: its certificate or its TLS is not to be trusted.",
            "A portal or a company's proxy may be in between (then name its certificates in REQUESTS_CA_BUNDLE), or"
            " this computer's clock is off.",
        ) from failure
    if kind == "NameResolutionError" or isinstance(failure, socket.gaierror):
        raise NotSent(f"No address is known for {host}.", "Is this computer on the network?") from failure
    if isinstance(failure, theirs.ConnectTimeout) or kind in _UNOPENED:
        raise NotSent(f"No connection to {host} could be opened.", CHECK_NETWORK) from failure
    if isinstance(failure, theirs.ReadTimeout) or kind == "ReadTimeoutError":
        raise NoAnswer(f"{host} did not answer in time.", CHECK_NETWORK) from failure
    if isinstance(failure, theirs.ConnectionError | theirs.ChunkedEncodingError):
        raise NoAnswer(f"The connection to {host} broke off.", CHECK_NETWORK) from failure
    if isinstance(failure, theirs.ContentDecodingError):
        raise BadAnswer(f"The answer of {host} is garbled.", PORTAL) from failure
    if isinstance(failure, theirs.RequestException):
        raise NoAnswer(f"No answer came from {host}.", CHECK_NETWORK) from failure
    if isinstance(failure, OSError):
        raise Untrusted("The file with trusted certificates cannot be read.", "Check REQUESTS_CA_BUNDLE.") from failure
    raise failure  # a bug of ours, or of theirs: it stays visible


def _raise_if_misdirected(failure: Exception, kind: str, host: str, *, proxied: bool) -> None:
    """Raise the error for a proxy or a host that is wrong or cannot be used. A proxy's address may hold a password."""
    from requests import exceptions as theirs
    from urllib3.exceptions import LocationValueError

    malformed = isinstance(failure, theirs.InvalidURL | theirs.InvalidSchema | LocationValueError | UnicodeError)
    unopened = isinstance(failure, theirs.ConnectTimeout) or kind in _UNOPENED
    if isinstance(failure, theirs.ProxyError) or (proxied and (malformed or unopened)):
        raise (Misdirected if malformed else NotSent)(
            f"The proxy on the way to {host} cannot be reached or refused.",
            "Check HTTPS_PROXY, HTTP_PROXY and ALL_PROXY, or add the host to NO_PROXY.",
        ) from None
    if malformed:
        raise Misdirected(f"{host} is not the name of a host.", "Check FLICKR_AUTH_BASE_URL.") from failure
