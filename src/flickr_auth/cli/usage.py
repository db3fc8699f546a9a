"""Click's errors for a wrong command line in our words, with the command or option that was probably meant."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from ..errors import Error, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

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
# Options of other programs, and those here, of which a command has some; or what does the same as a word of its own.
_OPTIONS = {
    "--scope": "--perms",
    "--scopes": "--perms",
    "--permission": "--perms",
    "--permissions": "--perms",
    "--read": "--perms read",
    "--write": "--perms write",
    "--delete": "--perms delete",
    "--user": "--account",
    "--username": "--account",
    "--name": "--account",
    "--profile": "--account",
    "--token": "--field oauth_token",
    "--secret": "--apikeys",
    "--key": "--apikeys",
    "--api-key": "--apikeys",
    "--api-secret": "--apikeys",
    "--json": "--format json",
    "-V": "--version",
}
_COMMANDS = {
    ("status", "--all"): "status",
    ("status", "--format"): "status --json",
    ("use", "--account"): "use ACCOUNT",
    ("export", "--tool"): "export TOOL",
    ("import", "--tool"): "import TOOL",
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
        guess = _meant(failure.option_name, ctx) if ctx else ""
        return _unknown(f"No such option '{failure.option_name}'.", guess, hint)
    if isinstance(failure, click.MissingParameter) and failure.param is not None and ctx is not None:
        return UsageError(f"Missing {failure.param.param_type_name}: {_name(failure.param, ctx)}.", hint)
    if isinstance(failure, click.BadParameter) and failure.param is not None and ctx is not None:
        return _bad_value(failure, failure.param, ctx, hint)
    message = failure.message if failure.message.endswith((".", "?", "!")) else f"{failure.message}."
    return UsageError(message, hint)


def extra_arguments(ctx: click.Context, given: Sequence[str], extra: Sequence[str]) -> UsageError:
    """Make the error for arguments that a command does not take, with the option that one of them was meant for."""
    command = ctx.command
    takes = [each for each in command.params if isinstance(each, click.Argument)]
    message = f"{command.name} takes {'one' if takes else 'no'} argument."
    option = _option_for(extra[0], command) if len(extra) == 1 else ""
    if not option or option.split()[0] in given:
        return UsageError(message, f"Run: {ctx.command_path} --help")
    from ..program import quoted

    words = list(given)
    del words[len(words) - 1 - words[::-1].index(extra[0])]
    return UsageError(f"{message} Did you mean: {' '.join([ctx.command_path, *map(quoted, words), option])}")


def _option_for(word: str, command: click.Command) -> str:
    """Find the option that somebody meant who typed the word alone; empty if there is none."""
    from ..program import quoted

    options = {name: each for each in command.params for name in each.opts if name.startswith("--")}
    if f"--{word}" in options:
        return f"--{word}"
    for name, option in options.items():
        if isinstance(option.type, click.Choice) and word in option.type.choices:
            return f"{name} {word}"
    return f"--account {quoted(word)}" if "--account" in options else ""


def _meant(name: str, ctx: click.Context) -> str:
    """Guess the option, or the command, that somebody meant by an option that the command does not have."""
    options = [each for param in ctx.command.get_params(ctx) for each in param.opts if each.startswith("--")]
    if guess := _COMMANDS.get((ctx.command.name or "", name)):
        return f"{ctx.find_root().command_path} {guess}"
    guess = _OPTIONS.get(name, "")
    if guess and guess.split()[0] in options:
        return guess
    root = ctx.find_root()
    if isinstance(ctx.command, click.Group) and name[2:] in ctx.command.list_commands(ctx):
        return f"{ctx.command_path} {name[2:]}"
    if any((guess or name) in each.opts for each in root.command.params):
        return f"{root.command_path} {guess or name}"
    return _closest(name, options)


def _bad_value(failure: click.BadParameter, param: click.Parameter, ctx: click.Context, hint: str) -> UsageError:
    """Make the error for a value, which names the option or the variable that it came from."""
    if param.name is None or ctx.get_parameter_source(param.name) is not ParameterSource.ENVIRONMENT:
        message = failure.message
        if isinstance(param.type, click.Choice):
            message = re.sub(r" is not one of .*", f" is not {_either(map(str, param.type.choices))}.", message)
        return UsageError(f"Invalid value for {_name(param, ctx)}: {message}", hint)
    name, value = param.envvar, param.resolve_envvar_value(ctx)
    values = ["1", "0"]  # of a flag
    if isinstance(param.type, click.Choice):
        values = list(map(str, param.type.choices))
    elif not isinstance(param, click.Option) or not param.is_flag:
        return UsageError(
            f"Invalid value for {name}: {failure.message}", f"Fix: set {name} to another value, or unset it"
        )
    either = _either(values)
    return UsageError(
        f"Invalid value for {name}: '{value}' is not {either}.", f"Fix: set {name} to {either}, or unset it"
    )


def _either(values: Iterable[str]) -> str:
    *others, last = values
    return f"{', '.join(others)} or {last}"


def _name(param: click.Parameter, ctx: click.Context) -> str:
    if isinstance(param, click.Option):
        return max(param.opts, key=len)
    return param.make_metavar(ctx) if _WANTS_CONTEXT else param.make_metavar()  # type: ignore[call-arg]  # older clicks


_WANTS_CONTEXT = "ctx" in click.Parameter.make_metavar.__code__.co_varnames


def _closest(name: str, names: Iterable[str]) -> str:
    from difflib import get_close_matches

    return next(iter(get_close_matches(name, list(names), n=1)), "")
