"""`flickr-auth sign`: the Authorization header of one request, for programs that cannot sign."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from ...errors import UsageError
from .. import options
from ..call_arguments import arguments, check_name
from ..context import Context

if TYPE_CHECKING:
    from ...account import Account

_VERBS = ("GET", "POST")
_URL = re.compile(r"([A-Za-z]+)://([^/?#]*)([^?#]*)(?:\?([^#]*))?(?:#.*)?")
_AUTHORITY = re.compile(r"[A-Za-z0-9.:\[\]-]+")  # what every program reads as the same host and port
_LOCAL = re.compile(r"http://([0-9.]+|\[[0-9a-f:]+\]|localhost)(?::[0-9]+)?")
_UPLOAD = re.compile(r"/services/(?:upload|replace)/?")
_CONTROLS = re.compile("[\0-\x1f\x7f-\x9f]")
_LIKE = "flickr-auth sign https://www.flickr.com/services/rest method=flickr.test.login"


class _Target(NamedTuple):
    """A URL that was typed: `base` is scheme, host and port; the fields are those of its query."""

    base: str
    path: str
    fields: list[tuple[str, str]]


@options.command(
    "sign",
    examples=(_LIKE, "flickr-auth sign POST https://up.flickr.com/services/upload/ title=Sunset"),
)
@click.argument("words", metavar="[VERB] URL [KEY=VALUE]...", nargs=-1)
@options.account
@options.token_file
@click.pass_obj
def command(context: Context, words: tuple[str, ...], account: str | None, token_file: Path | None) -> None:
    """Print the Authorization header of one request to Flickr, for curl and other programs. Nothing is sent.

    VERB is GET, the default, or POST. Send the same VERB, URL and fields together with the header; a photo is not
    signed. Each header is good for one request, within some minutes. Quote a URL that has an & or a ?.

    KEY=VALUE is a field that is sent besides those in the URL. KEY=@FILE reads its value from a file, KEY=@- from
    stdin; KEY=@@TEXT is a value that begins with an @.
    """
    verb, url, given = _read(words)
    target = _target(url)
    if _UPLOAD.fullmatch(target.path):
        _check_upload(verb, given)
    values = arguments(given, ours=())
    for name, _ in target.fields:
        check_name(name, ours=())
        if name in values:
            raise UsageError(f"'{name}' is given twice, in the URL and after it.", "Fix: remove one of them")
    chosen = context.accounts.choose(account, token_file)
    _check_base(target.base, chosen)
    from ...provider import named
    from ...transport.signing import authorization

    if calls := context.calls(chosen.keys.api_key, named(chosen.provider)):
        calls.wait(context.full)  # whoever sends it, it is a call of the key
    try:
        fields = [*target.fields, *values.items()]
        header = authorization(verb, target.base + target.path, fields, chosen.keys, chosen.token)
    except ValueError:  # of requests, over its port or its path
        raise UsageError(f"'{url}' is not a URL.", f"Try: {_LIKE}") from None
    context.console.answer(f"Authorization: {header}")


def _read(words: tuple[str, ...]) -> tuple[str, str, tuple[str, ...]]:
    """Tell the verb, the URL and the fields apart. Raises `UsageError`."""
    first, *rest = words or ("GET",)
    if "://" in first or not first.isalpha():
        verb, url, given = "GET", first, rest
    elif first.upper() not in _VERBS:
        raise UsageError(f"Flickr takes no {first.upper()} requests.", "Try: GET or POST")
    elif not rest:
        raise UsageError("The URL is missing.", f"Try: {_LIKE}")
    else:
        verb, (url, *given) = first.upper(), rest
    for each in given:
        if each.upper() in _VERBS:
            raise UsageError(f"'{each}' comes after the URL.", f"Fix: put {each} before the URL")
    return verb, url, tuple(given)


def _target(url: str) -> _Target:
    """Read a URL, so that no program can find another host in it. Raises `UsageError`."""
    from urllib.parse import parse_qsl

    parts = _URL.fullmatch(url)
    if _CONTROLS.search(url):
        raise UsageError("The URL has a control character in it.", "Fix: type the URL on one line, without tabs")
    if "@" in (parts[2] if parts else url):  # no password is repeated
        raise UsageError("The URL has a user name or a password in it.", "Fix: remove it; the header takes its place")
    if parts is None or not parts[2]:
        hint = f"Try: https://{url}" if re.match(r"[\w-]+(\.[\w-]+)+/", url) else f"Try: {_LIKE}"
        raise UsageError(f"'{url}' is not a URL.", hint)
    if not _AUTHORITY.fullmatch(parts[2]):
        raise UsageError(f"'{parts[2]}' is not a host name.", f"Try: {_LIKE}")
    try:
        url.encode()
        fields = parse_qsl(parts[4] or "", keep_blank_values=True, errors="strict")
    except UnicodeError:
        raise UsageError("The URL is not UTF-8 text.", "Fix: type it in a UTF-8 terminal") from None
    return _Target(f"{parts[1]}://{parts[2]}".lower(), parts[3] or "/", fields)


def _check_upload(verb: str, given: tuple[str, ...]) -> None:
    if verb != "POST":
        raise UsageError("An upload is a POST request.", "Fix: put POST before the URL")
    if any(each.startswith("photo=") for each in given):
        raise UsageError(
            "The photo of an upload is not signed.", "Fix: leave out photo= here, and give it to curl alone"
        )


def _check_base(base: str, account: Account) -> None:
    """Raise `UsageError` if the account's token may not go there."""
    from ...provider import is_loopback, named
    from ...transport.signed_session import homes

    provider = named(account.provider)
    hosts = " or ".join(dict.fromkeys(provider.bases))
    if provider.is_sandbox:  # each of its servers has a port of its own
        hosts = "the sandbox on this machine, such as http://127.0.0.1:8765"
        local = _LOCAL.fullmatch(base)
        is_home = local is not None and is_loopback(local[1].strip("[]"))
    else:
        is_home = f"{base}/" in homes(provider)
    if not is_home:
        host = base.removeprefix("https://")
        raise UsageError(
            f"flickr-auth signs nothing for {host}: this account is at {provider.called_inside}.",
            f"Fix: use a URL of {hosts}",
        )
