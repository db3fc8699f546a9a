"""The registry of tools: the rows of `printed_tools`, and the `TOOL` of each other module here but `tool`."""

from __future__ import annotations

import functools
import importlib
import pkgutil

from ..errors import Error
from . import __path__ as _package
from . import printed_tools
from .tool import Tool

_NO_TOOLS = ("registry", "tool", "printed_tools")


@functools.cache
def tools() -> dict[str, Tool]:
    """Return all tools under their names, in order; it works in a zip file, too.

    Raises `Error` if no module is found, which means that this installation is incomplete or closed to the user.
    """
    modules = [each.name for each in pkgutil.iter_modules(_package) if not each.ispkg and each.name not in _NO_TOOLS]
    if not modules:
        raise Error(
            f"flickr-auth found none of its tools in {_package[0]}.",
            "Fix: make that folder readable, or install flickr-auth again",
        )
    found = [*printed_tools.TOOLS, *(importlib.import_module(f"{__package__}.{name}").TOOL for name in modules)]
    return {tool.name: tool for tool in sorted(found, key=lambda tool: tool.name)}
