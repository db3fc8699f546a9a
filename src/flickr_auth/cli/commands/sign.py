"""`flickr-auth sign`: the Authorization header of one request, for programs that cannot sign."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ...errors import UsageError
from .. import options, request_url
from ..call_arguments import arguments
from ..context import Context

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

_VERBS = ("GET", "POST")
_UPLOAD = re.compile(r"/services/(?:upload|replace)/?")


def _complete(_ctx: click.Context, _parameter: click.Parameter, typed: str) -> list[CompletionItem]:
    """Complete the verb and the URL in a shell."""
    from click.shell_completion import CompletionItem

    from ...provider import FLICKR

    words = (*_VERBS, FLICKR.rest_url, FLICKR.upload_url)
    return [CompletionItem(each) for each in words if each.casefold().startswith(typed.casefold())]


@options.command(
    "sign",
    examples=(
        "flickr-auth sign https://www.flickr.com/services/rest method=flickr.test.login",
        "flickr-auth sign POST https://up.flickr.com/services/upload/ title=Sunset",
    ),
)
@click.argument("words", metavar="[VERB] URL [KEY=VALUE]...", nargs=-1, shell_complete=_complete)
@options.account
@options.token_file
@click.pass_obj
def command(context: Context, words: tuple[str, ...], account: str | None, token_file: Path | None) -> None:
    """Print the Authorization header of one request to Flickr, for curl and other programs. Nothing is sent.

    VERB is GET, the default, or POST. Send the same VERB, URL and fields together with the header. Each header works
    once, for a few minutes. Quote a URL that has an & or a ?.

    An upload needs write permission, and its photo is not signed. With curl, give its fields by --form-string: -F reads
    some values in its own way.

    KEY=VALUE adds a field to those in the URL. KEY=@FILE reads its value from a file, KEY=@- from stdin, to the last
    byte; KEY=@@TEXT is a value that begins with an @.
    """
    from ...protocol import rest

    verb, url, given = _read(words)
    target = request_url.read(url)
    if _UPLOAD.fullmatch(target.path):
        _check_upload(verb, [*given, *(f"{name}=" for name, _ in target.fields)])
    values = arguments(given, is_foreign=True)
    for name, _ in target.fields:
        rest.check_name(name, ours=())
        if name in values:
            raise UsageError(f"'{name}' is given twice, in the URL and after it.", "Fix: remove one of them")
    chosen = context.accounts.choose(account, token_file)
    request_url.check_provider(target, chosen)
    from ...provider import named
    from ...transport.signing import authorization

    if calls := context.calls(chosen.keys.api_key, named(chosen.provider)):
        calls.wait()  # whoever sends it, it is a call of the key
    try:
        fields = [*target.fields, *values.items()]
        header = authorization(verb, target.base + target.path, fields, chosen.keys, chosen.token)
    except ValueError:  # of requests, over its port or its path
        raise UsageError(f"'{url}' is not a URL.", f"Try: {request_url.LIKE}") from None
    context.console.answer(f"Authorization: {header}")


def _read(words: tuple[str, ...]) -> tuple[str, str, tuple[str, ...]]:
    """Tell the verb, the URL and the fields apart. Raises `UsageError`."""
    first, *rest = words or ("GET",)
    if "://" in first or not first.isalpha():
        verb, url, given = "GET", first, rest
    elif first.upper() not in _VERBS:
        raise UsageError(f"'{first}' is neither GET, POST nor a URL.", f"Try: {request_url.LIKE}")
    elif not rest:
        raise UsageError("The URL is missing.", f"Try: {request_url.LIKE}")
    else:
        verb, (url, *given) = first.upper(), rest
    for each in given:
        if each.upper() in _VERBS:
            raise UsageError(f"'{each}' comes after the URL.", f"Fix: put {each} before the URL")
    return verb, url, tuple(given)


def _check_upload(verb: str, given: Sequence[str]) -> None:
    if verb != "POST":
        raise UsageError("An upload is a POST request.", "Fix: put POST before the URL")
    if any(each.startswith("photo=") for each in given):
        raise UsageError(
            "The photo of an upload is not signed.", "Fix: remove photo= here; pass it only to the other program"
        )
