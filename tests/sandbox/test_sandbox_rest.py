"""REST calls: the methods, their errors, and the three formats."""

from __future__ import annotations

import json
from urllib.parse import urlencode
from xml.etree import ElementTree

from sandbox.dance import get, header, login, rest, signed

PHOTOS = "flickr.people.getPhotos"


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
    url = f"{sandbox.base_url}/services/rest?method=flickr.test.echo&format=json&nojsoncallback=1"
    assert get(http, url).json()["stat"] == "ok"


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
    """An unsigned or signed call without a known key is Flickr's error 100."""
    url = f"{sandbox.base_url}/services/rest/"
    for key in (None, "", "0" * 32):
        query = {"method": "flickr.test.echo", "format": "json", "nojsoncallback": "1", "api_key": key}
        assert failure(http.get(url, params=query)) == (100, "Invalid API Key (Key has invalid format)")
    url = f"{sandbox.base_url}/services/rest/?method=flickr.test.echo&format=json&nojsoncallback=1"
    assert failure(get(http, url, oauth_consumer_key="0" * 32)) == (100, "Invalid API Key (Key not found)")


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
    for photo_id in ("", "x", "50000002345", "50000010000", "5000000000\u0661"):
        answer = rest(http, sandbox, "flickr.photos.setMeta", token, photo_id=photo_id, title="x")
        assert failure(answer) == (1, "Photo not found")


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
