"""Which tools there are: the rows of `printed_tools`, and each other module of this package but `tool` under its own name.

A new printed tool is a row there; one that is read or written is a new file here with a `TOOL` in it.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator

from ..errors import Error
from . import __path__ as _package
from . import printed_tools
from .tool import Tool

_NO_TOOLS = ("registry", "tool", "printed_tools")
_PRINTED = {tool.name: tool for tool in printed_tools.TOOLS}


def names() -> list[str]:
    """The names of all tools, in order; no tool's module is imported for it. It works in a zip file, too.

    Raises `Error` if no module is found, which means that this installation is incomplete or closed to the user.
    """
    modules = (module.name for module in pkgutil.iter_modules(_package) if not module.ispkg)
    found = [name.replace("_", "-") for name in modules if name not in _NO_TOOLS]
    if not found:
        raise Error(
            f"flickr-auth found none of its tools in {_package[0]}.",
            "Fix: make that folder readable, or install flickr-auth again",
        )
    return sorted([*_PRINTED, *found])


def get(name: str) -> Tool:
    """The tool of that name, one of `names()`."""
    if name in _PRINTED:
        return _PRINTED[name]
    tool: Tool = importlib.import_module(f"{__package__}.{name.replace('-', '_')}").TOOL
    return tool


def tools() -> Iterator[Tool]:
    """All tools, in the order of their names."""
    return map(get, names())
