"""The QR code: what a phone reads off the screen is the URL, on any terminal that has room for it."""

import pytest

from flickr_auth.cli import qr
from flickr_auth.errors import Error

from qr_scanner import THEMES, grey, scanned, shown
from terminals import needs_a_terminal

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


def test_a_scanner_reads_the_url():
    """Whatever the URL and the terminal's theme, a scanner reads exactly the URL off the screen."""
    for url in URLS:
        screen = shown(qr.drawn(url), rows=50)
        assert [scanned(screen, theme) for theme in THEMES] == [[url]] * len(THEMES)


def test_the_code_the_url_and_the_prompt_fit_on_one_screen():
    """On 80 by 24 nothing has scrolled away, a light rim on every side lets a scanner find the code, and no colour
    of what stands beside and below it is changed."""
    screen = shown(f"{qr.drawn(LONGEST)}\n{LONGEST}\nEnter the code it shows: ")
    assert not screen.history.top
    assert "".join(screen.display[21:23]).rstrip() == LONGEST
    sides = [(row, column) for row in range(21) for column in range(41) if row in (0, 20) or column in (0, 1, 39, 40)]
    for theme in THEMES:
        assert scanned(screen, theme) == [LONGEST]
        assert {grey(screen.buffer[row][column], half, theme) for row, column in sides for half in (0, 1)} == {255}
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


def test_where_no_terminal_can_show_it_the_url_alone_is_printed(here):
    """In a pipe or a log no picture is in the way of the URL, and it is said why."""
    ran = here.run("login", "--start", "--qr")
    assert ran.returncode == 0 and ran.stdout.startswith("http") and "Only a terminal can show a QR code" in ran.stderr
    assert not set("█▀▄#") & set(ran.stdout + ran.stderr)


@needs_a_terminal
def test_a_login_goes_on_where_the_code_does_not_fit(here):
    """Whoever has a narrow window is told what helps, and has the URL."""
    terminal = here.terminal("login", "--qr", columns=36)
    terminal.expect("too narrow")
    terminal.expect("Fix: widen the window, or leave out")
    terminal.expect("http://")
    terminal.expect("Enter the code it shows: ")
    terminal.sendintr()
    terminal.read()
    terminal.close()
    assert terminal.exitstatus == 130
