"""All pages of a method, in order, none twice, and no more of them than somebody reads (protocol.pagination)."""

import contextlib
import gzip
import json
import threading
import time

import pytest

from flickr_auth.errors import BadAnswer, Error, UsageError
from flickr_auth.loopback.handler import Reply
from flickr_auth.protocol import pagination
from flickr_auth.protocol.session import Session
from flickr_auth.transport import Transport

from paged_server import WAIT, PagedServer, items, photos
from rude_server import ACCESS, KEYS

METHOD = "flickr.people.getPhotos"
AHEAD = 3


@contextlib.contextmanager
def walking(answer, *, method=METHOD, held=(), notice=None, **arguments):
    """A server with these pages, and a walk over them; the threads of both have ended afterwards."""
    before = set(threading.enumerate())
    with PagedServer(answer) as server:
        server.hold(*held)

        with (
            Transport(server.provider, KEYS, timeout=WAIT, notice=notice) as transport,
            contextlib.closing(pagination.walk(transport, ACCESS, method, arguments)) as walk,
        ):
            yield server, walk
        server.release()
    ended(before)


def ended(before):
    """Wait until every thread that was begun since has ended: first those that begin others."""
    until = time.monotonic() + WAIT
    while begun := set(threading.enumerate()) - before:
        assert time.monotonic() < until, begun
        for thread in begun:
            if thread.ident is not None:  # else it is being started just now
                thread.join(WAIT)


def told(walk):
    """Every item of every page, in the order in which they come."""
    return [item for page in walk for item in page.items]


def expected(first, last):
    return [item for page in range(first, last + 1) for item in items(page)]


# ---- all pages, in order


@pytest.mark.parametrize("count", [1, 9])
def test_every_item_of_every_page_comes_once_and_in_order(count):
    """Every item of every page comes once and in order, and no page is asked for twice, or beyond the last."""
    with walking(lambda page, _: photos(page, count)) as (server, walk):
        assert told(walk) == expected(1, count)
    assert sorted(server.asked) == list(range(1, count + 1))
    assert {fields["per_page"] for fields in server.sent} == {"500"}


def test_pages_come_in_order_whichever_is_answered_first():
    """The order is Flickr's, also where the second page is the last to be answered."""
    with walking(lambda page, _: photos(page, 5), held=[2]) as (server, walk):
        assert next(walk).items == items(1)
        reader = threading.Thread(target=lambda: found.extend(told(walk)))
        found = []
        reader.start()
        server.wait(lambda: {3, 4, 5} <= set(server.asked))
        server.release(2)
        reader.join(WAIT)
    assert found == expected(2, 5)


@pytest.mark.parametrize("page", ["0", "²", "1" * 20])
def test_a_page_to_begin_with_is_a_number(page):
    """Flickr would begin at the first page and say nothing; it is wrong usage, and nothing is asked."""
    with walking(lambda page, _: photos(page, 5), page=page) as (server, walk), pytest.raises(UsageError):
        next(walk)
    assert server.asked == []


def test_each_page_is_asked_for_with_every_argument():
    """Each page is asked for with every argument that was given, how many items a page has among them."""
    given = {"user_id": "me", "text": "a+b & ü", "per_page": "7"}
    with walking(lambda page, _: photos(page, 3), **given) as (server, walk):
        told(walk)
    every = {"method": METHOD, "format": "json", "nojsoncallback": "1", **given}
    assert sorted(server.sent, key=str) == [every | {"page": page} for page in "123"]


# ---- the shapes of Flickr's pages


def shapes(page):
    """A page of three, in every way in which some method tells of them."""
    counts = photos(page, 3)["photos"]
    topic = {"subject": "x", "page": page, "pages": 3}
    return {
        "strings": photos(str(page), "3", perpage="3", total="9", photo=items(page)),
        "per_page": {"photoset": {"id": "7", "photo": items(page), "page": page, "per_page": 3, "pages": 3}},
        "others before it": {"total": 9, "gallery": {"id": "7"}, "photos": counts},
        "counted in an object inside": {"replies": {"topic": topic, "reply": items(page)}},
        "only whether there is a next one": {
            "photos": {"page": page, "has_next_page": int(page < 3), "photo": items(page)}
        },
    }


