"""`flickr-auth export`: the token, where another Flickr tool looks for it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ...errors import NotDone, Refused, StoreError, Unreachable, UsageError
from ...interop.tool import Existing, Tool, check_writable, shown_path
from .. import options, text, topics
from ..context import Context
from ..list_tools import ToolType, named_tool, used_path, whose

if TYPE_CHECKING:
    from ...account import Account

_TOOL = ToolType("export")
_ANOTHER = "Try: --path FILE to write another file"


@options.command(
    "export",
    sections=lambda: topics.tool_sections("export"),
    groups={
        "Which token": ("--account", "--token-file", "--not-flickr"),
        "Where it goes": ("--path", "--stdout", "--force", "--list"),
    },
    examples=("flickr-auth export gallery-dl", "flickr-auth export token --path ~/backup/token"),
)
@click.argument("tool", type=_TOOL, required=False, metavar="TOOL")
@options.account
@options.token_file
@options.file_option("--path", metavar="FILE", help="The tool's file, if it is not in its usual place.")
@click.option("--stdout", "to_stdout", is_flag=True, help="Print what would be written; write nothing.")
@click.option("--force", is_flag=True, help="Replace another token without asking.")
@click.option("--not-flickr", is_flag=True, help="Export an account that is not Flickr's, such as the sandbox's.")
@click.option("--list", "as_list", is_flag=True, help="List the tools, their files, and what is in them now.")
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
    not_flickr: bool,
    as_list: bool,
) -> None:
    """Export the token to another Flickr tool.

    The token is written to the file where the tool looks for it; everything else in that file stays as it is. A
    different token is replaced only if you confirm, or with --force. For files that people edit by hand, the lines to
    add are printed instead.
    """
    tool = named_tool(context, _TOOL, tool, path, to_stdout, as_list=as_list)
    place = _place(tool, path, to_stdout=to_stdout)
    chosen = context.accounts.choose(account, token_file)
    if not chosen.is_flickr and not not_flickr:
        origin = "the sandbox" if chosen.is_sandbox else chosen.provider
        what = "A token file is for Flickr" if tool.name == "token" else f"{tool.name} sends its token to Flickr"
        raise NotDone(
            f"{what}, but this account is from {origin}.",
            "Try: --account ACCOUNT for a Flickr account, or --not-flickr to export this one anyway",
        )
    if tool.needs_details and chosen.perms is None:
        chosen = _with_details(context, tool, chosen, token_file)
    if tool.written and place is None:
        context.console.answer(tool.printed(chosen), end="")
        return
    if place is not None:
        _write(context, tool, chosen, place, force=force)
    _print_lines(context, tool, chosen)
    if place is not None and (step := tool.next_step(chosen)):
        context.console.say(f"Next: {step}")


def _place(tool: Tool, path: Path | None, *, to_stdout: bool) -> Path | None:
    """Return the file to write, None if the export is printed. Raises `UsageError`."""
    if path is not None and (to_stdout or not tool.written):
        raise UsageError("--path names a file to write, but this export is printed.", "Try: leave out --path")
    if path == Path("-"):
        raise UsageError("--path - is for reading; an export writes a file.", "Try: --stdout")
    return used_path(tool, path) if tool.written and not to_stdout else None


def _with_details(context: Context, tool: Tool, account: Account, token_file: Path | None) -> Account:
    """Ask the provider for the permission and the names of a token from elsewhere."""
    from ...protocol import rest

    context.console.say(f"{tool.name} also keeps the permission and names of a token: asking Flickr for them.")
    with context.connection(account, token_file) as transport:
        try:
            return rest.check_token(transport, account)
        except (Refused, Unreachable) as failure:
            failure.reword(f"Nothing was exported: {failure.message}")
            raise


def _write(context: Context, tool: Tool, account: Account, place: Path, *, force: bool) -> None:
    """Write it in place, unless that would replace another token and nobody says yes to it."""
    console, shown = context.console, text.path(shown_path(place))
    warnings: list[str] = []
    existing = tool.existing(place, account, warnings.append)
    if existing is Existing.SAME:  # then the file stays, with the mode that it has
        for each in warnings:
            console.warn(each)
        console.done(f"{shown} already has {whose(account)} token.")
        return
    check_writable(place, console.warn)
    if existing is Existing.ANOTHER and not force:
        _confirm(context, place, account)
    try:
        tool.write(place, account, console.warn)
    except StoreError as failure:
        failure.reword(hint=failure.hint or _ANOTHER)
        raise
    console.done(f"Exported {whose(account)} token to {tool.called or tool.name} ({shown}).")


def _confirm(context: Context, place: Path, account: Account) -> None:
    """Ask whether the token that is there is to be replaced. Raises `NotDone` for a no."""
    which = "" if account.is_flickr else ", and this account is not Flickr's"
    conflict = f"{text.path(place)} already has another token or API key{which}."
    if not context.console.is_terminal:
        raise NotDone(f"{conflict} Nothing was exported.", f"{_ANOTHER}, or --force to replace it")
    context.console.say(conflict)
    if not context.console.confirm("Replace it?"):
        raise NotDone("Nothing was exported.", _ANOTHER)


def _print_lines(context: Context, tool: Tool, account: Account) -> None:
    """Print what belongs into a file that people edit themselves."""
    if lines := tool.lines(account):
        context.console.say(f"{tool.lead()}:")
        context.console.answer(lines)
        if tool.instead:
            context.console.say(tool.instead)
