"""What a person sees in the browser, and that nothing happens there but what the person does."""

from __future__ import annotations

import html
import re
from urllib.parse import parse_qsl, urlsplit

from sandbox.dance import KEYS, access, form, login, request_token, rest

AUTHORIZE = "/services/oauth/authorize"
LIST = "/services/auth/list.gne"


def page(http, sandbox, pending, perms="read", method="GET"):
    query = {"oauth_token": pending["oauth_token"], "perms": perms}
    return http.request(method, sandbox.base_url + AUTHORIZE, params=query)


def fields(text, button):
    """What a browser would send if this button were pressed."""
    sent = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', text))
    sent["user"] = re.search(r'<select name="user"><option value="(\d+)"', text)[1]
    [(name, value)] = re.findall(rf'name="(\w+)" value="(\w+)">{re.escape(button)}</button>', text)
    return {name: value, **{each: html.unescape(value) for each, value in sent.items()}}


def press(http, sandbox, pending, *, button="OK, I'll authorize it", perms="read", headers=None, changed=()):
    sent = fields(page(http, sandbox, pending, perms).text, button)
    return http.post(
        sandbox.base_url + AUTHORIZE, data={**sent, **dict(changed)}, headers=headers, allow_redirects=False
    )


def test_the_page_says_that_it_is_a_stand_in_who_one_is_and_what_is_asked(sandbox, http):
    """Nobody takes the sandbox's page for Flickr's, and it shows who approves what."""
    text = page(http, sandbox, request_token(http, sandbox), "write").text
    assert "sandbox</strong>: a local server that imitates Flickr" in text
    assert "<strong>write</strong> permission" in text
    assert "12345678@N00, sandbox-sam, Sam Sandbox" in text
    assert ">OK, I'll authorize it</button>" in text
    assert ">No thanks</button>" in text
    assert "Ann &quot;&lt;b&gt;&quot; O&#x27;Sand &amp; Daughters" in text


def test_ok_shows_a_code_of_nine_digits_that_ends_the_login(sandbox, http):
    """The code that the page shows is the one that completes the login."""
    pending = request_token(http, sandbox)
    shown = press(http, sandbox, pending, perms="write", changed={"user": "1"})
    assert shown.status_code == 200
    pin = re.search(r'id="pin">([0-9]{3}-[0-9]{3}-[0-9]{3})<', shown.text)[1]
    token = form(access(http, sandbox, pending, pin))
    assert token["username"] == "sandbox-zoë"
    verdict = rest(http, sandbox, "flickr.auth.oauth.checkToken", token).json()
    assert verdict["oauth"]["perms"]["_content"] == "write"


def test_ok_sends_the_browser_to_the_callback_with_token_and_verifier_added(sandbox, http):
    """A callback with a query or fragment of its own arrives with both intact."""
    for callback, begins in (
        ("http://127.0.0.1:9", "http://127.0.0.1:9?"),
        ("http://localhost:9/cb?a=b%20c&d#end", "http://localhost:9/cb?a=b%20c&d&"),
    ):
        pending = request_token(http, sandbox, callback)
        sent = press(http, sandbox, pending)
        address = sent.headers["Location"]
        assert sent.status_code == 302 and address.startswith(begins + "oauth_token=")
        assert urlsplit(address).fragment == urlsplit(callback).fragment
        query = dict(parse_qsl(urlsplit(address).query))
        assert query["oauth_token"] == pending["oauth_token"]
        assert re.fullmatch("[0-9a-f]{16}", query["oauth_verifier"])
        assert form(access(http, sandbox, pending, query["oauth_verifier"]))


def test_no_thanks_goes_home_calls_nothing_and_ends_the_login(sandbox, http):
    """A person who declines is not sent to the callback, and the login cannot be approved later."""
    pending = request_token(http, sandbox, "http://127.0.0.1:9/")
    sent = press(http, sandbox, pending, button="No thanks")
    assert (sent.status_code, sent.headers["Location"]) == (302, "/")
    assert "doesn't recognise the oauth_token" in page(http, sandbox, pending).text
    assert access(http, sandbox, pending, "123-456-789").text == "oauth_problem=token_rejected"


def test_the_page_works_once(sandbox, http):
    """Going back in the browser and pressing the button again approves nothing."""
    pending = request_token(http, sandbox)
    sent = fields(page(http, sandbox, pending).text, "OK, I'll authorize it")
    assert http.post(sandbox.base_url + AUTHORIZE, data=sent).status_code == 200
    for again in (page(http, sandbox, pending), http.post(sandbox.base_url + AUTHORIZE, data=sent)):
        assert again.status_code == 404
        assert "Oops! Flickr doesn't recognise the oauth_token" in again.text


def test_looking_prefetching_and_previewing_use_nothing_up(sandbox, http):
    """A browser or chat program that loads the page before the person does no harm."""
    pending = request_token(http, sandbox)
    first = page(http, sandbox, pending)
    for _ in range(3):
        assert page(http, sandbox, pending).text == first.text
        seen = page(http, sandbox, pending, method="HEAD")
        assert (seen.status_code, seen.text) == (200, "")
        assert seen.headers["Content-Length"] == first.headers["Content-Length"]
    query = {"answer": "ok", "user": "0", "oauth_token": pending["oauth_token"], "perms": "read"}
    http.get(sandbox.base_url + AUTHORIZE, params=query)
    assert "pin" in press(http, sandbox, pending).text


