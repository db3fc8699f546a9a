"""`flickr-auth show`: print the stored token."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from ...account import FIELDS, Account
from ...errors import AccountError, UsageError
from .. import options
from ..console import Console
from ..context import Context
from ..text import plain

if TYPE_CHECKING:
    from pathlib import Path


_FORMATS = ("text", "json", "env", "lines")


@click.command("show")
@options.account
@options.file_option("--token-file", help="Show the token in this file instead.")
@click.option("--format", "form", type=click.Choice(_FORMATS), help="How to print it; text if not given.")
@click.option("--field", type=click.Choice(FIELDS), metavar="NAME", help="Print this field alone.")
@click.pass_obj
def command(
    context: Context, account: str | None, token_file: Path | None, form: str | None, field: str | None
) -> None:
    """Print the stored token, secrets included.

    text has a row for each field that is known; json has all of them, null where unknown; env has lines for a shell,
    with the four values that sign a request; lines has the token and its secret.

    \b
    Fields: api_key api_secret oauth_token oauth_token_secret user_nsid
    username fullname perms account store provider logged_in_at
    """
    if form and field:
        raise UsageError("--format and --field cannot go together.", "A field is printed as it is.")
    shown = context.accounts.choose(account, token_file)
    _say_where_from(context.console, shown, token_file or context.environ.get("FLICKR_TOKEN_FILE"))
    context.console.answer(_field(shown, field) if field else _PRINTED[form or "text"](shown))


def _say_where_from(console: Console, account: Account, token_file: Path | str | None) -> None:
    if account.store == "environment":
        console.say("From the environment: FLICKR_OAUTH_TOKEN.")
    elif account.store == "token-file":
        console.say(f"From the token file {plain(str(token_file))}.")


def _field(account: Account, name: str) -> str:
    value = getattr(account, name)
    if value is None:
        raise AccountError(f"The field {name} is not known for this account.", "To see what is: flickr-auth show")
    return plain(value)


def _text(account: Account) -> str:
    rows = [(name, getattr(account, name)) for name in FIELDS]
    return "\n".join(f"{name + ':':20}{plain(value)}" for name, value in rows if value is not None)


def _json(account: Account) -> str:
    return json.dumps({name: getattr(account, name) for name in FIELDS}, indent=2)


def _env(account: Account) -> str:
    import shlex

    variables = {
        "FLICKR_API_KEY": account.api_key,
        "FLICKR_API_SECRET": account.api_secret,
        "FLICKR_OAUTH_TOKEN": account.oauth_token,
        "FLICKR_OAUTH_TOKEN_SECRET": account.oauth_token_secret,
        # The token goes to no other provider, whoever uses these lines.
        "FLICKR_AUTH_BASE_URL": None if account.is_flickr else account.provider,
    }
    return "\n".join(f"export {name}={shlex.quote(value)}" for name, value in variables.items() if value)


def _lines(account: Account) -> str:
    return f"{account.oauth_token}\n{account.oauth_token_secret}"


_PRINTED = {"text": _text, "json": _json, "env": _env, "lines": _lines}
