"""A tool whose token is in an object of a JSON file, among its other settings, which stay as they are."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...account import Account, ConsumerKeys
from ...errors import NotConfigured
from ...storage import files, replacement, values
from ..tool import Existing, FoundToken, Tool, decoded, ignore, left_alone, whole_token
from . import json_text

_BOM = "\ufeff"


class JsonFile(Tool):
    """A tool with a JSON file: `within` is the way to the object, `names` what the four values are called in it."""

    within: tuple[str, ...] = ()
    names: tuple[str, str, str, str]  # of the API key, its secret, the token and its secret
    longest = 4 * 1024 * 1024
    indent = "    "

    def signing(self, account: Account) -> dict[str, str]:
        """The four values under the tool's names."""
        keys = account.keys
        parts = (keys.api_key, keys.api_secret, account.oauth_token, account.oauth_token_secret)
        return dict(zip(self.names, parts, strict=True))

    def describing(self, account: Account) -> dict[str, str]:  # noqa: ARG002  # most keep no more than the four
        """What the tool keeps beside the four values."""
        return {}

    def existing(self, path: Path, account: Account, warn: files.Warn) -> Existing:
        """Compare the four values; what is missing of them replaces nothing."""
        now = self.settings(self._text(path, warn)[1], str(path))
        signing = self.signing(account)
        if any(now.get(name) not in (None, "", value) for name, value in signing.items()):
            return Existing.ANOTHER
        wanted = signing | self.describing(account)
        return Existing.SAME if all(now.get(name) == value for name, value in wanted.items()) else Existing.NOTHING

    def write(self, path: Path, account: Account, warn: files.Warn) -> None:
        """Set the values, and keep every other character of the file."""
        mark, text = self._text(path, ignore)
        replacement.write(path, (mark + self._with(text, account, str(path))).encode())
        if mark:
            warn(f"{path} begins with a byte-order mark, so {self.name} cannot read it. Fix: save it without one.")

    def printed(self, account: Account) -> str:
        """A file with the values and nothing else."""
        return self._with("", account, self.name)

    def parse(self, text: str, source: str, environ: Mapping[str, str], warn: files.Warn) -> list[FoundToken]:  # noqa: ARG002  # no variable says more
        """The token with its keys; none where there is none yet."""
        settings = self.settings(text.removeprefix(_BOM), source)
        return self.found([settings.get(name) for name in self.names], source)

    def found(self, parts: list[Any], source: str, **known: str | None) -> list[FoundToken]:
        """The token that the four values make, if they do. Raises `NotConfigured` for half of one."""
        key, secret, token, token_secret = (
            values.checked(value, f"{source}: {name}") if isinstance(value, str) and value else None
            for name, value in zip(self.names, parts, strict=True)
        )
        whole = whole_token(self.names[2:], token, token_secret, source)
        keys = ConsumerKeys(key, secret, source=source) if key and secret else None
        return [FoundToken(whole, keys, key, **known)] if whole else []

    def settings(self, text: str, source: str) -> dict[str, Any]:
        """The object with the values; an empty one where it is missing. Raises `NotConfigured`, naming the line."""
        return settings(text, source, self.within)

    def _text(self, path: Path, warn: files.Warn) -> tuple[str, str]:
        """The byte-order mark of the file, if it has one, and its text; nothing where there is no file."""
        try:
            text = decoded(files.read(path, warn, longest=self.longest), path)
        except files.Missing:
            return "", ""
        return (_BOM, text[1:]) if text.startswith(_BOM) else ("", text)

    def _with(self, text: str, account: Account, source: str) -> str:
        wanted = self.signing(account) | self.describing(account)
        try:
            return json_text.with_values(text if text.strip() else "{\n}\n", self.within, wanted, self.indent)
        except json_text.Fault as fault:
            raise _unusable(source, fault) from None


def settings(text: str, source: str, within: tuple[str, ...]) -> dict[str, Any]:
    """The object that is there in a JSON text; an empty one where it is missing. Raises `NotConfigured`."""
    try:
        inner = json_text.parse(text) if text.strip() else {}
    except json_text.Fault as fault:
        raise _unusable(source, fault) from None
    for name in within:
        inner = inner.get(name) if isinstance(inner, dict) else None
    return inner if isinstance(inner, dict) else {}


def _unusable(source: str, fault: json_text.Fault) -> NotConfigured:
    return NotConfigured(f"{source}, line {fault.line}, cannot be used: {fault.why}.", left_alone(source))
