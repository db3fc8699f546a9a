"""A token alone in a file of two lines, the token and then its secret, with no newline at the end.

The format of the original `token` file. python-flickr-api reads it, too, and fails on a newline at the end.
"""

from __future__ import annotations

import os

from ..account import Token
from ..errors import AccountError
from . import files, temporary

_LIKE = "It should have two lines: the token, then its secret."


def read(path: files.StrPath, warn: files.Warn) -> Token:
    """The token in the file at `path`. Raises `AccountError` where there is none; it never quotes the file."""
    try:
        content = files.read(path, warn, named=True, error=AccountError)
    except files.Missing:
        raise AccountError(f"There is no token file {path}.", "Log in with the same --token-file first.") from None
    token = parse(content)
    if token is None:
        raise AccountError(f"{path} is not a token file.", _LIKE)
    return token


def parse(content: bytes) -> Token | None:
    """The token in the content of a token file; None where it is something else."""
    try:
        lines = content.decode("utf-8-sig").split()
    except UnicodeDecodeError:
        return None
    if len(lines) != 2 or not all(line.isprintable() for line in lines):
        return None
    return Token(*lines)


def try_out(path: files.StrPath, warn: files.Warn = lambda _: None) -> None:
    """Prove that a token can be written to `path`, and that it would replace a token or nothing.

    `warn` is told where others could read it. Raises `StoreError` where it cannot be written, `AccountError` where
    something else is there.
    """
    files.try_out(path, warn)
    try:
        content = files.read(path, lambda _: None, error=AccountError)  # about to be replaced, with the right mode
    except files.Missing:
        return
    if content.strip() and parse(content) is None:
        raise AccountError(
            f"{path} holds something that is not a token, so it is left alone.", "Name another file, or move it away."
        )


def write(path: files.StrPath, token: Token) -> None:
    """Put the token into the file at `path`, 0600."""
    files.write(path, f"{token.oauth_token}\n{token.oauth_token_secret}".encode())


def remove(path: files.StrPath) -> None:
    """Remove the token file, and what a killed run left beside it. Raises `StoreError`."""
    written = os.path.realpath(path)
    files.remove(path)
    temporary.tidy(*os.path.split(written))
