"""The things that commands are handed: the environment, the console, and what is costly, made when first asked for."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from .console import Console

if TYPE_CHECKING:
    from ..account import Account, ConsumerKeys
    from ..provider import Provider
    from ..storage.choose import Accounts
    from ..storage.keyring import KeyringStore
    from ..storage.pending import PendingFolder
    from ..storage.store import Store
    from ..transport import Transport
    from ..transport.calls_per_hour import CallsPerHour


class Context:
    """One run of the program."""

    def __init__(self, environ: Mapping[str, str] = os.environ, console: Console | None = None) -> None:
        self.environ = environ
        self.console = console or Console(environ)
        self.verbose = False

    @cached_property
    def accounts(self) -> Accounts:
        """The accounts of this machine."""
        from ..storage.choose import Accounts

        return Accounts(self.environ, lambda: self.keyring, self.console.warn, self.stdin)

    @cached_property
    def store(self) -> Store:
        """The store of the accounts of this machine."""
        from ..storage.store import Store

        return Store(self.accounts.folder, lambda: self.keyring)

    def stdin(self, expected: str, longest: int = 0) -> bytes:
        """All of stdin; a person at a terminal reads what to paste and how to end it. Raises `NotConfigured`."""
        from ..errors import NotConfigured
        from ..storage.files import LONGEST

        longest = longest or LONGEST
        if self.console.is_terminal:
            end = "Ctrl-Z and Enter" if os.name == "nt" else "Ctrl-D"
            self.console.say(f"Paste {expected}, then press Enter and {end}:")
        content = self.console.stdin.whole(longest)
        if not content.strip():
            raise NotConfigured(f"stdin is empty; expected {expected}.", "Try: name a file instead of -")
        if len(content) > longest:
            raise NotConfigured(f"stdin is too long: more than {longest:,} bytes.", f"Fix: send only {expected}")
        return content

    @cached_property
    def keyring(self) -> KeyringStore:
        """The keyring of this machine."""
        from ..storage.keyring import KeyringStore, unusual_folder
        from ..threads import limit

        # Somebody at a terminal may be looking for the password of the keyring; nobody else will come.
        seconds = limit(self.environ, "FLICKR_AUTH_KEYRING_TIMEOUT", 60 if self.console.is_terminal else 15)
        waiting = "Waiting for the keyring to be unlocked..."
        return KeyringStore(seconds, lambda: self.console.say(waiting), unusual_folder(self.environ))

    @cached_property
    def pending_logins(self) -> PendingFolder:
        """The pending logins of this machine."""
        from ..storage.files import own_app_folder
        from ..storage.pending import PendingFolder

        return PendingFolder(own_app_folder(self.environ, self.console.warn), self.console.warn)

    def transport(
        self,
        provider: Provider,
        keys: ConsumerKeys,
        notice: Callable[[str], None] | None = None,
        at_most: float | None = None,
        calls: CallsPerHour | None = None,
    ) -> Transport:
        """Open a connection to the provider. `notice`, else the console, gets a line for each retry.

        A request has the seconds that the environment allows, and no more than `at_most`. `calls` counts them.
        """
        from ..threads import limit
        from ..transport import DEADLINE, Transport

        allowed = limit(self.environ, "FLICKR_AUTH_HTTP_TIMEOUT", DEADLINE)
        timeout = allowed if at_most is None else min(at_most, allowed)
        trace = self.console.say if self.verbose else None
        notice = notice or self.console.say
        waiting = self._show_waiting(provider) if self.console.is_terminal else None
        return Transport(provider, keys, timeout=timeout, trace=trace, notice=notice, waiting=waiting, calls=calls)

    def calls(self, api_key: str, provider: Provider, *, waits: bool = True) -> CallsPerHour | None:
        """Find the count of the calls of a key; None if they are not counted. With `waits` a call waits for room.

        A person sees that in place, a script gets one line.
        """
        from ..storage.files import calls_folder
        from ..transport.calls_per_hour import counted

        show = self.console.progress if self.console.is_terminal else self.console.warn
        return counted(self.environ, calls_folder(self.environ), api_key, provider, show if waits else None)

    def _show_waiting(self, provider: Provider) -> Callable[[float], None]:
        """Make what shows that an answer takes long, in the main thread alone: others wait for many at once."""
        from threading import current_thread, main_thread

        def show(seconds: float) -> None:
            if current_thread() is main_thread():
                self.console.progress(f"Waiting for {provider.called_inside}, {seconds:.0f} s...")

        return show

    @contextlib.contextmanager
    def advising(self, account: Account, token_file: object = None) -> Iterator[None]:
        """Add the login that helps to a refusal of the account's token, which may come from `token_file`."""
        from ..errors import PermissionRefused, TokenRefused

        try:
            yield
        except (TokenRefused, PermissionRefused) as failure:
            from .. import advice

            name = self.accounts.short(account.account) if account.account else None
            source = token_file or self.environ.get("FLICKR_TOKEN_FILE")
            advice.advise(failure, account, source, name)
            raise

    @contextlib.contextmanager
    def provider(self, name: str) -> Iterator[Provider]:
        """Find the provider that an account remembers by that name; the sandbox runs inside this block."""
        from ..account import SANDBOX
        from ..provider import named, sandbox

        if name == SANDBOX:
            from ..sandbox.server import Sandbox

            with Sandbox() as running:
                yield sandbox(running.base_url)
        else:
            yield named(name)

    @contextlib.contextmanager
    def connection(
        self,
        account: Account,
        token_file: object = None,
        notice: Callable[[str], None] | None = None,
        *,
        waits: bool = True,
    ) -> Iterator[Transport]:
        """Open a connection to the account's provider, signed with its keys, inside this block.

        `token_file` is the file that the token came from, if it did; `notice` is as in `transport`, `waits` in `calls`.
        """
        keys = account.keys
        with (
            self.advising(account, token_file),
            self.provider(account.provider) as provider,
            self.transport(provider, keys, notice, calls=self.calls(keys.api_key, provider, waits=waits)) as transport,
        ):
            yield transport
