"""The tools of `export` and `import`: the argument TOOL, their list in --help, and what --list prints."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from ..errors import Error, NotConfigured, NotDone, UsageError
from ..interop import registry
from ..interop import tool as interop
from ..storage import file_errors
from ..storage.files import Missing
from . import options, text
from .context import Context
from .text import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from click.shell_completion import CompletionItem

    from .help_page import Rows


class ToolType(click.ParamType):  # type: ignore[type-arg]  # generic only in the newest click
    """The name of a tool; `is_offered` says of each whether this command has it."""

    name = "tool"

    def __init__(self, is_offered: Callable[[interop.Tool], bool] = lambda _: True) -> None:
        self._is_offered = is_offered

    def tools(self) -> list[interop.Tool]:
        """The tools of the command, in order."""
        return [tool for tool in registry.tools() if self._is_offered(tool)]

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> interop.Tool:  # noqa: ANN401, ARG002  # click's signature
        """The tool of that name; no other is imported. A person is asked which of several it is the beginning of."""
        if isinstance(value, interop.Tool):
            return value
        if value in registry.names() and self._is_offered(tool := registry.get(value)):
            return tool
        several = [tool for tool in self.tools() if tool.name.startswith(f"{value}-")]
        if len(several) > 1:
            return self._which(value, several, ctx)
        from difflib import get_close_matches

        names = [tool.name for tool in self.tools()]
        if value in registry.names():
            raise click.BadParameter(f"{value!r} is a tool that flickr-auth exports to, but cannot import from.")
        close = get_close_matches(value, names, n=3)
        advice = f"Did you mean {' or '.join(close)}?" if close else f"Choose from: {', '.join(names)}."
        raise click.BadParameter(f"{value!r} is not a tool that flickr-auth knows. {advice}")

    @staticmethod
    def _which(value: str, tools: list[interop.Tool], ctx: click.Context | None) -> interop.Tool:
        """Which of the tools is meant. Raises `UsageError` if nobody can be asked."""
        context = ctx.find_object(Context) if ctx else None
        command = ctx.info_name if ctx else ""
        hint = "Try: " + " or ".join(f"flickr-auth {command} {tool.name}" for tool in tools)
        if context is None or not context.console.is_terminal:
            several = " or ".join(f"{tool.name} ({tool.summary})" for tool in tools)
            raise UsageError(f"'{value}' can be {several}.", hint)
        console = context.console
        console.say(f"There are {len(tools)} tools called '{value}':")
        for number, tool in enumerate(tools, start=1):
            console.say(f"  {number}. {tool.name}: {tool.summary}")
        choices = {str(number): tool for number, tool in enumerate(tools, start=1)} | {
            tool.name: tool for tool in tools
        }
        while (answer := console.ask(f"Which one? [1-{len(tools)}] ")) is not None:
            if answer.strip() in choices:
                return choices[answer.strip()]
        raise NotDone("No tool was chosen.", hint)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG002  # click's signature
        """The names that begin so, with their words."""
        from click.shell_completion import CompletionItem

        return [
            CompletionItem(tool.name, help=tool.summary) for tool in self.tools() if tool.name.startswith(incomplete)
        ]


class ToolCommand(options.Command):
    """A command whose help ends with its tools."""

    def sections(self) -> Iterable[tuple[str, Rows]]:
        """The tools, by what is done with them."""
        return tool_sections(self.name or "").items()


def tool_sections(command: str) -> dict[str, list[tuple[str, str]]]:
    """The tools of `export` or `import` as help lists them: titles, and below each the names with their words."""
    sections: dict[str, Callable[[interop.Tool], bool]]
    if command == "import":
        sections = {"Tools": lambda tool: tool.importable}
    else:
        sections = {
            "Tools whose file is written": lambda tool: tool.written,
            "Tools whose lines are printed": lambda tool: not tool.written,
        }
    return {
        title: [(tool.name, tool.summary) for tool in registry.tools() if belongs(tool)]
        for title, belongs in sections.items()
    }


def used_path(context: Context, tool: interop.Tool, named: Path | None) -> Path:
    """The tool's file: the one named, else in its usual place. Raises `UsageError` if neither is there."""
    path = named or tool.place(context.environ)
    if path is None:
        raise UsageError(f"{tool.name} has no usual place for its token.", "Try: --path FILE")
    if named is not None and os.path.isdir(named):
        usual = tool.place(context.environ)
        hint = f"Try: --path {text.quoted(named / usual.name)}" if usual else "Try: --path with a file in it"
        raise NotConfigured(f"{text.path(named)} is a folder, not a file.", hint)
    return path


def print_list(context: Context, tools: Iterable[interop.Tool]) -> None:
    """A line for each tool, and a second one where there is more to say. No secret is in it."""
    rows = [(tool.name, *_row(context, tool)) for tool in tools]
    width = max(len(name) for name, *_ in rows)
    context.console.answer(context.console.answer_styled(f"{'TOOL':{width}}  {'NOW':10}  PLACE"))
    for name, now, place, more in rows:
        context.console.answer(f"{name:{width}}  {now:10}  {plain(place)}")
        if more:
            context.console.answer(" " * (width + 14) + plain(more))


def _row(context: Context, tool: interop.Tool) -> tuple[str, str, str]:
    """What is there now, where that is, and more of it."""
    try:
        place = tool.place(context.environ)
        if place is None:
            return "-", tool.no_place, ""
        return _contents(context, tool, place, text.path(interop.shown_path(place)))
    except Error as failure:
        return "unreadable", "-", failure.message


def _contents(context: Context, tool: interop.Tool, place: Path, shown: str) -> tuple[str, str, str]:
    if not tool.importable:
        try:
            os.stat(place)
        except (FileNotFoundError, NotADirectoryError):
            return "nothing", shown, ""
        except OSError as failure:
            return "unreadable", shown, file_errors.cannot("read", str(place), failure).message
        return "a file", shown, ""
    try:
        tokens = tool.read(place, context.environ, interop.ignore)
    except Missing:
        return "nothing", shown, ""
    except Error as failure:
        return "unreadable", shown, failure.message
    count = {0: "no token", 1: "a token"}.get(len(tokens), f"{len(tokens)} tokens")
    return count, shown, ", ".join(each.username for each in tokens if each.username)
