"""The pages that a person sees in the browser: small, self-contained, without scripts, and escaped."""

from __future__ import annotations

import html
from collections.abc import Iterable

from ..loopback import html as page

OK = "OK, I'll authorize it"
NO = "No thanks"
# form-action has to allow where the form's answer may redirect to, which is the callback of the login.
HEADERS = page.headers("'self' http: https:")
NO_PERMS = "Oops! Flickr doesn't recognise the permission set."
NO_TOKEN = "Oops! Flickr doesn't recognise the oauth_token."  # noqa: S105  # a sentence, no password
_MEANS = {
    "read": "see everything in your account, private photos too",
    "write": "see everything in your account, and add and change photos",
    "delete": "see, add, change and delete everything in your account",
}


class Oops(Exception):
    """What a person asked for in the browser cannot be done: the status, and a sentence for the page."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(status, sentence)
        self.status = status
        self.page = _page(
            "Oops!", f'<p>{html.escape(sentence, quote=False)}</p><p><a href="/">To the start page</a></p>'
        )


def authorize(oauth_token: str, perms: str, people: Iterable[tuple[int, str]]) -> bytes:
    """The question whether the app may; `people` are those one can be, by number and name."""
    options = "".join(f'<option value="{number}">{html.escape(name)}</option>' for number, name in people)
    return _page(
        "May this app use your account?",
        f"<p>An app on this computer asks for <strong>{perms}</strong> permission, to {_MEANS[perms]}."
        " All of it is made up.</p>"
        '<form method="post" action="/services/oauth/authorize">'
        f'<input type="hidden" name="oauth_token" value="{html.escape(oauth_token)}">'
        f'<input type="hidden" name="perms" value="{perms}">'
        f'<p><label>You are <select name="user">{options}</select></label></p>'
        f'<p><button class="go" name="answer" value="ok">{html.escape(OK, quote=False)}</button>'
        f'<button name="answer" value="no">{NO}</button></p></form>',
    )


def pin(code: str) -> bytes:
    """The code to type into the app."""
    return _page(
        "You have authorized the app",
        f'<p>Type this code into the app:</p><p><strong id="pin">{html.escape(code)}</strong></p>'
        "<p>It serves once. You can close this page afterwards.</p>",
    )


def home(keys: Iterable[tuple[str, str]]) -> bytes:
    """The start page; `keys` are the consumer keys that the sandbox takes, each with its secret."""
    rows = "".join(f"<tr><td><code>{key}</code></td><td><code>{secret}</code></td></tr>" for key, secret in keys)
    return _page(
        "This is flickr-auth's sandbox",
        "<p>It answers as Flickr does, with OAuth 1.0a logins and a few REST calls, but its people and photos are made"
        " up, and nothing leaves this computer.</p>"
        f"<table><tr><th>API key</th><th>its secret</th></tr>{rows}</table>"
        "<p>Nobody has to keep these secret: they are the same for everyone, and Flickr does not know them.</p>"
        '<p><a href="/services/auth/list.gne">Apps that you have authorized</a></p>',
    )


def apps(tokens: Iterable[tuple[str, str, str, str]]) -> bytes:
    """The tokens in use: of each the token itself, whose it is, its permission, and the key's first characters."""
    rows = "".join(
        f"<tr><td>{html.escape(who)}</td><td>{perms}</td><td><code>{html.escape(key)}…</code></td>"
        f"<td><code>…{html.escape(token[-6:])}</code></td>"
        '<td><form method="post" action="/services/auth/list.gne">'
        f'<button name="oauth_token" value="{html.escape(token)}">Remove permission</button></form></td></tr>'
        for token, who, perms, key in tokens
    )
    head = "<tr><th>who</th><th>permission</th><th>API key</th><th>token</th><th></th></tr>"
    table = f"<table>{head}{rows}</table>" if rows else "<p>None since the sandbox was started.</p>"
    forgets = "<p>What you remove is refused until the sandbox is started anew: it keeps nothing.</p>"
    return _page("Apps that you have authorized", table + forgets + '<p><a href="/">To the start page</a></p>')


def _page(title: str, inside: str) -> bytes:
    banner = "<strong>sandbox</strong>: a stand-in for Flickr"
    return page.render(title, inside, banner=banner, title_in_tab=f"{title} (sandbox)")
