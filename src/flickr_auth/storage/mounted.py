"""Files that are mounted on their own, as containers do: they cannot be replaced, so they are written through."""

from __future__ import annotations

import errno
import os
import stat

from . import file_errors
from .files import set_mode


def is_mounted(path: str) -> bool:
    """Tell whether the file is a mount of its own, which cannot be replaced."""
    try:
        if not stat.S_ISREG(os.lstat(path).st_mode):
            return False
        with open("/proc/self/mountinfo", "rb") as file:
            mounted = {line.split(b" ")[4] for line in file}
    except (OSError, IndexError):
        return False
    return os.fsencode(path).replace(b"\\", rb"\134").replace(b" ", rb"\040") in mounted


def write_through(path: str, content: bytes) -> None:
    """Write into the file that is there; put back what it held if that fails. Raises `StoreError`."""
    try:
        with open(path, "r+b", buffering=0) as file:
            before = file.read()
            set_mode(file.fileno())
            try:
                _overwrite(file.fileno(), content)
            except OSError:
                _overwrite(file.fileno(), before)
                raise
    except OSError as failure:
        raise file_errors.cannot("write", path, failure) from failure


def _overwrite(descriptor: int, content: bytes) -> None:
    """Write all at once, blank lines over what is longer, so that a kill before ftruncate leaves no mixture."""
    padded = content.ljust(os.fstat(descriptor).st_size, b"\n")
    os.lseek(descriptor, 0, os.SEEK_SET)
    if os.write(descriptor, padded) != len(padded):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    os.ftruncate(descriptor, len(content))
    os.fsync(descriptor)
