"""Who a token speaks for: frozen values whose reprs hold no secret."""

from __future__ import annotations

from dataclasses import dataclass, field, fields

from .errors import NoKeys

PERMS = ("read", "write", "delete")
_PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789@_-")
_LONGEST_ID = 100


@dataclass(frozen=True)
class ConsumerKeys:
    """The API key and its secret (RFC 5849's client credentials), and the words for where they came from."""

    api_key: str
    api_secret: str = field(repr=False)
    source: str = ""


@dataclass(frozen=True)
class Token:
    """A request token or an access token, with its secret."""

    oauth_token: str
    oauth_token_secret: str = field(repr=False)


@dataclass(frozen=True)
class Account:
    """Who a token speaks for, the four values that sign a request, and where they are kept.

    `None` is unknown: a token file knows no names, and no keys of its own. `perms` is read, write or delete;
    `account` the ID under which it is stored; `store` keyring, file, token-file or environment; `provider` flickr,
    sandbox or a base URL; `logged_in_at` UTC in ISO 8601.
    """

    api_key: str | None
    api_secret: str | None = field(repr=False)
    oauth_token: str
    oauth_token_secret: str = field(repr=False)
    user_nsid: str | None = None
    username: str | None = None
    fullname: str | None = None
    perms: str | None = None
    account: str | None = None
    store: str | None = None
    provider: str = "flickr"
    logged_in_at: str | None = None

    @property
    def token(self) -> Token:
        """The access token alone."""
        return Token(self.oauth_token, self.oauth_token_secret)


FIELDS = tuple(each.name for each in fields(Account))


def keys_of(account: Account) -> ConsumerKeys:
    """The consumer keys of an account. Raises `NoKeys` where they are unknown: a token file holds none."""
    if account.api_key is None or account.api_secret is None:
        raise NoKeys(
            "The token file has no API key, and no apikeys file was found.",
            "Set FLICKR_API_KEY and FLICKR_API_SECRET, or name a file in FLICKR_APIKEYS.",
        )
    return ConsumerKeys(account.api_key, account.api_secret, source="the account")


def account_id(user_nsid: str, api_key: str, provider: str) -> str:
    """The ID of an account: the NSID, a dash, eight characters of the key, and the provider unless that is Flickr.

    It is a file name made of what a server sent, so all but `[A-Za-z0-9@_-]` is percent-encoded, and what is longer
    than 100 characters ends in a digest of the whole.
    """
    parts = [user_nsid, api_key[:8]]
    if provider != "flickr":
        parts.append(provider.partition("://")[2] or provider)
    whole = "-".join(_encoded(part) for part in parts)
    if len(whole) <= _LONGEST_ID:
        return whole
    from hashlib import sha256

    return f"{whole[: _LONGEST_ID - 17]}-{sha256(whole.encode()).hexdigest()[:16]}"


def _encoded(text: str) -> str:
    return "".join(chr(byte) if byte in _PLAIN else f"%{byte:02X}" for byte in text.encode("utf-8", "surrogatepass"))
