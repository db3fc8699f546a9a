"""Uploads through a script's session: the text fields are signed, and the files are sent as they are, in pieces."""

import contextlib
import io
import os
import pathlib
import re
import socket
import tempfile
import threading
import tracemalloc

import pytest
import requests

from flickr_auth.errors import BadAnswer, UsageError
from flickr_auth.provider import at
from flickr_auth.testing import Sandbox
from flickr_auth.transport.signed_session import SignedSession
from sandbox.dance import is_right

from rude_server import ACCESS, KEYS, RudeServer, answer, reset

FINE = answer("fine")
JPEG = b"\xff\xd8" + bytes(range(256)) * 200
TEXT = "a+b & c=d %41 ü ☃\r\n~*'[]\""


@contextlib.contextmanager
def uploading(*replies):
    with RudeServer(list(replies)) as server, SignedSession(server.provider, KEYS, ACCESS) as session:
        yield server, session


def session_at(site):
    return SignedSession(at(site), KEYS, ACCESS)


def is_signed(request, site, fields):
    """Whether exactly these fields are signed besides those of the query."""
    secrets = {"secret": KEYS.api_secret, "token_secret": ACCESS.oauth_token_secret}
    return is_right(request.header("Authorization"), request.method, site + request.target, fields, **secrets)


def with_one_boundary(body, content_type):
    return body.replace(content_type.partition("boundary=")[2].encode(), b"BOUNDARY")


def standing(content, at):
    """A file that was read up to there."""
    file = io.BytesIO(content)
    file.seek(at)
    return file


class Pipe:
    """What has no length, and can only be read."""

    def __init__(self, content):
        self.read = io.BytesIO(content).read


# What a caller may give to requests, and the text fields in it.
GIVEN = (
    (lambda: {"files": {"photo": io.BytesIO(JPEG)}}, []),
    (lambda: {"files": {"photo": JPEG}, "data": {"title": TEXT, "n": 5, "none": None}}, [("title", TEXT), ("n", "5")]),
    (lambda: {"files": {"photo": ('ü ☃".jpg', JPEG)}, "data": [("a", "1"), ("a", b"2")]}, [("a", "1"), ("a", "2")]),
    (lambda: {"files": [("photo", ("a.jpg", JPEG, "image/jpeg")), ("title", (None, TEXT))]}, [("title", TEXT)]),
    (lambda: {"files": {"photo": ("", bytearray(JPEG), "image/jpeg", {"X-Mine": "1"})}, "data": {}}, []),
    (lambda: {"files": {"a": standing(JPEG, 100), "b": ("b", standing(JPEG, 10**6)), "c": ("c", None)}}, []),
    (lambda: {"files": {"photo": Pipe(JPEG), "empty": io.BytesIO(), "text": io.StringIO(TEXT)}}, []),
    (lambda: {"files": {"schlüssel": "text"}, "data": {"größe": ["1", "2"]}}, [("größe", "1"), ("größe", "2")]),
    (lambda: {"files": {"title": (None, io.BytesIO(TEXT.encode()))}, "params": {"b": TEXT}}, [("title", TEXT)]),
)


def test_what_requests_would_send_is_sent_and_its_text_fields_are_signed():
    """Each form of data= and files= arrives to the byte as requests sends it, with a length, rightly signed."""
    with uploading(*[FINE] * len(GIVEN)) as (server, session):
        for number, (given, fields) in enumerate(GIVEN):
            assert session.post(session.upload_url, **given()).text == "fine"
            theirs = requests.Request("POST", session.upload_url, **given()).prepare()
            request, site = server.requests[number], server.provider.site
            arrived = with_one_boundary(request.body, request.header("Content-Type"))
            assert arrived == with_one_boundary(theirs.body, theirs.headers["Content-Type"]), number
            assert request.header("Content-Length") == str(len(request.body))
            assert is_signed(request, site, fields) and not is_signed(request, site, [*fields, ("photo", "")])


