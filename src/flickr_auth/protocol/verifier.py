"""Read the verifier out of what a person pasted.

Flickr shows nine digits (the PIN, `123-456-789`) or sends 16 lower-case hex characters to a callback. The two are
told apart by their shape: stripping the letters out of a hex verifier would destroy it.
"""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import parse_qsl, urlsplit

from ..errors import NotDone

_PIN = re.compile(r"([0-9]{3})[\s\-\u2010-\u2015\u2212]*([0-9]{3})[\s\-\u2010-\u2015\u2212]*([0-9]{3})")
_HEX = re.compile(r"[0-9a-f]{16}")
_UNRESERVED = re.compile(r"[A-Za-z0-9\-._~]{1,255}")  # RFC 3986 §2.3
# What stands before a code that was copied with its label: "PIN:", "Your code is", "The number =".
_LABEL = re.compile(
    r"(?:[^\W\d]+(?:\s+[^\W\d]+){0,4}\s*[:=\uff1a]|(?:(?:the|your|flickr|pin|code|number|is)\b\s*)+)\s*", re.I
)
_PASTE_MARKS = re.compile(r"(?:\x1b\[|\x9b)20[01]~")  # what a terminal puts around a paste when asked to
_QUOTES = dict(zip("\"'`\u201c\u201e\u2018\u00ab<([", "\"'`\u201d\u201c\u2019\u00bb>)]", strict=True))
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_AMPERSAND = re.compile(r"&(?:amp|#38|#x26);", re.I)
LOOKS_LIKE = "Try: the nine digits that the page shows, like 123-456-789"


class Unusual(NotDone):
    """The paste does not look like a verifier. `text` would be sent if the person insists."""

    def __init__(self, message: str, hint: str = "", text: str = "") -> None:
        super().__init__(message, hint)
        self.text = text

    def __reduce__(self) -> tuple[type[Unusual], tuple[str, str]]:
        return type(self), (self.message, self.hint)  # the text stays out of a pickle: it may be a secret


def parse(pasted: str, *, oauth_token: str, any_shape: bool = False) -> str:
    """Return the verifier in `pasted`, as it is sent to the provider.

    Takes nine digits with dashes, spaces or neither; 16 hex characters; `oauth_verifier=…`; or the whole URL that a
    browser was redirected to, whose `oauth_token` has to be the given one. With `any_shape` (a provider other than
    Flickr) 1 to 255 unreserved characters are a verifier, too. What a terminal, a chat or a mail puts around it is
    removed first. Raises `Unusual` for the rest, with nothing to insist on if it could never be one.
    """
    text = peeled(pasted)
    if "oauth_verifier=" in text:
        return _from_parameters(text, oauth_token)
    if "oauth_token=" in text:
        raise Unusual("That URL has no code in it.", "Try: open it, approve, and enter the code that the page shows")
    if _HEX.fullmatch(text) or (any_shape and _UNRESERVED.fullmatch(text)):
        return text
    bare = _unlabelled(text)
    if _HEX.fullmatch(bare):
        return bare
    pin = _PIN.fullmatch(bare)
    if pin:
        return "-".join(pin.groups())
    if not text:
        raise Unusual("No code was entered.", LOOKS_LIKE)
    raise Unusual("That does not look like a code from Flickr.", LOOKS_LIKE, _sendable(text))


def peeled(pasted: str) -> str:
    """Remove what surrounds the text: marks of a paste, invisible characters, quotes, `<…>` and `&` at its ends."""
    text = _PASTE_MARKS.sub("", pasted).translate(_FULL_WIDTH)
    text = "".join(each for each in text if unicodedata.category(each) != "Cf").strip()
    while len(text) > 1 and _QUOTES.get(text[0]) == text[-1]:
        text = text[1:-1].strip()
    if "=" in text:
        while (shorter := _AMPERSAND.sub("&", text)) != text:
            text = shorter
        text = text.strip("&")
    return text


def oauth_token_in(pasted: str) -> str | None:
    """Return the request token that a pasted redirect URL belongs to; None if there is none in it."""
    text = peeled(pasted)
    if "oauth_token=" not in text:
        return None
    try:
        query = urlsplit(text).query if "?" in text else text
        tokens = [value for name, value in parse_qsl(query, max_num_fields=50) if name == "oauth_token"]
    except ValueError:
        return None
    return tokens[0] if len(tokens) == 1 else None


def _unlabelled(text: str) -> str:
    """Remove a label in front, the quotes that may follow it, and the full stop of a sentence."""
    return peeled(_LABEL.sub("", text.rstrip(".,;!"), count=1)) if _LABEL.match(text) else text.rstrip(".,;!")


def _from_parameters(text: str, oauth_token: str) -> str:
    try:
        query = urlsplit(text).query if "?" in text else text
        fields = parse_qsl(query, strict_parsing=True, keep_blank_values=True, errors="strict", max_num_fields=50)
    except ValueError:
        raise Unusual("That URL cannot be read.", LOOKS_LIKE) from None
    tokens = [value for name, value in fields if name == "oauth_token"]
    verifiers = [value for name, value in fields if name == "oauth_verifier"]
    if any(token != oauth_token for token in tokens):
        raise Unusual("That URL belongs to another login.", "Try: the URL that this login led to")
    if len(verifiers) != 1 or not _UNRESERVED.fullmatch(verifiers[0]):
        raise Unusual("That URL has no usable oauth_verifier.", LOOKS_LIKE)
    return verifiers[0]


def _sendable(text: str) -> str:
    """Return the text if it could be sent at all: printable and of a size that a form field has."""
    return text if text.isprintable() and len(text) <= 255 else ""  # as many as a redirect may hold
