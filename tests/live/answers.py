"""Answers in one line each, without a secret: what two of them have in common, and what they differ in."""

import contextlib
import json
import re
from urllib.parse import unquote

from sandbox.dance import base_string

_TOKEN, _SECRET = re.compile(r"[0-9]{17}-[0-9a-f]{16}"), re.compile(r"[0-9a-f]{16}")
_PLAIN = (
    "oauth_problem",
    "oauth_callback_confirmed",
    "oauth_parameters_absent",
    "code",
)  # no value of theirs is secret
_LONGEST = 120  # characters of a message


def described(response):
    """The status, the content type, and the kind of the body; of what Flickr says only what is no secret."""
    return f"{response.status_code} {response.headers.get('Content-Type', 'no type')} {_body(response)}"


def stated(start, **facts):
    """The beginning of a line, and the names of the statements that are true."""
    true = [name.replace("_", " ") for name, is_true in facts.items() if is_true]
    return f"{start}: {', '.join(true)}" if true else start


def content(response):
    """The JSON object in the body; empty if there is none."""
    with contextlib.suppress(ValueError, AttributeError):
        parsed = json.loads(response.text)
        return parsed if isinstance(parsed, dict) else {}
    return {}


def dug(parsed, *names):
    """The value below these names of nested objects; None if it is not there."""
    for name in names:
        parsed = parsed.get(name) if isinstance(parsed, dict) else None
    return parsed


def _body(response):
    text = response.text.strip()
    if parsed := content(response):
        stat = f"stat={parsed.get('stat')}"
        return stat if parsed.get("stat") == "ok" else f"{stat} code={parsed.get('code')} {parsed.get('message')}"
    if re.match(r"[a-z_]+=\S*$", text):
        problem, is_there, sbs = text.partition("&debug_sbs=")
        its = f"&debug_sbs={'OURS' if sbs == _signed(response.request) else 'ANOTHER'}" if is_there else ""
        return "&".join(_pair(*pair.partition("=")[::2]) for pair in problem.split("&")) + its
    if re.match(r"<(!doctype )?html", text, re.IGNORECASE):
        return "a web page"
    return f"{len(response.content)} bytes of another kind" if text else "nothing"


def _pair(name, value):
    if name in _PLAIN:
        return f"{name}={value[:_LONGEST]}"
    kind = "TOKEN" if _TOKEN.fullmatch(value) else "SECRET" if _SECRET.fullmatch(value) else "ANOTHER"
    return f"{name}={kind}"


def _signed(request):
    """The base string of a request that had no form in its body."""
    header = request.headers["Authorization"]
    header = header.decode() if isinstance(header, bytes) else header
    quoted = (each.strip().partition("=")[::2] for each in header.partition(" ")[2].split(","))
    oauth = [(unquote(name), unquote(value.strip('"'))) for name, value in quoted]
    return base_string(request.method, request.url, oauth)
