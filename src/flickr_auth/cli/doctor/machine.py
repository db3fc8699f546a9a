"""This machine: versions, variables, and the app folder. Nothing here contacts anybody."""

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
from ...version import __version__
from ..exits import ExitCode
from .finding import FAIL, Finding, passed, warning

_NEEDED = ("click", "requests", "requests-oauthlib", "oauthlib", "keyring")
_LISTED = 10
_BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")  # the first that is set counts, as requests has it
_FOLDERS = ("accounts", "journal", "pending")  # below the app folder
_HAS_MODES = sys.platform != "win32"
_ELSEWHERE = "Set FLICKR_AUTH_HOME to a folder that you can write to."


def versions() -> Iterator[Finding]:
    """The versions of this program, Python, the system and the packages."""
    import platform

    found = {name: _version(name) for name in (*_NEEDED, "segno")}
    packages = ", ".join(f"{name} {version}" if version else f"no {name}" for name, version in found.items())
    python = f"{platform.python_implementation()} {platform.python_version()}"
    text = f"flickr-auth {__version__}, {python}, {platform.platform()}, {packages}"
    if all(found[name] for name in _NEEDED):
        yield passed("versions", text)
    else:
        yield Finding("versions", FAIL, text, "Fix: install flickr-auth again.", ExitCode.FAILED)


def _version(name: str) -> str | None:
    from importlib import metadata

    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def variables(environ: Mapping[str, str]) -> Iterator[Finding]:
    """Which of Flickr's variables are set, by name alone."""
    names = sorted(name for name, value in environ.items() if name.startswith("FLICKR") and value)
    yield passed("variables", ", ".join(names) or "no FLICKR variable is set")


def folder(environ: Mapping[str, str]) -> Iterator[Finding]:
    """The app folder: whether it can be written, who can read it, and what was left behind in it."""
    home = Path(files.app_folder(environ))
    if not os.path.lexists(home):
        yield _not_there_yet(home)
        return
    problems: list[str] = []
    fixes: list[str] = []
    below = [home / name for name in _FOLDERS]
    folders = [each for each in (home, *below) if os.path.lexists(each)]
    for each in folders:
        files.try_out(each / "try", problems.append)
    if problems:
        fixes.append(_ELSEWHERE)
    loose_folders = [each for each in folders if _is_loose(each)]
    loose_files = [each for each in _private_files(environ, home) if _is_loose(each)]
    if loose_folders or loose_files:
        names = _listed([f"{each} ({mode(each)})" for each in loose_folders + loose_files])
        problems.append(f"other users can read {names}")
    left = [Path(each) for folder in folders for each in temporary.leftovers(folder)]
    if left:
        problems.append(f"a write was cut off and left {_listed(list(map(str, left)))}")
    commands = [_command("chmod 700", loose_folders), _command("chmod 600", loose_files), _command("rm", left)]
    if any(commands):
        fixes.insert(0, f"Fix: {' && '.join(filter(None, commands))}")
    if problems:
        yield warning("folder", f"{home} is writable, but {'; '.join(problems)}", " ".join(fixes))
    else:
        private = ", not readable by others" if _HAS_MODES else ", protected by your Windows profile"
        yield passed("folder", f"{home} is writable{private}{_pending(home)}")


def certificates(environ: Mapping[str, str]) -> Iterator[Finding]:
    """The certificates that a variable names, if they cannot be used. Otherwise there is nothing to say."""
    name = next((each for each in _BUNDLES if environ.get(each)), None)
    why = _unusable(Path(environ[name])) if name else ""
    if why:
        advice = f"Set {name} to a file with certificates (PEM), or unset it."
        yield Finding("certificates", FAIL, f"{name} is {environ[name or '']}: {why}", advice, ExitCode.UNREACHABLE)


def _unusable(path: Path) -> str:
    import ssl

    if os.path.isdir(path):
        return ""
    try:
        # Not create_default_context, which also opens what SSLKEYLOGFILE names.
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=str(path))
    except ssl.SSLError:
        return "it holds no certificates"
    except OSError as failure:
        return f"it cannot be read ({failure.strerror})"
    except ValueError:
        return "it is not a valid path"
    return ""


def mode(path: Path) -> str:
    """The mode of a file or folder as chmod takes it; on Windows, which has none, a word."""
    return f"{stat.S_IMODE(path.stat().st_mode):04o}" if _HAS_MODES else "no modes here"


def _not_there_yet(home: Path) -> Finding:
    above = home.parent
    while not os.path.lexists(above) and above != above.parent:
        above = above.parent
    if os.path.isdir(above) and os.access(above, os.W_OK | os.X_OK):
        return passed("folder", f"{home} does not exist yet; the first login creates it")
    return Finding("folder", FAIL, f"{home} cannot be created: you cannot write to {above}", _ELSEWHERE, ExitCode.STORE)


def _pending(home: Path) -> str:
    """How many logins wait for their code, as the end of a sentence."""
    now = time.time()
    names = [each for each in _entries(home / "pending") if re.fullmatch(r"[0-9a-f]{8}\.json", each.name)]
    waiting = sum(now - each.lstat().st_mtime < LONGEST_WAIT for each in names)
    return {0: "", 1: "; 1 pending login"}.get(waiting, f"; {waiting} pending logins")


def _private_files(environ: Mapping[str, str], home: Path) -> list[Path]:
    """The files with keys and tokens in them, as far as they are known here."""
    named = [Path(environ[name]) for name in ("FLICKR_APIKEYS", "FLICKR_TOKEN_FILE") if environ.get(name)]
    own = [home / name for name in ("apikeys", "default", "backends")]
    below = [each for folder in _FOLDERS for each in _entries(home / folder)]
    return list(dict.fromkeys([*named, Path("apikeys"), *own, *below]))


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except FileNotFoundError:
        return []
    except OSError as failure:
        raise StoreError(f"Cannot read {folder}: {failure.strerror}.", _ELSEWHERE) from failure


def _is_loose(path: Path) -> bool:
    """Whether it is ours, and others can read it."""
    if sys.platform == "win32":
        return False
    try:
        status = path.stat()
    except (OSError, ValueError):
        return False  # not there, or not to be read by us: other checks say so
    is_file_or_folder = stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)
    return status.st_uid == os.geteuid() and is_file_or_folder and bool(status.st_mode & 0o077)


def _command(program: str, paths: list[Path]) -> str:
    """A line for a shell, empty where there is no path."""
    return " ".join([program, *map(_quoted, paths[:_LISTED])]) if paths else ""


def _quoted(path: Path) -> str:
    """The path for a shell. In the home folder it begins with ~, which must not be quoted."""
    try:
        return f"~/{shlex.quote(str(path.relative_to(Path.home())))}"
    except (ValueError, RuntimeError):
        return shlex.quote(str(path)) if not str(path).startswith("-") else shlex.quote(f"./{path}")


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return ", ".join(names[:_LISTED]) + more
