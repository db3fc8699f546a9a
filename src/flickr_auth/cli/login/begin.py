"""The beginning of a login: the request token makes a pending login, and its page is shown."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from ...errors import Error, TokenRefused
from ...protocol import legs
from ...storage.pending import Pending
from .. import browser as browsers

if TYPE_CHECKING:
    from ...transport import Transport
    from ..console import Console
    from ..context import Context
    from .browser_code import BrowserCode
    from .destination import Destination
    from .plan import Options, Plan


def begin(
    context: Context, transport: Transport, planned: Plan, destination: Destination, browser: BrowserCode | None
) -> Pending:
    """Ask for a request token; all that is settled goes with it. Keys that were typed can be kept from now on.

    Raises `Refused` and `Unreachable`.
    """
    try:
        request = legs.request_token(transport, browser.url if browser is not None else legs.OUT_OF_BAND)
    except TokenRefused as failure:
        failure.reword(hint=f"Run: {planned.command()}")
        raise
    if browser is not None:
        browser.expect(request.oauth_token)  # before the URL is out: browsers are fast
    if planned.typed:
        from .ask_keys import offer_to_keep

        offer_to_keep(context, planned.keys)
    return Pending(
        oauth_token=request.oauth_token,
        oauth_token_secret=request.oauth_token_secret,
        api_key=planned.keys.api_key,
        provider=planned.provider.name,
        perms=planned.perms,
        store=destination.store,
        token_file=str(destination.path.absolute()) if destination.path is not None else None,
        made_at=time.time(),
        account=planned.renewed.id if planned.renewed is not None else None,
        asks_for_less=destination.asks_for_less,
    )


def show_page(
    context: Context, options: Options, planned: Plan, pending: Pending, browser: BrowserCode | None = None
) -> None:
    """Show the page to approve, the first URL on the screen, and open it in a browser if one is there."""
    console, environ = context.console, context.environ
    url = planned.provider.authorize_url(pending.oauth_token, pending.perms)
    console.say(f'Open this page and click "OK, I\'ll authorize it" ({pending.perms} permission):')
    if options.qr and drawn(console, url):  # tightly above the URL, to fit on 24 lines
        console.url(url)
    else:
        console.say()
        console.url(url)
        console.say()
    if browser is not None:
        console.say(f"{planned.provider.called} will send your browser to {browser.url} on this computer.")
        console.say('If you click "No thanks", flickr-auth is not told; press Ctrl-C to cancel.')
        if tunnel := browsers.tunnel(environ, browser.port):
            console.say("This is an SSH session. To forward the port, on your own computer:", f"Run: {tunnel}")
    if options.browser or (options.browser is None and browsers.is_there(environ)):
        opened = browsers.open_page(url, environ)
        if not options.qr:
            console.say("Opening it in your browser..." if opened else "No browser could be started.")


def drawn(console: Console, url: str) -> bool:
    """Draw the URL as a QR code if a terminal can show it; else say why not, and return False."""
    from .. import qr

    if not console.is_terminal:
        console.warn("Only a terminal can show a QR code; the URL itself is enough.")
        return False
    try:
        console.draw(qr.drawn(url, columns=console.columns(), encoding=console.encoding))
    except Error as failure:
        console.warn(f"{failure.message} {failure.hint}")
        return False
    return True
