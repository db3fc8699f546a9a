"""A login in two processes: `--start` prints the address, `--finish` brings the code, perhaps hours later."""

from __future__ import annotations

import dataclasses
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING

from ... import provider
from ...errors import KeysError, NotDone, Refused, Unreachable, VerifierRefused
from ...protocol import verifier
from ...protocol.login import PendingLogin
from ...storage import apikeys
from ...storage.pending import PendingFolder, SavedLogin
from .destination import Destination
from .trade import Trade

if TYPE_CHECKING:
    from ...account import ConsumerKeys
    from ..context import Context

_TRIES = 3


def keep_waiting(
    context: Context, pending: PendingLogin, whose: str, keys: ConsumerKeys, destination: Destination
) -> SavedLogin:
    """Let a login wait for `--finish`, with all that is fixed by now. Raises `StoreError`."""
    waiting = SavedLogin(
        oauth_token=pending.request.oauth_token,
        oauth_token_secret=pending.request.oauth_token_secret,
        api_key=keys.api_key,
        provider=whose,
        perms=pending.perms,
        store=destination.store,
        token_file=str(destination.path.absolute()) if destination.path is not None else None,
        made_at=time.time(),
    )
    folder(context).save(waiting)
    return waiting


def folder(context: Context) -> PendingFolder:
    """The logins that wait on this machine."""
    from ...storage.files import app_folder

    return PendingFolder(app_folder(context.environ), context.console.warn)


def told(pending: PendingLogin, waiting: SavedLogin, *, as_json: bool) -> str:
    """The answer of `--start`: the address, or the address with the pending login's ID and its time as JSON."""
    if not as_json:
        return pending.authorize_url
    made_at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(waiting.made_at))
    return json.dumps({"address": pending.authorize_url, "pending": waiting.id, "made_at": made_at}, indent=2)


def finish(context: Context, code: str, pending_id: str | None, named: Path | None) -> None:
    """End a login that waits. `code` is what a person pasted, or `-` to read it from stdin; `named` is --apikeys.

    The login ends by success and by Flickr's refusal, the third one where it is the code that is wrong; while Flickr
    cannot be reached it goes on waiting.
    """
    pasted = _read(context) if code == "-" else code
    waiting = folder(context).find(pending_id, verifier.oauth_token_in(pasted))
    whose = provider.named(waiting.provider)
    sent = verifier.parse(pasted, oauth_token=waiting.oauth_token, any_shape=not whose.is_flickr)
    keys = _same_keys(context, waiting, named)
    path = Path(waiting.token_file) if waiting.token_file else None
    destination = Destination(context.accounts, context.console, waiting.store, path, plain_is_fine=True)
    destination.try_out()
    with context.transport(whose, keys) as transport:
        trade = Trade(context.console, transport, destination)
        pending = PendingLogin(waiting.request, waiting.perms, whose.authorize_url(waiting.oauth_token, waiting.perms))
        try:
            account = trade.run(pending, sent)
        except VerifierRefused as failure:
            raise _wrong_code(context, waiting, failure) from failure
        except Unreachable as failure:
            raise type(failure)(failure.message, still_waiting(waiting)) from failure
        except Refused:
            folder(context).remove(waiting)
            raise
        folder(context).remove(waiting)
        trade.finish(account)


def still_waiting(waiting: SavedLogin) -> str:
    """The hint for a login that goes on waiting."""
    return f"The login goes on waiting. Later: flickr-auth login --finish CODE --pending {waiting.id}"


def _wrong_code(context: Context, waiting: SavedLogin, failure: VerifierRefused) -> VerifierRefused:
    """A slip of the finger ends nothing, as at a terminal; the third one does."""
    refused = waiting.refused + 1
    if refused >= _TRIES:
        folder(context).remove(waiting)
        return VerifierRefused(failure.message, "That was the third one. Start again: flickr-auth login --start")
    folder(context).save(dataclasses.replace(waiting, refused=refused))
    return VerifierRefused(failure.message, f"Check it. {still_waiting(waiting)}", failure.problem)


def _same_keys(context: Context, waiting: SavedLogin, named: Path | None) -> ConsumerKeys:
    """The consumer keys that the login was started with: a token belongs to a key."""
    keys = apikeys.find(context.environ, context.console.warn, named)
    if keys.api_key != waiting.api_key:
        raise KeysError(
            f"The login was started with the API key {waiting.api_key[:8]}..., and {keys.source} has another.",
            "Name the right keys with --apikeys.",
        )
    return keys


def _read(context: Context) -> str:
    line = context.console.ask("What is the PIN? " if context.console.is_terminal else "")
    if not (line or "").strip():
        raise NotDone("The code never came.", "Write it to stdin, or give it as --finish CODE.")
    return line or ""
