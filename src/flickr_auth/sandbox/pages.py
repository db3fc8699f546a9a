"""The pages that a person sees in the browser: small, self-contained, escaped, and without scripts."""

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
    """A request from the browser that cannot be done: the status, and the sentence of the page."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(status, sentence)
        self.status = status
        self.page = _page("Oops!", f'<p>{html.escape(sentence, quote=False)}</p><p><a href="/">Home</a></p>')


def authorize(oauth_token: str, perms: str, people: Iterable[tuple[int, str]]) -> bytes:
    """Render the question whether to authorize the app; `people` are the users to choose from, by number and name."""
    options = "".join(f'<option value="{number}">{html.escape(name)}</option>' for number, name in people)
    return _page(
        "Authorize this app?",
        f"<p>An app on this computer asks for <strong>{perms}</strong> permission: to {_MEANS[perms]}."
        " The account is made up.</p>"
        '<form method="post" action="/services/oauth/authorize">'
        f'<input type="hidden" name="oauth_token" value="{html.escape(oauth_token)}">'
        f'<input type="hidden" name="perms" value="{perms}">'
        f'<p><label>Log in as <select name="user">{options}</select></label></p>'
        f'<p><button class="go" name="answer" value="ok">{html.escape(OK, quote=False)}</button>'
        f'<button name="answer" value="no">{NO}</button></p></form>',
    )


def pin(code: str) -> bytes:
    """Render the code to enter in the app."""
    return _page(
        "App authorized",
        f'<p>Enter this code in the app:</p><p><strong id="pin">{html.escape(code)}</strong></p>'
        "<p>It works once. You can close this page when you have entered it.</p>",
        mark="✓",
    )


def home(keys: Iterable[tuple[str, str]]) -> bytes:
    """Render the home page; `keys` are the API keys that the sandbox accepts, each with its secret."""
    rows = "".join(f"<tr><td><code>{key}</code></td><td><code>{secret}</code></td></tr>" for key, secret in keys)
    return _page(
        "flickr-auth sandbox",
        "<p>This local server imitates Flickr: it has OAuth 1.0a logins and a few API methods. Its people and photos"
        " are made up, and nothing leaves this computer.</p>"
        f'<div class="wide"><table><tr><th>API key</th><th>Secret</th></tr>{rows}</table></div>'
        "<p>These secrets are public: they are the same for everyone, and Flickr does not know them.</p>"
        '<p><a href="/services/auth/list.gne">Authorized apps</a></p>',
    )


def apps(tokens: Iterable[tuple[str, str, str, str]]) -> bytes:
    """Render the tokens in use: for each the token itself, account, permission, and the API key's first characters."""
    rows = "".join(
        f"<tr><td>{html.escape(who)}</td><td>{perms}</td><td><code>{html.escape(key)}…</code></td>"
        f"<td><code>…{html.escape(token[-6:])}</code></td>"
        '<td><form method="post" action="/services/auth/list.gne">'
        f'<button name="oauth_token" value="{html.escape(token)}">Remove permission</button></form></td></tr>'
        for token, who, perms, key in tokens
    )
    head = "<tr><th>Account</th><th>Permission</th><th>API key</th><th>Token</th><th></th></tr>"
    table = f'<div class="wide"><table>{head}{rows}</table></div>' if rows else "<p>No app has been authorized yet.</p>"
    note = "<p>The sandbox stores nothing: a permission that you remove is back after a restart.</p>"
    return _page("Authorized apps", table + note + '<p><a href="/">Home</a></p>')


def _page(title: str, inside: str, mark: str = "") -> bytes:
    banner = "<strong>sandbox</strong>: a local server that imitates Flickr"
    return page.render(title, inside, server="sandbox", banner=banner, mark=mark)
