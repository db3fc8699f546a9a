"""A value is set in a JSON text, and every other character stays."""

import json
import random
import sys

import pytest

from flickr_auth.interop.formats.json_text import Fault, parse, with_values

PATH = ("extractor", "flickr")


def test_what_is_new_looks_like_what_is_around_it():
    """Indentation, line ends and spaces are those of the person whose file it is."""
    for before, after in (
        ('{"x":1}', '{"x":1,"extractor":{"flickr":{"a":"1"}}}'),
        ('{"x": 1}', '{"x": 1, "extractor": {"flickr": {"a": "1"}}}'),
        ("{\n}\n", '{\n    "extractor": {\n        "flickr": {\n            "a": "1"\n        }\n    }\n}\n'),
        (
            '{\n\t"x": 1,\n\n\t"y": [{}]\n}',
            '{\n\t"x": 1,\n\n\t"y": [{}],\n\t"extractor": {\n\t\t"flickr": {\n\t\t\t"a": "1"\n\t\t}\n\t}\n}',
        ),
        (
            '{"extractor":\r\n{ "flickr" : {"a"  :   {"old": [1]},  "b":2} }}',
            '{"extractor":\r\n{ "flickr" : {"a"  :   "1",  "b":2} }}',
        ),
    ):
        assert with_values(before, PATH, {"a": "1"}) == after


def test_what_cannot_be_changed_is_named_by_its_line():
    """A fault says where it is, and nothing is guessed."""
    for text, line in (
        ("", 1),
        ('{\n  "a": 1,\n}', 2 if sys.version_info >= (3, 13) else 3),
        ('{\n"extractor": {\n"flickr": null}}', 3),
        ('{"a": ' + "[" * 100_000, 1),
    ):
        with pytest.raises(Fault) as caught:
            with_values(text, PATH, {"a": "1"})
        assert caught.value.line == line


def test_of_a_name_that_stands_there_twice_the_last_counts():
    """JSON parsers take the last of two; so that is the one that is changed."""
    before = '{"extractor": {"flickr": {"a": "x"}}, "extractor": {"flickr": {"a": "y", "a": "z"}}}'
    assert with_values(before, PATH, {"a": "1"}) == before.replace('"z"', '"1"')


def test_braces_quotes_and_names_inside_of_strings_are_no_structure():
    """A text is a text, whatever it looks like."""
    before = '{"note": "\\"extractor\\": {\\"flickr\\": {}}", "\\u0065xtractor": {"flickr": {"b": "}"}}}'
    changed = with_values(before, PATH, {"a": '"}桜'})
    assert changed.startswith(before[: before.index('"}"') + 3])
    assert parse(changed)["extractor"]["flickr"] == {"b": "}", "a": '"}桜'}


def test_a_fault_quotes_nothing_of_the_text():
    """A configuration holds passwords."""
    with pytest.raises(Fault) as caught:
        with_values('{"password": "hunter2" "x"}', PATH, {"a": "1"})
    assert "hunter2" not in f"{caught.value!r} {caught.value.why} {caught.value.__context__}"


def _anything(chance, depth=0):
    kind = chance.randrange(9 if depth < 4 else 6)
    if kind > 6:
        names = [
            chance.choice(["a", "b", "extractor", "flickr", "x y", '"', "桜", ""]) for _ in range(chance.randrange(4))
        ]
        return {name: _anything(chance, depth + 1) for name in names}
    if kind == 6:
        return [_anything(chance, depth + 1) for _ in range(chance.randrange(3))]
    return [None, True, 1.5, -7, "text {}", '\\"'][kind]


def test_whatever_else_is_in_it_stays():
    """Of any configuration, written in any style, nothing but the value changes, and its order stays."""
    styles = [
        {"indent": 2},
        {"indent": "\t"},
        {},
        {"separators": (",", ":")},
        {"indent": 1, "separators": (" ,", " : ")},
    ]
    for seed in range(200):
        chance = random.Random(seed)  # noqa: S311  # a test is to be repeatable
        value = {
            "z": _anything(chance),
            "extractor": {"first": 1, "flickr": {"b": _anything(chance)}, "last": 2},
            "y": [],
        }
        before = json.dumps(value, ensure_ascii=chance.random() < 0.5, **chance.choice(styles))
        changed = with_values(before, PATH, {"a": "1", "b": "2"})
        value["extractor"]["flickr"] = {"b": "2", "a": "1"}
        assert json.dumps(parse(changed)) == json.dumps(value), seed
        start = before.index('"flickr"', before.index('"first"'))
        assert changed.startswith(before[:start]) and changed.endswith(before[before.rindex('"last"') :]), seed
