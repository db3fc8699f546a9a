"""`flickr-auth login`: what it can be asked, and what goes together."""

from __future__ import annotations

from pathlib import Path

import click

from ...account import PERMS
from ...errors import UsageError
from .. import options
from ..context import Context

# The options that go together with --finish: all else was fixed at --start, or is for a login that waits here.
_WITH_FINISH = frozenset({"finish", "pending", "apikeys"})
_NOT_TOGETHER = (
    ("store", "token_file"),
    ("account", "token_file"),
    ("account", "apikeys"),
    ("sandbox", "apikeys"),
    ("pin", "callback"),
    ("start", "callback"),
    ("start", "timeout"),
)
_ONLY_WITH = (("port", "callback"), ("as_json", "start"), ("pending", "finish"))
# With --finish these are left out; anything else is what --start has settled.
_NOT_AT_START = frozenset({"pin", "callback", "port", "timeout", "sandbox", "start", "as_json"})
_OUTRANK_CALLBACK = frozenset({"pin", "start"})  # where a variable asks for it
_LONGEST_WAIT = 7 * 24 * 60 * 60.0


@options.command(
    "login",
    groups={
        "Permission and keys": ("--perms", "--account", "--apikeys", "--sandbox"),
        "How you get the code": ("--pin", "--callback", "--port", "--browser", "--qr", "--timeout"),
        "Where the token goes": ("--store", "--token-file"),
        "In two steps": ("--start", "--json", "--finish", "--pending"),
    },
    examples=(
        "flickr-auth login --perms write",
        "flickr-auth login --callback --port 8765",
        "flickr-auth login --start",
        "flickr-auth login --finish 123-456-789",
    ),
)
@options.apikeys
@click.option(
    "--account",
    metavar="ACCOUNT",
    callback=options.not_empty,
    shell_complete=options.complete_account,
    help="Renew this account's token: with its API key, its permission and its store.",
)
@click.option(
    "--perms",
    type=click.Choice(PERMS),
    envvar="FLICKR_AUTH_PERMS",
    help="The permission to ask for. Default: what the account has, else read.",
)
@options.store
@options.file_option(
    "--token-file", envvar="FLICKR_TOKEN_FILE", help="Write only the token to this file; store no account."
)
@click.option("--pin", is_flag=True, help="Enter the code that Flickr shows. This is the default.")
@click.option(
    "--callback",
    is_flag=True,
    envvar="FLICKR_AUTH_CALLBACK",
    help="Receive the code from your browser on this computer, or paste it.",
)
@click.option(
    "--port",
    type=options.PORT,
    metavar="PORT",
    help="Port for --callback; the one to forward with ssh -L.",
)
@click.option(
    "--browser/--no-browser",
    envvar="FLICKR_AUTH_BROWSER",
    default=None,
    help="Open the page in a browser, or don't. Default: open it if there is a display.",
)
@click.option("--qr", is_flag=True, help="Show the URL as a QR code too, for a phone.")
@click.option(
    "--timeout",
    type=options.Number(float, 0.1, _LONGEST_WAIT),
    metavar="SECONDS",
    help="Seconds to wait for the code. Default: no limit; 300 with --callback or without a terminal.",
)
@click.option("--sandbox", is_flag=True, help="Log in to the sandbox; needs no API key and no network.")
@click.option("--start", is_flag=True, help="Print the URL and exit; complete the login with --finish.")
@click.option("--json", "as_json", is_flag=True, help="With --start: print URL, ID and expiry as JSON.")
@click.option("--finish", metavar="CODE", help='Complete a login begun with --start ("-" reads the code from stdin).')
@click.option("--pending", metavar="ID", help="With --finish: which login. Default: the newest.")
@options.verbose
@click.pass_context
def command(ctx: click.Context, /, **given: object) -> None:
    """Log in to Flickr and store the token.

    Open the URL that it prints, approve, and enter the code that Flickr shows. With --callback the browser sends the
    code. With --start and --finish the two halves are two commands.
    """
    context = ctx.ensure_object(Context)
    from ..login.log_in import finish, log_in
    from ..login.plan import Options

    flags = frozenset(
        name for name in given if ctx.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE
    )
    asked = Options(**_settled(context, given, flags), flags=flags)  # type: ignore[arg-type]  # click has checked them
    if asked.finish is None:
        log_in(context, asked)
    else:
        finish(context, asked)


def _settled(context: Context, given: dict[str, object], flags: frozenset[str]) -> dict[str, object]:
    """Refuse options that contradict each other, and let a flag be stronger than a variable."""
    given["callback"] = given["callback"] and ("callback" in flags or not flags & _OUTRANK_CALLBACK)
    for one, other in _NOT_TOGETHER:
        if {one, other} <= flags:
            raise UsageError(f"{_flag(one)} and {_flag(other)} cannot be used together.", "Fix: leave out one of them")
    for one, other in _ONLY_WITH:
        if one in flags and other not in flags and not given[other]:
            raise UsageError(f"{_flag(one)} requires {_flag(other)}.", "Run: flickr-auth login --help")
    _check_stdin(context, given)
    if "finish" in flags:
        for each in sorted(flags - _WITH_FINISH):
            fix = f"leave out {_flag(each)}" if each in _NOT_AT_START else "give it to --start"
            raise UsageError(f"{_flag(each)} cannot be used with --finish.", f"Fix: {fix}")
        return given
    if flags & {"store", "account"}:
        given["token_file"] = None
    if flags & {"account", "sandbox"}:
        given["apikeys"] = None
    token_file = given["token_file"]
    if isinstance(token_file, Path) and "token_file" not in flags:
        from ... import advice
        from ...storage.token_file import refuse_unasked

        perms = given["perms"] if "perms" in flags else None
        refuse_unasked(token_file, advice.login(perms=perms, callback=given["callback"], token_file=token_file))
    return given


def _flag(name: str) -> str:
    return "--json" if name == "as_json" else f"--{name.replace('_', '-')}"


def _check_stdin(context: Context, given: dict[str, object]) -> None:
    """stdin can give the keys or the code, and is no file to write. Raises `UsageError`."""
    if str(given["token_file"]) == "-":
        raise UsageError(
            "--token-file - is for reading; a login writes a file.",
            "Run: flickr-auth login && flickr-auth show --format lines",
        )
    if str(given["apikeys"]) != "-" or context.console.is_terminal:
        return
    if given["finish"] == "-":
        raise UsageError("--apikeys - and --finish - cannot both read stdin.", "Fix: give the code as --finish CODE")
    if not (given["finish"] or given["start"] or given["callback"] or given["sandbox"] or given["account"]):
        raise UsageError(
            "--apikeys - reads the API key from stdin, so the code cannot come from there.",
            "Try: --callback, or --start and later --finish CODE",
        )
