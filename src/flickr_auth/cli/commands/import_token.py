"""`flickr-auth import`: a token that another Flickr tool has becomes an account."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ...account import shortened
from ...errors import AccountError, UsageError
from ...interop.tool import STDIN, Tool, decoded
from ...program import quoted
from ...storage.files import Missing
from .. import options, text, topics
from ..context import Context
from ..list_tools import MOST_NAMES, ToolType, more, named_tool, used_path

if TYPE_CHECKING:
    from ...account import Account, ConsumerKeys

_TOOL = ToolType("import")
_DASH = Path("-")


@options.command(
    "import",
    sections=lambda: topics.tool_sections("import"),
    groups={
        "Which token": ("--path", "--account", "--apikeys", "--list"),
        "Where it goes": ("--store", "--unchecked"),
    },
    examples=(
        "flickr-auth import gallery-dl",
        "flickr-auth import token --path ~/backup/token",
    ),
)
@click.argument("tool", type=_TOOL, required=False, metavar="TOOL")
@options.file_option(
    "--path", metavar="FILE", help='The tool\'s file, if it is not in its usual place ("-" reads stdin).'
)
@click.option(
    "--account",
    metavar="ACCOUNT",
    help="Import only the tokens of this username, NSID or API key, if the tool keeps several.",
)
@options.apikeys
@options.store
@click.option("--unchecked", is_flag=True, help="Import the token even if Flickr cannot be reached to check it.")
@click.option("--list", "as_list", is_flag=True, help="List the tools, their files, and what is in them now.")
@options.verbose
@click.pass_obj
def command(
    context: Context,
    *,
    tool: Tool | None,
    path: Path | None,
    account: str | None,
    apikeys: Path | None,
    store: str,
    unchecked: bool,
    as_list: bool,
) -> None:
    """Import a token from another Flickr tool.

    The token is checked with Flickr and stored as an account; the tool's file is not changed. If the tool does not keep
    the API key and its secret, they come from `apikeys`, as for login.

    `import token --path -` also reads what `show --json` prints on another machine.
    """
    from ..login.import_token import import_tokens

    tool = named_tool(context, _TOOL, tool, path, account, as_list=as_list)
    if account is not None and not tool.keeps_several:
        raise UsageError(
            f"--account requires a tool that keeps several tokens; {tool.name} keeps one.", "Try: leave out --account"
        )
    if path == apikeys == _DASH:
        raise UsageError("--path and --apikeys cannot both read stdin.", "Try: name a file in one of them")
    tokens = _tokens(context, tool, path, account)
    given = {"--path": path, "--account": account, "--apikeys": apikeys}
    words = [word for name, value in given.items() if value is not None for word in (name, quoted(value))]
    again = ["flickr-auth", "import", tool.name, *words, *["--unchecked"] * unchecked, "--store file"]
    keys = _keys(context, apikeys)
    import_tokens(context, tool.called or tool.name, tokens, keys, store, in_file=" ".join(again), unchecked=unchecked)


def _tokens(context: Context, tool: Tool, path: Path | None, account: str | None) -> list[Account]:
    """Read the tokens of the tool, and choose those that are meant."""
    warn = context.console.warn
    if path == _DASH:
        if tool.longest == 0:
            raise UsageError(f"{tool.name} keeps its tokens in a database, which stdin cannot be.", "Try: --path FILE")
        content = context.stdin("the content of the token file", tool.longest)
        return _chosen(tool.parse(decoded(content, STDIN), STDIN, warn), STDIN, account)
    place = used_path(tool, path)
    try:
        return _chosen(tool.read(place, warn, named=path is not None), text.path(place), account)
    except Missing as failure:
        hint = "Fix: check the path in --path" if path else f"Try: --path FILE if {tool.name} has its token elsewhere"
        raise Missing(failure.message, hint) from failure


def _chosen(tokens: list[Account], source: str, account: str | None) -> list[Account]:
    """Choose the tokens of `account`, or all. Raises `AccountError` if there is none."""
    if not tokens:
        raise AccountError(f"{source} has no Flickr token.", "Run: flickr-auth import --list")
    if account is None:
        return tokens
    from ...storage.choose import folded

    sought = folded(account)
    chosen = [
        each
        for each in tokens
        if sought in {folded(name) for name in (each.username, each.user_nsid, each.api_key) if name}
    ]
    if not chosen:
        known = sorted({shortened(each.username or each.user_nsid or each.api_key or "") for each in tokens})
        named = " or --account ".join(map(quoted, known[:MOST_NAMES]))
        raise AccountError(f"No token of '{shortened(account)}' in {source}.", f"Try: --account {named}{more(known)}")
    return chosen


def _keys(context: Context, path: Path | None) -> Path | ConsumerKeys | None:
    """Return the file that has the consumer keys; read them if they come from stdin."""
    if path != _DASH:
        return path
    from ...storage import apikeys

    return apikeys.parse(context.stdin("the API key and its secret, each on a line"), STDIN)
