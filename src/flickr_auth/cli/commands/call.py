"""`flickr-auth call`: a Flickr API method, and its response as JSON."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from ...errors import PermissionRefused, Refused, TokenRefused, UsageError
from .. import options
from ..call_arguments import arguments
from ..console import Console
from ..context import Context

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from ...account import ConsumerKeys, Token
    from ...provider import Provider

_METHOD = re.compile(r"flickr(\.[A-Za-z][A-Za-z0-9_]*){2,}")
_UNKNOWN_METHOD = "112"
_LONG = 2000  # characters of arguments: beyond that a POST is the way to send them, whatever the method does
# What JSON does not escape by itself, and a terminal takes for its own (controls), nobody sees (zero-width and filling
# characters), turns the text around it (bidi controls), ends a line, or is half a character.
_UNSAFE = re.compile(
    "[\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800"
    "\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff]"
)


class _Caller(NamedTuple):
    """Who calls: the provider and the keys, and the token, or None for the API key alone."""

    provider: Provider
    keys: ConsumerKeys
    token: Token | None


def _complete_method(_ctx: click.Context, _parameter: click.Parameter, typed: str) -> list[CompletionItem]:
    """The names of methods, as a shell completes them."""
    from click.shell_completion import CompletionItem

    from ...protocol.method_names import METHODS

    begun = typed.casefold()
    return [
        CompletionItem(name, help="changes something: --post" if changes else None)
        for name, changes in METHODS.items()
        if name.casefold().startswith(begun)
    ]


@options.command(
    "call",
    examples=(
        "flickr-auth call flickr.test.login",
        "flickr-auth call flickr.people.getPhotos user_id=me --paginate",
        "flickr-auth call flickr.photos.setMeta --post photo_id=1 title=Dawn",
    ),
)
@click.argument("method", shell_complete=_complete_method)
@click.argument("given", metavar="[KEY=VALUE]...", nargs=-1)
@options.option("--post", is_flag=True, help="Send a form POST; methods that change something require it.")
@options.option("--paginate", is_flag=True, help="Fetch all pages; print one item a line.")
@options.option("--public", is_flag=True, help="Call without an account, with the API key alone, for public data.")
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
    public: bool,
    account: str | None,
    token_file: Path | None,
) -> None:
    """Call a Flickr API method and print the JSON response.

    KEY=@FILE reads the value from a file, KEY=@- from stdin; KEY=@@TEXT is a value that begins with an @.

    --paginate begins with the first page, or with page=N, and requests 500 items a page unless per_page is given.
    """
    if not _METHOD.fullmatch(method):
        raise UsageError(f"'{method}' is not a method name.", _correction(method) or "Try: flickr.test.login")
    if post and paginate:
        raise UsageError(
            "--post and --paginate cannot be used together.", "Fix: leave out --post; --paginate only reads"
        )
    if post and public:
        raise UsageError(
            "--post and --public cannot be used together.", "Fix: leave out --public; a change needs a login"
        )
    values = arguments(given)
    with _caller(context, account, token_file, public=public) as caller:
        post = _checked_post(context, method, values, post=post)
        try:
            if paginate:
                _print_pages(context, caller, method, values)
            else:
                _print_answer(context, caller, method, values, post=post)
        except Refused as failure:
            if failure.problem == _UNKNOWN_METHOD and (hint := _known(caller.provider) or _correction(method)):
                failure.reword(hint=hint)
            elif public and isinstance(failure, TokenRefused | PermissionRefused):
                failure.reword(hint=_with_a_login(context, failure))
            raise


@contextlib.contextmanager
def _caller(context: Context, account: str | None, token_file: Path | None, *, public: bool) -> Iterator[_Caller]:
    """Who calls; the sandbox, if that is the provider, runs inside this block."""
    from ... import provider
    from ..consumer_keys import find_keys

    if public and account is None and token_file is None:
        with context.provider(provider.wanted(context.environ).name) as whose:
            yield _Caller(whose, find_keys(context, whose), None)
        return
    chosen = context.accounts.choose(account, token_file)
    with context.advising(chosen, token_file), context.provider(chosen.provider) as whose:
        yield _Caller(whose, chosen.keys, None if public else chosen.token)


def _checked_post(context: Context, method: str, values: dict[str, str], *, post: bool) -> bool:
    """Whether to send a POST: as asked for, or as a person says who sees what the method does.

    Flickr refuses a change without --post, and does not say why. The list of methods is help, and no gate.
    """
    from ...protocol.method_names import changes

    does_change = changes(method)
    is_long = sum(map(len, values.values())) > _LONG
    if does_change is None or does_change == post or (post and is_long):
        return post
    what, fix = ("changes something", "--post") if does_change else ("only reads", "no --post")
    if not context.console.is_terminal:
        context.console.warn(f"{method} {what}; it needs {fix}.")
        return post
    question = "Add --post?" if does_change else "Leave out --post?"
    return post != context.console.confirm(f"{method} {what}. {question}", default=True)


def _correction(method: str) -> str:
    """The methods that may have been meant, as a question; empty if there is none."""
    from ...protocol.method_names import close_matches

    matches = [each for each in close_matches(method) if each != method]
    return f"Did you mean {' or '.join(matches)}?" if matches else ""


def _known(provider: Provider) -> str:
    """The methods that the sandbox has, as a hint; empty for any other provider, which has them all."""
    if not provider.is_sandbox:
        return ""
    from ...sandbox.methods import Methods

    return f"Try: {', '.join(Methods(()).names)} (the sandbox has no others)"


def _with_a_login(context: Context, failure: Refused) -> str:
    """The hint for a method that was called without an account and needs one."""
    if context.accounts.folder.ids():
        return "Fix: leave out --public; this method needs a login"
    from ... import advice

    return f"Run: {advice.login(perms=failure.needed if failure.needed != 'read' else None)}"


def _print_answer(context: Context, caller: _Caller, method: str, values: dict[str, str], *, post: bool) -> None:
    from ...protocol import rest

    with context.transport(caller.provider, caller.keys) as transport:
        answer = rest.call(transport, caller.token, method, values, post=post)
    context.console.answer(_json(context.console, answer, indent=2 if context.console.answers_terminal else None))


def _print_pages(context: Context, caller: _Caller, method: str, values: dict[str, str]) -> None:
    """Print an item a line, each page in one write as it arrives."""
    from ...protocol import pagination

    console = context.console
    with context.transport(caller.provider, caller.keys) as transport:
        for page in pagination.walk(transport, caller.token, method, values):
            console.answer("\n".join(_json(console, item) for item in page.items))
            console.progress(f"Page {page.number:,} of {page.pages:,}...")
    console.progress("")


def _json(console: Console, value: object, indent: int | None = None) -> str:
    separators = None if indent else (",", ":")
    return _safe(json.dumps(value, indent=indent, separators=separators, ensure_ascii=not console.answers_unicode))


def _safe(text: str) -> str:
    """The same JSON, with what is unsafe on a terminal or in a line written as an escape."""
    if (text.isascii() and "\x7f" not in text) or not _UNSAFE.search(text):
        return text  # as nearly always, and without a copy
    return _UNSAFE.sub(lambda match: json.dumps(match[0])[1:-1] if match[0] != "\x7f" else "\\u007f", text)
