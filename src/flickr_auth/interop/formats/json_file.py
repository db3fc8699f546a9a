"""A tool whose token is in an object of a JSON file, among its other settings, which stay as they are."""

from __future__ import annotations

import codecs
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ... import values
from ...account import Account
from ...errors import NotConfigured
from ...storage import files, replacement
from ..tool import Existing, Tool, decoded, found, four, ignore, left_alone
from . import json_text


class JsonFile(Tool):
    """A tool with a JSON file.

    `within` is the way to the object, `names` what the four values are called in it, and `also` fields of an account
    that stand beside them.
    """

    within: tuple[str, ...] = ()
    names: tuple[str, str, str, str]  # of the API key, its secret, the token and its secret
    also: tuple[str, ...] = ()
    longest = 4 * 1024 * 1024
    indent = "    "

    def existing(self, path: Path, account: Account, warn: files.Warn) -> Existing:
        """Compare the four values; a missing one is none that would be replaced."""
        now = settings(self._text(path, warn)[1], str(path), self.within)
        if any(now.get(name) not in (None, "", value) for name, value in four(account, self.names).items()):
            return Existing.ANOTHER
        is_same = all(now.get(name) == value for name, value in self._wanted(account).items())
        return Existing.SAME if is_same else Existing.NOTHING

    def write(self, path: Path, account: Account, warn: files.Warn) -> None:
        """Set the values, and keep every other character of the file."""
        mark, text = self._text(path, ignore)
        replacement.write(path, mark + self._with(text, account, str(path)).encode())
        if mark:
            warn(f"{path} begins with a byte-order mark, so {self.name} cannot read it. Fix: save it without one.")

    def printed(self, account: Account) -> str:
        """Return a file with the values and nothing else."""
        return self._with("", account, self.name)

    def parse(self, text: str, source: str, warn: files.Warn) -> list[Account]:  # noqa: ARG002  # nothing to warn of
        """Read the token with its keys; none if there is none yet."""
        fields = settings(text, source, self.within)
        return accounts(fields, self.names, source, **texts(fields, self.also))

    def _text(self, path: Path, warn: files.Warn) -> tuple[bytes, str]:
        """Read the byte-order mark of the file, if it has one, and its text; nothing if there is no file."""
        try:
            content = files.read(path, warn, longest=self.longest)
        except files.Missing:
            return b"", ""
        return codecs.BOM_UTF8 if content.startswith(codecs.BOM_UTF8) else b"", decoded(content, path)

    def _with(self, text: str, account: Account, source: str) -> str:
        text = text if text.strip() else "{\n}\n"
        try:
            return json_text.with_values(text, self.within, self._wanted(account), self.indent)
        except json_text.Fault as fault:
            raise _unusable(source, fault) from None

    def _wanted(self, account: Account) -> dict[str, str]:
        return four(account, self.names) | {name: getattr(account, name) or "" for name in self.also}


def settings(text: str, source: str, within: tuple[str, ...]) -> dict[str, Any]:
    """Read the object that is there in a JSON text; an empty one if it is missing. Raises `NotConfigured`."""
    try:
        inner = json_text.parse(text) if text.strip() else {}
    except json_text.Fault as fault:
        raise _unusable(source, fault) from None
    for name in within:
        inner = inner.get(name) if isinstance(inner, dict) else None
    return inner if isinstance(inner, dict) else {}


def texts(fields: dict[str, Any], names: Iterable[str]) -> dict[str, str | None]:
    """Return the fields of these names; what is no text, or empty, is unknown."""
    return {name: value if isinstance(value := fields.get(name), str) and value else None for name in names}


def accounts(
    fields: dict[str, Any], names: tuple[str, str, str, str], source: str, **known: str | None
) -> list[Account]:
    """Return the account that the four values under these names make, none if there is no token.

    Raises `NotConfigured` for half a token, or a value that cannot sign.
    """
    parts = texts(fields, names)
    for name, value in parts.items():
        if value is not None:
            values.checked(value, f"{source}: {name}")
    return found(names, tuple(parts.values()), source, **known)


def _unusable(source: str, fault: json_text.Fault) -> NotConfigured:
    return NotConfigured(f"{source}, line {fault.line}, cannot be used: {fault.why}.", left_alone(source))
