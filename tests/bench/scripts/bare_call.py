"""The least that a script of one's own does for calls: requests-oauthlib, as often as the first argument says."""

import json
import os
import sys

import requests
from requests_oauthlib import OAuth1

auth = OAuth1(os.environ["KEY"], os.environ["SECRET"], os.environ["TOKEN"], os.environ["TOKEN_SECRET"])
session = requests.Session()
every = {"method": "flickr.test.login", "format": "json", "nojsoncallback": "1"}
for _ in range(int(sys.argv[1])):
    answer = session.get(f"{os.environ['BASE']}/services/rest/", params=every, auth=auth, timeout=30)
    assert answer.json()["stat"] == "ok"
print(json.dumps(answer.json()))
