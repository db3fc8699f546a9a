"""Whose endpoints: Flickr's, the sandbox's, or those under another base URL.

Source: https://www.flickr.com/services/api/auth.oauth.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from . import account
from .errors import UsageError

_LIKE = "to something like https://flickr.example.org or http://127.0.0.1:8080"
SANDBOX_KEYS = account.ConsumerKeys("5a0db0c5a0db0c5a0db0c5a0db0c5a0d", "0ddba115a9dca571", "the sandbox's own key")
_LONGEST = 253  # characters of a host name (RFC 1035 §2.3.4); what is cut somewhere would be another host
_UPLOADS = "https://up.flickr.com"  # https://www.flickr.com/services/api/upload.api.html
APPS_PAGE = "https://www.flickr.com/services/apps/by/me"


class Provider(NamedTuple):
    """Where the three legs, the REST calls and the page for revoking are.

    `name` is what an account remembers: flickr, sandbox, or a base URL (scheme, host and port only). `site` is where
    the legs are, and `api` where REST calls go; one connection to `site` serves a whole login.
    """

    name: str
    site: str
    api: str

    @property
    def is_flickr(self) -> bool:
        """Whether it is Flickr itself."""
        return self.name == account.FLICKR

    @property
    def is_sandbox(self) -> bool:
        """Whether it is the built-in stand-in."""
        return self.name == account.SANDBOX

    @property
    def request_token_url(self) -> str:
        """First leg (RFC 5849 §2.1)."""
        return f"{self.site}/services/oauth/request_token"

    @property
    def access_token_url(self) -> str:
        """Third leg (RFC 5849 §2.3)."""
        return f"{self.site}/services/oauth/access_token"

    def authorize_url(self, oauth_token: str, perms: str) -> str:
        """Second leg (RFC 5849 §2.2), for a browser. Without perms Flickr shows an error page."""
        from urllib.parse import quote

        return f"{self.site}/services/oauth/authorize?oauth_token={quote(oauth_token, safe='')}&perms={perms}"

    @property
    def rest_url(self) -> str:
        """REST calls."""
        return f"{self.api}/services/rest/"

    @property
    def check_url(self) -> str:
        """REST on the host of the three legs, so that the check after a login shares their connection."""
        return f"{self.site}/services/rest" if self.is_flickr else self.rest_url

    @property
    def revoke_url(self) -> str:
        """The page where a person takes an app's permission back; there is no other way."""
        return f"{self.site}/services/auth/list.gne"

    @property
    def upload_url(self) -> str:
        """Uploads of photos, which have a host of their own at Flickr."""
        return f"{_UPLOADS if self.is_flickr else self.site}/services/upload/"

    @property
    def bases(self) -> tuple[str, ...]:
        """The scheme, host and port of each place that the token may go to."""
        return (self.site, self.api, _UPLOADS) if self.is_flickr else (self.site, self.api)

    @property
    def called(self) -> str:
        """Its name at the beginning of a sentence."""
        return {account.FLICKR: "Flickr", account.SANDBOX: "The sandbox"}.get(self.name, self.name)

    @property
    def called_inside(self) -> str:
        """Its name inside a sentence."""
        return "the sandbox" if self.is_sandbox else self.called


FLICKR = Provider(account.FLICKR, "https://www.flickr.com", "https://api.flickr.com")


def named(name: str) -> Provider:
    """Find the provider that an account remembers, or that FLICKR_AUTH_BASE_URL asks for, by that name.

    It is flickr, sandbox or a base URL. The sandbox has no address before it runs: see `sandbox`. Raises `UsageError`.
    """
    if name == account.SANDBOX:
        return sandbox("")
    return FLICKR if name == account.FLICKR else at(name)


def wanted(environ: Mapping[str, str]) -> Provider:
    """Find the provider that FLICKR_AUTH_BASE_URL asks for, else Flickr. Raises `UsageError`."""
    value = environ.get("FLICKR_AUTH_BASE_URL") or account.FLICKR
    try:
        return named(value)
    except UsageError as failure:
        which = (
            "FLICKR_AUTH_BASE_URL" if "@" in value else f"FLICKR_AUTH_BASE_URL ('{value}')"
        )  # no password is repeated
        raise UsageError(
            failure.message.replace("The base URL", which), f"Fix: set FLICKR_AUTH_BASE_URL {_LIKE}"
        ) from None


def sandbox(base_url: str) -> Provider:
    """Make the provider of the built-in stand-in, at the address where it listens now."""
    return Provider(account.SANDBOX, base_url, base_url)


def at(base_url: str) -> Provider:
    """Make the provider under `base_url`: scheme, host and port. Plain http only if it cannot leave this machine.

    Raises `UsageError`.
    """
    from urllib.parse import urlsplit

    hint = f"Fix: set it {_LIKE}"
    try:
        parts = urlsplit(base_url.strip().rstrip("/"))
        host, port = parts.hostname, parts.port
    except ValueError:
        raise UsageError("The base URL is not a URL.", hint) from None
    bare = not (parts.path or parts.query or parts.fragment)
    if parts.scheme not in ("http", "https") or not host or not bare or not _is_host(host):
        raise UsageError("The base URL must be a scheme, a host and a port, and nothing more.", hint)
    if "@" in parts.netloc:
        raise UsageError("The base URL must not contain a user name or password.", hint)
    if parts.scheme == "http" and not is_loopback(host):
        raise UsageError("The base URL must use https; anyone on the network can read http traffic.", hint)
    shown = f"[{host}]" if ":" in host else host
    usual = {"http": 80, "https": 443}[parts.scheme]
    base = f"{parts.scheme}://{shown}" + (f":{port}" if port not in (None, usual) else "")
    if base in FLICKR.bases:
        return FLICKR
    return Provider(base, base, base)


def is_loopback(host: str) -> bool:
    """Whether what is sent to `host` stays on this machine: 127.0.0.0/8, ::1 and localhost."""
    if host == "localhost":
        return True
    from ipaddress import ip_address

    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _is_host(name: str) -> bool:
    """Whether it can be the name or the address of a host (RFC 1035 §2.3.4)."""
    labels = name.removesuffix(".").split(".")
    return (
        len(name) <= _LONGEST
        and all(0 < len(each) < 64 for each in labels)
        and all(each.isalnum() or each in "-_.:%" for each in name)
    )
