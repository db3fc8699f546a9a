"""Why a file cannot be read or written: the folder in the way, who owns it, and the command that fixes it."""

from __future__ import annotations

import errno
import os
import shlex
import sys

from ..errors import StoreError

_DENIED = (errno.EACCES, errno.EPERM)
ELSEWHERE = "Set FLICKR_AUTH_HOME to another folder, or use --token-file."


def cannot(verb: str, path: str, failure: OSError) -> StoreError:
    """The error for what the system refused to do with the file at `path`."""
    return (failure.errno in _DENIED and locked_folder(verb, path)) or StoreError(
        f"Cannot {verb} {path}: {failure.strerror or type(failure).__name__}.", _ADVICE.get(failure.errno or 0, "")
    )


def locked_folder(verb: str, path: str) -> StoreError | None:
    """The error that names the folder above `path` which we may not use, None if there is no such folder.

    After one `sudo flickr-auth login` that is the app folder, which belongs to root then.
    """
    if sys.platform == "win32":
        return None
    folder = _locked(os.path.dirname(os.path.abspath(path)), to_write=verb != "read")
    if folder is None:
        return None
    uid = os.stat(folder).st_uid
    if uid == os.geteuid():
        return StoreError(
            f"Cannot {verb} {path}: you have no permission to use the folder {folder}.", f"Fix: chmod 700 {_q(folder)}"
        )
    fix = f"Fix: sudo chown -R {_q(user(os.geteuid()))} {_q(folder)}" if _is_ours(folder) else ELSEWHERE
    return StoreError(f"Cannot {verb} {path}: the folder {folder} belongs to {user(uid)}.", fix)


def foreign_folder(folder: str, uid: int) -> StoreError:
    """Make the error for an app folder that belongs to another user, who could make us read or write anything."""
    me = os.geteuid()
    return StoreError(
        f"The app folder {folder} belongs to {user(uid)}, so it was not used.",
        f"Fix: {'sudo ' if me else ''}chown -R {_q(user(me))} {_q(folder)}",
    )


def owner(path: str) -> tuple[str, str] | None:
    """Whose a file is, as the end of a sentence, and the command that fixes that; None if it is ours or unknown."""
    try:
        uid = os.stat(path).st_uid
    except (OSError, ValueError):
        return None
    if sys.platform == "win32" or uid == os.geteuid():
        return None
    fix = f"Fix: sudo chown {_q(user(os.geteuid()))} {_q(path)}" if _is_ours(os.path.dirname(path)) else ""
    return f"it belongs to {user(uid)}.", fix


def user(uid: int) -> str:
    """The name of a user, the number if there is none."""
    if sys.platform == "win32":
        return str(uid)
    import pwd

    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _locked(folder: str, *, to_write: bool) -> str | None:
    """The first folder on the way to `folder`, from the root, that may not be entered, or the last, if not written."""
    last, parents = os.path.sep, [folder]
    while os.path.dirname(parents[-1]) != parents[-1]:
        parents.append(os.path.dirname(parents[-1]))
    for each in reversed(parents):
        if not os.path.isdir(each):  # not there yet, or no folder, which the system's own words say
            break
        if not _may(each, os.X_OK):
            return each
        last = each
    return last if to_write and not _may(last, os.W_OK) else None


def _may(folder: str, mode: int) -> bool:
    """Whether we may do that with a folder, as the user that this process acts as."""
    return os.access(folder, mode, effective_ids=os.access in os.supports_effective_ids)


def _is_ours(folder: str) -> bool:
    """Whether the folder is one that the user ought to own: below the home folder, or the app folder elsewhere."""
    real = os.path.realpath(folder)
    home = os.path.realpath(os.path.expanduser("~"))
    return real.startswith(home.rstrip("/") + "/") or real == os.path.realpath(os.environ.get("FLICKR_AUTH_HOME", "/"))


def _q(text: str) -> str:
    return shlex.quote(text)


_ADVICE = {
    errno.EFBIG: "Fix: raise the file size limit (ulimit -f), then try again.",
    errno.EIO: "Fix: check the disk.",
    errno.EMFILE: "Fix: close some programs, or raise the limit of open files (ulimit -n).",
    errno.ENAMETOOLONG: ELSEWHERE,
    errno.ENOSPC: "Fix: free some disk space, then try again.",
    errno.EDQUOT if hasattr(errno, "EDQUOT") else -1: "Fix: free some disk space, then try again.",
    errno.EROFS: ELSEWHERE,
    errno.EACCES: ELSEWHERE,
    errno.EPERM: ELSEWHERE,
}
