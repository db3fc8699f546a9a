"""One login at Flickr and what follows, told in order: each step names a row of `expected`, and what was seen there."""

import json
import re
from email.utils import parsedate_to_datetime
from time import time

from oauthlib.oauth1 import SIGNATURE_HMAC_SHA256

from flickr_auth.account import Token
from live.answers import content, dug, stated
from live.asking import Unanswered, other, said
from live.expected import CLOCK

_UNKNOWN_KEY = "0" * 32
_WRONG_SECRET = "0" * 16
_UNKNOWN_TOKEN = Token("72157600000000000-0000000000000000", "0" * 16)
_LIKE_A_TOKEN, _LIKE_A_SECRET = re.compile(r"[0-9]{17}-[0-9a-f]{16}"), re.compile(r"[0-9a-f]{16}")
_NSID = re.compile(r"[0-9]+@N[0-9]{2}")
_PHOTOS = "flickr.people.getPhotos"


def told(visit, ask):
    """Yield the name of each step, and what was seen. `ask` is given the page to open, and returns the code on it."""
    yield from _request_tokens(visit)
    account = yield from _login(visit, ask)
    if account:
        yield from _calls(visit, account)
        yield from _pages(visit, account.token)
        yield from _refused_calls(visit, account.token)
        yield from _end(visit, account)


def _request_tokens(visit):
    answer = visit.request_token()
    yield "request token", said(answer)
    callback = visit.request_token(callback="http://127.0.0.1:8765/a-path")
    yield "request token for a callback on this machine", said(callback)
    yield "request token: wrong API secret", said(visit.request_token(keys=other(visit.keys, api_secret=_WRONG_SECRET)))
    yield "request token: unknown API key", said(visit.request_token(keys=other(visit.keys, api_key=_UNKNOWN_KEY)))
    yield "request token: no callback", said(visit.request_token(callback=None))
    sha256 = visit.request_token(signature_method=SIGNATURE_HMAC_SHA256)
    yield "request token: signed with HMAC-SHA256", said(sha256)
    now = _its_time(answer)
    yield "request token: clock ten minutes behind", said(visit.request_token(timestamp=str(now - CLOCK)))
    yield "request token: clock ten minutes ahead", said(visit.request_token(timestamp=str(now + CLOCK)))
    yield "request token: the same request twice", said(visit.twice())
    if pending := _token(answer):
        yield "access token: before the approval", said(visit.access_token(pending, "123-456-789"))


def _login(visit, ask):
    """Log in, with a wrong code before the right one. The return value is the account; None if there is none."""
    for is_first in (True, False):
        page = visit.run("login", "--start").stdout
        if is_first:
            url = visit.provider.authorize_url("", "read").partition("=")[0]
            yield "login --start", stated("exit 0", the_page=page.startswith(url), nothing_else=page.count("\n") == 1)
        if not page:
            return None
        pending = visit.pending()
        code = ask(page.strip())
        if is_first:
            yield "access token: wrong code", said(visit.access_token(pending, _another(code)))
        ran = visit.run("login", "--finish", code)
        while ran.returncode and "left." in ran.stderr:  # a slip of the person's
            code = ask(page.strip())
            ran = visit.run("login", "--finish", code)
        account = visit.account()
        if is_first:
            yield "login --finish, after a wrong code", _finished(ran, account)
        if account:
            yield "access token: the same once more", said(visit.access_token(pending, code))
            return account
    return None  # not even with a second page, on which no code was wrong


def _finished(ran, account):
    if ran.returncode:
        return f"exit {ran.returncode}: {ran.stderr.partition(chr(10))[0]}"
    is_token = _LIKE_A_TOKEN.fullmatch(account.oauth_token) and _LIKE_A_SECRET.fullmatch(account.oauth_token_secret)
    return stated(
        "exit 0",
        token_and_secret_as_ever=is_token,
        NSID=_NSID.fullmatch(account.user_nsid or ""),
        username=account.username,
        read=account.perms == "read",
    )


