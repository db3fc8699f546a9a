"""What a failure of requests or urllib3 means, as one of our errors."""

from __future__ import annotations

import os
import re
import ssl
import traceback
from collections.abc import Iterator
from typing import NoReturn

from ..errors import NoAnswer, NotSent

CHECK_NETWORK = "Fix: check the network connection, then try again."
_UNOPENED = ("NewConnectionError", "NameResolutionError", "ConnectTimeoutError")
_BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")  # in requests' own order
_KEY_LOG = "SSLKEYLOGFILE"
_TUNNEL = re.compile(r"Tunnel connection failed: (4[0-9][0-9])\b")  # http.client's words
_TRANSIENT = ("408", "429")


class Final(NotSent):
    """Nothing was sent, nor would it be at another try."""


class Untrusted(Final):
    """The other side cannot prove who it is."""


class Misdirected(Final):
    """The host or the proxy is no address at all, or the proxy refuses."""


class Unusable(Final):
    """A file or a package on this machine, without which nothing can be sent, is not there or cannot be used."""


def translate(failure: Exception, host: str, *, proxy: str | None = None, bundle: object = None) -> NoReturn:
    """Raise the error of ours that a failure of requests or urllib3 means; their texts hold URLs and stay out.

    `proxy` is the one on the way; `bundle` the path of trusted certificates that a variable names.
    """
    from requests import exceptions as theirs
    from urllib3 import exceptions as lower

    reason = getattr(failure.args[0], "reason", None) if failure.args else None
    kind = type(reason).__name__
    _raise_if_unusable(failure, host, proxy, bundle if isinstance(bundle, str) else None)
    _raise_if_misdirected(failure, kind, host, proxy)
    is_opening = _is_opening(failure)
    if isinstance(failure, theirs.SSLError) and is_opening:
        raise _untrusted(failure, host, bundle) from failure
    if kind == "NameResolutionError":
        raise NotSent(f"Could not resolve the host name {host}.", CHECK_NETWORK) from failure
    if isinstance(failure, theirs.ConnectTimeout) or kind in _UNOPENED or is_opening:
        raise NotSent(f"Could not connect to {host}.", CHECK_NETWORK) from failure
    if isinstance(failure, theirs.ReadTimeout | lower.ReadTimeoutError) or kind == "ReadTimeoutError":
        raise NoAnswer(f"{host} did not answer in time.", CHECK_NETWORK) from failure
    if isinstance(failure, theirs.RequestException | lower.HTTPError):
        raise NoAnswer(f"The connection to {host} was lost.", CHECK_NETWORK) from failure
    raise failure  # a bug of ours, or of theirs: it stays visible


def _raise_if_unusable(failure: Exception, host: str, proxy: str | None, bundle: str | None) -> None:
    """Raise the error for a file or a package on this machine; the libraries blame the connection for these."""
    from requests import exceptions as theirs

    if proxy and proxy.lower().startswith("socks") and isinstance(failure, theirs.InvalidSchema):
        raise Unusable(
            f"The proxy on the way to {host} is a SOCKS proxy, and the Python package PySocks is not installed.",
            "Run: pip install 'requests[socks]'",
        ) from None
    names = [each.filename for each in _causes(failure) if isinstance(each, OSError) and each.filename]
    if (key_log := os.environ.get(_KEY_LOG)) and key_log in names:
        raise Unusable(f"The file in {_KEY_LOG} cannot be written: {key_log}.", f"Fix: unset {_KEY_LOG}.") from failure
    is_missing = isinstance(failure, OSError) and not isinstance(failure, theirs.RequestException)
    if is_missing or (isinstance(failure, theirs.SSLError) and bundle and not _loads(bundle)):
        if not bundle:
            raise Unusable(
                "The trusted certificates of the Python package certifi cannot be read.",
                "Run: pip install --force-reinstall certifi",
            ) from failure
        variable = _bundle_variable(bundle)
        raise Unusable(
            f"The file in {variable} cannot be read as certificates: {bundle}.",
            f"Set {variable} to a file in PEM format, or unset it.",
        ) from failure