@pytest.mark.parametrize("shape", shapes(1))
def test_every_shape_of_flickrs_pages_is_understood(shape):
    """Whatever way a method tells of its pages, all of them come."""
    with walking(lambda page, _: shapes(page)[shape] | {"stat": "ok"}) as (server, walk):
        assert told(walk) == expected(1, 3)
    assert sorted(server.asked) == [1, 2, 3]


@pytest.mark.parametrize(
    "answer",
    [
        {"photos": {"page": 1, "pages": 0, "perpage": 500, "total": 0, "photo": []}, "stat": "ok"},
        {"contacts": {"page": 1, "pages": 1, "total": 0}, "stat": "ok"},
        {"photos": {"page": 1, "pages": "1", "total": "many", "photo": []}, "stat": "ok"},
    ],
)
def test_nothing_is_no_items(answer):
    """Where there is nothing, nothing comes, and one request is enough to know."""
    with walking(lambda *_: answer) as (server, walk):
        assert told(walk) == []
    assert server.asked == [1]


@pytest.mark.parametrize(
    "answer",
    [
        {"user": {"id": "1@N00"}, "stat": "ok"},
        {"places": {"total": 1, "place": items(1)}, "stat": "ok"},
        {"stats": {"total": {"views": 4}}, "stat": "ok"},
        {"photos": {"page": 1, "pages": 2, "photo": items(1), "tag": items(1)}, "stat": "ok"},
    ],
)
def test_a_method_without_pages_is_wrong_usage(answer):
    """A method without pages is wrong usage, named before anything comes."""
    with walking(lambda *_: answer, method="flickr.x.y") as (_server, walk), pytest.raises(UsageError) as caught:
        next(walk)
    assert "flickr.x.y" in caught.value.message and "--paginate" in caught.value.hint


def test_pages_that_cannot_be_counted_are_no_answer():
    """Counts that are gone or are none are no answer of Flickr's: neither a method without pages nor the end."""
    bare = {"photo": items(3)}
    for counts, pages in (
        (bare | {"page": 1, "pages": "many"}, 0),
        (bare | {"page": 1, "perpage": 3, "total": 9}, 0),
        (bare | {"per_page": "3"}, 0),
        (bare, 2),
        ({}, 2),
    ):
        found = []
        answer = lambda page, _, c=counts, p=pages: {"photos": c, "stat": "ok"} if page > p else photos(page, 9)  # noqa: E731
        with walking(answer) as (_server, walk), pytest.raises(BadAnswer, match="count"):
            found.extend(item for page in walk for item in page.items)
        assert found == expected(1, pages)


def test_items_come_whatever_is_counted_beside_them():
    """Where no pages are counted, or fewer items than there are, what was sent comes all the same."""
    for first, rest in ((photos(1, 0), []), (photos(1, 2, total=1), [2]), (photos(1, "2", total=None), [2])):
        with walking(lambda page, _, first=first: photos(page, 0) if page > 1 else first) as (server, walk):
            assert told(walk) == expected(1, 1 + len(rest))
        assert server.asked == [1, *rest]


# ---- what changes meanwhile, and what Flickr repeats


def test_pages_that_are_added_meanwhile_come_too():
    """A photo that is uploaded during the walk may open another page."""
    with walking(lambda page, _: photos(page, 3 if page < 3 else 5)) as (server, walk):
        assert told(walk) == expected(1, 5)
    assert sorted(server.asked) == [1, 2, 3, 4, 5]


