"""The sandbox itself: the server and its paths, put together from the other files of this package."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import Self
from urllib.parse import quote

from ..account import PERMS, ConsumerKeys
from ..errors import Refused, TokenRefused
from ..loopback.handler import Handler, Reply, Request, now
from ..loopback.html import CONTENT_TYPE
from ..loopback.http_server import LoopbackServer
from ..provider import SANDBOX_KEYS
from . import formats, methods, pages, signature
from .access_tokens import AccessTokens, issue
from .checks import Checks, Problem
from .people import SHOWN, USERS
from .request_tokens import RequestTokens, is_callback

KEYS = (SANDBOX_KEYS, ConsumerKeys("c0ffee5a9d0123456789abcdef5a9d00", "b0ca57e1f00dca5e", SANDBOX_KEYS.source))
_UPLOADS = tuple(f"/services/{name}{end}" for name in ("upload", "replace") for end in ("", "/"))
_CONNECTIONS = 200  # at a time, which leaves file numbers to a process that may have 256 of them (macOS)


class Sandbox:
    """A server on 127.0.0.1 that imitates Flickr, from `start` to `close` or inside a `with` block.

    Port 0 takes a free one. `clock` is the server's time in seconds since the epoch, `also` another one for clients;
    `log` gets one line a request, `METHOD path status`, without queries or secrets; `around` is called with each
    request and the function that answers it, and returns the reply. Raises `OSError` if the port is taken.
    """

    def __init__(
        self,
        port: int = 0,
        *,
        clock: Callable[[], float] = now,
        also: Callable[[], float] | None = None,
        log: Callable[[str], None] | None = None,
        around: Callable[[Request, Callable[[Request], Reply]], Reply] | None = None,
    ) -> None:
        # At DEBUG oauthlib logs the base strings of wrong signatures, with key and token in them.
        logging.getLogger("oauthlib").setLevel(logging.INFO)
        self._secrets = {keys.api_key: keys.api_secret for keys in KEYS}
        self._checks = Checks(self._secrets, clock, also)
        self._pending = RequestTokens()
        self._tokens = AccessTokens()
        self._methods = methods.Methods(USERS)
        both, page = ("GET", "POST"), ("GET", "HEAD")
        self._routes: dict[str, tuple[tuple[str, ...], Callable[[Request], Reply]]] = {
            "/": (page, self._home),
            "/services/oauth/request_token": (both, self._request_token),
            "/services/oauth/authorize": ((*page, "POST"), self._authorize),
            "/services/oauth/access_token": (both, self._access_token),
            "/services/rest": (both, self._rest),
            "/services/rest/": (both, self._rest),
            "/services/auth/list.gne": ((*page, "POST"), self._apps),
            **dict.fromkeys(_UPLOADS, (("POST",), self._upload)),
        }
        answer = self._answer if around is None else lambda request: around(request, self._answer)
        handler = partial(Handler, name="flickr-auth-sandbox", answer=answer, clock=clock, log=log, uploads=_UPLOADS)
        self._server = LoopbackServer(port, handler, most=_CONNECTIONS)
        self.base_url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> None:
        """Begin to serve, in a daemon thread."""
        self._server.start()

    def close(self) -> None:
        """Stop: no thread and no socket stays."""
        self._server.close()

    def press_ok(self, oauth_token: str, perms: str = "read", user: int = 0) -> str:
        """Authorize a request token as a person in the browser would, and return the verifier. Raises `Refused`."""
        if not 0 <= user < len(USERS):
            raise Refused(f"The sandbox has no user {user}.", f"Try: a number from 0 to {len(USERS) - 1}")
        return self._pending.authorize(oauth_token, perms, user).verifier

    def _answer(self, request: Request) -> Reply:
        try:
            if request.path not in self._routes:
                raise pages.Oops(404, "Page not found.")
            allowed, route = self._routes[request.path]
            if request.method not in allowed:
                return Reply(405, b"Method not allowed\n", headers=(("Allow", ", ".join(allowed)),))
            return route(request)
        except pages.Oops as oops:
            return _page(oops.status, oops.page)
        except Problem as problem:
            return Reply(problem.status, problem.body.encode())
        except Refused as refused:
            return Reply(401, f"oauth_problem={refused.problem}".encode())
        except signature.Malformed:
            return Reply(400, b"oauth_problem=parameter_rejected")

    def _request_token(self, request: Request) -> Reply:
        signed = signature.received(request)
        oauth = self._checks.claims(signed, ("oauth_callback",))
        self._checks.prove(signed, oauth)
        if not is_callback(oauth["oauth_callback"]):
            raise Problem("parameter_rejected", "oauth_parameters_rejected=oauth_callback")
        token = self._pending.issue(oauth["oauth_consumer_key"], oauth["oauth_callback"])
        return _form(oauth_callback_confirmed="true", **token._asdict())

    def _access_token(self, request: Request) -> Reply:
        signed = signature.received(request)
        oauth = self._checks.claims(signed, ("oauth_token", "oauth_verifier"))
        self._checks.prove(signed, oauth, self._pending.secret(oauth["oauth_token"], oauth["oauth_consumer_key"]))
        perms, user = self._pending.redeem(oauth["oauth_token"], oauth["oauth_verifier"])
        grant = issue(oauth["oauth_consumer_key"], user, perms)
        self._tokens.note(grant)
        return _form(
            fullname=USERS[user].fullname,
            **grant.token._asdict(),
            user_nsid=USERS[user].nsid,
            username=USERS[user].username,
        )

    def _authorize(self, request: Request) -> Reply:
        """Serve the second leg: a GET changes nothing, so that previews and reloads do no harm; a POST decides."""
        fields = _fields(request)
        oauth_token, perms = fields.get("oauth_token", ""), fields.get("perms", "")
        if perms not in PERMS:
            raise pages.Oops(400, pages.NO_PERMS)
        if not self._pending.waiting(oauth_token):
            raise pages.Oops(404, pages.NO_TOKEN)
        if request.method != "POST":
            people = [(number, ", ".join(filter(None, vars(USERS[number]).values()))) for number in SHOWN]
            return _page(200, pages.authorize(oauth_token, perms, people))
        answer, user = fields.get("answer"), fields.get("user", "0")
        if answer not in ("ok", "no") or user not in map(str, range(len(USERS))):
            raise pages.Oops(400, "The form is incomplete or was changed.")
        try:
            if answer == "no":  # to the home page as Flickr does, and the callback is never called
                self._pending.turn_down(oauth_token)
                return _redirect(302, "/")
            authorized = self._pending.authorize(oauth_token, perms, int(user))
        except Refused:  # another click was faster
            raise pages.Oops(404, pages.NO_TOKEN) from None
        if authorized.redirect is None:
            return _page(200, pages.pin(authorized.verifier))
        return _redirect(302, authorized.redirect)

    def _rest(self, request: Request) -> Reply:
        signed = signature.received(request)
        pairs = signature.parameters(signed)
        arguments = {name: value for name, value in pairs if not name.startswith("oauth_")}
        try:
            if not formats.known(arguments.get("format", "rest")):
                raise methods.Failed(111, f'Format "{arguments.pop("format")}" not found')
            response = {**self._methods.call(arguments, self._caller(signed, pairs)), "stat": "ok"}
        except TokenRefused:
            response = {"stat": "fail", "code": 98, "message": "Invalid auth token"}
        except methods.Failed as failed:
            response = {"stat": "fail", "code": failed.code, "message": failed.message}
        content_type, body = formats.render(response, arguments)
        return Reply(200, body, content_type)

    def _upload(self, request: Request) -> Reply:
        """Serve an upload, which is answered in XML, and whose bad token is a 401 as at Flickr."""
        signed = signature.received(request)
        pairs = signature.parameters(signed)
        take = self._methods.upload if "upload" in request.path else self._methods.replace
        try:
            caller = self._caller(signed, pairs)
            response = {**take(dict(pairs), signature.photo(signed), caller), "stat": "ok"}
        except methods.Failed as failed:
            response = {"stat": "fail", "code": failed.code, "message": failed.message}
        content_type, body = formats.render(response, {})
        return Reply(200, body, content_type)

    def _caller(self, signed: signature.Received, pairs: signature.Parameters) -> methods.Caller | None:
        """Find whose token signed the call; None if a known key alone is there. Raises `Failed` and `Refused`."""
        if not any(name.startswith("oauth_") for name, _ in pairs):
            if dict(pairs).get("api_key") not in self._secrets:
                raise methods.Failed(100, "Invalid API Key (Key has invalid format)")
            return None
        oauth = self._checks.claims(signed, ("oauth_token",))
        grant = self._tokens.grant(oauth["oauth_token"], oauth["oauth_consumer_key"])
        self._checks.prove(signed, oauth, grant.token.oauth_token_secret)
        self._tokens.note(grant)
        return methods.Caller(grant.token.oauth_token, grant.user, grant.perms)

    def _apps(self, request: Request) -> Reply:
        if request.method == "POST":
            if not self._tokens.revoke(_fields(request).get("oauth_token", "")):
                raise pages.Oops(404, pages.NO_TOKEN)
            return _redirect(303, "/services/auth/list.gne")
        listed = [
            (grant.token.oauth_token, USERS[grant.user].username, grant.perms, grant.consumer_key[:8])
            for grant in self._tokens.listed()
        ]
        return _page(200, pages.apps(listed))

    def _home(self, _: Request) -> Reply:
        return _page(200, pages.home((keys.api_key, keys.api_secret) for keys in KEYS))


def _is_from_own_page(request: Request) -> bool:
    """Whether a form was sent from a page of this server, or by a client that is not a browser.

    Our pages send no referrer, so browsers call their origin null; then Sec-Fetch-Site alone tells.
    """
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    honest = (None, f"http://{request.host}")
    return origin in honest if site is None else site == "same-origin" and origin in (*honest, "null")


def _fields(request: Request) -> dict[str, str]:
    """Read what a person sent: the query of a URL, or the fields of a form from a page of ours."""
    if request.method == "POST" and not _is_from_own_page(request):
        raise pages.Oops(403, "The form was not sent from a page of the sandbox.")
    try:
        return dict(signature.form(request.body.decode() if request.method == "POST" else request.query))
    except ValueError:  # Malformed is one, and what UTF-8 cannot be
        raise pages.Oops(400, "The URL or form is malformed.") from None


def _page(status: int, content: bytes) -> Reply:
    return Reply(status, content, CONTENT_TYPE, pages.HEADERS)


def _form(**fields: str) -> Reply:
    """Write a form body with Flickr's percent-encoding: a space is %20."""
    return Reply(200, "&".join(f"{name}={quote(value, safe='')}" for name, value in fields.items()).encode())


def _redirect(status: int, address: str) -> Reply:
    return Reply(status, b"", headers=(("Location", address), *pages.HEADERS))
