"""The checks in their order, each of which may fail in any way without hindering the others."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from ...errors import Error
from ..console import Console
from ..context import Context
from ..exits import ExitCode
from . import machine
from .finding import FAIL, SKIPPED, Finding, Public, failed
from .folder import Files
from .network import Network, Skipped
from .stores import Stores

Check = Callable[[], Iterator[Finding]]


class _Quiet(Console):
    """A console that does not warn: what there is to warn of is in the checklist."""

    def warn(self, text: str) -> None:
        """Say nothing."""


def findings(context: Context, *, offline: bool) -> Iterator[Finding]:
    """What each check found, as it is found, and fit to be pasted into a bug report."""
    public = Public(context.environ)
    quiet = Context(context.environ, _Quiet(context.environ))
    quiet.verbose = context.verbose
    with contextlib.ExitStack() as stack:
        for name, check in _checks(quiet, stack, offline=offline).items():
            yield from map(public.finding, _guarded(name, check))


def _checks(context: Context, stack: contextlib.ExitStack, *, offline: bool) -> dict[str, Check]:
    environ = context.environ
    files, stores = Files(environ), Stores(context, offline=offline)
    network = Network(context, stack, offline=offline)
    return {
        "python": machine.python,
        "system": machine.system,
        "packages": machine.packages,
        "variables": lambda: machine.variables(environ),
        "keys": network.keys,
        "keyring": stores.keyring,
        "folder": files.folder,
        "loose-files": files.loose,
        "leftovers": files.leftovers,
        "pending": files.pending,
        "browser": lambda: machine.browser(environ),
        "certificates": lambda: machine.certificates(environ),
        "provider": network.provider,
        "proxy": network.proxy,
        "reachable": network.reachable,
        "key-known": network.key_known,
        "clock": network.clock,
        "account": stores.accounts,
    }


def _guarded(name: str, check: Check) -> Iterator[Finding]:
    """The findings of a check; whatever it raises is one of them, in words that are ours."""
    try:
        yield from check()
    except Skipped as reason:
        yield Finding(name, SKIPPED, str(reason))
    except Error as failure:
        yield failed(name, failure)
    except Exception as failure:  # noqa: BLE001  # on a machine where anything may be broken
        why = getattr(failure, "strerror", None)
        told = f"This could not be checked: {type(failure).__name__}{f' ({why})' if why else ''}."
        yield Finding(
            name, FAIL, told, "Report it as a fault of flickr-auth, if no other line explains it.", ExitCode.FAILED
        )
