"""The OS keyring: one item an account, every operation bounded in time, every failure one of ours.

The one module that knows the keyring library, which it imports inside the thread that bounds it: to choose a backend
already talks to D-Bus, and that can hang without end.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from .. import threads
from ..account import ConsumerKeys, Token
from ..errors import StoreError

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

SERVICE = "flickr-auth"
Result = TypeVar("Result")
_ELSEWHERE = "To keep the token in a file that only you can read: --store file"
_AFRESH = "Or log in again, with the token in a file: flickr-auth login --store file"
_RECOMMENDED = 1  # backends below this priority are makeshifts, plaintext among them
# A Secret Service may hold several items of one name: it tells them apart by other attributes, which other programs
# leave out or add. Which of them is found first changes with each start of the service.
_SEVERAL = ("keyring.backends.SecretService.Keyring", "keyring.backends.libsecret.Keyring")
_MOST = 20  # items of one name that are deleted at once: a service that only says so is not asked without end


class KeyringStore:
    """The keyring as a place for accounts. Each operation takes at most `seconds`; `waiting` is told after one second.

    After one operation has run out of time this object leaves the keyring alone: the next would hang as well.
    """

    def __init__(self, seconds: float, waiting: Callable[[], None]) -> None:
        self._seconds = seconds
        self._waiting = waiting
        self._given_up = False
        self._chosen: KeyringBackend | None = None

    def backend(self) -> str:
        """The name of the backend that new items go to. Raises `StoreError` where none will do."""
        return _name(self._backend())

    def try_out(self) -> None:
        """Prove that that backend keeps what it is given: write, read back, compare, delete."""
        user = f"try-{os.urandom(8).hex()}"
        self._put(user, "try", ())
        backend = self._backend()
        self._bounded(lambda: backend.delete_password(SERVICE, user))

    def put(self, account_id: str, keys: ConsumerKeys, token: Token) -> None:
        """Store the four values as the account's item, and read them back: a null backend keeps nothing."""
        four = {
            "api_key": keys.api_key,
            "api_secret": keys.api_secret,
            "oauth_token": token.oauth_token,
            "oauth_token_secret": token.oauth_token_secret,
        }
        secrets = (keys.api_secret, token.oauth_token_secret)
        self._put(account_id, json.dumps(four, separators=(",", ":")), secrets)

    def get(self, account_id: str, backend_name: str) -> tuple[ConsumerKeys, Token] | None:
        """The four values in the account's item, None where there is no such item."""
        text = self._bounded(lambda: _remembered(backend_name).get_password(SERVICE, account_id), _AFRESH)
        if text is None:
            return None
        try:
            four = json.loads(text)
            keys = ConsumerKeys(four["api_key"], four["api_secret"], source="the stored account")
            return keys, Token(four["oauth_token"], four["oauth_token_secret"])
        except (ValueError, TypeError, KeyError):
            raise StoreError(f"The keyring's item {account_id} is damaged.", "Log in again.") from None

    def delete(self, account_id: str, backend_name: str) -> bool:
        """Delete the account's item; False where there is none."""
        return self._bounded(lambda: _cleared(_remembered(backend_name), account_id), _AFRESH)

    def _put(self, user: str, text: str, secrets: tuple[str, ...]) -> None:
        backend = self._backend()

        def work() -> bool:
            anew = _name(backend) in _SEVERAL and backend.get_password(SERVICE, user) is not None
            backend.set_password(SERVICE, user, text)
            if anew:  # only now that it can be written
                _cleared(backend, user)
                backend.set_password(SERVICE, user, text)
            return backend.get_password(SERVICE, user) == text

        if not self._bounded(work, secrets=secrets):
            raise StoreError(f"The keyring ({shown(_name(backend))}) does not keep what it is given.", _ELSEWHERE)

    def _backend(self) -> KeyringBackend:
        if self._chosen is None:
            self._chosen = self._bounded(_usable_backend)
        return self._chosen

    def _bounded(
        self, work: Callable[[], Result], instead: str = _ELSEWHERE, *, secrets: tuple[str, ...] = ()
    ) -> Result:
        """Do the work in time, with foreign errors translated. No secret passes, not even in a chained exception.

        `instead` is what else a person can do, who cannot mend the keyring.
        """
        if self._given_up:
            raise StoreError("The keyring did not answer a moment ago and is left alone.", instead)
        try:
            return threads.run(work, self._seconds, notice=self._waiting)
        except threads.TimeIsUp:
            self._given_up = True
            raise StoreError(
                f"The keyring did not answer within {self._seconds:g} seconds.",
                f"Unlock it and try again. {instead}",
            ) from None
        except StoreError:
            raise
        except Exception as failure:  # noqa: BLE001  # backends raise anything: D-Bus, RuntimeError, ValueError
            raise _translated(failure, instead, secrets) from None


