"""Work side by side: results in order, no more begun than is needed, and nothing that holds up the end."""

import itertools
import threading

import pytest

from flickr_auth import ordered

WAIT = 10  # seconds until a test gives up


def test_results_come_in_the_order_of_the_items():
    """Whatever is done first, a reader gets the answers in the order of the questions."""
    second_is_done = threading.Event()

    def work(item):
        if item == 0:
            assert second_is_done.wait(WAIT)
        elif item == 1:
            second_is_done.set()
        return item * 10

    assert list(ordered.results(work, range(4), workers=2)) == [0, 10, 20, 30]


def test_as_many_are_done_at_once_as_there_are_workers():
    """Three workers meet at a gate that only three can open together."""
    gate = threading.Barrier(3)
    assert len(list(ordered.results(lambda _: gate.wait(WAIT), range(6), workers=3))) == 6


def test_no_more_is_begun_than_the_reader_will_want_soon():
    """Items are taken only so far ahead, so that a million of them take no more memory than ten."""
    taken = []
    endless = (taken.append(number) or number for number in itertools.count())
    found = ordered.results(str, endless, workers=2, ahead=5)
    assert next(found) == "0"
    assert len(taken) == 6
    assert next(found) == "1"
    assert len(taken) == 7
    found.close()


def test_a_failure_comes_at_its_place():
    """What was found before a failure is not lost, and what comes after it is not asked for."""

    def work(item):
        if item == 2:
            raise LookupError(item)
        return item

    found = ordered.results(work, range(9), workers=3)
    assert [next(found), next(found)] == [0, 1]
    with pytest.raises(LookupError):
        next(found)
    assert list(found) == []


def test_a_reader_who_has_seen_enough_waits_for_nothing():
    """Closing does not wait for work that hangs, begins nothing new, and its threads cannot keep the process."""
    released, begun = threading.Event(), []

    def work(item):
        begun.append(item)
        if item:
            released.wait(WAIT)
        return item

    found = ordered.results(work, range(100), workers=2, ahead=50)
    assert next(found) == 0
    found.close()
    threads = [each for each in threading.enumerate() if each.name == "ordered"]
    assert all(each.daemon for each in threads)
    released.set()
    for each in threads:
        each.join(WAIT)
    assert len(begun) <= 4


def test_of_nothing_comes_nothing():
    """No items, no threads, no results."""
    assert list(ordered.results(str, [], workers=4)) == []
