"""flickr-download, python-flickr-api and the plain `token`: the token and its secret, a line each.

python-flickr-api writes it (`AuthHandler.save`), with the API key and its secret before it on request, and cannot read
it with a newline at the end. flickr-download is built on it and calls the file ~/.flickr_token.
Source: https://github.com/alexis-mignon/python-flickr-api/blob/master/flickr_api/auth.py
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from ..account import Account, ConsumerKeys, Token
from ..errors import NotConfigured
from ..storage import files
from .tool import LEFT_ALONE, Existing, Found, Snippet, Tool, at_home, lines_of, quiet, text_of

_LIKE = "It should have two lines, the token and its secret, or the API key and its secret on two more before them."


class TwoLines(Tool):
    """A tool whose token is in a file of two lines, or of four, with the API key first."""

    def place(self, environ: Mapping[str, str]) -> Path | None:  # noqa: ARG002  # none of them looks there
        """~/.flickr_token, ./token, or wherever the script that uses python-flickr-api says."""
        return {"flickr-download": at_home(".flickr_token"), "token": Path("token")}.get(self.name)

    def there(self, path: Path, account: Account, warn: files.Warn) -> Existing:
        """Compare the token; a file that the tool could not read, for a newline at its end, is as good as none."""
        content, values = _content(path, warn)
        if not values:
            return Existing.NOTHING
        written = _written(account, len(values))
        if _parsed(written.decode(), path) != values:
            return Existing.ANOTHER
        return Existing.SAME if content == written else Existing.NOTHING

    def write(self, path: Path, account: Account, warn: files.Warn) -> None:  # noqa: ARG002  # nothing to warn of
        """Two lines, or four where there were four."""
        _, values = _content(path, quiet)
        files.write(path, _written(account, len(values)))

    def printed(self, account: Account) -> str:
        """Two lines, without a newline at the end."""
        return _written(account).decode()

    def by_hand(self, account: Account, environ: Mapping[str, str]) -> Snippet | None:  # noqa: ARG002  # no variable
        """flickr-download takes the API key from a YAML file with its other settings."""
        if self.name != "flickr-download" or account.api_key is None:
            return None
        keys = account.keys
        # JSON's strings are YAML's, too; without quotes 32 digits would be a number there.
        text = f"api_key: {json.dumps(keys.api_key)}\napi_secret: {json.dumps(keys.api_secret)}"
        return Snippet(text, str(at_home(".flickr_download")))

    def read(
        self,
        path: Path,
        environ: Mapping[str, str],  # noqa: ARG002  # no variable says more
        warn: files.Warn,
        *,
        named: bool = False,
    ) -> list[Found]:
        """The token in the file, with the keys where it has four lines."""
        values = _parsed(text_of(files.read(path, warn, named=named), path), path)
        if not values:
            raise NotConfigured(f"{path} is empty.", _LIKE)
        keys = ConsumerKeys(values[0], values[1], source=str(path)) if len(values) > 2 else None  # a pair
        return [Found(Token(*values[-2:]), keys)]


def _content(path: Path, warn: files.Warn) -> tuple[bytes, list[str]]:
    try:
        content = files.read(path, warn)
    except files.Missing:
        return b"", []
    return content, _parsed(text_of(content, path), path)


def _written(account: Account, lines: int = 2) -> bytes:
    values = [account.oauth_token, account.oauth_token_secret]
    if lines == 4:  # the pair of keys before the pair of the token
        keys = account.keys
        values = [keys.api_key, keys.api_secret, *values]
    return "\n".join(lines_of(*values)).encode()


def _parsed(text: str, path: Path) -> list[str]:
    """The two or four values; none for an empty file. Raises `NotConfigured`, naming the line."""
    lines = [(number, line.strip()) for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), start=1)]
    lines = [(number, line) for number, line in lines if line]
    for number, line in lines:
        if not line.isprintable() or any(character.isspace() for character in line):
            raise NotConfigured(f"{path}, line {number}, is no token and no secret.", f"{LEFT_ALONE} {_LIKE}")
    if len(lines) not in (0, 2, 4):
        number = lines[min(len(lines), 5) - 1][0]  # four lines are the most
        what = "is one too many" if len(lines) > 4 else "is the last, and one is missing after it"  # likewise
        raise NotConfigured(f"{path}, line {number}, {what}.", f"{LEFT_ALONE} {_LIKE}")
    return [line for _, line in lines]


TOOLS = {name: TwoLines(name) for name in ("flickr-download", "python-flickr-api", "token")}