def test_pages_that_are_gone_meanwhile_do_not_come_twice():
    """Beyond the last page Flickr repeats it, and nobody gets those items twice."""
    with walking(lambda page, _: photos(min(page, 2), 3 if page == 1 else 2)) as (_server, walk):
        assert told(walk) == expected(1, 2)


def test_new_items_come_although_fewer_pages_are_counted_by_then():
    """What a page holds is believed: a count that shrinks takes no item away, and the last page again gives none."""
    shrunk = lambda page, _: photos(page, 5 if page == 1 else 2, photo=items(min(page, 4)))  # noqa: E731
    with walking(shrunk) as (_server, walk):
        assert told(walk) == expected(1, 4)


def test_pages_that_stay_empty_end_the_walk():
    """A list that counts pages without end and has nothing on them does not use up the calls of an hour."""
    with walking(lambda page, _: photos(page, 9999, photo=items(1) if page == 1 else [])) as (server, walk):
        with pytest.raises(Error, match=r"counts 9,999 pages, but pages 2 to 21 are empty") as caught:
            told(walk)
        assert caught.value.hint == "Try: page=22 to go on" and len(server.asked) < 30


def test_a_page_that_is_empty_for_a_moment_ends_nothing():
    """An answer that counts no pages at all, as a hiccup of Flickr's does, hides no other page."""
    with walking(lambda page, _: photos(page, 0, photo=[]) if page == 3 else photos(page, 20)) as (_server, walk):
        assert told(walk) == expected(1, 2) + expected(4, 20)


def renamed(page, name):
    """Items of that page whose id has another name, and which have changed since."""
    return [{name: item["id"], "views": page} for item in items(min(page, 8))]


REPEATED = {
    "the last page": lambda page: items(min(page, 8)),
    "seen more often": lambda page: [item | {"views": page} for item in items(min(page, 8))],
    "in another order": lambda page: items(page) if page < 9 else items(8)[::-1],
    "from the start": lambda page: items((page - 1) % 8 + 1),
    "of several pages": lambda page: items(page) if page < 9 else [*items(1)[:1], *items(8)[1:2], *items(4)[:1]],
    "fewer of them": lambda page: items(min(page, 8))[: 3 if page < 9 else 2],
    "without an id": lambda page: [["x", min(page, 8), number] for number in range(3)],
    **{name: lambda page, name=name: renamed(page, name) for name in ("nsid", "user_id", "gallery_id", "url")},
}


@pytest.mark.parametrize("what", REPEATED)
def test_what_flickr_counts_but_does_not_give_is_said(what):
    """What a search repeats beyond 4,000 is known by its ids: it comes once, and an error says that it is not all."""
    found = []
    with walking(lambda page, _: photos(page, 20, photo=REPEATED[what](page))) as (_server, walk):
        with pytest.raises(Error, match="repeats earlier items from page 9 on") as caught:
            found.extend(item for page in walk for item in page.items)
        assert found == [item for page in range(1, 9) for item in REPEATED[what](page)]
    assert type(caught.value) is Error and caught.value.hint


def test_a_number_beyond_which_flickr_counts_no_pages_is_said():
    """Beyond the 10,000th page Flickr answers with that one, and says so by its number."""
    with walking(lambda page, _: photos(min(page, 8), 20)) as (_server, walk), pytest.raises(Error, match="repeats"):
        told(walk)


def test_a_few_items_that_come_twice_are_no_repetition():
    """What is uploaded during the walk moves the rest on: some of a page comes twice, or most of a short last one."""
    for pages in ("abc def fgh hij kl", "abc def fg", "abcdefgh ghijklmn lmno"):
        ids = pages.split()
        answer = lambda page, _, ids=ids: photos(page, len(ids), photo=[{"id": each} for each in ids[page - 1]])  # noqa: E731
        with walking(answer) as (_server, walk):
            assert "".join(item["id"] for item in told(walk)) == "".join(ids)


