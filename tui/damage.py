"""Damage: which spans of cells differ between two pictures, few enough to be cheap to write."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tui.canvas import CONTINUED, Canvas

BRIDGE: Final = 8
"""Equal cells written rather than jumped over: a cursor move and a fresh colour cost as much."""


class Spans(NamedTuple):
    """Spans of cells, top to bottom and left to right: row, first column, column after the last."""

    rows: NDArray[np.intp]
    starts: NDArray[np.intp]
    ends: NDArray[np.intp]


def damage(before: Canvas, after: Canvas) -> Spans:
    """The spans in which two canvases of the same size differ."""
    changed = before.glyph != after.glyph
    changed |= before.fg != after.fg
    changed |= before.bg != after.bg
    changed |= before.bold != after.bold
    return _mended(after, _spans(changed))


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
