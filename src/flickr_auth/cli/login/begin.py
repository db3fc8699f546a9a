"""The beginning of a login: the request token makes a pending login, and a person is shown its page."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

from ...errors import Error
from ...protocol import legs
from ...storage.pending import LONGEST_WAIT, Pending
from .. import browser as browsers
from .plan import finish_command

if TYPE_CHECKING:
    from ...transport import Transport
    from ..console import Console
    from ..context import Context
    from .browser_code import BrowserCode
    from .plan import Options, Plan


def begin(transport: Transport, planned: Plan, browser: BrowserCode | None) -> Pending:
    """Ask for a request token; all that is settled goes with it.

    Raises `Refused` and `Unreachable`.
    """
    request = legs.request_token(transport, browser.url if browser is not None else legs.OUT_OF_BAND)
    if browser is not None:
        browser.expect(request.oauth_token)  # before the URL is out: browsers are fast
    path = planned.destination.path
    return Pending(
        oauth_token=request.oauth_token,
        oauth_token_secret=request.oauth_token_secret,
        api_key=planned.keys.api_key,
        provider=planned.provider.name,
        perms=planned.perms,
        store=planned.destination.store,
        token_file=str(path.absolute()) if path is not None else None,
        made_at=time.time(),
        account=planned.renewed.id if planned.renewed is not None else None,
        asks_for_less=planned.asks_for_less,
        replaces=planned.destination.replaces,
    )


def show_page(
    context: Context, options: Options, planned: Plan, pending: Pending, browser: BrowserCode | None = None
) -> None:
    """Show the page to approve, the one URL on the screen, and open it in a browser if one is there."""
    console, environ = context.console, context.environ
    url = planned.provider.authorize_url(pending.oauth_token, pending.perms)
    console.say(_task(pending))
    is_drawn = options.qr and _drawn(console, url)
    console.url(url, apart=not is_drawn)  # tightly below the code, to fit on 24 lines
    if browser is not None:
        console.say('Your browser is then sent back here. If you click "No thanks", press Ctrl-C.')
        if tunnel := browsers.tunnel(environ, browser.port):
            console.say("This is an SSH session. To forward the port, on your own computer:", f"Run: {tunnel}")
    if options.browser or (options.browser is None and browsers.is_there(environ)):
        opened = browsers.open_page(url, environ)
        if not options.qr:
            console.say("Opening it in your browser..." if opened else "No browser could be started.")


def leave_pending(context: Context, options: Options, planned: Plan, pending: Pending) -> None:
    """Keep the pending login for --finish, and print its URL alone on stdout. Raises `StoreError`."""
    console = context.console
    url = planned.provider.authorize_url(pending.oauth_token, pending.perms)
    context.pending_logins.save(pending)
    context.pending_logins.tidy()
    try:
        console.say(_task(pending))
        if options.qr:
            _drawn(console, url)
        console.answer(_as_json(pending, url) if options.as_json else url)
    except BaseException:  # nobody has the URL, so nobody can finish this login
        context.pending_logins.remove(pending)
        raise
    console.say("Then enter the code it shows, within 24 hours:", f"Run: {finish_command(pending, planned.apikeys)}")


def _task(pending: Pending) -> str:
    return f'Open this page and click "OK, I\'ll authorize it" ({pending.perms} permission):'


def _drawn(console: Console, url: str) -> bool:
    """Draw the URL as a QR code if a terminal can show it; else say why not, and return False."""
    from .. import qr

    if not console.is_terminal:
        console.warn("Only a terminal can show a QR code; the URL itself is enough.")
        return False
    try:
        console.draw(qr.drawn(url, columns=console.columns(), encoding=console.encoding))
    except Error as failure:
        console.warn(failure.message)
        console.say(failure.hint)
        return False
    return True


def _as_json(pending: Pending, url: str) -> str:
    expires_at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(pending.made_at + LONGEST_WAIT))
    return json.dumps({"url": url, "id": pending.id, "expires_at": expires_at}, indent=2)
