"""Hints: the command line of a login that helps, and the name by which this program was started."""

from __future__ import annotations

import os
import sys

from .account import PERMS, Account
from .errors import Refused


def login(**options: object) -> str:
    """Write the command line of a login with these options, in their order; None and False leave one out."""
    words = ["flickr-auth", "login"]
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
    if "flickr-auth log" in hint:  # login or logout
        return hint
    return f"{hint.rstrip('.')}, or run: {command}" if hint else f"Run: {command}"


def program() -> str:
    """Name the program as it was started: `flickr-auth` if PATH leads to it, else its path as it was typed."""
    import shutil

    typed = sys.argv[0]
    if not os.path.basename(typed).startswith("flickr-auth"):  # `python -m flickr_auth`, or somebody's own script
        return "flickr-auth"
    found = shutil.which("flickr-auth")
    return "flickr-auth" if found is not None and _is_same(found, typed) else quoted(typed)


def quoted(word: str | os.PathLike[str]) -> str:
    """Quote a word of a command for the shell of this system; the home folder is `~`, outside the quotes."""
    full = os.fspath(word)
    if os.name == "nt":
        is_bare = full and all(each.isalnum() or each in "@%+=:,./-_~\\" for each in full)
        return full if is_bare else f'"{full}"'
    from shlex import quote

    home = os.path.expanduser("~").rstrip("/") + "/"
    is_below = home.startswith("/") and home != "/" and full.startswith(home) and full != home
    return f"~/{quote(full[len(home) :])}" if is_below else quote(full)


def _is_same(found: str, typed: str) -> bool:
    try:
        return os.path.samefile(found, typed)
    except OSError:
        return False
