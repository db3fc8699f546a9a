"""A check of Flickr itself, for whoever has an API key: `python -m pytest -m live -s` opens a page and asks for a code.

It reads, and changes nothing at Flickr; it keeps nothing on this machine. It makes fewer than 60 requests, one page and
one code, and takes about two minutes. FLICKR_AUTH_BASE_URL leads it to a sandbox, for a trial.
"""

import os
import sys
import tempfile
import traceback

import pytest

from flickr_auth import provider
from flickr_auth.cli import browser
from flickr_auth.errors import Error
from flickr_auth.storage import apikeys
from live.asking import Visit
from live.report import DIFFERENT, verdict, written
from live.story import told

import in_process


def ask_at_the_terminal(page):
    """Open the page, and ask whoever is there for the code on it."""
    print(f'\nOpen this page and click "OK, I\'ll authorize it" (read permission):\n\n{page}\n', flush=True)
    if browser.is_there(os.environ):
        browser.open_page(page, os.environ)
    while not (code := input("Enter the code it shows: ").strip()):
        pass
    return code


@pytest.mark.live
@pytest.mark.timeout(0)  # a person has all the time
def test_flickr_answers_as_the_sandbox_does(request, started_in):
    """Flickr does what the sandbox does in its place: logins, calls and refusals have the same answers."""
    if request.config.option.capture != "no" or not sys.stdin.isatty():
        pytest.fail("It asks a person for a code. At a terminal: python -m pytest -m live -s", pytrace=False)
    environ, folder = started_in
    fault = ""
    with in_process.surroundings(environ, folder):
        try:
            whose, keys = provider.wanted(environ), apikeys.find(environ, print, environ.get("FLICKR_APIKEYS"))
        except Error as failure:
            fault = f"{failure.message}\n{failure.hint}"
    if fault:
        pytest.fail(fault, pytrace=False)
    environ = {name: value for name, value in environ.items() if not name.startswith("FLICKR_")}
    seen, faults = {}, []
    with (
        tempfile.TemporaryDirectory() as home,
        in_process.surroundings(environ, home),
        Visit(whose, keys, home) as visit,
    ):
        try:
            for name, answer in told(visit, ask_at_the_terminal):
                seen[name] = answer
                print(f"{name}: {verdict(name, answer)}", flush=True)
        except Exception as failure:  # noqa: BLE001  # whatever it is: a traceback would show what is in the frames
            where = traceback.extract_tb(failure.__traceback__)[-1]
            faults = [f"It ended early: {type(failure).__name__} in {where.name}, line {where.lineno}"]
    print(f"\n\n{written(seen, whose.site, hidden=keys)}\n\nTo revoke the token: {whose.revoke_url}")
    faults += [f"{name} is different" for name, answer in seen.items() if verdict(name, answer) == DIFFERENT]
    if faults:
        pytest.fail("\n".join(faults), pytrace=False)
