"""`flickr-auth show`: print the stored token."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from ...account import FIELDS, Account
from ...errors import AccountError, UsageError
from .. import options
from ..context import Context
from ..text import path, plain, rows

if TYPE_CHECKING:
    from pathlib import Path


_FORMATS = {
    "text": "a row for each known field; the default",
    "json": "all fields; null if unknown",
    "env": "for sh, bash and zsh",
    "fish": "for fish",
    "powershell": "for PowerShell",
    "dotenv": "for docker's --env-file and systemd's EnvironmentFile=",
    "lines": "a token file: the token and its secret",
}


@options.command(
    "show",
    sections=lambda: [("Formats", list(_FORMATS.items()))],
    examples=(
        'eval "$(flickr-auth show --format env)"',
        "flickr-auth show --format fish | source",
        "flickr-auth show --field username",
    ),
)
@options.account
@options.token_file
@click.option("--format", "form", type=click.Choice(list(_FORMATS)), metavar="FORMAT", help="How to print it.")
@click.option("--json", "as_json", is_flag=True, help="Short for --format json.")
@click.option("--field", type=click.Choice(FIELDS), metavar="NAME", help="Print only this field.")
@click.pass_obj
def command(
    context: Context,
    *,
    account: str | None,
    token_file: Path | None,
    form: str | None,
    as_json: bool,
    field: str | None,
) -> None:
    """Print the stored token, secrets included.

    \b
    Fields: api_key api_secret oauth_token oauth_token_secret user_nsid
    username fullname perms account store provider logged_in_at
    """
    given = [name for name, value in (("--format", form), ("--json", as_json), ("--field", field)) if value]
    if len(given) > 1:
        raise UsageError(f"{' and '.join(given)} cannot be used together.", "Fix: leave out one of them")
    chosen = context.accounts.choose(account, token_file)
    _print_source(context, chosen, token_file)
    if field:
        context.console.answer(_field(chosen, field))
    elif form == "lines":
        # A token file has no newline at its end; on a terminal the prompt would follow the secret.
        end = "\n" if context.console.answers_terminal else ""
        context.console.answer(f"{chosen.oauth_token}\n{chosen.oauth_token_secret}", end=end)
    else:
        context.console.answer(_formatted(chosen, "json" if as_json else form or "text"))


def _print_source(context: Context, account: Account, token_file: Path | None) -> None:
    """Say where the answer comes from, if that is not an account that is stored here."""
    if account.store == "environment":
        context.console.say("From the environment: FLICKR_OAUTH_TOKEN.")
    elif account.store == "token-file" and token_file is None:
        name = path(context.environ.get("FLICKR_TOKEN_FILE", ""))
        context.console.say(f"From the token file {name} (FLICKR_TOKEN_FILE).")
    elif account.store == "token-file":
        context.console.say(
            "From the token on stdin." if str(token_file) == "-" else f"From the token file {path(token_file or '')}."
        )


def _field(account: Account, name: str) -> str:
    value = getattr(account, name)
    if value is None:
        raise AccountError(f"The field {name} is not known for this account.", "Run: flickr-auth show")
    return plain(value)


def _formatted(account: Account, form: str) -> str:
    if form == "text":
        return rows(zip(FIELDS, account, strict=True))
    if form == "json":
        return json.dumps(account._asdict(), indent=2)
    from .. import shell_formats

    return shell_formats.FORMATS[form](shell_formats.variables(account))
