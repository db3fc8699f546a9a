"""What a person pasted, made into a verifier.

Flickr shows nine digits (the PIN, `123-456-789`) or sends 16 lower-case hex characters to a callback. The two are
told apart by their shape: stripping the letters out of a hex verifier would destroy it.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlsplit

from ..errors import NotDone

_PIN = re.compile(r"([0-9]{3})[\s\-\u2010-\u2015\u00ad\u2212]*([0-9]{3})[\s\-\u2010-\u2015\u00ad\u2212]*([0-9]{3})")
_HEX = re.compile(r"[0-9a-f]{16}")
_UNRESERVED = re.compile(r"[A-Za-z0-9\-._~]{1,255}")  # RFC 3986 §2.3
LOOKS_LIKE = "A code of Flickr's is nine digits, like 123-456-789."


class Unusual(NotDone):
    """What was pasted does not look like a verifier. `text` is what would be sent if the person insists."""

    def __init__(self, message: str, hint: str = "", text: str = "") -> None:
        super().__init__(message, hint)
        self.text = text

    def __reduce__(self) -> tuple[type[Unusual], tuple[str, str]]:
        return type(self), (self.message, self.hint)  # the text stays out of a pickle: it may be a secret


def parse(pasted: str, *, oauth_token: str, any_shape: bool = False) -> str:
    """The verifier in `pasted`, as it is sent to the provider.

    Takes nine digits with dashes, spaces or neither; 16 hex characters; `oauth_verifier=…`; or the whole address that
    a browser was redirected to, whose `oauth_token` has to be the given one. With `any_shape` (a provider other than
    Flickr) 1 to 255 unreserved characters are a verifier, too. Raises `Unusual` for the rest, with nothing to insist
    on where it could never be one.
    """
    text = pasted.strip()
    if "oauth_verifier=" in text:
        return _from_parameters(text, oauth_token)
    if _HEX.fullmatch(text) or (any_shape and _UNRESERVED.fullmatch(text)):
        return text
    pin = _PIN.fullmatch(text)
    if pin:
        return "-".join(pin.groups())
    if not text:
        raise Unusual("That was empty.", LOOKS_LIKE)
    raise Unusual("That does not look like a code of Flickr's.", LOOKS_LIKE, _sendable(text))


def oauth_token_in(pasted: str) -> str | None:
    """The request token that a pasted redirect address belongs to; None where there is none in it."""
    if "oauth_token=" not in pasted:
        return None
    try:
        query = urlsplit(pasted.strip()).query if "?" in pasted else pasted.strip()
        tokens = [value for name, value in parse_qsl(query, max_num_fields=50) if name == "oauth_token"]
    except ValueError:
        return None
    return tokens[0] if len(tokens) == 1 else None


def _from_parameters(text: str, oauth_token: str) -> str:
    try:
        query = urlsplit(text).query if "?" in text else text
        found = parse_qsl(query, strict_parsing=True, errors="strict", max_num_fields=50)
    except ValueError:
        raise Unusual("That address cannot be read.", LOOKS_LIKE) from None
    tokens = [value for name, value in found if name == "oauth_token"]
    verifiers = [value for name, value in found if name == "oauth_verifier"]
    if any(token != oauth_token for token in tokens):
        raise Unusual("That address belongs to another login.", "Paste the one that this login led to.")
    if len(verifiers) != 1 or not _UNRESERVED.fullmatch(verifiers[0]):
        raise Unusual("There is no usable oauth_verifier in that address.", LOOKS_LIKE)
    return verifiers[0]


def _sendable(text: str) -> str:
    """The text if it could be sent at all: printable and of a size that a form field has."""
    return text if text.isprintable() and len(text) <= 255 else ""  # as many as a redirect may hold