def test_a_file_of_the_disk_is_uploaded_under_its_name(tmp_path):
    """A photo goes up from where it lies, also under a name that is no text, and the sandbox lists it."""
    names = ["sun set.jpg", "größe.jpg"]
    with contextlib.suppress(OSError):  # some systems have no such names
        (tmp_path / os.fsdecode(b"gr\xf6\xdfe.jpg")).write_bytes(JPEG)
        names.append(os.fsdecode(b"gr\xf6\xdfe.jpg"))
    with uploading(*[FINE] * len(names)) as (server, session):
        for name in names:
            (tmp_path / name).write_bytes(JPEG)
            with (tmp_path / name).open("rb") as photo:
                session.post(session.upload_url, files={"photo": photo})
            assert b'filename="%s"' % os.fsencode(name) in server.requests[-1].body
    with Sandbox() as sandbox, sandbox.session(perms="write") as flickr, (tmp_path / names[0]).open("rb") as photo:
        sent = flickr.post(flickr.upload_url, data={"title": TEXT}, files={"photo": photo})
        (photo_id,) = re.findall("<photoid>(.*)</photoid>", sent.text)
        assert flickr.call("flickr.photos.getInfo", photo_id=photo_id)["photo"]["title"]["_content"] == TEXT
        assert [(each.name, each.arguments) for each in sandbox.requests[:1]] == [("upload", {"title": TEXT})]


@contextlib.contextmanager
def discarding(pause=0.0):
    """A server that keeps nothing of what it gets, and takes it after a pause; the list has its size."""
    got = []

    def serve(server):
        connection, _ = server.accept()
        with connection, connection.makefile("rb") as stream:
            head = {}
            while line := stream.readline().strip():
                name, _, value = line.partition(b":")
                head[name.lower()] = value.strip()
            left = int(head[b"content-length"])
            got.append(left)
            threading.Event().wait(pause)
            while left:
                left -= len(stream.read(min(left, 1 << 20)))
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine")

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve, args=(server,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}", got
        thread.join(10)


def test_a_large_file_is_never_in_memory_as_a_whole():
    """A file of 200 MB is sent with a few of them in memory."""
    with tempfile.TemporaryFile() as photo, discarding() as (site, got), session_at(site) as session:
        photo.truncate(200_000_000)
        tracemalloc.start()
        try:
            assert session.post(session.upload_url, files={"photo": photo}).text == "fine"
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert got[0] > 200_000_000 and peak < 8_000_000


def test_an_upload_is_sent_once_and_again_only_when_it_is_asked_for():
    """A connection that breaks is no second try; the same request sent again is whole, and signed anew."""
    with uploading(answer("", 503), FINE, FINE) as (server, session):
        prepared = session.prepare_request(
            requests.Request("POST", session.upload_url, data={"a": "1"}, files={"photo": standing(JPEG, 9)})
        )
        assert session.send(prepared).status_code == 503
        session.send(session.send(prepared).request)
        with pytest.raises(requests.ConnectionError):
            session.send(prepared)
    assert len(server.requests) == 4
    assert len({request.body for request in server.requests}) == 1 and JPEG[9:] in server.requests[0].body
    assert len({dict(request.oauth)["oauth_nonce"] for request in server.requests}) == 4
    assert all(is_signed(request, server.provider.site, [("a", "1")]) for request in server.requests)
    assert "Authorization" not in prepared.headers


def test_a_redirected_photo_goes_nowhere_else():
    """A redirect that would carry the photo is an error that names where; one without it is followed unsigned."""
    with RudeServer([FINE, FINE]) as other:
        to = {"Location": f"{other.provider.site}/there"}
        with uploading(*[answer("", status, to) for status in (307, 308, 307, 302)]) as (_, session):
            for _ in range(2):
                with pytest.raises(BadAnswer, match="redirected to 127"):
                    session.post(session.upload_url, files={"photo": JPEG})
            kept = session.post(session.upload_url, files={"photo": JPEG}, allow_redirects=False)
            assert (kept.status_code, other.requests) == (307, [])
            assert session.post(session.upload_url, files={"photo": JPEG}).text == "fine"
    (followed,) = other.requests
    assert (followed.method, followed.body) == ("GET", b"") and "OAuth" not in str(followed)


