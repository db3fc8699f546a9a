"""A login with flickrapi's own dance, which waits for the browser at a server of its own."""

import io
import json
import sys

import flickrapi
from flickrapi.auth import OAuthFlickrInterface

base_url, key, secret, text = sys.argv[1:]
sys.stdout.reconfigure(line_buffering=True)
for name in ("REQUEST_TOKEN_URL", "AUTHORIZE_URL", "ACCESS_TOKEN_URL"):
    address = getattr(OAuthFlickrInterface, name)
    setattr(OAuthFlickrInterface, name, address.replace("https://www.flickr.com", base_url))
flickrapi.FlickrAPI.REST_URL = flickrapi.FlickrAPI.REST_URL.replace("https://api.flickr.com", base_url)

flickr = flickrapi.FlickrAPI(key, secret, format="parsed-json", token_cache_location="tokens")
flickr.authenticate_console(perms="write")
assert flickr.token_valid(perms="write")  # it asks flickr.auth.oauth.checkToken

for name in ("UPLOAD_URL", "REPLACE_URL"):
    setattr(flickrapi.FlickrAPI, name, getattr(flickrapi.FlickrAPI, name).replace("https://up.flickr.com", base_url))
photo_id = flickr.upload("photo", fileobj=io.BytesIO(b"\xff\xd8"), title=text, format="etree").findtext("photoid")
flickr.replace("photo", photo_id, fileobj=io.BytesIO(b"\xff\xd9"), format="rest")
uploaded = flickr.photos.getInfo(photo_id=photo_id)["photo"]["title"]["_content"]

names = vars(flickr.token_cache.token)
login, echo = flickr.test.login(), flickr.test.echo(text=text)
got = {"names": names, "login": login["user"]["username"]["_content"], "echo": echo["text"]["_content"]}
json.dump({**got, "uploaded": uploaded}, sys.stdout)
