"""Hints: the command line of a login that helps, and of an installer that brings what is missing."""

from __future__ import annotations

import os
import re
import sys

from .account import PERMS, Account
from .errors import Refused
from .program import program, quoted


def login(**options: object) -> str:
    """Write the command line of a login with these options, in their order; None and False leave one out."""
    words = [program(), "login"]
    for name, value in options.items():
        if value is not None and value is not False:
            words.append(f"--{name.replace('_', '-')}")
            words += [] if value is True else [quoted(str(value))]
    return " ".join(words)


def renew(account: Account, needed: str | None = None, token_file: object = None, name: str | None = None) -> str:
    """Write the hint for a token that is refused, or that lacks the permission `needed`.

    A stored account has its keys and its provider; for others they are in the environment already. `token_file` is the
    file that the token came from, if it did; `name` is for --account.
    """
    wanted = max((each for each in (needed, account.perms) if each in PERMS), key=PERMS.index, default=PERMS[0])
    perms = None if wanted == PERMS[0] else wanted
    if account.store == "token-file":
        is_named = token_file is not None and str(token_file) != "-"  # a token from stdin is stored as an account
        command = login(sandbox=account.is_sandbox, token_file=token_file if is_named else None, perms=perms)
    elif account.store == "environment":
        unset = "unset FLICKR_OAUTH_TOKEN FLICKR_OAUTH_TOKEN_SECRET"
        command = f"{unset}; {login(sandbox=account.is_sandbox, perms=perms)}"
    else:
        command = login(sandbox=account.is_sandbox, account=name or account.account, perms=perms)
    return f"Run: {command}"


def advise(failure: Refused, account: Account, token_file: object = None, name: str | None = None) -> None:
    """Add the login that gets a new token to the refusal of this one, if it has no hint yet."""
    failure.reword(hint=failure.hint or renew(account, failure.needed, token_file, name))


def in_file(hint: str, command: str) -> str:
    """Let the hint of a keyring that failed end with the command that keeps the token in a file."""
    if is_of_login(hint):
        return hint
    return f"{hint}, or run: {command}" if hint else f"Run: {command}"


def is_of_login(hint: str) -> bool:
    """Whether the hint has a login or logout in it already, however the program is named."""
    return re.search(r"flickr.auth['\"]? log(in|out)\b", hint) is not None


def install(package: str, *, again: bool = False) -> str:
    """Write the hint that installs a Python package for this program, with the installer that made its environment.

    `again` replaces one that is there, and broken.
    """
    from importlib.util import find_spec

    folder = sys.prefix
    if (
        os.path.isfile(os.path.join(folder, "pipx_metadata.json"))
        and os.path.basename(os.path.dirname(folder)) == "venvs"
    ):
        return f"Run: pipx inject {'--force ' if again else ''}{quoted(os.path.basename(folder))} {quoted(package)}"
    if sys.executable and find_spec("pip"):
        return f"Run: {quoted(sys.executable)} -m pip install {'--force-reinstall ' if again else ''}{quoted(package)}"
    if _is_made_by_uv(folder):
        reinstall = "--reinstall " if again else ""
        return f"Run: uv pip install {reinstall}--python {quoted(sys.executable)} {quoted(package)}"
    return f"Fix: install the Python package {package} for {sys.executable or 'this Python'}"


def _is_made_by_uv(folder: str) -> bool:
    try:
        with open(os.path.join(folder, "pyvenv.cfg"), encoding="utf-8") as settings:
            return any(line.partition("=")[0].strip() == "uv" for line in settings)
    except (OSError, ValueError):  # not a virtual environment
        return False
