"""A file of two lines, the token and its secret, or of four, with the API key and its secret before them.

python-flickr-api writes it (`AuthHandler.save`), with the API key and its secret on request, and cannot read it with a
newline at the end.
Source: https://github.com/alexis-mignon/python-flickr-api/blob/master/flickr_api/auth.py
"""

from __future__ import annotations

import os
from pathlib import Path

from ... import values
from ...account import Account
from ...errors import AccountError, NotConfigured
from ...storage import files, replacement, token_file
from ..tool import STDIN, Existing, Tool, check_line_values, decoded, ignore

_PAIR, _WITH_KEYS = 2, 4  # lines
_LIKE = "Fix: two lines, the token and its secret; or four, with the API key and its secret first"


class TwoLines(Tool):
    """A tool whose token is in a file of two lines, or of four, with the API key first."""

    def existing(self, path: Path, account: Account, warn: files.Warn) -> Existing:
        """Compare the token; a file that the tool could not read, for a newline at its end, is as good as none.

        Raises `AccountError` for two lines that may be no token.
        """
        content, now = _content(path, warn)
        if not now:
            return Existing.NOTHING
        written = _written(account, len(now))
        if _lines(written.decode(), str(path)) == now:
            return Existing.SAME if content == written else Existing.NOTHING
        if len(now) == _PAIR:  # four are a file of python-flickr-api's
            _check_replaceable(path)
        return Existing.ANOTHER

    def write(self, path: Path, account: Account, warn: files.Warn) -> None:  # noqa: ARG002  # nothing to warn of
        """Write two lines, or four if there were four."""
        replacement.write(path, _written(account, len(_content(path, ignore)[1])))

    def printed(self, account: Account) -> str:
        """Return two lines, without a newline at the end."""
        return _written(account, _PAIR).decode()

    def parse(self, text: str, source: str, warn: files.Warn) -> list[Account]:  # noqa: ARG002  # nothing to warn of
        """Read the token, with the keys if there are four lines."""
        lines = _lines(text, source)
        if not lines:
            raise NotConfigured(f"{source} is empty.", _LIKE)
        key, secret = lines[:2] if len(lines) == _WITH_KEYS else (None, None)
        return [Account(key, secret, lines[-2], lines[-1], provider="")]


def _check_replaceable(path: Path) -> None:
    try:
        token_file.check_replaceable(path, os.environ)
    except AccountError as failure:
        failure.reword(hint="Try: --path FILE to write another file")
        raise


def _content(path: Path, warn: files.Warn) -> tuple[bytes, list[str]]:
    try:
        content = files.read(path, warn)
    except files.Missing:
        return b"", []
    return content, _lines(decoded(content, path), str(path))


def _written(account: Account, lines: int) -> bytes:
    parts = [account.oauth_token, account.oauth_token_secret]
    if lines == _WITH_KEYS:
        parts = [*account.keys[:2], *parts]
    check_line_values(parts)
    return "\n".join(parts).encode()


def _lines(text: str, source: str) -> list[str]:
    """Read the two or four values; none from an empty file. Raises `NotConfigured`, naming the line."""
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]
    hint = _LIKE if source == STDIN else f"{_LIKE} (the file was not changed)"
    for number, line in lines:
        values.checked(line, f"{source}, line {number},", hint=hint)
    if len(lines) not in (0, _PAIR, _WITH_KEYS):
        number = lines[min(len(lines), _WITH_KEYS + 1) - 1][0]
        lone = "line" if len(lines) == 1 else "lines"
        raise NotConfigured(
            f"{source}, line {number}: the file has {len(lines)} non-empty {lone}; expected 2 or 4.", hint
        )
    return [line for _, line in lines]
