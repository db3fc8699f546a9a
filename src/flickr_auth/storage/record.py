"""What an account's file says of it: read, checked and written."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from ..account import FIELDS, FLICKR, LONGEST_NAME, SANDBOX, Account, ConsumerKeys, Token, can_sign
from ..errors import UsageError

_SECRETS = ("api_secret", "oauth_token", "oauth_token_secret")
_DETAILS = tuple(name for name in FIELDS if name not in (*_SECRETS, "api_key", "account", "store"))


class Record(NamedTuple):
    """An account as its file tells it.

    `keys` and `token` are there with the file store only; `backend` with the keyring only, as the name that
    `keyring.core.load_keyring` takes. `former` are other backends that may still hold an item. The rest is `Account`'s.
    """

    id: str
    api_key: str
    store: str
    user_nsid: str | None = None
    username: str | None = None
    fullname: str | None = None
    perms: str | None = None
    provider: str = FLICKR
    logged_in_at: str | None = None
    backend: str | None = None
    keys: ConsumerKeys | None = None
    token: Token | None = None
    former: tuple[str, ...] = ()

    @classmethod
    def of(cls, account: Account, backend: str | None = None, former: Iterable[str] = ()) -> Record:
        """Make the record of an account: with its secrets, unless a keyring backend keeps them."""
        name, keys, more = account.account or "", account.keys, _details(account._asdict())
        if backend:
            return cls(name, keys.api_key, "keyring", **more, backend=backend, former=tuple(former))
        return cls(name, keys.api_key, "file", **more, keys=keys, token=account.token, former=tuple(former))

    @classmethod
    def read(cls, name: str, fields: Mapping[str, str]) -> Record | None:
        """Make the record of that ID that a file's fields say; None if they are damaged."""
        store, api_key, backend = fields.get("store"), fields.get("api_key"), fields.get("backend")
        if not api_key or not can_sign(api_key) or not _is_provider(fields.get("provider", FLICKR)):
            return None
        more = _details(fields) | {"former": tuple(fields.get("former", "").split())}
        if store == "keyring" and backend:
            return cls(name, api_key, store, **more, backend=backend)
        if store == "file" and all(can_sign(fields.get(each)) for each in _SECRETS):
            keys = ConsumerKeys(api_key, fields["api_secret"], source="the stored account")
            return cls(name, api_key, store, **more, keys=keys, token=Token(fields[_SECRETS[1]], fields[_SECRETS[2]]))
        return None

    def account(self, keys: ConsumerKeys, token: Token) -> Account:
        """Make the account of this record and its secrets."""
        return Account.of(keys, token, account=self.id, store=self.store, **self.details)

    @property
    def details(self) -> dict[str, Any]:
        """All that is known of the account but the four values and where they are."""
        return {name: getattr(self, name) for name in _DETAILS}

    @property
    def backends(self) -> tuple[str, ...]:
        """The names of the keyring backends that may hold an item of the account."""
        return (*((self.backend,) if self.backend else ()), *self.former)

    @property
    def is_sandbox(self) -> bool:
        """Tell whether it is one of the made-up accounts of the built-in stand-in."""
        return self.provider == SANDBOX

    @property
    def names(self) -> list[str]:
        """The names that a person uses: the username and the NSID, as far as they are known."""
        return [name for name in (self.username, self.user_nsid) if name]

    def written(self) -> bytes:
        """Write what its file says."""
        told: dict[str, str | None] = {"id": self.id, "store": self.store, "backend": self.backend}
        told |= {"former": " ".join(self.former) or None, "api_key": self.api_key}
        if self.keys and self.token:
            told["api_secret"] = self.keys.api_secret
            told["oauth_token"], told["oauth_token_secret"] = self.token
        told |= self.details
        known = {name: value for name, value in told.items() if value is not None}
        return (json.dumps(known, indent=2) + "\n").encode()


def parsed(content: bytes) -> dict[str, str]:
    """Parse what an account's file says; nothing if it is damaged."""
    fields = _object(content)
    return fields if all(isinstance(value, str) for value in fields.values()) else {}


def keyrings(content: bytes) -> tuple[str, ...] | None:
    """Find the keyring backends that a damaged account's file still names; None if nothing can be read in it."""
    fields = {name: value for name, value in _object(content).items() if isinstance(value, str)}
    named = tuple(filter(None, (fields.get("backend"), *fields.get("former", "").split())))
    return named if named or fields.get("store") == "file" else None


def _object(content: bytes) -> dict[str, Any]:
    fields = None
    with contextlib.suppress(ValueError, RecursionError):
        fields = json.loads(content)
    return fields if isinstance(fields, dict) else {}


def _details(fields: Mapping[str, str | None]) -> dict[str, Any]:
    """Take what is known of an account besides the four values, bounded."""
    return {name: value[:LONGEST_NAME] for name in _DETAILS if (value := fields.get(name)) is not None}


def _is_provider(name: str) -> bool:
    """Tell whether an account can have that provider: a token goes nowhere else."""
    if name in (FLICKR, SANDBOX):
        return True
    from ..provider import at

    with contextlib.suppress(UsageError):
        return at(name).name == name
    return False
