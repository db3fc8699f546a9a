"""REST calls: the methods, their errors, and the three formats."""

from __future__ import annotations

import json
from urllib.parse import urlencode
from xml.etree import ElementTree

from flickr_auth.sandbox.server import KEYS
from sandbox.dance import header, login, rest, signed

PHOTOS, SEARCH = "flickr.people.getPhotos", "flickr.photos.search"


def test_perms_and_person_are_told_in_the_documented_shape(sandbox, http):
    """checkToken and flickr.test.login name the permission and the person in the shape that Flickr documents."""
    token = login(http, sandbox, "delete", 2)
    answer = rest(http, sandbox, "flickr.auth.oauth.checkToken", token)
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    assert answer.json() == {
        "oauth": {
            "token": {"_content": token["oauth_token"]},
            "perms": {"_content": "delete"},
            "user": {"nsid": "12345680@N00", "username": "sandbox-さくら", "fullname": "砂場 さくら"},
        },
        "stat": "ok",
    }

    answer = rest(http, sandbox, "flickr.test.login", token, post=True).json()
    assert answer == {"user": {"id": "12345680@N00", "username": {"_content": "sandbox-さくら"}}, "stat": "ok"}


def test_echo_says_what_it_was_told_and_needs_no_login(sandbox, http):
    """A client can see how its arguments arrive, without a token, and log it: no OAuth parameter is in it."""
    told = {"a": "ä &<>\"'", "b": "", "stat": "fail"}
    answer = rest(http, sandbox, "flickr.test.echo", **told).json()
    assert answer["a"] == {"_content": told["a"]}
    assert answer["b"] == {"_content": ""}
    assert answer["method"] == {"_content": "flickr.test.echo"}
    assert answer["stat"] == "ok"
    answer = rest(http, sandbox, "flickr.test.echo", login(http, sandbox), a="1").json()
    assert set(answer) == {"method", "format", "nojsoncallback", "a", "stat"}


def test_a_form_is_one_however_its_content_type_is_written(sandbox, http):
    """A client may write blanks and capitals into its Content-Type (RFC 9110 §8.3.1): its form is read as sent."""
    url, token = f"{sandbox.base_url}/services/rest/", login(http, sandbox)
    fields = {"method": "flickr.test.echo", "format": "json", "nojsoncallback": "1", "text": "ä b+c"}
    own = {"oauth_token": token["oauth_token"], "token_secret": token["oauth_token_secret"]}
    oauth = [pair for pair in signed("POST", url, extra=fields.items(), **own) if pair[0].startswith("oauth_")]
    written = {"Content-Type": "Application/X-WWW-Form-Urlencoded\t;charset=utf-8"}
    answer = http.post(url, data=urlencode(fields), headers=header(oauth) | written)
    assert answer.json()["text"] == {"_content": "ä b+c"}


def test_rest_needs_no_slash(sandbox, http):
    """A client may call REST with or without the slash at the end."""
    query = {"method": "flickr.test.echo", "format": "json", "nojsoncallback": "1", "api_key": KEYS[0].api_key}
    assert http.get(f"{sandbox.base_url}/services/rest", params=query).json()["stat"] == "ok"


def failure(answer):
    assert answer.status_code == 200
    found = answer.json()
    assert found["stat"] == "fail"
    return found["code"], found["message"]


def test_an_unknown_method_is_code_112(sandbox, http):
    """A misspelt method is Flickr's error 112 and names it."""
    assert failure(rest(http, sandbox, "flickr.no.such")) == (112, 'Method "flickr.no.such" not found')
    assert failure(rest(http, sandbox, None)) == (112, 'Method "" not found')


def test_a_call_without_a_good_key_is_code_100(sandbox, http):
    """An unsigned call without a known key is Flickr's error 100."""
    url = f"{sandbox.base_url}/services/rest/"
    for key in (None, "", "0" * 32):
        query = {"method": "flickr.test.echo", "format": "json", "nojsoncallback": "1", "api_key": key}
        assert failure(http.get(url, params=query)) == (100, "Invalid API Key (Key has invalid format)")


def test_a_token_that_was_never_given_is_code_98(sandbox, http):
    """A token that does not exist, or none where one is needed, is Flickr's error 98."""
    unknown = {"oauth_token": "72157000000000000-0000000000000000", "oauth_token_secret": "0" * 16}
    assert failure(rest(http, sandbox, "flickr.test.login", unknown)) == (98, "Invalid auth token")
    assert failure(rest(http, sandbox, "flickr.auth.oauth.checkToken")) == (98, "Invalid auth token")


