"""oauthlib's own provider endpoints on http.server, at Flickr's paths, with a validator that keeps all in memory.

`--unnamed` leaves out the REST method that tells whose a token is.
"""

import html
import json
import sys
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from oauthlib.oauth1 import OAuth1Error, RequestValidator, WebApplicationServer

key, secret = sys.argv[1:3]


@dataclass
class Kept:
    """A token, and what the validator has to remember of it."""

    secret: str
    callback: str = ""
    verifier: str = ""
    username: str = ""


class Validator(RequestValidator):
    """What oauthlib asks of whoever keeps the keys and the tokens. What it has defaults for, stays as it is."""

    enforce_ssl = False  # for this machine alone
    client_key_length = (32, 32)
    dummy_client = dummy_request_token = dummy_access_token = "nobody"

    def __init__(self):
        super().__init__()
        self.pending, self.tokens, self.nonces = {}, {}, set()

    def validate_client_key(self, client_key, request):
        return client_key == key

    def get_client_secret(self, client_key, request):
        return secret if client_key == key else "of nobody"

    def validate_timestamp_and_nonce(self, client_key, timestamp, nonce, request, **token):
        seen = (client_key, timestamp, nonce, *token.values())
        fresh = seen not in self.nonces
        self.nonces.add(seen)
        return fresh

    def get_default_realms(self, client_key, request):
        return []

    get_realms = get_default_realms

    def validate_requested_realms(self, client_key, realms, request):
        return True

    def validate_realms(self, client_key, token, request, uri=None, realms=None):
        return True

    def validate_redirect_uri(self, client_key, redirect_uri, request):
        return redirect_uri == "oob" or redirect_uri.startswith("http://127.0.0.1")

    def save_request_token(self, token, request):
        self.pending[token["oauth_token"]] = Kept(token["oauth_token_secret"], request.redirect_uri)

    def verify_request_token(self, token, request):
        return token in self.pending

    def get_redirect_uri(self, token, request):
        return self.pending[token].callback

    def save_verifier(self, token, verifier, request):
        self.pending[token].verifier = verifier["oauth_verifier"]

    def validate_request_token(self, client_key, token, request):
        return token in self.pending

    def get_request_token_secret(self, client_key, token, request):
        return self.pending[token].secret if token in self.pending else "of nobody"

    def validate_verifier(self, client_key, token, verifier, request):
        return token in self.pending and verifier == self.pending[token].verifier != ""

    def save_access_token(self, token, request):
        username = self.pending[request.resource_owner_key].username
        self.tokens[token["oauth_token"]] = Kept(token["oauth_token_secret"], username=username)

    def invalidate_request_token(self, client_key, request_token, request):
        del self.pending[request_token]

    def validate_access_token(self, client_key, token, request):
        return token in self.tokens

    def get_access_token_secret(self, client_key, token, request):
        return self.tokens[token].secret if token in self.tokens else "of nobody"


validator = Validator()
server = WebApplicationServer(validator)


class Handler(BaseHTTPRequestHandler):
    """One request: the leg that its path names, and whatever oauthlib answers to it."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        self.uri = f"http://{self.headers['Host']}{self.path}"
        routes = {
            ("POST", "/services/oauth/request_token"): self.request_token,
            ("GET", "/services/oauth/authorize"): self.ask,
            ("POST", "/services/oauth/authorize"): self.decide,
            ("POST", "/services/oauth/access_token"): self.access_token,
            ("GET", "/services/rest/"): self.check_token,
            ("POST", "/forget"): self.forget,
        }
        self.reply(*routes[self.command, urlsplit(self.path).path]())

    do_POST = do_GET  # noqa: N815  # the name that http.server looks for

    def reply(self, headers, body, status):
        content = (body or "").encode()
        self.send_response(status)
        for name, value in {"Content-Length": len(content), **headers}.items():
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(content)

    def request_token(self):
        return server.create_request_token_response(self.uri, self.command, self.body, self.headers)

    def ask(self):
        _realms, told = server.get_realms_and_credentials(self.uri)
        page = (
            '<form method="post" action="/services/oauth/authorize">'
            f'<input type="hidden" name="oauth_token" value="{html.escape(told["resource_owner_key"])}">'
            '<input name="username"><button>Yes</button></form>'
        )
        return {"Content-Type": "text/html"}, page, 200

    def decide(self):
        form = {name: values[0] for name, values in parse_qs(self.body).items()}
        validator.pending[form["oauth_token"]].username = form["username"]
        return server.create_authorization_response(self.uri, self.command, self.body, self.headers)

    def access_token(self):
        return server.create_access_token_response(self.uri, self.command, self.body, self.headers)

    def check_token(self):
        if "--unnamed" in sys.argv:
            return as_json(stat="fail", code=112, message="Method not found")
        try:
            valid, checked = server.validate_protected_resource_request(self.uri, self.command, "", self.headers)
        except OAuth1Error:
            valid = False
        if not valid:  # all that oauthlib checks; what is said of it is said as Flickr says it
            return as_json(stat="fail", code=98, message="Invalid auth token")
        token = checked.resource_owner_key
        username = validator.tokens[token].username
        user = {"nsid": f"{len(username)}@N01", "username": username, "fullname": username.title()}
        return as_json(stat="ok", oauth={"token": {"_content": token}, "perms": {"_content": "read"}, "user": user})

    def forget(self):
        validator.tokens.clear()
        return {}, "", 200

    def log_message(self, *_):
        pass


def as_json(**answer):
    return {"Content-Type": "application/json"}, json.dumps(answer), 200


listener = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
sys.stdout.write(f"http://127.0.0.1:{listener.server_port}\n")
sys.stdout.flush()
listener.serve_forever()
