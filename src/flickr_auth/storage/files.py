"""The app folder, and checked reads. On Windows, which has no modes, the profile of the user protects the folder."""

from __future__ import annotations

import contextlib
import os
import re
import stat
import sys
from collections.abc import Callable, Mapping

from ..errors import Error, NotConfigured, StoreError, UsageError
from .ownership import check_links, check_owner

LONGEST = 64 * 1024
Warn = Callable[[str], None]
StrPath = str | os.PathLike[str]  # as the standard library calls it; a `Path` costs more than reading a file does


class Missing(NotConfigured):
    """There is no such file."""


def app_folder(environ: Mapping[str, str] | None = None) -> str:
    """Find the folder of everything of ours: FLICKR_AUTH_HOME, else what `click.get_app_dir("flickr-auth")` would say.

    Raises `UsageError` for a variable that names no absolute path, `NotConfigured` if no home folder is known.
    """
    environ = os.environ if environ is None else environ
    named = environ.get("FLICKR_AUTH_HOME")
    if named:
        return _absolute("FLICKR_AUTH_HOME", named)
    if sys.platform == "win32":
        above = environ.get("APPDATA") or below_home("~")
    elif sys.platform == "darwin":
        above = below_home("~/Library/Application Support")
    elif environ.get("XDG_CONFIG_HOME"):
        above = _absolute("XDG_CONFIG_HOME", environ["XDG_CONFIG_HOME"])
    else:
        above = below_home("~/.config")
    return os.path.join(above, "flickr-auth")


def in_app_folder(name: str, environ: Mapping[str, str]) -> str | None:
    """Give the path of a file in the app folder; None if no such folder is known, which stops only what needs one."""
    with contextlib.suppress(NotConfigured, UsageError):
        return os.path.join(app_folder(environ), name)
    return None


def own_app_folder(environ: Mapping[str, str], warn: Warn) -> str:
    """Give the app folder, which is the user's own, or root's.

    Raises `StoreError` if it can be no folder, and what `app_folder` and `check_owner` raise.
    """
    folder = app_folder(environ)
    failure, is_folder = None, True
    try:
        is_folder = stat.S_ISDIR(os.stat(folder).st_mode)
    except (FileNotFoundError, PermissionError):  # not there yet, or the reading of what is in it will fail
        pass
    except OSError as each:
        failure, is_folder = each, False
    if not is_folder:
        from . import file_errors

        raise file_errors.no_folder(folder, environ, failure)
    check_owner(folder, warn)
    return folder


def calls_folder(environ: Mapping[str, str]) -> str | None:
    """Give the folder in which calls are counted; None if there is none that is the user's own, which stops nothing."""
    with contextlib.suppress(NotConfigured, UsageError, StoreError):
        return os.path.join(own_app_folder(environ, lambda _: None), "calls")
    return None


def below_home(path: str) -> str:
    """Expand the `~` of a path. Raises `NotConfigured` if that home folder is not known: never a folder `./~`."""
    expanded = os.path.expanduser(path)
    if os.environ.get("HOME") == "" and re.match(r"~(/|$)", path):
        raise NotConfigured("HOME is empty.", "Fix: set HOME to your home folder")  # and not to the root of the disk
    if expanded.startswith("~"):
        raise NotConfigured(
            f"The home folder of {path} is not known: HOME is not set, or there is no such user.",
            "Fix: set HOME, or set FLICKR_AUTH_HOME to a folder",
        )
    if path.startswith("~") and not os.path.isabs(expanded):  # another folder in each folder that a command runs in
        raise NotConfigured(
            f"HOME is '{os.path.expanduser('~')}', which is not an absolute path.", "Fix: set HOME to your home folder"
        )
    return expanded


def _absolute(name: str, value: str) -> str:
    """Check the path in a variable. A relative one would be another folder in each folder that a command runs in."""
    path = below_home(value)
    if not os.path.isabs(path):
        raise UsageError(
            f"{name} is '{value}', which is not an absolute path.", f"Fix: set {name} to one that begins with /"
        )
    return path


