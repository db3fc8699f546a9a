"""Authlib's OAuth 1 server on Flask, at Flickr's paths: set up as its documentation shows it, all kept in memory.

`--unnamed` leaves out the REST method that tells whose a token is.
"""

import html
import secrets
import sys

from authlib.integrations.flask_oauth1 import AuthorizationServer, ResourceProtector, current_credential
from authlib.integrations.flask_oauth1.cache import (
    create_exists_nonce_func,
    register_nonce_hooks,
    register_temporary_credential_hooks,
)
from authlib.oauth1 import ClientMixin, TokenCredentialMixin
from authlib.oauth1.errors import OAuth1Error
from flask import Flask, jsonify, request
from werkzeug.serving import make_server

key, secret = sys.argv[1:3]
app = Flask(__name__)
tokens = {}


class Cache(dict):
    """What Authlib asks of a cache."""

    def set(self, name, value, timeout):
        self[name] = value

    has = dict.__contains__

    def delete(self, name):
        self.pop(name, None)


class Client(ClientMixin):
    def get_default_redirect_uri(self):
        return f"{request.host_url}done"  # Authlib has no other end for a login that is out of band

    def get_client_secret(self):
        return secret


class Token(TokenCredentialMixin):
    def __init__(self, oauth_token, oauth_token_secret, username):
        self.oauth_token, self.oauth_token_secret, self.username = oauth_token, oauth_token_secret, username

    def get_oauth_token(self):
        return self.oauth_token

    def get_oauth_token_secret(self):
        return self.oauth_token_secret


class Person(str):
    def get_user_id(self):
        return str(self)


def create_token_credential(token, temporary_credential):
    username = temporary_credential.get_user_id()
    issued = Token(token["oauth_token"], token["oauth_token_secret"], username)
    tokens[issued.oauth_token] = issued
    return issued


def query_client(client_id):
    return Client() if client_id == key else None


cache = Cache()
server = AuthorizationServer(app, query_client=query_client)
register_nonce_hooks(server, cache)
register_temporary_credential_hooks(server, cache)
server.register_hook("create_token_credential", create_token_credential)
protected = ResourceProtector(
    app,
    query_client=query_client,
    query_token=lambda _, oauth_token: tokens.get(oauth_token),
    exists_nonce=create_exists_nonce_func(cache),
)


@app.post("/services/oauth/request_token")
def request_token():
    return server.create_temporary_credentials_response()


@app.get("/services/oauth/authorize")
def ask():
    server.check_authorization_request()
    oauth_token = html.escape(request.args["oauth_token"])
    return (
        '<form method="post" action="/services/oauth/authorize">'
        f'<input type="hidden" name="oauth_token" value="{oauth_token}">'
        '<input name="username"><button>Yes</button></form>'
    )


@app.post("/services/oauth/authorize")
def decide():
    return server.create_authorization_response(grant_user=Person(request.form["username"]))


@app.post("/services/oauth/access_token")
def access_token():
    return server.create_token_response()


@app.get("/services/rest/")
def check_token():
    if "--unnamed" in sys.argv:
        return jsonify(stat="fail", code=112, message="Method not found")
    try:
        protected.acquire_credential()  # all that Authlib checks; what is said of it is said as Flickr says it
    except OAuth1Error:
        return jsonify(stat="fail", code=98, message="Invalid auth token")
    username = current_credential.username
    user = {"nsid": f"{len(username)}@N01", "username": username, "fullname": username.title()}
    perms = {"_content": "read"}
    return jsonify(
        stat="ok", oauth={"token": {"_content": current_credential.oauth_token}, "perms": perms, "user": user}
    )


@app.post("/forget")
def forget():
    tokens.clear()
    return ""


app.secret_key = secrets.token_hex()
listener = make_server("127.0.0.1", 0, app, threaded=True)
sys.stdout.write(f"http://127.0.0.1:{listener.server_port}\n")
sys.stdout.flush()
listener.serve_forever()
