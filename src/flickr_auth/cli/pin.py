"""Asking for the code that Flickr shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import verifier
from ..errors import NotDone, Refused
from .console import Console, plain

if TYPE_CHECKING:
    from ..login import PendingLogin
    from ..provider import Provider
    from ..sandbox.server import Sandbox

_PATIENCE = 300.0  # seconds for a program or a pipe to bring the code; a person at a terminal has no limit


class PinPrompt:
    """The question for the code of one login. At the sandbox, an empty line presses OK there."""

    def __init__(
        self, console: Console, pending: PendingLogin, provider: Provider, sandbox: Sandbox | None = None
    ) -> None:
        self._console = console
        self._pending = pending
        self._sandbox = sandbox
        self._any_shape = provider.name not in ("flickr", "sandbox")
        self._patience = None if console.is_terminal else _PATIENCE

    def ask(self) -> str:
        """A verifier to send. Raises `NotDone` where none comes."""
        question = "What is the PIN? " if self._sandbox is None else "What is the PIN? (Enter says yes for you) "
        while True:
            typed = self._console.ask(question, self._patience)
            code = self._understood(typed) if (typed or "").strip() else self._nothing_typed(at_end=typed is None)
            if code:
                return code

    def _understood(self, typed: str | None) -> str | None:
        """The verifier in what was typed; None where the question is to be asked again."""
        try:
            return verifier.parse(typed or "", oauth_token=self._pending.request.oauth_token, any_shape=self._any_shape)
        except verifier.Unusual as failure:
            if not self._console.is_terminal:
                raise
            self._console.say(f"{failure.message} {failure.hint}")
            return failure.text if failure.text and self._console.confirm("Send it anyway?") else None

    def _nothing_typed(self, *, at_end: bool) -> str | None:
        if self._sandbox is not None:
            try:
                code = self._sandbox.press_ok(self._pending.request.oauth_token, self._pending.perms)
            except Refused as failure:
                self._console.say(plain(failure.message))
            else:
                self._console.say(f'Pressed "OK, I\'ll authorize it" at the sandbox. It shows the code {code}')
                return code
        if at_end or not self._console.is_terminal:
            # --start is the way for whoever cannot wait here.
            raise NotDone(
                "The code never came.", "Run flickr-auth login at a terminal, or write the code to its stdin."
            )
        self._console.say(
            "Type the nine digits that Flickr shows after you said yes. If it shows an error instead, the API key may"
            " be disabled: see https://www.flickr.com/services/apps/by/me - Ctrl-C cancels."
        )
        return None
