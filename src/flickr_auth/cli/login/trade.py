"""The end of every login: trade the verifier for a token, store it, and check what it is good for."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ...account import Account
from ...errors import PermissionRefused, Refused, Unreachable
from ...protocol import login
from ..console import Console
from ..signals import Held

if TYPE_CHECKING:
    from ...protocol.login import PendingLogin
    from ...provider import Provider
    from ...transport import Transport
    from .destination import Destination

TRIES = 3  # codes that a person may enter: wrong ones, and those entered before the login was approved


def slip(failure: Refused, provider: Provider, left: int) -> str:
    """What is wrong with a code that was refused, and how many tries are left."""
    tries = f"{left} {'try' if left == 1 else 'tries'} left."
    if isinstance(failure, PermissionRefused):
        return f"No one has approved this login yet. {tries}"
    return f"{provider.called} says that this code is wrong. {tries}"


def ended(failure: Refused, provider: Provider, tries: int, command: str) -> Refused:
    """The refusal that ends a login; `command` starts it again."""
    if isinstance(failure, PermissionRefused):
        message = "No one has approved this login yet." if tries < TRIES else "Login ended: no one has approved it."
    elif tries < TRIES:
        message = f"{provider.called} says that this code is wrong."
    else:
        message = f"Login ended after {TRIES} wrong codes."
    return type(failure)(message, f"Run: {command}", failure.problem)


class Trade:
    """What is done with a verifier, whichever way it came."""

    def __init__(self, console: Console, transport: Transport, destination: Destination) -> None:
        self._console = console
        self._transport = transport
        self._destination = destination

    def run(self, pending: PendingLogin, verifier: str) -> Account:
        """Trade the verifier for the token and store it; nothing interrupts that.

        It is sent again only if a person says so: after a failure without an answer nobody knows whether it was used.
        Raises `Refused`, `Unreachable`, `NotKept`, and `NotDone` for a no to replacing a token.
        """
        while True:
            try:
                return self._exchange(pending, verifier)
            except Unreachable as failure:
                if not self._console.is_terminal:
                    raise
                self._console.say(failure.message)  # each time, which a warning is not
                if not self._console.confirm("Try the same code again?"):
                    raise

    def _exchange(self, pending: PendingLogin, verifier: str) -> Account:
        # Signals wait the longest, so that none ends the process before what is held has been tidied away.
        with Held() as held, self._destination.held(), self._saying_wait(held):
            return login.complete(
                self._transport, pending, verifier, lambda account: self._destination.keep(account, held.lifted)
            )

    @contextlib.contextmanager
    def _saying_wait(self, held: Held) -> Iterator[None]:
        """Whoever presses Ctrl-C in this block reads once why it takes effect later."""
        shown = self._transport.waiting
        is_said = False

        def waiting(seconds: float) -> None:
            nonlocal is_said
            if held.came and not is_said:
                is_said = True
                self._console.say("", "Saving the token, please wait...")
            elif shown is not None:
                shown(seconds)

        self._transport.waiting = waiting
        try:
            yield
            if held.came:
                self._console.done("The token is saved.")
        finally:
            self._transport.waiting = shown

    def check(self, account: Account) -> Account:
        """The stored account with what the provider says of it. It stays stored, whatever the answer is.

        Raises `Refused` if the provider rejects the token.
        """
        try:
            checked = login.prove(self._transport, account)
        except Refused as failure:
            raise type(failure)(
                f"The token is stored, but it does not work. {failure.message}", failure.hint
            ) from failure
        except Unreachable as failure:
            self._console.warn(f"The new token could not be checked. {failure.message}")
            return account
        if checked != account:
            self._destination.update(checked)
        return checked
