"""The URL of a request that another program sends: read so that no program can find another host in it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from ..errors import UsageError
from ..program import quoted

if TYPE_CHECKING:
    from ..account import Account

LIKE = "https://www.flickr.com/services/rest/"
_URL = re.compile(r"([A-Za-z]+)://([^/?#]*)([^?#]*)(?:\?([^#]*))?(?:#.*)?")
_AUTHORITY = re.compile(r"[A-Za-z0-9.:\[\]-]+")  # what every program reads as the same host and port
_LOCAL = re.compile(r"http://([0-9.]+|\[[0-9a-f:]+\]|localhost)(?::[0-9]+)?")
_CONTROLS = re.compile("[\0-\x1f\x7f-\x9f]")


class RequestUrl(NamedTuple):
    """A URL that was typed: `base` is scheme, host and port; the fields are those of its query."""

    base: str
    path: str
    fields: list[tuple[str, str]]


def read(url: str) -> RequestUrl:
    """Read a URL. Raises `UsageError`."""
    from urllib.parse import parse_qsl

    parts = _URL.fullmatch(url)
    if _CONTROLS.search(url):
        raise UsageError("The URL contains a control character.", "Fix: type the URL on one line, without tabs")
    if "@" in (parts[2] if parts else url):  # no password is repeated
        raise UsageError("The URL contains a user name or a password.", "Fix: remove it; the header replaces it")
    if parts is None or not parts[2]:
        is_host = re.match(r"[\w-]+(\.[\w-]+)+/", url)
        raise UsageError(f"'{url}' is not a URL.", f"Try: {quoted(f'https://{url}') if is_host else LIKE}")
    if not _AUTHORITY.fullmatch(parts[2]):
        raise UsageError(f"'{parts[2]}' is not a host name.", f"Try: {LIKE}")
    try:
        url.encode()
        fields = parse_qsl(parts[4] or "", keep_blank_values=True, errors="strict")
    except UnicodeError:
        raise UsageError("The URL is not UTF-8 text.", "Fix: type it in a UTF-8 terminal") from None
    return RequestUrl(f"{parts[1]}://{parts[2]}".lower(), parts[3] or "/", fields)


def check_provider(url: RequestUrl, account: Account) -> None:
    """Raise `UsageError` if the account's token may not go there."""
    from ..provider import is_loopback, named
    from ..transport.signed_session import homes

    provider = named(account.provider)
    *others, last = dict.fromkeys(provider.bases)
    hosts = f"{', '.join(others)} or {last}" if others else last
    if provider.is_sandbox:  # each of its servers has a port of its own
        hosts = "the sandbox on this machine, such as http://127.0.0.1:8765"
        local = _LOCAL.fullmatch(url.base)
        is_home = local is not None and is_loopback(local[1].strip("[]"))
    else:
        is_home = f"{url.base}/" in homes(provider)
    if not is_home:
        host = url.base.removeprefix("https://")
        message = f"flickr-auth signs nothing for {host}: this account is at {provider.called_inside}."
        raise UsageError(message, f"Fix: use a URL at {hosts}")
