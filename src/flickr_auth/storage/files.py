"""The app folder, private atomic writes and checked reads.

Every folder made on the way is 0700, every file 0600 from its first moment, and a file is either its old or its new
self (`replacement`). On Windows, which has no such modes, the profile of the user protects the folder.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections.abc import Callable, Mapping

from ..errors import Error, NotConfigured, StoreError, UsageError

LONGEST = 64 * 1024
Warn = Callable[[str], None]
StrPath = str | os.PathLike[str]  # as the standard library calls it; a `Path` costs more than reading a file does


class Missing(NotConfigured):
    """There is no such file."""


def app_folder(environ: Mapping[str, str] | None = None) -> str:
    """Where everything of ours lives: FLICKR_AUTH_HOME, else what `click.get_app_dir("flickr-auth")` would say.

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


def own_app_folder(environ: Mapping[str, str]) -> str:
    """Give the app folder, which is the user's own, or root's. Raises `StoreError` if it is somebody else's."""
    folder, me = app_folder(environ), os.geteuid() if sys.platform != "win32" else 0
    try:
        owner = os.stat(folder).st_uid  # 0 on Windows
    except OSError:  # not there yet, or in no folder
        return folder
    if owner in (me, 0) or (me == 0 and str(owner) == environ.get("SUDO_UID")):
        return folder
    from . import obstacles

    raise obstacles.foreign_folder(folder, owner)


def unusual_folder(environ: Mapping[str, str]) -> str:
    """Give the app folder where FLICKR_AUTH_HOME names another one than the usual, else nothing."""
    folder = os.path.realpath(app_folder(environ))
    try:
        return "" if folder == os.path.realpath(app_folder({**environ, "FLICKR_AUTH_HOME": ""})) else folder
    except (NotConfigured, UsageError):
        return folder


def below_home(path: str) -> str:
    """The path with its `~` expanded. Raises `NotConfigured` if that home folder is not known: never a folder `./~`."""
    expanded = os.path.expanduser(path)
    if expanded.startswith("~"):
        raise NotConfigured(
            f"The home folder of {path} is not known: HOME is not set, or there is no such user.",
            "Set HOME, or set FLICKR_AUTH_HOME to a folder.",
        )
    if path.startswith("~") and not os.path.isabs(expanded):  # another folder in each folder that a command runs in
        raise NotConfigured(
            f"HOME is '{os.path.expanduser('~')}', which is not an absolute path.", "Set HOME to your home folder."
        )
    return expanded


def _absolute(name: str, value: str) -> str:
    """The path in a variable. A relative one would be another folder in each folder that a command runs in."""
    path = below_home(value)
    if not os.path.isabs(path):
        raise UsageError(
            f"{name} is '{value}', which is not an absolute path.", f"Set {name} to one that begins with /"
        )
    return path


def make_folder(folder: StrPath) -> None:
    """Make `folder` and every folder above it that is missing, each of them 0700."""
    from . import replacement

    replacement.make_folder(replacement.target(folder))


def write(path: StrPath, content: bytes) -> None:
    """Put `content` at `path`, 0600, all or nothing. A symlink stays, and its target is what is written.

    What a killed run left beside it goes. Raises `StoreError`, with the old content still in place.
    """
    from . import replacement, temporary

    replacement.write(path, content)
    temporary.tidy(*os.path.split(replacement.target(path)))


def try_out(path: StrPath, warn: Warn = lambda _: None) -> None:
    """Prove that `write` would work at `path`, without touching what is there.

    `warn` is called if others could read what is written. Raises `StoreError`.
    """
    from . import replacement, temporary

    place = replacement.target(path)
    if not replacement.prove(place):
        folder = os.path.dirname(place)
        warn(f"Other users may be able to read what is in {folder}: it does not keep files private.")
    temporary.tidy(*os.path.split(place))


def remove(path: StrPath, *, with_target: bool = False) -> None:
    """Remove the file at `path` if there is one, or empty it if it is mounted on its own.

    If that is a symlink, the file that it leads to stays, because it may be any, unless the caller knows what is in it
    and says `with_target`. Raises `StoreError`.
    """
    from . import obstacles, replacement

    paths = [os.fspath(path)]
    if with_target and os.path.islink(path) and os.path.isfile(path):
        paths.insert(0, replacement.target(path))
    for each in paths:
        try:
            os.unlink(each)
        except FileNotFoundError:
            continue
        except OSError as failure:
            if failure.errno != errno.EBUSY:
                raise obstacles.cannot("delete", each, failure) from failure
            write(each, b"")
        replacement.sync_folder(os.path.dirname(each))


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
    except FileNotFoundError:
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


def names(folder: StrPath, error: type[NotConfigured] = NotConfigured) -> list[str]:
    """The names in a folder of ours, sorted; none if it is not there yet. Raises `error` and `StoreError`."""
    try:
        return sorted(os.listdir(folder))
    except FileNotFoundError:
        return []
    except OSError as failure:
        from . import obstacles

        locked = obstacles.locked_folder("read", os.path.join(folder, ""))
        raise locked or error(f"{folder} cannot be read: {failure.strerror}.") from failure


def _unreadable(path: StrPath, failure: OSError, error: type[Error], hint: str, *, named: bool) -> Error:
    """The error for a file that cannot be opened.

    A folder in the way is a failure of the store, its owner named; so is a file that we may not read, unless somebody
    named it.
    """
    from . import obstacles

    if sys.platform == "win32":
        hint = hint or "On Windows a folder looks like this, too."
    if not isinstance(failure, PermissionError):
        return error(f"{path} cannot be read: {failure.strerror}.", hint)
    error = error if named or sys.platform == "win32" else StoreError
    reason, fix = obstacles.owner(os.fspath(path)) or (f"{failure.strerror}.", hint)
    return obstacles.locked_folder("read", os.fspath(path)) or error(f"{path} cannot be read: {reason}", fix)


def _check_mode(path: StrPath, status: os.stat_result, warn: Warn) -> None:
    """Warn of a file that somebody else can read or change. Root can do that anywhere, and mounts secrets."""
    mode = status.st_mode
    if sys.platform == "win32" or not stat.S_ISREG(mode):
        return
    is_ours = status.st_uid == os.geteuid()
    if not mode & (0o077 if is_ours else 0o022) and (is_ours or status.st_uid == 0):
        return
    import shlex

    from . import obstacles

    danger = "can be changed by other users" if mode & 0o022 else "is readable by other users"
    if is_ours:
        warn(f"{path} {danger}. Fix: chmod 600 {shlex.quote(os.fspath(path))}")
    elif status.st_uid == 0:
        warn(f"{path} {danger}, so what it holds may not be yours.")
    else:
        warn(f"{path} belongs to {obstacles.user(status.st_uid)}, so what it holds may not be yours.")
