"""The end of every login: trade a code for the token, store the token, and check what it is good for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from ...account import Account
from ...errors import (
    Error,
    NotDone,
    NotKept,
    PermissionRefused,
    Refused,
    StoreError,
    TokenRefused,
    Unreachable,
    VerifierRefused,
)
from ...protocol import legs, rest
from ..signals import Held
from .codes import Code, yes_or_code
from .destination import FILE_QUESTION, confirm_replacing
from .plan import afterwards, finish_command

if TYPE_CHECKING:
    from ...storage.pending import Pending
    from ...transport import Transport
    from ..context import Context
    from .plan import Plan

STILL_PENDING = "The login is still pending."
TRIES = 3  # codes that a person may enter: wrong ones, and those entered before the login was approved


def complete(context: Context, transport: Transport, planned: Plan, pending: Pending, codes: Iterator[Code]) -> Account:
    """Trade the first code that is right for the token, store that, and return the account as the provider knows it.

    A login ends by success, by the third wrong code, and if its request token is gone; after every other failure the
    pending login is kept for --finish. Raises `Refused`, `Unreachable`, `NotKept` and `NotDone`.
    """
    code = next(codes)
    while True:
        held = Held()
        try:
            with held:
                outcome = _traded(context, transport, planned, pending, code, held=held)
        except Unreachable as failure:
            if held.came or (again := _sent_again(context, pending, code, failure)) is None:
                raise
            code = again
            continue
        if isinstance(outcome, Account):
            return _checked(context, transport, outcome)
        pending = outcome
        code = next(codes)


def _traded(
    context: Context, transport: Transport, planned: Plan, pending: Pending, code: Code, *, held: Held
) -> Account | Pending:
    """Send one code. Return the account as it is stored or, if the code was wrong, the login that waits for another.

    What else fails ends the login here, and is raised with how to go on.
    """
    try:
        issued = legs.access_token(transport, pending.request, code.verifier, pending.perms)
        stored = _stored(context, planned, issued, held)
        _end(context, pending)
    except Error as failure:
        is_over = not isinstance(failure, VerifierRefused | PermissionRefused)
        if not is_over and not code.from_browser:  # any page may make a browser send one
            pending = replace(pending, refused=pending.refused + 1)
            _count(planned, pending, code, failure)
            is_over = pending.refused >= TRIES or code.is_last
        if is_over or held.came:
            _leave(context, planned, pending, failure)
        if held.came and isinstance(failure, Refused):  # what comes now is the signal
            context.console.say(failure.message, failure.hint)
        if is_over:
            raise
        if not held.came and not code.from_browser:
            context.console.warn(failure.message)
        return pending
    return stored


def _sent_again(context: Context, pending: Pending, code: Code, failure: Unreachable) -> Code | None:
    """Ask for the code to send now, the same or another: without an answer nobody knows whether it was used.

    None ends the login here; what was the matter is on the screen by then, and not in the failure once more.
    """
    console = context.console
    if not console.is_terminal:
        return None
    problem = failure.message.removesuffix(f" {STILL_PENDING}")
    console.say(problem)  # each time, which a warning is not
    try:
        sent = yes_or_code(console, "Try the same code again?", code.verifier, pending)
    except (KeyboardInterrupt, SystemExit):
        console.say("", *([STILL_PENDING] if failure.message != problem else []), failure.hint)
        raise
    if sent is None:
        failure.reword("The login is not complete." if failure.message == problem else STILL_PENDING)
        return None
    return code if sent == code.verifier else Code(sent, is_last=code.is_last)


def _stored(context: Context, planned: Plan, issued: Account, held: Held) -> Account:
    """Store the token that was issued. Raises `NotKept`, and `NotDone` if a person lets a stronger token stay."""
    try:
        stored = _placed(context, planned, issued, partial(_agreed, context, held))
    except NotDone:
        raise
    except (Error, OSError, MemoryError) as failure:
        problem = failure if isinstance(failure, Error) else StoreError(f"{failure or type(failure).__name__}.")
        page = planned.provider.revoke_url
        message = f"The token was issued but not kept: {problem.message} To revoke it: {page}"
        raise NotKept(message, problem.hint.replace(" and try again", "")) from failure
    if held.came:
        context.console.done("The token is saved.")
    return stored


def _placed(context: Context, planned: Plan, issued: Account, agreed: Callable[..., bool]) -> Account:
    """Put the token where the plan says; if that fails, a person may choose a file."""
    destination, console = planned.destination, context.console
    confirm = agreed if planned.asks_for_less and console.is_terminal else None
    try:
        if destination.path is None:
            confirm_replacing(context, issued, confirm)
        return destination.keep(issued)
    except (Error, OSError, MemoryError) as failure:  # whatever it is, the token must not be lost for it
        if isinstance(failure, NotDone) or destination.store == "file" or not console.is_terminal:
            raise
        why = failure.message if isinstance(failure, Error) else f"{failure or type(failure).__name__}."
        console.warn(f"The token was issued, but cannot be kept: {why}")
        if not agreed(FILE_QUESTION, default=True):
            raise
        if destination.path is not None:
            confirm_replacing(context, issued, confirm)
        return context.store.keep(issued, "file")


def _agreed(context: Context, held: Held, question: str, *, default: bool = False) -> bool:
    """Ask while signals wait; Ctrl-C, SIGTERM and a terminal that is gone are a no, and not the last word."""
    try:
        with held.lifted():
            return context.console.confirm(question, default=default)
    except (KeyboardInterrupt, SystemExit):
        context.console.say()
        return False


def _count(planned: Plan, pending: Pending, code: Code, failure: Error) -> None:
    """Let the refusal say what is wrong with the code, and how many tries are left."""
    left = TRIES - pending.refused
    is_early = isinstance(failure, PermissionRefused)
    if left <= 0:
        why = ": no one has approved it." if is_early else f" after {TRIES} wrong codes."
        failure.reword(f"Login ended{why}")
        return
    wrong = f"{planned.provider.called} says that this code is wrong."
    message = "No one has approved this login yet." if is_early else wrong
    is_over = code.is_last and planned.sandbox is not None
    failure.reword(message if is_over else f"{message} {left} {'try' if left == 1 else 'tries'} left.")


def _leave(context: Context, planned: Plan, pending: Pending, failure: Error) -> None:
    """End the login or keep it for --finish; the failure says how to go on."""
    if not isinstance(failure, Refused | Unreachable):  # a token was issued, which used the request token up
        _end(context, pending)
    elif pending.refused >= TRIES or isinstance(failure, TokenRefused):
        _end(context, pending)
        failure.reword(hint=f"Run: {planned.command()}")
    elif planned.sandbox is not None or not _is_kept(context, pending):  # the built-in sandbox ends with this process
        failure.reword(hint=afterwards(failure, planned.command()))
    else:
        is_slip = isinstance(failure, VerifierRefused | PermissionRefused)
        message = failure.message if is_slip else f"{failure.message} {STILL_PENDING}"
        failure.reword(message, afterwards(failure, finish_command(pending, planned.apikeys)))


def _end(context: Context, pending: Pending) -> None:
    """Let no pending login stay, if it was kept at all; without an app folder it was not."""
    with suppress(Error):
        if context.pending_logins.has(pending):
            context.pending_logins.remove(pending)


def _is_kept(context: Context, pending: Pending) -> bool:
    """Keep the login, and tell whether it is kept now; if that fails it may still be as it was at --start."""
    folder = None
    try:
        folder = context.pending_logins
        folder.save(pending)
    except Error as failure:
        context.console.warn(failure.message)
        return folder is not None and folder.has(pending)
    return True


def _checked(context: Context, transport: Transport, stored: Account) -> Account:
    """Ask the provider what the new token is good for. The token stays stored, whatever the answer is.

    Raises `Refused` if the provider rejects the token.
    """
    try:
        checked = rest.check_token(transport, stored)
    except Refused as failure:
        failure.reword(f"The token is stored, but it does not work. {failure.message}")
        raise
    except Unreachable as failure:
        context.console.warn(f"The new token could not be checked. {failure.message}")
        return stored
    if checked != stored and stored.account is not None:  # a token file has no place for it
        context.store.update(checked)
    return checked
