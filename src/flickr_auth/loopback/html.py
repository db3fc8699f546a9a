"""A page for the browser: small, self-contained, without scripts, and with headers that let nothing out of it."""

from __future__ import annotations

import html

CONTENT_TYPE = "text/html; charset=utf-8"
_STYLE = """
:root { color-scheme: light dark; --ink: #1b1b1b; --paper: #fff; --soft: #f3f3f5; --line: #c9c9d1; --go: #0b57d0;
  --ok: #137333; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #ececf1; --paper: #17171b; --soft: #24242b; --line: #4a4a55; --go: #8ab4f8;
    --ok: #81c995; }
}
body { margin: 0; font: 1.05rem/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); }
header { padding: .6rem 1rem; background: var(--soft); border-bottom: 1px solid var(--line); }
main { max-width: 40rem; margin: 0 auto; padding: 1rem; overflow-wrap: break-word; }
button, select { font: inherit; padding: .5rem 1rem; margin: .3rem .3rem .3rem 0; max-width: 100%; }
button.go { font-weight: 600; color: var(--paper); background: var(--go); border: 0; border-radius: .4rem; }
#pin { display: block; font: 700 2.6rem/1.3 ui-monospace, monospace; letter-spacing: .05em; user-select: all; }
table { border-collapse: collapse; } td, th { padding: .3rem .7rem .3rem 0; text-align: left; }
.wide { overflow-x: auto; font-size: .95em; } .wide th, .wide td:not(:last-child), code { white-space: nowrap; }
.wide button { padding: .2rem .6rem; margin: 0; }
a { color: var(--go); }
.mark { color: var(--ok); }
"""


def headers(form_action: str = "'none'") -> tuple[tuple[str, str], ...]:
    """Return the headers of a page: it loads nothing, its forms go where they may, and it is no referrer."""
    policy = (
        f"default-src 'none'; style-src 'unsafe-inline'; form-action {form_action}; frame-ancestors 'none';"
        " base-uri 'none'"
    )
    return (("Content-Security-Policy", policy), ("Referrer-Policy", "no-referrer"))


def render(title: str, inside: str, *, server: str, banner: str, mark: str = "") -> bytes:
    """Render a page. `inside` and `banner` are HTML; the tab shows the title and the name of the `server`.

    `mark` stands before the title in the colour of success.
    """
    sign = f'<span class="mark">{html.escape(mark)}</span> ' if mark else ""
    title = html.escape(title)
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="robots" content="noindex"><title>{title} ({server})</title><style>{_STYLE}</style></head>'
        f"<body><header>{banner}</header><main><h1>{sign}{title}</h1>{inside}</main></body></html>"
    ).encode()
