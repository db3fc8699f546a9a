"""This machine: versions, variables, keyring and app folder. Nothing here contacts a provider."""

from __future__ import annotations

import os
import stat
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import click

from ...advice import in_file, login
from ...errors import StoreError, UsageError
from ...program import quoted
from ...storage import files, replacement
from ...storage.keyring import shown
from ...threads import limit
from ...version import __version__
from .. import topics
from .setup import FAIL, PASS, WARNING, Finding, Setup

_PACKAGES = ("click", "requests", "requests-oauthlib", "oauthlib", "keyring", "segno")
_FOLDERS = ("", "accounts", "pending")  # in the app folder
_ELSEWHERE = "Fix: set FLICKR_AUTH_HOME to a folder that you can write to"


def versions(_setup: Setup) -> Iterator[Finding]:
    """List the versions of this program, Python, the system and the packages."""
    import platform

    python = f"{platform.python_implementation()} {platform.python_version()}"
    packages = ", ".join(map(_version, _PACKAGES))
    yield Finding("versions", PASS, f"flickr-auth {__version__}, {python}, {platform.platform()}, {packages}")


def _version(package: str) -> str:
    from importlib import metadata

    try:
        return f"{package} {metadata.version(package)}"
    except metadata.PackageNotFoundError:
        return f"no {package}"


def variables(setup: Setup) -> Iterator[Finding]:
    """List the variables of Flickr's that are set, by name alone, and those that a login would refuse or not know."""
    names = sorted(name for name, value in setup.environ.items() if name.startswith("FLICKR") and value)
    found = ", ".join(names) or "no FLICKR variable is set"
    known = topics.variables()
    refused = list(_refused(setup))
    unknown = [f"There is no variable {name}." for name in names if "_AUTH_" in name and name not in known]
    if not refused and not unknown:
        yield Finding("variables", PASS, found)
        return
    result, code = (FAIL, UsageError.exit_code) if refused else (WARNING, 0)
    yield Finding("variables", result, f"{found}: {' '.join(refused + unknown)}", "Fix: correct or unset it", code)


def _refused(setup: Setup) -> Iterator[str]:
    """Let login's own options say which variables they refuse, and why."""
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
            limit(setup.environ, name, 60)
        except UsageError as failure:
            yield failure.message


def keyring(setup: Setup) -> Iterator[Finding]:
    """Name the keyring, and try whether it can be written now."""
    store, started = setup.context.keyring, time.monotonic()
    try:
        backend = store.backend()
        store.try_out()
    except StoreError as failure:
        # It is a failure only if something is kept in the keyring, or is to be.
        is_needed = setup.environ.get("FLICKR_AUTH_STORE") == "keyring"
        is_needed = is_needed or any(record.store == "keyring" for record in setup.records)
        result, code = (FAIL, StoreError.exit_code) if is_needed else (WARNING, 0)
        yield Finding("keyring", result, failure.message, in_file(failure.hint, login(store="file")), code)
    else:
        seconds = time.monotonic() - started
        yield Finding("keyring", PASS, f"{shown(backend)} ({backend}) is writable ({seconds:.2f} s)")


def folder(setup: Setup) -> Iterator[Finding]:
    """Check whether the app folder can be written, and who can read it."""
    problems: list[str] = []
    home = Path(files.own_app_folder(setup.environ, problems.append))
    if not os.path.lexists(home):
        yield _not_there_yet(home)
        return
    folders = [each for each in map(home.joinpath, _FOLDERS) if os.path.lexists(each)]
    for each in folders:
        replacement.prove(each / "try", problems.append)
    loose = [each for each in folders if _is_loose(each)]
    if loose:
        found = f"{home} is writable, but other users can look into {', '.join(map(str, loose))}"
        yield Finding("folder", WARNING, found, f"Fix: chmod 700 {' '.join(map(quoted, loose))}")
    elif problems:
        yield Finding("folder", WARNING, f"{home} is writable, but {'; '.join(problems)}", _ELSEWHERE)
    else:
        yield Finding("folder", PASS, f"{home} is writable, and nobody else's")


def _not_there_yet(home: Path) -> Finding:
    above = home.parent
    while not os.path.lexists(above) and above != above.parent:
        above = above.parent
    if os.path.isdir(above) and os.access(above, os.W_OK | os.X_OK):
        return Finding("folder", PASS, f"{home} does not exist yet; the first login creates it")
    return Finding(
        "folder", FAIL, f"{home} cannot be created: you cannot write to {above}", _ELSEWHERE, StoreError.exit_code
    )


def _is_loose(folder: Path) -> bool:
    """Tell whether others can look into it; on Windows the user's profile protects it."""
    return sys.platform != "win32" and bool(stat.S_IMODE(folder.stat().st_mode) & 0o077)
