"""The line that a check adds to the report, and what checks share: the keys, the provider and how it answers.

One request is made, for a request token, which nobody authorizes and which expires by itself.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from ...account import ConsumerKeys
from ...errors import Busy, Error, NoAnswer, NotConfigured, NotSent, Refused, StoreError, UsageError
from ..context import Context

if TYPE_CHECKING:
    from ...provider import Provider
    from ...storage.record import Record

PASS, WARNING, FAIL, SKIPPED = "pass", "warning", "fail", "skipped"
ELSEWHERE = "Fix: set FLICKR_AUTH_HOME to a folder that you can write to"
_PATIENCE = 17.0  # seconds; three tries of a connection, and a person who looks for the reason
_NO_KEYS = ConsumerKeys("0" * 32, "0" * 16, "no key")


class Asked(NamedTuple):
    """What the variables ask a login for: the values of its options, and the errors with which it would end."""

    options: Mapping[str, object]
    refused: list[Error]


@dataclass(frozen=True)
class Finding:
    """The result of a check (`PASS`, `WARNING`, `FAIL` or `SKIPPED`), what to do, and the exit code of a failure."""

    check: str
    result: str
    found: str
    advice: str = ""
    code: int = 0


def failed(check: str, error: Error) -> Finding:
    """Make a finding of an error of ours."""
    return Finding(check, FAIL, error.message, error.hint, error.exit_code)


class Skipped(Exception):
    """There is no point in this check; the text says why."""


@dataclass(frozen=True)
class Reply:
    """How the one request went: the error, how long it took, and how far our clock is ahead of the answer's."""

    error: Error | None
    seconds: float = 0.0
    ahead: float | None = None


class Setup:
    """The things that a login would use, each found out once. The sandbox, if it is needed, runs with the stack."""

    def __init__(self, context: Context, asked: Asked, stack: contextlib.ExitStack, *, offline: bool) -> None:
        self.context = context
        self.environ = context.environ
        self.asked = asked
        self.offline = offline
        self._stack = stack

    @cached_property
    def records(self) -> list[Record]:
        """The stored accounts; a file or folder that cannot be read is left to the accounts' own check."""
        with contextlib.suppress(NotConfigured, StoreError, UsageError):
            return list(self.context.accounts.folder.records())
        return []

    @cached_property
    def provider(self) -> Provider:
        """Whose endpoints a login would use. Raises `UsageError`."""
        from ...provider import wanted

        return self._stack.enter_context(self.context.provider(wanted(self.environ).name))

    @property
    def reached(self) -> Provider:
        """The provider. Raises `Skipped` if none can be contacted."""
        try:
            return self.provider
        except UsageError:
            raise Skipped("not checked: there is no provider to contact") from None

    @property
    def host(self) -> str:
        """The provider's host. Raises `Skipped`."""
        return urlsplit(self.reached.site).netloc

    @cached_property
    def keys(self) -> ConsumerKeys:
        """The consumer keys that a login would use. Raises `KeysError`."""
        from ..consumer_keys import find_keys

        return find_keys(self.context, self.reached)

    @property
    def proxy(self) -> str | None:
        """The proxy on the way to the provider, None if there is none. Its address may hold a password."""
        from ...transport import Transport

        with Transport(self.reached, _NO_KEYS) as transport:
            return transport.proxy(self.provider.site)

    @property
    def is_unreached(self) -> bool:
        """Whether the provider was asked and did not answer, so that it need not be asked again."""
        with contextlib.suppress(Skipped):
            return isinstance(self.reply.error, NotSent | NoAnswer)
        return False

    @cached_property
    def reply(self) -> Reply:
        """The provider's answer to a request for a request token. Raises `Skipped`."""
        from ...protocol import legs

        if self.offline:
            raise Skipped("not checked (--offline)")
        provider = self.reached
        try:
            keys = self.keys
        except (NotConfigured, StoreError):
            keys = _NO_KEYS  # they will be refused, and that, too, shows the way and the time
        started, date, error = time.monotonic(), None, None
        try:
            with self.context.transport(provider, keys, lambda _retry: None, _PATIENCE) as transport:
                legs.request_token(transport)
        except Error as failure:
            error = failure
        if error is None or isinstance(error, Refused | Busy):  # else it is some portal's clock
            date = transport.server_date
        return Reply(error, time.monotonic() - started, _ahead(date))


def _ahead(date: str | None) -> float | None:
    """Count the seconds that our clock is ahead of a `Date` header (RFC 9110 §6.6.1); None where it tells no time."""
    from email.utils import parsedate_to_datetime

    with contextlib.suppress(ValueError, TypeError, OverflowError):
        return time.time() - parsedate_to_datetime(date or "").timestamp()
    return None
