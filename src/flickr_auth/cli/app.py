"""The group of commands, and the one place where errors become exit codes."""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

import click

from ..errors import Error, UsageError
from ..version import __version__
from . import options, signals
from .console import discard
from .context import Context

if TYPE_CHECKING:
    from io import TextIOWrapper

    from click.shell_completion import CompletionItem

# Each is the `command` of the module of that name, which is imported when it is run; the sentences are here, because
# importing them all takes longer than anything else that --help does.
_GROUPS = {
    "Log in": {
        "login": "Log in to Flickr and store the token.",
        "status": "Check whether each account's token still works.",
        "use": "Set the default account.",
        "logout": "Log out: delete the stored token.",
    },
    "Use the token": {
        "show": "Print the stored token.",
        "run": "Run a program with the token in its environment.",
        "call": "Call a Flickr API method and print the JSON response.",
        "sign": "Print the Authorization header of one request, for curl.",
    },
    "Other tools": {
        "export": "Export the token to another Flickr tool.",
        "import": "Import a token from another Flickr tool.",
    },
    "Help": {
        "doctor": "Diagnose login problems.",
        "sandbox": "Run a local test server that imitates Flickr.",
        "completion": "Print the shell script for Tab completion.",
        "help": "Show help for a command or a topic: environment, exit-codes, files, remote, tools, python, sandbox.",
    },
}
COMMANDS = {name: sentence for group in _GROUPS.values() for name, sentence in group.items()}
_COMPLETE = "_FLICKR_AUTH_COMPLETE"  # set by the scripts of the shells
_MODULES = {"import": "import_token"}  # no module can be called import


class App(options.Helpful, click.Group):
    """A group that imports a command when it is asked for, and turns errors into words and exit codes."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        """Return the names of the commands, in the order of their use."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  # click's signature
        """Import the command of that name; None if there is none."""
        if cmd_name not in COMMANDS:
            return None
        module = _MODULES.get(cmd_name, cmd_name)
        command: click.Command = importlib.import_module(f"{__package__}.commands.{module}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that the arguments name; a name that does not exist is an error that says what was meant."""
        if args[0] not in COMMANDS and not ctx.resilient_parsing:
            from . import usage

            raise usage.no_command(args[0], COMMANDS, ctx.command_path)
        return super().resolve_command(ctx, args)

    def sections(self) -> options.Sections:
        """Return the names of the commands with their sentences, for --help."""
        return [(title, list(commands.items())) for title, commands in _GROUPS.items()]

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Return the names of the commands, or the group's own options, as a shell completes them."""
        from click.shell_completion import CompletionItem

        named = [CompletionItem(name, help=words) for name, words in COMMANDS.items() if name.startswith(incomplete)]
        return named + click.Command.shell_complete(self, ctx, incomplete)

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,  # noqa: ARG002  # click's signature
        standalone_mode: bool = True,  # noqa: ARG002  # click's signature
        windows_expand_args: bool = False,  # noqa: ARG002  # *, ~ and %NAME% are to arrive as they were typed
        **extra: Any,  # noqa: ANN401  # click's signature
    ) -> NoReturn:
        """Run a command line to its end; exits.

        This is click's own `main` but for its messages and exit codes: those are ours, whatever stderr can take.
        """
        name = prog_name or "flickr-auth"
        extra["obj"] = context = extra.get("obj") or Context()
        arguments = sys.argv[1:] if args is None else list(args)
        sys.exit(_exit_code(context, lambda: self._run(name, arguments, extra)))

    def _run(self, name: str, arguments: list[str], extra: dict[str, Any]) -> None:
        if instruction := extra["obj"].environ.get(_COMPLETE):
            from . import completion

            completion.answer(self, extra, name, instruction)
            return
        with self.make_context(name, arguments, **extra) as ctx:
            self.invoke(ctx)


def _exit_code(context: Context, run: Callable[[], None]) -> int:
    """Run what is to be run; every failure leaves as one message and one exit code."""
    console = context.console
    try:
        run()
    except click.exceptions.Exit as end:
        return end.exit_code
    except (KeyboardInterrupt, click.Abort):
        console.say(*([""] if console.is_terminal else []), "Cancelled.")  # below the ^C that the terminal shows
        return signals.INTERRUPTED
    except BrokenPipeError:
        discard(sys.stdout)
        return signals.BROKEN_PIPE
    except (Error, click.ClickException, OSError, MemoryError, RecursionError) as failure:
        error = _error(failure)
        console.fail(error)
        return error.exit_code
    return 0


def _error(failure: Exception) -> Error:
    """Return the error of ours for a failure of click, Python or the system."""
    if isinstance(failure, Error):
        return failure
    if isinstance(failure, click.ClickException):
        from . import usage

        return usage.error(failure)
    if isinstance(failure, OSError):
        where = f": {failure.filename}" if failure.filename else ""
        return Error(f"{failure.strerror or type(failure).__name__}{where}.", "Run: flickr-auth doctor")
    if isinstance(failure, MemoryError):
        return Error("Not enough memory.")
    return Error("The data is nested too deeply.")  # a RecursionError


def _show_version(ctx: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        ctx.ensure_object(Context).console.answer(f"flickr-auth, version {__version__}")
        ctx.exit()


@click.group(
    cls=App,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Log in to Flickr once from the terminal; your scripts and other tools reuse that login.",
    invoke_without_command=True,
    subcommand_metavar="COMMAND [ARGS]...",  # else releases of click differ
)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_show_version, help="Show the version."
)
@options.verbose
@click.pass_context
def cli(ctx: click.Context) -> None:
    """Print the help if there is no command."""
    if ctx.invoked_subcommand is None:
        from .help_page import help_page

        ctx.ensure_object(Context).console.draw(help_page(ctx))
        ctx.exit(UsageError.exit_code)


def main() -> NoReturn:
    """Run the program."""
    try:
        signals.raise_in_main()
        _ready_descriptors()
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(AttributeError, ValueError):
                _ready_stream(stream)  # type: ignore[arg-type]  # a TextIOWrapper, or suppressed
        cli.main(prog_name="flickr-auth", obj=Context(os.environ))
    except KeyboardInterrupt:  # in a moment when no command was running
        sys.exit(signals.INTERRUPTED)
    finally:
        signals.settle()  # what is left is Python's own end, which would show a traceback
        gc.freeze()  # and a last look through all objects, which takes a tenth of a `show`'s time


def _ready_stream(stream: TextIOWrapper) -> None:
    """Let a character that the encoding lacks be shown escaped: it is no reason to fail.

    At a terminal LC_ALL=C asks for ASCII, and Python would send UTF-8 (PEP 540).
    """
    is_ascii = os.environ.get("LC_ALL") in ("C", "POSIX") and stream.isatty()
    stream.reconfigure(encoding="ascii" if is_ascii else None, errors="backslashreplace")


def _ready_descriptors() -> None:
    """Make 0, 1 and 2 what the program can rely on.

    One that is closed is occupied: else the next file that is opened would be somebody's stdout. It stays unusable.
    One that does not block, because another program left a terminal or a pipe so, would lose what it cannot take now.
    """
    if sys.platform == "win32":
        return  # consoles and pipes block there
    for wanted, mode in ((0, os.O_WRONLY), (1, os.O_RDONLY), (2, os.O_RDONLY)):
        with contextlib.suppress(OSError):
            try:
                blocks = os.get_blocking(wanted)
            except OSError:  # closed
                os.open(os.devnull, mode)  # which gets this number, the lowest that is free
            else:
                if not blocks:
                    os.set_blocking(wanted, True)
