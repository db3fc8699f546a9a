"""The checks in their order, each of which may fail in any way without hindering the others."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from ...errors import Error
from ..console import Console
from ..context import Context
from ..text import plain, with_short_paths
from . import machine, network
from .setup import FAIL, PASS, SKIPPED, WARNING, Asked, Finding, Setup, Skipped, failed

_CHECKS: dict[str, Callable[[Setup], Iterator[Finding]]] = {
    "versions": machine.versions,
    "variables": machine.variables,
    "keys": network.keys,
    "keyring": machine.keyring,
    "folder": machine.folder,
    "provider": network.provider,
    "reachable": network.reachable,
    "key-known": network.key_known,
    "calls": network.calls,
    "clock": network.clock,
    "account": network.accounts,
}


class _Remembering(Console):
    """A console whose warnings become part of the checklist: what a login would warn of is not well."""

    warnings: tuple[str, ...] = ()

    def warn(self, text: str) -> None:
        """Remember the warning, the same one once only."""
        if text not in self._warned:
            self._warned.add(text)
            self.warnings = (*self.warnings, text)


def findings(context: Context, asked: Asked, *, offline: bool) -> Iterator[Finding]:
    """Check one thing after the other; each finding can be pasted into a bug report."""
    console = _Remembering(context.environ)
    remembering = Context(context.environ, console)
    remembering.verbose = context.verbose
    with contextlib.ExitStack() as stack:
        setup = Setup(remembering, asked, stack, offline=offline)
        failures: dict[str, str] = {}
        for name, check in _CHECKS.items():
            for found in _guarded(name, check, setup):
                warnings, console.warnings = console.warnings, ()
                console.progress("")  # the row goes to another console, which knows nothing of this one's
                row = _warned(found, warnings)
                if row.result == FAIL and failures.setdefault(row.found, name) != name:  # said once
                    row = Finding(name, SKIPPED, f"not checked (see {failures[row.found]})")
                # Neither the name of the home folder nor anything that a terminal obeys.
                text, *advice = (plain(with_short_paths(each)) for each in (row.found, *row.advice.split("\n")))
                yield replace(row, found=text, advice="\n".join(advice))


def _warned(found: Finding, warnings: Iterable[str]) -> Finding:
    """Add what a login would warn of to a finding, which is then no success; what helps are lines of its own."""
    for warning in warnings:
        said, *helps = re.split(r" (?=(?:Fix|Run|Try): )", warning)
        found = replace(
            found,
            result=WARNING if found.result == PASS else found.result,
            found=said if said.startswith(found.found) else f"{found.found.rstrip('.')}. {said}",
            advice="\n".join(filter(None, (found.advice, *helps))),
        )
    return found


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
        advice = "Fix: if no other line explains it, report this as a bug in flickr-auth"
        yield Finding(name, FAIL, text, advice, Error.exit_code)