def _calls(visit, account):
    answer = visit.rest("flickr.auth.oauth.checkToken", account.token)
    oauth = content(answer).get("oauth")
    person = (dug(oauth, "user", "nsid"), dug(oauth, "user", "username"))
    yield (
        "checkToken",
        stated(
            said(answer),
            the_token=dug(oauth, "token", "_content") == account.oauth_token,
            read=dug(oauth, "perms", "_content") == "read",
            the_person=person == (account.user_nsid, account.username),
        ),
    )
    ran = visit.run("call", "flickr.test.login")
    is_person = dug(_json(ran.stdout), "user", "id") == account.user_nsid
    yield "call", stated(f"exit {ran.returncode}", the_person=is_person)
    ran = visit.run("call", "flickr.photos.getRecent", "--public", "per_page=3")
    photos = dug(_json(ran.stdout), "photos", "photo") or []
    yield "call --public", stated(f"exit {ran.returncode}", three_photos=len(photos) == 3)


def _pages(visit, token):
    counted = content(visit.rest(_PHOTOS, token, user_id="me", per_page="1"))
    on_page = min(int(dug(counted, "photos", "total") or 0) // 3, 500)
    if not on_page:
        return  # three pages need three photos
    ran = visit.run("call", _PHOTOS, "user_id=me", f"per_page={on_page}", "--paginate", lines=3 * on_page)
    ids = [dug(_json(line), "id") for line in ran.stdout.splitlines()]
    is_third = len(ids) > 2 * on_page
    yield (
        "call --paginate",
        stated(
            f"exit {ran.returncode}", three_pages=is_third, no_photo_twice=None not in ids and len(set(ids)) == len(ids)
        ),
    )
    last = content(visit.rest(_PHOTOS, token, user_id="me", per_page=str(on_page)))
    number = int(dug(last, "photos", "pages") or 0)
    last, beyond = (
        visit.rest(_PHOTOS, token, user_id="me", per_page=str(on_page), page=str(each)) for each in (number, number + 1)
    )
    ids, again = ([dug(each, "id") for each in dug(content(page), "photos", "photo") or []] for page in (last, beyond))
    yield "page beyond the last", stated(said(beyond), the_last_page_again=ids and ids == again)


def _refused_calls(visit, token):
    method, keys = "flickr.test.login", visit.keys
    forged = Token(token.oauth_token, _WRONG_SECRET)
    yield "REST: bad signature", said(visit.rest(method, forged))
    yield "REST: no token", said(visit.rest(method))
    yield "REST: unknown token", said(visit.rest(method, _UNKNOWN_TOKEN))
    yield "REST: unknown API key", said(visit.rest(method, token, keys=other(keys, api_key=_UNKNOWN_KEY)))
    yield "REST: malformed API key", said(visit.unsigned("flickr.photos.getRecent", api_key="none"))
    yield "REST: unknown method", said(visit.rest("flickr.test.nothing", token))
    if visit.provider.is_flickr:
        url = visit.provider.rest_url.replace("https", "http")
        yield "REST: plain http", said(visit.unsigned("flickr.test.echo", url))


def _end(visit, account):
    ran = visit.run("status", "--json")
    shown = next(iter(_json(ran.stdout)), {})
    yield (
        "status",
        stated(
            f"exit {ran.returncode}",
            valid=shown.get("verdict") == "valid",
            read=shown.get("perms") == "read",
            the_person=shown.get("user_nsid") == account.user_nsid,
        ),
    )
    ran = visit.run("logout")
    yield (
        "logout",
        stated(
            f"exit {ran.returncode}",
            the_page_to_revoke_on=visit.provider.revoke_url in ran.stderr,
            nothing_kept=not visit.kept(),
        ),
    )


def _another(code):
    """A code that is like this one, and wrong."""
    return code[:-1] + ("1" if code.endswith("0") else "0")


def _token(answer):
    """The token in an answer; None if there is none."""
    text = "" if isinstance(answer, Unanswered) else answer.text
    pairs = dict(each.partition("=")[::2] for each in text.split("&"))
    return Token(pairs["oauth_token"], pairs["oauth_token_secret"]) if "oauth_token_secret" in pairs else None


def _its_time(answer):
    """The time of the server that answered, in seconds since the epoch; ours if it does not say."""
    date = None if isinstance(answer, Unanswered) else answer.headers.get("Date")
    return int(parsedate_to_datetime(date).timestamp() if date else time())


def _json(text):
    try:
        return json.loads(text)
    except ValueError:
        return {}
