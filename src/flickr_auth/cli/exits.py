"""The exit codes, and which of them an error has."""

from __future__ import annotations

from enum import IntEnum

from .. import errors


class ExitCode(IntEnum):
    """The exit codes that a script can rely on."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    NOT_CONFIGURED = 3
    REFUSED = 4
    UNREACHABLE = 5
    STORE = 6
    NOT_EXECUTABLE = 126
    NOT_FOUND = 127
    INTERRUPTED = 130
    BROKEN_PIPE = 141
    TERMINATED = 143


_CODES: tuple[tuple[type[errors.Error], ExitCode], ...] = (
    (errors.UsageError, ExitCode.USAGE),
    (errors.NotConfigured, ExitCode.NOT_CONFIGURED),
    (errors.Refused, ExitCode.REFUSED),
    (errors.Unreachable, ExitCode.UNREACHABLE),
    (errors.StoreError, ExitCode.STORE),
)


def exit_code(error: errors.Error) -> ExitCode:
    """Return the exit code of an error, by its branch of the tree."""
    for kind, code in _CODES:
        if isinstance(error, kind):
            return code
    return ExitCode.FAILED
