"""What a keyring's backend raises, which may be anything, in our own words: its text may quote what it holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from ..errors import KeyringError

Result = TypeVar("Result")


def contained(work: Callable[[], Result]) -> Result:
    """Do the work of a backend, in a thread: it may raise anything, and its KeyboardInterrupt is no Ctrl-C."""
    try:
        return work()
    except KeyringError:
        raise
    except BaseException as failure:  # noqa: BLE001  # a backend may raise anything, and its text stays here
        raise _translated(failure) from None


def _translated(failure: BaseException) -> KeyringError:
    kind = type(failure).__name__
    if kind == "KeyringLocked":
        return KeyringError("The keyring is locked.", "Fix: unlock it and try again")
    if kind == "InitError" and _is_dismissed(failure):
        return KeyringError(
            "The keyring has not been set up yet.", "Fix: log in to the desktop once, where it asks for a password"
        )
    if kind == "NoKeyringError":
        return KeyringError("There is no keyring on this machine, or none that can be reached from here.")
    return KeyringError(f"The keyring failed ({kind}).")


def _is_dismissed(failure: BaseException) -> bool:
    """Tell whether a dialog was dismissed, which a desktop without a keyring says, too."""
    try:
        return "dismissed" in str(failure)
    except Exception:  # noqa: BLE001  # its text is a backend's, too
        return False
