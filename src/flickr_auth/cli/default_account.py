"""The accounts in sentences: what each is called, which one is the default now, and what outranks it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from ..account import label, shortened
from ..errors import AccountError, Error
from ..storage.choose import FOUR, deciding
from .text import path

if TYPE_CHECKING:
    from ..storage.choose import Accounts
    from .context import Context

_USE = "flickr-auth use ACCOUNT"


def labels(accounts: Accounts) -> dict[str, str]:
    """Name each account for a sentence: with its ID where two would read the same, a damaged one by its ID."""
    shown = {name: name if isinstance(found, Error) else label(found) for name, found in accounts.folder.each()}
    of_name = Counter(shown.values())
    return {name: text if of_name[text] == 1 else f"{text} [{name}]" for name, text in shown.items()}


def print_default(context: Context, *, is_outcome: bool = False) -> None:
    """Print which account is the default now, how to change that, and the variable that outranks it, if any.

    `is_outcome` says that the default is what has been changed.
    """
    accounts, console = context.accounts, context.console
    shown = labels(accounts)
    if shown:
        try:
            default = accounts.default()
            first, then = f"Default account: {shown.get(default, default)}", f"To change it: {_USE}"
        except AccountError as failure:
            first, then = failure.message, f"To set one: {_USE}"
        (console.done if is_outcome else console.say)(first)
        if len(shown) > 1:
            console.say(then)
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
