"""The three legs: request token, authorize address, access token (RFC 5849 §2).

Source: https://www.flickr.com/services/api/auth.oauth.html
"""

from __future__ import annotations

import re
import time
from urllib.parse import unquote_to_bytes

from .. import values
from ..account import ENTERED, Account, Token
from ..errors import KeyRefused, PermissionRefused, Refused, TokenRefused, VerifierRefused
from ..provider import APPS_PAGE
from ..transport import Request, Transport
from ..transport.exchange import Answer, foreign, not_an_answer

OUT_OF_BAND = "oob"
# The value ends at the next `&`: what follows may be a `debug_sbs` that is not escaped, and holds key and token.
_PROBLEM = re.compile(rb"\s*(?:[\w.~%=&+-]*&)?oauth_problem=([A-Za-z0-9_]{1,50})")
# What servers say that do not know the extension with `oauth_problem`; Authlib's and oauthlib's are among them.
_ERROR = re.compile(rb"error=([A-Za-z0-9_]{1,50})(?:&[!-~]*)?")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_ABSENT = re.compile(rb"(?:^|&)oauth_parameters_absent=([a-z_%0-9]{1,200})")


def request_token(transport: Transport, callback: str = OUT_OF_BAND) -> Token:
    """Get a request token, for a login that ends at `callback`: the first leg.

    Raises `Refused` and `Unreachable`.
    """

    def read(answer: Answer) -> Token:
        form = _form(answer, transport)
        if form.get("oauth_callback_confirmed", "").lower() != "true":
            raise not_an_answer(answer, transport.provider, "it does not confirm the callback")
        return _token(form, answer, transport)

    return transport.send(Request(transport.provider.request_token_url, "POST", callback=callback), read)


def access_token(transport: Transport, request: Token, verifier: str, perms: str) -> Account:
    """Trade a request token and its verifier for an access token: the third leg.

    Return the account that it speaks for, with the permission that was asked for. It has to be kept at once. The
    request is sent again by itself only if no connection could be opened: after a success a second one is refused.
    Raises `VerifierRefused` for a wrong code, other `Refused`, and `Unreachable` if nobody can tell what happened.
    """

    def read(answer: Answer) -> Account:
        form = _form(answer, transport)
        return Account.of(
            transport.keys,
            _token(form, answer, transport),
            user_nsid=form.get("user_nsid") or None,
            username=form.get("username") or None,
            fullname=form.get("fullname") or None,
            perms=perms,
            provider=transport.provider.name,
            logged_in_at=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        )

    url = transport.provider.access_token_url
    try:
        return transport.send(Request(url, "POST", token=request, verifier=verifier, once=True), read)
    except TokenRefused as refused:  # the request token's server has forgotten it, or it has served
        refused.reword("This login is no longer open: it was declined, used or has expired.")
        raise


def refusal(answer: Answer, transport: Transport) -> Refused | None:
    """Return the error that an `oauth_problem` in the answer means; None if there is none."""
    problem = _PROBLEM.match(answer.body[:4096])
    return _refused(problem[1].decode("ascii"), answer, transport) if problem else None


def _plain_refusal(answer: Answer, transport: Transport) -> Refused | None:
    """Return the error that the status of an OAuth endpoint means (RFC 5849 §3.2), if no `oauth_problem` says it.

    Gateways and portals answer with pages for people; this is a form with an `error`, or a 401 with nothing at all.
    """
    if answer.status == 401 and not answer.body.strip():
        return _refused("", answer, transport)
    error = _ERROR.fullmatch(answer.body.strip()) if answer.status in (400, 401) else None
    return _refused(error[1].decode("ascii"), answer, transport) if error else None


def _refused(problem: str, answer: Answer, transport: Transport) -> Refused:
    kind, message, hint = _WORDS.get(_SAME.get(problem, problem), _OTHERWISE)
    words = {
        "who": transport.provider.called,
        "problem": problem,
        "key_place": place(transport.keys.source),
        "secret_place": place(transport.keys.secret_source),
        "shape": _shape(transport.keys.api_key),
        "absent": _absent(answer),
        "date": f" (the response is dated {foreign(answer.headers['date'])})" if "date" in answer.headers else "",
        "now": _utc_now(),
    }
    return kind(message.format_map(words), hint.format_map(words), problem)


