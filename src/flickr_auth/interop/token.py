"""The plain token file: the token and its secret on two lines, in the working folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from .formats.two_lines import TwoLines


class TokenFile(TwoLines):
    """No tool, but a file that many scripts read."""

    summary = "a plain file of two lines, for scripts"

    def place(self, environ: Mapping[str, str]) -> Path:  # noqa: ARG002  # no variable moves it
        """In the working folder."""
        return Path("token")


TOOL = TokenFile()
