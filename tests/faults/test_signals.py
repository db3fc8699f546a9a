"""SIGINT, SIGTERM and SIGHUP at every write of a login, whether somebody reads its messages or nobody does."""

import os
import sys

import pytest

from faults import traced
from faults.checks import assert_private, assert_whole, leftovers
from faults.commands import COMMANDS

if sys.platform != "linux":
    pytest.skip("strace is Linux's", allow_module_level=True)

pytestmark = [pytest.mark.thorough, pytest.mark.timeout(600)]
traced.require()

# What is no step: whoever is stopped before one of these has done what they have who are stopped at the next write.
CHANGES_NOTHING = ("openat", "fsync", "fdatasync", "fchmod")
CODES = {"SIGINT": 130, "SIGTERM": 143, "SIGHUP": -1}


@pytest.mark.parametrize("signal", CODES)
@pytest.mark.parametrize("name", ["login-file", "login-keyring", "login-token-file"])
def test_a_signal_at_any_step_of_a_login_ends_it_as_if_somebody_listened(person, name, signal):
    """Nobody reads stderr: what is stored and the exit code are the same, and what was issued is stored."""
    tracer = traced.Tracer(person)

    def ready():
        return COMMANDS[name].ready(person)

    points = [each for each in tracer.points(ready) if each.call not in CHANGES_NOTHING]
    assert points
    for point in points:
        outcomes = []
        for is_deaf in (False, True):
            tracer.is_deaf = is_deaf
            ran = tracer.answered_at(point, f"signal={signal}", ready)
            assert "Traceback" not in ran.stderr, (point, ran.stderr)
            assert_private(person)
            assert_whole(person, half="keyring" in name)
            accounts = len(list(person.machine.app.glob("accounts/*.json"))) + person.token_file.exists()
            outcomes.append((ran.returncode, accounts))
        tracer.is_deaf = False
        assert outcomes[0] == outcomes[1], point
        assert outcomes[0][0] == CODES[signal], (point, outcomes)
        for each in leftovers(person):
            os.utime(each, (0, 0))  # an hour later: SIGHUP ends a process at once
        assert person.log_in(*COMMANDS[name].arguments(person)[1:]).code == 0
        assert leftovers(person) == [], "the same login again tidies up"
