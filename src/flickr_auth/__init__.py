"""One login at a terminal, and every script and tool of yours can call Flickr as you.

    import flickr_auth

    with flickr_auth.session() as flickr:
        answer = flickr.get(flickr.rest_url, params={"method": "flickr.test.login"})

`load` gives the account itself. Nothing heavy is loaded before it is used.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from .errors import (
    AccountError,
    BadAnswer,
    Busy,
    Error,
    KeyRefused,
    KeysError,
    NoAnswer,
    NoKeys,
    NotConfigured,
    NotDone,
    NotKept,
    NotSent,
    PermissionRefused,
    Refused,
    StoreError,
    TokenRefused,
    Unreachable,
    UsageError,
    VerifierRefused,
)
from .version import __version__

if TYPE_CHECKING:
    from .account import Account
    from .transport.session import Session

__all__ = [
    "Account",
    "AccountError",
    "BadAnswer",
    "Busy",
    "Error",
    "KeyRefused",
    "KeysError",
    "NoAnswer",
    "NoKeys",
    "NotConfigured",
    "NotDone",
    "NotKept",
    "NotSent",
    "PermissionRefused",
    "Refused",
    "Session",
    "StoreError",
    "TokenRefused",
    "Unreachable",
    "UsageError",
    "VerifierRefused",
    "__version__",
    "load",
    "session",
]


def load(account: str | None = None, *, token_file: str | os.PathLike[str] | None = None) -> Account:
    """The account to act as, with its secrets: the one named, else the environment's, else the default.

    `account` is an NSID, a username or an ID. The order is that of every command: `account` or `token_file`; the four
    variables; FLICKR_AUTH_ACCOUNT; FLICKR_TOKEN_FILE; the default.
    Raises `AccountError` where there is none or several match, `KeysError` for keys that are malformed, `StoreError`
    where the keyring fails, `UsageError` for both arguments at once; all of them are `Error`.
    """
    return _chosen(account, token_file)


def session(account: str | None = None, *, token_file: str | os.PathLike[str] | None = None) -> Session:
    """A `requests.Session` that signs as that account, which is chosen as in `load`.

    Its `rest_url` is where the account's provider takes REST calls. For an account of the sandbox the stand-in is
    started, and ends with the session. Raises what `load` raises, and `NoKeys` where a token file has no keys beside
    it.
    """
    chosen = _chosen(account, token_file)
    from . import provider
    from .transport.session import Session

    keys = chosen.keys
    if not chosen.is_sandbox:
        return Session(provider.named(chosen.provider), keys, chosen.token)
    from .sandbox.server import Sandbox

    sandbox = Sandbox()
    sandbox.start()
    return Session(provider.sandbox(sandbox.base_url), keys, chosen.token, then_close=sandbox.close)


def _chosen(account: str | None, token_file: str | os.PathLike[str] | None) -> Account:
    """The account; what a person should mend is a warning at the line that called `load` or `session`."""
    import warnings
    from pathlib import Path

    from . import threads
    from .storage.accounts import Accounts
    from .storage.keyring import KeyringStore

    told: list[str] = []

    def keyring() -> KeyringStore:
        return KeyringStore(threads.limit(os.environ, "FLICKR_AUTH_KEYRING_TIMEOUT", 15), lambda: None)

    accounts = Accounts(os.environ, keyring, told.append)
    try:
        return accounts.choose(account, None if token_file is None else Path(token_file))
    finally:
        for text in dict.fromkeys(told):
            warnings.warn(text, stacklevel=3)


if not TYPE_CHECKING:  # a type checker that saw this would take every misspelt name for one of ours

    def __getattr__(name: str) -> object:
        """Load what costs something when it is first asked for (PEP 562)."""
        if name == "Account":
            from . import account

            return account.Account
        if name == "Session":
            from .transport import session

            return session.Session
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
