"""Signals that come while a code is traded (flickr_auth.cli.signals)."""

import os
import signal

import pytest

from flickr_auth.cli.signals import Held
from flickr_auth.errors import NotKept, Refused, Unreachable

posix = pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGHUP")


def fails_while_held(error):
    """An exchange in which Ctrl-C comes, and which then fails."""
    with Held():
        signal.raise_signal(signal.SIGINT)
        raise error("no")


@pytest.mark.parametrize("error", [NotKept, Unreachable])
def test_ctrl_c_does_not_hide_what_became_of_the_code(error):
    """A token that was issued and not kept, or a code that may be used, is reported although Ctrl-C came."""
    with pytest.raises(error):
        fails_while_held(error)


def test_ctrl_c_ends_a_login_whose_code_was_refused():
    """After a plain refusal nothing is at stake, and Ctrl-C is what was meant."""
    with pytest.raises(KeyboardInterrupt):
        fails_while_held(Refused)


@posix
def test_a_terminal_that_is_gone_is_a_no_to_the_question_and_not_the_end():
    """A dropped SSH line at "Store the token in a file?" does not kill the process before it says what was lost."""
    former = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    try:
        with Held() as held, pytest.raises(SystemExit), held.lifted():
            signal.raise_signal(signal.SIGHUP)
        assert held.came is None
    finally:
        signal.signal(signal.SIGHUP, former)
