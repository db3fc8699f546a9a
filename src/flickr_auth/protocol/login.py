"""A login without a terminal: begin → PendingLogin → complete → Account → prove.

Whoever drives it shows the address, gets the verifier, and says where the account is kept.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from ..account import Account, Token
from ..errors import NotKept, StoreError
from ..transport import Transport
from . import legs, rest

Keep = Callable[[Account], Account]


@dataclass(frozen=True)
class PendingLogin:
    """A login that waits for its verifier: the request token, what is asked for, and the address to open."""

    request: Token
    perms: str
    authorize_url: str


def begin(transport: Transport, perms: str, callback: str = legs.OUT_OF_BAND) -> PendingLogin:
    """Ask for a request token, and know the address at which the person can say yes.

    Raises `Refused` and `Unreachable`.
    """
    request = legs.request_token(transport, callback)
    return PendingLogin(request, perms, transport.provider.authorize_url(request.oauth_token, perms))


def complete(transport: Transport, pending: PendingLogin, verifier: str, keep: Keep) -> Account:
    """Trade the verifier for an access token and keep it at once: whatever comes later, it is not lost.

    `keep` stores an account and returns it as stored. If that fails, `NotKept` says where to revoke the token that
    was issued. Raises `Refused` and `Unreachable` as `legs.access_token` does, if no token was issued.
    """
    issued = legs.access_token(transport, pending.request, verifier)
    account = Account.of(
        transport.keys,
        issued.token,
        user_nsid=issued.user_nsid,
        username=issued.username,
        fullname=issued.fullname,
        perms=pending.perms,
        provider=transport.provider.name,
        logged_in_at=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    )
    try:
        return keep(account)
    except StoreError as failure:
        raise NotKept(
            f"The token was issued but not kept: {failure.message} To revoke it: {transport.provider.revoke_url}",
            failure.hint,
        ) from failure


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
