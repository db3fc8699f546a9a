"""What `export --list` and `import --list` print: each tool, its usual place, and what is there now."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ..errors import Error
from ..interop import tool as tools
from ..storage.files import Missing
from .console import plain

if TYPE_CHECKING:
    from pathlib import Path

    from .context import Context


def print_list(context: Context, names: Iterable[str]) -> None:
    """A line for each tool, and a second one where there is more to say. No secret is in it."""
    rows = [(name, *_now(context, tools.get(name))) for name in names]
    width = max(len(name) for name, *_ in rows)
    context.console.answer(context.console.answer_styled(f"{'TOOL':{width}}  {'NOW':10}  PLACE"))
    for name, now, place, more in rows:
        context.console.answer(f"{name:{width}}  {now:10}  {plain(place)}")
        if more:
            context.console.answer(" " * (width + 14) + plain(more))


def _now(context: Context, tool: tools.Tool) -> tuple[str, str, str]:
    """What is there now, where that is, and more of it."""
    try:
        place = tool.place(context.environ)
        if place is None:
            return "-", _NO_PLACE[tool.name], ""
        return _held(context, tool, place, tools.shown(place))
    except Error as failure:
        return "unreadable", "-", failure.message


def _held(context: Context, tool: tools.Tool, place: Path, shown: str) -> tuple[str, str, str]:
    if tool.name not in tools.IMPORTS:
        return ("a file" if place.is_file() else "nothing"), shown, ""
    try:
        found = tool.read(place, context.environ, tools.quiet)
    except Missing:
        return "nothing", shown, ""
    except Error as failure:
        return "unreadable", shown, failure.message
    count = {0: "no token", 1: "a token"}.get(len(found), f"{len(found)} tokens")
    return count, shown, ", ".join(each.username for each in found if each.username)


_NO_PLACE = {
    "python-flickr-api": "the file that your script names: --path",
    "flickraw": "the environment of your Ruby script",
}
