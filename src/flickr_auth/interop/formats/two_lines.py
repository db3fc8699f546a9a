"""A file of two lines, the token and its secret, or of four, with the API key and its secret before them.

python-flickr-api writes it (`AuthHandler.save`), with the API key and its secret on request, and cannot read it with a
newline at the end.
Source: https://github.com/alexis-mignon/python-flickr-api/blob/master/flickr_api/auth.py
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ...account import Account, ConsumerKeys, Token
from ...errors import NotConfigured
from ...storage import files, replacement, token_file, values
from ..tool import STDIN, Existing, FoundToken, Tool, decoded, ignore, line_values

_LIKE = "Fix: two lines, the token and its secret; or four, with the API key and its secret first"


class TwoLines(Tool):
    """A tool whose token is in a file of two lines, or of four, with the API key first."""

    def existing(self, path: Path, account: Account, warn: files.Warn) -> Existing:
        """Compare the token; a file that the tool could not read, for a newline at its end, is as good as none."""
        content, now = _content(path, warn)
        if not now:
            return Existing.NOTHING
        written = _written(account, len(now))
        if parsed(written.decode(), str(path)) != now:
            return Existing.ANOTHER
        return Existing.SAME if content == written else Existing.NOTHING

    def check_replaceable(self, path: Path, environ: Mapping[str, str]) -> None:
        """Raise for a file that may be no token file; four lines are one of python-flickr-api's."""
        if len(_content(path, ignore)[1]) != 4:  # the pair of keys, and the pair of the token
            token_file.check_replaceable(path, environ)

    def write(self, path: Path, account: Account, warn: files.Warn) -> None:  # noqa: ARG002  # nothing to warn of
        """Two lines, or four where there were four."""
        _, now = _content(path, ignore)
        replacement.write(path, _written(account, len(now)))

    def printed(self, account: Account) -> str:
        """Two lines, without a newline at the end."""
        return _written(account).decode()

    def parse(self, text: str, source: str, environ: Mapping[str, str], warn: files.Warn) -> list[FoundToken]:  # noqa: ARG002  # no variable says more
        """The token, with the keys if there are four lines."""
        found = parsed(text, source)
        if not found:
            raise NotConfigured(f"{source} is empty.", _LIKE)
        keys = ConsumerKeys(found[0], found[1], source=source) if len(found) == 4 else None  # and the token's pair
        return [FoundToken(Token(*found[-2:]), keys)]


def _content(path: Path, warn: files.Warn) -> tuple[bytes, list[str]]:
    try:
        content = files.read(path, warn)
    except files.Missing:
        return b"", []
    return content, parsed(decoded(content, path), str(path))


def _written(account: Account, lines: int = 2) -> bytes:
    parts = [account.oauth_token, account.oauth_token_secret]
    if lines == 4:  # the pair of keys before the pair of the token
        keys = account.keys
        parts = [keys.api_key, keys.api_secret, *parts]
    return "\n".join(line_values(*parts)).encode()


def parsed(text: str, source: str) -> list[str]:
    """The two or four values; none for an empty file. Raises `NotConfigured`, naming the line."""
    lines = [(number, line.strip()) for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), start=1)]
    lines = [(number, line) for number, line in lines if line]
    hint = _LIKE if source == STDIN else f"{_LIKE} (the file was not changed)"
    for number, line in lines:
        values.checked(line, f"{source}, line {number},", hint=hint)
    if len(lines) not in (0, 2, 4):
        number = lines[min(len(lines), 5) - 1][0]  # four lines are the most
        lone = "line" if len(lines) == 1 else "lines"
        raise NotConfigured(
            f"{source}, line {number}: the file has {len(lines)} non-empty {lone}; expected 2 or 4.",
            hint,
        )
    return [line for _, line in lines]
