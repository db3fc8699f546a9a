"""The group of commands, and the one place where errors become exit codes."""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
from typing import Any, NoReturn

import click

from ..errors import Error
from ..version import __version__
from . import options, signals
from .console import discard_stdout
from .context import Context
from .exits import ExitCode, exit_code

# Each is the `command` of the module of that name, imported when it is needed.
_COMMANDS = ("login", "show", "logout", "status", "use", "call", "run", "sandbox")


class App(click.Group):
    """A group that imports a command when it is asked for, and turns errors into words and exit codes."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        """The names of the commands, in the order of their use."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  # click's signature
        """The command of that name, None if there is none."""
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"{__package__}.{cmd_name}").command
        return command

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401  # click's signature
        """Run the command; every failure leaves as one message and one exit code."""
        console = ctx.ensure_object(Context).console
        try:
            return super().invoke(ctx)
        except Error as failure:
            console.fail(failure)
            ctx.exit(exit_code(failure))
        except KeyboardInterrupt:
            console.say()
            console.say("Cancelled.")
            ctx.exit(ExitCode.INTERRUPTED)
        except BrokenPipeError:
            discard_stdout()
            ctx.exit(ExitCode.BROKEN_PIPE)


@click.group(
    cls=App,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    invoke_without_command=True,
    subcommand_metavar="COMMAND [ARGS]...",  # else releases of click differ
)
@click.version_option(__version__, prog_name="flickr-auth")
@options.verbose
@click.pass_context
def cli(ctx: click.Context) -> None:
    """Log in to Flickr once, and every script and tool of yours can call it as you."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help(), err=True)
        ctx.exit(ExitCode.USAGE)


def main() -> NoReturn:
    """Run the program."""
    signals.exit_on_sigterm()
    with contextlib.suppress(AttributeError, ValueError):
        # A name that the terminal's encoding lacks is shown escaped, and is no reason to fail.
        sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # a TextIOWrapper, or suppressed
    cli.main(prog_name="flickr-auth", obj=Context(os.environ))
    raise AssertionError("click exits")
