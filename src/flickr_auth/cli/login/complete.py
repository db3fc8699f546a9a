"""The end of every login: trade a code for the token, store the token, and check what it is good for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from ...account import Account
from ...errors import (
    Error,
    NotKept,
    PermissionRefused,
    Refused,
    StoreError,
    TokenRefused,
    Unreachable,
    VerifierRefused,
)
from ...protocol import login
from ..signals import Held
from .start import finish_command

if TYPE_CHECKING:
    from ...storage.pending import Pending
    from ...transport import Transport
    from ..console import Console
    from ..context import Context
    from .codes import Code
    from .destination import Destination
    from .plan import Plan

TRIES = 3  # codes that a person may enter: wrong ones, and those entered before the login was approved


def complete(
    context: Context,
    transport: Transport,
    planned: Plan,
    pending: Pending,
    destination: Destination,
    codes: Iterator[Code],
) -> Account:
    """Trade the first code that is right for the token, store that, and return the account as the provider knows it.

    A login ends by success, by the third wrong code, and if its request token is gone; after every other failure the
    pending login is kept for --finish. Raises `Refused`, `Unreachable`, `NotKept` and `NotDone`.
    """
    for code in codes:
        try:
            stored = _sent(context.console, transport, pending, code, destination)
        except (VerifierRefused, PermissionRefused) as failure:
            if code.from_browser:
                continue
            pending = replace(pending, refused=pending.refused + 1)
            _count(planned, pending, code, failure)
            if pending.refused >= TRIES or code.is_last:
                _leave(context, planned, pending, failure)
                raise
            context.console.warn(failure.message)
        except Error as failure:
            _leave(context, planned, pending, failure)
            raise
        else:
            return _checked(context, transport, planned, stored)
    raise AssertionError("codes end with a last one")


def _sent(console: Console, transport: Transport, pending: Pending, code: Code, destination: Destination) -> Account:
    """Send the code, and again only if a person says so: without an answer nobody knows whether it was used."""
    while True:
        try:
            return _traded(console, transport, pending, code, destination)
        except Unreachable as failure:
            if not console.is_terminal:
                raise
            console.say(failure.message)  # each time, which a warning is not
            if not console.confirm("Try the same code again?"):
                raise


def _traded(console: Console, transport: Transport, pending: Pending, code: Code, destination: Destination) -> Account:
    """Trade the code for the token and store it; signals wait until that is done."""
    with Held() as held:
        issued = login.trade(transport, pending.request, code.verifier, pending.perms)
        try:
            stored = destination.keep(issued, held.lifted)
        except StoreError as failure:
            page = transport.provider.revoke_url
            problem = f"The token was issued but not kept: {failure.message} To revoke it: {page}"
            raise NotKept(problem, failure.hint) from failure
        if held.came:
            console.done("The token is saved.")
    return stored


def _count(planned: Plan, pending: Pending, code: Code, failure: Refused) -> None:
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
        context.pending_logins.remove(pending)
    elif pending.refused >= TRIES or isinstance(failure, TokenRefused):
        context.pending_logins.remove(pending)
        failure.reword(hint=f"Run: {planned.command()}")
    elif planned.sandbox is not None or not _is_kept(context, pending):  # the built-in sandbox ends with this process
        failure.reword(hint=_afterwards(failure, planned.command()))
    else:
        is_slip = isinstance(failure, VerifierRefused | PermissionRefused)
        message = failure.message if is_slip else f"{failure.message} The login is still pending."
        failure.reword(message, _afterwards(failure, finish_command(pending, planned.apikeys)))


def _is_kept(context: Context, pending: Pending) -> bool:
    try:
        context.pending_logins.save(pending)
    except StoreError as failure:
        context.console.warn(failure.message)
        return False
    return True


def _afterwards(failure: Error, command: str) -> str:
    """Write the hint to run the command, after what has to be fixed first."""
    remedy = failure.hint.removesuffix(".").removesuffix(", then try again")
    is_fixed_first = isinstance(failure, Refused) and remedy.startswith(("Fix:", "Set "))
    return f"{remedy} and run: {command}" if is_fixed_first else f"Run: {command}"


def _checked(context: Context, transport: Transport, planned: Plan, stored: Account) -> Account:
    """Ask the provider what the new token is good for. The token stays stored, whatever the answer is.

    Raises `Refused` if the provider rejects the token.
    """
    try:
        checked = login.prove(transport, stored)
    except Refused as failure:
        message = f"The token is stored, but it does not work. {failure.message}"
        failure.reword(message, failure.hint or f"Run: {planned.command()}")
        raise
    except Unreachable as failure:
        context.console.warn(f"The new token could not be checked. {failure.message}")
        return stored
    if checked != stored and stored.account is not None:  # a token file has no place for it
        context.store.update(checked)
    return checked
