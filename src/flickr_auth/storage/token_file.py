"""A token alone in a file of two lines, the token and then its secret, with no newline at the end.

The format of the original `token` file. python-flickr-api reads it, too, and fails on a newline at the end.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Mapping
from typing import NamedTuple

from .. import values
from ..account import FLICKR, SANDBOX, Token
from ..errors import AccountError, StoreError, UsageError
from . import files

_LIKE = "Fix: write two lines to it, the token and then its secret"
_OTHER = "Try: the path of a token file, which has two lines, the token and then its secret"
_ELSEWHERE = "Try: another path for --token-file"
_KEYS = re.compile(r"[0-9A-Fa-f]{32} [0-9A-Fa-f]{16}")
_TOKEN = re.compile(r"[0-9]+-[0-9a-f]{16} [0-9a-f]{16}")  # Flickr's and the sandbox's
_RANDOM = re.compile(r"(?=\S*[0-9])\S{16,} (?=\S*[0-9])\S{16,}")  # another provider's: no two words of a person's


class Proven(NamedTuple):
    """What stood at a path before a login: the file that is meant, and what was in it; None if there was none."""

    place: str
    content: bytes | None

    @property
    def digest(self) -> str:
        """What tells the content from another; empty if there is none."""
        if not self.content or not self.content.strip():
            return ""
        from hashlib import sha256

        return sha256(self.content).hexdigest()

    def holds(self, now: Proven) -> bool:
        """Tell whether the same file is meant now, and that or nothing is in it."""
        return now.place == self.place and now.digest in (self.digest, "")


def read(path: files.StrPath, warn: files.Warn, environ: Mapping[str, str] = os.environ) -> Token:
    """Read the token in the file at `path`. Raises `AccountError` if there is none; it never quotes the file."""
    name, content = os.fspath(path), None
    warned: list[str] = []
    with contextlib.suppress(files.Missing):
        content = files.read(path, warned.append, named=True, error=AccountError)
    if content and content.strip():
        token = parse(content, name, environ)
        for text in warned:  # who may read what turns out to be no token file is none of our business
            warn(text)
        return token
    from .. import advice

    # A logout empties one that is mounted on its own.
    problem = "not found" if content is None else "is empty"
    raise AccountError(f"Token file {problem}: {name}.", f"Run: {advice.login(token_file=name)}")


def refuse_unasked(path: files.StrPath, command: str) -> None:
    """Refuse a path with something in it if FLICKR_TOKEN_FILE alone names it: no variable chooses what is overwritten.

    `command` is the one that replaces its token. Raises `UsageError`, and `AccountError` for a folder.
    """
    if os.path.isdir(path):
        raise AccountError(
            f"{os.fspath(path)} is a folder, not a file (from FLICKR_TOKEN_FILE).",
            "Fix: set FLICKR_TOKEN_FILE to a file, or unset it",
        )
    try:  # pathlib's own questions raise where a folder may not be entered
        is_filled = os.stat(path).st_size > 0
    except (OSError, ValueError):
        is_filled = False
    if is_filled:
        raise UsageError(
            f"FLICKR_TOKEN_FILE names {os.fspath(path)}, which already exists; only --token-file replaces its token.",
            f"Run: {command}",
        )


def parse(content: bytes, name: str, environ: Mapping[str, str] = os.environ) -> Token:
    """Read the token in the content of a token file that messages call `name`. Raises `AccountError`.

    Two lines that look like Flickr's keys are no token of Flickr's or the sandbox's; another provider may issue such.
    """
    if encoding := values.wide_encoding(content):
        raise AccountError(
            f"{name} is saved as {encoding}, so it is not a token file.",
            "Fix: save it as UTF-8, as two lines, the token and then its secret",
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise AccountError(f"{name} is not a token file: it is not text.", _OTHER) from None
    numbered = enumerate(re.split(r"\r\n|\r|\n", text), start=1)
    lines = [(number, line.strip(" \t")) for number, line in numbered if line.strip(" \t")]
    if len(lines) != 2:  # a pair
        count = f"{len(lines)} non-empty line{'' if len(lines) == 1 else 's'}"
        raise AccountError(f"{name} is not a token file: it has {count}; expected 2.", _OTHER)
    for number, line in lines:
        values.checked(line, f"{name}, line {number},", AccountError, _LIKE)
    token = Token(*(line for _, line in lines))
    if _is_known(environ) and _KEYS.fullmatch(" ".join(token)):
        raise AccountError(f"{name} has an API key and its secret in it, not a token.", _LIKE)
    return token


def check_replaceable(
    path: files.StrPath, environ: Mapping[str, str], keys_file: files.StrPath | None = None
) -> bytes | None:
    """Prove that the file at `path` is a token file, empty or absent, so that no other file of a person's is lost.

    Return what is in it, None if it is absent. Raises `AccountError` for the file that the consumer keys come from
    (`keys_file` or one of the usual places), and for two lines that have not the shape of a token.
    """
    name = os.fspath(path)
    if _has_keys(name, environ, keys_file):
        raise AccountError(f"{name} is a file for API keys, so it was not changed.", _ELSEWHERE)
    content = _content(path)
    if content is None or not content.strip():
        return content
    try:
        token = parse(content, name, environ)
    except AccountError as failure:
        raise AccountError(f"{failure.message} It was not changed.", _ELSEWHERE) from failure
    text = " ".join(token)
    if not _TOKEN.fullmatch(text) and (_is_known(environ) or not _RANDOM.fullmatch(text)):
        raise AccountError(f"{name} has two lines that do not look like a token, so it was not changed.", _ELSEWHERE)
    return content


def try_out(
    path: files.StrPath,
    warn: files.Warn = lambda _: None,
    *,
    environ: Mapping[str, str] = os.environ,
    keys_file: files.StrPath | None = None,
) -> Proven:
    """Prove that a token can be written to `path`, and that it would replace a token or nothing; return which.

    `warn` is called if others could read it. Raises `StoreError` if it cannot be written, `AccountError` as
    `check_replaceable` does.
    """
    from . import replacement

    try:
        replacement.prove(path, warn)
    except StoreError as failure:
        failure.reword(hint=failure.hint or _ELSEWHERE)
        raise
    return Proven(replacement.target(path), check_replaceable(path, environ, keys_file))


def write(path: files.StrPath, token: Token, proven: Proven | None = None) -> None:
    """Put the token into the file at `path`, 0600, if what was proven is there, or nothing. Raises `StoreError`."""
    from . import replacement

    if proven is not None and not proven.holds(Proven(replacement.target(path), _content(path))):
        raise StoreError(f"{os.fspath(path)} was changed during the login, so it was not written.", _ELSEWHERE)
    replacement.write(path, "\n".join(token).encode())


def remove(path: files.StrPath) -> None:
    """Delete the token file, which has been read, and what a killed run left beside it. Raises `StoreError`."""
    from . import replacement

    replacement.remove(path, with_target=True)


def _content(path: files.StrPath) -> bytes | None:
    """Read what is in the file; None if there is none."""
    try:
        return files.read(path, lambda _: None, error=AccountError)  # what follows sets the right mode
    except files.Missing:
        return None


def _is_known(environ: Mapping[str, str]) -> bool:
    """Tell whether the shape of the provider's tokens is known."""
    return environ.get("FLICKR_AUTH_BASE_URL") in (None, "", FLICKR, SANDBOX)


def _has_keys(path: str, environ: Mapping[str, str], keys_file: files.StrPath | None) -> bool:
    """Tell whether the file is called apikeys, or is one in which consumer keys are looked for."""
    named = os.path.basename(path), os.path.basename(os.path.realpath(path))
    if any(name.partition(".")[0].casefold() == "apikeys" for name in named):
        return True
    places = [keys_file, environ.get("FLICKR_APIKEYS"), "apikeys", files.in_app_folder("apikeys", environ)]
    return any(_is_same(path, place) for place in places if place)


def _is_same(path: str, other: files.StrPath) -> bool:
    try:
        return os.path.samefile(path, other)
    except (OSError, ValueError):
        return False
