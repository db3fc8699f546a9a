"""Failures of files in sentences: the folder or file that belongs to somebody else, and the command that fixes it."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Mapping

from ..errors import StoreError
from ..program import quoted

_FIXES = {
    errno.EFBIG: "Fix: raise the file size limit (ulimit -f), then try again",
    errno.EIO: "Fix: check the disk",
    errno.EMFILE: "Fix: close some programs, or raise the limit of open files (ulimit -n)",
    errno.ENOSPC: "Fix: free some disk space, then try again",
    errno.EDQUOT if hasattr(errno, "EDQUOT") else -1: "Fix: free some disk space, then try again",
}


def cannot(verb: str, path: str, failure: OSError) -> StoreError:
    """Make the error for what the system refused to do with the file at `path`; without a hint if no fix is known."""
    found = denied(path, to_read=verb == "read") if isinstance(failure, PermissionError) else None
    reason = failure.strerror or type(failure).__name__
    reason, fix = found or (reason, _FIXES.get(failure.errno or 0, ""))
    return StoreError(f"Cannot {verb} {path}: {reason}.", fix)


def denied(path: str, *, to_read: bool) -> tuple[str, str] | None:
    """Find what keeps us from the file at `path`, and the command that fixes that; None if that is not known.

    After one `sudo flickr-auth login` the app folder, or a file in it, belongs to root.
    """
    if sys.platform == "win32":
        return None
    culprit = _locked(os.path.dirname(os.path.abspath(path)), to_write=not to_read)
    if culprit is None and to_read and os.path.exists(path):
        culprit = os.path.abspath(path)
    if culprit is None:
        return None
    owner, is_folder = os.stat(culprit).st_uid, os.path.isdir(culprit)
    what = f"the folder {culprit}" if is_folder else "it"
    if owner == os.geteuid():
        fix = f"Fix: chmod {700 if is_folder else 600} {quoted(culprit)}"
        return f"you have no permission to use {what}", fix
    command = "chown -R" if is_folder else "chown"
    fix = f"Fix: sudo {command} {quoted(user(os.geteuid()))} {quoted(culprit)}"
    return f"{what} belongs to {user(owner)}", fix if _is_ours(culprit) else ""


def foreign_folder(folder: str, owner: int, me: int) -> StoreError:
    """Make the error for an app folder that belongs to another user, who could make us read or write anything."""
    command = f"sudo chown -R {quoted(user(me))} {quoted(folder)}"
    return StoreError(
        f"The app folder {folder} belongs to {user(owner)}, so it was not used.",
        f"Fix: set FLICKR_AUTH_HOME to a folder of your own, or if you know all that is in this one, run: {command}",
    )


def foreign_link(link: str) -> StoreError:
    """Make the error for a link that another user put where they can, to lead a token or a read anywhere."""
    who = user(os.lstat(link).st_uid)
    return StoreError(
        f"{link} is a link that belongs to {who}, so it was not followed.",
        "Try: the path that it leads to, or delete the link if you do not know it",
    )


def planted(path: str, owner: int) -> StoreError:
    """Make the error for a file in the app folder that another user has put there."""
    return StoreError(f"{path} belongs to {user(owner)}, so it was not used.", f"Fix: rm {quoted(path)}")


def danger(path: str, owner: int, mode: int) -> str:
    """Say what others can do with a file, which is used all the same."""
    problem = f"{path} {'can be changed' if mode & 0o022 else 'is readable'} by other users"
    if sys.platform != "win32" and owner == os.geteuid():
        return f"{problem}. Fix: chmod 600 {quoted(path)}"
    return f"{problem if owner == 0 else f'{path} belongs to {user(owner)}'}, so what it holds may not be yours."


def no_folder(folder: str, environ: Mapping[str, str], failure: OSError | None) -> StoreError:
    """Make the error for an app folder that is a file, or would be below one, as with HOME=/dev/null."""
    problem = "is not a folder"
    if failure is not None and failure.errno != errno.ENOTDIR:  # a link that leads to itself
        problem = f"cannot be used: {failure.strerror}"
    else:
        while not os.path.lexists(folder):
            folder = os.path.dirname(folder)
    return StoreError(f"{_decides(environ)} leads to {folder}, which {problem}.", elsewhere(environ))


def elsewhere(environ: Mapping[str, str]) -> str:
    """Say how to have the app folder elsewhere, naming the variable that decides where it is."""
    variable = _decides(environ)
    home = "HOME to your home folder, or " if variable == "HOME" else ""
    return f"Fix: set {home}{'FLICKR_AUTH_HOME' if home else variable} to a folder that you can write to"


def _decides(environ: Mapping[str, str]) -> str:
    """Find the variable from which `files.app_folder` makes the app folder."""
    names = {"win32": ("APPDATA",), "darwin": ()}.get(sys.platform, ("XDG_CONFIG_HOME",))
    return next((name for name in ("FLICKR_AUTH_HOME", *names) if environ.get(name)), "HOME")


def user(uid: int) -> str:
    """Find the name of a user; the number if there is none, as in a container."""
    if sys.platform == "win32":
        return str(uid)
    import pwd

    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _locked(folder: str, *, to_write: bool) -> str | None:
    """Find the first folder on the way to `folder` that may not be entered, or the last, if it may not be written."""
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
    """Tell whether we may do that with a folder, as the user that this process acts as."""
    return os.access(folder, mode, effective_ids=os.access in os.supports_effective_ids)


def _is_ours(path: str) -> bool:
    """Tell whether the user ought to own it: it is below the home folder, or in the app folder elsewhere."""
    home, app = os.path.expanduser("~"), os.environ.get("FLICKR_AUTH_HOME")
    real, above = os.path.realpath(path), [os.path.realpath(each) for each in (home, app) if each]
    is_app = bool(app) and real == above[-1] and real.count(os.sep) > 1 and not os.stat(real).st_mode & 0o077  # no /etc
    return is_app or any(real.startswith(each.rstrip("/") + "/") for each in above)
