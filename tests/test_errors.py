"""The tree of errors that a program can catch."""

import copy
import pickle
import re
import traceback

from flickr_auth import errors
from flickr_auth.protocol.verifier import Unusual
from flickr_auth.storage.files import Missing

DRAWN = re.compile(r"^    ((?:│   |    )*)(?:├── |└── )?([A-Z][A-Za-z]+) +\S", re.MULTILINE)
ALL = [
    each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, errors.Error)
]  # those of the module, in its order


def drawn_tree():
    """The docstring's tree: the name of each class, and of the class that it hangs from."""
    path, tree = [], {}
    for line in errors.__doc__.splitlines():
        found = DRAWN.match(line)
        if found:
            name = found[2]
            depth = (line.index(name) - 4) // 4  # the drawing is indented by four, and each level by four more
            path[depth:] = [name]
            tree[name] = path[depth - 1] if depth else "Exception"
    return tree


def test_the_drawn_tree_is_the_real_one():
    """Whoever reads the drawing knows what `except` catches: it shows every class, below the class it derives from."""
    assert drawn_tree() == {each.__name__: each.__base__.__name__ for each in ALL}


def test_an_error_says_its_message_also_in_another_process():
    """Copied or pickled, by way of a worker process, it is the same error with its message and its hint, once."""
    for kind in (*ALL, Missing, Unusual):
        error = kind("The bus is late.", "Try: a taxi")
        pickled = pickle.loads(pickle.dumps(error))  # noqa: S301  # bytes of our own
        for each in (error, copy.copy(error), copy.deepcopy(error), pickled, copy.copy(pickled)):
            assert type(each) is kind and isinstance(each, errors.Error)
            assert str(each) == each.message == "The bus is late."
            assert (each.hint, each.__notes__) == ("Try: a taxi", ["Try: a taxi"])


def test_what_flickr_said_survives_the_way_to_another_process():
    """A refusal keeps Flickr's own word for the problem, and a busy Flickr its Retry-After, also when pickled."""
    busy = errors.Busy("Flickr is busy.")
    busy.retry_after = 7.0
    refused = errors.TokenRefused("No.", "Run: flickr-auth login", "token_rejected")
    back = pickle.loads(pickle.dumps([busy, refused]))  # noqa: S301  # bytes of our own
    assert [back[0].retry_after, back[1].problem] == [7.0, "token_rejected"]


def test_a_traceback_ends_with_the_next_thing_to_do():
    """A script that catches nothing shows the hint below the message, and nothing where there is none."""
    shown = traceback.format_exception_only(errors.Busy("The bus is late.", "Try: a taxi"))
    assert "".join(shown).splitlines()[-2:] == ["flickr_auth.errors.Busy: The bus is late.", "Try: a taxi"]
    assert len(traceback.format_exception_only(errors.Busy("The bus is late."))) == 1
    assert errors.Busy("The bus is late.").hint == ""
