"""The pages of `flickr-auth help TOPIC`: a text file each in `topics/`, and for the tools their own words.

In a file, blocks are separated by blank lines: a paragraph, lines that are indented and stay as they are, or rows of
`name :: what it is`.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import resources

from ..program import with_program
from .help_page import Rows, paragraph, rows

NAMES = ("environment", "exit-codes", "files", "remote", "tools", "python", "sandbox")


def title(name: str) -> str:
    """Return the first line of a topic."""
    return _text(name).partition("\n")[0]


def page(name: str, columns: int) -> str:
    """Lay out the page of a topic in so many columns."""
    blocks = [_block(block, columns) for block in with_program(_text(name)).strip("\n").split("\n\n")]
    if name == "tools":
        blocks += [[f"{title}:", *rows(tools, columns)] for title, tools in _each_tool_once()]
    return "\n\n".join("\n".join(line.rstrip() for line in block) for block in blocks)


def tool_sections(command: str) -> list[tuple[str, Rows]]:
    """List the tools of `export` or `import` with their words, by what is done with them."""
    from ..interop import registry

    tools = registry.tools().values()
    if command == "import":  # what follows a semicolon is about export
        readable = [(tool.name, tool.summary.partition(";")[0]) for tool in tools if tool.importable]
        return [("import reads the file of", readable)]
    sections = {
        "export writes the file of": [tool for tool in tools if tool.written],
        "export prints lines for": [tool for tool in tools if not tool.written],
    }
    return [(title, [(tool.name, tool.summary) for tool in members]) for title, members in sections.items()]


def _each_tool_once() -> Iterator[tuple[str, Rows]]:
    """List every tool with its words, by what export and import do with it."""
    from ..interop import registry

    for is_written, is_read in ((True, True), (True, False), (False, True), (False, False)):
        title = f"export {'writes' if is_written else 'prints lines for'}{', import reads' if is_read else ''}"
        tools = [each for each in registry.tools().values() if (each.written, each.importable) == (is_written, is_read)]
        if tools:
            yield title, [(tool.name, tool.summary) for tool in tools]


def variables() -> list[str]:
    """Return the names of the variables that the topic about them has."""
    return [line.partition(" :: ")[0] for line in _text("environment").splitlines() if line.startswith("FLICKR")]


def _text(name: str) -> str:
    return resources.files(__package__).joinpath("topics", f"{name}.txt").read_text(encoding="utf-8")


def _block(block: str, columns: int) -> list[str]:
    lines = block.split("\n")
    if " :: " in lines[0]:
        pairs = [line.split(" :: ", 1) for line in lines]
        return list(rows([(name, text) for name, text in pairs], columns))
    if block.startswith("  "):  # commands, to be copied as they are
        return lines
    return list(paragraph(block, columns))
