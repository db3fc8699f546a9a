"""The same calls through `flickr_auth.session()`."""

import json
import sys

import flickr_auth

every = {"method": "flickr.test.login", "format": "json", "nojsoncallback": "1"}
with flickr_auth.session() as session:
    for _ in range(int(sys.argv[1])):
        answer = session.get(session.rest_url, params=every)
        assert answer.json()["stat"] == "ok"
print(json.dumps(answer.json()))