def test_a_url_that_is_not_of_an_open_login_has_only_an_oops(sandbox, http):
    """Without a valid permission, or for an unknown token, there is Flickr's error page, and no foreign markup."""
    pending = request_token(http, sandbox)
    for perms in ("READ", None):
        seen = page(http, sandbox, pending, perms)
        assert seen.status_code == 400
        assert "Oops! Flickr doesn't recognise the permission set." in seen.text
    for token in ("72157000000000000-0000000000000000", "<script>", None):
        seen = page(http, sandbox, {"oauth_token": token})
        assert seen.status_code == 404
        assert "Oops! Flickr doesn't recognise the oauth_token" in seen.text
        assert "<script>" not in seen.text


def test_a_form_that_was_tampered_with_decides_nothing(sandbox, http):
    """Fields that the page does not offer are refused, and the login can still be approved."""
    pending = request_token(http, sandbox)
    for wrong in ({"user": "1000"}, {"user": "²"}, {"user": "00"}, {"answer": "maybe"}, {"perms": "x"}):
        assert press(http, sandbox, pending, changed=wrong).status_code == 400
    assert press(http, sandbox, pending).status_code == 200


HONEST = [
    {},
    {"Origin": "OWN"},
    {"Origin": "null", "Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "same-origin"},
]
FOREIGN = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://127.0.0.1:1"},
    {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
    {"Origin": "OWN", "Sec-Fetch-Site": "same-site"},
    {"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "none"},
]


def headers_of(sandbox, kind):
    return {name: sandbox.base_url if value == "OWN" else value for name, value in kind.items()}


def test_a_form_of_the_sandboxs_own_page_is_taken(sandbox, http):
    """The button works in every browser, whatever headers it sends with a form."""
    for kind in HONEST:
        pending = request_token(http, sandbox)
        assert press(http, sandbox, pending, headers=headers_of(sandbox, kind)).status_code == 200


def test_a_form_that_another_site_sends_decides_nothing(sandbox, http):
    """A page on another site can neither approve a login nor revoke a token."""
    pending = request_token(http, sandbox)
    token = login(http, sandbox)
    data = {"oauth_token": token["oauth_token"]}
    for kind in FOREIGN:
        headers = headers_of(sandbox, kind)
        assert press(http, sandbox, pending, headers=headers).status_code == 403
        assert http.post(sandbox.base_url + LIST, data=data, headers=headers).status_code == 403
    assert press(http, sandbox, pending).status_code == 200
    assert rest(http, sandbox, "flickr.test.login", token).json()["stat"] == "ok"


def test_a_token_that_is_revoked_on_the_list_is_refused_from_then_on(sandbox, http):
    """The list shows each app, its permission and no secret; one that is removed there is a revoked token."""
    token, other = login(http, sandbox, "delete", 3), login(http, sandbox)
    shown = http.get(sandbox.base_url + LIST).text
    assert "<td>delete</td>" in shown and "sandbox-a&amp;b=c+d%20e" in shown
    assert f"…{token['oauth_token'][-6:]}<" in shown and token["oauth_token_secret"] not in shown
    assert len(re.findall("<button", shown)) == 2
    [value] = re.findall(rf'name="oauth_token" value="({token["oauth_token"]})">Remove permission</button>', shown)
    left = http.post(sandbox.base_url + LIST, data={"oauth_token": value})
    assert (left.status_code, left.url) == (200, sandbox.base_url + LIST)
    assert len(re.findall("<button", left.text)) == 1
    refused = rest(http, sandbox, "flickr.auth.oauth.checkToken", token)
    assert (refused.status_code, refused.json()["code"]) == (200, 98)
    assert rest(http, sandbox, "flickr.test.login", other).json()["stat"] == "ok"
    assert http.post(sandbox.base_url + LIST, data={"oauth_token": value}).status_code == 404


def test_every_page_is_self_contained_and_allows_nothing_from_elsewhere(sandbox, http):
    """No page loads anything from the network, is kept in a cache, or can be shown in another page's frame."""
    for path in ("/", LIST, AUTHORIZE, "/nothing-here"):
        seen = http.get(sandbox.base_url + path)
        assert seen.headers["Content-Type"] == "text/html; charset=utf-8"
        policy = seen.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; form-action 'self' http: https:;")
        assert "frame-ancestors 'none'" in policy
        assert seen.headers["Referrer-Policy"] == "no-referrer"
        assert seen.headers["Cache-Control"] == "no-store"
        assert seen.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in seen.text
        assert not re.search(r"<script|src=|https?://", seen.text)


def test_the_home_page_says_what_this_is_and_gives_the_keys(sandbox, http):
    """Someone who opens the printed URL finds out what it is and which key to use."""
    text = http.get(sandbox.base_url).text
    assert "made up" in text and KEYS[0].api_key in text


def test_anything_else_is_not_found(sandbox, http):
    """A path that Flickr does not have is a 404, and a wrong HTTP method is told which ones are allowed."""
    for path in ("/favicon.ico", "/services", "/services/oauth/authorize/"):
        assert http.get(sandbox.base_url + path).status_code == 404
    seen = http.put(sandbox.base_url + AUTHORIZE)
    assert (seen.status_code, seen.headers["Allow"]) == (405, "GET, HEAD, POST")
