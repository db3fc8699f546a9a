"""The group of commands, and the one place where errors become exit codes."""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import sys
from typing import TYPE_CHECKING, Any, NoReturn

import click

from ..errors import Error
from ..version import __version__
from . import options, signals
from .console import discard
from .context import Context
from .exits import ExitCode, exit_code

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

# Each is the `command` of the module of that name, which is imported when it is run; the sentences are here, because
# importing them all takes longer than anything else that --help does.
_COMMANDS = {
    "login": "Log in to Flickr and store the token.",
    "show": "Print the stored token.",
    "logout": "Forget the stored token.",
    "status": "Say of every account whether it still works.",
    "use": "Make an account the default.",
    "call": "Call a method of Flickr's and print its answer.",
    "run": "Run a program with the token in its environment.",
    "export": "Write the token where another Flickr tool looks for it.",
    "import": "Take over a token that another Flickr tool has.",
    "doctor": "Check what a login would use, and whether it would work.",
    "sandbox": "Serve a stand-in for Flickr, to test against.",
}
_MODULES = {"import": "import_token"}  # no module can be called import


class App(click.Group):
    """A group that imports a command when it is asked for, and turns errors into words and exit codes."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        """The names of the commands, in the order of their use."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  # click's signature
        """The command of that name, None if there is none."""
        if cmd_name not in _COMMANDS:
            return None
        module = _MODULES.get(cmd_name, cmd_name)
        command: click.Command = importlib.import_module(f"{__package__}.commands.{module}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  # click's signature
        """The names of the commands with their sentences, for --help."""
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """The names of the commands, or the group's own options, as a shell completes them."""
        from click.shell_completion import CompletionItem

        named = [CompletionItem(name, help=told) for name, told in _COMMANDS.items() if name.startswith(incomplete)]
        return named + click.Command.shell_complete(self, ctx, incomplete)

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
            discard(sys.stdout)
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
    gc.set_threshold(50_000)  # a start makes no garbage worth looking for; what runs for long still has its turns
    signals.exit_on_sigterm()
    with contextlib.suppress(AttributeError, ValueError):
        # A name that the terminal's encoding lacks is shown escaped, and is no reason to fail.
        sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # a TextIOWrapper, or suppressed
    if "_FLICKR_AUTH_COMPLETE" in os.environ:
        from . import completion

        completion.register()
    # On Windows click would expand *, ~ and %NAME% in arguments, and a photo's title is to arrive as it was typed.
    try:
        cli.main(prog_name="flickr-auth", obj=Context(os.environ), windows_expand_args=False)
    finally:
        gc.freeze()  # what is left goes with the process: looking through it once more would be in vain
    raise AssertionError("click exits")
