"""Waiting for the verifier: what a person types or pastes, and what a browser brings, whichever comes first."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ...errors import Error, NotDone, Refused
from ...protocol import verifier
from ...threads import TimeIsUp
from ..console import Console
from ..stdin import Line

if TYPE_CHECKING:
    from ...loopback.callback import Listener
    from ...protocol.login import PendingLogin
    from ...sandbox.server import Sandbox
    from ...storage.account_files import Record
    from .command_line import Options

PATIENCE = 300.0  # seconds for a browser, a program or a pipe; a person at a prompt has no limit
_MOST_BROUGHT = 3  # refused codes that the browser may bring: any page can make it bring one
_OFTEN = 60.0  # seconds after which the time that is left is shown again


@dataclass(frozen=True)
class Code:
    """A verifier to send, and whether the browser has brought it."""

    verifier: str = field(repr=False)
    brought: bool = False


class VerifierPrompt:
    """The wait for the verifier of one login.

    With a `listener` the redirect may bring it, and a paste may be faster. At the `sandbox`, an empty line presses OK,
    as the person whose account is `renewed`, else as the first one.
    The options' timeout bounds the whole wait, in seconds.
    """

    def __init__(
        self,
        console: Console,
        options: Options,
        pending: PendingLogin,
        *,
        any_shape: bool = False,
        sandbox: Sandbox | None = None,
        renewed: Record | None = None,
        listener: Listener | None = None,
    ) -> None:
        self._console = console
        self._options = options
        self._pending = pending
        self._any_shape = any_shape
        self._sandbox = sandbox
        self._renewed = renewed
        self._listener = listener
        self._has_callback = listener is not None  # then the page sends the browser on, and shows no code
        self._reads = True
        self._brought = 0
        self._timeout = options.timeout or (None if console.is_terminal and listener is None else PATIENCE)
        self._until = None if self._timeout is None else time.monotonic() + self._timeout

    def ask(self) -> Code:
        """A verifier to send. Raises `NotDone` if none comes."""
        code = None
        while code is None:
            self._console.prompt(self._question)
            event = self._next_event()
            if isinstance(event, Line):
                code = self._typed(event)
            elif event is not None:
                code = self._brought_by(event)
        return code

    @contextlib.contextmanager
    def closed(self) -> Iterator[None]:
        """Nobody listens inside this block, in which the code is sent: it needs every descriptor that there is.

        After a refusal the listener opens again, until the browser has brought too many wrong codes.
        """
        if self._listener is not None:
            self._listener.close()
        try:
            yield
        except Refused:
            self._listen_again()
            raise

    def refused(self) -> None:
        """Count a code that the browser has brought and that was refused. Raises `NotDone` if nothing more can come."""
        self._brought += 1
        self._console.warn(f"The code from your browser was refused ({self._brought} of {_MOST_BROUGHT}).")
        if self._brought >= _MOST_BROUGHT:
            self._stop_listening("Too many wrong codes from your browser; no more are accepted.")

    def _listen_again(self) -> None:
        if self._listener is not None:
            try:
                self._listener.open()
            except Error as failure:
                self._stop_listening(failure.message)

    def _stop_listening(self, why: str) -> None:
        if self._listener is not None:
            self._listener.close()
        self._listener = None
        self._console.warn(why)
        if not self._reads:
            raise NotDone("No code was received.", f"Run: {self._options.command()}")

    @property
    def _question(self) -> str:
        if not self._reads:
            return ""
        enter = "" if self._sandbox is None else "press Enter to approve for you"
        if self._listener is not None:
            more = f", or {enter}" if enter else ""
            return f"Waiting for your browser{self._left} (or paste the code or the final URL{more}): "
        task = (
            "Paste the final URL from your browser's address bar" if self._has_callback else "Enter the code it shows"
        )
        return f"{task}{f' (or {enter})' if enter else ''}: "

    @property
    def _left(self) -> str:
        """The words for the time that is left."""
        if self._until is None or not self._console.is_terminal:
            return ""
        seconds = max(0, round(self._until - time.monotonic()))
        return f", {seconds // 60}:{seconds % 60:02} left"

    def _next_event(self) -> object:
        """What happens next; None if the time that is left is to be shown again."""
        left = None if self._until is None else self._until - time.monotonic()
        often = self._listener is not None and self._console.is_terminal and self._reads
        is_last = left is None or left <= _OFTEN or not often
        try:
            return self._console.stdin.wait(left if is_last else _OFTEN, lines=self._reads)
        except TimeIsUp:
            if not is_last:
                self._console.say()
                return None
        self._console.discard_typed()
        self._console.say()
        limit = f"{self._timeout:g} second{'s' * (self._timeout != 1)}"
        raise NotDone(f"No code came within {limit}.", f"Run: {self._options.command()}")

    def _brought_by(self, event: object) -> Code | None:
        """What came from the listener: the verifier, or the sign that the browser speaks another language."""
        from ...loopback.callback import Arrived

        self._console.discard_typed()
        self._console.say()
        if self._listener is None:
            return None
        if isinstance(event, Arrived):
            self._console.say("Received the code from your browser.")
            return Code(event.verifier, brought=True)
        self._console.warn(
            "Your browser was sent to https:// instead of http://. Change it to http:// in the address bar and press"
            " Enter, or paste the URL here."
        )
        return None

    def _typed(self, line: Line) -> Code | None:
        """The verifier in what was typed; None if the wait goes on."""
        self._console.end_line(line)
        text = line.text or ""
        if not text.strip():
            return self._nothing_typed(at_end=line.text is None)
        try:
            sent = verifier.parse(text, oauth_token=self._pending.request.oauth_token, any_shape=self._any_shape)
        except verifier.Unusual as failure:
            if not text.isspace() and not verifier.peeled(text):
                return self._nothing_typed(at_end=False)
            if not self._console.is_terminal:
                raise
            self._console.say(failure.message, failure.hint)
            if not (failure.text and self._console.confirm("Send it anyway?")):
                return None
            sent = failure.text
        return Code(sent)

    def _nothing_typed(self, *, at_end: bool) -> Code | None:
        at_terminal = self._console.is_terminal
        if self._sandbox is not None and not (at_end and at_terminal):  # the end of input is never a yes of a person
            code = self._press_ok(self._sandbox)
            if code is not None:
                return code
        if self._listener is not None:
            if at_end:
                self._reads = False
                self._console.say("Input is closed; still waiting for your browser.")
            return None
        if at_end or not at_terminal:
            raise NotDone("No code was entered.", self._way_on())
        if self._has_callback:
            self._console.say("After you approve, your browser cannot open a page at 127.0.0.1: its URL has the code.")
            return None
        self._console.say(
            "The page shows nine digits after you approve. If it shows an error instead, the API key may be disabled:"
            " see https://www.flickr.com/services/apps/by/me (Ctrl-C cancels)"
        )
        return None

    def _way_on(self) -> str:
        options = self._options
        if self._console.is_terminal or self._sandbox is not None:
            return f"Run: {options.command()}"
        return f"Run: {options.command(start=True, callback=None, port=None, timeout=None)}"

    def _press_ok(self, sandbox: Sandbox) -> Code | None:
        from ...sandbox.people import number_of

        user = number_of(self._renewed.user_nsid) if self._renewed else 0
        try:
            code = sandbox.press_ok(self._pending.request.oauth_token, self._pending.perms, user)
        except Refused as failure:
            self._console.say(failure.message)
            return None
        shown = "." if self._listener is not None else f"; the code is {code}."
        self._console.say(f"Approved in the sandbox{shown}")
        return Code(code)
