"""The story of a login: plan, pending login, code, token, store, check, report; `--finish` joins it at the code."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

from ...protocol import verifier
from .begin import begin, show_page
from .codes import Code, Prompt
from .complete import complete
from .destination import Destination, InAccounts, InTokenFile
from .plan import plan, plan_to_finish
from .report import report
from .start import start

if TYPE_CHECKING:
    from ..context import Context
    from .browser_code import BrowserCode
    from .plan import Options, Plan


def log_in(context: Context, options: Options) -> None:
    """Log in here and now, or with --start leave a pending login."""
    with contextlib.ExitStack() as stack:
        planned = plan(context, options, stack)
        destination = _chosen_destination(context, options, planned)
        destination.try_out()
        browser = stack.enter_context(_browser_code(context, options)) if options.callback else None
        transport = stack.enter_context(context.transport(planned.provider, planned.keys))
        pending = begin(context, transport, planned, destination, browser)
        if options.start:
            start(context, options, planned, pending, destination)
            return
        show_page(context, options, planned, pending, browser)
        codes = Prompt(context.console, options, planned, pending, browser).codes()
        account = complete(context, transport, planned, pending, destination, codes)
        report(context, account, destination, more=planned.command(perms="write"), renewed=planned.renewed)


def finish(context: Context, options: Options) -> None:
    """Complete a pending login with the code that was given."""
    pasted = _code(context) if options.finish == "-" else options.finish or ""
    pending = context.pending_logins.find(options.pending, verifier.oauth_token_in(pasted))
    planned = plan_to_finish(context, pending, options.apikeys)
    sent = verifier.parse(pasted, oauth_token=pending.oauth_token, any_shape=not planned.provider.is_flickr)
    path = Path(pending.token_file) if pending.token_file else None
    destination = _destination(
        context, planned, pending.store, path, plain_is_fine=True, asks_for_less=pending.asks_for_less
    )
    destination.try_out()
    with context.transport(planned.provider, planned.keys) as transport:
        account = complete(context, transport, planned, pending, destination, iter([Code(sent, is_last=True)]))
    context.pending_logins.remove(pending)
    more = planned.command(perms="write", start=None)
    report(context, account, destination, more=more, renewed=planned.renewed)


def _browser_code(context: Context, options: Options) -> BrowserCode:
    """Listen for the code that a browser sends; loaded for those who ask for it."""
    from .browser_code import BrowserCode

    return BrowserCode(context.console, options.port or 0)


def _chosen_destination(context: Context, options: Options, planned: Plan) -> Destination:
    """Choose the place for the token: where the options say, else where the account that is renewed is kept."""
    store = options.store
    if planned.renewed is not None and "store" not in options.flags:
        store = "file" if planned.renewed.store == "file" else "auto"
    nobody_minds = options.start or planned.sandbox is not None
    is_fine = nobody_minds or (store == "auto" and _is_in_files(context, planned))
    asks = "perms" not in options.flags
    return _destination(context, planned, store, options.token_file, plain_is_fine=is_fine, asks_for_less=asks)


def _destination(
    context: Context, planned: Plan, store: str, path: Path | None, *, plain_is_fine: bool, asks_for_less: bool
) -> Destination:
    in_file = planned.command(store="file", token_file=None)
    if path is not None:
        return InTokenFile(context, path, keys_file=planned.apikeys, in_file=in_file)
    return InAccounts(context, store, in_file=in_file, plain_is_fine=plain_is_fine, asks_for_less=asks_for_less)


def _is_in_files(context: Context, planned: Plan) -> bool:
    """Whether this account, or every account here, is kept in a file already: a person has agreed to that."""
    everyone = [record for record in context.accounts.folder.records() if not record.is_sandbox]
    return any(records and all(record.store == "file" for record in records) for records in (planned.known, everyone))


def _code(context: Context) -> str:
    """Read the code from stdin. Raises `NotDone` if there is none."""
    line = context.console.ask("Enter the code: " if context.console.is_terminal else "")
    if not (line or "").strip():
        from ...errors import NotDone

        raise NotDone("No code was entered.", "Try: write it to stdin, or give it as --finish CODE")
    return line or ""
