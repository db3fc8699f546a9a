"""The journal of changes: what is noted is found by the next command, and nobody changes an account beside another."""

import errno
import gc
import os
import stat
import struct
import sys
import types

import pytest

from flickr_auth.storage.journal import Change, Journal, lock

NAME, FIRST, SECOND = "21207597@N07-653e7a6e", "a_long_name_of_a_module.Keyring", "b.Keyring"
posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows locks in another way")
linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has locks of a part of a file by descriptor")


@pytest.fixture
def open_journal(tmp_path, warnings):
    """The journal, as another command opens it."""
    return lambda: Journal(str(tmp_path), warnings.append)


def found(journal):
    return [(change.account_id, change.backends) for change in journal.cut_off(reading=True)]


def test_what_is_noted_and_not_settled_is_found_by_the_next_command(open_journal, warnings):
    """Of two keyrings that may hold a token the one that was cleared is not named any more."""
    with open_journal().change(NAME) as change:
        for backend in (FIRST, SECOND, FIRST, ""):
            change.note(backend)
        change.settle(FIRST)
        change.settle("never.Noted")
    assert (found(open_journal()), warnings) == ([(NAME, [SECOND])], [])
    with open_journal().change(NAME) as change:
        assert change.backends == [SECOND]


def test_what_is_settled_leaves_no_file(open_journal, tmp_path):
    """After a change that was completed the journal is empty."""
    with open_journal().change(NAME) as change:
        change.note(FIRST)
        change.settle(FIRST)
    assert list((tmp_path / "journal").iterdir()) == []


def test_what_a_killed_command_had_begun_is_found_at_once(open_journal, tmp_path):
    """The keyring is named on the disk before it is touched, and by nobody else while the command runs."""
    change = open_journal().change(NAME)
    change.note(FIRST)
    assert found(open_journal()) == []
    (file,) = (tmp_path / "journal").iterdir()
    assert sys.platform == "win32" or stat.S_IMODE(file.stat().st_mode) == 0o600
    change.release()  # as the end of its process does
    assert found(open_journal()) == [(NAME, [FIRST])]


def test_a_change_whose_outcome_is_not_known_stays_locked(open_journal, tmp_path):
    """While a keyring may still store a token late no other command changes that account, and this one goes on."""
    journal = open_journal()
    with journal.change(NAME) as change:
        change.note(FIRST)
        change.note(SECOND)
        change.settle(FIRST)
        change.is_uncertain = True
    assert (found(open_journal()), list(journal.cut_off())) == ([], [])
    assert (tmp_path / "journal" / f"{NAME}.changing").read_text() == f"{SECOND}\n"
    with journal.change(NAME) as again:
        again.is_uncertain = False
        assert again is change
    assert found(open_journal()) == [(NAME, [SECOND])]


def test_what_was_given_up_blocks_nobody_longer_than_those_who_did_it(open_journal):
    """A program that goes on after a login that failed can try again: nothing is locked by what it has let go of."""
    journal = open_journal()
    with journal.change(NAME) as change:
        change.note(FIRST)
        change.is_uncertain = True
    del journal, change
    gc.collect()
    assert found(open_journal()) == [(NAME, [FIRST])]


@posix
def test_who_waits_for_another_command_leaves_the_processor_to_it(open_journal, tmp_path, monkeypatch):
    """While another command changes the account it is looked for now and then, and not without a pause."""
    import fcntl

    tries = []

    def flock(*_):
        tries.append(1)
        raise BlockingIOError

    (tmp_path / "journal").mkdir()
    monkeypatch.setattr(fcntl, "flock", flock)
    assert not Change(open_journal(), str(tmp_path / "journal" / "1@N01.changing"), "1@N01", 0.12).is_locked
    assert 2 <= len(tries) <= 4
    tries.clear()
    assert (list(open_journal().cut_off()), len(tries)) == ([], 1)  # what somebody is at is nobody else's to complete


@linux
def test_what_is_noted_survives_a_power_cut(open_journal, tmp_path, synced):
    """The keyring is named on the disk, and not only in the system's memory, before it is touched."""
    change = open_journal().change(NAME)
    change.note(FIRST)
    assert synced == [(str(tmp_path / "journal" / f"{NAME}.changing"), f"{FIRST}\n".encode())]


