"""The third leg of a login and the check after it: verifier → Account, as issued, and as the provider knows it."""

from __future__ import annotations

import time

from ..account import Account, Token
from ..transport import Transport
from . import legs, rest


def trade(transport: Transport, request: Token, verifier: str, perms: str) -> Account:
    """Trade a verifier for the access token: the account that it speaks for, with the permission that was asked for.

    It has to be kept at once, whatever comes later. Raises `Refused` and `Unreachable` as `legs.access_token` does.
    """
    issued = legs.access_token(transport, request, verifier)
    return Account.of(
        transport.keys,
        issued.token,
        user_nsid=issued.user_nsid,
        username=issued.username,
        fullname=issued.fullname,
        perms=perms,
        provider=transport.provider.name,
        logged_in_at=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    )


def prove(transport: Transport, account: Account) -> Account:
    """Ask the provider what the new token is good for, and return the account with what it says.

    Raises `Refused` if it rejects the token, `Unreachable` if that cannot be known.
    """
    verdict = rest.check_token(transport, account.token)
    return account._replace(
        perms=verdict.perms,
        user_nsid=account.user_nsid or verdict.user_nsid,
        username=account.username or verdict.username,
        fullname=account.fullname or verdict.fullname,
    )
