"""Log in to Flickr once from the terminal; your scripts and other tools reuse that login.

    import flickr_auth

    with flickr_auth.session() as flickr:
        for photo in flickr.pages("flickr.people.getPhotos", user_id="me"):
            print(photo["title"])

`load` returns the account itself. Nothing heavy is loaded before it is used.
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
    KeyringError,
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
    from .protocol.session import Session
    from .storage.choose import Accounts
    from .storage.keyring import KeyringStore

__all__ = [
    "Account",
    "AccountError",
    "BadAnswer",
    "Busy",
    "Error",
    "KeyRefused",
    "KeyringError",
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
    """Return the account to act as, with its secrets: the one named, else the environment's, else the default.

    `account` is an NSID, a username or an ID. The order is that of every command: `account` or `token_file`; the four
    variables; FLICKR_AUTH_ACCOUNT; FLICKR_TOKEN_FILE; the default.
    Raises `AccountError` if there is none or several match, `KeysError` for malformed keys, `StoreError` if the keyring
    fails, `UsageError` for both arguments at once. Each is an `Error`, and its hint is added as a note.
    """
    try:
        return _chosen(account, token_file)[0]
    except Error as failure:
        error = failure.brief()
    raise error


def session(account: str | None = None, *, token_file: str | os.PathLike[str] | None = None) -> Session:
    """Return a `requests.Session` that signs as that account, which is chosen as in `load`.

    See `Session` for its API calls. For an account of the sandbox, the sandbox is started, and stops when the session
    is closed. Raises what `load` raises, `NoKeys` if there are no keys for a token file, and `UsageError` if
    FLICKR_AUTH_HTTP_TIMEOUT is no number.
    """
    try:
        return _session_of(*_chosen(account, token_file), token_file)
    except Error as failure:
        error = failure.brief()
    raise error


def _session_of(chosen: Account, accounts: Accounts, token_file: str | os.PathLike[str] | None) -> Session:
    from . import provider, threads
    from .protocol.session import Session
    from .storage import files
    from .transport import DEADLINE, calls_per_hour

    keys, timeout = chosen.keys, threads.limit(os.environ, "FLICKR_AUTH_HTTP_TIMEOUT", DEADLINE)
    calls = calls_per_hour.counted(
        os.environ,
        files.calls_folder(os.environ),
        keys.api_key,
        provider.named(chosen.provider),
        calls_per_hour.logged(),
    )
    then_close = None
    if chosen.is_sandbox:
        from .sandbox.server import Sandbox

        sandbox = Sandbox()
        sandbox.start()
        whose, then_close = provider.sandbox(sandbox.base_url), sandbox.close
    else:
        whose = provider.named(chosen.provider)
    source = token_file or os.environ.get("FLICKR_TOKEN_FILE")
    return Session(
        whose,
        keys,
        chosen.token,
        timeout=timeout,
        account=chosen,
        token_file=source,
        short=accounts.short,
        calls=calls,
        then_close=then_close,
    )


def _chosen(account: str | None, token_file: str | os.PathLike[str] | None) -> tuple[Account, Accounts]:
    """Choose the account; what a person should fix is a warning at the line that called `load` or `session`."""
    import warnings
    from pathlib import Path

    from . import threads
    from .storage.choose import Accounts

    warned: list[str] = []

    def keyring() -> KeyringStore:
        from .storage.keyring import KeyringStore, unusual_folder

        seconds = threads.limit(os.environ, "FLICKR_AUTH_KEYRING_TIMEOUT", 15)
        return KeyringStore(seconds, lambda: None, unusual_folder(os.environ))

    accounts = Accounts(os.environ, keyring, warned.append)
    try:
        return accounts.choose(account, None if token_file is None else Path(token_file)), accounts
    finally:
        for text in dict.fromkeys(warned):
            warnings.warn(text, stacklevel=3)


if not TYPE_CHECKING:  # a type checker that saw this would take every misspelt name for one of ours

    def __getattr__(name: str) -> object:
        """Load what costs something when it is first asked for (PEP 562)."""
        if name == "Account":
            from .account import Account

            return Account
        if name == "Session":
            from .protocol.session import Session

            return Session
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
