"""The checks in their order, each of which may fail in any way without hindering the others."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import click

from ...errors import Error
from ..console import Console
from ..context import Context
from ..exits import ExitCode
from ..text import plain, with_short_paths
from . import machine, network, stores
from .finding import FAIL, PASS, WARNING, Finding, failed, skipped
from .setup import Setup, Skipped

_CHECKS: dict[str, Callable[[Setup], Iterator[Finding]]] = {
    "versions": machine.versions,
    "variables": machine.variables,
    "keys": network.keys,
    "keyring": stores.keyring,
    "folder": machine.folder,
    "provider": network.provider,
    "reachable": network.reachable,
    "key-known": network.key_known,
    "clock": network.clock,
    "account": stores.accounts,
}


class _Remembering(Console):
    """A console whose warnings become part of the checklist: what a login would warn of is not well."""

    warnings: tuple[str, ...] = ()

    def warn(self, text: str) -> None:
        """Remember the warning."""
        self.warnings = (*self.warnings, text)


def findings(context: Context, options: Sequence[click.Parameter], *, offline: bool) -> Iterator[Finding]:
    """What each check found, as it is found, and fit to be pasted into a bug report. `options` are those of a login."""
    console = _Remembering(context.environ)
    remembering = Context(context.environ, console)
    remembering.verbose = context.verbose
    with contextlib.ExitStack() as stack:
        setup = Setup(remembering, options, stack, offline=offline)
        for name, check in _CHECKS.items():
            for found in _guarded(name, lambda check=check: check(setup)):  # type: ignore[misc]  # bound at once
                warnings, console.warnings = console.warnings, ()
                yield _public(_warned(found, warnings))


def _warned(finding: Finding, warnings: tuple[str, ...]) -> Finding:
    """The finding with what was warned of meanwhile."""
    if not warnings or finding.result != PASS:
        return finding
    return replace(finding, result=WARNING, advice=" ".join(dict.fromkeys(warnings)))


def _public(finding: Finding) -> Finding:
    """The finding without the name of the home folder, and with nothing in it that a terminal obeys."""
    found, advice = (plain(with_short_paths(text)) for text in (finding.found, finding.advice))
    return replace(finding, found=found, advice=advice)


def _guarded(name: str, check: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
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
