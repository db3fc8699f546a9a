"""The tools of `export` and `import`: the argument TOOL, their list in --help, and what --list prints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ..errors import Error
from ..interop import registry
from ..interop import tool as interop
from ..storage.files import Missing
from .text import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from click.shell_completion import CompletionItem

    from .context import Context


class ToolType(click.ParamType):  # type: ignore[type-arg]  # generic only in the newest click
    """The name of a tool; `is_offered` says of each whether this command has it."""

    name = "tool"

    def __init__(self, is_offered: Callable[[interop.Tool], bool] = lambda _: True) -> None:
        self._is_offered = is_offered

    def tools(self) -> list[interop.Tool]:
        """The tools of the command, in order."""
        return [tool for tool in registry.tools() if self._is_offered(tool)]

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> interop.Tool:  # noqa: ANN401, ARG002  # click's signature
        """The tool of that name; no other is imported."""
        if value in registry.names() and self._is_offered(tool := registry.get(value)):
            return tool
        from difflib import get_close_matches

        names = [tool.name for tool in self.tools()]
        close = get_close_matches(value, names, n=3)
        advice = f"Did you mean {' or '.join(close)}?" if close else f"Choose from: {', '.join(names)}."
        raise click.BadParameter(f"{value!r} is not a tool that {ctx.command.name if ctx else 'it'} knows. {advice}")

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG002  # click's signature
        """The names that begin so, with their words."""
        from click.shell_completion import CompletionItem

        return [
            CompletionItem(tool.name, help=tool.summary) for tool in self.tools() if tool.name.startswith(incomplete)
        ]


class ToolCommand(click.Command):
    """A command whose help ends with its tools."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The tools, by what is done with them."""
        for title, rows in tool_sections(self.name or "").items():
            with formatter.section(title):
                formatter.write_dl(rows)
        super().format_epilog(ctx, formatter)


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
        return _contents(context, tool, place, interop.shown_path(place))
    except Error as failure:
        return "unreadable", "-", failure.message


def _contents(context: Context, tool: interop.Tool, place: Path, shown: str) -> tuple[str, str, str]:
    if not tool.importable:
        return ("a file" if place.is_file() else "nothing"), shown, ""
    try:
        tokens = tool.read(place, context.environ, interop.ignore)
    except Missing:
        return "nothing", shown, ""
    except Error as failure:
        return "unreadable", shown, failure.message
    count = {0: "no token", 1: "a token"}.get(len(tokens), f"{len(tokens)} tokens")
    return count, shown, ", ".join(each.username for each in tokens if each.username)
