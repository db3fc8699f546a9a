"""The first time: what a key is, where to get one, and the two values, asked for until the provider accepts them."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

from ...account import ENTERED, ConsumerKeys, can_sign
from ...advice import login
from ...errors import Error, KeyRefused, NotDone, Refused, Unreachable
from ...protocol import legs
from ...protocol.verifier import peeled
from ...provider import APPS_PAGE
from ...storage import apikeys
from ...threads import TimeIsUp
from .. import browser
from ..console import Console
from ..hidden import hidden_typing
from ..stdin import Line
from ..text import path as short_path

if TYPE_CHECKING:
    from ...provider import Provider
    from ..context import Context

_LABEL = re.compile(r"(?:(?:export|flickr|api|consumer|app|shared)[\s_-]*)*(?:key|secret)\s*[:=]\s*", re.IGNORECASE)
_BETWEEN = re.compile("[\\s,:;&|]+")  # a key and its secret on one line
_BOTH = re.compile("[0-9a-f]{48}", re.IGNORECASE)  # a key and its secret in one: sent as a key, no secret any more
_PASTE = 0.3  # seconds in which the next line of a paste arrives


def ask_keys(context: Context, whose: Provider, instead: str, *, or_sandbox: bool) -> ConsumerKeys | None:
    """Tell a person at a terminal what keys are, ask for both until the provider accepts them, and offer to keep them.

    What it refuses is asked for again, and nothing else. With `or_sandbox` Enter is an answer, too: None; `instead` is
    the command line of such a login. Raises `NotDone` if the keys do not come, and what failed if nobody tries again.
    """
    console, environ = context.console, context.environ
    console.say("flickr-auth needs an API key, which tells Flickr which app is asking.")
    console.say("Flickr gives keys to Pro accounts. To apply for one:")
    console.url(apikeys.WHERE_FROM)
    console.say("To look up a key that you have:")
    console.url(APPS_PAGE)
    if browser.is_there(environ) and _confirmed(console, "Open the page to apply in your browser?"):
        browser.open_page(apikeys.WHERE_FROM, environ)
    pair = _Pair(console, instead, or_sandbox=or_sandbox)
    while True:
        with hidden_typing():
            if not pair.ask_key():
                return None
            keys = pair.ask_secret()
            failure = _failure(context, whose, keys)
        console.discard_typed()  # an impatient Enter is no answer to what is asked next
        if failure is None:
            _offer_to_keep(context, keys)
            return keys
        if isinstance(failure, KeyRefused):
            console.fail(failure)
            pair.forget("secret" if "signature" in failure.problem else "key")
            continue
        console.say(failure.message)
        if not _confirmed(console, "Try again?"):
            failure.reword("The API key could not be checked, so it was not saved.")
            raise failure


def ask_pair(console: Console) -> ConsumerKeys:
    """Ask for the key and its secret. Raises `NotDone` at the end of input."""
    pair = _Pair(console, login(sandbox=True))
    with hidden_typing():
        pair.ask_key()
        return pair.ask_secret()


def _failure(context: Context, whose: Provider, keys: ConsumerKeys) -> Refused | Unreachable | None:
    """Try the keys with a request token that nobody will approve; return what failed."""
    try:
        with context.transport(whose, keys) as transport:
            legs.request_token(transport)
    except (Refused, Unreachable) as failure:
        return failure
    return None


def _offer_to_keep(context: Context, keys: ConsumerKeys) -> None:
    """Offer to keep keys that the provider has accepted."""
    console, place = context.console, short_path(apikeys.place(context.environ))
    if _confirmed(console, f"Save the API key and secret in {place} (only you can read it)?"):
        try:
            apikeys.keep(keys, context.environ)
        except Error as failure:  # the login can go on without
            console.warn(failure.message)


def _confirmed(console: Console, question: str) -> bool:
    """Ask a question whose answer is not shown: whoever has both values may paste them there."""
    with hidden_typing(shows_enter=True):
        return console.confirm(question, default=True)


class _Pair:
    """The two values, asked for without an echo: both lines may be pasted at once, and no secret is ever shown.

    A value of an unusual shape is asked for again, and accepted if it is entered twice.
    """

    def __init__(self, console: Console, instead: str, *, or_sandbox: bool = False) -> None:
        self._console = console
        self._instead = instead
        self._or_sandbox = or_sandbox
        self._key = self._secret = ""
        self._is_refused = False  # the key; the secret may be right, or go with it

    def ask_key(self) -> bool:
        """Ask for the key, unless it is there; False for an Enter that means the sandbox. Raises `NotDone`."""
        self._key = self._key or self._typed_key()
        return bool(self._key)

    def ask_secret(self) -> ConsumerKeys:
        """Ask for the secret, unless it is there, and return the pair. Raises `NotDone`."""
        if self._is_refused and _is_secret(_words(self._pasted() or "")):
            self._secret = ""  # it has come with the new key
        self._secret = self._secret or self._typed_secret()
        return ConsumerKeys(self._key, self._secret, source=ENTERED)

    def forget(self, name: str) -> None:
        """Let the `key` or the `secret` be asked for again."""
        self._is_refused = name == "key"
        if self._is_refused:
            self._key = ""
        else:
            self._secret = ""

    def _typed_key(self) -> str:
        """Ask for the API key; a secret that comes before it or on its line is remembered. Empty for the sandbox."""
        former = ""
        while True:
            text = self._line(f"API key{' (or Enter for the sandbox)' if self._or_sandbox else ''}: ")
            if text is None:
                raise NotDone("No API key was entered.", f"Run: {self._instead}")
            if self._or_sandbox and not text.strip() and self._pasted() is None:  # a paste may begin with an empty line
                self._console.say()
                return ""
            words = _words(text)
            if len(words) == 2:  # both on one line
                key, secret = reversed(words) if apikeys.are_swapped(*words) else words
                if not self._doubt("key", key) and not self._doubt("secret", secret):
                    self._secret = secret
                    words = [key]
            if _is_secret(words):
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

    def _typed_secret(self) -> str:
        """Ask for the secret, which is not shown."""
        former = ""
        while True:
            text = self._line("API secret (hidden): ")
            if text is None:
                hint = "Try: write the key and its secret on two lines of a file apikeys"
                raise NotDone("No API secret was entered.", hint)
            words = _words(text)
            if len(words) == 1 and not apikeys.doubt("key", words[0]):
                self._key = words[0]
                self._console.say("", "That looks like a key. Now enter its secret.")
                continue
            doubt = self._doubt("secret", *words)
            if not doubt or words == [former]:
                self._console.say()
                return words[0]
            former = self._ask_again(doubt, words)

    def _pasted(self) -> str | None:
        """Return the line that has come at once behind the last one, as in a paste, and let it be read; else None."""
        if sys.platform == "win32":
            return None
        stdin = self._console.stdin
        try:
            line = stdin.wait(_PASTE)
        except TimeIsUp:
            return None
        stdin.events.put(line)
        return line.text or "" if isinstance(line, Line) else ""

    def _ask_again(self, doubt: str, words: list[str]) -> str:
        """Say what is wrong; what would be accepted if it came once more, empty if nothing would."""
        usable = len(words) == 1 and can_sign(words[0]) and not _BOTH.search(words[0])
        self._console.say("", f"{doubt} Enter it again{' (enter the same value to use it anyway)' if usable else ''}.")
        return words[0] if usable else ""

    def _doubt(self, name: str, *words: str) -> str:
        """Say in a sentence what is wrong with the value; return an empty one if nothing is."""
        if not words:
            return f"The {name} is empty."
        if len(words) > 1 or not can_sign(words[0]):
            return f"The {name} has spaces or other characters in it that no {name} has."
        return apikeys.doubt(name, words[0])

    def _line(self, question: str) -> str | None:
        if sys.platform != "win32":
            return self._console.ask(question)
        from getpass import getpass

        try:
            return getpass(question)
        except EOFError:
            return None


def _words(text: str) -> list[str]:
    """Return the words that were entered, without the label that a page or a file of keys puts before them."""
    if text.startswith("#"):
        return []
    return [each for each in _BETWEEN.split(peeled(_LABEL.sub(" ", peeled(text)))) if each]


def _is_secret(words: list[str]) -> bool:
    return len(words) == 1 and not apikeys.doubt("secret", words[0])
