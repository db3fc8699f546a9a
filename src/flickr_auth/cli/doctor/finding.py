"""What a check found: a line of the report."""

from __future__ import annotations

from dataclasses import dataclass

from ...errors import Error
from ..exits import ExitCode, exit_code

PASS, WARNING, FAIL, SKIPPED = "pass", "warning", "fail", "skipped"


@dataclass(frozen=True)
class Finding:
    """What one check found, what to do about it, and the exit code if it failed.

    `result` is `PASS`, `WARNING`, `FAIL` or `SKIPPED`.
    """

    check: str
    result: str
    found: str
    advice: str = ""
    code: ExitCode = ExitCode.DONE


def passed(check: str, found: str) -> Finding:
    """The finding that all is well."""
    return Finding(check, PASS, found)


def warning(check: str, found: str, advice: str) -> Finding:
    """The finding that a login works, and something should be fixed."""
    return Finding(check, WARNING, found, advice)


def failed(check: str, error: Error) -> Finding:
    """The finding that an error of ours is."""
    return Finding(check, FAIL, error.message, error.hint, exit_code(error))


def skipped(check: str, why: str) -> Finding:
    """The finding that this check had nothing to check."""
    return Finding(check, SKIPPED, why)
