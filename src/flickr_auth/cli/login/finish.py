"""A login in two processes: `--start` prints the URL, `--finish` brings the code, perhaps hours later."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING

from ... import provider
from ...errors import (
    AccountError,
    KeysError,
    NoKeys,
    NotDone,
    PermissionRefused,
    Refused,
    StoreError,
    Unreachable,
    VerifierRefused,
)
from ...protocol import verifier
from ...protocol.login import PendingLogin
from ...storage import apikeys
from ...storage.pending import LONGEST_WAIT, PendingFolder, SavedLogin
from ..text import quoted
from .command_line import again, command_line
from .destination import Destination
from .plan import check_limits, key_of_account, keys_from_stdin
from .report import report
from .trade import TRIES, Trade, ended, slip

if TYPE_CHECKING:
    from ...account import ConsumerKeys
    from ...storage.account_files import Record
    from ..context import Context
    from .plan import Plan


def keep_waiting(context: Context, pending: PendingLogin, plan: Plan, destination: Destination) -> SavedLogin:
    """Let a login wait for `--finish`, with all that is fixed by now. Raises `StoreError`."""
    waiting = SavedLogin(
        oauth_token=pending.request.oauth_token,
        oauth_token_secret=pending.request.oauth_token_secret,
        api_key=plan.keys.api_key,
        provider=plan.provider.name,
        perms=pending.perms,
        store=destination.store,
        token_file=str(destination.path.absolute()) if destination.path is not None else None,
        made_at=time.time(),
        account=plan.renewed.id if plan.renewed is not None else None,
        asks_for_less=destination.asks_for_less,
    )
    folder(context).save(waiting)
    return waiting


def folder(context: Context) -> PendingFolder:
    """The pending logins of this machine."""
    from ...storage.files import app_folder

    return PendingFolder(app_folder(context.environ), context.console.warn)


def answer(pending: PendingLogin, waiting: SavedLogin, *, as_json: bool) -> str:
    """The answer of `--start`: the URL, or the URL with the pending login's ID and when it expires as JSON."""
    if not as_json:
        return pending.authorize_url
    expires_at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(waiting.made_at + LONGEST_WAIT))
    return json.dumps({"url": pending.authorize_url, "id": waiting.id, "expires_at": expires_at}, indent=2)


def finish(context: Context, code: str, pending_id: str | None, named: Path | None) -> None:
    """Complete a pending login. `code` is what a person pasted, or `-` to read it from stdin; `named` is --apikeys.

    The login ends by success and by the provider's refusal, the third one if it is the code that is wrong or early;
    while the provider cannot be reached it goes on waiting.
    """
    check_limits(context)
    pasted = _read(context) if code == "-" else code
    waiting = folder(context).find(pending_id, verifier.oauth_token_in(pasted))
    whose = provider.named(waiting.provider)
    sent = verifier.parse(pasted, oauth_token=waiting.oauth_token, any_shape=not whose.is_flickr)
    keys = _same_keys(context, waiting, named)
    destination = Destination(
        context.accounts,
        context.console,
        waiting.store,
        Path(waiting.token_file) if waiting.token_file else None,
        keys_file=named,
        in_file=_again(context, waiting, named, store="file"),
        plain_is_fine=True,
        asks_for_less=waiting.asks_for_less,
    )
    destination.try_out()
    with context.transport(whose, keys) as transport:
        trade = Trade(context.console, transport, destination)
        pending = PendingLogin(waiting.request, waiting.perms, whose.authorize_url(waiting.oauth_token, waiting.perms))
        try:
            account = trade.run(pending, sent)
        except (VerifierRefused, PermissionRefused) as failure:
            raise _refused(context, waiting, named, failure) from failure
        except Unreachable as failure:
            raise still_waiting(failure, waiting, named) from failure
        except Refused as failure:
            folder(context).remove(waiting)
            raise type(failure)(
                failure.message, f"Run: {_again(context, waiting, named)}", failure.problem
            ) from failure
        folder(context).remove(waiting)
        more = _again(context, waiting, named, perms="write", start=None)
        report(context, trade.check(account), destination, more=more, renewed=_renewed(context, waiting))


def finish_command(waiting: SavedLogin, named: Path | None) -> str:
    """The command that completes a pending login."""
    keys = "" if named is None else f" --apikeys {'-' if again(named) == '-' else quoted(named.absolute())}"
    return f"flickr-auth login --finish CODE --pending {waiting.id}{keys}"


def still_waiting(failure: Unreachable, waiting: SavedLogin, named: Path | None) -> Unreachable:
    """The failure of a login that can be completed later."""
    message = f"{failure.message} The login is still pending."
    return type(failure)(message, f"Run: {finish_command(waiting, named)}")


def _renewed(context: Context, waiting: SavedLogin) -> Record | None:
    """The account that the login was started for; None if none was named, or that one is not here any more."""
    with contextlib.suppress(AccountError, StoreError):
        if waiting.account is not None and context.accounts.folder.has(waiting.account):
            return context.accounts.folder.read(waiting.account)
    return None


def _again(context: Context, waiting: SavedLogin, named: Path | None, **changed: object) -> str:
    """The command that starts a login like the pending one."""
    renewed = _renewed(context, waiting)
    options = {
        "account": context.accounts.short(renewed.id) if renewed is not None else None,
        "apikeys": named if renewed is None else None,
        "perms": None if waiting.perms == "read" else waiting.perms,
        "token_file": waiting.token_file,
        "start": True,
    }
    return command_line(**(options | changed))


def _refused(context: Context, waiting: SavedLogin, named: Path | None, failure: Refused) -> Refused:
    """A slip of the finger ends nothing, as at a terminal; the third one does."""
    refused = waiting.refused + 1
    whose = provider.named(waiting.provider)
    if refused >= TRIES:
        folder(context).remove(waiting)
        return ended(failure, whose, refused, _again(context, waiting, named))
    folder(context).save(dataclasses.replace(waiting, refused=refused))
    hint = f"Run: {finish_command(waiting, named)}"
    return type(failure)(slip(failure, whose, TRIES - refused), hint, failure.problem)


def _same_keys(context: Context, waiting: SavedLogin, named: Path | None) -> ConsumerKeys:
    """The consumer keys that the login was started with: a token belongs to a key."""
    keys, missing = None, None
    try:
        if named is not None and str(named) == "-":
            keys = keys_from_stdin(context)
        else:
            keys = apikeys.find(context.environ, context.console.warn, named)
    except NoKeys as failure:
        missing = failure
    if keys is not None and keys.api_key == waiting.api_key:
        return keys
    stored = key_of_account(context, waiting.api_key) if named is None else None
    if stored is not None:
        return stored
    if keys is None:
        raise missing or NoKeys("There are no API keys.")
    raise KeysError(
        f"The login was started with the API key {waiting.api_key[:8]}..., but {keys.source} has another.",
        "Try: --apikeys with the file that has that key",
    )


def _read(context: Context) -> str:
    line = context.console.ask("Enter the code: " if context.console.is_terminal else "")
    if not (line or "").strip():
        raise NotDone("No code was entered.", "Try: write it to stdin, or give it as --finish CODE")
    return line or ""
