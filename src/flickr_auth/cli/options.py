"""Options that several commands have, each with one meaning."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from .context import Context

if TYPE_CHECKING:
    from pathlib import Path

    from click.shell_completion import CompletionItem


Command = TypeVar("Command", bound=Callable[..., Any])


def _be_verbose(click_context: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if value:
        click_context.ensure_object(Context).verbose = True


def _not_empty(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    if value == "":  # an unset variable of a script must not mean "the default account"
        raise click.BadParameter("it is empty.")
    return value


def _path(context: click.Context, parameter: click.Parameter, value: str | None) -> Path | None:
    named = _not_empty(context, parameter, value)
    if named is None:
        return None
    from pathlib import Path

    return Path(named)


def file_option(*names: str, **more: Any) -> Callable[[Command], Command]:  # noqa: ANN401  # whatever click.option takes
    """An option that names a file; an empty name is wrong usage."""
    return click.option(*names, type=click.Path(), callback=_path, **more)


def complete_account(context: click.Context, parameter: click.Parameter, typed: str) -> list[CompletionItem]:
    """The names of accounts, as a shell completes them."""
    from . import complete_accounts

    return complete_accounts.accounts(context, parameter, typed)


verbose = click.option(
    "-v",
    "--verbose",
    is_flag=True,
    expose_value=False,
    callback=_be_verbose,
    help="Tell of each request: method, host, path, status and time.",
)
apikeys = file_option("--apikeys", envvar="FLICKR_APIKEYS", help="The file with your API key and its secret.")
store = click.option(
    "--store",
    type=click.Choice(("auto", "keyring", "file")),
    envvar="FLICKR_AUTH_STORE",
    default="auto",
    show_default=True,
    help="Where to keep the token; auto is the keyring where there is one.",
)
token_file = file_option("--token-file", help="The token in this file, instead of an account.")
account = click.option(
    "--account",
    metavar="NAME",
    callback=_not_empty,
    shell_complete=complete_account,
    help="An NSID, a username or an ID, instead of the default.",
)
