"""The checks in their order, each of which may fail in any way without hindering the others."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import click

from ...errors import Error
from ..console import Console
from ..context import Context
from ..text import plain, with_short_paths
from . import machine, network
from .setup import FAIL, PASS, SKIPPED, WARNING, Finding, Setup, Skipped, failed

_CHECKS: dict[str, Callable[[Setup], Iterator[Finding]]] = {
    "versions": machine.versions,
    "variables": machine.variables,
    "keys": network.keys,
    "keyring": machine.keyring,
    "folder": machine.folder,
    "provider": network.provider,
    "reachable": network.reachable,
    "key-known": network.key_known,
    "clock": network.clock,
    "account": network.accounts,
}


class _Remembering(Console):
    """A console whose warnings become part of the checklist: what a login would warn of is not well."""

    warnings: tuple[str, ...] = ()

    def warn(self, text: str) -> None:
        """Remember the warning."""
        self.warnings = (*self.warnings, text)


def findings(context: Context, options: Sequence[click.Parameter], *, offline: bool) -> Iterator[Finding]:
    """Check one thing after the other; each finding can be pasted into a bug report. `options` are those of a login."""
    console = _Remembering(context.environ)
    remembering = Context(context.environ, console)
    remembering.verbose = context.verbose
    with contextlib.ExitStack() as stack:
        setup = Setup(remembering, options, stack, offline=offline)
        for name, check in _CHECKS.items():
            for found in _guarded(name, check, setup):
                warnings, console.warnings = console.warnings, ()
                if warnings and found.result == PASS:
                    found = replace(found, result=WARNING, advice=" ".join(dict.fromkeys(warnings)))  # noqa: PLW2901
                # Neither the name of the home folder nor anything that a terminal obeys.
                text, advice = (plain(with_short_paths(each)) for each in (found.found, found.advice))
                yield replace(found, found=text, advice=advice)


def _guarded(name: str, check: Callable[[Setup], Iterator[Finding]], setup: Setup) -> Iterator[Finding]:
    """Check one thing; whatever the check raises is a finding as well, in words that are ours."""
    try:
        yield from check(setup)
    except Skipped as reason:
        yield Finding(name, SKIPPED, str(reason))
    except Error as failure:
        yield failed(name, failure)
    except Exception as failure:  # noqa: BLE001  # on a machine where anything may be broken
        why = getattr(failure, "strerror", None)
        text = f"could not be checked: {type(failure).__name__}{f' ({why})' if why else ''}"
        advice = "If no other line explains it, this is a bug in flickr-auth: please report it."
        yield Finding(name, FAIL, text, advice, Error.exit_code)
