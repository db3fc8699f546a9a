"""This machine: versions, variables, keyring and app folder. Nothing here contacts a provider."""

from __future__ import annotations

import os
import re
import stat
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

from ...advice import in_file, login
from ...errors import Error, StoreError
from ...program import quoted
from ...provider import FLICKR, wanted
from ...storage import files, ownership, replacement
from ...storage.choose import deciding
from ...storage.keyring import shown
from ...storage.token_file import check_replaceable, refuse_unasked
from ...threads import limit
from ...transport.calls_per_hour import most_calls
from ...version import __version__
from .. import topics
from ..default_account import print_what_outranks
from .setup import ELSEWHERE, FAIL, PASS, SKIPPED, WARNING, Finding, Setup, failed

_PACKAGES = ("click", "requests", "requests-oauthlib", "oauthlib", "keyring", "segno")
_SLIP = 0.8  # how much a name is like ours, from 0 to 1, if it is one of ours with a slip


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
    """Say which variables a login refuses, warns of or does not know; list the others of Flickr's, by name alone."""
    refused = _refused(setup)
    yield from (failed("variables", failure) for failure in refused)
    warned = dict(_unknown(setup.environ, topics.variables()))
    if token_file := setup.asked.options.get("token_file"):
        try:
            refuse_unasked(str(token_file), login(token_file=token_file))
            check_replaceable(str(token_file), setup.environ)
        except Error as failure:
            warned["FLICKR_TOKEN_FILE"] = failure
    for warning in warned.values():
        yield Finding("variables", WARNING, warning.message, warning.hint)
    told = " ".join(failure.message for failure in refused)
    names = [name for name, value in setup.environ.items() if name.startswith("FLICKR") and value]
    others = sorted(name for name in names if name not in warned and name not in told)
    if deciding(setup.environ) in others:
        print_what_outranks(setup.context)
    if others or not names:
        yield Finding("variables", PASS, ", ".join(others) or "no FLICKR variable is set")


def _refused(setup: Setup) -> list[Error]:
    """Collect the errors with which a login would end because of a variable."""
    refused = list(setup.asked.refused)
    checks: list[Callable[[], object]] = [
        partial(limit, setup.environ, "FLICKR_AUTH_HTTP_TIMEOUT", 60),
        partial(limit, setup.environ, "FLICKR_AUTH_KEYRING_TIMEOUT", 60),
        partial(most_calls, setup.environ, FLICKR),
        partial(wanted, setup.environ),
        partial(files.app_folder, setup.environ),
    ]
    for check in checks:
        try:
            check()
        except Error as failure:
            refused.append(failure)
    return refused


def _unknown(environ: Mapping[str, str], known: list[str]) -> Iterator[tuple[str, Error]]:
    """Find the variables that look like ours and are not, and say what each was probably meant to be.

    One without _AUTH_ may be another tool's.
    """
    from difflib import get_close_matches

    for name in sorted(name for name, value in environ.items() if value and re.match("FLICKR_?AUTH_", name)):
        if name not in known:
            close = get_close_matches(name, known, n=1, cutoff=_SLIP)
            hint = "" if close else f"Run: unset {name}"
            yield name, Error(f"There is no variable {name}.{f' Did you mean: {close[0]}' if close else ''}", hint)


def keyring(setup: Setup) -> Iterator[Finding]:
    """Name the keyring, and try whether it can be written now."""
    is_kept = any(record.store == "keyring" for record in setup.records)
    if setup.asked.options.get("store") == "file" and not is_kept:
        yield Finding("keyring", SKIPPED, "not checked: FLICKR_AUTH_STORE is file")
        return
    store, started = setup.context.keyring, time.monotonic()
    try:
        backend = store.backend()
        store.try_out()
    except StoreError as failure:
        # It is a failure only if something is kept in the keyring, or is to be.
        is_needed = is_kept or setup.asked.options.get("store") == "keyring"
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
    folders = [each for each in map(home.joinpath, ("", *ownership.FOLDERS)) if os.path.lexists(each)]
    for each in folders:
        replacement.prove(each / "try", problems.append)
    loose = [each for each in folders if _is_loose(each)]
    if loose:
        found = f"{home} is writable, but other users can look into {', '.join(map(str, loose))}"
        yield Finding("folder", WARNING, found, f"Fix: chmod 700 {' '.join(map(quoted, loose))}")
    elif problems:
        yield Finding("folder", WARNING, f"{home} is writable, but {'; '.join(problems)}", ELSEWHERE)
    else:
        yield Finding("folder", PASS, f"{home} is writable, and private")


def _not_there_yet(home: Path) -> Finding:
    above = home.parent
    while not os.path.lexists(above) and above != above.parent:
        above = above.parent
    if os.path.isdir(above) and os.access(above, os.W_OK | os.X_OK):
        return Finding("folder", PASS, f"{home} does not exist yet; the first login creates it")
    return Finding(
        "folder", FAIL, f"{home} cannot be created: you cannot write to {above}", ELSEWHERE, StoreError.exit_code
    )


def _is_loose(folder: Path) -> bool:
    """Tell whether others can look into it; on Windows the user's profile protects it."""
    return sys.platform != "win32" and bool(stat.S_IMODE(folder.stat().st_mode) & 0o077)
