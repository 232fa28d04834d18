"""Canvases with anything anywhere, for the tests of what is written of them."""

import numpy as np
from hypothesis import strategies as st
from numpy.random import Generator

from tui.drawing.canvas import Canvas
from tui.drawing.look import LEVELS, ColorDepth, Look
from tui.themes import load_look

THEMES = ["colorblind", "dark", "light"]
NARROW = ("64250.50", "  0.125", "▲ buy", "·•●")
WIDE = (*NARROW, "币安 x", "比特币")


def looks(depth: ColorDepth) -> st.SearchStrategy[Look]:
    """Every theme and number of levels at a depth."""
    themes, levels = st.sampled_from(THEMES), st.sampled_from(LEVELS)
    return st.builds(lambda theme, steps: load_look(theme, depth, steps), themes, levels)


def drawn(
    look: Look, width: int, height: int, random: Generator, words: tuple[str, ...] = WIDE
) -> Canvas:
    """Heat, words and bars, laid over one another at random."""
    canvas = Canvas(width, height, look)
    inks = [look.text, look.dim, look.bid, look.ask, look.poc]
    grounds = [look.background, look.panel, look.bid_bar, look.sell_bar]
    # In runs, as heat is: the colours of one cell often are those of the next.
    steps = random.integers(-1, 2, (2, height, width)).cumsum(axis=2) % look.levels
    canvas.pixels(width // 4, 0, *look.heat_bid[steps])
    for _ in range(max(6, width * height // 60)):
        x, y = int(random.integers(-5, width + 1)), int(random.integers(0, height + 1))
        fg, bg = int(random.choice(inks)), int(random.choice(grounds))
        word = str(random.choice(words))
        canvas.text(x, y, word, fg, bg if random.random() < 0.5 else None, random.random() < 0.3)
        canvas.text(x, y, "██████▍"[int(random.integers(0, 7)) :].ljust(7), fg, bg)
        canvas.tint(x, y, 5, bg)
        canvas.text(x + 3, y, word, fg, bold=random.random() < 0.3)
    return canvas


def noise(look: Look, width: int, height: int, random: Generator) -> Canvas:
    """Narrow glyphs in any colours, as no pane would draw them."""
    canvas = Canvas(width, height, look)
    shape = (height, width)
    canvas.glyph[:] = random.choice([32, 32, 65, 0x2580, 0x2584, 0x2588, 0x25B2, 0xB7], shape)
    canvas.fg[:] = random.integers(0, len(look.palette), shape)
    canvas.bg[:] = random.integers(0, len(look.palette), shape)
    canvas.bold[:] = random.random(shape) < 0.2
    return canvas


def retouched(canvas: Canvas, look: Look, random: Generator) -> Canvas:
    """The same picture with a few things written over it, told in another look of its depth."""
    after = Canvas(canvas.width, canvas.height, look)
    after.blit(canvas, 0, 0)
    for plane in (after.fg, after.bg):
        np.minimum(plane, len(look.palette) - 1, out=plane)
    for _ in range(int(random.integers(0, 8))):
        x, y = int(random.integers(0, canvas.width)), int(random.integers(0, canvas.height))
        word = str(random.choice([*WIDE, " ", "a"]))
        ink, ground = random.integers(0, len(look.palette), 2).tolist()
        after.text(x, y, word, ink, ground, random.random() < 0.3)
    return after