def test_a_call_that_needs_more_permission_is_code_99(sandbox, http):
    """A call beyond the token's permission is Flickr's error 99 and names both permissions."""
    meta = {"photo_id": "50000000000", "title": "t"}
    sentence = "Insufficient permissions. Method requires {} privileges; {} granted."
    assert failure(rest(http, sandbox, "flickr.test.login")) == (99, sentence.format("read", "none"))
    assert failure(rest(http, sandbox, PHOTOS, user_id="me")) == (99, sentence.format("read", "none"))
    reader = login(http, sandbox, "read")
    assert failure(rest(http, sandbox, "flickr.photos.setMeta", reader, **meta)) == (
        99,
        sentence.format("write", "read"),
    )


def test_a_photo_that_is_not_ones_own_is_not_found(sandbox, http):
    """Nobody can change another person's photo, or one that does not exist."""
    token = login(http, sandbox, "write")
    for photo_id in ("", "50000002345", "50000010000", "50010000000"):
        answer = rest(http, sandbox, "flickr.photos.setMeta", token, photo_id=photo_id, title="x")
        assert failure(answer) == (1, "Photo not found")
    for photo_id in ("x", "5000000000\u0661"):
        answer = rest(http, sandbox, "flickr.photos.setMeta", token, photo_id=photo_id, title="x")
        assert failure(answer) == (1, f'Photo "{photo_id}" not found (invalid ID)')


def test_photos_of_nobody_are_an_error_of_the_method(sandbox, http):
    """A missing or unknown person is the method's own error, not an empty list."""
    assert failure(rest(http, sandbox, PHOTOS)) == (1, "Required arguments missing")
    assert failure(rest(http, sandbox, PHOTOS, user_id="1@N01")) == (2, "Unknown user")


def test_a_page_that_cannot_be_is_the_nearest_that_can(sandbox, http):
    """A page or size out of range is treated as Flickr treats it: beyond the last page comes the last one again."""
    for page, per_page, expected in (
        ("-1", "x", (1, 100, 100)),
        ("1", "501", (1, 500, 500)),
        ("25", "100", (24, 100, 45)),
    ):
        photos = rest(http, sandbox, PHOTOS, user_id="12345679@N00", page=page, per_page=per_page).json()["photos"]
        assert (photos["page"], photos["perpage"], len(photos["photo"])) == expected


def test_xml_is_what_comes_unless_another_format_is_asked_for(sandbox, http):
    """A client that names no format gets XML, as from Flickr."""
    answer = rest(http, sandbox, "flickr.auth.oauth.checkToken", login(http, sandbox, user=3), format=None)
    assert answer.headers["Content-Type"] == "text/xml; charset=utf-8"
    root = ElementTree.fromstring(answer.content)  # noqa: S314  # our own answer
    assert root.tag == "rsp"
    assert root.attrib == {"stat": "ok"}
    assert root.findtext("oauth/perms") == "read"
    assert root.find("oauth/user").attrib == {
        "nsid": "12345681@N00",
        "username": "sandbox-a&b=c+d%20e",
        "fullname": 'Ann "<b>" O\'Sand & Daughters',
    }


def test_jsonp_calls_only_what_is_a_name(sandbox, http):
    """The callback of JSONP cannot be made to run code."""
    for asked, called in ((None, "jsonFlickrApi"), ("mine_1$", "mine_1$"), ("alert(1);x", "jsonFlickrApi")):
        answer = rest(http, sandbox, "flickr.test.echo", nojsoncallback=None, jsoncallback=asked, a="\u2028é")
        assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
        assert answer.text.startswith(called + "(") and answer.text.endswith(")") and answer.text.isascii()
        assert json.loads(answer.text[len(called) + 1 : -1])["a"] == {"_content": "\u2028é"}


def test_lists_and_failures_in_xml_are_where_flickr_puts_them(sandbox, http):
    """A list of photos has one element for each, and an XML client reads code and message in an err element."""
    answer = rest(http, sandbox, PHOTOS, user_id="12345678@N00", per_page="3", format="rest")
    root = ElementTree.fromstring(answer.content)  # noqa: S314  # our own answer
    assert root.find("photos").attrib == {"page": "1", "pages": "782", "perpage": "3", "total": "2345"}
    assert [photo.get("title") for photo in root.iter("photo")][1] == "Überraschung im Schnee 2"
    for asked, code, message in (
        ({"method": 'no"such<', "format": None}, "112", 'Method "no"such<" not found'),
        ({"method": "flickr.test.echo", "format": "php_serial"}, "111", 'Format "php_serial" not found'),
    ):
        root = ElementTree.fromstring(rest(http, sandbox, **asked).content)  # noqa: S314  # our own answer
        assert root.attrib == {"stat": "fail"}
        assert root.find("err").attrib == {"code": code, "msg": message}


def test_what_xml_cannot_hold_does_not_break_it(sandbox, http):
    """Control characters and odd names in arguments still give XML that parses."""
    strange = {"a": "\x00\x1b\ufffe\r\n", "1 <bad": "name", "ok": "😀"}
    answer = rest(http, sandbox, "flickr.test.echo", format=None, **strange)
    root = ElementTree.fromstring(answer.content)  # noqa: S314  # our own answer
    assert root.findtext("a") == "\ufffd\ufffd\ufffd\r\n"
    assert root.findtext("ok") == "😀"


