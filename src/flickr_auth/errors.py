"""Every error that flickr_auth raises on purpose.

    Error                     anything below
    ├── UsageError            a contradiction in what was asked for
    ├── NotConfigured         something has to be set up first, or a file that was named is missing or malformed
    │   ├── KeysError         a keys file that is malformed, or half of the keys
    │   │   └── NoKeys        no consumer keys anywhere
    │   └── AccountError      no such account, several that match, or a damaged file
    ├── Refused               Flickr answered, and the answer was no
    │   ├── VerifierRefused   the code was wrong
    │   ├── KeyRefused        the API key or its secret was
    │   ├── TokenRefused      the token was
    │   └── PermissionRefused the token may not do this
    ├── Unreachable           no answer came back from Flickr
    │   ├── NotSent           no connection could be opened, so nothing was sent
    │   ├── NoAnswer          sent, and then the connection or the time ran out
    │   ├── Busy              429 or 5xx: Flickr cannot answer now
    │   └── BadAnswer         an answer that is not Flickr's: a captive portal, a proxy, garbage
    ├── StoreError            the keyring or a file failed
    │   ├── KeyringError      the keyring did: a file would keep the token
    │   └── NotKept           Flickr issued a token, and it could not be stored
    └── NotDone               the person said no, or entered no code

Each has a message (one sentence that states what is wrong) and a hint (the next thing to do), which is also added as
a note, so that a traceback ends with it. Neither ever holds a secret. An error states facts; a hint that depends on the
command line is added at the edge, by `flickr_auth.advice`.
"""

from __future__ import annotations

from typing import Self


class Error(Exception):
    """Anything that flickr_auth raises on purpose. A command that fails with it ends with its `exit_code`."""

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        self.message, self.hint = message, _runnable(hint)
        super().__init__(message, self.hint)  # both, so that the error can be pickled
        if hint:
            self.add_note(self.hint)

    def __str__(self) -> str:
        return self.message

    def reword(self, message: str = "", hint: str = "") -> None:
        """Give this error another message, another hint or both; its facts stay."""
        self.message, self.hint = message or self.message, _runnable(hint) or self.hint
        self.args = (self.message, self.hint, *self.args[2:])
        if self.hint:
            self.__notes__ = [self.hint]

    def brief(self) -> Self:
        """Return this error without its way here, for the traceback that ends a script: it begins where this is raised.

        It is to be raised outside of the `except` that caught it: then its context is what the script was handling.
        Its cause stays if a test's mock raised it, in words of its own.
        """
        cause, self.__context__ = self.__cause__, None
        is_mocked = cause and type(cause).__module__.startswith("requests") and isinstance((*cause.args, "")[0], str)
        self.__cause__ = cause.with_traceback(None) if cause and is_mocked else None
        self.__suppress_context__ = False
        return self.with_traceback(None)


class UsageError(Error):
    """A contradiction in the options, arguments or variables."""

    exit_code = 2


class NotConfigured(Error):
    """Something has to be set up first, or a file that was named is missing or malformed."""

    exit_code = 3


class KeysError(NotConfigured):
    """The file with the consumer keys is malformed, or half of the keys is missing."""


class NoKeys(KeysError):
    """There are no consumer keys anywhere: the first-time case, not a mistake in a file."""


class AccountError(NotConfigured):
    """There is no such account, several match, or its file is damaged."""


class Refused(Error):
    """Flickr answered, and the answer was no.

    `problem` is the `oauth_problem` value or the REST code, as Flickr sent it; `needed` the permission that the token
    lacks (read, write or delete), None if it lacks none or that is not known.
    """

    exit_code = 4
    needed: str | None = None

    def __init__(self, message: str, hint: str = "", problem: str = "") -> None:
        super().__init__(message, hint)
        self.args = (message, self.hint, problem)
        self.problem = problem


class VerifierRefused(Refused):
    """The code that the person typed was wrong."""


class KeyRefused(Refused):
    """The API key or its secret is wrong or disabled."""


class TokenRefused(Refused):
    """The token is unknown, used, revoked, or belongs to another key."""


class PermissionRefused(Refused):
    """The token is good, but may not do this."""


class Unreachable(Error):
    """No answer came back from Flickr, so it is not known whether it would have been yes or no."""

    exit_code = 5


class NotSent(Unreachable):
    """No connection could be opened, so Flickr saw nothing of it."""


class NoAnswer(Unreachable):
    """The request was sent, and then the connection or the time ran out."""


class Busy(Unreachable):
    """Flickr said that it cannot answer now (429 or 5xx).

    `retry_after` is the pause in seconds that it asked for, None if it did not.
    """

    retry_after: float | None = None


class BadAnswer(Unreachable):
    """Something answered that is not Flickr's API: a captive portal, a proxy, or garbage."""


class StoreError(Error):
    """The keyring, or a file or folder of ours, failed."""

    exit_code = 6


class KeyringError(StoreError):
    """The keyring failed, is locked, or is not there."""


class NotKept(StoreError):
    """Flickr issued a token, and it could not be stored."""


class NotDone(Error):
    """The person said no, or entered no code."""


def _runnable(hint: str) -> str:
    """Name this program in the hint as it was started."""
    if not hint:
        return ""
    from .program import with_program

    return with_program(hint)
