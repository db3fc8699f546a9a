"""Who a token speaks for: frozen values whose reprs hold no secret.

They are named tuples, because every command makes them: dataclasses would add a tenth to the start of `show`.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

from .errors import NoKeys

PERMS = ("read", "write", "delete")
FLICKR, SANDBOX = "flickr", "sandbox"  # what an account remembers of its provider; any other is a base URL
_PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789@_-")
ENTERED = "what you entered"  # the source of keys that a person has just typed
LONGEST_ID = 100
LONGEST_NAME = 300  # characters of what a server, a file or a variable says of a name
LONGEST_VALUE = 2048  # characters of a value that signs
_UNFIT = frozenset(" \"'`\\<>{}[]()")  # what some format, file or shell takes for its own
_VALUES = ("api_key", "api_secret", "oauth_token", "oauth_token_secret", "token", "secret", "key")
_SECRETS = ("api_secret", "oauth_token_secret")


class ConsumerKeys(NamedTuple):
    """The API key and its secret (RFC 5849's client credentials), and the words for where they came from."""

    api_key: str
    api_secret: str
    source: str = ""

    @property
    def secret_source(self) -> str:
        """The words for where the secret came from: two variables have a name each."""
        return "FLICKR_API_SECRET" if self.source == "FLICKR_API_KEY" else self.source

    def __repr__(self) -> str:
        return _without_secrets(self)


class Token(NamedTuple):
    """A request token or an access token, with its secret."""

    oauth_token: str
    oauth_token_secret: str

    def __repr__(self) -> str:
        return _without_secrets(self)


class Account(NamedTuple):
    """Who a token speaks for, the four values that sign a request, and where they are kept.

    `None` is unknown: a token file knows no names, and no keys of its own. `perms` is read, write or delete;
    `account` the ID under which it is stored; `store` keyring, file, token-file or environment; `provider` flickr,
    sandbox or a base URL; `logged_in_at` UTC in ISO 8601.
    """

    api_key: str | None
    api_secret: str | None
    oauth_token: str
    oauth_token_secret: str
    user_nsid: str | None = None
    username: str | None = None
    fullname: str | None = None
    perms: str | None = None
    account: str | None = None
    store: str | None = None
    provider: str = FLICKR
    logged_in_at: str | None = None

    @classmethod
    def of(cls, keys: ConsumerKeys | None, token: Token, **known: str | None) -> Account:
        """Make the account of these keys and this token; `known` are the other fields, by name."""
        key, secret = (keys.api_key, keys.api_secret) if keys else (None, None)
        known["provider"] = known.get("provider") or FLICKR
        return cls(key, secret, *token, **known)  # type: ignore[arg-type]  # the provider is there by now

    def __repr__(self) -> str:
        return _without_secrets(self)

    @property
    def keys(self) -> ConsumerKeys:
        """The consumer keys. Raises `NoKeys` if they are unknown: a token file holds none."""
        if self.api_key is None or self.api_secret is None:
            raise NoKeys(
                "A token file holds no API key, and no apikeys file was found.",
                "Fix: set FLICKR_API_KEY and FLICKR_API_SECRET, or set FLICKR_APIKEYS to a file",
            )
        source = "FLICKR_API_KEY" if self.store == "environment" else "the account"
        return ConsumerKeys(self.api_key, self.api_secret, source)

    @property
    def token(self) -> Token:
        """The access token alone."""
        return Token(self.oauth_token, self.oauth_token_secret)

    @property
    def who(self) -> str:
        """The person in a sentence: full name, username and NSID as far as they are known."""
        fullname, *others = (shortened(name or "") for name in (self.fullname, self.username, self.user_nsid))
        names = ", ".join(filter(None, others))
        return f"{fullname} ({names})" if fullname else names or "an unnamed account"

    @property
    def is_flickr(self) -> bool:
        """Whether it is an account at Flickr itself."""
        return self.provider == FLICKR

    @property
    def is_sandbox(self) -> bool:
        """Whether it is one of the made-up accounts of the built-in stand-in."""
        return self.provider == SANDBOX


FIELDS = Account._fields


class Named(Protocol):
    """A value with an account's names: an account, or what is stored of one."""

    @property
    def user_nsid(self) -> str | None: ...
    @property
    def username(self) -> str | None: ...
    @property
    def fullname(self) -> str | None: ...
    @property
    def provider(self) -> str: ...


def label(account: Named) -> str:
    """Name the account in a sentence: sam (12345678@N00), or zoë (12345679@N00 at 127.0.0.1:8765) elsewhere."""
    at = {FLICKR: "", SANDBOX: "at the sandbox"}.get(account.provider, f"at {account.provider.partition('://')[2]}")
    name, nsid = shortened(account.username or account.fullname or ""), shortened(account.user_nsid or "")
    more = " ".join(filter(None, (nsid if name else "", at)))
    first = name or nsid or "an unnamed account"
    return f"{first} ({more})" if more else first


def shortened(name: str) -> str:
    """Cut a name for a sentence: whoever gave it may have given any number of characters."""
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 3]}..."


def can_sign(value: object) -> bool:
    """Tell whether a value signs, and can be kept and read again wherever one is: a bare word of printable ASCII.

    Of any other `values.fault` says what is wrong.
    """
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_VALUE:
        return False
    is_word = value.isascii() and value.isprintable() and _UNFIT.isdisjoint(value)
    return is_word and value[0] != "#" and value[-1] not in ",;" and not _is_setting(value)


def account_id(user_nsid: str, api_key: str, provider: str) -> str:
    """Make the ID of an account: the NSID, eight characters of the key, and the provider unless that is Flickr."""
    return file_name(user_nsid, api_key[:8], provider=provider)


def file_name(*named: str, provider: str) -> str:
    """Make a file name of what a server sent or a person gave, and of the provider unless that is Flickr.

    All but `[A-Za-z0-9@_-]` is percent-encoded, and what is longer than 100
    characters ends in a digest of the whole.
    """
    host = [] if provider == FLICKR else [provider.partition("://")[2] or provider]
    whole = "-".join(map(_encoded, (*named, *host)))
    if len(whole) <= LONGEST_ID:
        return whole
    from hashlib import sha256

    return f"{whole[: LONGEST_ID - 17]}-{sha256(whole.encode()).hexdigest()[:16]}"


def _is_setting(value: str) -> bool:
    """Tell whether a bare word is a NAME=value, or has a colon behind a name of ours; base64 ends in =, too."""
    name, equals, rest = value.partition("=")
    if equals and (_is_our_name(name) or (name.isidentifier() and rest.strip("="))):
        return True
    name, colon, _ = value.partition(":")
    return bool(colon) and _is_our_name(name)


def _is_our_name(name: str) -> bool:
    name = name.lower()
    return name in _VALUES or name.startswith("flickr_")


def _without_secrets(value: ConsumerKeys | Token | Account) -> str:
    named = zip(value._fields, value, strict=True)
    shown = ", ".join(f"{name}={each!r}" for name, each in named if name not in _SECRETS)
    return f"{type(value).__name__}({shown})"


def _encoded(text: str) -> str:
    return "".join(chr(byte) if byte in _PLAIN else f"%{byte:02X}" for byte in text.encode("utf-8", "surrogatepass"))
