"""The parts of commands: a command whose help has groups, and options that several commands share."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import click

from .context import Context

if TYPE_CHECKING:
    from pathlib import Path

    from click.shell_completion import CompletionItem

Function = TypeVar("Function", bound=Callable[..., Any])
Sections = Iterable[tuple[str, list[tuple[str, str]]]]  # of a page of help: titles, and names with their words


def _show_help(ctx: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        from .help_page import help_page

        ctx.ensure_object(Context).console.answer(help_page(ctx))
        ctx.exit()


class Helpful(click.Command):
    """A command whose help is the same text with every release of click, and an answer like every other."""

    def get_help_option(self, ctx: click.Context) -> click.Option | None:  # noqa: ARG002  # click's signature
        """Return `-h` and `--help`; always the same object, by which click knows it."""
        return _HELP

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse as click does; each error knows its command, whose help it names."""
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as failure:
            failure.ctx = failure.ctx or ctx
            raise


class Command(Helpful):
    """A command. In its help come `groups` of options, by title with their `--name`s; `sections`; and `examples`."""

    def __init__(
        self,
        *arguments: Any,  # noqa: ANN401  # whatever click.Command takes
        groups: Mapping[str, tuple[str, ...]] | None = None,
        sections: Callable[[], Sections] = lambda: (),
        examples: tuple[str, ...] = (),
        **attributes: Any,  # noqa: ANN401  # whatever click.Command takes
    ) -> None:
        super().__init__(*arguments, **attributes)
        self.groups = groups or {}
        self.sections = sections
        self.examples = examples

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse as click does; an argument too many is an error that says where it was probably meant to go."""
        given = list(args)
        ctx.allow_extra_args = True
        extra = super().parse_args(ctx, args)
        if extra and not ctx.resilient_parsing:
            from . import usage

            raise usage.extra_arguments(ctx, given, extra)
        return extra


class Number(click.ParamType):  # type: ignore[type-arg]  # generic only in the newest click
    """A number from `least` to `most`, whole or not."""

    name = "number"

    def __init__(self, kind: type[int] | type[float], least: float, most: float) -> None:
        self._kind = kind
        self._least = least
        self._most = most

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:  # noqa: ANN401  # click's signature
        """Read the number. Raises `BadParameter` for NaN, too."""
        try:
            number = self._kind(value)
        except (ValueError, OverflowError):
            number = self._least - 1
        if not self._least <= number <= self._most:
            kind = "whole number" if self._kind is int else "number"
            self.fail(f"{value!r} is not a {kind} from {self._least:g} to {self._most:g}.", param, ctx)
        return number


PORT = Number(int, 1, 65535)


def command(name: str, **attributes: Any) -> Callable[[Callable[..., Any]], Command]:  # noqa: ANN401  # as click.command
    """Make a `Command` of a function, whose docstring is its help."""

    def made(function: Callable[..., Any]) -> Command:
        described = {"cls": Command, "help": function.__doc__ or _docstring(function), **attributes}
        make: Callable[[Callable[..., Any]], Command] = click.command(name, **described)
        return make(function)

    return made


def _docstring(function: Callable[..., Any]) -> str | None:
    """Read the docstring that PYTHONOPTIMIZE=2 took out of a function; None if its source is not there."""
    import ast
    import inspect

    with contextlib.suppress(OSError):
        (definition,) = ast.parse(inspect.getsource(function)).body
        return ast.get_docstring(definition)  # type: ignore[arg-type]  # a function's
    return None


def _set_verbose(ctx: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if value:
        ctx.ensure_object(Context).verbose = True


def not_empty(_ctx: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    """Return the value. An empty one is wrong usage: an unset variable of a script does not mean the default."""
    if value == "":
        raise click.BadParameter("the value is empty.")
    return value


def _path(ctx: click.Context, parameter: click.Parameter, value: str | None) -> Path | None:
    name = not_empty(ctx, parameter, value)
    if name is None:
        return None
    from pathlib import Path

    return Path(name)


def file_option(*names: str, **attributes: Any) -> Callable[[Function], Function]:  # noqa: ANN401  # as click.option
    """Make an option that names a file; an empty name is wrong usage."""
    is_file = click.Path(readable=False)  # whether it can be read is found out by whoever reads it
    return click.option(*names, **{"type": is_file, "metavar": "FILE", "callback": _path, **attributes})


def complete_account(ctx: click.Context, parameter: click.Parameter, typed: str) -> list[CompletionItem]:
    """Complete the name of an account."""
    from . import complete_accounts

    return complete_accounts.accounts(ctx, parameter, typed)


_HELP = click.Option(
    ["-h", "--help"], is_flag=True, is_eager=True, expose_value=False, callback=_show_help, help="Show this help."
)
verbose = click.option(
    "-v",
    "--verbose",
    is_flag=True,
    expose_value=False,
    callback=_set_verbose,
    help="Log each request: verb, host, path, API method, status, time.",
)
apikeys = file_option(
    "--apikeys", envvar="FLICKR_APIKEYS", help='Read the API key and its secret from this file ("-" reads stdin).'
)
store = click.option(
    "--store",
    type=click.Choice(("auto", "keyring", "file")),
    envvar="FLICKR_AUTH_STORE",
    default="auto",
    show_default=True,
    help="Where to store the token; auto is the keyring if there is one.",
)
token_file = file_option(
    "--token-file",
    help='Use the token in this file instead of an account ("-" reads stdin). [env: FLICKR_TOKEN_FILE]',
)


def account_option(help: str, **attributes: Any) -> Callable[[Function], Function]:  # noqa: A002, ANN401  # as click.option
    """Make `--account`, with the words for what the command does with that account."""
    return click.option(
        "--account", metavar="ACCOUNT", callback=not_empty, shell_complete=complete_account, help=help, **attributes
    )


account = account_option(
    "Use this account instead of the default: username, NSID (12345678@N00) or ID (see: flickr-auth help files)."
    " [env: FLICKR_AUTH_ACCOUNT]"
)
