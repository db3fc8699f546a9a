"""The program gallery-dl, told to log in to Flickr, and then its own class for REST calls with the token it keeps."""

import json
import pathlib
import sys

sys.stdout.reconfigure(line_buffering=True)  # gallery-dl looks at it when it is imported

import gallery_dl  # noqa: E402
from gallery_dl import extractor  # noqa: E402
from gallery_dl.extractor import flickr, oauth  # noqa: E402

base_url, key, secret, text, port = sys.argv[1:]


def elsewhere(function):
    """Another host in the function's constants: that is where gallery-dl has its addresses."""
    code = function.__code__
    constants = (
        each.replace("https://www.flickr.com", base_url) if isinstance(each, str) else each for each in code.co_consts
    )
    function.__code__ = code.replace(co_consts=tuple(constants))


elsewhere(oauth.OAuthFlickr.items)
flickr.FlickrAPI.API_KEY = None  # else it reads one off Flickr's website, although it has ours and signs with that
flickr.FlickrAPI.API_URL = flickr.FlickrAPI.API_URL.replace("https://api.flickr.com", base_url)

settings = {
    "extractor": {
        "flickr": {"api-key": key, "api-secret": secret, "access-token": "cache", "sleep-request": 0},
        "oauth": {"browser": False, "port": int(port)},
    },
    "cache": {"file": "cache.sqlite3"},
}
pathlib.Path("gallery-dl.conf").write_text(json.dumps(settings))
sys.argv = ["gallery-dl", "--config-ignore", "--config", "gallery-dl.conf", "oauth:flickr"]
status = gallery_dl.main()
if status:
    sys.exit(status)

photos = extractor.find("https://www.flickr.com/photos/somebody/")
photos.initialize()
api = flickr.FlickrAPI(photos)
login, echo = api._call("test.login", {}), api._call("test.echo", {"text": text})
photo = next(api.people_getPhotos("me"))
found = {"names": {}, "login": login["user"]["username"]["_content"], "echo": echo["text"]["_content"]}
sys.stdout.write("\n" + json.dumps(found | {"owner": photo["owner"]}))
