"""The session for scripts: requests' own, with API calls that do what the commands do.

Like the session that it derives from, it imports requests at once, and is itself imported inside functions only.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from .. import advice
from ..account import Account, ConsumerKeys, Token
from ..errors import Error, PermissionRefused, TokenRefused, UsageError
from ..provider import Provider
from ..transport import DEADLINE, Transport
from ..transport.calls_per_hour import CallsPerHour
from ..transport.signed_session import SignedSession
from . import pagination, rest

Argument = str | int | float | Sequence[str | int] | None


class Session(SignedSession):
    """A `requests.Session` that signs as one account, with `call` and `pages` for Flickr's API methods.

    `get`, `post` and the like are those of requests: they sign what goes to the provider and nothing else. `rest_url`
    is the URL of the provider's REST calls. If the caller gives no timeout, a connection has 5 seconds to open and each
    piece of an answer 30 to come. A request that has an `auth` or an Authorization header of the caller's is sent as it
    is; redirects are followed without either. Raises `UsageError` for a request that cannot be signed correctly.

    An upload is a `post` to `upload_url` with the photo as `files=`: the fields of `data=` are signed and files are
    not, as Flickr wants it. A file is read from where it stands, and sent in pieces; the answer may take 300 seconds.
    It is never sent twice by itself, nor to where it is redirected (`BadAnswer`).

    `call` and `pages` send by `get` and `post`: what is mounted, set or mocked on this session counts for them as well.
    `account`, the `token_file` that its token came from, and `short`, which finds the name that people type for the ID
    of a stored account, are for the hint of a refusal.

    Threads may share a session as they may share one of requests: for sending, while no thread changes its settings.
    Tested with 8 threads that call, page and get at once: each gets its own answers, and every signature is right.
    The children of a process that forks may use its session, too: each opens connections of its own. The sandbox of a
    sandbox account stays the parent's, and ends with it.
    """

    def __init__(
        self,
        provider: Provider,
        keys: ConsumerKeys,
        token: Token,
        *,
        timeout: float = DEADLINE,
        account: Account | None = None,
        token_file: object = None,
        short: Callable[[str], str] | None = None,
        calls: CallsPerHour | None = None,
        then_close: Callable[[], None] | None = None,
    ) -> None:
        super().__init__(provider, keys, token, calls=calls, then_close=then_close)
        self._token = token
        self._account = account or Account.of(keys, token, provider=provider.name)
        self._token_file = token_file
        self._short = short
        self._transport = Transport(provider, keys, timeout=timeout, session=self, calls=calls)

    def call(self, method: str, /, *, post: bool = False, **arguments: Argument) -> dict[str, Any]:
        """Call an API method, and return the JSON object that it answers.

        Methods that change something need `post=True`. Arguments are strings or numbers; a list is joined with commas,
        True and False are 1 and 0, None is left out. Without `post` the call is tried up to three times while Flickr
        is busy or the connection fails, within 60 seconds in all, or FLICKR_AUTH_HTTP_TIMEOUT. Before that it waits
        without end for room among the 3,600 calls that Flickr allows a key in an hour (FLICKR_AUTH_CALLS_PER_HOUR).
        Raises `Refused` if Flickr says no (`TokenRefused`, `PermissionRefused`, `KeyRefused` and others),
        `Unreachable` if Flickr did not answer, `UsageError` for arguments that cannot be sent.
        """
        try:
            return rest.call(self._transport, self._token, method, _fields(arguments), post=post)
        except Error as failure:
            error = self._advised(failure)
        raise error

    def pages(self, method: str, /, **arguments: Argument) -> Iterator[Any]:
        """Yield all items of a paged API method, in order, page after page; four pages are fetched at once, ahead.

        It begins with the first page, or with `page`, and asks for 500 items a page if `per_page` is not given.
        Arguments are those of `call`. Raises what `call` raises, when that page is reached.
        """
        try:
            return self._items(method, _fields(arguments))
        except Error as failure:
            error = failure.brief()
        raise error

    def _items(self, method: str, fields: dict[str, str]) -> Iterator[Any]:
        try:
            with contextlib.closing(pagination.walk(self._transport, self._token, method, fields)) as walk:
                for page in walk:
                    yield from page.items
        except Error as failure:
            error = self._advised(failure)
        else:
            return
        raise error

    def _advised(self, failure: Error) -> Error:
        """Return the error for the caller's traceback, with the login that helps if this session's token is refused."""
        if isinstance(failure, TokenRefused | PermissionRefused):
            name = self._short(self._account.account) if self._short and self._account.account else None
            advice.advise(failure, self._account, self._token_file, name)
        return failure.brief()


def _fields(arguments: dict[str, Argument]) -> dict[str, str]:
    """Return the arguments as they are sent. Raises `UsageError`."""
    fields = {}
    for name, value in arguments.items():
        rest.check_name(name)
        if value is not None:
            values = value if isinstance(value, list | tuple) else [value]
            fields[name] = ",".join(_text(name, each) for each in values)
    return fields


def _text(name: str, value: object) -> str:
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, str | int | float):
        text = str(value)
        with contextlib.suppress(UnicodeEncodeError):
            text.encode()
            return text
    raise UsageError(f"{name} cannot be sent as {type(value).__name__}.", "Fix: give a string, a number or a list")
