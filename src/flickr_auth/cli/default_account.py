"""The accounts in sentences: what each is called, which one is the default now, and what outranks it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from ..account import label, shortened
from ..errors import AccountError, Error
from ..program import quoted
from ..storage.choose import FOUR, deciding
from .text import path

if TYPE_CHECKING:
    from ..storage.choose import Accounts
    from .context import Context


def labels(accounts: Accounts) -> dict[str, str]:
    """Name each account for a sentence: with its ID where two would read the same, a damaged one by its ID."""
    shown = {name: name if isinstance(found, Error) else label(found) for name, found in accounts.folder.each()}
    of_name = Counter(shown.values())
    return {name: text if of_name[text] == 1 else f"{text} [{name}]" for name, text in shown.items()}


def print_default(context: Context, other: str | None = None) -> None:
    """Print which account is the default now, and the variable that outranks it, if any.

    If that is not the `other` account, which may have been meant, print how to switch to it.
    """
    accounts, console = context.accounts, context.console
    try:
        default = accounts.default()
    except AccountError as failure:
        console.say(failure.message, failure.hint)
    else:
        name = shortened(accounts.short(default))
        if other in (None, default):
            console.say(f"Default account: {name}")
        else:
            use = f"flickr-auth use {quoted(accounts.short(other))}"
            console.say(f"{name} is still the default account. To switch: {use}")
    print_what_outranks(context)


def print_what_outranks(context: Context) -> None:
    """Print the variable that outranks the default account, if one does, and how to unset it."""
    environ = context.environ
    variable = deciding(environ)
    if variable in FOUR:
        there = " ".join(name for name in FOUR if environ.get(name))
        context.console.warn(
            f"{variable} is set, so commands use its token and no stored account. To change that: unset {there}"
        )
    elif variable:
        context.console.warn(
            f"{variable} is set, so commands use '{shortened(path(environ[variable]))}' and not the default."
            f" To change that: unset {variable}"
        )
