"""The app folder, private atomic writes and checked reads.

Every folder made on the way is 0700, every file 0600 from its first moment, and a file is either its old or its new
self: a temporary file beside it, fsync, `os.replace`, fsync of the folder. On Windows, which has no such modes, the
user's profile protects the folder.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from .errors import NotConfigured, StoreError

LONGEST = 64 * 1024
Warn = Callable[[str], None]


class Missing(NotConfigured):
    """There is no such file."""


def app_folder(environ: Mapping[str, str] | None = None) -> Path:
    """Where everything of ours lives: FLICKR_AUTH_HOME, else what `click.get_app_dir("flickr-auth")` would say."""
    environ = os.environ if environ is None else environ
    named = environ.get("FLICKR_AUTH_HOME")
    if named:
        return Path(named).expanduser()
    if sys.platform == "win32":
        return Path(environ.get("APPDATA") or "~").expanduser() / "flickr-auth"
    if sys.platform == "darwin":
        return Path("~/Library/Application Support/flickr-auth").expanduser()
    return Path(environ.get("XDG_CONFIG_HOME") or "~/.config").expanduser() / "flickr-auth"


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


def write(path: Path, content: bytes) -> None:
    """Put `content` at `path`, 0600, all or nothing. A symlink stays, and its target is what is written.

    Raises `StoreError`, with the old content still in place.
    """
    path = Path(os.path.realpath(path))
    make_folder(path.parent)
    temporary = path.with_name(f".{path.name[:100]}.{os.urandom(6).hex()}.tmp")
    try:
        try:
            _write_new(temporary, content)
            os.replace(temporary, path)
        except BaseException:
            with contextlib.suppress(OSError):
                temporary.unlink()
            raise
    except OSError as failure:
        if failure.errno == errno.EBUSY and path.is_file():
            _write_over(path, content)  # bind-mounted on its own, as containers do: it can only be written through
            return
        raise _cannot("write", path, failure) from failure
    _sync_folder(path.parent)


def try_out(path: Path) -> None:
    """Prove that `write` would work at `path`, without touching what is there. Raises `StoreError`."""
    path = Path(os.path.realpath(path))
    if path.is_dir():
        raise StoreError(f"{path} is a folder, not a file.", "Name a file in it.")
    probe = path.with_name(f".{path.name[:100]}.{os.urandom(6).hex()}.try")
    write(probe, b"try")
    remove(probe)


def remove(path: Path) -> bool:
    """Remove the file at `path`; False where there is none."""
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    except OSError as failure:
        raise _cannot("remove", path, failure) from failure
    _sync_folder(path.parent)
    return True


def read(path: Path, warn: Warn, *, named: bool = False, longest: int = LONGEST) -> bytes:
    """The content of the file at `path`, at most `longest` bytes.

    `named` says that a person gave this path, so that it may be a pipe or a mounted secret. Where the file is ours and
    others can read it, `warn` is told the chmod that mends it. Raises `Missing` where there is none, `NotConfigured`
    for what is no file, is too long, or cannot be read.
    """
    try:
        # A pipe that nobody writes to would hang the open: it is waited for only where somebody asked for it.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | (0 if named else _NONBLOCK) | _BINARY)
    except FileNotFoundError:
        raise Missing(f"There is no file {path}.") from None
    except IsADirectoryError:
        raise NotConfigured(f"{path} is a folder, not a file.") from None
    except OSError as failure:
        hint = "On Windows a folder looks like this, too." if sys.platform == "win32" else ""
        raise NotConfigured(f"{path} cannot be read: {failure.strerror}.", hint) from failure
    try:
        status = os.fstat(descriptor)
        if stat.S_ISDIR(status.st_mode):
            raise NotConfigured(f"{path} is a folder, not a file.")
        if not stat.S_ISREG(status.st_mode) and not named:
            raise NotConfigured(f"{path} is not a regular file.")
        _check_mode(path, status, warn)
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            content = file.read(longest + 1)
    except OSError as failure:
        raise NotConfigured(f"{path} cannot be read: {failure.strerror}.") from failure
    finally:
        os.close(descriptor)
    if len(content) > longest:
        raise NotConfigured(f"{path} is too long: more than {longest:,} bytes.")
    return content


_NONBLOCK = getattr(os, "O_NONBLOCK", 0)
_BINARY = getattr(os, "O_BINARY", 0)


def _check_mode(path: Path, status: os.stat_result, warn: Warn) -> None:
    if sys.platform == "win32" or not stat.S_ISREG(status.st_mode) or status.st_uid != os.geteuid():
        return
    if status.st_mode & 0o077:
        import shlex

        warn(f"Others on this machine can read {path}. To mend it: chmod 600 {shlex.quote(str(path))}")


def _write_new(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0) | _BINARY, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(descriptor)


def _write_over(path: Path, content: bytes) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | _BINARY)
        with os.fdopen(descriptor, "wb") as file:
            if sys.platform != "win32":
                os.fchmod(descriptor, 0o600)
            file.write(content)
            file.truncate()
            file.flush()
            os.fsync(descriptor)
    except OSError as failure:
        raise _cannot("write", path, failure) from failure


def _sync_folder(folder: Path) -> None:
    """Make a rename last through a power cut, where the system can (Windows and some mounts cannot)."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _cannot(verb: str, path: Path, failure: OSError) -> StoreError:
    return StoreError(
        f"Cannot {verb} {path}: {failure.strerror or type(failure).__name__}.", _ADVICE.get(failure.errno or 0, "")
    )


_ADVICE = {
    errno.ENOSPC: "The disk is full: make room and try again.",
    errno.EDQUOT if hasattr(errno, "EDQUOT") else -1: "Your quota is used up: make room and try again.",
    errno.EROFS: "That file system is read-only: choose another place with FLICKR_AUTH_HOME or --token-file.",
    errno.EACCES: "You may not write there: choose another place with FLICKR_AUTH_HOME or --token-file.",
    errno.EPERM: "You may not write there: choose another place with FLICKR_AUTH_HOME or --token-file.",
}
