"""Click's errors for a wrong command line in our words, with the command or option that was probably meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from ..errors import Error, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

# Words of other programs, and the command here.
_GUESSES = {
    "whoami": "status",
    "list": "status",
    "ls": "status",
    "accounts": "status",
    "check": "status",
    "switch": "use",
    "select": "use",
    "default": "use",
    "token": "show",
    "get": "show",
    "print": "show",
    "cat": "show",
    "refresh": "login",
    "auth": "login",
    "signin": "login",
    "authorize": "login",
    "revoke": "logout",
    "signout": "logout",
    "remove": "logout",
    "delete": "logout",
    "exec": "run",
    "api": "call",
    "request": "call",
    "test": "doctor",
    "diagnose": "doctor",
    "version": "--version",
    "completions": "completion",
}


def no_command(name: str, commands: Iterable[str], path: str) -> UsageError:
    """Make the error for a command that does not exist."""
    guess = _GUESSES.get(name.lower()) or _closest(name, commands)
    return _unknown(f"No such command '{name}'.", guess and f"{path} {guess}", f"Run: {path} --help")


def no_topic(name: str, subjects: Iterable[str], path: str) -> UsageError:
    """Make the error for a topic that does not exist."""
    guess = _closest(name, subjects)
    return _unknown(f"No such topic or command '{name}'.", guess and f"{path} help {guess}", f"Run: {path} help")


def _unknown(message: str, guess: str, hint: str) -> UsageError:
    return UsageError(f"{message} Did you mean: {guess}") if guess else UsageError(message, hint)


def error(failure: click.ClickException) -> Error:
    """Make an error of ours from one of click's."""
    ctx = failure.ctx if isinstance(failure, click.UsageError) else None
    hint = f"Run: {ctx.command_path} --help" if ctx else ""
    if isinstance(failure, click.NoSuchOption):
        options = [name for each in ctx.command.get_params(ctx) for name in each.opts] if ctx else []
        guess = _closest(failure.option_name, [each for each in options if each.startswith("--")])
        meant = f" Did you mean: {guess}" if guess else ""
        return UsageError(f"No such option '{failure.option_name}'.{meant}", hint)
    if isinstance(failure, click.MissingParameter) and failure.param is not None and ctx is not None:
        return UsageError(f"Missing {failure.param.param_type_name}: {_name(failure.param, ctx)}.", hint)
    if isinstance(failure, click.BadParameter) and failure.param is not None and ctx is not None:
        return _bad_value(failure, failure.param, ctx, hint)
    message = failure.message if failure.message.endswith((".", "?", "!")) else f"{failure.message}."
    return UsageError(message, hint)


def _bad_value(failure: click.BadParameter, param: click.Parameter, ctx: click.Context, hint: str) -> UsageError:
    """Make the error for a value, which names the option or the variable that it came from."""
    if param.name is None or ctx.get_parameter_source(param.name) is not ParameterSource.ENVIRONMENT:
        return UsageError(f"Invalid value for {_name(param, ctx)}: {failure.message}", hint)
    name, value = param.envvar, param.resolve_envvar_value(ctx)
    values = ["1", "0"]  # of a flag
    if isinstance(param.type, click.Choice):
        values = list(map(str, param.type.choices))
    elif not isinstance(param, click.Option) or not param.is_flag:
        return UsageError(
            f"Invalid value for {name}: {failure.message}", f"Fix: set {name} to another value, or unset it"
        )
    return UsageError(
        f"Invalid value for {name}: '{value}' is not {', '.join(values[:-1])} or {values[-1]}.",
        f"Fix: set {name} to {', '.join(values[:-1])} or {values[-1]}, or unset it",
    )


def _name(param: click.Parameter, ctx: click.Context) -> str:
    if isinstance(param, click.Option):
        return max(param.opts, key=len)
    return param.make_metavar(ctx) if _WANTS_CONTEXT else param.make_metavar()  # type: ignore[call-arg]  # older clicks


_WANTS_CONTEXT = "ctx" in click.Parameter.make_metavar.__code__.co_varnames


def _closest(name: str, names: Iterable[str]) -> str:
    from difflib import get_close_matches

    return next(iter(get_close_matches(name, list(names), n=1)), "")
