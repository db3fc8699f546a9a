"""`flickr-auth run`: another program, with the token in its environment."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ...errors import Error
from .. import options
from ..context import Context
from ..exits import ExitCode
from ..signals import PassedOn

if TYPE_CHECKING:
    from ...account import Account
    from ...provider import Provider


@click.command(
    "run",
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
)
@options.account
@options.token_file
@click.argument("program", metavar="-- COMMAND", nargs=-1, required=True, type=click.UNPROCESSED)
@click.pass_context
def command(
    click_context: click.Context, account: str | None, token_file: Path | None, program: tuple[str, ...]
) -> None:
    """Run COMMAND with the four values in its environment, and end with its exit code.

    They are in FLICKR_API_KEY, FLICKR_API_SECRET, FLICKR_OAUTH_TOKEN and FLICKR_OAUTH_TOKEN_SECRET. Where the account
    is not Flickr's, FLICKR_AUTH_BASE_URL says whose it is. Signals are passed on. The exit code is 127 where there is
    no such command, and 126 where it cannot be executed.
    """
    context = click_context.find_object(Context) or Context()
    chosen = context.accounts.choose(account, token_file)
    with context.provider(chosen.provider) as provider:
        click_context.exit(_run(context, program, _environment(context.environ, chosen, provider)))


def _environment(environ: Mapping[str, str], account: Account, provider: Provider) -> dict[str, str]:
    keys = account.keys
    its = dict(environ) | {
        "FLICKR_API_KEY": keys.api_key,
        "FLICKR_API_SECRET": keys.api_secret,
        "FLICKR_OAUTH_TOKEN": account.oauth_token,
        "FLICKR_OAUTH_TOKEN_SECRET": account.oauth_token_secret,
    }
    if provider.is_flickr:
        its.pop("FLICKR_AUTH_BASE_URL", None)  # a token goes to its own provider alone
    else:
        its["FLICKR_AUTH_BASE_URL"] = provider.site
    return its


def _run(context: Context, program: tuple[str, ...], environ: Mapping[str, str]) -> int:
    """Run the program to its end, and return its exit code as a shell would tell it."""
    import subprocess

    with PassedOn(at_terminal=context.console.is_terminal) as passed_on:
        try:
            process = subprocess.Popen(program, env=environ)  # noqa: S603  # what the person asked for, and no shell
        except FileNotFoundError:
            context.console.fail(Error(f"There is no command {program[0]}.", "Is it installed, and on the PATH?"))
            return ExitCode.NOT_FOUND
        except (OSError, ValueError) as failure:  # ValueError: a NUL in an argument
            why = getattr(failure, "strerror", None) or str(failure)
            context.console.fail(Error(f"{program[0]} cannot be executed: {why}."))
            return ExitCode.NOT_EXECUTABLE
        passed_on.to(process)
        code = process.wait()
    return 128 - code if code < 0 else code
