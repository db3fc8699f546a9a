"""The files of this program: whether they can be written, who can read them, and what was left behind."""

from __future__ import annotations

import os
import re
import shlex
import stat
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from ...errors import StoreError
from ...storage import files, temporary
from ...storage.pending import LONGEST_WAIT
from ..exits import ExitCode
from .finding import FAIL, PASS, SKIPPED, WARNING, Finding

_LISTED = 10
_MODES = sys.platform != "win32"


class Files:
    """The app folder and what is in it, and the files that variables name."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def folder(self) -> Iterator[Finding]:
        """Where the app folder is, its mode, and whether it can be written now."""
        home = Path(files.app_folder(self._environ))
        if not os.path.lexists(home):
            yield _not_there_yet(home)
            return
        warnings: list[str] = []
        for folder in self._folders():
            files.try_out(folder / "try", warnings.append)
        told = f"{home} ({mode(home)}) can be written."
        if warnings:
            advice = "Choose another place with FLICKR_AUTH_HOME."
            yield Finding("folder", WARNING, f"{told} {' '.join(warnings)}", advice)
        else:
            yield Finding("folder", PASS, told)

    def loose(self) -> Iterator[Finding]:
        """What others on this machine can read, and the chmod that mends it."""
        if not _MODES:
            yield Finding("loose-files", SKIPPED, "Windows has no such modes; your profile folder protects the files.")
            return
        folders = [each for each in self._folders() if _is_loose(each)]
        files = [each for each in self._files() if _is_loose(each)]
        if not folders and not files:
            yield Finding("loose-files", PASS, "None: nobody else can read the keys and tokens here.")
            return
        told = ", ".join(f"{each} ({mode(each)})" for each in (folders + files)[:_LISTED])
        commands = [_command("chmod 700", folders), _command("chmod 600", files)]
        advice = f"To mend it: {' && '.join(filter(None, commands))}"
        yield Finding("loose-files", WARNING, f"Others can get at {told}{_more(folders + files)}.", advice)

    def leftovers(self) -> Iterator[Finding]:
        """Temporary files of writes that were cut off; a secret may be in them."""
        old = [Path(path) for folder in self._folders() for path in temporary.leftovers(folder)]
        if not old:
            yield Finding("leftovers", PASS, "None.")
            return
        told = ", ".join(map(str, old[:_LISTED])) + _more(old)
        yield Finding("leftovers", WARNING, f"A write was cut off: {told}.", f"To mend it: {_command('rm', old)}")

    def pending(self) -> Iterator[Finding]:
        """How many logins wait for their code."""
        now = time.time()
        folder = Path(files.app_folder(self._environ), "pending")
        ages = [
            now - each.lstat().st_mtime for each in _entries(folder) if re.fullmatch(r"[0-9a-f]{8}\.json", each.name)
        ]
        waiting = sum(age < LONGEST_WAIT for age in ages)
        told = {0: "No login waits", 1: "1 login waits"}.get(waiting, f"{waiting} logins wait")
        yield Finding("pending", PASS, f"{told} for login --finish.")

    def _folders(self) -> list[Path]:
        home = Path(files.app_folder(self._environ))
        return [each for each in (home, home / "accounts", home / "pending") if os.path.lexists(each)]

    def _files(self) -> list[Path]:
        home = Path(files.app_folder(self._environ))
        named = [
            Path(self._environ[name]) for name in ("FLICKR_APIKEYS", "FLICKR_TOKEN_FILE") if self._environ.get(name)
        ]
        below = [each for folder in ("accounts", "pending") for each in _entries(home / folder)]
        return list(dict.fromkeys([*named, Path("apikeys"), home / "apikeys", home / "default", *below]))


def mode(path: Path) -> str:
    """The mode of a file or folder as chmod takes it; on Windows, which has none, a word."""
    return f"{stat.S_IMODE(path.stat().st_mode):04o}" if _MODES else "no modes here"


def _not_there_yet(home: Path) -> Finding:
    above = home.parent
    while not os.path.lexists(above) and above != above.parent:
        above = above.parent
    if above.is_dir() and os.access(above, os.W_OK | os.X_OK):
        return Finding("folder", PASS, f"{home} is not there yet; the first login makes it.")
    advice = "Choose another place with FLICKR_AUTH_HOME."
    return Finding("folder", FAIL, f"{home} cannot be made: {above} cannot be written.", advice, ExitCode.STORE)


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except FileNotFoundError:
        return []
    except OSError as failure:
        raise StoreError(f"{folder} cannot be read: {failure.strerror}.") from failure


def _is_loose(path: Path) -> bool:
    """Whether it is ours, and others can read it."""
    try:
        status = path.stat()
    except OSError:
        return False  # not there, or not to be read by us: other checks say so
    is_ours = sys.platform == "win32" or status.st_uid == os.geteuid()
    is_file_or_folder = stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)
    return is_ours and is_file_or_folder and bool(status.st_mode & 0o077)


def _command(program: str, paths: list[Path]) -> str:
    """A line for a shell, empty where there is no path."""
    return " ".join([program, *map(_quoted, paths[:_LISTED])]) if paths else ""


def _quoted(path: Path) -> str:
    """The path for a shell. In the home folder it begins with ~, which must not be quoted."""
    try:
        return f"~/{shlex.quote(str(path.relative_to(Path.home())))}"
    except (ValueError, RuntimeError):
        return shlex.quote(str(path)) if not str(path).startswith("-") else shlex.quote(f"./{path}")


def _more(paths: list[Path]) -> str:
    return f" and {len(paths) - _LISTED} more" if len(paths) > _LISTED else ""
