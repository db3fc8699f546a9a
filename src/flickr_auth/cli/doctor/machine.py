"""This machine: versions, variables, and the app folder. Nothing here contacts anybody."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from ... import threads
from ...errors import UsageError
from ...storage import files, replacement
from ...version import __version__
from .. import topics
from ..exits import ExitCode
from ..text import quoted
from .finding import FAIL, Finding, passed, warning
from .setup import Setup

_NEEDED = ("click", "requests", "requests-oauthlib", "oauthlib", "keyring", "segno")
_FOLDERS = ("", "accounts", "pending")  # in the app folder
_ELSEWHERE = "Set FLICKR_AUTH_HOME to a folder that you can write to."


def versions(_setup: Setup) -> Iterator[Finding]:
    """The versions of this program, Python, the system and the packages."""
    import platform

    found = {name: _version(name) for name in _NEEDED}
    packages = ", ".join(f"{name} {version}" if version else f"no {name}" for name, version in found.items())
    python = f"{platform.python_implementation()} {platform.python_version()}"
    text = f"flickr-auth {__version__}, {python}, {platform.platform()}, {packages}"
    if all(found.values()):
        yield passed("versions", text)
    else:
        yield Finding("versions", FAIL, text, "Fix: install flickr-auth again.", ExitCode.FAILED)


def _version(name: str) -> str | None:
    from importlib import metadata

    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def variables(setup: Setup) -> Iterator[Finding]:
    """The variables of Flickr's that are set, by name alone, and those that a login would refuse or not know."""
    names = sorted(name for name, value in setup.environ.items() if name.startswith("FLICKR") and value)
    refused, unknown = list(_refused(setup)), list(filter(None, map(_misspelt, names)))
    found = ", ".join(names) or "no FLICKR variable is set"
    if refused:
        found, fix = f"{found}: {' '.join(refused + unknown)}", "Fix: correct or unset it."
        yield Finding("variables", FAIL, found, fix, ExitCode.USAGE)
    elif unknown:
        yield warning("variables", f"{found}: {' '.join(unknown)}", "Fix: correct or unset it.")
    else:
        yield passed("variables", found)


def _misspelt(name: str) -> str:
    import difflib

    known = topics.variables()
    if "_AUTH_" not in name or name in known:
        return ""
    meant = difflib.get_close_matches(name, known, 1, 0.8)
    return f"There is no variable {name}{f'; did you mean {meant[0]}?' if meant else '.'}"


def _refused(setup: Setup) -> Iterator[str]:
    """What login's own options say of the variables that are their values."""
    for option in setup.options:
        name = option.envvar
        value = setup.environ.get(name) if isinstance(name, str) else None
        if value:
            try:
                option.type.convert(value, option, None)
            except click.BadParameter as failure:
                yield f"{name}: {failure.message}"
    for name in ("FLICKR_AUTH_HTTP_TIMEOUT", "FLICKR_AUTH_KEYRING_TIMEOUT"):
        try:
            threads.limit(setup.environ, name, 60)
        except UsageError as failure:
            yield failure.message


def folder(setup: Setup) -> Iterator[Finding]:
    """The app folder: whether it can be written, and who can read it."""
    home = Path(files.own_app_folder(setup.environ))
    if not os.path.lexists(home):
        yield _not_there_yet(home)
        return
    problems: list[str] = []
    folders = [each for each in map(home.joinpath, _FOLDERS) if os.path.lexists(each)]
    for each in folders:
        replacement.prove(each / "try", problems.append)
    loose = [each for each in folders if _is_loose(each)]
    if loose:
        yield warning(
            "folder",
            f"{home} is writable, but other users can look into {', '.join(map(str, loose))}",
            f"Fix: chmod 700 {' '.join(map(quoted, loose))}",
        )
    elif problems:
        yield warning("folder", f"{home} is writable, but {'; '.join(problems)}", _ELSEWHERE)
    else:
        yield passed("folder", f"{home} is writable, and nobody else's")


def _not_there_yet(home: Path) -> Finding:
    above = home.parent
    while not os.path.lexists(above) and above != above.parent:
        above = above.parent
    if os.path.isdir(above) and os.access(above, os.W_OK | os.X_OK):
        return passed("folder", f"{home} does not exist yet; the first login creates it")
    return Finding("folder", FAIL, f"{home} cannot be created: you cannot write to {above}", _ELSEWHERE, ExitCode.STORE)


def _is_loose(folder: Path) -> bool:
    """Whether others can look into it; on Windows the user's profile protects it."""
    return sys.platform != "win32" and bool(stat.S_IMODE(folder.stat().st_mode) & 0o077)
