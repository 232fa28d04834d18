"""Damage: which spans of cells differ between two pictures, few enough to be cheap to write."""

from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tui.drawing.canvas import CONTINUED, SPACE, Canvas
from tui.drawing.look import FAINT, REVERSE, ColorDepth, Look

BRIDGE: Final = 4
"""Equal cells written rather than jumped over: a cursor move takes a few bytes more."""


class Spans(NamedTuple):
    """Spans of cells, top to bottom and left to right: row, first column, column after the last."""

    rows: NDArray[np.intp]
    starts: NDArray[np.intp]
    ends: NDArray[np.intp]


def damage(before: Canvas, after: Canvas) -> Spans:
    """The spans in which two canvases of the same size look different on a terminal.

    Their looks may differ: what counts is the colour a cell is shown in, not its number in the
    palette. Nothing of one colour depth is taken to look like anything of another.
    """
    changed = before.glyph != after.glyph
    ink = before.bold != after.bold
    if _one_palette(before.look, after.look):
        changed |= before.bg != after.bg
        ink |= before.fg != after.fg
    else:
        old, new = _shown(before.look), _shown(after.look)
        changed |= old[before.bg] != new[after.bg]
        ink |= old[before.fg] != new[after.fg]
    if not after.look.mono:
        # A blank shows no ink; in reverse video, though, the ground is drawn with it.
        ink &= after.glyph != SPACE
    changed |= ink
    return _mended(after, _spans(changed))


def _one_palette(one: Look, other: Look) -> bool:
    """Whether a number means the same colour: looks that differ in levels have one palette."""
    return one.palette is other.palette


@lru_cache(maxsize=8)
def _shown(look: Look) -> NDArray[np.uint32]:
    """For each colour a number that two looks share where the terminal is told the same."""
    if look.depth is ColorDepth.TRUE:
        colors = [red << 16 | green << 8 | blue for red, green, blue in look.palette]
    elif look.mono:
        colors = [code & (FAINT | REVERSE) for code in look.codes]
    else:
        colors = list(look.codes)
    return np.array(colors, np.uint32) | np.uint32(list(ColorDepth).index(look.depth) << 24)


def _spans(changed: NDArray[np.bool_]) -> Spans:
    """Runs of changed cells, joined where at most BRIDGE equal cells lie between."""
    height, width = changed.shape
    # A margin wider than the bridge keeps runs of neighbouring rows apart in one flat pass.
    stride = width + BRIDGE + 2
    padded = np.zeros((height, stride), np.bool_)
    padded[:, 1 : width + 1] = changed
    flat = padded.ravel()
    edges = np.flatnonzero(flat[1:] != flat[:-1])
    starts, ends = edges[0::2], edges[1::2]
    if len(starts):
        apart = starts[1:] - ends[:-1] > BRIDGE
        starts = starts[np.concatenate(([True], apart))]
        ends = ends[np.concatenate((apart, [True]))]
    rows = starts // stride
    return Spans(rows, starts - rows * stride, ends - rows * stride)


def _mended(canvas: Canvas, spans: Spans) -> Spans:
    """The same spans, grown so that none begins or ends inside a wide character."""
    rows, starts, ends = spans
    if not len(rows):
        return spans
    inside = canvas.glyph == CONTINUED
    if not inside.any():
        return spans
    starts = starts - inside[rows, starts]
    last = canvas.width - 1
    ends = ends + (inside[rows, np.minimum(ends, last)] & (ends <= last))
    return Spans(rows, starts, ends)
