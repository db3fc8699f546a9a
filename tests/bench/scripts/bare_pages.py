"""The least that a script of one's own does for pages: requests-oauthlib and json; from which page, and how many."""

import json
import os
import sys

import requests
from requests_oauthlib import OAuth1

auth = OAuth1(os.environ["KEY"], os.environ["SECRET"], os.environ["TOKEN"], os.environ["TOKEN_SECRET"])
session = requests.Session()
every = {"method": "flickr.people.getPhotos", "format": "json", "nojsoncallback": "1", "user_id": "me"}
per_page, pages = int(sys.argv[1]), int(sys.argv[2])
for page in range(1, pages + 1):
    every |= {"per_page": str(per_page), "page": str(page)}
    answer = session.get(f"{os.environ['BASE']}/services/rest/", params=every, auth=auth, timeout=30)
    for photo in answer.json()["photos"]["photo"]:
        sys.stdout.write(json.dumps(photo) + "\n")
