"""The text of --help: made here and not by click, so that it is the same with every release of it."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from textwrap import indent
from typing import Any

import click

from ..program import with_program
from .context import Context
from .text import cells, folded

Rows = list[tuple[str, str]]
_USUAL, _NARROWEST = 80, 40  # columns of a page
_WIDEST = 100  # lines that are longer are hard to read
_NARROW = 66  # below that, the words for an option go below its name
_NO_BREAK = "\0"  # a blank where no line may end
_FIRST = 28  # columns for names; a longer one has a line of its own


def help_page(ctx: click.Context) -> str:
    """Write the help of the context's command."""
    width = min(columns(ctx), _WIDEST)
    return with_program("\n".join(line.rstrip() for line in _lines(ctx, width)).strip("\n").replace(_NO_BREAK, " "))


def columns(ctx: click.Context) -> int:
    """Return how wide a page is: as COLUMNS says, else as stdout is."""
    context = ctx.ensure_object(Context)
    wanted = context.environ.get("COLUMNS", "")
    if wanted.isdecimal() and len(wanted) <= 4 and int(wanted):
        return max(int(wanted), _NARROWEST)
    return context.console.answer_columns() if context.console.answers_terminal else _USUAL


def _lines(ctx: click.Context, width: int) -> Iterator[str]:
    command: Any = ctx.command  # a `Helpful`, which stands above this module
    usage = with_program(f"Usage: {ctx.command_path} {' '.join(command.collect_usage_pieces(ctx))}")
    yield from folded(usage, width)
    for text in inspect.cleandoc(command.help or "").split("\n\n"):
        yield ""
        yield from paragraph(indent(text[2:], "  ") if text.startswith("\b") else text, width)  # as in click
    for title, pairs in _sections(ctx, command):
        yield from ("", f"{title}:", *rows(pairs, width))
    if examples := getattr(command, "examples", ()):
        yield from ("", "Examples:")
        yield from (f"  {each}" for each in examples)  # to be copied as they are


def paragraph(text: str, width: int) -> Iterator[str]:
    """Fold a paragraph; its lines stay as they are if they are indented."""
    if text.startswith("  "):
        for line in text.split("\n"):
            yield from folded(line, width, 4)
    else:
        yield from folded(" ".join(text.split()), width, 0)


def _sections(ctx: click.Context, command: Any) -> Iterator[tuple[str, Rows]]:  # noqa: ANN401  # see above
    left = {max(each.opts, key=len): each for each in command.get_params(ctx) if isinstance(each, click.Option)}
    is_group = isinstance(command, click.Group)
    if is_group:
        yield from command.sections()
    for title, names in getattr(command, "groups", {}).items():
        yield title, [_row(left.pop(name)) for name in names]
    yield "Options", [_row(each) for each in left.values()]
    if not is_group:
        yield from command.sections()


def _row(option: click.Option) -> tuple[str, str]:
    """Return the names of an option with its value, and its help with the variable and the default."""
    names = ", ".join(sorted(option.opts, key=len))
    if option.secondary_opts:
        names += f" / {', '.join(option.secondary_opts)}"
    if not option.is_flag:
        names += f" {_value(option)}"
    variable = f"[env: {option.envvar}]" if option.envvar else ""
    default = f"[default: {option.default}]" if option.show_default else ""
    words = with_program(" ".join(filter(None, (option.help, variable, default))))
    return names, words.replace("env: ", f"env:{_NO_BREAK}").replace("default: ", f"default:{_NO_BREAK}")


def _value(option: click.Option) -> str:
    kind: Any = option.type  # a choice, where the option has no metavar
    return option.metavar or "|".join(map(str, kind.choices))


def rows(pairs: Rows, width: int) -> Iterator[str]:
    """Lay out names and their words in two columns; below each other if it is narrow."""
    first = max((cells(name) for name, _ in pairs if cells(name) <= _FIRST), default=0)
    if width < _NARROW and max(cells(text) for _, text in pairs) > width - first - 4:
        first = 2
    for name, text in pairs:
        lines = folded(text, width - first - 4, 0)
        if cells(name) <= first:
            yield f"  {name}{' ' * (first - cells(name))}  {lines.pop(0)}"
        else:
            yield f"  {name}"
        yield from (" " * (first + 4) + line for line in lines)
