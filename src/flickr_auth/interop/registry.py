"""Which tools there are: each module of this package but this one and `tool`, under its own name.

A new tool is a new file here with a `TOOL` in it; nothing else has a list of them.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator

from ..errors import Error
from . import __path__ as _package
from .tool import Tool

_NO_TOOLS = ("registry", "tool")


def names() -> list[str]:
    """The names of all tools, in order; no tool is imported for it. It works in a zip file, too.

    Raises `Error` if there are none, which means that this installation is incomplete or closed to the user.
    """
    modules = (module.name for module in pkgutil.iter_modules(_package) if not module.ispkg)
    found = sorted(name.replace("_", "-") for name in modules if name not in _NO_TOOLS)
    if not found:
        raise Error(
            f"flickr-auth found none of its tools in {_package[0]}.",
            "Fix: make that folder readable, or install flickr-auth again",
        )
    return found


def get(name: str) -> Tool:
    """The tool of that name, one of `names()`."""
    tool: Tool = importlib.import_module(f"{__package__}.{name.replace('-', '_')}").TOOL
    return tool


def tools() -> Iterator[Tool]:
    """All tools, in the order of their names."""
    return map(get, names())
