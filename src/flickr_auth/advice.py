"""The command that gets a new token for an account, wherever its old one came from."""

from __future__ import annotations

from .account import PERMS, Account


def renew(account: Account, perms: str | None = None, token_file: object = None, name: str | None = None) -> str:
    """A hint for a token that is refused, or that lacks the permission `perms`: `Run: ...`.

    A stored account brings its keys and its provider along; for others they are in the environment already.

    `token_file` is the file that the token came from, if it did; `name` what `--account` takes for this account.
    """
    from shlex import quote

    wanted = max((each for each in (perms, account.perms) if each in PERMS), key=PERMS.index, default="read")
    words = ["flickr-auth", "login"]
    if account.is_sandbox:
        words.append("--sandbox")
    if account.store == "token-file":
        known = token_file is not None and str(token_file) != "-"  # what came from stdin is stored as an account
        words += ["--token-file", quote(str(token_file))] if known else []
    elif account.store == "environment":
        words = ["unset", "FLICKR_OAUTH_TOKEN", "FLICKR_OAUTH_TOKEN_SECRET;", *words]
    elif name or account.account:
        words += ["--account", quote(name or account.account or "")]
    if wanted != "read":
        words += ["--perms", wanted]
    return f"Run: {' '.join(words)}"
