"""`flickr-auth call`: a method of Flickr's, and its answer as JSON."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ...errors import BadAnswer, UsageError
from .. import options
from ..call_arguments import arguments
from ..console import Console
from ..context import Context
from ..text import plain

if TYPE_CHECKING:
    from ...account import Account

_METHOD = re.compile(r"flickr(\.[A-Za-z][A-Za-z0-9_]*){2,}")
# As they stand, a terminal could take the first for its own, and what reads lines the last two for the end of one.
_UNSAFE = re.compile("[\x7f-\x9f\u2028\u2029]")


@options.command(
    "call",
    examples=(
        "flickr-auth call flickr.people.getPhotos user_id=me --paginate",
        "flickr-auth call flickr.photos.setMeta --post photo_id=1 title=Dawn",
    ),
)
@click.argument("method")
@click.argument("given", metavar="[KEY=VALUE]...", nargs=-1)
@options.option("--post", is_flag=True, help="Send a form POST, as methods want that change something.")
@options.option("--paginate", is_flag=True, help="Fetch all pages, and print one item a line.")
@options.account
@options.token_file
@options.verbose
@click.pass_obj
def command(
    context: Context,
    *,
    method: str,
    given: tuple[str, ...],
    post: bool,
    paginate: bool,
    account: str | None,
    token_file: Path | None,
) -> None:
    """Call METHOD, signed with the token, and print the answer as JSON.

    KEY=@FILE reads the value from a file, KEY=@- from stdin; KEY=@@TEXT is a value that begins with an @.

    --paginate begins with the first page, or with page=N, and asks for 500 items a page where per_page is not given.
    """
    if not _METHOD.fullmatch(method):
        raise UsageError(f"{plain(method)} is not the name of a method.", "It looks like this: flickr.test.login")
    if post and paginate:
        raise UsageError("--post and --paginate cannot go together.", "Pages are read, and nothing is changed.")
    values = arguments(given)
    chosen = context.accounts.choose(account, token_file)
    try:
        if paginate:
            _print_pages(context, chosen, method, values)
        else:
            _print_answer(context, chosen, method, values, post=post)
    except RecursionError:
        raise BadAnswer("The answer is nested too deeply for Flickr to have sent it.", "Try again.") from None


def _print_answer(context: Context, account: Account, method: str, values: dict[str, str], *, post: bool) -> None:
    from ...protocol import rest

    console = context.console
    with context.connection(account) as transport:
        answer = rest.call(transport, account.token, method, values, post=post)
    console.answer(_safe(_encoder(console, indent=2 if console.answers_terminal else None)(answer)))


def _print_pages(context: Context, account: Account, method: str, values: dict[str, str]) -> None:
    """Print an item a line, each page in one write as it arrives."""
    from ...protocol import pagination
    from ..broken_pipe import watched

    console, keys = context.console, account.keys
    encode = _encoder(console)
    with context.provider(account.provider) as provider, watched():
        walk = pagination.walk(lambda: context.transport(provider, keys), account.token, method, values)
        with contextlib.closing(walk):  # before the stand-in goes
            for page in walk:
                console.answer(_safe("\n".join((*map(encode, page.items), ""))), end="")
                console.progress(f"Page {page.number:,} of {page.pages:,}...")
    console.progress("")


def _encoder(console: Console, indent: int | None = None) -> Callable[[object], str]:
    """What makes JSON of values, in the characters themselves where stdout can take them all."""
    separators = None if indent else (",", ":")
    return json.JSONEncoder(indent=indent, separators=separators, ensure_ascii=not console.answers_unicode).encode


def _safe(text: str) -> str:
    """The JSON without characters that a terminal takes for its own, or a reader of lines for the end of one."""
    if (text.isascii() and "\x7f" not in text) or not _UNSAFE.search(text):
        return text  # as nearly always, and without a copy
    return _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