def public(sandbox, http, method, **arguments):
    """Call a method with an API key alone."""
    query = {"method": method, "format": "json", "nojsoncallback": "1", "api_key": KEYS[0].api_key, **arguments}
    return http.get(f"{sandbox.base_url}/services/rest/", params=query)


def test_what_a_stranger_tries_first_works_with_a_key_alone(sandbox, http):
    """Public photos, albums and people need no login, and their counts fit what is listed."""
    sam, zoe = "12345678@N00", "12345679@N00"
    found = public(sandbox, http, SEARCH, tags="harbour,dawn", user_id=zoe, per_page="2", extras="tags").json()[
        "photos"
    ]
    assert {name: found[name] for name in ("page", "pages", "perpage", "total")} == {
        "page": 1,
        "pages": 335,
        "perpage": 2,
        "total": 670,
    }
    assert [(row["title"], row["owner"], row["tags"]) for row in found["photo"]] == [
        ("Harbour at dawn 1", zoe, "harbour dawn"),
        ("Sunset 🌅 5", zoe, "sunset harbour"),
    ]
    totals = {
        "both tags": {"tags": "Harbour, DAWN", "tag_mode": "all", "user_id": zoe},
        "a text": {"text": "schnee überraschung", "user_id": sam},
        "nothing": {"text": "no such words"},
    }
    counted = {name: public(sandbox, http, SEARCH, **asked).json()["photos"] for name, asked in totals.items()}
    assert {name: (each["total"], len(each["photo"])) for name, each in counted.items()} == {
        "both tags": (335, 100),
        "a text": (335, 100),
        "nothing": (0, 0),
    }
    assert public(sandbox, http, "flickr.photos.getRecent").json()["photos"]["total"] == 1000
    info = public(sandbox, http, "flickr.photos.getInfo", photo_id=found["photo"][0]["id"]).json()["photo"]
    assert (info["title"], info["description"]) == ({"_content": "Harbour at dawn 1"}, {"_content": ""})
    assert [each["raw"] for each in info["tags"]["tag"]] == ["harbour", "dawn"]
    person = public(sandbox, http, "flickr.people.getInfo", user_id=zoe).json()["person"]
    assert (person["realname"], person["photos"]["count"]) == ({"_content": "Zoë Ångström"}, {"_content": 2345})
    albums = public(sandbox, http, "flickr.photosets.getList", user_id=zoe).json()["photosets"]
    assert (albums["total"], len(albums["photoset"])) == (3, 3)
    for album in albums["photoset"]:
        photos = public(sandbox, http, "flickr.photosets.getPhotos", photoset_id=album["id"], user_id=zoe).json()
        photos = photos["photoset"]
        assert photos["total"] == album["photos"] and photos["title"] == album["title"]["_content"]
        assert photos["photo"][0]["id"] == album["primary"] and photos["photo"][0]["isprimary"] == "1"


def test_what_is_not_there_is_the_error_that_flickr_documents(sandbox, http):
    """A photo, a person or an album that does not exist, a search for nothing, and `me` without a login."""
    no_search = "Parameterless searches have been disabled. Please use flickr.photos.getRecent instead."
    nobody, zoe = "1@N01", "12345679@N00"
    needs_read = "Insufficient permissions. Method requires read privileges; none granted."
    for method, arguments, expected in (
        (SEARCH, {}, (3, no_search)),
        (SEARCH, {"text": " "}, (3, no_search)),
        (SEARCH, {"user_id": nobody}, (2, "Unknown user")),
        (SEARCH, {"user_id": "me"}, (99, needs_read)),
        ("flickr.photos.getInfo", {}, (1, "Photo not found")),
        ("flickr.photos.getInfo", {"photo_id": "50010000000"}, (1, "Photo not found")),
        ("flickr.people.getInfo", {"user_id": nobody}, (1, "User not found")),
        ("flickr.photosets.getList", {}, (1, "User not found")),
        ("flickr.photosets.getPhotos", {"photoset_id": "72157000000000003"}, (1, "Photoset not found")),
        ("flickr.photosets.getPhotos", {"photoset_id": "72157000000000000", "user_id": zoe}, (2, "User not found")),
    ):
        assert failure(public(sandbox, http, method, **arguments)) == expected, (method, arguments)
    token = login(http, sandbox, user=1)
    assert rest(http, sandbox, SEARCH, token, user_id="me").json()["photos"]["photo"][0]["owner"] == zoe
    assert rest(http, sandbox, "flickr.photosets.getList", token).json()["photosets"]["photoset"][0]["owner"] == zoe
