"""The first time: what a key is, where to get one, and the two values asked for."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

from ...account import ConsumerKeys, can_sign
from ...errors import Error, NotDone
from ...protocol.verifier import peeled
from ...storage import apikeys
from .. import browser
from ..console import Console
from ..hidden import hidden_typing
from ..text import path as short_path

if TYPE_CHECKING:
    from ..context import Context

_LABEL = re.compile(r"(?:(?:flickr|api|consumer|app|shared)?[\s_-]*(?:key|secret)\s*[:=]\s*)", re.IGNORECASE)


def ask_keys(context: Context) -> ConsumerKeys:
    """Tell a person at a terminal what keys are, and ask for both. Raises `NotDone` if they do not come."""
    console, environ = context.console, context.environ
    console.say(
        "flickr-auth needs an API key: it tells Flickr which app is asking, and comes with a secret of its own.",
        "Flickr gives keys to Pro accounts. Apply for one, or look yours up:",
    )
    console.url(apikeys.WHERE_FROM)
    console.say("To try it without a key: flickr-auth login --sandbox (Ctrl-C leaves this login)")
    if browser.is_there(environ) and console.confirm("Open that page in your browser?", default=True):
        browser.open_page(apikeys.WHERE_FROM, environ)
    return ask_pair(console)


def offer_to_keep(context: Context, keys: ConsumerKeys) -> None:
    """Offer to keep keys that were typed, now that the provider has accepted them."""
    console, place = context.console, apikeys.place(context.environ)
    console.discard_typed()  # the line end of a paste is no yes
    if console.confirm(
        f"Keep the API key in {short_path(place)} for the next time? Only you can read it.", default=True
    ):
        try:
            apikeys.keep(keys, context.environ)
        except Error as failure:  # the login can go on without
            console.warn(failure.message)
        else:
            console.done(f"API key saved in {short_path(place)}.")


def ask_pair(console: Console) -> ConsumerKeys:
    """Ask for the key and its secret; both lines may be pasted at once, and nothing of the secret is ever shown.

    A value of an unusual shape is asked for again, and accepted if it is entered twice.
    Raises `NotDone` at the end of input.
    """
    pair = _Pair(console)
    with hidden_typing():
        key = pair.key()
        return ConsumerKeys(key, pair.secret(), source="your input")


class _Pair:
    """The two values, asked for without an echo: whoever pastes both lines at once shows no secret."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._secret = ""

    def key(self) -> str:
        """Ask for the API key; a secret that comes before it or on its line is remembered."""
        former = ""
        while True:
            words = self._words("API key: ")
            if len(words) == 2:  # both on one line
                key, secret = reversed(words) if apikeys.are_swapped(*words) else words
                if not self._doubt("key", key) and not self._doubt("secret", secret):
                    self._secret = secret
                    words = [key]
            if len(words) == 1 and not apikeys.doubt("secret", words[0]):
                self._secret = words[0]
                self._console.say("", "That looks like the secret. Now enter the key.")
                continue
            doubt = self._doubt("key", *words)
            if not doubt:
                self._console.say(words[0])
                return words[0]
            if words == [former]:
                self._console.say()
                return former
            former = self._ask_again(doubt, words)

    def secret(self) -> str:
        """Ask for the secret, which is not shown."""
        former = ""
        while not self._secret:
            words = self._words("API secret (hidden): ")
            doubt = self._doubt("secret", *words)
            if not doubt or words == [former]:
                self._secret = words[0]
                self._console.say()
            else:
                former = self._ask_again(doubt, words)
        return self._secret

    def _ask_again(self, doubt: str, words: list[str]) -> str:
        """Say what is wrong; what would be accepted if it came once more, empty if nothing would."""
        usable = len(words) == 1 and can_sign(words[0])
        self._console.say("", f"{doubt} Enter it again{' (enter the same value to use it anyway)' if usable else ''}.")
        return words[0] if usable else ""

    def _doubt(self, name: str, *words: str) -> str:
        """Say in a sentence what is wrong with the value; return an empty one if nothing is."""
        if not words:
            return f"The {name} is empty."
        if len(words) > 1 or not can_sign(words[0]):
            return f"The {name} has spaces or other characters in it that no {name} has."
        return apikeys.doubt(name, words[0])

    def _words(self, question: str) -> list[str]:
        """Return the words that were entered, without the label that a page or a file of keys puts before them."""
        text = self._line(question)
        if text is None:
            raise NotDone("No API key was entered.", "Try: a login that needs no key: flickr-auth login --sandbox")
        words = (peeled(_LABEL.sub("", peeled(text))).split()) if not text.startswith("#") else []
        return [each for each in words if each]

    def _line(self, question: str) -> str | None:
        if sys.platform != "win32":
            return self._console.ask(question)
        from getpass import getpass

        try:
            return getpass(question)
        except EOFError:
            return None
