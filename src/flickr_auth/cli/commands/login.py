"""`flickr-auth login`: what it can be asked, and what goes together."""

from __future__ import annotations

from pathlib import Path

import click

from ...account import PERMS
from ...errors import UsageError
from .. import options
from ..context import Context

# What goes together with --finish: all else was fixed at --start, or is for a login that waits here.
_WITH_FINISH = frozenset({"finish", "pending", "apikeys"})
_NOT_TOGETHER = (
    ("store", "token_file"),
    ("sandbox", "apikeys"),
    ("pin", "callback"),
    ("start", "callback"),
    ("start", "sandbox"),
    ("start", "timeout"),
)
_ONLY_WITH = (("port", "callback"), ("as_json", "start"), ("pending", "finish"))
_FLAGS = {"as_json": "--json", "token_file": "--token-file"}


@options.command("login")
@options.apikeys
@options.option(
    "--perms",
    type=click.Choice(PERMS),
    envvar="FLICKR_AUTH_PERMS",
    default="read",
    show_default=True,
    help="What to ask permission for.",
)
@options.store
@options.file_option("--token-file", envvar="FLICKR_TOKEN_FILE", help="Keep the token alone, in this file.")
@options.option("--pin", is_flag=True, help="Type the code that Flickr shows. This is the default.")
@options.option("--callback", is_flag=True, help="Let the browser bring the code to this machine, or paste it.")
@options.option("--port", type=click.IntRange(1, 65535), help="The port for --callback, as for ssh -L.")
@options.option(
    "--browser/--no-browser",
    envvar="FLICKR_AUTH_BROWSER",
    default=None,
    help="Open the address in a browser, or do not; by default where one is likely to be.",
)
@options.option("--qr", is_flag=True, help="Draw the address as a QR code, too, for a phone.")
@options.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    help="How long to wait for you; 300 with --callback and without a terminal, else without end.",
)
@options.option("--sandbox", is_flag=True, help="Log in to the built-in stand-in for Flickr: no key, no network.")
@options.option("--start", is_flag=True, help="Print the address and end; --finish ends the login later.")
@options.option("--json", "as_json", is_flag=True, help="With --start: print the address and the login's ID as JSON.")
@options.option("--finish", metavar="CODE", help="End a login that was started; - reads the code from stdin.")
@options.option("--pending", metavar="ID", help="With --finish: which login; the newest if not given.")
@options.verbose
@click.pass_context
def command(ctx: click.Context, /, **given: object) -> None:
    """Log in to Flickr and store the token.

    The address to open is printed; at Flickr you say yes and get a code; you type the code here. With --callback the
    browser brings it. With --start and --finish the two halves are two commands.
    """
    context = ctx.find_object(Context) or Context()
    from ..login.flow import LoginFlow, Options

    asked = Options(**_settled(ctx, given))  # type: ignore[arg-type]  # click has checked the types
    if asked.finish is None:
        LoginFlow(context, asked).run()
        return
    from ..login.finish import finish

    finish(context, asked.finish, asked.pending, asked.apikeys)


def _settled(ctx: click.Context, given: dict[str, object]) -> dict[str, object]:
    """The options, with contradictions refused and a flag stronger than a variable."""
    flags = {name for name in given if ctx.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE}
    for one, other in _NOT_TOGETHER:
        if {one, other} <= flags:
            raise UsageError(f"{_flag(one)} and {_flag(other)} cannot go together.", "Leave out one of them.")
    for one, other in _ONLY_WITH:
        if one in flags and other not in flags:
            raise UsageError(f"{_flag(one)} goes with {_flag(other)} alone.", "See flickr-auth login --help")
    if "finish" in flags:
        for each in sorted(flags - _WITH_FINISH):
            raise UsageError(f"{_flag(each)} cannot go with --finish.", "Give it to --start, where all is fixed.")
        return given
    if "store" in flags:
        given["token_file"] = None
    token_file = given["token_file"]
    if isinstance(token_file, Path) and "token_file" not in flags and token_file.exists() and token_file.stat().st_size:
        # A variable may not choose what is overwritten.
        raise UsageError(
            f"FLICKR_TOKEN_FILE names {token_file}, which is there already.",
            f"To replace its token: --token-file {token_file}",
        )
    return given


def _flag(name: str) -> str:
    return _FLAGS.get(name, f"--{name}")
