"""`kill -9` at every write of every command: each file is whole, old or new, and the next command works and tidies."""

import os
import sys

import pytest

from faults import traced
from faults.checks import assert_nothing_lost, assert_private, assert_whole, files, leftovers
from faults.commands import COMMANDS

if sys.platform != "linux":
    pytest.skip("strace is Linux's", allow_module_level=True)

pytestmark = pytest.mark.thorough
traced.require()

# Whoever is killed before one of these leaves what they leave who are killed before the next write.
CHANGES_NOTHING = ("openat", "fsync", "fdatasync")
DONE, NOBODY, REFUSED = 0, 3, 4


def again(person, arguments):
    """Do it once more, without a fault."""
    if arguments[0] == "login" and not {"--start", "--finish"} & set(arguments):
        return person.log_in(*arguments[1:])
    return person.run(*arguments)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_kill_at_any_write_loses_nothing_and_leaves_nothing(person, name):
    """Whenever a command is killed, all files are whole and private, and the same command then works and tidies up."""
    tracer = traced.Tracer(person)
    was = {}

    def ready():
        was["arguments"] = COMMANDS[name].ready(person)
        was["files"] = files(person)
        return was["arguments"]

    points = [each for each in tracer.points(ready) if each.call not in CHANGES_NOTHING]
    assert points
    for point in points:
        tracer.killed_at(point, ready)
        assert_private(person)
        assert_whole(person, half="keyring" in name)
        assert_nothing_lost(person, was["files"], was["arguments"])
        for each in leftovers(person):
            os.utime(each, (0, 0))  # an hour later
        ran = again(person, was["arguments"])
        assert ran.code in EXPECTED.get(name.partition("-")[0], {DONE}), (
            point,
            ran.stderr,
        )
        assert ran.code == DONE or "logout" in name or person.log_in("--store", "file").code == DONE
        assert leftovers(person) == [], point
        assert_whole(person)
        assert_private(person)


# After a logout there may be nobody left to log out; after a login's code was used it cannot be used again.
EXPECTED = {"logout": {DONE, NOBODY}, "finish": {DONE, REFUSED, NOBODY}}