def _raise_if_misdirected(failure: Exception, kind: str, host: str, proxy: str | None) -> None:
    """Raise the error for a proxy or a host that is wrong or cannot be used. A proxy's URL may hold a password."""
    from http.client import InvalidURL

    from requests import exceptions as theirs
    from urllib3.exceptions import LocationValueError

    malformed = isinstance(failure, theirs.InvalidURL | theirs.InvalidSchema | LocationValueError | UnicodeError)
    malformed = malformed or bool(proxy and isinstance(failure, ValueError | TypeError))  # of requests, over its URL
    malformed = malformed or any(isinstance(each, InvalidURL) for each in _causes(failure))
    is_tls = isinstance(failure, theirs.SSLError)
    unopened = isinstance(failure, theirs.ConnectTimeout) or kind in _UNOPENED or (_is_opening(failure) and not is_tls)
    # A connection that breaks off later is called a ProxyError, too, and by then the request may have been answered.
    is_proxys = isinstance(failure, theirs.ProxyError) and _is_opening(failure)
    if is_proxys or (proxy and (malformed or unopened)):
        variable = _proxy_variable(proxy)
        refused = next(filter(None, (_TUNNEL.search(str(each)) for each in _causes(failure))), None)
        if refused and refused[1] not in _TRANSIENT:
            raise Misdirected(
                f"The proxy on the way to {host} refused the connection (HTTP {refused[1]}).",
                f"Fix: check the user name and password in {variable}, or add the host to NO_PROXY.",
            ) from None
        raise (Misdirected if malformed else NotSent)(
            f"The proxy on the way to {host} has no valid URL."
            if malformed
            else f"Could not reach {host} through the proxy.",
            f"Fix: check {variable}, or add the host to NO_PROXY.",
        ) from None
    if malformed:
        raise Misdirected(f"{host!r} is not a host name.", "Fix: check FLICKR_AUTH_BASE_URL.") from failure


def _untrusted(failure: Exception, host: str, bundle: object) -> Untrusted:
    if isinstance(bundle, str):
        hint = f"Set {_bundle_variable(bundle)} to a file with the certificates that {host} needs, or unset it."
    else:
        hint = (
            "Fix: sign in to the network if it asks for that in a browser, check this computer's clock, or set"
            " REQUESTS_CA_BUNDLE to a file with your company's certificates."
        )
    is_certificate = any(isinstance(each, ssl.SSLCertVerificationError) for each in _causes(failure))
    why = "its certificate is not trusted" if is_certificate else "the TLS handshake failed"
    return Untrusted(f"Could not connect to {host} securely: {why}.", hint)


def _is_opening(failure: Exception) -> bool:
    """Whether it happened while the connection was opened, its tunnel and TLS included: then nothing was sent."""
    return any(
        frame.f_code.co_name == "connect"  # of urllib3, or of `late`, where it opened too late
        for each in _causes(failure)
        for frame, _line in traceback.walk_tb(each.__traceback__)
    )


def _causes(failure: BaseException) -> Iterator[BaseException]:
    """The failure and all that it was made of, which libraries put into arguments, `reason` and the chain."""
    waiting: list[object] = [failure]
    seen: list[object] = []
    while waiting:
        each = waiting.pop(0)
        if isinstance(each, BaseException) and not any(each is one for one in seen):
            seen.append(each)
            yield each
            waiting += [*each.args, getattr(each, "reason", None), each.__cause__, each.__context__]


def _loads(bundle: str) -> bool:
    try:
        if not os.path.isdir(bundle):
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(bundle)
    except OSError:  # an SSLError is one
        return False
    return True


def _bundle_variable(bundle: str) -> str:
    """The variable that names the bundle; a script may have named it instead."""
    named = next((name for name in _BUNDLES if os.environ.get(name)), None)
    return named if named and os.environ[named] == bundle else "the session's verify"


def _proxy_variable(proxy: str | None) -> str:
    """The variable that names the proxy, as it is written there."""
    names = [name for name in os.environ if name.lower() in ("https_proxy", "http_proxy", "all_proxy")]
    return next((name for name in names if proxy and os.environ[name] == proxy), "HTTPS_PROXY and ALL_PROXY")
