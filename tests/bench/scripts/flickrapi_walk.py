"""flickrapi's walk over all pages: how many items a page, and how many pages at the most."""

import json
import os
import sys

import flickrapi
from flickrapi.auth import FlickrAccessToken

flickrapi.FlickrAPI.REST_URL = flickrapi.FlickrAPI.REST_URL.replace("https://api.flickr.com", os.environ["BASE"])
token = FlickrAccessToken(os.environ["TOKEN"], os.environ["TOKEN_SECRET"], "write")
flickr = flickrapi.FlickrAPI(os.environ["KEY"], os.environ["SECRET"], token=token, store_token=False)
per_page, pages = int(sys.argv[1]), int(sys.argv[2])
for number, photo in enumerate(flickr.walk_user("me", per_page=per_page), start=1):
    sys.stdout.write(json.dumps(dict(photo.attrib)) + "\n")
    if number >= per_page * pages:
        break
