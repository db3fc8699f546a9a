"""Work for at most so long; and side by side, with the results in order and nothing that holds up the end."""

import itertools
import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from flickr_auth import threads
from flickr_auth.errors import UsageError

WAIT = 10  # seconds until a test gives up
HANGS = "import os, threading; from flickr_auth import threads; hang = threading.Event().wait\n"


def run_python(code):
    """Run Python code in a process of its own, which must end by itself."""
    return subprocess.run([sys.executable, "-c", HANGS + code], capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize(
    ("waits", "moment"),
    [
        ("threads.run(hang, None)", "Condition._acquire_restore"),
        ("Stdin(lambda count: hang()).wait(None)", "Event.wait"),
    ],
)
def test_ctrl_c_just_as_a_thread_starts_is_ctrl_c(waits, moment):
    """It ends the wait although Python may make a RuntimeError about a lock of it, and no thread is left that has not
    begun, over which Python's end would crash."""
    ran = run_python(f"""
import signal, sys
from flickr_auth.cli.stdin import Stdin
def interrupt(frame, event, _):
    if frame.f_code is threading.{moment}.__code__:
        sys.settrace(None)
        signal.raise_signal(signal.SIGINT)
sys.setswitchinterval(10)  # the new thread runs only when this one waits for it
sys.settrace(interrupt)
try:
    {waits}
except KeyboardInterrupt:
    print("Ctrl-C", [each.ident for each in threading.enumerate()].count(None))
""")
    assert (ran.stdout, ran.stderr, ran.returncode) == ("Ctrl-C 0\n", "", 0)


@pytest.mark.parametrize("seconds", [60, None], ids=["bounded", "without-end"])
def test_the_result_comes_back_and_so_does_the_exception(seconds):
    """What the work returns or raises reaches the caller as it is, as if it had done the work itself."""
    assert threads.run(lambda: "done", seconds) == "done"
    failure = KeyboardInterrupt("no")

    def work():
        raise failure

    with pytest.raises(KeyboardInterrupt) as caught:
        threads.run(work, seconds)
    assert caught.value is failure


def test_work_that_takes_too_long_is_given_up():
    """Work that never ends does not hold the caller: after the time that was given it gets TimeIsUp."""
    with pytest.raises(threads.TimeIsUp):
        threads.run(threading.Event().wait, 0.2)


def test_the_notice_comes_once_when_the_work_takes_longer_and_in_the_callers_thread(monkeypatch):
    """Somebody who waits is told so once while the work still goes on, from the thread that waits."""
    monkeypatch.setattr(threads, "NOTICE_AFTER", 0.01)
    monkeypatch.setattr(threads, "TICK", 0.02)
    callers = []
    with pytest.raises(threads.TimeIsUp):
        threads.run(threading.Event().wait, 0.2, notice=lambda: callers.append(threading.current_thread()))
    assert callers == [threading.current_thread()]
    assert threads.run(lambda: "done", 60, notice=pytest.fail) == "done"


def test_who_waits_hears_how_long_it_has_been(monkeypatch):
    """While work takes longer than a moment the thread that waits is told the seconds that have passed."""
    monkeypatch.setattr(threads, "NOTICE_AFTER", 0.05)
    monkeypatch.setattr(threads, "TICK", 0.02)
    passed = []
    with pytest.raises(threads.TimeIsUp):
        threads.run(threading.Event().wait, 0.2, waiting=passed.append)
    assert passed == sorted(passed) and 0.05 <= passed[0] < passed[-1] < 10
    assert threads.run(lambda: "done", 60, waiting=pytest.fail) == "done"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot send Ctrl-C to one process")
@pytest.mark.parametrize("seconds", ["60", "None"], ids=["bounded", "without-end"])
def test_ctrl_c_ends_the_wait(seconds):
    """Ctrl-C ends a wait at once, also one without a limit."""
    code = f"""
import os
def work():
    os.write(1, b"ready\\n")  # not print: a thread that is ended in the middle of it would hold stdout's lock
    hang()
try:
    threads.run(work, {seconds})
except KeyboardInterrupt:
    print("interrupted")
"""
    with subprocess.Popen([sys.executable, "-c", HANGS + code], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout.readline() == "ready\n"
            os.kill(process.pid, signal.SIGINT)
            said, _ = process.communicate(timeout=30)
        finally:
            process.kill()
    assert (said, process.returncode) == ("interrupted\n", 0)


def test_results_come_in_the_order_of_the_items():
    """Work is done side by side, and whatever is done first, a reader gets the answers in the questions' order."""
    second_is_done = threading.Event()

    def work(item):
        if item == 0:
            assert second_is_done.wait(WAIT)
        elif item == 1:
            second_is_done.set()
        return item * 10

    assert list(threads.results(work, range(4), workers=2)) == [0, 10, 20, 30]


def test_no_more_is_begun_than_the_reader_will_want_soon():
    """Items are taken only so far ahead, so that a million of them take no more memory than ten."""
    taken = []
    endless = (taken.append(number) or number for number in itertools.count())
    found = threads.results(str, endless, workers=5)
    assert next(found) == "0"
    assert len(taken) == 5
    assert next(found) == "1"
    assert len(taken) == 6
    found.close()


def test_a_failure_comes_at_its_place():
    """What was found before a failure is not lost, and what comes after it is not asked for."""

    def work(item):
        if item == 2:
            raise LookupError(item)
        return item

    found = threads.results(work, range(9), workers=3)
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

    others = set(threading.enumerate())  # those of other tests among them, which may still hang
    found = threads.results(work, range(100), workers=4)
    assert next(found) == 0
    found.close()
    working = [each for each in threading.enumerate() if each.name == "bounded" and each not in others]
    assert all(each.daemon for each in working)
    released.set()
    for each in working:
        each.join(WAIT)
        assert not each.is_alive()
    assert len(begun) <= 4


def test_where_no_thread_can_be_started_that_is_one_plain_error():
    """A system that starts no thread is an error that says so, and no work is done without its bound."""
    # A stack of 128 TiB fits into no memory, so no thread can be started: as under a limit of processes.
    ran = run_python("threading.stack_size(1 << 47); threads.run(print, 1)")
    assert (ran.stdout, ran.stderr.count("does not let flickr-auth start a thread")) == ("", 1)


WAITS = {
    "work": "threads.run(answer, 0.8)",
    "code": "threads.start(lambda: stdin.events.put(answer()), 'x') and stdin.wait(0.8, lines=False)",
    "lock": "threads.start(lambda: came.append(answer()), 'x') and Store(None, None)._wait_for(lock)",
}


@pytest.mark.thorough
@pytest.mark.parametrize("wait", WAITS.values(), ids=WAITS)
def test_a_process_that_was_stopped_takes_the_answer_that_came_meanwhile(wait):
    """Whoever stops the program for longer than a wait may last (Ctrl-Z, a laptop that sleeps) loses nothing.

    The time of the stop does not count: an answer, a code or a lock that came is taken, also if that takes a moment.
    """
    code = f"""
import sys
from flickr_auth.cli.stdin import Stdin
from flickr_auth.storage import store
from flickr_auth.storage.store import Store
store._LONGEST_CHANGE, stdin, came = 0.8, Stdin(), []
def answer():
    threading.Event().wait(0.05)  # the wait begins
    print(flush=True)
    line = sys.stdin.readline()
    threading.Event().wait(0.2)
    return line
def lock():
    if not came:
        raise BlockingIOError
    return came[0]
print({wait})
"""
    with subprocess.Popen(
        [sys.executable, "-c", HANGS + code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        process.stdout.readline()
        process.send_signal(signal.SIGSTOP)
        process.stdin.write("done\n")
        process.stdin.flush()
        time.sleep(1.5)  # the wait is long over
        process.send_signal(signal.SIGCONT)
        assert process.stdout.read() == "done\n\n"


def test_a_limit_that_no_wait_can_have_is_wrong_usage():
    """A limit that is no number of seconds up to a day is refused, with its name, its value and one that is good."""
    for value in ("86401", "nan", "0", "soon"):
        with pytest.raises(UsageError, match="LIMIT") as caught:
            threads.limit({"LIMIT": value}, "LIMIT", 60)
        assert f"'{value}'" in caught.value.message and "60" in caught.value.hint
    assert threads.limit({}, "LIMIT", 15.0) == threads.limit({"LIMIT": ""}, "LIMIT", 15.0) == 15.0
    assert threads.limit({"LIMIT": "0.5"}, "LIMIT", 15.0) == 0.5
    assert threads.limit({"LIMIT": "86400"}, "LIMIT", 60) == 86_400
