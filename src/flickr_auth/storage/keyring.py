"""The OS keyring: one item an account, every operation bounded in time, every failure one of ours.

The one module that knows the keyring library, which it imports inside the thread that bounds it: to choose a backend
already talks to D-Bus, and that can hang without end.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeVar

from .. import threads
from ..account import ConsumerKeys, Token, can_sign, shortened
from ..errors import KeyringError, NotConfigured, UsageError
from . import files
from .keyring_errors import contained

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

SERVICE = "flickr-auth"
Result = TypeVar("Result")
_RECOMMENDED = 1  # backends below this priority are makeshifts, plaintext among them
# Two names of one keyring. A Secret Service may hold several items of one name, which differ in other attributes. Which
# of them it finds first changes with each start of the service.
_SECRET_SERVICE = ("keyring.backends.SecretService.Keyring", "keyring.backends.libsecret.Keyring")
_FOUR = ("api_key", "api_secret", "oauth_token", "oauth_token_secret")
_TRY = "try-item"  # one name, so that the next try deletes what one that was cut off has left
_UNLOADABLE = {
    "ModuleNotFoundError": "is not installed",
    "AttributeError": "does not exist",
    "RuntimeError": "cannot be used here",
    "ValueError": "has no name like keyring.backends.null.Keyring",
}
_MOST = 20  # items of one name that are deleted at once: a service that only says so is not asked without end


class KeyringStore:
    """The keyring as a place for accounts. Each operation takes at most `seconds`; `waiting` is called after one.

    `home` is the app folder where that is not the usual one: two folders never share an item.
    After one operation has run out of time this object leaves the keyring alone: the next would hang as well.
    """

    def __init__(self, seconds: float, waiting: Callable[[], None], home: str = "") -> None:
        self._seconds = seconds
        self._waiting = waiting
        self._where = f" in {home}" if home else ""
        self._given_up = False
        self._chosen: KeyringBackend | None = None

    def backend(self) -> str:
        """Find the name of the backend that new items go to. Raises `KeyringError` if none will do."""
        return _name(self._backend())

    def try_out(self) -> None:
        """Prove that that backend keeps what it is given: write, read back, compare, delete, look again."""
        backend, user = self._backend(), _TRY + self._where
        for left in (2, 1, 0):  # another login's try may just have deleted it
            if self._put(user, "try"):
                break
            if not left:
                raise self._not_stored()
        self._bounded(lambda: _clear(backend, user))

    def put(self, account_id: str, keys: ConsumerKeys, token: Token) -> None:
        """Store the four values as the account's item, and read them back: a null backend keeps nothing."""
        four = dict(zip(_FOUR, (keys.api_key, keys.api_secret, *token), strict=True))
        if not self._put(account_id + self._where, json.dumps(four, separators=(",", ":"))):
            raise self._not_stored()

    def get(self, account_id: str, api_key: str, backend_name: str) -> tuple[ConsumerKeys, Token] | None:
        """Read the four values in the account's item, None if there is no such item. One of another key is damaged."""
        user = account_id + self._where
        text: object = self._bounded(lambda: _remembered(backend_name).get_password(SERVICE, user))
        if text is None:
            return None
        four = _parsed(text)
        if four is None or four[0] != api_key:
            raise KeyringError(
                f"The keyring's item {account_id} is damaged.",
                f"Run: flickr-auth logout --account {account_id} && flickr-auth login",
            )
        key, secret, token, token_secret = four
        return ConsumerKeys(key, secret, source="the stored account"), Token(token, token_secret)

    def delete(self, account_id: str, backend_name: str) -> None:
        """Delete the account's item, if there is one."""
        self._bounded(lambda: _clear(_remembered(backend_name), account_id + self._where))

    def _put(self, user: str, text: str) -> bool:
        """Store the text, and tell whether it is what is read back."""
        backend = self._backend()

        def work() -> bool:
            anew = _name(backend) in _SECRET_SERVICE and backend.get_password(SERVICE, user) is not None
            backend.set_password(SERVICE, user, text)
            if anew:  # only now that it can be written
                _clear(backend, user)
                backend.set_password(SERVICE, user, text)
            return backend.get_password(SERVICE, user) == text

        return self._bounded(work)

    def _not_stored(self) -> KeyringError:
        return KeyringError(f"The keyring ({shown(self.backend())}) did not store the token correctly.")

    def _backend(self) -> KeyringBackend:
        if self._chosen is None:
            self._chosen = self._bounded(_usable_backend)
        return self._chosen

    def _bounded(self, work: Callable[[], Result]) -> Result:
        """Do the work in time, with foreign errors translated: their text may quote what the keyring holds."""
        fix = "Fix: unlock it and try again"
        if self._given_up:
            raise KeyringError("The keyring did not answer earlier, so it was not tried again.", fix)
        try:
            return threads.run(lambda: contained(work), self._seconds, notice=self._waiting)
        except threads.TimeIsUp:
            self._given_up = True
            raise KeyringError(f"The keyring did not answer within {threads.in_words(self._seconds)}.", fix) from None


