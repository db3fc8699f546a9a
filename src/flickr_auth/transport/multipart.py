"""A multipart/form-data body that is sent in pieces, and its text fields, which are what Flickr wants to be signed.

The parts are those that requests would write; its own encoder reads each file into memory as a whole.

Source: https://www.flickr.com/services/api/upload.api.html and RFC 7578
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from io import TextIOWrapper
from typing import IO, Any, NamedTuple

from ..errors import UsageError

_PIECE = 1 << 14  # bytes


class _Stretch(NamedTuple):
    """A file, from where it stood when the request was prepared."""

    file: IO[bytes]
    start: int
    length: int

    def pieces(self) -> Iterator[bytes]:
        self.file.seek(self.start)
        left = self.length
        while left:
            piece = self.file.read(min(left, _PIECE))
            if not piece:
                raise OSError("the file became shorter while it was sent")
            left -= len(piece)
            yield piece


class MultipartBody:
    """The body of a request with these `data` and `files`, in each form that requests takes.

    `fields` are the names and texts of the parts that are no files. Each iteration yields the whole body, also when it
    is sent again. Raises `UsageError` for what cannot be sent.
    """

    def __init__(self, data: Any, files: Any) -> None:  # noqa: ANN401  # whatever requests takes
        boundary = secrets.token_hex(16)
        self.content_type = f"multipart/form-data; boundary={boundary}"
        self.fields: list[tuple[str, str]] = []
        self._parts: list[bytes | _Stretch] = []
        for name, filename, value, *more in (*_texts(data), *_files(files)):
            if filename is not None and isinstance(value, TextIOWrapper):
                raise UsageError(f"The file for '{name}' is open as text.", "Fix: open it with 'rb'")
            content = _content(name, value)
            if filename is None:
                content = b"".join(content.pieces()) if isinstance(content, _Stretch) else content
                self.fields.append((name, _decoded(name, content)))
            self._parts += [_head(boundary, name, filename, *more), content, b"\r\n"]
        self._parts.append(f"--{boundary}--\r\n".encode())

    def __len__(self) -> int:
        return sum(part.length if isinstance(part, _Stretch) else len(part) for part in self._parts)

    def rewind(self) -> None:
        """Set each file back to where it stood, so that whoever gives it to another request sends all of it."""
        for part in self._parts:
            if isinstance(part, _Stretch) and not part.file.closed:
                part.file.seek(part.start)

    def __iter__(self) -> Iterator[bytes]:
        for part in self._parts:
            if isinstance(part, _Stretch):
                yield from part.pieces()
            else:
                yield from (part[at : at + _PIECE] for at in range(0, len(part), _PIECE))


def _texts(data: Any) -> Iterator[tuple[str, None, object]]:  # noqa: ANN401  # see above
    """Read `data`: a dict or pairs, whose values may be lists; None is left out."""
    if isinstance(data, str | bytes) or hasattr(data, "read"):
        raise UsageError(
            "data= cannot be a string together with files=.", "Fix: pass the fields as a dict or a list of pairs"
        )
    for name, values in _pairs(data or {}):
        is_one = isinstance(values, str | bytes) or not hasattr(values, "__iter__")
        for value in [values] if is_one else values:
            if value is not None:
                yield name, None, value if isinstance(value, bytes) else str(value)


def _files(files: Any) -> Iterator[tuple[Any, ...]]:  # noqa: ANN401  # see above
    """Read `files`: a dict or pairs, whose values are a file or a tuple of its name, itself, its type and headers."""
    from requests.utils import guess_filename

    for name, given in _pairs(files):
        if isinstance(given, tuple | list):
            filename, file, *more = given
        else:
            filename, file, more = guess_filename(given) or name, given, []  # type: ignore[no-untyped-call]  # so in the stub
        if file is not None:
            yield name, os.fsdecode(filename) if isinstance(filename, bytes) else filename, file, *more


def _pairs(given: Any) -> list[tuple[str, Any]]:  # noqa: ANN401  # see above
    from requests.utils import to_key_val_list

    pairs = to_key_val_list(given)  # type: ignore[no-untyped-call]  # so in the stub
    return [(name.decode() if isinstance(name, bytes) else name, value) for name, value in pairs]


def _content(name: str, value: Any) -> bytes | _Stretch:  # noqa: ANN401  # see above
    """Return what is sent: a file from where it stands to its end, which is not read yet if it can be sought."""
    if isinstance(value, str | int):
        value = str(value)
    elif hasattr(value, "read"):
        try:
            start = value.tell()
            length = value.seek(0, 2) - start
            value.seek(start)
        except (AttributeError, OSError, TypeError):  # a pipe, or what only reads
            value = value.read()
        else:
            if isinstance(value.read(0), bytes):
                return _Stretch(value, start, max(length, 0))
            value = value.read()  # a file of text, whose length in bytes is another
    elif not isinstance(value, bytes | bytearray | memoryview):
        raise UsageError(f"'{name}' in files= is a {type(value).__name__}.", "Fix: pass an open file, or bytes")
    try:
        return value.encode() if isinstance(value, str) else bytes(value)
    except UnicodeEncodeError:  # the name of a file may be such a str
        raise _not_text(name, "Fix: leave out what cannot be encoded, such as the bytes of a file name") from None


def _decoded(name: str, content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise _not_text(name, "Fix: pass a str") from None


def _not_text(name: str, hint: str) -> UsageError:
    return UsageError(f"The field '{name}' is not UTF-8 text.", hint)


def _head(
    boundary: str,
    name: str,
    filename: str | None,
    content_type: str | None = None,
    headers: Any = None,  # noqa: ANN401
) -> bytes:
    from urllib3.fields import RequestField

    part = RequestField(name, "", filename, headers)
    part.make_multipart(content_type=content_type)
    # A file's name may be no text: it comes from a folder as it is there.
    return f"--{boundary}\r\n{part.render_headers()}".encode("utf-8", "surrogateescape")
