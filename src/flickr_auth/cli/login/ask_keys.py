"""The first time: what a key is, where to get one, and the two values asked for."""

from __future__ import annotations

from getpass import getpass
from typing import TYPE_CHECKING

from ...account import ConsumerKeys
from ...errors import Error, NotDone
from ...storage import apikeys
from .. import browser
from ..console import Console

if TYPE_CHECKING:
    from ..context import Context

_ABOUT = f"""\
flickr-auth needs an API key: it is how Flickr knows the app that asks, and it comes with a secret of its own.
Flickr gives keys to Pro accounts. To apply, or to look yours up:

  {apikeys.WHERE_FROM}
"""


def ask_keys(context: Context) -> ConsumerKeys:
    """Tell a person at a terminal about keys, ask for both, and offer to keep them in the app folder.

    Raises `NotDone` where they do not come.
    """
    console, environ = context.console, context.environ
    console.say(*_ABOUT.split("\n"))
    if browser.is_there(environ) and console.confirm("Open that page in your browser?"):
        browser.open_page(apikeys.WHERE_FROM, environ)
    keys = _ask_both(console)
    path = apikeys.place(environ)
    if console.confirm(f"Keep them in {path} for the next time? Only you can read it."):
        try:
            apikeys.keep(keys, environ)
        except Error as failure:  # the login can go on without
            console.warn(failure.message)
        else:
            console.say(f"Kept in {path}.")
    return keys


def _ask_both(console: Console) -> ConsumerKeys:
    """The key and the secret, asked for until their shape is right or the person insists."""
    while True:
        key = _answered(console.ask("API key: "))
        secret = _answered(_ask_hidden(console, "API secret (it is not shown): "))
        if apikeys.are_swapped(key, secret):
            console.say("That looks like the secret first and then the key.")
            if console.confirm("Take them the other way round?"):
                key, secret = secret, key
        doubts = [doubt for doubt in (apikeys.doubt("key", key), apikeys.doubt("secret", secret)) if doubt]
        for doubt in doubts:
            console.say(doubt)
        usable = key.isascii() and secret.isascii() and len(key.split()) == len(secret.split()) == 1
        if not doubts or (usable and console.confirm("Use them all the same?")):
            return ConsumerKeys(key, secret, source="what you typed")


def _answered(text: str | None) -> str:
    if text is None:
        raise NotDone("Without an API key there is no login.", "To try without one: flickr-auth login --sandbox")
    return text.strip()


def _ask_hidden(console: Console, question: str) -> str | None:
    try:
        return getpass(question)
    except EOFError:
        console.say()
        return None
