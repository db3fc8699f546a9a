"""The error of ours that a failure of requests or urllib3 means."""

from __future__ import annotations

import errno
import os
import re
import socket
import ssl
from typing import NoReturn
from urllib.parse import urlsplit

from .. import advice
from ..errors import BadAnswer, NoAnswer, NotSent, Unreachable
from ..provider import is_loopback
from .exchange import PORTAL, check_the_way

_BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")  # in requests' own order
_TUNNEL = re.compile(r"Tunnel connection failed: ([0-9]{3})\b")  # http.client's words
_TRANSIENT = ("408", "429")
_BROKEN = (ConnectionError, TimeoutError, socket.gaierror)  # Python's own, which reach us from a test's mock


class Unsendable(NotSent):
    """Nothing was sent, nor would it be at another try: a bad certificate, setting or URL."""


def translate(failure: Exception, url: str, *, proxy: str | None = None, bundle: object = None) -> NoReturn:
    """Raise the error of ours that a failure of requests or urllib3 means; their texts hold URLs and stay out.

    Their classes tell whether a connection was opened; where they do not, the request counts as sent. `proxy` is the
    one on the way; `bundle` the path of trusted certificates that a variable names.
    """
    error = _never_opens(failure, url, proxy, bundle) or _not_opened(failure, url, proxy) or _lost(failure, url, proxy)
    if error is failure:
        raise failure
    raise error from None if proxy else failure  # a proxy's URL may hold a password


def _never_opens(failure: Exception, url: str, proxy: str | None, bundle: object) -> Unreachable | None:
    """Return the error for settings and certificates with which no connection can be opened; None if it is not that."""
    from requests import exceptions as theirs
    from urllib3.exceptions import LocationValueError

    host = _address(url)
    is_no_url = isinstance(failure, theirs.InvalidURL | theirs.InvalidSchema | LocationValueError | UnicodeError)
    if is_no_url or (proxy and isinstance(failure, ValueError | TypeError)):  # of requests, over the proxy's URL
        return _misdirected(host, proxy, lacks_socks=isinstance(failure, theirs.InvalidSchema))
    if isinstance(failure, theirs.SSLError):
        return _tls_failed(failure, urlsplit(url).hostname or "", bundle)
    if isinstance(failure, OSError) and not isinstance(failure, theirs.RequestException) and "TLS" in str(failure):
        return _unreadable(bundle)  # requests did not find the file
    return None


def _not_opened(failure: Exception, url: str, proxy: str | None) -> Unreachable | None:
    """Return the error for a connection that could not be opened now; None if it may have been."""
    from urllib3 import exceptions as lower

    host = _address(url)
    reason = _reason(failure)
    if isinstance(reason, lower.ProxyError):
        return _proxy_failed(reason.original_error, host, proxy)
    if not isinstance(reason, lower.ConnectTimeoutError):  # refused connections and unknown names are such
        return None
    if proxy:
        return _proxy_failed(reason, host, proxy)
    if isinstance(reason, lower.NameResolutionError):
        return NotSent(f"Could not resolve the host name {urlsplit(url).hostname}.", check_the_way(url))
    return _unreached(reason, url)


def _reason(failure: Exception) -> BaseException | None:
    """Return the failure of urllib3's that requests wrapped."""
    return getattr(failure.args[0], "reason", None) if failure.args else None


def _lost(failure: Exception, url: str, proxy: str | None) -> Exception:
    """Return the error for a request that may have been sent; the failure itself if it is a bug, ours or theirs."""
    from requests import exceptions as theirs
    from urllib3 import exceptions as lower

    cause = failure.args[0] if failure.args else None
    host = _address(url)
    hint = f"Fix: check {_proxy_variable(proxy)}, then try again" if proxy else check_the_way(url)
    if isinstance(failure, theirs.ContentDecodingError):
        return BadAnswer(f"The response of {host} cannot be unpacked.", PORTAL)
    if isinstance(failure, theirs.Timeout | TimeoutError) or isinstance(cause, lower.ReadTimeoutError):
        return NoAnswer(f"{host} did not answer in time.", hint)
    if isinstance(failure, (theirs.RequestException, lower.HTTPError, *_BROKEN)):
        return NoAnswer(f"The connection to {host} was lost.", hint)
    return failure


