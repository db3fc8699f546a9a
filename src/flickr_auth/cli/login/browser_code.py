"""The code that a browser sends to this computer: the listener's life, and what a person reads about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...loopback.callback import Arrived, Listener

if TYPE_CHECKING:
    from typing import Self

    from ..console import Console

_MOST = 3  # refused codes from the browser: any page can make it send one


class BrowserCode:
    """A listener inside a `with` block; what arrives is an event of the console's stdin.

    `is_open` says whether a code can still come. Raises `Error` if it cannot listen.
    """

    def __init__(self, console: Console, port: int) -> None:
        self._console = console
        self._listener = Listener(console.stdin.events.put, port)
        self._refused = 0
        self.is_open = True
        self.url, self.port = self._listener.url, self._listener.port
        self.expect = self._listener.expect

    def __enter__(self) -> Self:
        self._listener.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()

    def verifier(self, event: object) -> str | None:
        """Return the verifier in an event of the listener; None if it has none or comes too late."""
        self._console.discard_typed()
        self._console.say()
        if not self.is_open:
            return None
        if isinstance(event, Arrived):
            self._console.say("Received the code from your browser.")
            return event.verifier
        self._console.warn(
            "Your browser was sent to https:// instead of http://. Change it to http:// in the address bar and press"
            " Enter, or paste the URL here."
        )
        return None

    def refused(self) -> None:
        """Count a code that was refused; after the third nothing more is accepted."""
        self._refused += 1
        self._console.warn(f"The code from your browser was refused ({self._refused} of {_MOST}).")
        if self._refused >= _MOST:
            self.is_open = False
            self._listener.close()
            self._console.warn("Too many wrong codes from your browser; no more are accepted.")
