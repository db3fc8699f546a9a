"""`flickr-auth import`: a token that another Flickr tool has, as an account."""

from __future__ import annotations

from pathlib import Path

import click

from ..errors import UsageError
from ..interop import tool as tools
from . import options
from .context import Context


@click.command("import")
@click.argument("tool", type=click.Choice(tools.IMPORTS), required=False, metavar="TOOL")
@options.file_option("--path", help="The tool's file, where it is not in its usual place.")
@click.option(
    "--account",
    metavar="NAME",
    help="Of flickrapi's tokens, those of this username, NSID or API key; all if not given.",
)
@options.apikeys
@options.store
@click.option("--unchecked", is_flag=True, help="Keep the token although Flickr cannot be reached to check it.")
@click.option("--list", "as_list", is_flag=True, help="List the tools, their usual places, and what is there now.")
@options.verbose
@click.pass_obj
def command(
    context: Context,
    *,
    tool: str | None,
    path: Path | None,
    account: str | None,
    apikeys: Path | None,
    store: str,
    unchecked: bool,
    as_list: bool,
) -> None:
    """Take over a token that another Flickr tool has: it is read, checked with Flickr, and stored as an account.

    The tool's file is not touched. A token that Flickr rejects is not stored. Where the tool does not keep the API key
    and its secret, they come from `apikeys`, as for login.

    \b
    Tools: flickrapi gallery-dl flickr-download python-flickr-api token
           flickcurl
    """
    if as_list:
        if tool or path or account:
            raise UsageError("--list goes alone.", "See flickr-auth import --help")
        from .tools import print_list

        print_list(context, tools.IMPORTS)
        return
    if tool is None:
        raise UsageError("No tool is named.", f"There is: {', '.join(tools.IMPORTS)}")
    if account is not None and tool != "flickrapi":
        raise UsageError("--account goes with flickrapi alone, which keeps several tokens.", "Leave it out.")
    from .taking_over import TakingOver

    source = tools.get(tool)
    place = path or source.place(context.environ)
    if place is None:
        raise UsageError(f"{tool} has no usual place for its token.", "Name the file: --path PATH")
    found = source.read(place, context.environ, context.console.warn, named=path is not None)
    TakingOver(context, tool, store, apikeys, unchecked=unchecked).run(found, place, account)
