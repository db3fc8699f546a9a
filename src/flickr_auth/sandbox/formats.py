"""The formats of a REST answer: JSON, JSONP and XML.

Source: https://www.flickr.com/services/api/response.json.html and https://www.flickr.com/services/api/response.rest.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape, quoteattr

_IDENTIFIER = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]{0,99}")
_XML_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,99}")
# What XML 1.0 has no way to write at all (https://www.w3.org/TR/xml/#charsets).
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def known(name: str) -> bool:
    """Whether `render` knows the format of this name."""
    return name in ("json", "rest")


def render(answer: Mapping[str, Any], arguments: Mapping[str, str]) -> tuple[str, bytes]:
    """Return the content type and the body of an answer, in the format that the arguments ask for, else XML."""
    if arguments.get("format", "rest") != "json":
        return "text/xml; charset=utf-8", _xml(answer).encode()
    escaped = json.dumps(answer, separators=(",", ":")).replace("/", r"\/")  # as PHP writes it
    if arguments.get("nojsoncallback") == "1":
        return "application/json; charset=utf-8", escaped.encode()
    callback = arguments.get("jsoncallback", "")
    if not _IDENTIFIER.fullmatch(callback):  # anything else would be a script of the caller's choice
        callback = "jsonFlickrApi"
    return "text/javascript; charset=utf-8", f"{callback}({escaped})".encode()


def _xml(answer: Mapping[str, Any]) -> str:
    stat = answer["stat"]
    if stat == "ok":
        inside = "".join(_elements(name, value) for name, value in answer.items() if name != "stat")
    else:
        inside = f"\t<err code={_quoted(answer['code'])} msg={_quoted(answer['message'])} />\n"
    return f'<?xml version="1.0" encoding="utf-8" ?>\n<rsp stat={_quoted(stat)}>\n{inside}</rsp>\n'


def _elements(name: str, value: object, indent: str = "") -> str:
    """Write the element or elements of one value: a list repeats its name, a scalar at the top is an element's text."""
    if isinstance(value, list):
        return "".join(_elements(name, each, indent) for each in value)
    if not _XML_NAME.fullmatch(name):
        return ""
    if not isinstance(value, Mapping):
        return f"{indent}<{name}>{_text(value)}</{name}>\n"
    attributes, inside, elements = "", "", ""
    for key, each in value.items():
        if key == "_content":
            inside += _text(each)
        elif isinstance(each, Mapping | list):
            elements += _elements(key, each, f"{indent}\t")
        elif _XML_NAME.fullmatch(key):
            attributes += f" {key}={_quoted(each)}"
    inside += f"\n{elements}{indent}" if elements else ""
    return indent + (f"<{name}{attributes}>{inside}</{name}>\n" if inside else f"<{name}{attributes} />\n")


def _text(value: object) -> str:
    return escape(_NOT_XML.sub("\ufffd", str(value)), {"\r": "&#13;"})


def _quoted(value: object) -> str:
    return quoteattr(_NOT_XML.sub("\ufffd", str(value)))
