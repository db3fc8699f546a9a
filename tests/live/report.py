"""What came of a visit, as a table in Markdown for the terminal and for an issue, in which nobody is named."""

import importlib.metadata
import platform
import re
import time
from collections import Counter

from flickr_auth.version import __version__
from live.expected import EXPECTED

AS_EXPECTED, DIFFERENT, NOT_TRIED = "as expected", "**different**", "not tried"
_SECRETS = re.compile(r"[0-9]+@N[0-9]{2}|[0-9]{5,}-[0-9a-f]{8,}|[0-9a-f]{16,}|(?:[0-9]{3}-){2}[0-9]{3}")


def verdict(name, answer):
    """Whether what was seen is what is expected under that name; None was not tried."""
    if answer is None:
        return NOT_TRIED
    return AS_EXPECTED if answer == EXPECTED[name].answer else DIFFERENT


def written(seen, site, *, hidden=()):
    """Write the report on what was seen, by name, without what is `hidden` or looks like a token or a secret."""
    verdicts = {name: verdict(name, seen.get(name)) for name in EXPECTED}
    counts = Counter(verdicts.values())
    versions = [f"{name} {importlib.metadata.version(name)}" for name in ("requests", "oauthlib", "urllib3")]
    lines = [
        f"flickr-auth {__version__} at {site} on {time.strftime('%Y-%m-%d', time.gmtime())}:",
        ", ".join(f"{counts[each]} {each.strip('*')}" for each in (AS_EXPECTED, DIFFERENT, NOT_TRIED)),
        f"(Python {platform.python_version()} on {platform.system()}, {', '.join(versions)})",
        "",
        "| behaviour | verdict | known before |",
        "|---|---|---|",
        *(f"| {name} | {verdicts[name]} | {EXPECTED[name].source} |" for name in EXPECTED),
    ]
    for name in EXPECTED:
        if verdicts[name] == DIFFERENT:
            lines += [
                "",
                f"{name}:",
                f"    expected: {EXPECTED[name].answer}",
                f"    seen:     {_plain(seen[name], hidden)}",
            ]
    return "\n".join(lines)


def _plain(text, hidden):
    for each in filter(None, hidden):
        text = text.replace(each, "…")
    return _SECRETS.sub("…", text)
