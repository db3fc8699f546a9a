"""The tools of `export` and `import`: the argument TOOL, the file that is meant, and the table of --list."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from ..account import shortened
from ..errors import Error, NotConfigured, UsageError
from ..interop import registry
from ..interop import tool as interop
from ..program import quoted
from ..storage.files import Missing
from . import text
from .text import plain

if TYPE_CHECKING:
    from pathlib import Path

    from click.shell_completion import CompletionItem

    from ..account import Account
    from .context import Context


MOST_NAMES = 20  # in a list


class ToolType(click.ParamType):  # type: ignore[type-arg]  # generic only in the newest click
    """The name of a tool, for `export` any, for `import` one that can be read."""

    name = "tool"

    def __init__(self, command: str) -> None:
        self.command = command

    def tools(self) -> dict[str, interop.Tool]:
        """Return the tools of the command under their names, in order."""
        return {name: tool for name, tool in registry.tools().items() if tool.importable or self.command == "export"}

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> interop.Tool:  # noqa: ANN401, ARG002  # click's signature
        """Return the tool of that name. Raises `UsageError`, for the beginning of several names, too."""
        tools, hint = self.tools(), f"Run: flickr-auth {self.command} --list"
        if value in tools:
            return tools[value]
        if value in registry.tools():
            raise UsageError(f"flickr-auth exports to {value}, but cannot import from it.", hint)
        several = [tool for name, tool in tools.items() if name.startswith(f"{value}-")]
        if len(several) > 1:
            raise UsageError(
                f"'{value}' can be {' or '.join(f'{tool.name} ({tool.summary})' for tool in several)}.",
                f"Try: {' or '.join(f'flickr-auth {self.command} {tool.name}' for tool in several)}",
            )
        from difflib import get_close_matches

        close = get_close_matches(value, tools, n=1)
        guess = f" Did you mean: flickr-auth {self.command} {close[0]}" if close else ""
        raise UsageError(f"No tool named '{value}'.{guess}", "" if close else hint)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG002  # click's signature
        """Complete a name, with its words."""
        from click.shell_completion import CompletionItem

        return [
            CompletionItem(name, help=tool.summary)
            for name, tool in self.tools().items()
            if name.startswith(incomplete)
        ]


def named_tool(
    context: Context, offered: ToolType, tool: interop.Tool | None, *others: object, as_list: bool
) -> interop.Tool:
    """Return the tool that was named. With --list print all of them and exit. Raises `UsageError`."""
    hint = f"Run: flickr-auth {offered.command} --list"
    if as_list:
        if tool or any(others):
            raise UsageError("--list cannot be combined with other arguments.", hint)
        _print_list(context, offered.tools())
        raise click.exceptions.Exit(0)
    if tool is None:
        raise UsageError("Missing argument: TOOL.", hint)
    return tool


def used_path(tool: interop.Tool, named: Path | None) -> Path:
    """Return the tool's file: the one named, else in its usual place. Raises `UsageError` if neither is there."""
    usual = tool.place()
    path = named or usual
    if path is None:
        raise UsageError(f"{tool.name} has no usual place for its token.", "Try: --path FILE")
    if os.path.isdir(path):
        hint = f"Try: --path {quoted(path / usual.name)}" if usual else "Try: --path with a file in it"
        raise NotConfigured(f"{text.path(path)} is a folder, not a file.", hint)
    return path


def whose(account: Account) -> str:
    """Return the owner of a token, as a sentence begins to name it: sam's, else the."""
    name = shortened(account.username or account.user_nsid or "")
    return f"{name}'s" if name else "the"


def more(names: list[str]) -> str:
    """Say at the end of a list of names how many more there are, if it cannot show them all."""
    return f" and {len(names) - MOST_NAMES:,} more" if len(names) > MOST_NAMES else ""


def _print_list(context: Context, tools: dict[str, interop.Tool]) -> None:
    """Print a line for each tool, and a second one if there is more to say. No secret is in it."""
    console, width = context.console, max(map(len, tools))
    console.answer(console.answer_styled(f"{'TOOL':{width}}  {'NOW':10}  PLACE"))
    for name, tool in tools.items():
        now, place, more = _row(tool)
        console.answer(f"{name:{width}}  {now:10}  {plain(place)}")
        indent = " " * (width + 14)
        for piece in text.folded(plain(more), console.answer_columns() - len(indent), hang=0) if more else ():
            console.answer(indent + piece)


def _row(tool: interop.Tool) -> tuple[str, str, str]:
    """Return what is there now, the place, and more about it."""
    shown = "-"
    try:
        place = tool.place()
        if place is None:
            return "-", tool.no_place, ""
        shown = text.path(interop.shown_path(place))
        if not tool.importable:
            return "a file" if os.path.exists(place) else "nothing", shown, ""
        tokens = tool.read(place, interop.ignore)
    except Missing:
        return "nothing", shown, ""
    except Error as failure:
        return "unreadable", shown, text.with_short_paths(failure.message)
    count = {0: "no token", 1: "a token"}.get(len(tokens), f"{len(tokens)} tokens")
    names = [shortened(each.username) for each in tokens if each.username]
    return count, shown, ", ".join(names[:MOST_NAMES]) + more(names)
