"""The end of a command that changes accounts: which one is the default now, and what outranks it."""

from __future__ import annotations

from ..storage import environment
from .context import Context


def print_default(context: Context, *, is_outcome: bool = False) -> None:
    """Print which account is the default now, how to change that, and the variable that outranks it, if any.

    `is_outcome` says that the default is what has been changed.
    """
    lines = context.accounts.default_note()
    outranked = lines.pop() if environment.deciding(context.environ) else None
    for number, line in enumerate(lines):
        if is_outcome and number == 0:
            context.console.done(line)
        else:
            context.console.say(line)
    if outranked:
        context.console.warn(outranked)
