"""A terminal's screen, and a phone that reads a QR code off it."""

import re

import pyte
import zxingcpp

# From black (0) to white (255): letters, the plain ground, and all the colours that themes choose for themselves.
THEMES = {"dark": {"fg": 220, "bg": 0, "own": 40}, "light": {"fg": 30, "bg": 255, "own": 215}}
HALVES = {" ": ("bg", "bg"), "▀": ("fg", "bg"), "▄": ("bg", "fg"), "█": ("fg", "fg")}
A_LETTER = ("bg", "fg")  # roughly
MODULE = 4  # pixels


def shown(text, *, columns=80, rows=24):
    """The screen of a terminal that has shown the text. Themes choose the first 22 of its 256 colours."""
    screen = pyte.HistoryScreen(columns, rows)
    text = re.sub(r"(?<=[34])8;5;(1?[0-9]|2[01])(?![0-9])", "1", text)
    pyte.Stream(screen).feed(text.replace("\n", "\r\n"))
    return screen


def grey(cell, half, theme):
    """How light the upper (0) or lower (1) half of a cell is."""
    ground = HALVES.get(cell.data, A_LETTER)[half]
    colour = getattr(cell, ground)
    if colour == "default":
        return THEMES[theme][ground]
    if not re.fullmatch("[0-9a-f]{6}", colour):  # a name
        return THEMES[theme]["own"]
    return sum(bytes.fromhex(colour)) // 3


def scanned(screen, theme):
    """What a scanner reads that knows dark codes on a light ground only."""
    pixels = bytearray()
    for number in range(screen.lines):
        for half in (0, 1):
            row = (grey(screen.buffer[number][column], half, theme) for column in range(screen.columns))
            pixels += b"".join(bytes([each]) * MODULE for each in row) * MODULE
    image = memoryview(pixels).cast("B", (screen.lines * 2 * MODULE, screen.columns * MODULE))
    return [found.text for found in zxingcpp.read_barcodes(image, try_invert=False)]
