"""Whose folder, whose link: nothing that another user put there is followed, written through or believed."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

FOLDERS = ("accounts", "pending", "calls")  # in the app folder
_MOST_LINKS = 40  # as Linux has it


def check_owner(home: str, warn: Callable[[str], None] = lambda _: None) -> None:
    """Raise `StoreError` for an app folder of somebody else's, who could make us read or write anything.

    Root meets one in a container that has it mounted, and under sudo: there `warn` is called, and no link is followed.
    What is in it belongs to us, to root, or to its owner.
    """
    if sys.platform == "win32":
        return
    trusted = [0, os.geteuid()]
    for folder in (home, *(os.path.join(home, each) for each in FOLDERS)):
        check_links(folder)
        try:
            owner = os.stat(folder).st_uid
        except OSError:  # not there yet
            continue
        if owner not in trusted:
            from . import file_errors

            if trusted[1:] != [0] or folder != home:
                raise file_errors.foreign_folder(folder, owner, trusted[1])
            who = file_errors.user(owner)
            warn(f"The app folder {home} belongs to {who}, who can change what root reads from it.")
            trusted.append(owner)


def check_links(path: str | os.PathLike[str]) -> None:
    """Raise `StoreError` for a link on the way to `path` that another user put there: it leads wherever they like.

    Where only root can put one it is root's, whoever that is in a container: the owner of the top folder.
    """
    if sys.platform == "win32":
        return
    whole = os.fspath(path) if os.path.isabs(path) else os.path.join(os.getcwd(), path)
    place, left, links = os.sep, _reversed(whole), 0
    trusted = (0, os.geteuid())
    while left and links < _MOST_LINKS:
        name = left.pop()
        each = os.path.dirname(place) if name == os.pardir else os.path.join(place, name)
        if not os.path.islink(each):
            place = each
            continue
        if os.lstat(each).st_uid not in trusted:
            folder = os.stat(place)
            if folder.st_mode & 0o022 or folder.st_uid not in (*trusted, os.stat(os.sep).st_uid):
                from . import file_errors

                raise file_errors.foreign_link(each)
        leads_to = os.readlink(each)
        place, links = os.sep if os.path.isabs(leads_to) else place, links + 1
        left += _reversed(leads_to)


def _reversed(path: str) -> list[str]:
    """Split a path into the names on the way, the last one first."""
    return [name for name in reversed(path.split(os.sep)) if name not in ("", os.curdir)]
