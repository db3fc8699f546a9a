"""`flickr-auth call`: a Flickr API method, and its response as JSON."""

from __future__ import annotations

import contextlib
import json
import os
import re
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ...errors import Error, PermissionRefused, Refused, TokenRefused, UsageError
from .. import options
from ..call_arguments import arguments
from ..console import Console
from ..context import Context
from ..signals import BROKEN_PIPE

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from ...account import Token
    from ...provider import Provider
    from ...transport import Transport

_METHOD = re.compile(r"flickr(\.[A-Za-z][A-Za-z0-9_]*){2,}")
_FINAL = re.compile(r"\.(?:delete|remove)")  # what such a method takes away does not come back
_UNKNOWN_METHOD = "112"
_LONG = 2000  # characters of arguments: beyond that a POST is the way to send them, whatever the method does
# What JSON does not escape by itself, and a terminal takes for its own (controls), nobody sees (zero-width and filling
# characters), turns the text around it (bidi controls), ends a line, or is half a character.
_UNSAFE = re.compile(
    "[\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800"
    "\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff]"
)
_NOT_ASCII = re.compile("[^\x00-\x7e]")


def _complete_method(_ctx: click.Context, _parameter: click.Parameter, typed: str) -> list[CompletionItem]:
    """Complete the name of a method in a shell."""
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
        "flickr-auth call flickr.photos.search --public tags=harbour",
        "flickr-auth call flickr.photos.setMeta --post photo_id=50000000000 title=Dawn",
    ),
)
@click.argument("method", shell_complete=_complete_method)
@click.argument("given", metavar="[KEY=VALUE]...", nargs=-1)
@click.option("--post", is_flag=True, help="Send a form POST; methods that change something require it.")
@click.option("--paginate", is_flag=True, help="Fetch all pages; print one item a line.")
@click.option("--public", is_flag=True, help="Call without an account, with the API key alone, for public data.")
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
    with _connection(context, account, token_file, public=public) as (transport, token):
        post = _checked_post(context, method, values, post=post)
        try:
            if paginate:
                _print_items(context, transport, token, method, values)
            else:
                _print_response(context.console, transport, token, method, values, post=post)
        except Refused as failure:
            if failure.problem == _UNKNOWN_METHOD and (hint := _elsewhere(transport.provider) or _correction(method)):
                failure.reword(hint=hint)
            elif public and isinstance(failure, TokenRefused | PermissionRefused):
                failure.reword(hint=_with_a_login(context, failure))
            raise


@contextlib.contextmanager
def _connection(
    context: Context, account: str | None, token_file: Path | None, *, public: bool
) -> Iterator[tuple[Transport, Token | None]]:
    """Open a connection for the call; the token that signs it is None for public data."""
    if account or token_file or not public:
        chosen = context.accounts.choose(account, token_file)
        with context.connection(chosen, token_file) as transport:
            yield transport, None if public else chosen.token
        return
    from ..consumer_keys import public_keys

    name, keys = public_keys(context)
    with (
        context.provider(name) as whose,
        context.transport(whose, keys, calls=context.calls(keys.api_key, whose)) as transport,
    ):
        yield transport, None


def _checked_post(context: Context, method: str, values: dict[str, str], *, post: bool) -> bool:
    """Decide whether to send a POST: as asked for, or as a person says who sees what the method does.

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
    is_final = does_change and _FINAL.search(method) is not None
    return post != context.console.confirm(f"{method} {what}. {question}", default=not is_final)


def _correction(method: str) -> str:
    """Name the methods that may have been meant; empty if none is like it."""
    from ...protocol.method_names import close_matches

    matches = [each for each in close_matches(method) if each != method]
    return f"Try: {' or '.join(matches)}" if matches else ""


def _elsewhere(provider: Provider) -> str:
    """Name the page with the few methods that the sandbox has; empty for any other provider, which has them all."""
    return "Run: flickr-auth help sandbox" if provider.is_sandbox else ""


def _with_a_login(context: Context, failure: Refused) -> str:
    """Write the hint for a method that was called without an account and needs one."""
    with contextlib.suppress(Error):  # where no account can be stored, there is none
        if context.accounts.folder.ids():
            return "Fix: leave out --public; this method needs a login"
    from ... import advice

    return f"Run: {advice.login(perms=failure.needed if failure.needed != 'read' else None)}"


def _print_response(
    console: Console, transport: Transport, token: Token | None, method: str, values: dict[str, str], *, post: bool
) -> None:
    """Print the response: indented at a terminal, elsewhere as it came."""
    from ...protocol import rest

    text = rest.text(transport, token, method, values, post=post)
    if console.answers_terminal:
        text = json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    console.answer(_printable(console, text.strip()))


def _print_items(
    context: Context, transport: Transport, token: Token | None, method: str, values: dict[str, str]
) -> None:
    """Print an item a line, each page in one write as it arrives.

    Flickr's count is a hint, and who reads along is told where it was wrong.
    """
    from ...protocol import pagination

    console, shown, total = context.console, 0, 0
    _end_without_a_reader(console)
    for page in pagination.walk(transport, token, method, values):
        if page.items:
            lines = "\n".join(json.dumps(item, separators=(",", ":"), ensure_ascii=False) for item in page.items)
            console.answer(_printable(console, lines))
        console.progress(f"Page {page.number:,} of {page.pages:,}...")
        shown, total = shown + len(page.items), page.total or total
    console.progress("")
    if shown < total and int(values.get("page", "1")) == 1 and (console.is_terminal or context.verbose):
        counted = f"{transport.provider.called} counts {total:,} item{'' if total == 1 else 's'}"
        console.say(f"{counted} but returned {shown:,}; the others may be private or deleted.")


def _end_without_a_reader(console: Console) -> None:
    """End the program once nobody reads the pipe on stdout any more (`| head`), also while an answer is waited for.

    Windows cannot tell: there the next write finds out.
    """
    if sys.platform == "win32":
        return
    import select

    from ...threads import start

    poll = select.poll()
    try:
        if not stat.S_ISFIFO(os.fstat(sys.stdout.fileno()).st_mode):
            return
        poll.register(sys.stdout.fileno(), 0)
    except (OSError, ValueError, AttributeError):  # stdout is closed, or no file
        return

    def watch() -> None:
        poll.poll()  # returns on an error alone, which is what a pipe without a reader has
        console.progress("")
        os._exit(BROKEN_PIPE)

    start(watch, "reader")


def _printable(console: Console, text: str) -> str:
    """Write the same JSON with an escape for each character that is unsafe to print, or that stdout cannot take."""
    unsafe = _UNSAFE if console.answers_unicode else _NOT_ASCII
    # Only inside a string can JSON have such a character.
    return unsafe.sub(lambda match: "\\u007f" if match[0] == "\x7f" else json.dumps(match[0])[1:-1], text)
