"""The text of --help: made here and not by click, so that it is the same with every release of it."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import click

from .text import cells, folded

Rows = list[tuple[str, str]]
_WIDEST = 100  # lines that are longer are hard to read
_NARROW = 66  # below that, what is said of an option goes below its name
_NO_BREAK = "\0"  # a blank where no line may end
_FIRST = 28  # columns for names; a longer one has a line of its own


def help_page(ctx: click.Context, columns: int) -> str:
    """The help of the context's command in so many columns."""
    width = min(columns, _WIDEST)
    return "\n".join(line.rstrip() for line in _lines(ctx, width)).strip("\n").replace(_NO_BREAK, " ")


def _lines(ctx: click.Context, width: int) -> Iterator[str]:
    command = ctx.command
    yield from folded(f"Usage: {ctx.command_path} {' '.join(command.collect_usage_pieces(ctx))}", width)
    yield from _paragraphs(inspect.cleandoc(command.help or ""), width)
    for title, pairs in _sections(ctx):
        yield from ("", f"{title}:", *rows(pairs, width))
    examples: tuple[str, ...] = getattr(command, "examples", ())
    if examples:
        yield from ("", "Examples:")
        yield from (f"  {each}" for each in examples)  # to be copied as they are


def _paragraphs(text: str, width: int) -> Iterator[str]:
    """The text in paragraphs; one that begins with a line of `\\b` keeps its lines, as in click."""
    for each in text.split("\n\n"):
        yield ""
        yield from paragraph(
            each if not each.startswith("\b") else each[2:].replace("\n", "\n  ").join(("  ", "")), width
        )


def paragraph(text: str, width: int) -> Iterator[str]:
    """A paragraph between blank lines, folded; its lines stay as they are if they are indented."""
    if text.startswith("  "):
        for line in text.split("\n"):
            yield from folded(line, width, 4)
    else:
        yield from folded(" ".join(text.split()), width, 0)


def _sections(ctx: click.Context) -> Iterator[tuple[str, Rows]]:
    command: Any = ctx.command  # a `Helpful`, which stands above this module
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
    """The names of an option with its value, and its help with the variable and the default."""
    names = ", ".join(sorted(option.opts, key=len))
    if option.secondary_opts:
        names += f" / {', '.join(option.secondary_opts)}"
    if not option.is_flag:
        names += f" {_value(option)}"
    read = option.envvar or getattr(option, "read_elsewhere", "")
    variable = f"[env:{_NO_BREAK}{read}]" if read else ""
    default = f"[default:{_NO_BREAK}{option.default}]" if option.show_default else ""
    return names, " ".join(filter(None, (option.help, variable, default)))


def _value(option: click.Option) -> str:
    if option.metavar:
        return option.metavar
    if isinstance(option.type, click.Choice):
        return "|".join(map(str, option.type.choices))
    return "NUMBER" if isinstance(option.type, click.IntRange | click.FloatRange) else option.type.name.upper()


def rows(pairs: Rows, width: int) -> Iterator[str]:
    """Names and what is said of them in two columns; below each other if it is narrow."""
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
