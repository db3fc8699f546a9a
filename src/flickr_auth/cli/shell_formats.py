"""An account's variables as lines for shells, and for programs that read a file of them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ..account import Account
from ..errors import UsageError


def variables(account: Account, base_url: str | None = None) -> dict[str, str | None]:
    """Return the variables that hand an account to another program; None is one that has to be unset there.

    A token goes to its own provider alone, so FLICKR_AUTH_BASE_URL is always among them: it may be set already, and
    not to this provider. `base_url` is where the sandbox listens.
    """
    keys = account.keys
    return {
        "FLICKR_API_KEY": keys.api_key,
        "FLICKR_API_SECRET": keys.api_secret,
        "FLICKR_OAUTH_TOKEN": account.oauth_token,
        "FLICKR_OAUTH_TOKEN_SECRET": account.oauth_token_secret,
        "FLICKR_AUTH_BASE_URL": None if account.is_flickr else base_url or account.provider,
    }


def env(values: Mapping[str, str | None]) -> str:
    """Write lines for sh, bash, dash and zsh (POSIX 2.2.2: nothing is special between single quotes)."""
    from shlex import quote

    return "\n".join(
        f"unset {name}" if value is None else f"export {name}={quote(value)}" for name, value in values.items()
    )


def fish(values: Mapping[str, str | None]) -> str:
    """Write lines for fish, where a backslash escapes a quote and itself between single quotes.

    Source: https://fishshell.com/docs/current/language.html#quotes
    """
    return "\n".join(
        f"while set -q {name}; set -e {name}; end"  # in every scope
        if value is None
        else "set -gx {} '{}'".format(name, value.replace("\\", "\\\\").replace("'", "\\'"))
        for name, value in values.items()
    )


def powershell(values: Mapping[str, str | None]) -> str:
    """Write lines for PowerShell: a quote is doubled between single quotes, and typographic ones count as quotes.

    Source: https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_quoting_rules
    """
    return "\n".join(
        f"Remove-Item Env:{name} -ErrorAction SilentlyContinue"
        if value is None
        else "$Env:{} = '{}'".format(name, _SINGLE_QUOTES.sub(r"\g<0>\g<0>", value))
        for name, value in values.items()
    )


def dotenv(values: Mapping[str, str | None]) -> str:
    """Write lines for `docker run --env-file` and systemd's `EnvironmentFile=`, which do not quote alike.

    Docker takes all after the first `=` as it stands; systemd takes quotes and backslashes for its own, and drops
    blanks at both ends. A file cannot unset a variable, so for Flickr the base URL is set to nothing, which is unset.
    Sources: https://docs.docker.com/reference/cli/docker/container/run/#env and systemd.exec(5), EnvironmentFile=.
    Raises `UsageError` for a value that one of the two would read as another.
    """
    for name, value in values.items():
        if value and (not value.isprintable() or value.strip() != value or _QUOTING.search(value)):
            raise UsageError(
                f"The format dotenv cannot hold the value of {name}: a quote, a backslash, a line end, or a blank at"
                " its end would be read as something else.",
                "Try: flickr-auth run -- COMMAND",
            )
    return "\n".join(f"{name}={value or ''}" for name, value in values.items())


_SINGLE_QUOTES = re.compile("['\u2018\u2019\u201a\u201b]")
_QUOTING = re.compile(r"[\"'\\]")
FORMATS = {"env": env, "dotenv": dotenv, "fish": fish, "powershell": powershell}