def _form(answer: Answer, transport: Transport) -> dict[str, str]:
    """Parse the parameters of a successful answer, which is a form and nothing else. Raises for any other."""
    refused = refusal(answer, transport) or _plain_refusal(answer, transport)
    if refused is not None:
        raise refused
    if answer.status != 200:  # the one status of a success
        raise not_an_answer(answer, transport.provider, "it says neither yes nor no")
    form: dict[str, str] = {}
    try:
        for pair in answer.body.decode("ascii").strip().split("&"):
            name, equals, value = pair.partition("=")
            if not equals or name in form or _BAD_ESCAPE.search(value):
                raise ValueError(name)
            form[name] = unquote_to_bytes(value.replace("+", " ")).decode("utf-8")
    except ValueError:  # a UnicodeDecodeError is one
        raise not_an_answer(answer, transport.provider, "it cannot be read as a form") from None
    return form


def _token(form: dict[str, str], answer: Answer, transport: Transport) -> Token:
    token, secret = form.get("oauth_token", ""), form.get("oauth_token_secret", "")
    if not token or not secret:
        raise not_an_answer(answer, transport.provider, "there is no token in it")
    for what, value in (("token", token), ("token secret", secret)):
        if fault := values.fault(value):  # it could not be kept
            raise not_an_answer(answer, transport.provider, f"its {what} {fault}")
    return Token(token, secret)


def place(source: str) -> str:
    """Write where the key or its secret is, behind a noun."""
    return "that you entered" if source == ENTERED else f"in {source or 'your API keys'}"


def _absent(answer: Answer) -> str:
    absent = _ABSENT.search(answer.body[:4096])
    if absent is None:
        return "a parameter"
    return foreign(unquote_to_bytes(absent[1]).decode("ascii", "replace").replace("&", ", "))


def _shape(api_key: str) -> str:
    if re.fullmatch("[0-9a-f]{32}", api_key):
        return ""
    if len(api_key) != 32:
        return f" A key has 32 characters; this one has {len(api_key)}."
    return " A key has only 0-9 and a-f in it."


def _utc_now() -> str:
    import time

    return time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime())  # as a Date header writes it


_DISABLED = "Fix: check the state of your key at " + APPS_PAGE
_OURS = "Try: a newer version of flickr-auth; if that does not help, report this message"
# https://wiki.oauth.net/w/page/12238543/ProblemReporting
_WORDS: dict[str, tuple[type[Refused], str, str]] = {
    "signature_invalid": (
        KeyRefused,
        "{who} refused the signature: a secret is wrong.",
        "Fix: check the API secret {secret_place} against " + APPS_PAGE,
    ),
    "consumer_key_unknown": (
        KeyRefused,
        "{who} does not know this API key.{shape}",
        "Fix: check the API key {key_place} against " + APPS_PAGE,
    ),
    "consumer_key_refused": (KeyRefused, "{who} refused this API key; it may be disabled.", _DISABLED),
    "token_rejected": (
        TokenRefused,
        "{who} refused this token: it is unknown, used or revoked.",
        "",
    ),
    "token_used": (TokenRefused, "{who} refused this token: it was used already.", ""),
    "token_expired": (TokenRefused, "{who} refused this token: it has expired.", ""),
    "token_revoked": (TokenRefused, "{who} refused this token: it was revoked.", ""),
    "verifier_invalid": (
        VerifierRefused,
        "{who} says that this code is wrong.",
        "Try: the code exactly as the page shows it",
    ),
    "timestamp_refused": (
        Refused,
        "{who} rejected this computer's clock ({now}).",
        "Fix: set the clock{date}, then try again",
    ),
    "nonce_used": (Refused, "{who} has already received this request.", "Try: again"),
    "parameter_absent": (Refused, "{who} says the request lacks {absent}.", _OURS),
    "parameter_rejected": (Refused, "{who} refused a parameter of the request.", _OURS),
    "signature_method_rejected": (Refused, "{who} does not accept HMAC-SHA1 signatures.", _OURS),
    "version_rejected": (Refused, "{who} does not accept OAuth 1.0.", _OURS),
    "permission_denied": (
        PermissionRefused,
        "{who} says that no one has approved this login yet.",
        "Try: open the page, approve the login there, then enter the code",
    ),
    "user_refused": (PermissionRefused, "{who} says that permission was denied.", ""),
    "": (
        Refused,
        "{who} refused the request without a reason.",
        "Fix: check the API key, its secret and the code",
    ),
}
_SAME = {
    "access_denied": "permission_denied",
    "consumer_key_rejected": "consumer_key_refused",
    "permission_unknown": "permission_denied",
    "invalid_client": "consumer_key_unknown",
    "invalid_nonce": "nonce_used",
    "invalid_signature": "signature_invalid",
    "invalid_token": "token_rejected",
}
_OTHERWISE = (Refused, "{who} refused the request: {problem}.", "Try: again")
