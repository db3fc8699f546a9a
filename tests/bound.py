"""What binds a process: modes of files (they do not bind root), and the rights of another user."""

import contextlib
import ctypes
import importlib
import os
import pathlib
import pkgutil
import sys
import tempfile

import pytest

from flickr_auth import storage

NOBODY = 65534
_IS_LINUX = sys.platform == "linux"  # looked at once: some tests call this system Windows for a while
_VERSION = 0x20080522  # of how the kernel writes down a thread's rights: capget(2)
_PASSES_MODES = 1 << 1 | 1 << 2  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH


@contextlib.contextmanager
def modes_bind():
    """The modes of files bind this thread, and those that it starts: root lays the right to pass them by aside.

    Unlike another user, root still reads the program itself, wherever it is and whichever part a command imports next.
    """
    if os.geteuid() != 0:
        yield
        return
    if not _IS_LINUX:
        pytest.skip("only Linux lets root lay aside the right to pass modes by")
    before = _capabilities()
    less = _capabilities()
    less[0] &= ~_PASSES_MODES  # of the first 32 bits: effective, permitted, inheritable; then of the others
    _set_capabilities(less)
    try:
        yield
    finally:
        _set_capabilities(before)


def _capabilities():
    held = (ctypes.c_uint32 * 6)()
    assert ctypes.CDLL(None, use_errno=True).capget((ctypes.c_uint32 * 2)(_VERSION, 0), held) == 0, ctypes.get_errno()
    return held


def _set_capabilities(held):
    assert ctypes.CDLL(None, use_errno=True).capset((ctypes.c_uint32 * 2)(_VERSION, 0), held) == 0, ctypes.get_errno()


@contextlib.contextmanager
def as_nobody():
    """Act as another user, as only root can.

    What `storage` may import meanwhile is imported before: the program, and Python, may be where that user cannot go.
    """
    for module in pkgutil.iter_modules(storage.__path__, f"{storage.__name__}."):
        importlib.import_module(module.name)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def folder_for_all():
    """A new folder to which each user can find the way; the test is skipped if this machine lets nobody have one."""
    for place in (tempfile.gettempdir(), "/tmp", "/var/tmp", "/dev/shm"):  # noqa: S108  # it is a new one below these
        path = pathlib.Path(os.path.realpath(place))
        if path.is_dir() and all(each.stat().st_mode & 0o001 for each in (path, *path.parents)):
            return pathlib.Path(tempfile.mkdtemp(dir=path))
    pytest.skip("each folder for temporary files is closed to other users")
