"""How much of an answer is taken in: unpacked once, counted as it comes, and no more than was agreed."""

import contextlib
import gzip
import importlib
import tracemalloc
import zlib

import pytest

from flickr_auth.errors import BadAnswer
from flickr_auth.protocol import legs, rest

from rude_server import ACCESS, FORM, JSON, REQUEST, answer, endless, raw, request_token_answer, talking

MIB = 1 << 20
OK = b'{"stat":"ok","text":"\xc3\xbc"}'


@contextlib.contextmanager
def at_most(bytes_of_memory):
    """Fails if the block takes more memory at any moment; the libraries that a first request loads do not count."""
    importlib.import_module("requests_oauthlib")
    tracemalloc.start()
    try:
        yield
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < bytes_of_memory, f"{peak / MIB:.0f} MiB"


def packed(body, encoding="gzip", **headers):
    return answer(body, headers=JSON | {"Content-Encoding": encoding} | headers)


def call(transport):
    return rest.call(transport, ACCESS, "flickr.test.echo", {})


@pytest.fixture(scope="module")
def bomb():
    """Half a gigabyte of spaces in half a megabyte."""
    return gzip.compress(b" " * (64 * MIB)) * 8


def test_an_answer_that_unpacks_without_end_takes_no_more_memory_than_its_cap(bomb):
    """Half a gigabyte in a small answer to a call is given up at 64 MiB, and takes no more memory than that needs."""
    with (
        talking(packed(bomb)) as (_server, transport),
        at_most(160 * MIB),
        pytest.raises(BadAnswer, match="67,108,864"),
    ):
        call(transport)


def test_a_login_takes_no_more_memory_than_its_own_cap(bomb):
    """A leg of a login has a cap of 1 MiB, and not even one piece of its answer unpacks to more."""
    with talking(packed(bomb)) as (_server, transport), at_most(6 * MIB), pytest.raises(BadAnswer, match="1,048,576"):
        legs.request_token(transport)


def test_an_answer_that_is_packed_twice_is_not_unpacked_at_all(bomb):
    """What is packed twice, as only a bomb is, is no answer, whatever it would unpack to."""
    twice = gzip.compress(bomb)
    assert len(twice) < 10_000
    with talking(packed(twice, "gzip, gzip")) as (_server, transport), at_most(4 * MIB), pytest.raises(BadAnswer):
        call(transport)


def test_a_layer_that_is_not_named_is_not_unpacked(bomb):
    """A second layer that the headers do not name stays what it is: no JSON."""
    with talking(packed(gzip.compress(bomb))) as (_server, transport), at_most(8 * MIB), pytest.raises(BadAnswer):
        call(transport)


@pytest.mark.parametrize(
    "encoding", ["gzip, gzip", "gzip,gzip", "br", "deflate", "zstd", "compress", "gzip, identity", "junk", "gzip;q=1"]
)
def test_only_what_was_asked_for_is_unpacked(encoding):
    """An answer in an encoding that nobody asked for is no answer, and is not tried again."""
    replies = packed(gzip.compress(OK), encoding), packed(OK, "identity")
    with talking(*replies) as (server, transport), pytest.raises(BadAnswer, match="encoding"):
        call(transport)
    assert len(server.requests) == 1


def test_nothing_but_gzip_is_asked_for():
    """The one encoding that is asked for is the one that is unpacked, whatever packages are installed."""
    with talking(request_token_answer()) as (server, transport):
        legs.request_token(transport)
    assert server.requests[0].header("Accept-Encoding") == "gzip"


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        pytest.param(OK, "", id="empty"),
        pytest.param(OK, "identity", id="identity"),
        pytest.param(gzip.compress(OK), "gzip", id="gzip"),
        pytest.param(gzip.compress(OK), " GZIP ", id="capitals"),
        pytest.param(gzip.compress(OK), "x-gzip", id="x-gzip"),
        pytest.param(gzip.compress(OK[:9]) + gzip.compress(OK[9:]), "gzip", id="two members"),
    ],
)
def test_an_answer_may_be_packed_or_not(body, encoding):
    """An answer may be packed with gzip, in any number of members, or not packed at all."""
    with talking(packed(body, encoding)) as (_server, transport):
        assert call(transport)["text"] == "ü"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(gzip.compress(OK)[:-1], id="cut"),
        pytest.param(gzip.compress(OK)[:-8] + b"\0" * 8, id="a wrong checksum"),
        pytest.param(gzip.compress(OK) + b"junk", id="something after it"),
        pytest.param(zlib.compress(OK), id="deflate"),
        pytest.param(OK, id="not packed"),
    ],
)
def test_gzip_that_is_none_is_no_answer(body):
    """Half of an answer, or one with something after it, is never taken for the whole."""
    with talking(packed(body)) as (_server, transport), pytest.raises(BadAnswer, match="garbled"):
        call(transport)


def test_members_without_content_do_not_go_on_for_ever():
    """An answer that goes on and on and unpacks to nothing is given up as well."""
    nothing = gzip.compress(b"")
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n"
    with talking(endless(head, nothing * 3000)) as (_server, transport), pytest.raises(BadAnswer, match="1,048,576"):
        legs.request_token(transport)


def test_an_answer_without_a_body_may_say_that_it_is_packed():
    """No bytes at all are no broken gzip: what is wrong with such an answer is that it is empty."""
    empty = raw(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 0\r\n\r\n")
    with talking(empty) as (_server, transport), pytest.raises(BadAnswer, match="form"):
        legs.request_token(transport)


def test_a_login_works_with_packed_answers():
    """A gateway that packs the answers of the legs changes nothing."""
    token = f"oauth_callback_confirmed=true&oauth_token={REQUEST.oauth_token}&oauth_token_secret=s"
    reply = answer(gzip.compress(token.encode()), headers=FORM | {"Content-Encoding": "gzip"})
    with talking(reply) as (_server, transport):
        assert legs.request_token(transport).oauth_token == REQUEST.oauth_token
