"""The story of a login: plan, pending login, code, token, store, check, report; `--finish` joins it at the code."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ...errors import Error, KeyringError
from ...protocol import verifier
from .begin import begin, leave_pending, show_page
from .codes import Code, Prompt, code_in
from .complete import STILL_PENDING, complete
from .plan import afterwards, finish_command, plan, plan_to_finish
from .report import report

if TYPE_CHECKING:
    from pathlib import Path

    from ...storage.pending import Pending
    from ..context import Context
    from .browser_code import BrowserCode
    from .plan import Options, Plan


def log_in(context: Context, options: Options) -> None:
    """Log in here and now, or with --start leave a pending login."""
    with contextlib.ExitStack() as stack:
        planned = plan(context, options, stack)
        stack.enter_context(_advised(context, planned))
        planned.destination.try_out()
        browser = stack.enter_context(_browser_code(context, options)) if options.callback else None
        transport = stack.enter_context(context.transport(planned.provider, planned.keys))
        pending = begin(transport, planned, browser)
        if options.start:
            leave_pending(context, options, planned, pending)
            return
        show_page(context, options, planned, pending, browser)
        codes = Prompt(context.console, options, planned, pending, browser).codes()
        account = complete(context, transport, planned, pending, codes)
        report(context, planned, account)


def finish(context: Context, options: Options) -> None:
    """Complete a pending login with the code that was given."""
    pasted = _code(context) if options.finish == "-" else options.finish or ""
    pending = context.pending_logins.find(options.pending, verifier.oauth_token_in(pasted))
    with _still_pending(pending, options.apikeys):
        planned = plan_to_finish(context, pending, options.apikeys)
    sent = code_in(pasted, planned, pending)
    with _advised(context, planned):
        with _still_pending(pending, options.apikeys):
            planned.destination.try_out()
        with context.transport(planned.provider, planned.keys) as transport:
            account = complete(context, transport, planned, pending, iter([Code(sent, is_last=True)]))
        report(context, planned, account)


@contextlib.contextmanager
def _advised(context: Context, planned: Plan) -> Iterator[None]:
    """Add the command that helps to whatever fails inside."""
    try:
        yield
    except Error as failure:
        planned.advise(failure, at_terminal=context.console.is_terminal)
        raise


@contextlib.contextmanager
def _still_pending(pending: Pending, apikeys: Path | None) -> Iterator[None]:
    """Let what fails inside, before anything is sent, say that the login goes on, and the command for that."""
    try:
        yield
    except Error as failure:
        message = f"{failure.message} {STILL_PENDING}"
        if isinstance(failure, KeyringError) and not failure.hint.startswith("Fix:"):
            failure.reword(message)  # the same command would fail in the same way
            raise
        if "--token-file" in failure.hint or (pending.token_file and failure.hint.startswith("Try:")):  # all is settled
            failure.reword(hint="Fix: make room for the token there")
        failure.reword(message, afterwards(failure, finish_command(pending, apikeys)))
        raise


def _browser_code(context: Context, options: Options) -> BrowserCode:
    """Listen for the code that a browser sends; loaded for those who ask for it."""
    from .browser_code import BrowserCode

    return BrowserCode(context.console, options.port or 0)


def _code(context: Context) -> str:
    """Read the code from stdin. Raises `NotDone` if there is none."""
    line = context.console.ask("Enter the code: " if context.console.is_terminal else "")
    if not (line or "").strip():
        from ...errors import NotDone

        raise NotDone("No code was entered.", "Try: write it to stdin, or give it as --finish CODE")
    return line or ""