def test_what_is_no_journal_is_left_alone(open_journal, tmp_path, warnings):
    """Another file or folder among the journals is neither read nor deleted, and no worry."""
    (tmp_path / "journal" / "folder.changing").mkdir(parents=True)
    (tmp_path / "journal" / "notes.txt").write_text(f"{FIRST}\n")
    assert (list(open_journal().cut_off()), warnings) == ([], [])
    assert (tmp_path / "journal" / "notes.txt").exists()


@posix
def test_a_journal_that_is_deleted_at_that_moment_is_made_again(open_journal, tmp_path, monkeypatch):
    """Of two commands the second does not note anything in the file that the first has just deleted."""
    import fcntl

    system_flock, deleted = fcntl.flock, []

    def flock(descriptor, flags):
        system_flock(descriptor, flags)
        if not deleted:
            deleted.append((tmp_path / "journal" / f"{NAME}.changing").unlink())

    monkeypatch.setattr(fcntl, "flock", flock)
    change = open_journal().change(NAME)
    monkeypatch.undo()
    change.note(FIRST)
    change.release()
    assert found(open_journal()) == [(NAME, [FIRST])]


@posix
def test_a_file_system_without_locks_is_gone_on_with(tmp_path, monkeypatch):
    """Where nothing can be locked, as on some network file systems, commands work all the same."""
    import fcntl

    def flock(*_):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", flock)
    with (tmp_path / "file").open("w") as file:
        assert lock(file.fileno())


@posix
def test_a_journal_is_deleted_while_it_is_locked(open_journal, tmp_path, monkeypatch):
    """Nobody can lock the file of a change that has ended just before it is deleted, and note something in it."""
    system_unlink, could_lock = os.unlink, []

    def unlink(path):
        descriptor = os.open(path, os.O_RDWR)
        could_lock.append(lock(descriptor))
        os.close(descriptor)
        system_unlink(path)

    monkeypatch.setattr(os, "unlink", unlink)
    open_journal().change(NAME).close()
    assert (could_lock, list((tmp_path / "journal").iterdir())) == ([False], [])


def test_a_journal_that_cannot_be_written_any_more_is_told_of(open_journal, tmp_path, warnings, monkeypatch):
    """Where the disk is full, the person reads what may be left in the keyring if this command is killed."""

    def ftruncate(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "ftruncate", ftruncate)
    change = open_journal().change(NAME)
    change.note(FIRST)
    change.release()
    path = tmp_path / "journal" / f"{NAME}.changing"
    (warning,) = warnings
    assert warning.startswith(f"Cannot write {path}: {os.strerror(errno.ENOSPC)}. If this command is killed, a token")


@pytest.fixture
def windows(monkeypatch):
    """Locks of a byte as Windows has them, and no deletion of what is open; the bytes that were locked."""
    import fcntl

    system_unlink, starts = os.unlink, set()

    def locking(descriptor, mode, count):
        assert (mode, count) == (2, 1)
        start = os.lseek(descriptor, 0, os.SEEK_CUR)
        starts.add(start)
        fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, start, count, 0))

    def unlink(path):
        for each in os.listdir("/proc/self/fd"):
            if os.path.realpath(f"/proc/self/fd/{each}") == os.path.realpath(path):
                raise PermissionError(13, "used by another process")
        system_unlink(path)

    monkeypatch.setattr(os, "unlink", unlink)
    monkeypatch.setitem(sys.modules, "msvcrt", types.SimpleNamespace(locking=locking, LK_NBLCK=2))
    monkeypatch.setattr(sys, "platform", "win32")
    return starts


@linux
def test_windows_deletes_the_journal_of_a_change_that_was_completed(windows, open_journal, tmp_path):
    """On Windows, where nothing that is open can be deleted, no journal is left behind either."""
    open_journal().change(NAME).close()
    assert list((tmp_path / "journal").iterdir()) == []


@linux
def test_windows_locks_a_byte_that_nobody_reads(windows, tmp_path):
    """On Windows, where nobody may read what is locked, the journal can be read beside its lock, from its beginning."""
    (tmp_path / "file").write_bytes(b"content")
    first, second = (os.open(tmp_path / "file", os.O_RDWR) for _ in range(2))
    assert (lock(first), lock(second)) == (True, False)
    assert os.read(first, 100) == b"content"
    assert min(windows) > len(b"content")
    os.close(first)
    assert lock(second)
    os.close(second)
