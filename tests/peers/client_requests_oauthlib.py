"""A login with requests-oauthlib's own OAuth1Session, as its documentation shows it."""

import json
import sys

from requests_oauthlib import OAuth1Session

base_url, key, secret, text = sys.argv[1:]
session = OAuth1Session(key, client_secret=secret, callback_uri="oob")
session.trust_env = False
session.fetch_request_token(f"{base_url}/services/oauth/request_token")
address = session.authorization_url(f"{base_url}/services/oauth/authorize", perms="write")
sys.stdout.write(f"{address}\n")
sys.stdout.flush()

token = session.fetch_access_token(f"{base_url}/services/oauth/access_token", verifier=sys.stdin.readline().strip())


def call(method, **arguments):
    every = {"method": method, "format": "json", "nojsoncallback": "1", **arguments}
    return session.get(f"{base_url}/services/rest/", params=every).json()


login, echo = call("flickr.test.login"), call("flickr.test.echo", text=text)
json.dump(
    {"names": token, "login": login["user"]["username"]["_content"], "echo": echo["text"]["_content"]}, sys.stdout
)
