"""`login --start`: keep a pending login for `--finish`, and print its URL."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

from ... import advice
from ...storage.pending import LONGEST_WAIT, Pending
from .begin import drawn

if TYPE_CHECKING:
    from pathlib import Path

    from ..context import Context
    from .destination import Destination
    from .plan import Options, Plan


def start(context: Context, options: Options, planned: Plan, pending: Pending, destination: Destination) -> None:
    """Keep the pending login, and print the URL alone on stdout. Raises `StoreError`."""
    console = context.console
    url = planned.provider.authorize_url(pending.oauth_token, pending.perms)
    context.pending_logins.save(pending)
    try:
        console.say(f'Open this page and click "OK, I\'ll authorize it" ({pending.perms} permission):')
        if options.qr:
            drawn(console, url)
        console.answer(_as_json(pending, url) if options.as_json else url)
    except BaseException:  # nobody has the URL, so nobody can finish this login
        context.pending_logins.remove(pending)
        raise
    if destination.notice:
        console.say(f"The token will be saved in a file ({destination.notice}).")
    console.say("Within 24 hours, complete the login with the code that the page shows:")
    console.say(f"Run: {finish_command(pending, options.apikeys)}")


def finish_command(pending: Pending, apikeys: Path | None) -> str:
    """Write the command that completes a pending login; what the shell's <(...) made is gone by then."""
    keys: object = apikeys
    if apikeys is not None:
        is_piped = str(apikeys).startswith(("/dev/fd/", "/proc/self/fd/")) or str(apikeys) == "-"
        keys = "-" if is_piped else apikeys.absolute()
    return advice.login(finish="CODE", pending=pending.id, apikeys=keys)


def _as_json(pending: Pending, url: str) -> str:
    expires_at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(pending.made_at + LONGEST_WAIT))
    return json.dumps({"url": url, "id": pending.id, "expires_at": expires_at}, indent=2)
