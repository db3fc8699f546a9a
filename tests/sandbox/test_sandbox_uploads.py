"""Uploads to the sandbox: what is signed, what is answered, and that the new photo is there."""

from __future__ import annotations

import re

import pytest

from flickr_auth.sandbox.server import KEYS
from sandbox.dance import header, login, raw, rest, signed

JPEG = ("sunset.jpg", b"\xff\xd8" * 1000, "image/jpeg")


@pytest.fixture
def post(sandbox, http):
    """Upload with a signature by hand over these fields, as somebody with this permission."""

    def send(fields=(), files=None, *, name="upload", perms="write", among_fields=False, signs=None, **changed):
        token = login(http, sandbox, perms, 1)
        own = {"oauth_token": token["oauth_token"], "token_secret": token["oauth_token_secret"], **changed}
        url = f"{sandbox.base_url}/services/{name}/"
        fields = dict(fields)
        pairs = signed("POST", url, extra=(fields if signs is None else signs).items(), **own)
        oauth = [pair for pair in pairs if pair[0].startswith("oauth_")]
        files = {"photo": JPEG} if files is None else files
        if among_fields:
            return http.post(url, data=[*fields.items(), *oauth], files=files)
        return http.post(url, data=fields, files=files, headers=header(oauth))

    return send


def photo_id(answer):
    assert answer.status_code == 200
    return re.search(r'<rsp stat="ok">\s*<photoid>([0-9]+)</photoid>\s*</rsp>', answer.text)[1]


def failure(answer):
    assert answer.status_code == 200
    return int(re.search(r'<rsp stat="fail">\s*<err code="([0-9]+)" msg="[^"]+" />\s*</rsp>', answer.text)[1])


def test_a_new_photo_is_there_as_it_was_described(sandbox, http, post):
    """Its title, description and tags are in getInfo, in search, and first among the person's photos."""
    given = {"title": "Nº 5 & <ü>", "description": "one\r\ntwo", "tags": 'dawn "Long Exposure"'}
    first, second = photo_id(post(given)), photo_id(post(among_fields=True))
    assert int(first) < int(second)  # each has a number of its own
    photo = rest(http, sandbox, "flickr.photos.getInfo", photo_id=first).json()["photo"]
    assert (photo["title"]["_content"], photo["description"]["_content"]) == (given["title"], given["description"])
    tags = [(tag["_content"], tag["raw"]) for tag in photo["tags"]["tag"]]
    assert tags == [("dawn", "dawn"), ("longexposure", "Long Exposure")]
    owner = photo["owner"]["nsid"]
    listed = rest(http, sandbox, "flickr.people.getPhotos", user_id=owner, extras="tags").json()["photos"]
    assert [(each["id"], each["title"]) for each in listed["photo"][:2]] == [
        (second, "sunset"),
        (first, given["title"]),
    ]
    assert listed["total"] == 2347
    found = rest(http, sandbox, "flickr.photos.search", user_id=owner, tags="longexposure").json()
    assert [each["id"] for each in found["photos"]["photo"]] == [first]


def test_a_photo_can_be_replaced_and_an_upload_need_not_be_waited_for(post):
    """replace answers with the same photo, which has to be one's own; async=1 gets a ticket."""
    mine = photo_id(post())
    assert photo_id(post({"photo_id": mine}, name="replace")) == mine
    assert failure(post({"photo_id": "50000000000"}, name="replace")) == 1
    assert failure(post({"photo_id": mine}, {"photo": ("a.jpg", b"")}, name="replace")) == 4
    assert re.search(r"<ticketid>[0-9]+-[0-9]+</ticketid>", post({"async": "1"}).text)


def test_an_upload_that_flickr_refuses_is_refused(sandbox, http, post):
    """No photo, an empty one, too little permission and no key at all are codes; what OAuth refuses is a 401."""
    assert failure(post(files={"photo": (None, "text")}, signs={"photo": "text"})) == 2
    assert failure(post({"title": "x"}, files={})) == 2  # a form, as curl's -d sends it
    assert failure(post(files={"photo": ("a.jpg", b"")})) == 4
    assert failure(post(perms="read")) == 99
    assert failure(http.post(f"{sandbox.base_url}/services/upload/", data={"api_key": KEYS[0].api_key})) == 99
    assert failure(http.post(f"{sandbox.base_url}/services/upload/")) == 100
    for wrong, problem in (
        ({"oauth_consumer_key": "0" * 32}, "consumer_key_unknown"),
        ({"oauth_token": "72157000000000000-0123456789abcdef"}, "token_rejected"),
    ):
        refused = post(**wrong)
        assert (refused.status_code, refused.text) == (401, f"oauth_problem={problem}")


def test_the_text_fields_are_signed_and_the_photo_is_not(post):
    """A text field that was not signed, or a photo that was, is the signature_invalid that Flickr would answer."""
    for wrong in (
        {"fields": {"title": "x"}, "signs": {}},
        {"signs": {"photo": "sunset.jpg"}},
        {"secret": KEYS[1].api_secret},
    ):
        answer = post(**wrong)
        assert answer.status_code == 401 and answer.text.startswith("oauth_problem=signature_invalid&debug_sbs=POST&")


def test_a_photo_of_many_megabytes_is_taken_and_one_of_too_many_is_refused(sandbox, http, post):
    """40 MiB are fine; of 65 a client that sends them hears why not, and one that asks first need not send them."""
    photo_id(post(files={"photo": ("big.jpg", bytes(40 << 20))}))
    url = f"{sandbox.base_url}/services/upload/"
    answer = http.post(url, data=bytes(65 << 20), headers={"Content-Type": "multipart/form-data; boundary=x"})
    assert (answer.status_code, answer.text) == (413, "The body is longer than 64 MiB\n")
    host = sandbox.base_url.removeprefix("http://")
    for length, status in ((65 << 20, "413"), (1, "100")):
        asked = raw(
            sandbox,
            f"POST /services/upload/ HTTP/1.1\r\nHost: {host}\r\nContent-Length: {length}\r\nExpect: 100-continue\r\n"
            f"Connection: close\r\n\r\n{'' if length > 1 else 'x'}",
        )
        assert asked.startswith(f"HTTP/1.1 {status} ")
