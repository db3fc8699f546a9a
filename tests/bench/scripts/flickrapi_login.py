"""flickrapi's login, out of band, and its check of the token."""

import os
import sys

import flickrapi
from flickrapi.auth import OAuthFlickrInterface

site = os.environ["BASE"]
for name in ("REQUEST_TOKEN_URL", "AUTHORIZE_URL", "ACCESS_TOKEN_URL"):
    setattr(OAuthFlickrInterface, name, getattr(OAuthFlickrInterface, name).replace("https://www.flickr.com", site))
flickrapi.FlickrAPI.REST_URL = flickrapi.FlickrAPI.REST_URL.replace("https://api.flickr.com", site)
if os.path.exists("oauth-tokens.sqlite"):
    os.unlink("oauth-tokens.sqlite")  # it would sign a new login with the token of the last one
flickr = flickrapi.FlickrAPI(os.environ["KEY"], os.environ["SECRET"], format="parsed-json", token_cache_location=".")
flickr.get_request_token(oauth_callback="oob")
print(flickr.auth_url(perms="write"))
flickr.get_access_token(sys.stdin.readline().strip())
assert flickr.token_valid(perms="write")
