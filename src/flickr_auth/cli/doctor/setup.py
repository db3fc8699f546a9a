"""The things that a login would use: its keys, its provider, and how the provider answers.

One request is made, for a request token, which nobody authorizes and which expires by itself.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ...account import ConsumerKeys
from ...errors import AccountError, Busy, Error, NotConfigured, Refused, StoreError, UsageError
from ..context import Context

if TYPE_CHECKING:
    import click

    from ...provider import Provider
    from ...storage.account_files import Record

_UNKNOWN_KEYS = ConsumerKeys("0" * 32, "0" * 16, "no key")


class Skipped(Exception):
    """There is no point in this check; the text says why."""


@dataclass(frozen=True)
class Reply:
    """How the one request went: the error, how long it took, and how far our clock is ahead of the answer's."""

    error: Error | None
    seconds: float = 0.0
    ahead: float | None = None


class Setup:
    """The things that checks share, each found out once; the sandbox, if that is the provider, runs with the stack."""

    def __init__(
        self, context: Context, options: Sequence[click.Parameter], stack: contextlib.ExitStack, *, offline: bool
    ) -> None:
        self.context = context
        self.environ = context.environ
        self.options = options  # of a login
        self.offline = offline
        self._stack = stack

    @cached_property
    def records(self) -> list[Record]:
        """The stored accounts; a file that cannot be read is left to the accounts' own check."""
        with contextlib.suppress(AccountError, StoreError):
            return list(self.context.accounts.folder.records())
        return []

    @cached_property
    def labels(self) -> dict[str, str]:
        """The name of each account in a sentence."""
        from ..default_account import labels

        return labels(self.context.accounts)

    @cached_property
    def provider(self) -> Provider:
        """Whose endpoints a login would use. Raises `UsageError`."""
        from ... import provider

        return self._stack.enter_context(self.context.provider(provider.wanted(self.environ).name))

    @property
    def host(self) -> str:
        """The provider's host. Raises `Skipped`."""
        return urlsplit(self._provider_or_skip().site).netloc

    def _provider_or_skip(self) -> Provider:
        try:
            return self.provider
        except UsageError:
            raise Skipped("there is no provider to contact") from None

    def proxy(self) -> str | None:
        """The proxy on the way to the provider, None if there is none. Its address may hold a password."""
        from ...transport import Transport

        with Transport(self.provider, _UNKNOWN_KEYS) as transport:
            return transport.proxy(self.provider.site)

    @cached_property
    def keys(self) -> ConsumerKeys:
        """The consumer keys that a login would use. Raises `KeysError`."""
        from ..consumer_keys import find_keys

        return find_keys(self.context, self._provider_or_skip())

    @cached_property
    def reply(self) -> Reply:
        """The provider's answer to a request for a request token. Raises `Skipped`."""
        from ...protocol import legs

        if self.offline:
            raise Skipped("not checked (--offline)")
        provider = self._provider_or_skip()
        try:
            keys = self.keys
        except NotConfigured:  # KeysError, or a file that a variable names and that is missing
            keys = _UNKNOWN_KEYS  # will be refused, and that, too, shows the way and the time
        started = time.monotonic()
        try:
            transport = self._stack.enter_context(self.context.transport(provider, keys))
        except UsageError as failure:
            return Reply(failure)
        error = None
        try:
            legs.request_token(transport)
        except Error as failure:
            error = failure
        seconds = time.monotonic() - started
        answered = error is None or isinstance(error, Refused | Busy)  # else it is some portal's clock
        return Reply(error, seconds, _ahead(transport.server_date) if answered else None)


def _ahead(date: str | None) -> float | None:
    """How many seconds our clock is ahead of a `Date` header (RFC 9110 §6.6.1), None where it tells no time."""
    from email.utils import parsedate_to_datetime

    with contextlib.suppress(ValueError, TypeError, OverflowError):
        return time.time() - parsedate_to_datetime(date or "").timestamp()
    return None
