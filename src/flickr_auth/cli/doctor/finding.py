"""What a check found, in words that can be pasted into a bug report."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from ...errors import Error
from ..exits import ExitCode, exit_code
from ..text import plain

PASS, WARNING, FAIL, SKIPPED = "pass", "warning", "fail", "skipped"
_KEY = re.compile(r"(?<![0-9A-Za-z])([0-9A-Fa-f]{8})[0-9A-Fa-f]{24}(?![0-9A-Za-z])")
_SECRET = re.compile(r"(?<![0-9A-Za-z])[0-9A-Fa-f]{16}(?![0-9A-Za-z])")
_SECRET_VARIABLES = ("FLICKR_API_SECRET", "FLICKR_OAUTH_TOKEN_SECRET")
_MASK = "***"
_SHORTEST = 8  # characters: what is shorter is part of other words, too, and no secret of Flickr's


@dataclass(frozen=True)
class Finding:
    """What one check found, what to do about it, and the exit code if it failed.

    `result` is `PASS`, `WARNING`, `FAIL` or `SKIPPED`.
    """

    check: str
    result: str
    found: str
    advice: str = ""
    code: ExitCode = ExitCode.DONE


def passed(check: str, found: str) -> Finding:
    """The finding that all is well."""
    return Finding(check, PASS, found)


def warning(check: str, found: str, advice: str) -> Finding:
    """The finding that a login works, and something should be fixed."""
    return Finding(check, WARNING, found, advice)


def failed(check: str, error: Error) -> Finding:
    """The finding that an error of ours is."""
    return Finding(check, FAIL, error.message, error.hint, exit_code(error))


def skipped(check: str, why: str) -> Finding:
    """The finding that this check had nothing to check."""
    return Finding(check, SKIPPED, why)


class Public:
    """Makes findings fit to be shown: no secret, no whole API key, no name of a home folder.

    The checks put none in. This is the second lock: what somebody mistook for a path may be a key, and a foreign
    library's words may be anything.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._homes = _homes()
        secrets = (environ.get(name) or "" for name in _SECRET_VARIABLES)
        self._masks = {each: _MASK for each in secrets if len(each) >= _SHORTEST}
        key = environ.get("FLICKR_API_KEY") or ""
        if len(key) > _SHORTEST:
            self._masks[key] = f"{key[:8]}..."

    def finding(self, finding: Finding) -> Finding:
        """The same finding, fit to be shown."""
        return replace(finding, found=self._text(finding.found), advice=self._text(finding.advice))

    def _text(self, text: str) -> str:
        for home in self._homes:
            text = home.sub("~", text)
        for secret, mask in self._masks.items():
            text = text.replace(secret, mask)
        return plain(_SECRET.sub(_MASK, _KEY.sub(r"\1...", text)))


def _homes() -> tuple[re.Pattern[str], ...]:
    """The names of the home folder, where one is known: as it is said, and where its symlinks lead."""
    try:
        home = str(Path.home())
    except RuntimeError:
        return ()
    return tuple(re.compile(re.escape(each) + r"(?![^/\\\s'\":,.;)])") for each in _names(home) if len(each) > 1)


def _names(home: str) -> Iterator[str]:
    yield home.rstrip("/\\")
    real = os.path.realpath(home)
    if real != home:
        yield real
