"""The checks in their order, each of which may fail in any way without hindering the others."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from ...errors import Error
from ..console import Console
from ..context import Context
from ..exits import ExitCode
from . import machine, network, stores
from .finding import FAIL, Finding, Public, failed, skipped
from .setup import Setup, Skipped

Check = Callable[[], Iterator[Finding]]


class _Quiet(Console):
    """A console that does not warn: what there is to warn of is in the checklist."""

    def warn(self, text: str) -> None:
        """Print nothing."""


def findings(context: Context, *, offline: bool) -> Iterator[Finding]:
    """What each check found, as it is found, and fit to be pasted into a bug report."""
    public = Public(context.environ)
    quiet = Context(context.environ, _Quiet(context.environ))
    quiet.verbose = context.verbose
    with contextlib.ExitStack() as stack:
        for name, check in _checks(Setup(quiet, stack, offline=offline)).items():
            yield from map(public.finding, _guarded(name, check))


def _checks(setup: Setup) -> dict[str, Check]:
    environ = setup.environ
    return {
        "versions": machine.versions,
        "variables": lambda: machine.variables(environ),
        "keys": lambda: network.keys(setup),
        "keyring": lambda: stores.keyring(setup),
        "folder": lambda: machine.folder(environ),
        "certificates": lambda: machine.certificates(environ),
        "provider": lambda: network.provider(setup),
        "reachable": lambda: network.reachable(setup),
        "key-known": lambda: network.key_known(setup),
        "clock": lambda: network.clock(setup),
        "account": lambda: stores.accounts(setup),
    }


def _guarded(name: str, check: Check) -> Iterator[Finding]:
    """The findings of a check; whatever it raises is one of them, in words that are ours."""
    try:
        yield from check()
    except Skipped as reason:
        yield skipped(name, str(reason))
    except Error as failure:
        yield failed(name, failure)
    except Exception as failure:  # noqa: BLE001  # on a machine where anything may be broken
        why = getattr(failure, "strerror", None)
        text = f"could not be checked: {type(failure).__name__}{f' ({why})' if why else ''}"
        advice = "If no other line explains it, this is a bug in flickr-auth: please report it."
        yield Finding(name, FAIL, text, advice, ExitCode.FAILED)