def _unreached(reason: BaseException, url: str) -> NotSent:
    """Return the error for an address that refuses connections, or does not answer."""
    parts = urlsplit(url)
    cause = getattr(reason.__cause__, "strerror", None) or "no answer"
    if is_loopback(parts.hostname or "") and cause == os.strerror(errno.ECONNREFUSED):
        named = os.environ.get("FLICKR_AUTH_BASE_URL", "").strip().rstrip("/") == f"{parts.scheme}://{parts.netloc}"
        if named or not parts.port:
            hint = f"Fix: start the server there{', or unset FLICKR_AUTH_BASE_URL' if named else ''}"
        else:
            hint = f"Run: flickr-auth sandbox --port {parts.port}"
        return NotSent(f"Nothing answers at {parts.netloc}.", hint)
    port = parts.port or {"http": 80, "https": 443}[parts.scheme]
    return NotSent(f"Could not connect to {parts.hostname}:{port} ({cause}).", check_the_way(url))


def _address(url: str) -> str:
    """Return the host of a URL, with the port if it has one."""
    return urlsplit(url).netloc.rpartition("@")[2]


def _misdirected(host: str, proxy: str | None, *, lacks_socks: bool) -> Unreachable:
    """Return the error for a host or a proxy that is no address. A proxy's URL may hold a password."""
    if not proxy:
        return Unsendable(f"{host!r} is not a host name.", "Fix: check FLICKR_AUTH_BASE_URL")
    if lacks_socks and proxy.lower().startswith("socks"):
        return Unsendable(
            f"The proxy on the way to {host} is a SOCKS proxy, which needs the Python package PySocks.",
            advice.install("PySocks"),
        )
    return Unsendable(
        f"The proxy on the way to {host} has no valid URL.",
        f"Fix: check {_proxy_variable(proxy)} (http://HOST:PORT), or add the host to NO_PROXY",
    )


def _proxy_failed(cause: BaseException, host: str, proxy: str | None) -> Unreachable:
    """Return the error for a proxy that cannot be reached or refuses, or that broke off when a request may be sent."""
    from urllib3.exceptions import ConnectTimeoutError

    variable = _proxy_variable(proxy)
    refused = _TUNNEL.search(str(cause))
    if refused and refused[1].startswith("4") and refused[1] not in _TRANSIENT:
        return Unsendable(
            f"The proxy on the way to {host} refused the connection (HTTP {refused[1]}).",
            f"Fix: check the user name and password in {variable}, or add the host to NO_PROXY",
        )
    kind = NotSent if refused or isinstance(cause, ConnectTimeoutError) else NoAnswer
    return kind(f"Could not reach {host} through the proxy.", f"Fix: check {variable}, or add the host to NO_PROXY")


def _tls_failed(failure: Exception, host: str, bundle: object) -> Unreachable:
    """Return the error for a TLS failure. Only a bad certificate is sure to come before anything was sent."""
    from urllib3.exceptions import SSLError

    if isinstance(bundle, str) and not _loads(bundle):
        return _unreadable(bundle)
    reason = _reason(failure)
    cause = reason.args[0] if isinstance(reason, SSLError) else failure
    if not isinstance(cause, ssl.SSLCertVerificationError):
        name = getattr(cause, "reason", None)  # OpenSSL's, such as WRONG_VERSION_NUMBER
        why = f" ({name.lower().replace('_', ' ')})" if isinstance(name, str) else ""
        return NoAnswer(
            f"The TLS connection to {host} failed{why}.",
            "Fix: check that the server uses https, and for a proxy or firewall that changes the connection",
        )
    if isinstance(bundle, str):
        hint = f"Fix: set {_bundle_variable(bundle)} to a file with the certificates that {host} needs, or unset it"
    else:
        hint = (
            "Fix: sign in to the network if it asks for that in a browser, check this computer's clock, or set"
            " REQUESTS_CA_BUNDLE to a file with your company's certificates"
        )
    return Unsendable(f"Could not connect to {host} securely: its certificate is not trusted.", hint)


def _unreadable(bundle: object) -> Unsendable:
    if not isinstance(bundle, str):
        return Unsendable(
            "The trusted certificates of the Python package certifi cannot be read.",
            advice.install("certifi", again=True),
        )
    variable = _bundle_variable(bundle)
    return Unsendable(
        f"The file in {variable} cannot be read as certificates: {bundle}.",
        f"Fix: set {variable} to a file in PEM format, or unset it",
    )


def _loads(bundle: str) -> bool:
    try:
        if not os.path.isdir(bundle):
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(bundle)
    except OSError:  # an SSLError is one
        return False
    return True


def _bundle_variable(bundle: str) -> str:
    """Find the variable that names the bundle; a script may have named it instead."""
    named = next((name for name in _BUNDLES if os.environ.get(name)), None)
    return named if named and os.environ[named] == bundle else "the session's verify"


def _proxy_variable(proxy: str | None) -> str:
    """Find the variable that names the proxy, as it is written there."""
    names = [name for name in os.environ if name.lower() in ("https_proxy", "http_proxy", "all_proxy")]
    return next((name for name in names if proxy and os.environ[name] == proxy), "HTTPS_PROXY and ALL_PROXY")
