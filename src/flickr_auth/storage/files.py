"""The app folder, private atomic writes and checked reads.

Every folder made on the way is 0700, every file 0600 from its first moment, and a file is either its old or its new
self: a temporary file beside it, fsync, `os.replace`, fsync of the folder. A run that was killed leaves the temporary
file behind, as private as the other, and the next one tidies up. On Windows, which has no such modes, the profile of
the user protects the folder.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import stat
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from ..errors import NotConfigured, StoreError

if TYPE_CHECKING:
    from pathlib import Path


LONGEST = 64 * 1024
Warn = Callable[[str], None]
StrPath = str | os.PathLike[str]  # as the standard library calls it; a `Path` costs more than reading a file does


class Missing(NotConfigured):
    """There is no such file."""


def app_folder(environ: Mapping[str, str] | None = None) -> str:
    """Where everything of ours lives: FLICKR_AUTH_HOME, else what `click.get_app_dir("flickr-auth")` would say.

    Raises `NotConfigured` where that is in the home of somebody whom this machine does not know.
    """
    environ = os.environ if environ is None else environ
    named = environ.get("FLICKR_AUTH_HOME")
    if named:
        return _below_home(named)
    if sys.platform == "win32":
        above = environ.get("APPDATA") or "~"
    elif sys.platform == "darwin":
        above = "~/Library/Application Support"
    else:
        above = environ.get("XDG_CONFIG_HOME") or "~/.config"
    return os.path.join(_below_home(above), "flickr-auth")


def _below_home(path: str) -> str:
    expanded = os.path.expanduser(path)
    if expanded.startswith("~"):
        raise NotConfigured(f"{path} is in a home folder that is not known here.", "Name a folder in FLICKR_AUTH_HOME.")
    return expanded


def make_folder(folder: Path) -> None:
    """Make `folder` and every folder above it that is missing, each of them 0700."""
    if folder.is_dir():
        return
    if folder.parent != folder:
        make_folder(folder.parent)
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        if not folder.is_dir():
            raise StoreError(f"{folder} is in the way: it is not a folder.", "Move it away.") from None
    except OSError as failure:
        raise _cannot("make the folder", folder, failure) from failure


def write(path: StrPath, content: bytes) -> None:
    """Put `content` at `path`, 0600, all or nothing. A symlink stays, and its target is what is written.

    What a killed run left beside it goes. Raises `StoreError`, with the old content still in place.
    """
    path = _target(path)
    try:
        try:
            _write_beside(path, content)
        except FileNotFoundError:
            # The folder was removed meanwhile; or a machine that shares it took our temporary file for a leftover.
            _write_beside(path, content)
    except OSError as failure:
        if failure.errno == errno.EBUSY and path.is_file():
            _write_over(path, content)  # bind-mounted on its own, as containers do: it can only be written through
            return
        raise _cannot("write", path, failure) from failure
    from . import temporary

    _sync_folder(path.parent)
    temporary.tidy(path.parent, path.name)


def try_out(path: StrPath, warn: Warn = lambda _: None) -> None:
    """Prove that `write` would work at `path`, without touching what is there.

    `warn` is told where others could read what is written. Raises `StoreError`.
    """
    path = _target(path)
    if path.is_dir():
        raise StoreError(f"{path} is a folder, not a file.", "Name a file in it.")
    from . import temporary

    probe = temporary.beside(path)
    write(probe, b"try")
    _check_private(probe, warn)
    remove(probe)


def remove(path: StrPath) -> bool:
    """Remove the file at `path`; False where there is none."""
    try:
        os.unlink(path)
    except FileNotFoundError:
        return False
    except OSError as failure:
        raise _cannot("remove", path, failure) from failure
    _sync_folder(os.path.dirname(path) or ".")
    return True


def read(
    path: StrPath,
    warn: Warn,
    *,
    named: bool = False,
    longest: int = LONGEST,
    error: type[NotConfigured] = NotConfigured,
    hint: str = "",
) -> bytes:
    """The content of the file at `path`, at most `longest` bytes.

    `named` says that a person gave this path, so that it may be a pipe or a mounted secret. Where the file is ours and
    others can read it, `warn` gets the chmod that fixes it. Raises `Missing` if there is none, and `error` with
    `hint` for what is no file, is too long, or cannot be read.
    """
    try:
        # A pipe that nobody writes to would hang the open: it is waited for only where somebody asked for it.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | (0 if named else _NONBLOCK) | _BINARY)
    except FileNotFoundError:
        raise Missing(f"There is no file {path}.") from None
    except IsADirectoryError:
        raise error(f"{path} is a folder, not a file.", hint) from None
    except OSError as failure:
        on_windows = "On Windows a folder looks like this, too." if sys.platform == "win32" else ""
        raise error(f"{path} cannot be read: {failure.strerror}.", hint or on_windows) from failure
    try:
        status = os.fstat(descriptor)
        if stat.S_ISDIR(status.st_mode):
            raise error(f"{path} is a folder, not a file.", hint)
        if not stat.S_ISREG(status.st_mode) and not named:
            raise error(f"{path} is not a regular file.", hint)
        _check_mode(path, status, warn)
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            content = file.read(longest + 1)
    except OSError as failure:
        raise error(f"{path} cannot be read: {failure.strerror}.", hint) from failure
    finally:
        os.close(descriptor)
    if len(content) > longest:
        raise error(f"{path} is too long: more than {longest:,} bytes.", hint)
    return content


_NONBLOCK = getattr(os, "O_NONBLOCK", 0)
_BINARY = getattr(os, "O_BINARY", 0)


def _check_mode(path: StrPath, status: os.stat_result, warn: Warn) -> None:
    if sys.platform == "win32" or not stat.S_ISREG(status.st_mode) or status.st_uid != os.geteuid():
        return
    if status.st_mode & 0o077:
        import shlex

        warn(f"Others on this machine can read {path}. To mend it: chmod 600 {shlex.quote(str(path))}")


def _target(path: StrPath) -> Path:
    """The file that is written: where `path` is a symlink, what it points to."""
    from pathlib import Path

    return Path(os.path.realpath(path))


def _check_private(path: Path, warn: Warn) -> None:
    """Say so where a new file is open to others although it was made 0600: USB sticks, some network shares."""
    with contextlib.suppress(OSError):
        if sys.platform != "win32" and path.stat().st_mode & 0o077:
            warn(f"Others on this machine may read what is kept in {path.parent}: it does not keep files private.")


def _write_beside(path: Path, content: bytes) -> None:
    from . import temporary

    make_folder(path.parent)
    unfinished = temporary.beside(path)
    try:
        _write_new(unfinished, content)
        os.replace(unfinished, path)
    except BaseException:
        with contextlib.suppress(OSError):
            unfinished.unlink()
        raise


def _write_new(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0) | _BINARY, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(descriptor)


def _write_over(path: Path, content: bytes) -> None:
    """Write into the file that is there: in one go, and what it held comes back where that fails."""
    try:
        before = path.read_bytes()
        with path.open("r+b", buffering=0) as file:
            if sys.platform != "win32":
                os.fchmod(file.fileno(), 0o600)
            try:
                # Whoever is killed before the rest is cut off leaves empty lines, which no reader of ours minds.
                _write_all(file, content.ljust(len(before), b"\n"))
                file.truncate(len(content))
                os.fsync(file.fileno())
            except OSError:
                _write_all(file, before)
                file.truncate(len(before))
                raise
    except OSError as failure:
        raise _cannot("write", path, failure) from failure


def _write_all(file: io.FileIO, content: bytes) -> None:
    file.seek(0)
    if file.write(content) != len(content):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _sync_folder(folder: StrPath) -> None:
    """Make a rename last through a power cut, where the system can (Windows and some mounts cannot)."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _cannot(verb: str, path: StrPath, failure: OSError) -> StoreError:
    return StoreError(
        f"Cannot {verb} {path}: {failure.strerror or type(failure).__name__}.", _ADVICE.get(failure.errno or 0, "")
    )


_ADVICE = {
    errno.EFBIG: "Files may not become that large here (ulimit -f): allow more and try again.",
    errno.EIO: "The disk, or the way to it, fails: choose another place with FLICKR_AUTH_HOME or --token-file.",
    errno.ENOSPC: "The disk is full: make room and try again.",
    errno.EDQUOT if hasattr(errno, "EDQUOT") else -1: "Your quota is used up: make room and try again.",
    errno.EROFS: "That file system is read-only: choose another place with FLICKR_AUTH_HOME or --token-file.",
    errno.EACCES: "You may not write there: choose another place with FLICKR_AUTH_HOME or --token-file.",
    errno.EPERM: "You may not write there: choose another place with FLICKR_AUTH_HOME or --token-file.",
}
