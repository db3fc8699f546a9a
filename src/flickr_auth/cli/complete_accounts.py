"""Completion of the names of accounts: from the files alone, without a keyring and without a network."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from .context import Context
from .text import plain

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from ..storage.account_files import AccountFolder

_HARMLESS = frozenset(" -_.@+%")  # besides letters and digits: every shell quotes them rightly, or need not


def accounts(click_context: click.Context, _parameter: click.Parameter, typed: str) -> list[CompletionItem]:
    """Find usernames and NSIDs that begin as typed, in any case and form, and IDs if those tell accounts not apart."""
    from click.shell_completion import CompletionItem

    from ..errors import Error
    from ..storage import files
    from ..storage.account_files import AccountFolder
    from ..storage.choose import folded

    environ = click_context.ensure_object(Context).environ
    try:
        folder = AccountFolder(files.own_app_folder(environ, _ignore), _ignore)
        candidates = list(_candidates(folder, typed))
    except (Error, OSError, RuntimeError):  # a line that is being typed is no place for an error
        return []
    return [
        CompletionItem(name, help=plain(words))
        for name, words in dict(candidates).items()
        if folded(name).startswith(folded(typed))
    ]


def _ignore(_warning: str) -> None:
    """Pass over a warning: a line that is being typed is no place for one."""


def _candidates(folder: AccountFolder, typed: str) -> Iterator[tuple[str, str]]:
    """Yield each name with the names and the permission of its account."""
    from ..storage.choose import folded

    records = list(folder.records())
    accounts_of = Counter(folded(name) for record in records for name in set(record.names))
    for record in records:
        usable = [name for name in record.names if _is_harmless(name) and accounts_of[folded(name)] == 1]
        words = " ".join(filter(None, (*record.names, record.perms)))
        yield from ((name, words) for name in usable)
        nsid = record.user_nsid or ""
        if (not usable or typed.startswith(f"{nsid}-")) and _is_harmless(record.id):
            yield record.id, words


def _is_harmless(name: str) -> bool:
    """Tell whether a shell can insert it into a line as it is; of other accounts the NSID or the ID is offered."""
    from unicodedata import category

    # Marks on and behind letters (M) are not alphanumeric, and half of the letters of some scripts.
    return name[0].isalnum() and all(
        each.isalnum() or each in _HARMLESS or category(each).startswith("M") for each in name
    )
