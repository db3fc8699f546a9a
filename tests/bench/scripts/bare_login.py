"""The least that a script of one's own does for a login: three requests with requests-oauthlib, and two lines kept."""

import os
import sys
from urllib.parse import parse_qs

import requests
from requests_oauthlib import OAuth1

site, key, secret = os.environ["BASE"], os.environ["KEY"], os.environ["SECRET"]
session = requests.Session()
auth = OAuth1(key, secret, callback_uri="oob")
first = parse_qs(session.post(f"{site}/services/oauth/request_token", auth=auth, timeout=30).text)
token, token_secret = first["oauth_token"][0], first["oauth_token_secret"][0]
print(f"{site}/services/oauth/authorize?oauth_token={token}&perms=read")
auth = OAuth1(key, secret, token, token_secret, verifier=sys.stdin.readline().strip())
third = parse_qs(session.post(f"{site}/services/oauth/access_token", auth=auth, timeout=30).text)
token, token_secret = third["oauth_token"][0], third["oauth_token_secret"][0]
auth = OAuth1(key, secret, token, token_secret)
every = {"method": "flickr.auth.oauth.checkToken", "format": "json", "nojsoncallback": "1"}
answer = session.get(f"{site}/services/rest/", params=every, auth=auth, timeout=30).json()
assert answer["stat"] == "ok", answer
with open("bare-token", "w") as file:
    file.write(f"{token}\n{token_secret}")