def read(
    path: StrPath,
    warn: Warn,
    *,
    named: bool = False,
    longest: int = LONGEST,
    error: type[NotConfigured] = NotConfigured,
    hint: str = "",
) -> bytes:
    """Read the file at `path`, at most `longest` bytes.

    `named` says that a person gave this path, so that it may be a pipe or a mounted secret. If the file is ours and
    others can read it, `warn` gets the chmod that fixes it. Raises `Missing` if there is none, `StoreError` for a file
    or folder in its usual place that we may not use, and `error` with `hint` for what is no file, is too long, or
    cannot be read.
    """
    flags = os.O_RDONLY | getattr(os, "O_BINARY", 0)
    if sys.platform != "win32" and not named:
        flags |= os.O_NONBLOCK  # a pipe that nobody writes to would hang: only one that somebody named is waited for
    try:
        descriptor = os.open(path, flags)
    except (FileNotFoundError, NotADirectoryError):
        raise Missing(f"File not found: {path}") from None
    except IsADirectoryError:
        raise error(f"{path} is a folder, not a file.", hint) from None
    except ValueError:  # a NUL, or half a character
        raise error(f"{os.fspath(path)!a} cannot be the name of a file.") from None
    except OSError as failure:
        raise _unreadable(path, failure, error, hint, named=named) from failure
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


def read_own(
    home: str,
    path: StrPath,
    warn: Warn,
    *,
    longest: int = LONGEST,
    error: type[NotConfigured] = NotConfigured,
    hint: str = "",
) -> bytes:
    """Read a file in the app folder `home`, as `read` does. Raises `StoreError` for what another user put there, too.

    What is there belongs to us, to root, or to the owner of the folder.
    """
    if sys.platform != "win32":
        if os.path.islink(path):  # the folders were looked at when the app folder was
            check_links(path)
        with contextlib.suppress(OSError):
            owner = os.stat(path).st_uid
            if owner not in (os.geteuid(), 0, os.stat(home).st_uid):
                from . import file_errors

                raise file_errors.planted(os.fspath(path), owner)
    return read(path, warn, longest=longest, error=error, hint=hint)


def names(folder: StrPath, error: type[NotConfigured] = NotConfigured) -> list[str]:
    """List the names in a folder of ours, sorted; none if it is not there yet. Raises `error` and `StoreError`."""
    try:
        return sorted(os.listdir(folder))
    except FileNotFoundError:
        return []
    except OSError as failure:
        raise _unreadable(folder, failure, error, "", named=False) from failure


def set_mode(descriptor: int) -> None:
    """Make an open file the user's own, whatever the umask has taken away or left."""
    if sys.platform != "win32":
        with contextlib.suppress(OSError):  # a file system without modes
            os.fchmod(descriptor, 0o600)


def _unreadable(path: StrPath, failure: OSError, error: type[NotConfigured], hint: str, *, named: bool) -> Error:
    """Make the error for a file that cannot be opened: one of ours that we may not read is a failure of the store."""
    from . import file_errors

    if sys.platform == "win32":
        hint = hint or "On Windows a folder looks like this, too."
    elif isinstance(failure, PermissionError):
        reason, fix = file_errors.denied(os.fspath(path), to_read=True) or (failure.strerror, hint)
        app = in_app_folder("", os.environ)
        if app and not fix and os.fspath(path).startswith(app):  # HOME=/root of somebody else, as in containers
            fix = file_errors.elsewhere(os.environ)
        return (error if named else StoreError)(f"{path} cannot be read: {reason}.", fix or hint)
    return error(f"{path} cannot be read: {failure.strerror}.", hint)


def _check_mode(path: StrPath, status: os.stat_result, warn: Warn) -> None:
    """Warn of a file that somebody else can read or change. Root can do that anywhere, and mounts secrets."""
    mode = status.st_mode
    if sys.platform == "win32" or not stat.S_ISREG(mode):
        return
    is_ours = status.st_uid == os.geteuid()
    if mode & (0o077 if is_ours else 0o022) or not (is_ours or status.st_uid == 0):
        from . import file_errors

        warn(file_errors.danger(os.fspath(path), status.st_uid, mode))
