"""Accounts that are given and not stored: a token with keys from elsewhere, and the four variables."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping

from ..account import SANDBOX, Account, ConsumerKeys, Token, is_bare
from ..errors import KeysError, NoKeys
from . import files

FOUR = ("FLICKR_API_KEY", "FLICKR_API_SECRET", "FLICKR_OAUTH_TOKEN", "FLICKR_OAUTH_TOKEN_SECRET")


def deciding(environ: Mapping[str, str]) -> str:
    """Find the variable that decides which account commands use, instead of the default; empty if none does."""
    names = (*FOUR[2:], "FLICKR_AUTH_ACCOUNT", "FLICKR_TOKEN_FILE")
    return next((name for name in names if environ.get(name)), "")


def of_token(token: Token, environ: Mapping[str, str], warn: files.Warn) -> Account:
    """Make the account of a token from a token file: its consumer keys come from `apikeys`, and may be unknown.

    The sandbox has a key of its own.
    """
    from . import apikeys

    whose = _provider(environ)
    if whose == SANDBOX:
        from ..provider import SANDBOX_KEYS

        return Account.of(SANDBOX_KEYS, token, store="token-file", provider=whose)
    keys = None
    with contextlib.suppress(NoKeys):
        named = environ.get("FLICKR_APIKEYS")
        keys = apikeys.find(environ, warn, named or None)
    return Account.of(keys, token, store="token-file", provider=whose)


def in_environment(environ: Mapping[str, str]) -> Account | None:
    """Make the account that the four variables hold; None if the token's two are unset.

    Raises `KeysError` if only some are set.
    """
    key, secret, token, token_secret = (environ.get(name) or "" for name in FOUR)
    if not token and not token_secret:
        return None
    missing = [name for name in FOUR if not environ.get(name)]
    if missing:
        there = "FLICKR_OAUTH_TOKEN" if token else "FLICKR_OAUTH_TOKEN_SECRET"
        are = "are" if len(missing) > 1 else "is"
        names = " and ".join(filter(None, (", ".join(missing[:-1]), missing[-1])))
        raise KeysError(f"{there} is set, but {names} {are} not.", f"Set {names} too, or run: unset {there}")
    for name in FOUR:
        if not is_bare(environ[name]):
            from . import values

            values.checked(environ[name], name, KeysError, f"Set {name} to the bare value.")
    keys = ConsumerKeys(key, secret, source="FLICKR_API_KEY")
    return Account.of(keys, Token(token, token_secret), store="environment", provider=_provider(environ))


def _provider(environ: Mapping[str, str]) -> str | None:
    """Name the provider that the environment asks for; None if it asks for none, and Flickr is meant."""
    if not environ.get("FLICKR_AUTH_BASE_URL"):
        return None
    from .. import provider

    return provider.wanted(environ).name
