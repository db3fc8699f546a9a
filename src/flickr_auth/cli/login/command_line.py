"""What a login was asked for, and the command line that asks for the same again."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..text import quoted

_FLAGS = {"as_json": "--json", "token_file": "--token-file"}
# Whatever a person may have given that counts for the next try as well, in the order of --help.
_REPEATED = (
    *("sandbox", "account", "apikeys", "perms", "callback", "port", "browser", "qr", "timeout"),
    *("store", "token_file", "start", "as_json"),
)


@dataclass(frozen=True)
class Options:
    """What the command line and the environment ask for; `flags` are the names that the command line itself gives.

    `perms` is None if nothing asks for any.
    """

    account: str | None
    apikeys: Path | None
    perms: str | None
    store: str
    token_file: Path | None
    pin: bool
    callback: bool
    port: int | None
    browser: bool | None
    qr: bool
    timeout: float | None
    sandbox: bool
    start: bool
    as_json: bool
    finish: str | None
    pending: str | None
    flags: frozenset[str]

    def command(self, **changed: object) -> str:
        """The command line that runs this login again, quoted for a shell.

        It has the flags that were given, and `changed` ones with their new values; None and False leave one out.
        """
        given = {name: getattr(self, name) for name in _REPEATED if name in self.flags} | changed
        return command_line(**{name: given[name] for name in _REPEATED if name in given})


def command_line(**options: object) -> str:
    """The command line of a login with these options, quoted for a shell; None and False leave one out."""
    words = ["flickr-auth", "login"]
    for name, value in options.items():
        if name == "browser" and value is False:
            words.append("--no-browser")
        elif value is True:
            words.append(flag(name))
        elif value is not None and value is not False:
            shown = f"{value:g}" if isinstance(value, float) else str(value)
            words += [flag(name), quoted(again(value) if isinstance(value, Path) else shown)]
    return " ".join(words)


def again(path: Path) -> str:
    """The file, for another command: `-` for what the shell's <(...) made for this one, which is gone by then."""
    return "-" if str(path).startswith(("/dev/fd/", "/proc/self/fd/")) else str(path)


def flag(name: str) -> str:
    """The flag that sets the option of that name."""
    return _FLAGS.get(name, f"--{name}")
