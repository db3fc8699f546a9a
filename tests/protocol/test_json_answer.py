"""JSON as every parser takes it: what is none, how deep it may go, and numbers as they were written."""

import json
import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flickr_auth.errors import BadAnswer
from flickr_auth.protocol import json_answer, json_pieces, pagination, rest

from rude_server import ACCESS, JSON, answer, talking

NUMBERS = ["0", "-0", "1", "0.10", "1.0e5", "1E400", "-0.0", "1e-7", "12345678901234567890123", "9" * 5000, "0.1e+1"]


def again(text, **how):
    """The JSON after it was read and written."""
    return json_answer.encoder(**how)(json_answer.parse(text.encode(), written=True))


@pytest.mark.parametrize("number", NUMBERS, ids=lambda number: number[:30])
@pytest.mark.parametrize("text", ['{"a":%s}', "[%s]", "[1,%s,2]", '{"a":{"b":[%s]}}'])
def test_numbers_come_out_as_they_went_in(text, number):
    """A number is printed as Flickr wrote it: no digit more, no digit less, and no Infinity for what is too large."""
    assert again(text % number) == text % number


def for_a_script(transport):
    """An answer as `session().call` gets it, in JSON again."""
    return json.dumps(rest.call(transport, ACCESS, "flickr.test.echo", {}))


def for_pages(transport):
    """An answer as `call --paginate` gets it, in JSON again."""
    return json_answer.encoder()(rest.ask(transport, ACCESS, "flickr.test.echo", {}, written=True)())


def for_the_screen(transport):
    """An answer as `call` prints it at a terminal."""
    return "".join(json_pieces.rewritten(rest.body(transport, ACCESS, "flickr.test.echo", {}), indent=2))


WAYS = pytest.mark.parametrize("way", [for_a_script, for_pages, for_the_screen])


@pytest.mark.parametrize("number", NUMBERS, ids=lambda number: number[:30])
@pytest.mark.parametrize("way", [for_pages, for_the_screen])
def test_a_call_gives_numbers_as_flickr_wrote_them(number, way):
    """What `call` prints has the numbers as they came over the wire."""
    body = f'{{"a":[{number},"{number}"],"stat":"ok"}}'
    with talking(answer(body, headers=JSON)) as (_server, transport):
        assert re.sub(r"\s", "", way(transport)) == body


def test_a_script_gets_numbers_that_it_can_count_with():
    """Who does not print them gets Python's own numbers."""
    with talking(answer('{"a":1.5,"b":2,"stat":"ok"}', headers=JSON)) as (_server, transport):
        assert rest.call(transport, ACCESS, "flickr.test.echo", {}) == {"a": 1.5, "b": 2, "stat": "ok"}


@pytest.mark.parametrize(
    "body",
    [
        '{"stat":"ok","a":NaN}',
        '{"stat":"ok","a":[Infinity]}',
        '{"stat":"ok","a":{"b":-Infinity}}',
        '{"stat":"ok"',
        '{"stat":"ok",}',
        "{'stat':'ok'}",
        '\ufeff{"stat":"ok"}',
        '{"stat":"ok"} trailing',
    ],
)
@WAYS
def test_json_that_only_python_reads_is_no_answer(body, way):
    """NaN, Infinity and what else is no JSON is no answer, however lenient Python's own parser is."""
    with talking(answer(body, headers=JSON)) as (_server, transport), pytest.raises(BadAnswer, match="not JSON"):
        way(transport)


@pytest.mark.parametrize("kind", ["[", '{"a":'], ids=["lists", "objects"])
@pytest.mark.parametrize(("levels", "fine"), [(98, True), (99, True), (100, False), (5000, False), (200_000, False)])
@pytest.mark.parametrize("inside", ["1", '"}["'])
@WAYS
def test_an_answer_may_be_a_hundred_levels_deep_and_no_more(*, kind, levels, fine, inside, way):
    """However deep Python's parser would go, what no Flickr sends is no answer, and no megabytes of indentation."""
    closing = "]" if kind == "[" else "}"
    body = f'{{"stat":"ok","a":{kind * levels}{inside}{closing * levels}}}'
    with talking(answer(body, headers=JSON)) as (_server, transport):
        if fine:
            assert json.loads(way(transport)) == json.loads(body)
        else:
            with pytest.raises(BadAnswer, match="nested too deeply"):
                way(transport)


def test_brackets_in_texts_are_no_depth():
    """A thousand photos whose titles have brackets are an answer like any other."""
    body = json.dumps({"photo": [{"title": ":[" * 3 + "{"}] * 1000, "stat": "ok"})
    assert json_answer.parse(body.encode())["stat"] == "ok"


@pytest.mark.parametrize(
    "pages", ["Infinity", "-1", "1.5", '"1e3"', '"Infinity"', "true", "null", "[3]", "9" * 30, '"٣"', '" 3"']
)
@pytest.mark.parametrize("written", [False, True])
def test_a_number_of_pages_that_is_none_is_no_answer(pages, written):
    """Pages are counted in whole numbers; anything else is no answer, and no traceback, before anything is printed."""
    body = f'{{"photos":{{"page":1,"pages":{pages},"photo":[]}},"stat":"ok"}}'
    with talking(answer(body, headers=JSON)) as (server, transport):
        walk = pagination.walk(lambda: transport, ACCESS, "flickr.people.getPhotos", {}, written=written)
        with pytest.raises(BadAnswer):
            next(walk)
    assert len(server.requests) == 1


@pytest.mark.parametrize("pages", ["1", '"1"', "1.0", '"1.0"'])
@pytest.mark.parametrize("written", [False, True])
def test_a_number_of_pages_may_be_written_in_any_way(pages, written):
    """A number, a string, or a whole number that PHP wrote as a float."""
    body = f'{{"photos":{{"page":{pages},"pages":{pages},"photo":[7]}},"stat":"ok"}}'
    with talking(answer(body, headers=JSON)) as (_server, transport):
        walk = pagination.walk(lambda: transport, ACCESS, "flickr.people.getPhotos", {}, written=written)
        assert [page.items for page in walk] == [[7]]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inside: st.lists(inside, max_size=4) | st.dictionaries(st.text(), inside, max_size=4),
    max_leaves=20,
)


@given(VALUES, st.booleans(), st.sampled_from([None, 2]))
def test_what_is_printed_is_what_came(value, ascii_only, indent):
    """Whatever an answer holds, what is printed means the same to every parser."""
    text = json.dumps(value)
    assert json.loads(again(text, ascii_only=ascii_only, indent=indent)) == value
    assert json_answer.parse(text.encode()) == value


@given(st.lists(VALUES), st.booleans())
def test_items_are_printed_a_line_each(values, ascii_only):
    """Whatever a list holds, each of its items is a line of JSON."""
    text = json_answer.line_encoder(ascii_only=ascii_only)(json_answer.parse(json.dumps(values).encode(), written=True))
    assert text.count("\n") == len(values) and (text.endswith("\n") or not values)
    assert [json.loads(line) for line in text.split("\n")[:-1]] == values


def test_nobody_can_make_a_text_into_a_number():
    """A text that looks like the marks of another run stays a text."""
    guess = f"number-{random.getrandbits(96):024x}-1"
    assert again(json.dumps([guess, 1.5])) == f'["{guess}",1.5]'