def unusual_folder(environ: Mapping[str, str]) -> str:
    """Give the app folder where a variable names another one than that in the home folder, else nothing."""
    folder = os.path.realpath(files.app_folder(environ))
    try:
        usual = files.app_folder({**environ, "FLICKR_AUTH_HOME": "", "XDG_CONFIG_HOME": ""})
    except (NotConfigured, UsageError):
        return folder
    return "" if folder == os.path.realpath(usual) else folder


def are_one(name: str, other: str) -> bool:
    """Tell whether two backends are the same keyring."""
    return name == other or {name, other} <= set(_SECRET_SERVICE)


def shown(backend_name: str) -> str:
    """Shorten a backend's name to its module, as people know it: SecretService, macOS, Windows."""
    return shortened(backend_name.rpartition(".")[0].removeprefix("keyring.backends.") or backend_name)


def _name(backend: KeyringBackend) -> str:
    return f"{type(backend).__module__}.{type(backend).__qualname__}"


def _usable_backend() -> KeyringBackend:
    """Find the backend that a person named, else the best one, unless that is a makeshift."""
    from keyring import core, errors
    from keyring.backends.chainer import ChainerBackend
    from keyring.backends.fail import Keyring as Fail

    named = _named_backend()
    backend = named or core.get_keyring()
    if isinstance(backend, ChainerBackend) and not named:
        # It would write to the first of its backends: remember that one, and reading need not load them all.
        backend = next(iter(backend.backends), backend)
    if isinstance(backend, Fail):
        raise errors.NoKeyringError
    if not named and backend.priority < _RECOMMENDED:
        raise KeyringError(
            f"The only keyring here is {_name(backend)}, which stores secrets unprotected.",
            f"Fix: set PYTHON_KEYRING_BACKEND={_name(backend)} if you want it anyway",
        )
    return backend


def _named_backend() -> KeyringBackend | None:
    """Load the backend that a person named in the variable, or else in the library's settings; None if in neither.

    Raises `KeyringError`, naming that place, if it cannot be loaded.
    """
    from keyring import core, errors
    from keyring.util.platform_ import config_root

    variable = f"PYTHON_KEYRING_BACKEND ('{os.environ.get('PYTHON_KEYRING_BACKEND')}')"
    for place, load, fix in (
        (variable, core.load_env, "Fix: set PYTHON_KEYRING_BACKEND to an installed one, or unset it"),
        (config_root() / "keyringrc.cfg", core.load_config, "Fix: correct that file, or delete it"),
    ):
        try:
            if backend := load():
                return backend
        except errors.KeyringError:
            raise
        except Exception as failure:  # noqa: BLE001  # what a module raises when it cannot be loaded here is anything
            kind = type(failure).__name__
            problem = _UNLOADABLE.get(kind, f"cannot be loaded ({kind})")
            raise KeyringError(f"The keyring backend in {place} {problem}.", fix) from None
    return None


def _remembered(backend_name: str) -> KeyringBackend:
    """Load the backend of that name, and no other if it can be helped."""
    from keyring import core

    hint = "Try: run the command in the desktop session in which you logged in"
    try:
        return core.load_keyring(backend_name)
    except Exception as failure:  # noqa: BLE001  # what a module raises when it cannot be loaded here is anything
        if isinstance(failure, ModuleNotFoundError):
            hint = f"Fix: install the package that has {shortened(backend_name)}"
    backend = _named_backend() or core.get_keyring()  # a plugin may know it under that name
    if _name(backend) != backend_name:
        raise KeyringError(
            f"The keyring that holds this account ({shown(backend_name)}) cannot be reached from here.",
            hint,
        )
    return backend


def _clear(backend: KeyringBackend, user: str) -> None:
    """Delete the items of that name, and look again. Raises `KeyringError` if one stays."""
    tries = _MOST if _name(backend) in _SECRET_SERVICE else 1
    # "Absent" and "failed" are the same error of the library, so look first.
    while backend.get_password(SERVICE, user) is not None:
        if not tries:
            raise KeyringError(f"The keyring still has the item {user}, although it was deleted.", "Try: again")
        try:
            backend.delete_password(SERVICE, user)
        except Exception:
            if backend.get_password(SERVICE, user) is not None:  # else another command was faster
                raise
        tries -= 1


def _parsed(text: object) -> list[str] | None:
    """Read the four values in an item; None for what is something else: backends return anything."""
    try:
        fields = json.loads(text) if isinstance(text, str) else None
        values = [fields[name] for name in _FOUR] if isinstance(fields, dict) else []
    except (ValueError, KeyError, RecursionError):
        return None
    return values if values and all(map(can_sign, values)) else None
