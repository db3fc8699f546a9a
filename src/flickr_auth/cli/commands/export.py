"""`flickr-auth export`: the token, where another Flickr tool looks for it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ...errors import NotDone, Refused, StoreError, Unreachable, UsageError
from ...interop.tool import Existing, Tool, shown_path
from .. import options
from ..context import Context
from ..list_tools import ToolCommand, ToolType, print_list
from ..text import plain

if TYPE_CHECKING:
    from ...account import Account

_TOOL = ToolType()
_OURS = "FLICKR_AUTH_HOME or --token-file"  # in the hints of private


@click.command("export", cls=ToolCommand)
@click.argument("tool", type=_TOOL, required=False, metavar="TOOL")
@options.account
@options.token_file
@options.file_option("--path", help="The tool's file, where it is not in its usual place.")
@click.option("--stdout", "to_stdout", is_flag=True, help="Print it, and write nothing.")
@click.option("--force", is_flag=True, help="Replace another token, or take an account that is not Flickr's.")
@click.option("--list", "as_list", is_flag=True, help="List the tools, their usual places, and what is there now.")
@options.verbose
@click.pass_obj
def command(
    context: Context,
    *,
    tool: Tool | None,
    account: str | None,
    token_file: Path | None,
    path: Path | None,
    to_stdout: bool,
    force: bool,
    as_list: bool,
) -> None:
    """Write the token where another Flickr tool looks for it; all else in its file stays as it is.

    Another token that is there is replaced after a question only, or with --force. What people edit by hand is printed
    instead, and stderr says where it belongs.
    """
    if as_list:
        if tool or path or to_stdout:
            raise UsageError("--list goes alone.", "See flickr-auth export --help")
        print_list(context, _TOOL.tools())
        return
    if tool is None:
        raise UsageError("No tool is named.", f"There is: {', '.join(tool.name for tool in _TOOL.tools())}")
    if path is not None and (to_stdout or not tool.written):
        raise UsageError("--path is for a file that is written, and this is printed.", "Leave it out.")
    chosen = context.accounts.choose(account, token_file)
    if not chosen.is_flickr and not force:
        raise NotDone(
            f"This account is not Flickr's, and {tool.name} would send its token there ({plain(chosen.provider)}).",
            "To write it all the same: --force",
        )
    if tool.needs_details and chosen.perms is None:
        chosen = _asked(context, chosen)
    if to_stdout and tool.written:
        context.console.answer(tool.printed(chosen), end="")
        return
    if tool.written:
        _write(context, tool, chosen, path, force=force)
    _print(context, tool, chosen)


def _asked(context: Context, account: Account) -> Account:
    """The account with what its provider says of it: a token from elsewhere comes without."""
    from ...protocol import login

    context.console.say("The tool keeps a token's permission beside it, which is not known here: asking Flickr.")
    with context.connection(account) as transport:
        try:
            return login.prove(transport, account)
        except (Refused, Unreachable) as failure:
            raise type(failure)(f"Nothing was written: {failure.message}", failure.hint) from failure


def _write(context: Context, tool: Tool, account: Account, path: Path | None, *, force: bool) -> None:
    """Write it in place, unless that would replace another token and nobody says yes to it."""
    console = context.console
    place = path or tool.place(context.environ)
    if place is None:
        raise UsageError(f"{tool.name} has no usual place for its token.", "Name the file: --path PATH")
    warnings: list[str] = []
    existing = tool.existing(place, account, warnings.append)
    if existing is Existing.SAME:
        for each in warnings:
            console.warn(each)
        console.say(f"{tool.name} has this token already, in {plain(shown_path(place))}.")
        return
    if existing is Existing.ANOTHER and not force:
        _confirm(context, place)
    try:
        tool.write(place, account, console.warn)
    except StoreError as failure:
        # What helps for a file of ours, another folder, is another path for a file of theirs.
        raise StoreError(failure.message, failure.hint.replace(_OURS, "--path")) from failure
    whose = "" if tool.name == "token" else f", for {tool.name}"
    console.say(f"Wrote the token{_of(account)} to {plain(shown_path(place))}{whose}.")


def _confirm(context: Context, place: Path) -> None:
    there = f"{plain(shown_path(place))} has another token or API key."
    hint = "To replace it: --force"
    if not context.console.is_terminal:
        raise NotDone(f"{there} It is left alone.", hint)
    context.console.say(there)
    if not context.console.confirm("Replace it?"):
        raise NotDone("Nothing was written.", hint)


def _print(context: Context, tool: Tool, account: Account) -> None:
    """Print what belongs into a file that people edit themselves."""
    snippet = tool.snippet(account, context.environ)
    if snippet is not None:
        context.console.say(f"These lines belong in {plain(snippet.place)}:")
        context.console.answer(snippet.text)


def _of(account: Account) -> str:
    who = account.username or account.user_nsid
    return f" of {plain(who)}" if who else ""
