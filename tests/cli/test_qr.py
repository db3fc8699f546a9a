"""The QR code: what a phone reads off the screen is the URL, on any terminal that has room for it."""

import subprocess
import sys

import pytest

from flickr_auth.cli import qr
from flickr_auth.errors import Error

from qr_scanner import THEMES, grey, scanned, shown

TOKEN = "72157626737672178-022bbd2f4c2f3432"
FLICKR = f"https://www.flickr.com/services/oauth/authorize?oauth_token={TOKEN}&perms="
LONGEST = FLICKR + "delete"
URLS = [
    FLICKR + "read",
    LONGEST,
    f"http://127.0.0.1:40123/services/oauth/authorize?oauth_token={TOKEN}&perms=delete",
    "http://[::1]:40123/?a=%E2%82%AC~_.-!$'()*,;:@/+&b=#c",
    "http://example.org/?oauth_token=000000000123456789-000000001-00000000&perms=123456789",
    "http://example.org/?oauth_token=" + "0123456789abcdef-" * 12,
    "9876543210",
]


@pytest.mark.parametrize("theme", THEMES)
def test_a_scanner_reads_the_url(theme):
    """Whatever the URL and the terminal's theme, a scanner reads exactly the URL off the screen."""
    for url in URLS:
        assert scanned(shown(qr.drawn(url), rows=50), theme) == [url]


@pytest.mark.parametrize("theme", THEMES)
def test_the_code_the_url_and_the_prompt_fit_on_one_screen(theme):
    """On 80 by 24 nothing has scrolled away, and a light rim on every side lets a scanner find the code."""
    screen = shown(f"{qr.drawn(LONGEST)}\n{LONGEST}\nEnter the code it shows: ")
    assert not screen.history.top
    assert "".join(screen.display[21:23]).rstrip() == LONGEST
    assert scanned(screen, theme) == [LONGEST]
    sides = [(row, column) for row in range(21) for column in range(41) if row in (0, 20) or column in (0, 1, 39, 40)]
    assert {grey(screen.buffer[row][column], half, theme) for row, column in sides for half in (0, 1)} == {255}


def test_what_stands_beside_and_below_the_code_keeps_its_colours():
    """The code recolours its own square and nothing else of the terminal."""
    screen = shown(f"{qr.drawn(LONGEST)}\nEnter the code it shows: ")
    others = [screen.buffer[row][column] for row in range(24) for column in range(80) if column >= 41 or row >= 21]
    assert {(cell.fg, cell.bg) for cell in others} == {("default", "default")}


def test_a_window_that_is_too_narrow_is_told_and_no_broken_code_is_drawn():
    """Every column can be used; whoever has one too few reads how many it takes, without the token."""
    screen = shown(qr.drawn(LONGEST, columns=41), columns=41)
    assert scanned(screen, "dark") == [LONGEST] and not screen.history.top
    with pytest.raises(Error) as raised:
        qr.drawn(LONGEST, columns=40)
    assert str(raised.value) == "The window is too narrow for the QR code: it has 40 columns, and the code takes 41."
    assert raised.value.hint == "Fix: widen the window, or leave out --qr"


def test_a_url_too_long_for_any_code_is_told():
    """No URL ends in a traceback, however long it is."""
    with pytest.raises(Error, match=r"^The URL is too long for a QR code\."):
        qr.drawn("http://example.org/" + "x" * 3000, columns=1000)


def test_a_login_without_a_qr_code_does_not_load_segno():
    """Whoever does not ask for a QR code neither needs segno nor waits for it."""
    code = "import sys, flickr_auth.cli.qr; print(*sys.modules, sep='\\n')"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert "segno" not in ran.stdout.split()
