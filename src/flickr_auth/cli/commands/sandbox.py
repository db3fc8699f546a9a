"""`flickr-auth sandbox`: serve the stand-in for Flickr."""

from __future__ import annotations

import threading

import click

from ...errors import Error
from .. import options
from ..context import Context


@options.command("sandbox")
@options.option(
    "--port",
    type=options.Number(int, 0, 65535),
    metavar="PORT",
    default=0,
    help="The port to listen on; a free one if not given.",
)
@options.verbose
@click.pass_obj
def command(context: Context, port: int) -> None:
    """Serve a stand-in for Flickr on this machine until Ctrl-C.

    It is a true OAuth 1.0a server with made-up people and photos. The variables that point a client at it are printed
    on stdout, as lines for a shell.
    """
    from ...sandbox.server import KEYS, Sandbox

    console = context.console
    try:
        server = Sandbox(port, log=console.say if context.verbose else None)
    except OSError as failure:
        raise Error(f"Cannot listen on port {port}: {failure.strerror}.", "Choose another --port.") from failure
    with server:
        console.answer(
            f"export FLICKR_AUTH_BASE_URL={server.base_url}\n"
            f"export FLICKR_API_KEY={KEYS[0].api_key}\n"
            f"export FLICKR_API_SECRET={KEYS[0].api_secret}"
        )
        console.say(f"The sandbox listens on {server.base_url} until Ctrl-C.")
        try:
            _wait_for_ever()
        except KeyboardInterrupt:
            console.say("", "The sandbox has stopped.")


def _wait_for_ever() -> None:
    forever = threading.Event()
    while not forever.wait(1.0):  # a wait without end could not be interrupted on Windows
        pass
