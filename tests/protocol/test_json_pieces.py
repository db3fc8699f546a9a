"""A large answer, read piece by piece: the same JSON as if it had been read at once, in the memory of a piece."""

import json
import tracemalloc

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from flickr_auth.protocol import json_answer, json_pieces
from protocol.test_json_answer import VALUES

LINES_OF_JSON = st.builds(json.dumps, VALUES, ensure_ascii=st.booleans(), indent=st.sampled_from([None, 1]))
WINDOWS = st.integers(1, 40)


def by_piece(body, window, **how):
    return "".join(json_pieces.rewritten(body, window=window, **how))


@given(LINES_OF_JSON, WINDOWS, st.booleans(), st.sampled_from([None, 2]))
def test_an_answer_is_printed_alike_however_large_it_is(text, window, ascii_only, indent):
    """Whether a value is longer than a window or not, its JSON is the same, to the byte."""
    body = text.encode()
    at_once = json_answer.encoder(indent=indent, ascii_only=ascii_only)(json_answer.parse(body, written=True))
    by_pieces = by_piece(body, window, indent=indent, ascii_only=ascii_only)
    if indent and ("[]" in at_once or "{}" in at_once):  # what is empty may be on two lines
        by_pieces, at_once = "".join(by_pieces.split()), "".join(at_once.split())
    assert by_pieces == at_once


@given(LINES_OF_JSON, st.data(), WINDOWS)
@example("[1,]", None, 1)
@example('{"a":1,}', None, 2)
@example("{1:2}", None, 1)
@example('{"a" 1}', None, 1)
@example("[1 2]", None, 1)
@example("[1}", None, 1)
@example("[,1]", None, 1)
@example("[1],", None, 1)
@example("", None, 1)
@example("  ", None, 1)
@example("[NaN]", None, 1)
def test_what_is_no_json_is_refused_before_anything_is_printed(text, data, window):
    """One character more, less or other is noticed, wherever it is: in the first pass, which prints nothing."""
    if data is not None:
        at = data.draw(st.integers(0, len(text)))
        text = (
            text[:at]
            + data.draw(st.sampled_from(["", ",", "]", "}", "[", "{", ":", '"', "1", "\\", "e", "-", " "]))
            + text[at + 1 :]
        )
    body = text.encode()
    try:
        value = json_answer.parse(body, written=True)
    except ValueError:
        for reading in (json_pieces.members, by_piece):
            with pytest.raises(ValueError):  # noqa: PT011  # many things are wrong with it, and no one reads which
                reading(body, window)
    else:
        assert json.loads(by_piece(body, window)) == json.loads(json_answer.encoder()(value))
        assert (json_pieces.members(body, window) is None) == (not isinstance(value, dict))


@given(st.dictionaries(st.text(), st.none() | st.booleans() | st.text()), WINDOWS)
def test_what_an_answer_says_of_itself_is_found_beside_what_is_large(small, window):
    """`stat` and its like are read wherever they stand, before or after a list of any length."""
    body = json.dumps({"before": [{"stat": "no"}] * 20, **small, "": {"stat": ["no"] * 20}}).encode()
    found = json_pieces.members(body, window)
    assert {name: found[name] for name in small if name not in ("", "before")} == {
        name: value for name, value in small.items() if name not in ("", "before")
    }


@pytest.mark.parametrize("levels", [99, 100, 101, 3000])
@pytest.mark.parametrize("window", [1, 50, json_pieces.WINDOW])
def test_depth_is_counted_across_pieces(levels, window):
    """A hundred levels are fine and one more is not, also if no piece is that deep by itself."""
    body = ('{"a":[1,' * (levels // 2) + "[" * (levels % 2) + "]" * (levels % 2) + "]}" * (levels // 2)).replace(
        ",]", ",2]"
    )
    if levels <= 100:
        assert json.loads(by_piece(body.encode(), window)) == json.loads(body)
    else:
        with pytest.raises(json_answer.TooDeep):
            json_pieces.members(body.encode(), window)
        with pytest.raises(json_answer.TooDeep):
            json_answer.parse(body.encode())


@pytest.mark.parametrize(
    "item",
    [b'{"title":"photo"}', b"1", b'"a"', b"[]", b'{"a":{"b":[1,{"c":"d,},"}],"e":0},"f":[]}'],
    ids=["objects", "numbers", "texts", "lists", "nested"],
)
def test_a_large_answer_takes_the_memory_of_a_piece(item):
    """A list of the smallest things, which are twenty times as large as objects, takes no more than itself again."""
    body = b'{"photos":{"photo":[' + b",".join([item] * (60_000 // (len(item) + 1))) + b']},"stat":"ok"}'
    tracemalloc.start()
    try:
        assert json_pieces.members(body, 1_000) == {"stat": "ok"}
        length = sum(map(len, json_pieces.rewritten(body, window=1_000)))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert length == len(body)
    assert peak < 2 * len(body) + 20_000
