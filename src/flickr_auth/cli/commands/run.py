"""`flickr-auth run`: another program, with the token in its environment."""

from __future__ import annotations

import errno
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ...account import FIELDS
from ...errors import AccountError, Error, UsageError
from .. import options, shell_formats, signals
from ..context import Context

_NOT_EXECUTABLE, _NOT_FOUND = 126, 127  # exit codes, as a shell has them

if TYPE_CHECKING:
    from ...account import Account

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")  # what every shell takes (POSIX 8.1)


@options.command(
    "run",
    examples=(
        "flickr-auth run -- python my_script.py",
        "flickr-auth run --env FLICKR_KEY=api_key -- npx a-tool",
    ),
    context_settings={"allow_interspersed_args": False},
)
@options.account
@options.token_file
@click.option(
    "--env",
    "mapping",
    metavar="NAME=FIELD",
    multiple=True,
    help="Set NAME to this field of the account, as in show --field; may be repeated. Then only these are set.",
)
@click.argument("program", metavar="-- COMMAND", nargs=-1, required=True, type=click.UNPROCESSED)
@click.pass_context
def command(
    click_context: click.Context,
    account: str | None,
    token_file: Path | None,
    mapping: tuple[str, ...],
    program: tuple[str, ...],
) -> None:
    """Run COMMAND with the account's keys and token in its environment, and exit with its exit code.

    They are in FLICKR_API_KEY, FLICKR_API_SECRET, FLICKR_OAUTH_TOKEN and FLICKR_OAUTH_TOKEN_SECRET, or under the names
    that --env gives. FLICKR_AUTH_BASE_URL is set if the account is not at Flickr, and unset if it is. The exit code is
    127 if the command is not found, and 126 if it cannot be executed.
    """
    context = click_context.ensure_object(Context)
    fields = _fields(mapping)
    chosen = context.accounts.choose(account, token_file)
    with context.provider(chosen.provider) as provider:
        environ = _environ(context.environ, chosen, provider.site, fields)
        try:
            if provider.is_sandbox or sys.platform == "win32":  # the sandbox lives on beside it; Windows has no exec
                code = _child(program, environ)
            else:
                with signals.default("SIGPIPE", "SIGXFSZ", "SIGCHLD"):
                    os.execvpe(program[0], program, environ)  # noqa: S606  # what the person asked for, and no shell
        except (OSError, ValueError) as failure:  # ValueError: a NUL in an argument
            code = _not_run(context, program[0], failure)
    click_context.exit(code)


def _environ(environ: Mapping[str, str], chosen: Account, base_url: str, fields: Mapping[str, str]) -> dict[str, str]:
    """Make the environment of the program: this one without our variables, and with those that it is to have."""
    ours = shell_formats.variables(chosen, base_url)
    values = {name: _value(chosen, field) for name, field in fields.items()} if fields else ours
    its = {name: value for name, value in environ.items() if name not in ours}
    return its | {name: value for name, value in values.items() if value is not None}


def _fields(mapping: tuple[str, ...]) -> dict[str, str]:
    """Read which field each variable of --env is set to. Raises `UsageError`."""
    fields: dict[str, str] = {}
    for given in mapping:
        name, equals, field = given.partition("=")
        if not equals:
            raise UsageError(f"--env '{given}' has no field.", f"Try: --env {given}=api_key")
        if not _NAME.fullmatch(name):
            raise UsageError(f"--env '{given}': '{name}' is not a variable name.", "Try: --env FLICKR_KEY=api_key")
        if field not in FIELDS:
            raise UsageError(f"--env '{given}': there is no field '{field}'.", f"Try: one of {', '.join(FIELDS)}")
        if name in fields:
            raise UsageError(f"--env gives {name} twice.", "Fix: remove one of them")
        fields[name] = field
    return fields


def _value(account: Account, field: str) -> str:
    value = getattr(account, field)
    if value is None:
        raise AccountError(f"The field {field} is not known for this account.", "Run: flickr-auth show")
    return str(value)


def _child(program: tuple[str, ...], environ: Mapping[str, str]) -> int:
    """Run the program beside us to its end, and return its exit code as a shell would tell it."""
    import subprocess

    with signals.default("SIGCHLD"), signals.left_to_child():
        first = signals.ending_with_us()
        process = subprocess.Popen(program, env=environ, close_fds=False, preexec_fn=first)  # noqa: S603, PLW1509
        with signals.passed_on(process):
            code = process.wait()
    return 128 - code if code < 0 else code


def _not_run(context: Context, program: str, failure: Exception) -> int:
    """Say why the program could not be started, and return the exit code that shells have for it."""
    import shutil

    if not program:
        context.console.fail(Error("The command is empty.", "Fix: check the variable that it comes from"))
        return _NOT_FOUND
    # Not found is also a PermissionError, if a folder on the PATH may not be entered.
    is_there = shutil.which(program, os.F_OK, context.environ.get("PATH")) is not None
    is_there = is_there or (os.path.dirname(program) != "" and os.path.exists(program))  # a folder
    if isinstance(failure, OSError) and not is_there:
        context.console.fail(Error(f"Command not found: {program}", "Fix: check its name, and that it is on the PATH"))
        return _NOT_FOUND
    if isinstance(failure, FileNotFoundError):
        why, fix = "its interpreter was not found", "Fix: check its first line, which names the interpreter"
    elif os.path.isdir(program):
        why, fix = "it is a folder", "Fix: name the program in it"
    else:
        why = getattr(failure, "strerror", None) or str(failure)
        is_no_program = getattr(failure, "errno", None) in (errno.EACCES, errno.ENOEXEC)
        fix = "Fix: check that it starts without flickr-auth"
        if is_no_program:
            fix = "Fix: make it executable, or name its interpreter first, such as: python3"
    context.console.fail(Error(f"{program} cannot be executed: {why}.", fix))
    return _NOT_EXECUTABLE