def test_a_second_try_with_the_same_open_file_sends_all_of_it(tmp_path):
    """A loop of the caller's that tries an upload again never sends half a photo, whatever ended the try before."""
    path = tmp_path / "photo.jpg"
    path.write_bytes(b"before" + JPEG)
    with uploading(reset(), answer(b"busy", 503), FINE) as (server, session), path.open("rb") as photo:
        photo.seek(6)
        with pytest.raises(requests.ConnectionError):
            session.post(session.upload_url, files={"photo": photo})
        assert session.post(session.upload_url, files={"photo": photo}).status_code == 503
        assert session.post(session.upload_url, files={"photo": photo}).text == "fine"
        assert [JPEG in each.body and b"before" not in each.body for each in server.requests[-2:]] == [True, True]
        with pytest.raises(UsageError, match="open as text"), path.open(encoding="latin-1") as wrong:
            session.post(session.upload_url, files={"photo": wrong})


def test_what_cannot_be_uploaded_rightly_is_refused_and_not_sent(tmp_path):
    """A body that somebody else encoded, or what is no file or text, is an error that says what to pass instead."""
    encoded = {"data": b"--x--", "headers": {"Content-Type": b"Multipart/related; boundary=x"}}
    ready = requests.Request("POST", "http://x.invalid/", files={"photo": JPEG})
    with uploading() as (server, session):
        ready.url = session.upload_url
        for send, said in (
            (lambda: session.post(session.upload_url, **encoded), "encoded already"),
            (lambda: session.send(ready.prepare()), "encoded already"),
            (lambda: session.post(session.rest_url, **encoded), "encoded already"),
            (lambda: session.post(session.upload_url, data="a=b", files={"photo": JPEG}), "cannot be a string"),
            (lambda: session.post(session.upload_url, data={"a": b"\xff"}, files={"photo": JPEG}), "'a' is not UTF-8"),
            (lambda: session.post(session.upload_url, data={"a": "\ud800"}, files={"photo": JPEG}), "'a' is not UTF-8"),
            (
                lambda: session.post(session.upload_url, files={"photo": pathlib.Path("a.jpg")}),
                "'photo' in files= is a ",
            ),
        ):
            with pytest.raises(UsageError, match=said) as caught:
                send()
            assert caught.value.hint.startswith("Fix: ")
    assert server.connections == 0


def test_a_file_that_shrinks_while_it_is_sent_is_an_error(tmp_path):
    """Nothing is made up for what is missing, and nobody waits for it."""
    with uploading() as (_, session), (tmp_path / "photo").open("w+b") as photo:
        photo.write(JPEG)
        photo.seek(0)
        prepared = session.prepare_request(requests.Request("POST", session.upload_url, files={"photo": photo}))
        photo.truncate(10)
        with pytest.raises(requests.ConnectionError, match="became shorter"):
            session.send(prepared)


def test_flickr_has_time_for_a_photo():
    """Where no timeout is given an answer may take 300 s; a line that stands still for a moment ends no upload."""
    timeouts = []
    with uploading(FINE) as (_, session):
        session.hooks["response"].append(lambda _response, **how: timeouts.append(how["timeout"]))
        session.post(session.upload_url, files={"photo": JPEG})
    assert timeouts == [(5, 300)]
    with discarding(pause=0.3) as (site, _), session_at(site) as session:
        photo = bytes(20 << 20)  # more than the system takes for a connection
        assert session.post(session.upload_url, files={"photo": photo}, timeout=(0.1, 10)).text == "fine"
