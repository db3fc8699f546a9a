"""Waiting for the verifier: what a person types or pastes, and what a browser brings, whichever comes first."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from ...errors import NotDone, Refused
from ...protocol import verifier
from ...threads import TimeIsUp
from ..console import Console
from ..stdin import Line
from ..text import plain

if TYPE_CHECKING:
    from ...loopback.callback import Listener
    from ...protocol.login import PendingLogin
    from ...provider import Provider
    from ...sandbox.server import Sandbox

PATIENCE = 300.0  # seconds for a browser, a program or a pipe; a person at a prompt has no limit


class VerifierPrompt:
    """The wait for the verifier of one login.

    With a `listener` the redirect may bring it, and a paste may be faster. At the `sandbox`, an empty line presses OK.
    `timeout` bounds the whole wait, in seconds.
    """

    def __init__(
        self,
        console: Console,
        pending: PendingLogin,
        provider: Provider,
        *,
        sandbox: Sandbox | None = None,
        listener: Listener | None = None,
        timeout: float | None = None,
    ) -> None:
        self._console = console
        self._pending = pending
        self._sandbox = sandbox
        self._listener = listener
        self._any_shape = not (provider.is_flickr or provider.is_sandbox)
        self._reads = True
        self._timeout = timeout or (None if console.is_terminal and listener is None else PATIENCE)
        self._until = None if self._timeout is None else time.monotonic() + self._timeout

    def ask(self) -> str:
        """A verifier to send. Raises `NotDone` where none comes."""
        code = None
        while code is None:
            self._console.prompt(self._question)
            event = self._next_event()
            code = self._typed(event) if isinstance(event, Line) else self._brought(event)
        return code

    @property
    def _question(self) -> str:
        if not self._reads:
            return ""
        if self._listener is not None:
            return "Waiting for your browser. Or paste the code, or the address it was sent to: "
        return "What is the PIN? " if self._sandbox is None else "What is the PIN? (Enter says yes for you) "

    def _next_event(self) -> object:
        left = None if self._until is None else self._until - time.monotonic()
        try:
            return self._console.stdin.wait(left, lines=self._reads)
        except TimeIsUp:
            self._console.discard_typed()
            self._console.say()
            raise NotDone(
                f"No code came within {self._timeout:g} seconds.", "Start again with: flickr-auth login"
            ) from None

    def _brought(self, event: object) -> str | None:
        """What came from the listener: the verifier, or the sign that the browser speaks another language."""
        from ...loopback.callback import Arrived

        self._console.discard_typed()
        self._console.say()
        if isinstance(event, Arrived):
            self._console.say("Your browser has brought the answer.")
            return event.verifier
        self._console.say(
            "Your browser came with https, which nobody speaks here: Flickr has changed the address. In its address bar"
            " make https:// into http:// and press Enter, or paste the whole address here."
        )
        return None

    def _typed(self, line: Line) -> str | None:
        """The verifier in what was typed; None where the wait goes on."""
        self._console.end_line(line)
        text = line.text or ""
        if not text.strip():
            return self._nothing_typed(at_end=line.text is None)
        try:
            return verifier.parse(text, oauth_token=self._pending.request.oauth_token, any_shape=self._any_shape)
        except verifier.Unusual as failure:
            if not self._console.is_terminal:
                raise
            self._console.say(f"{failure.message} {failure.hint}")
            return failure.text if failure.text and self._console.confirm("Send it anyway?") else None

    def _nothing_typed(self, *, at_end: bool) -> str | None:
        if self._sandbox is not None:
            code = self._press_ok(self._sandbox)
            if code is not None:
                return code
        if self._listener is not None:
            if at_end:
                self._reads = False
                self._console.say("Nothing more can be pasted; your browser may still bring the answer.")
            return None
        if at_end or not self._console.is_terminal:
            raise NotDone(
                "The code never came.",
                "Where nobody can type it now: flickr-auth login --start, and later flickr-auth login --finish CODE",
            )
        self._console.say(
            "Type the nine digits that Flickr shows after you said yes. If it shows an error instead, the API key may"
            " be disabled: see https://www.flickr.com/services/apps/by/me - Ctrl-C cancels."
        )
        return None

    def _press_ok(self, sandbox: Sandbox) -> str | None:
        try:
            code = sandbox.press_ok(self._pending.request.oauth_token, self._pending.perms)
        except Refused as failure:
            self._console.say(plain(failure.message))
            return None
        shows = "" if self._listener is not None else f" It shows the code {code}"
        self._console.say(f'Pressed "OK, I\'ll authorize it" at the sandbox.{shows}')
        return code
