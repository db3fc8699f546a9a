"""What a server says never reaches a screen as it is: every place that quotes it, and everything it could do there."""

import json

import pytest

from flickr_auth.errors import Error
from flickr_auth.protocol import legs, rest
from flickr_auth.transport.exchange import foreign

from rude_server import ACCESS, FORM, JSON, REQUEST, answer, talking

# Writes the clipboard, clears the screen, sets the title, hides, turns the reading round, ends a line, moves back.
HOSTILE = (
    "\x1b]52;c;ZWNobyBoaQ==\x07\x1b[2J\x9d0;owned\x9c\u202eevil\u2066evila\u200bb\ufeffx"
    "one\r\ntwo\u2028three\b\b\bX\0x\ue000x\ud800x\U000e0041x"
)


def failed(code, message):
    """A failed answer as it comes over the wire."""
    return answer(json.dumps({"stat": "fail", "code": code, "message": message}), headers=JSON | {"Retry-After": "0"})


def call(transport):
    rest.call(transport, ACCESS, "flickr.test.echo", {})


def first_leg(transport):
    legs.request_token(transport)


def third_leg(transport):
    legs.access_token(transport, REQUEST, "123-456-789", "read")


def percent(text):
    return "".join(f"%{byte:02X}" for byte in text.encode("utf-8", "surrogatepass"))


# Each place of this package that repeats what a server said: how it is asked, and the answer that says it.
PLACES = {
    "message": (call, lambda text: failed(1, text)),
    "code": (call, lambda text: failed(text, "No.")),
    "token message": (call, lambda text: failed(98, text)),
    "permission message": (call, lambda text: failed(99, f"requires delete privileges {text}")),
    "key message": (call, lambda text: failed(100, f"Key has expired {text}")),
    "busy message": (call, lambda text: failed(105, text)),
    "unavailable message": (call, lambda text: failed(201, f"not currently available {text}")),
    "absent parameters": (
        third_leg,
        lambda text: answer(
            f"oauth_problem=parameter_absent&oauth_parameters_absent={percent(text).lower()}", 400, FORM
        ),
    ),
    "oauth_problem": (first_leg, lambda text: answer(f"oauth_problem={text}".encode("utf-8", "replace"), 401, FORM)),
    "date": (
        first_leg,
        lambda text: answer(
            "oauth_problem=timestamp_refused",
            401,
            FORM | {"Date": text.encode("utf-8", "replace").decode("latin-1").replace("\r\n", " ").replace("\0", "")},
        ),
    ),
}


@pytest.mark.parametrize("place", PLACES)
def test_nothing_that_a_server_says_can_act_on_a_screen(place):
    """Whatever stands in an answer, no message, hint, notice or trace has a character that is not visible."""
    ask, reply = PLACES[place]
    lines = []
    listening = talking(*[reply(HOSTILE)] * 3, trace=lines.append, notice=lines.append)
    with listening as (_server, transport), pytest.raises(Error) as caught:
        ask(transport)
    lines += [caught.value.message, caught.value.hint, str(caught.value), repr(caught.value)]
    assert [line for line in lines if not line.isprintable()] == []


def test_a_foreign_value_is_short_or_named_by_its_type():
    """A value of a failed answer is a text of at most 300 characters, or the name of its type."""
    deep = json.loads("[" * 90 + "]" * 90)
    for value, shown in (("x" * 10_000, "x" * 300), (deep, "a list"), ({"a": {}}, "an object"), (True, "a boolean")):
        assert foreign(value) == shown
        with talking(failed(value, value)) as (_server, transport), pytest.raises(Error) as caught:
            call(transport)
        assert shown in caught.value.message and len(caught.value.message) < 800


def test_what_is_visible_stays_as_it_is():
    """Names and sentences of any language are not escaped."""
    for text in ("Überraschung & 桜 🌅", "não", "Ω ≈ ∞", "שלום", "a b"):
        assert foreign(text) == text