def test_a_walk_that_begins_beyond_the_last_page_gives_nothing():
    """Flickr answers it with the last page, and beyond the 10,000th with that one: neither is what was asked for."""
    with walking(lambda page, _: photos(min(page, 3), 3), page="4") as (_server, walk):
        assert told(walk) == []
    walk_from_9 = walking(lambda page, _: photos(min(page, 8), 20), page="9")
    with walk_from_9 as (_server, walk), pytest.raises(Error, match="repeats"):
        next(walk)


# ---- failures


GOOD = json.dumps(photos(2, 8)).encode()
NO_ANSWERS = (
    Reply(200, b"<html>Welcome to Hotel Wi-Fi</html>", "text/html"),
    Reply(403, b"<html>Blocked by your firewall</html>", "text/html"),
    Reply(200, b'<rsp stat="ok"><photos page="4" pages="8"/></rsp>', "text/xml"),
    Reply(200, GOOD[:60], "application/json"),
    Reply(200, b"", "application/json"),
    Reply(200, b"jsonFlickrApi(" + GOOD + b")", "text/javascript"),
    Reply(200, gzip.compress(GOOD)[:-20], "application/json", (("Content-Encoding", "gzip"),)),
    Reply(200, b'{"stat":"fail","code":201,"message":"Sorry."},\n', "text/xml"),
)


def test_pages_that_are_no_answer_are_asked_for_again():
    """A page that some gateway answers, or that comes broken, ends no walk and no script: it is asked for once more."""
    pages = len(NO_ANSWERS)

    def answer(page, times):
        return NO_ANSWERS[page - 1] if times % 2 else photos(page, pages)

    with walking(answer) as (server, walk):
        assert told(walk) == expected(1, pages)
        with Session(server.provider, KEYS, ACCESS) as flickr:
            assert list(flickr.pages(METHOD)) == expected(1, pages)
            assert flickr.call(METHOD, page=1)["photos"]["photo"] == items(1)
    assert [server.asked.count(page) for page in range(1, pages + 1)] == [6] + [4] * (pages - 1)


def test_a_page_that_flickr_is_too_busy_for_is_asked_for_again():
    """A page that Flickr is too busy for is asked for again, as soon as it says, and none is lost."""
    said = []
    busy = Reply(429, b"<html>", "text/html", (("Retry-After", "0"),))
    answer = lambda page, times: busy if times == 1 else photos(page, 6)  # noqa: E731  # two lines of a table
    with walking(answer, notice=said.append) as (server, walk):
        assert told(walk) == expected(1, 6)
    assert sorted(server.asked) == sorted([1, 2, 3, 4, 5, 6] * 2)
    assert len(said) == 6


# ---- no more than somebody reads


def test_no_more_pages_are_fetched_than_the_reader_will_want_soon():
    """However many pages there are, only a few wait for the reader, so memory stays flat."""
    with walking(lambda page, _: photos(page, 10_000)) as (server, walk):
        for read in range(1, 21):
            assert next(walk).number == read
            ahead = read + AHEAD if read > 1 else 1  # the first alone tells how many there are
            server.wait(lambda ahead=ahead: len(server.asked) >= ahead)
            assert max(server.asked) == ahead


def test_a_reader_who_has_seen_enough_waits_for_no_answer():
    """When the reader stops, nothing that is under way is waited for, tried again or told of, and no thread goes on."""
    said, before = [], set(threading.enumerate())
    busy = Reply(503, b"", headers=(("Retry-After", "0"),))
    with PagedServer(lambda page, _: photos(page, 9) if page < 3 else busy) as server:
        server.hold(*range(3, 10))
        with Transport(server.provider, KEYS, timeout=WAIT, notice=said.append) as transport:
            walk = pagination.walk(transport, ACCESS, METHOD, {})
            next(walk)
            next(walk)
            server.wait(lambda: len(server.asked) == 5)  # three of them wait for their answer
        server.release()
        server.wait(lambda: server.open == 0)
        assert (len(server.asked), said) == (5, [])
    ended(before)
