"""The machine: Python, packages, variables, the browser, certificates. Nothing here asks anybody."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePath

from ...version import __version__
from ..exits import ExitCode
from .finding import FAIL, PASS, WARNING, Finding

_NEEDED = ("click", "requests", "requests-oauthlib", "oauthlib", "keyring")
_PATIENCE = 5.0  # seconds for finding out which browser it would be
_BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")  # the first that is set counts, as requests has it


def python() -> Iterator[Finding]:
    """Which Python this is, and where."""
    import platform

    yield Finding("python", PASS, f"{platform.python_implementation()} {platform.python_version()} in {sys.prefix}")


def system() -> Iterator[Finding]:
    """Which operating system."""
    import platform

    yield Finding("system", PASS, platform.platform())


def packages() -> Iterator[Finding]:
    """The versions of this program and of what it is built from."""
    found = {name: _version(name) for name in (*_NEEDED, "segno")}
    told = ", ".join(f"{name} {version or 'is not installed'}" for name, version in found.items())
    told = f"flickr-auth {__version__}, {told}"
    if all(found[name] for name in _NEEDED):
        yield Finding("packages", PASS, told)
    else:
        yield Finding("packages", FAIL, told, "Install flickr-auth again.", ExitCode.FAILED)


def _version(name: str) -> str | None:
    from importlib import metadata

    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def variables(environ: Mapping[str, str]) -> Iterator[Finding]:
    """Which of Flickr's variables are set. What is in them is nobody's business."""
    names = sorted(name for name, value in environ.items() if name.startswith("FLICKR") and value)
    yield Finding("variables", PASS, ", ".join(names) or "None of FLICKR... is set.")


def browser(environ: Mapping[str, str]) -> Iterator[Finding]:
    """Which browser a login would open, or why none."""
    from .. import browser as opener

    wanted = environ.get("FLICKR_AUTH_BROWSER", "").strip().lower()
    why = opener.why_not(environ)
    if wanted in ("0", "false", "f", "no", "n", "off"):
        yield Finding("browser", PASS, "None is opened: FLICKR_AUTH_BROWSER says so.")
    elif why and not wanted:
        yield Finding("browser", PASS, f"None is opened: {why} The address is printed.")
    elif environ.get("BROWSER"):
        programs = [PurePath(each.split()[0]).name for each in environ["BROWSER"].split(os.pathsep) if each.strip()]
        yield Finding("browser", PASS, f"BROWSER names {', '.join(programs) or 'none'}.")
    else:
        yield _usual_browser()


def _usual_browser() -> Finding:
    from ... import threads

    try:
        name = threads.run(_browser_name, _PATIENCE)
    except threads.TimeIsUp:
        return Finding("browser", WARNING, "Which one it is was not found out in time.", "Use: login --no-browser")
    if name is None:
        return Finding("browser", WARNING, "One is expected here, but none was found.", "Open the address by yourself.")
    return Finding("browser", PASS, name)


def _browser_name() -> str | None:
    import webbrowser

    try:
        found = webbrowser.get()
    except webbrowser.Error:
        return None
    return str(getattr(found, "name", None) or "the system's")


def certificates(environ: Mapping[str, str]) -> Iterator[Finding]:
    """Which certificates are trusted, and whether they can be read."""
    name = next((each for each in _BUNDLES if environ.get(each)), None)
    if name is None:
        yield Finding("certificates", PASS, "Those that come with requests.")
        return
    path = Path(environ[name])
    why = _unusable(path)
    if why:
        advice = f"Let {name} name a file with certificates (PEM), or unset it."
        yield Finding("certificates", FAIL, f"{name} is {path}: {why}", advice, ExitCode.UNREACHABLE)
    else:
        yield Finding("certificates", PASS, f"Those in {path}, which {name} names.")


def _unusable(path: Path) -> str:
    import ssl

    try:
        if path.is_dir():
            return ""
        ssl.create_default_context(cafile=str(path))
    except ssl.SSLError:
        return "it holds no certificates."
    except OSError as failure:
        return f"it cannot be read: {failure.strerror}."
    return ""
