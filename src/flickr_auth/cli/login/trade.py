"""The end of every login: trade the verifier for a token, store it, let Flickr say what it is good for, say so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...account import Account
from ...errors import Refused, Unreachable
from ...protocol import login
from ..console import Console
from ..signals import Held
from ..text import plain

if TYPE_CHECKING:
    from ...protocol.login import PendingLogin
    from ...transport import Transport
    from .destination import Destination


class Trade:
    """What is done with a verifier, whichever way it came."""

    def __init__(self, console: Console, transport: Transport, destination: Destination) -> None:
        self._console = console
        self._transport = transport
        self._destination = destination

    def run(self, pending: PendingLogin, verifier: str) -> Account:
        """Trade the verifier for the token and store it; nothing interrupts that.

        It is sent again only if a person says so: after a failure without an answer nobody knows whether it was used.
        Raises `Refused`, `Unreachable` and `NotKept`.
        """
        while True:
            try:
                return self._exchange(pending, verifier)
            except Unreachable as failure:
                if not self._console.is_terminal:
                    raise
                self._console.say(plain(failure.message))
                if not self._console.confirm("Try the same code again?"):
                    raise

    def _exchange(self, pending: PendingLogin, verifier: str) -> Account:
        with Held() as held:

            def keep(account: Account) -> Account:
                if held.came:
                    self._console.say("Saving the token, please wait...")
                return self._destination.keep(account, held.lifted)

            return login.complete(self._transport, pending, verifier, keep)

    def finish(self, account: Account) -> None:
        """Let Flickr say what the stored token is good for, and tell the person. It stays, whatever the answer is.

        Raises `Refused` where Flickr rejects it.
        """
        try:
            proven = login.prove(self._transport, account)
        except Refused as failure:
            raise type(failure)(
                f"The token is stored, but {failure.message[0].lower()}{failure.message[1:]}", failure.hint
            ) from failure
        except Unreachable as failure:
            self._console.warn(f"The new token could not be checked. {failure.message}")
            proven = account
        if proven != account:
            self._destination.update(proven)
        self._report(proven)

    def _report(self, account: Account) -> None:
        at = "" if account.is_flickr else " at the sandbox" if account.is_sandbox else f" at {account.provider}"
        self._console.say(f"Logged in{at} as {plain(account.who)} with {account.perms} permission.")
        self._console.say(f"The token is in {self._destination.where(account)}.")
        if account.perms == "read":
            at_sandbox = "--sandbox " if account.is_sandbox else ""
            self._console.say(f"To ask for more than reading: flickr-auth login {at_sandbox}--perms write")
