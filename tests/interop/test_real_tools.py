"""The real flickrapi, flickr_api, flickr-download and gallery-dl: each loads what we wrote, and we read what it wrote.

They live in an environment of their own, as their dependencies are not ours: FLICKR_AUTH_PEERS names its python.
"""

import json
import os
import subprocess

import pytest

from flickr_auth.account import Account, Token
from flickr_auth.protocol import legs, rest
from flickr_auth.provider import sandbox as sandbox_provider
from flickr_auth.sandbox.server import KEYS
from flickr_auth.transport import Transport

from programs import lacks

PEERS = os.environ.get("FLICKR_AUTH_PEERS")


@pytest.fixture
def peer(home):
    """The python that has the tools."""
    if not PEERS:
        lacks("FLICKR_AUTH_PEERS does not name a python that has flickrapi, flickr_api, gallery-dl, flickr-download")
    return Peer()


class Peer:
    """The tools' own python, in the home folder of the test."""

    def start(self, script, *arguments):
        """Start a script with pipes."""
        names = ("PATH", "HOME", "APPDATA", "USERPROFILE")
        return subprocess.Popen(
            [PEERS, "-u", "-c", script, *map(str, arguments)],
            env={name: os.environ[name] for name in names if name in os.environ},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def __call__(self, script, *arguments, stdin=""):
        """Run a script to its end; its last line is JSON, which is returned."""
        process = self.start(script, *arguments)
        out, err = process.communicate(stdin, timeout=60)
        assert process.returncode == 0, err
        return json.loads(out.splitlines()[-1])


@pytest.fixture
def sam(sandbox):
    """An account that has logged in to the sandbox, with a name that is not ASCII."""
    with Transport(sandbox_provider(sandbox.base_url), KEYS[0]) as transport:
        request = legs.request_token(transport)
        verifier = sandbox.press_ok(request.oauth_token, "write", user=1)
        return legs.access_token(transport, request, verifier, "write")


FLICKRAPI = """
import json, sys, flickrapi
key, secret, username, base_url = sys.argv[1:]
flickrapi.FlickrAPI.REST_URL = base_url + "/services/rest/"
flickr = flickrapi.FlickrAPI(key, secret, username=username)
valid = flickr.token_valid(perms="write")
token = flickr.token_cache.token
user = flickr.test.login(format="parsed-json")["user"]
print(json.dumps([valid, token.token, token.token_secret, token.access_level, token.username, user["id"]]))
"""


@pytest.mark.parametrize("named", [False, True])
def test_flickrapi_makes_signed_calls_with_the_token(tool, peer, sandbox, sam, named):
    """flickrapi finds it, with `username=` and without, takes it for valid with that permission, and calls with it."""
    tool("flickrapi").write(sam)
    told = peer(FLICKRAPI, sam.api_key, sam.api_secret, sam.username if named else "", sandbox.base_url)
    assert told == [True, sam.oauth_token, sam.oauth_token_secret, "write", sam.username, sam.user_nsid]
    assert len(tool("flickrapi").read()) == 1  # it has thrown nothing away


def test_what_flickrapi_writes_is_read_and_added_to(tool, peer, jamal, other):
    """Its own token cache is a file that we read, and to which we add an account."""
    script = """
import json, sys, flickrapi
from flickrapi.auth import FlickrAccessToken
flickr = flickrapi.FlickrAPI(sys.argv[1], "secret", username="Zo\\u00eb")
flickr.token_cache.token = FlickrAccessToken("token-7", "s", "delete", "Zo\\u00eb '\\u00c5'", "zo\\u00eb", "1@N00")
print("1")
"""
    peer(script, jamal().api_key)
    [found] = tool("flickrapi").read()
    assert (found.token, found.api_key) == (Token("token-7", "s"), jamal().api_key)
    assert (found.username, found.fullname, found.user_nsid) == ("zoë", "Zoë 'Å'", "1@N00")
    tool("flickrapi").write(jamal())
    tool("flickrapi").write(other)
    script = """
import json, sys, flickrapi
names = ["", "jamalfanaian", "wezm", "Zo\\u00eb"]
print(json.dumps([flickrapi.FlickrAPI(sys.argv[1], "s", username=name).token_cache.token.token for name in names]))
"""
    told = peer(script, jamal().api_key)
    assert told == [other.oauth_token, jamal().oauth_token, other.oauth_token, "token-7"]


@pytest.mark.parametrize("with_keys", [False, True])
def test_python_flickr_api_loads_ours_and_we_its(tool, peer, jamal, other, tmp_path, *, with_keys):
    """`AuthHandler.save` makes the file that we read; `AuthHandler.load` takes the one that we put in its place."""
    script = """
import json, sys, flickr_api
path, with_keys, key, secret, token, token_secret = sys.argv[1:]
flickr_api.set_keys(api_key=key, api_secret=secret)
handler = flickr_api.auth.AuthHandler.create(token, token_secret)
handler.save(path, include_api_keys=with_keys == "True")
print(1)
"""
    path = tmp_path / "auth"
    four = (other.api_key, other.api_secret, other.oauth_token, other.oauth_token_secret)
    peer(script, path, with_keys, *four)
    [found] = tool("python-flickr-api").read(path)
    assert found[:4] == (four if with_keys else (None, None, *other.token))
    tool("python-flickr-api").write(jamal(), path)
    script = """
import json, sys, flickr_api
path, key, secret = sys.argv[1:]
flickr_api.set_keys(api_key=key, api_secret=secret)
handler = flickr_api.auth.AuthHandler.load(path)
print(json.dumps([handler.key, handler.secret, handler.access_token.key, handler.access_token.secret]))
"""
    told = peer(script, path, jamal().api_key, jamal().api_secret)
    assert told == [jamal().api_key, jamal().api_secret, jamal().oauth_token, jamal().oauth_token_secret]


FLICKR_DOWNLOAD = """
import json, sys, flickr_api, flickr_api.auth
from flickr_download import flick_download
defaults = flick_download._load_defaults()
done = flick_download._init(defaults["api_key"], defaults["api_secret"], True)
handler = flickr_api.auth.AUTH_HANDLER
print(json.dumps([done, handler.key, handler.secret, handler.access_token.key, handler.access_token.secret]))
"""


def test_flickr_download_takes_the_token_and_the_key(tool, peer, jamal, home, put):
    """It starts without a login: the token is where it looks, and the printed lines are what its other file needs."""
    account = jamal(api_secret="0123456789012345")
    put(home / ".flickr_download", tool("flickr-download").lines(account))
    tool("flickr-download").write(account)
    assert peer(FLICKR_DOWNLOAD) == [
        True,
        account.api_key,
        account.api_secret,
        account.oauth_token,
        account.oauth_token_secret,
    ]


def test_what_flickr_downloads_own_login_writes_is_read(tool, peer, sandbox):
    """Its login, against the sandbox, leaves the file that we take over."""
    script = """
import sys, flickr_api.auth as auth
from flickr_download import flick_download
for name in ("TOKEN_REQUEST_URL", "ACCESS_TOKEN_URL", "AUTHORIZE_URL"):
    setattr(auth, name, sys.argv[3] + "/services/oauth/" + getattr(auth, name).rpartition("/")[2])
flick_download._init(sys.argv[1], sys.argv[2], True)
"""
    started = peer.start(script, KEYS[0].api_key, KEYS[0].api_secret, sandbox.base_url)
    address = next(line for line in started.stdout if "oauth_token=" in line)
    verifier = sandbox.press_ok(address.partition("oauth_token=")[2].partition("&")[0], "read")
    started.communicate(f"{verifier}\n", timeout=60)
    assert started.returncode == 0
    [found] = tool("flickr-download").read()
    with Transport(sandbox_provider(sandbox.base_url), KEYS[0]) as transport:
        assert rest.check_token(transport, Account.of(KEYS[0], found.token)).username == "sandbox-sam"


GALLERY_DL = """
import json, sys
from gallery_dl import config, extractor
from gallery_dl.extractor import flickr
config.load()
found = extractor.find("https://www.flickr.com/photos/someone/")
found.initialize()
flickr.FlickrAPI.API_KEY = None  # else it reads one off Flickr's website, although it has ours and signs with that
flickr.FlickrAPI.API_URL = sys.argv[1] + "/services/rest/"
api = flickr.FlickrAPI(found)
auth = api.session.auth
user = api._call("test.login", {})["user"]["id"] if sys.argv[1] else None
print(json.dumps([auth.consumer_key, auth.consumer_secret, auth.token, auth.token_secret, user, config._config]))
"""


def test_gallery_dl_makes_signed_calls_with_the_token(tool, peer, sandbox, sam, home):
    """Its own configuration, as it creates one, gets the token; it calls with it, and has its other settings still."""
    peer(
        "from gallery_dl import config\n"
        "config._default_configs = [each for each in config._default_configs if not each.startswith('/etc')]\n"
        "print(config.initialize() or 0)"
    )
    path = tool("gallery-dl").path
    assert path.exists()
    path.write_text(path.read_text().replace('"output": {', '"output": {"mode": "color", "path": "Ströme"'))
    tool("gallery-dl").write(sam)
    *four, user, config = peer(GALLERY_DL, sandbox.base_url)
    assert four == [sam.api_key, sam.api_secret, sam.oauth_token, sam.oauth_token_secret]
    assert user == sam.user_nsid
    assert list(config) == ["extractor", "downloader", "output", "postprocessor"]
    assert config["output"] == {"mode": "color", "path": "Ströme"}


def test_what_gallery_dls_own_login_keeps_is_read(tool, peer, jamal, put, home):
    """Its login puts the token into a cache, where we find it, too."""
    keys = {"api-key": jamal().api_key, "api-secret": jamal().api_secret}
    put(tool("gallery-dl").path, json.dumps({"extractor": {"flickr": keys}}))
    script = """
import sys
from gallery_dl import config, extractor, oauth
config.load()
found = extractor.find("oauth:flickr")
found.initialize()
found.cache_update(oauth._token_cache, (found.subcategory, sys.argv[1]), (sys.argv[2], sys.argv[3]))
print(1)
"""
    peer(script, jamal().api_key, jamal().oauth_token, jamal().oauth_token_secret)
    [found] = tool("gallery-dl").read()
    assert found.token == jamal().token
    assert (found.keys.api_key, found.keys.api_secret) == (jamal().api_key, jamal().api_secret)
