"""The QR code: what a phone reads off the screen is the address, on any terminal that has room for it."""

import subprocess
import sys

import pytest

from flickr_auth.cli import qr
from flickr_auth.cli.text import quoted
from flickr_auth.errors import Error

from qr_scanner import THEMES, grey, scanned, shown

TOKEN = "72157626737672178-022bbd2f4c2f3432"
FLICKR = f"https://www.flickr.com/services/oauth/authorize?oauth_token={TOKEN}&perms="
LONGEST = FLICKR + "delete"
STAND_IN = f"http://127.0.0.1:40123/services/oauth/authorize?oauth_token={TOKEN}&perms="
ADDRESSES = [
    *(FLICKR + perms for perms in ("read", "write", "delete")),
    *(STAND_IN + perms for perms in ("read", "write", "delete")),
    "http://127.0.0.1:40123/",
    "http://[::1]:40123/?a=%E2%82%AC~_.-!$'()*,;:@/+&b=#c",
    "HTTP://EXAMPLE.ORG/000000000",
    "http://example.org/?oauth_token=000000000123456789-000000001-00000000&perms=123456789",
    "http://example.org/?oauth_token=" + "aZ09-._~" * 30,
    "http://example.org/?oauth_token=" + "0123456789abcdef-" * 12,
    "9876543210",
]


def run(code):
    """What another interpreter prints that runs the code."""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    return ran.stdout


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("address", ADDRESSES)
def test_a_scanner_reads_the_address(address, theme):
    """Whatever the address and the terminal's theme, a scanner reads exactly the address off the screen."""
    assert scanned(shown(qr.drawn(address), rows=50), theme) == [address]


@pytest.mark.parametrize("theme", THEMES)
def test_the_code_the_address_and_the_prompt_fit_on_one_screen(theme):
    """On 80 by 24 nothing of the code has scrolled away when the address and the question stand below it."""
    screen = shown(f"{qr.drawn(LONGEST)}\n{LONGEST}\nEnter the code it shows: ")
    assert not screen.history.top
    assert "".join(screen.display[21:23]).rstrip() == LONGEST
    assert scanned(screen, theme) == [LONGEST]


def test_what_stands_beside_and_below_the_code_keeps_its_colours():
    """The code recolours its own square and nothing else of the terminal."""
    screen = shown(f"{qr.drawn(LONGEST)}\nEnter the code it shows: ")
    others = [screen.buffer[row][column] for row in range(24) for column in range(80) if column >= 41 or row >= 21]
    assert {(cell.fg, cell.bg) for cell in others} == {("default", "default")}


@pytest.mark.parametrize("theme", THEMES)
def test_the_code_has_a_light_rim_on_every_side(theme):
    """On a dark ground the code stands out all around, as scanners need it."""
    screen = shown(qr.drawn(LONGEST))
    sides = [(row, column) for row in range(21) for column in range(41) if row in (0, 20) or column in (0, 1, 39, 40)]
    assert {grey(screen.buffer[row][column], half, theme) for row, column in sides for half in (0, 1)} == {255}


def test_a_window_as_wide_as_the_code_is_wide_enough():
    """Every column that the window has can be used."""
    screen = shown(qr.drawn(LONGEST, columns=41), columns=41)
    assert not screen.history.top
    assert scanned(screen, "dark") == [LONGEST]


def test_a_window_that_is_too_narrow_is_told_and_no_broken_code_is_drawn():
    """Whoever has too narrow a window reads how wide it must be, without the token in the sentence."""
    with pytest.raises(Error) as raised:
        qr.drawn(LONGEST, columns=40)
    assert str(raised.value) == "The window is too narrow for the QR code: it has 40 columns, and the code takes 41."
    assert raised.value.hint == "Fix: widen the window, or leave out --qr"


def test_an_address_too_long_for_any_code_is_told():
    """No address ends in a traceback, however long it is."""
    with pytest.raises(Error, match=r"^The URL is too long for a QR code\."):
        qr.drawn("http://example.org/" + "x" * 3000, columns=1000)


def test_without_segno_one_reads_how_to_install_it():
    """Whoever asks for a QR code without having installed segno is told the command that does."""
    told = run(
        "import sys\n"
        "sys.modules['segno'] = None\n"  # what Python itself sees as a module that cannot be imported
        "from flickr_auth.cli import qr\n"
        "from flickr_auth.errors import Error\n"
        "try:\n"
        "    qr.require()\n"
        "except Error as failure:\n"
        "    print(failure.message, failure.hint, sep='\\n')\n"
    )
    assert told == (
        "--qr needs the Python package segno, which is not installed.\n"
        f"Run: {quoted(sys.executable)} -m pip install segno\n"
    )


def test_with_segno_nothing_is_asked_for():
    """Whoever has installed segno is not told to install it."""
    assert run("from flickr_auth.cli import qr; qr.require(); print('ready')") == "ready\n"


def test_a_login_without_a_qr_code_does_not_load_segno():
    """Whoever does not ask for a QR code neither needs segno nor waits for it."""
    assert "segno" not in run("import sys, flickr_auth.cli.qr; print(*sys.modules, sep='\\n')").split()