def shown(backend_name: str) -> str:
    """A backend's name as people know it: SecretService, macOS, Windows; else the module that it is in."""
    return backend_name.rpartition(".")[0].removeprefix("keyring.backends.") or backend_name


def _name(backend: KeyringBackend) -> str:
    return f"{type(backend).__module__}.{type(backend).__qualname__}"


def _usable_backend() -> KeyringBackend:
    """The backend that a person named, else the best one, unless that is a makeshift."""
    from keyring import core
    from keyring.backends.chainer import ChainerBackend
    from keyring.backends.fail import Keyring as Fail

    named = core.load_env() or core.load_config()
    backend = named or core.get_keyring()
    if isinstance(backend, ChainerBackend) and not named:
        # It would write to the first of its backends: remember that one, and reading need not load them all.
        backend = next(iter(backend.backends), backend)
    if isinstance(backend, Fail):
        raise StoreError("There is no keyring on this machine, or none that can be reached from here.", _ELSEWHERE)
    if not named and backend.priority < _RECOMMENDED:
        raise StoreError(
            f"The only keyring here is {_name(backend)}, which does not protect what it keeps.",
            f"If you want it all the same, name it in PYTHON_KEYRING_BACKEND. {_ELSEWHERE}",
        )
    return backend


def _remembered(backend_name: str) -> KeyringBackend:
    """The backend of that name, without loading any other."""
    from keyring import core

    hint = "Run this in the desktop session in which you logged in."
    try:
        return core.load_keyring(backend_name)
    except Exception as failure:  # noqa: BLE001  # what a module raises when it cannot be loaded here is anything
        if isinstance(failure, ModuleNotFoundError):
            hint = f"Install the package that has {backend_name} beside flickr-auth."
        backend = core.get_keyring()  # a plugin may know it under that name
    if _name(backend) != backend_name:
        raise StoreError(
            f"The keyring that holds this account ({shown(backend_name)}) cannot be reached from here.",
            f"{hint} {_AFRESH}",
        )
    return backend


def _cleared(backend: KeyringBackend, user: str) -> bool:
    """Delete the items of that name; False where there is none. Raises `StoreError` where one stays."""
    for deleted in range(_MOST):
        # "Absent" and "failed" are the same error of the library, so look first.
        if backend.get_password(SERVICE, user) is None:
            return deleted > 0
        backend.delete_password(SERVICE, user)
        if _name(backend) not in _SEVERAL:
            return True
    raise StoreError(f"The keyring still has an item {user}, although it has deleted {_MOST}.", "Try again.")


def _translated(failure: Exception, instead: str, secrets: tuple[str, ...]) -> StoreError:
    kind = type(failure).__name__
    if kind == "KeyringLocked":
        return StoreError("The keyring is locked.", f"Unlock it and try again. {instead}")
    if kind == "InitError" and "dismissed" in str(failure):
        return StoreError(
            "The keyring has not been set up yet.",
            f"Log in to the desktop once, where it asks for a password. {instead}",
        )
    if kind == "NoKeyringError":
        return StoreError("There is no keyring on this machine, or none that can be reached from here.", instead)
    if kind == "ModuleNotFoundError":
        return StoreError("The keyring backend that was named is not installed.", "Check PYTHON_KEYRING_BACKEND.")
    whole = str(failure)
    said = " ".join(whole.split())[:200].rstrip(".")
    if not said.isprintable() or any(secret in whole for secret in secrets):  # half a secret is one, too
        said = ""
    return StoreError(f"The keyring failed: {kind}" + (f" ({said})." if said else "."), instead)
