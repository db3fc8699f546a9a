"""Flickr's behaviour as the sandbox imitates it: for each request the answer, and how that is known."""

from typing import NamedTuple

from flickr_auth.sandbox.checks import WINDOW

FORM = "text/plain;charset=UTF-8"
JSON = "application/json; charset=utf-8"
CLOCK = WINDOW + 5  # seconds that a clock is off


class Expected(NamedTuple):
    """An answer, as `answers.described` writes it, and its source: how sure it is before anybody has looked."""

    answer: str
    source: str


_TOKEN = f"200 {FORM} oauth_callback_confirmed=true&oauth_token=TOKEN&oauth_token_secret=SECRET"
_SIGNATURE = f"401 {FORM} oauth_problem=signature_invalid&debug_sbs=OURS"
_UNKNOWN_KEY = f"401 {FORM} oauth_problem=consumer_key_unknown"
_CLOCK = f"401 {FORM} oauth_problem=timestamp_refused"

EXPECTED = {
    "request token": Expected(_TOKEN, "recorded from 2012 to 2025"),
    "request token for a callback on this machine": Expected(_TOKEN, "seen in 2025"),
    "request token: wrong API secret": Expected(_SIGNATURE, "recorded in 2012"),
    "request token: unknown API key": Expected(_UNKNOWN_KEY, "recorded in 2012"),
    "request token: no callback": Expected(
        f"400 {FORM} oauth_problem=parameter_absent&oauth_parameters_absent=oauth_callback", "PHP's list"
    ),
    "request token: signed with HMAC-SHA256": Expected(
        f"400 {FORM} oauth_problem=signature_method_rejected", "PHP's list"
    ),
    "request token: clock ten minutes behind": Expected(_CLOCK, "a guess; 35 minutes were too much"),
    "request token: clock ten minutes ahead": Expected(_CLOCK, "a guess"),
    "request token: the same request twice": Expected(f"401 {FORM} oauth_problem=nonce_used", "PHP's list"),
    "access token: before the approval": Expected(f"401 {FORM} oauth_problem=permission_denied", "a guess"),
    "login --start": Expected("exit 0: the page, nothing else", "our own promise"),
    "access token: wrong code": Expected(f"401 {FORM} oauth_problem=verifier_invalid", "seen"),
    "login --finish, after a wrong code": Expected(
        "exit 0: token and secret as ever, NSID, username, read", "a guess: the request token survives"
    ),
    "access token: the same once more": Expected(f"401 {FORM} oauth_problem=token_rejected", "seen"),
    "checkToken": Expected(f"200 {JSON} stat=ok: the token, read, the person", "recorded in 2023"),
    "call": Expected("exit 0: the person", "documented"),
    "call --paginate": Expected("exit 0: three pages, no photo twice", "recorded in 2025"),
    "page beyond the last": Expected(f"200 {JSON} stat=ok: the last page again", "seen"),
    "call --public": Expected("exit 0: three photos", "recorded in 2024"),
    "REST: bad signature": Expected(_SIGNATURE, "recorded in 2013 and 2023"),
    "REST: no token": Expected(
        f"400 {FORM} oauth_problem=parameter_absent&oauth_parameters_absent=oauth_token", "recorded in 2013"
    ),
    "REST: unknown token": Expected(f"200 {JSON} stat=fail code=98 Invalid auth token", "seen"),
    "REST: unknown API key": Expected(_UNKNOWN_KEY, "seen, by its length"),
    "REST: malformed API key": Expected(
        f"200 {JSON} stat=fail code=100 Invalid API Key (Key has invalid format)", "recorded in 2023"
    ),
    "REST: unknown method": Expected(
        f'200 {JSON} stat=fail code=112 Method "flickr.test.nothing" not found', "documented"
    ),
    "REST: plain http": Expected(f"403 {JSON} stat=fail code=95 SSL is required", "documented"),
    "status": Expected("exit 0: valid, read, the person", "our own promise"),
    "logout": Expected("exit 0: the page to revoke on, nothing kept", "our own promise"),
}
