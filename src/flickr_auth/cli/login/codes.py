"""The codes of a login: what a person types or pastes, and what a browser sends, whichever comes first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ...errors import NotDone, Refused
from ...protocol import verifier
from ...threads import TimeIsUp, Waited
from ..stdin import Line

if TYPE_CHECKING:
    from ...sandbox.server import Sandbox
    from ...storage.pending import Pending
    from ..console import Console
    from .browser_code import BrowserCode
    from .plan import Options, Plan

PATIENCE = 300.0  # seconds for a browser, a program or a pipe; a person at a prompt has no limit
_ADDRESS_BAR = "Try: the whole URL from your browser's address bar, after you approve"
_OFTEN = 60.0  # seconds after which the time that is left is shown again


@dataclass(frozen=True)
class Code:
    """A verifier to send; `from_browser` says that any page may have sent it, `is_last` that no other will come."""

    verifier: str = field(repr=False)
    from_browser: bool = False
    is_last: bool = False


def code_in(text: str, planned: Plan, pending: Pending) -> str:
    """Return the verifier in what was typed or pasted. Raises `Unusual`."""
    whose = planned.provider
    any_shape = not (whose.is_flickr or whose.is_sandbox)
    return verifier.parse(text, oauth_token=pending.oauth_token, any_shape=any_shape)


def yes_or_code(console: Console, question: str, same: str, pending: Pending) -> str | None:
    """Ask whether to send `same`; a person may enter another code instead. Return what to send, None for a no."""
    while True:
        answer = (console.ask(f"{question} [y/N] ") or "").strip()
        if answer.lower() in ("", "n", "no"):
            return None
        if answer.lower() in ("y", "yes"):
            return same
        try:
            return verifier.parse(answer, oauth_token=pending.oauth_token)  # whoever's it is: a word is no code here
        except verifier.Unusual:
            console.say("Please answer y or n, or enter the code.")


class Prompt:
    """The wait for the codes of one login, bounded by --timeout.

    With a `browser` the redirect may send the code, and a paste may be faster. At the sandbox an empty line approves
    the login, as the person whose account is renewed, else as the first one.
    """

    def __init__(
        self, console: Console, options: Options, planned: Plan, pending: Pending, browser: BrowserCode | None
    ) -> None:
        self._console = console
        self._planned = planned
        self._pending = pending
        self._browser = browser
        self._reads = True
        self._timeout = options.timeout or (None if console.is_terminal and browser is None else PATIENCE)
        self._waited = Waited()

    def codes(self) -> Iterator[Code]:
        """Yield codes to send; who asks for another says that the last one was refused. Raises `NotDone`."""
        while True:
            self._console.prompt(self._question)
            event = self._next_event()
            if isinstance(event, Line):
                sent = self._typed(event)
                if sent is not None:
                    yield Code(sent, is_last=not self._console.is_terminal)
            elif event is not None and self._browser is not None:
                sent = self._browser.verifier(event)
                if sent is not None:
                    yield Code(sent, from_browser=True)
                    self._browser.refused()
                    if not self._reads and not self._listens:
                        raise NotDone("No code was received.")

    @property
    def _listens(self) -> bool:
        return self._browser is not None and self._browser.is_open

    @property
    def _question(self) -> str:
        if not self._reads:
            return ""
        enter = "" if self._planned.sandbox is None else "press Enter to approve it here"
        if self._listens:
            return f"Waiting for your browser{self._left}, or {enter or 'paste the final URL'}: "
        by_redirect = "Paste the final URL from your browser's address bar"  # the page shows no code then
        task = "Enter the code it shows" if self._browser is None else by_redirect
        return f"{task}{f' (or {enter})' if enter else ''}: "

    @property
    def _left(self) -> str:
        """The words for the time that is left."""
        if self._timeout is None or not self._console.is_terminal:
            return ""
        if self._waited() < 1:
            return f" (up to {_long(self._timeout)})"
        left = max(0.0, self._timeout - self._waited())
        return f" ({_long(round(left / 60) * 60 if left > 90 else round(left))} left)"

    def _next_event(self) -> object:
        """Wait for what happens next; None if the time that is left is to be shown again."""
        left = None if self._timeout is None else self._timeout - self._waited()
        often = self._listens and self._console.is_terminal and self._reads
        is_last = left is None or left <= _OFTEN or not often
        try:
            return self._console.stdin.wait(left if is_last else _OFTEN, lines=self._reads, waited=self._waited)
        except TimeIsUp:
            self._console.say()
            if not is_last:
                return None
        self._console.discard_typed()
        raise NotDone(f"No code came within {_long(self._timeout or 0)}.")

    def _typed(self, line: Line) -> str | None:
        """Return the verifier in what was typed; None if the wait goes on."""
        self._console.end_line(line)
        text = line.text or ""
        if not text.strip():
            return self._nothing_typed(at_end=line.text is None)
        try:
            return code_in(text, self._planned, self._pending)
        except verifier.Unusual as failure:
            if not self._console.is_terminal:
                raise
            self._console.say(failure.message, failure.hint if self._browser is None else _ADDRESS_BAR)
            if not failure.text:
                return None
            return yes_or_code(self._console, "Send it anyway?", failure.text, self._pending)

    def _nothing_typed(self, *, at_end: bool) -> str | None:
        """Approve at the sandbox, go on waiting for the browser, or say where the code is. Raises `NotDone`."""
        console, sandbox = self._console, self._planned.sandbox
        if sandbox is not None and not (at_end and console.is_terminal):  # the end of input is no person's yes
            code = self._approved(sandbox)
            if code is not None:
                return code
        if self._listens:
            if at_end:
                self._reads = False
                console.say("Input is closed; still waiting for your browser.")
        elif at_end or not console.is_terminal:
            raise NotDone("No code was entered.")
        elif self._browser is not None:
            console.say("After you approve, your browser cannot open a page at 127.0.0.1: its URL has the code.")
        else:
            console.say(
                "The page shows nine digits after you approve. If it shows an error instead, the API key may be"
                " disabled: see https://www.flickr.com/services/apps/by/me (Ctrl-C cancels)"
            )
        return None

    def _approved(self, sandbox: Sandbox) -> str | None:
        """Approve the login at the sandbox, and return its code."""
        from ...sandbox.people import number_of

        renewed = self._planned.renewed
        user = number_of(renewed.user_nsid) if renewed else 0
        try:
            code = sandbox.press_ok(self._pending.oauth_token, self._pending.perms, user)
        except Refused as failure:
            self._console.say(failure.message)
            return None
        self._console.say(f"Approved in the sandbox{'.' if self._listens else f'; the code is {code}.'}")
        return code


def _long(seconds: float) -> str:
    """Write how long that is: 5 minutes, 77 seconds."""
    if seconds >= 60 and not seconds % 60:
        seconds, unit = seconds / 60, "minute"
    else:
        unit = "second"
    return f"{seconds:g} {unit}{'s' * (seconds != 1)}"
