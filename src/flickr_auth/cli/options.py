"""What the commands are made of: a command whose help has groups, and options that several commands share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import click

from .context import Context

if TYPE_CHECKING:
    from pathlib import Path

    from click.shell_completion import CompletionItem

    from .help_page import Rows

_USUAL, _NARROWEST = 80, 40  # columns of a page of help
Function = TypeVar("Function", bound=Callable[..., Any])


def _show_help(ctx: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        context = ctx.ensure_object(Context)
        context.console.answer(help_page(ctx))
        ctx.exit()


def help_page(ctx: click.Context) -> str:
    """The help of the context's command, as wide as stdout."""
    from .help_page import help_page

    return help_page(ctx, help_columns(ctx))


def help_columns(ctx: click.Context) -> int:
    """How wide a page of help is."""
    context = ctx.ensure_object(Context)
    columns = context.environ.get("COLUMNS", "")
    if columns.isdecimal() and len(columns) <= 4 and int(columns):
        return max(int(columns), _NARROWEST)
    return context.console.answer_columns() if context.console.answers_terminal else _USUAL


class Helpful(click.Command):
    """A command with our help: the same text with every click, and an answer like every other."""

    def get_help_option(self, ctx: click.Context) -> click.Option | None:  # noqa: ARG002  # click's signature
        """`-h` and `--help`; always the same object, by which click knows it."""
        return _HELP

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click does it; an error always says of which command it is."""
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as failure:
            failure.ctx = failure.ctx or ctx
            raise

    def get_help(self, ctx: click.Context) -> str:
        """The help as wide as the terminal."""
        return help_page(ctx)

    def sections(self) -> Iterable[tuple[str, Rows]]:
        """Sections that the help has after the options: a title and its rows, for subclasses."""
        return ()


class Command(Helpful):
    """A command. `groups` are the titles of its groups of options, and what belongs to each: `--name`s in order.

    `examples` are command lines, which the help ends with.
    """

    def __init__(
        self,
        *arguments: Any,  # noqa: ANN401  # whatever click.Command takes
        groups: Mapping[str, tuple[str, ...]] | None = None,
        examples: tuple[str, ...] = (),
        **attributes: Any,  # noqa: ANN401  # whatever click.Command takes
    ) -> None:
        super().__init__(*arguments, **attributes)
        self.groups = groups or {}
        self.examples = examples


class Option(click.Option):
    """An option whose variable comes from the environment that the program was handed, not from `os.environ`.

    `read_elsewhere` is a variable that help shows beside the option, and that the choice of the account reads.
    """

    def __init__(
        self,
        *arguments: Any,  # noqa: ANN401  # whatever click.Option takes
        read_elsewhere: str = "",
        **attributes: Any,  # noqa: ANN401  # whatever click.Option takes
    ) -> None:
        super().__init__(*arguments, **attributes)
        self.read_elsewhere = read_elsewhere

    def resolve_envvar_value(self, ctx: click.Context) -> str | None:
        """The variable's value; None if it is unset or empty."""
        if not isinstance(self.envvar, str):
            return None
        return ctx.ensure_object(Context).environ.get(self.envvar) or None


class Number(click.ParamType):  # type: ignore[type-arg]  # generic only in the newest click
    """A number from `least` to `most`, whole or not; in the words of a person if it is none."""

    name = "number"

    def __init__(self, kind: type[int] | type[float], least: float, most: float) -> None:
        self._kind = kind
        self._least = least
        self._most = most

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:  # noqa: ANN401  # click's signature
        """The number that the text means."""
        try:
            number = self._kind(value)
        except (ValueError, OverflowError):
            number = self._least - 1
        if not self._least <= number <= self._most:  # nor if it is NaN
            kind = "whole number" if self._kind is int else "number"
            self.fail(f"{value!r} is not a {kind} from {self._least:g} to {self._most:g}.", param, ctx)
        return number


PORT = Number(int, 1, 65535)


def command(name: str, **attributes: Any) -> Callable[[Callable[..., Any]], Command]:  # noqa: ANN401  # as click.command
    """Make a `Command` of a function."""
    return click.command(name, **{"cls": Command, **attributes})


def option(*names: str, **attributes: Any) -> Callable[[Function], Function]:  # noqa: ANN401  # as click.option
    """An `Option` of a command."""
    return click.option(*names, **{"cls": Option, **attributes})


def _set_verbose(ctx: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if value:
        ctx.ensure_object(Context).verbose = True


def not_empty(_ctx: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    """The value, which may not be empty."""
    if value == "":  # an unset variable of a script must not mean "the default account"
        raise click.BadParameter("the value is empty.")
    return value


def _path(ctx: click.Context, parameter: click.Parameter, value: str | None) -> Path | None:
    name = not_empty(ctx, parameter, value)
    if name is None:
        return None
    from pathlib import Path

    return Path(name)


def file_option(*names: str, **attributes: Any) -> Callable[[Function], Function]:  # noqa: ANN401  # as click.option
    """An option that names a file; an empty name is wrong usage."""
    return option(*names, **{"type": click.Path(), "metavar": "FILE", "callback": _path, **attributes})


def complete_account(ctx: click.Context, parameter: click.Parameter, typed: str) -> list[CompletionItem]:
    """The names of accounts, as a shell completes them."""
    from . import complete_accounts

    return complete_accounts.accounts(ctx, parameter, typed)


_HELP = click.Option(
    ["-h", "--help"], is_flag=True, is_eager=True, expose_value=False, callback=_show_help, help="Show this help."
)
verbose = option(
    "-v",
    "--verbose",
    is_flag=True,
    expose_value=False,
    callback=_set_verbose,
    help="Log each request to stderr: method, host, path, status, time.",
)
apikeys = file_option(
    "--apikeys", envvar="FLICKR_APIKEYS", help='Read the API key and its secret from this file ("-" reads stdin).'
)
store = option(
    "--store",
    type=click.Choice(("auto", "keyring", "file")),
    envvar="FLICKR_AUTH_STORE",
    default="auto",
    show_default=True,
    help="Where to store the token; auto is the keyring if there is one.",
)
token_file = file_option(
    "--token-file",
    read_elsewhere="FLICKR_TOKEN_FILE",
    help='Use the token in this file instead of an account ("-" reads stdin).',
)


def account_option(help: str, **attributes: Any) -> Callable[[Function], Function]:  # noqa: A002, ANN401  # as click.option
    """`--account`, with the words for what the command does with that account."""
    return option(
        "--account", metavar="ACCOUNT", callback=not_empty, shell_complete=complete_account, help=help, **attributes
    )


account = account_option(
    "Use this account (NSID, username or ID) instead of the default.", read_elsewhere="FLICKR_AUTH_ACCOUNT"
)
