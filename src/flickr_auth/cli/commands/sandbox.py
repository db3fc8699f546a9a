"""`flickr-auth sandbox`: run the local server that imitates Flickr."""

from __future__ import annotations

import contextlib
import time

import click

from ...errors import Error
from .. import options
from ..context import Context


@options.command("sandbox", examples=("flickr-auth sandbox", "flickr-auth sandbox --port 8765"))
@click.option(
    "--port",
    type=options.Number(int, 0, 65535),
    metavar="PORT",
    default=0,
    help="Port to listen on. Default: a free one.",
)
@options.verbose
@click.pass_obj
def command(context: Context, port: int) -> None:
    """Run a local test server that imitates Flickr.

    It verifies OAuth 1.0a signatures as Flickr does; its people and photos are made up. It prints the variables that
    point a client at it on stdout, as shell commands, and runs until Ctrl-C.
    """
    from ...sandbox.server import KEYS, Sandbox

    console = context.console
    try:
        server = Sandbox(port, log=console.say if context.verbose else None)
    except OSError as failure:
        raise Error(f"Cannot listen on port {port}: {failure.strerror}.", "Try: another --port") from failure
    with server, contextlib.suppress(KeyboardInterrupt):
        console.answer(
            f"export FLICKR_AUTH_BASE_URL={server.base_url}\n"
            f"export FLICKR_API_KEY={KEYS[0].api_key}\n"
            f"export FLICKR_API_SECRET={KEYS[0].api_secret}"
        )
        console.done(f"The sandbox is running at {server.base_url} (Ctrl-C stops it).")
        console.say("Run these three lines in another terminal.", "Next: flickr-auth login")
        while True:
            time.sleep(3600)
    console.say("", "Sandbox stopped.")
