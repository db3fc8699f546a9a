"""A login with flickr_api (python-flickr-api), which signs with a library of its own and puts all into the query."""

import json
import sys

from flickr_api import auth, method_call

base_url, key, secret, text = sys.argv[1:]
for name in ("TOKEN_REQUEST_URL", "AUTHORIZE_URL", "ACCESS_TOKEN_URL"):
    setattr(auth, name, getattr(auth, name).replace("https://www.flickr.com", base_url))
rest_url = method_call.REST_URL.replace("https://api.flickr.com", base_url)

handler = auth.AuthHandler(key, secret, callback="oob")
sys.stdout.write(f"{handler.get_authorization_url('write')}\n")
sys.stdout.flush()
handler.set_verifier(sys.stdin.readline().strip())


def call(**arguments):
    return method_call.call_api(auth_handler=handler, request_url=rest_url, **arguments)


login, echo = call(method="flickr.test.login"), call(method="flickr.test.echo", text=text)
json.dump({"names": {}, "login": login["user"]["username"], "echo": echo["text"]}, sys.stdout)
