"""The login at a terminal: from the keys to the token, or to a login that waits."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ...account import Account
from ...errors import Error, NoKeys, NotDone, StoreError, Unreachable, UsageError, VerifierRefused
from ..context import Context
from ..text import plain

if TYPE_CHECKING:
    from ...account import ConsumerKeys
    from ...loopback.callback import Listener
    from ...protocol.login import PendingLogin
    from ...provider import Provider
    from ...sandbox.server import Sandbox
    from .destination import Destination
    from .prompt import VerifierPrompt
    from .trade import Trade

_TRIES = 3
_MEANS = {"read": "reading", "write": "reading and writing", "delete": "reading, writing and deleting"}


@dataclass(frozen=True)
class Options:
    """What the command line and the environment ask for."""

    apikeys: Path | None
    perms: str
    store: str
    token_file: Path | None
    pin: bool
    callback: bool
    port: int | None
    browser: bool | None
    qr: bool
    timeout: float | None
    sandbox: bool
    start: bool
    as_json: bool
    finish: str | None
    pending: str | None


class LoginFlow:
    """One run of the command, from the keys to the token, or to the login that waits."""

    def __init__(self, context: Context, asked: Options) -> None:
        self._context = context
        self._console = context.console
        self._asked = asked
        self._sandbox: Sandbox | None = None

    def run(self) -> None:
        """From the keys to the token, or with --start to a login that waits."""
        from ...protocol import login
        from ...protocol.legs import OUT_OF_BAND
        from .destination import Destination
        from .trade import Trade

        asked = self._asked
        if asked.qr:
            from .. import qr

            qr.require()
        with contextlib.ExitStack() as stack:
            provider, keys = stack.enter_context(self._provider())
            destination = Destination(
                self._context.accounts,
                self._console,
                asked.store,
                asked.token_file,
                plain_is_fine=asked.start or provider.is_sandbox,
            )
            destination.try_out()
            if asked.token_file is None:
                self._mind_stronger(provider.name, keys)
            listener = stack.enter_context(self._listener()) if asked.callback else None
            transport = stack.enter_context(self._context.transport(provider, keys))
            pending = login.begin(transport, asked.perms, listener.url if listener else OUT_OF_BAND)
            if listener is not None:
                listener.expect(pending.request.oauth_token)  # before the address is out: browsers are fast
            if asked.start:
                self._start(pending, provider, keys, destination)
                return
            self._show_address(pending, listener)
            prompt = self._prompt(pending, provider, listener)
            trade = Trade(self._console, transport, destination)
            try:
                account = self._complete(pending, prompt, trade)
            except Unreachable as failure:
                raise self._still_waiting(pending, provider, keys, destination, failure) from failure
            trade.finish(account)

    @contextlib.contextmanager
    def _provider(self) -> Iterator[tuple[Provider, ConsumerKeys]]:
        """Whom to log in to, and with which keys; the stand-in runs inside this block."""
        from ... import provider
        from ...storage import apikeys

        whose = provider.wanted({} if self._asked.sandbox else self._context.environ)
        if self._asked.sandbox or whose.is_sandbox:
            from ...sandbox.server import KEYS, Sandbox

            if self._asked.start:
                raise UsageError(
                    "The sandbox of this login would be gone before it is finished.",
                    "Run flickr-auth sandbox, and set the variables that it prints.",
                )
            with Sandbox() as self._sandbox:
                self._console.say("This is the sandbox, a stand-in for Flickr on this machine: no key is needed.")
                yield provider.sandbox(self._sandbox.base_url), KEYS[0]
            return
        try:
            keys = apikeys.find(self._context.environ, self._console.warn, self._asked.apikeys)
        except NoKeys:
            if not self._console.is_terminal:
                raise
            from .ask_keys import ask_keys

            keys = ask_keys(self._context)
        self._console.say(f"Using the API key {keys.api_key[:8]}... from {keys.source}.")
        yield whose, keys

    def _mind_stronger(self, provider_name: str, keys: ConsumerKeys) -> None:
        """A login replaces the token that its person has: where that one may do more, they are asked first."""
        stronger = self._context.accounts.stronger(keys.api_key, provider_name, self._asked.perms)
        if not stronger:
            return
        for each in stronger:
            who, has = each.username or each.id, each.perms
            self._console.say(
                plain(f"{who} has a token with {has} permission; a login as the same person replaces it by one that")
                + f" allows {_MEANS[self._asked.perms]} alone."
            )
        if self._console.is_terminal and not self._console.confirm("Go on?"):
            raise NotDone("Nothing was asked of Flickr.", f"To keep it: flickr-auth login --perms {stronger[0].perms}")

    def _listener(self) -> Listener:
        from ...loopback.callback import Listener

        return Listener(self._console.stdin.events.put, self._asked.port or 0)

    def _prompt(self, pending: PendingLogin, provider: Provider, listener: Listener | None) -> VerifierPrompt:
        from .prompt import VerifierPrompt

        return VerifierPrompt(
            self._console,
            pending,
            provider,
            sandbox=self._sandbox,
            listener=listener,
            timeout=self._asked.timeout,
        )

    def _show_address(self, pending: PendingLogin, listener: Listener | None = None) -> None:
        """The address first, always; a browser is an extra. A QR code is drawn tightly above it, to fit on 24 lines."""
        from .. import browser

        console, environ, wanted = self._console, self._context.environ, self._asked.browser
        if listener is not None:
            console.say(f"Flickr will send your browser to {listener.url} on this machine. If you say no")
            console.say("there, nothing comes here: Ctrl-C cancels.")
        console.say(f"Open this address and say yes to {_MEANS[pending.perms]}:")
        if self._asked.qr and self._draw(pending.authorize_url):
            console.url(pending.authorize_url)
        else:
            console.say()
            console.url(pending.authorize_url)
            console.say()
        if wanted or (wanted is None and browser.is_there(environ)):
            opened = browser.open_page(pending.authorize_url, environ)
            if not self._asked.qr:
                console.say("It should open in your browser now." if opened else "No browser could be started.")

    def _draw(self, address: str) -> bool:
        """Draw the address as a QR code, where there is a terminal that is wide enough; else say why not."""
        from .. import qr

        if not self._console.is_terminal:
            self._console.warn("Only a terminal can show a QR code; the URL itself is enough.")
            return False
        try:
            self._console.draw(qr.drawn(address, columns=self._console.columns()))
        except Error as failure:
            self._console.say(f"{failure.message} {failure.hint}")
            return False
        return True

    def _complete(self, pending: PendingLogin, prompt: VerifierPrompt, trade: Trade) -> Account:
        """Wait for the code until Flickr takes it, three times at the most."""
        for tries_left in reversed(range(_TRIES)):
            verifier = prompt.ask()
            try:
                return trade.run(pending, verifier)
            except VerifierRefused as failure:
                if not tries_left or not self._console.is_terminal:
                    raise
                self._console.say(f"{failure.message} {failure.hint}")
        raise AssertionError("the last try returns or raises")

    def _start(self, pending: PendingLogin, provider: Provider, keys: ConsumerKeys, destination: Destination) -> None:
        """Keep the login for `--finish`, and print the address alone."""
        from .finish import keep_waiting, told

        waiting = keep_waiting(self._context, pending, provider.name, keys, destination)
        if self._asked.qr:
            self._draw(pending.authorize_url)
        self._console.say(f"Open this address and say yes to {_MEANS[pending.perms]}. Within 24 hours, end the login:")
        self._console.say(f"flickr-auth login --finish CODE --pending {waiting.id}")
        self._console.answer(told(pending, waiting, as_json=self._asked.as_json))

    def _still_waiting(
        self,
        pending: PendingLogin,
        provider: Provider,
        keys: ConsumerKeys,
        destination: Destination,
        failure: Unreachable,
    ) -> Unreachable:
        """The failure, with the way to go on: nobody knows whether the code was used, so the login is kept."""
        if self._sandbox is not None:
            return failure
        from .finish import keep_waiting, still_waiting

        try:
            waiting = keep_waiting(self._context, pending, provider.name, keys, destination)
        except StoreError as worse:
            self._console.warn(worse.message)
            return failure
        return type(failure)(failure.message, still_waiting(waiting))
