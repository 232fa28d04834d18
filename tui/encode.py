"""Encoder: canvas rows as terminal text, all rows of a frame in one vectorised pass.

Within a row only what changes is written (delta SGR), and an ink under blanks changes nothing.
Each row stands alone: it begins by saying both colours and ends with a reset.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from tui.canvas import CONTINUED, SPACE, Canvas
from tui.look import FAINT, REVERSE, ColorDepth, Look

_RESET = "\x1b[0m"
_BOLD = ("\x1b[22m", "\x1b[1m")

Objects = NDArray[Any]
"""numpy has no type for arrays of str objects."""
Flags = NDArray[np.bool_]
Ints = NDArray[np.int32]


def encode(canvas: Canvas) -> list[str]:
    """Every row as text with colours, as wide as the canvas."""
    if not canvas.width or not canvas.height:
        return [""] * canvas.height
    starts = np.arange(canvas.height) * canvas.width
    return _encode(_Cells.of(canvas), starts, canvas.look)


def encode_rows(canvas: Canvas, rows: Sequence[int]) -> list[str]:
    """Only these rows, in their order."""
    return encode_spans(canvas, rows, [0] * len(rows), [canvas.width] * len(rows))


def encode_spans(
    canvas: Canvas, rows: Sequence[int], lefts: Sequence[int], rights: Sequence[int]
) -> list[str]:
    """One text for each span of cells `lefts[i]` up to `rights[i]` of `rows[i]`."""
    left = np.asarray(lefts, np.int64)
    lengths = np.maximum(np.asarray(rights, np.int64) - left, 0)
    kept = lengths > 0
    texts = np.full(len(lengths), "", object)
    if kept.any():
        corners = np.asarray(rows, np.int64)[kept] * canvas.width + left[kept]
        cells, starts = _gathered(canvas, corners, lengths[kept])
        texts[kept] = _encode(cells, starts, canvas.look)
    return list(texts.tolist())


def encode_update(
    canvas: Canvas, rows: Sequence[int], lefts: Sequence[int], rights: Sequence[int]
) -> str:
    """All spans, none empty, as one text that moves the cursor to each.

    A span goes on in the colours of the one before it, which spares half the bytes of many small
    ones; the order must be kept.
    """
    left = np.asarray(lefts, np.int64)
    corners = np.asarray(rows, np.int64) * canvas.width + left
    cells, starts = _gathered(canvas, corners, np.asarray(rights, np.int64) - left)
    first = np.zeros(len(cells.glyph), np.bool_)
    first[:1] = True
    at, escapes = (_attributes if canvas.look.mono else _colors)(cells, first, canvas.look)
    edges = np.union1d(at, starts)
    pieces = np.full((len(edges), 3), "", object)
    moves = [f"\x1b[{y + 1};{x + 1}H" for y, x in zip(rows, lefts, strict=True)]
    pieces[np.searchsorted(edges, starts), 0] = moves
    pieces[np.searchsorted(edges, at), 1] = escapes
    pieces[:, 2] = _runs(cells.glyph, edges)
    return "".join(pieces.ravel().tolist()).replace("\0", "") + _RESET


def _gathered(
    canvas: Canvas, corners: NDArray[np.int64], lengths: NDArray[np.int64]
) -> tuple["_Cells", NDArray[np.int64]]:
    """The cells of spans in a line, and where each span starts in it."""
    starts = np.cumsum(lengths) - lengths
    where = np.repeat(corners - starts, lengths) + np.arange(int(lengths.sum()))
    cells = _Cells.of(canvas).at(where)
    # A span cannot show half of a wide character it begins or ends in.
    cells.glyph[starts[cells.glyph[starts] == CONTINUED]] = SPACE
    cells.glyph[_cut(canvas, corners, lengths, starts)] = SPACE
    return cells, starts


def _cut(
    canvas: Canvas,
    corners: NDArray[np.int64],
    lengths: NDArray[np.int64],
    starts: NDArray[np.int64],
) -> NDArray[np.int64]:
    """The last cells of the spans that are followed by what continues them."""
    after = corners + lengths
    inside = after % canvas.width != 0
    flat = canvas.glyph.ravel()
    cut = inside & (flat[np.where(inside, after, 0)] == CONTINUED)
    last: NDArray[np.int64] = (starts + lengths - 1)[cut]
    return last


@dataclass(slots=True)
class _Cells:
    """Cells in a line, one after the other."""

    glyph: NDArray[np.uint32]
    fg: NDArray[np.uint8]
    bg: NDArray[np.uint8]
    bold: Flags

    @classmethod
    def of(cls, canvas: Canvas) -> Self:
        return cls(canvas.glyph.ravel(), canvas.fg.ravel(), canvas.bg.ravel(), canvas.bold.ravel())

    def at(self, where: NDArray[np.int64]) -> "_Cells":
        return _Cells(self.glyph[where], self.fg[where], self.bg[where], self.bold[where])


def _encode(cells: _Cells, starts: NDArray[np.int64], look: Look) -> list[str]:
    first = np.zeros(len(cells.glyph), np.bool_)
    first[starts] = True
    marks = _attributes if look.mono else _colors
    at, escapes = marks(cells, first, look)
    pieces = np.empty((len(at), 2), object)
    pieces[:, 0] = escapes
    pieces[:, 1] = _runs(cells.glyph, at)
    parts = pieces.ravel().tolist()
    cuts = [*(2 * np.searchsorted(at, starts[1:])).tolist(), len(parts)]
    rows: list[str] = []
    begin = 0
    for end in cuts:
        rows.append("".join(parts[begin:end]) + _RESET)
        begin = end
    if not cells.glyph.all():
        rows = [row.replace("\0", "") for row in rows]
    return rows


def _runs(glyph: NDArray[np.uint32], at: NDArray[np.int64]) -> Objects:
    """The text from each place up to the next."""
    edges = np.append(at, len(glyph))
    single = (edges[1:] - at == 1) & (glyph[at] < len(_CHARACTERS))
    texts = np.empty(len(at), object)
    # Most cells of a heatmap stand alone: taking their text from a table saves half the time.
    texts[single] = _CHARACTERS[glyph[at[single]]]
    text = glyph.astype("<u4", copy=False).tobytes().decode("utf-32-le", "replace")
    longer = np.flatnonzero(~single)
    spans = zip(edges[longer].tolist(), edges[longer + 1].tolist(), strict=True)
    texts[longer] = [text[begin:end] for begin, end in spans]
    return texts


_CHARACTERS: Objects = np.array([chr(code) for code in range(0x2600)], object)
"""Up to the block elements and the marks the panes draw with."""


def _colors(cells: _Cells, first: Flags, look: Look) -> tuple[NDArray[np.int64], Objects]:
    """Where the colours change, and the escape to write there."""
    table = _table(look)
    fg, bg, bold = cells.fg.astype(np.int32), cells.bg.astype(np.int32), cells.bold
    blank = (cells.glyph == SPACE) & ~first
    if blank.any():
        # A blank shows no ink: let it keep the one before, so that it forces no change.
        source = np.where(blank, 0, np.arange(len(fg)))
        np.maximum.accumulate(source, out=source)
        fg, bold = fg[source], bold[source]
    new_fg, new_bg = _changed(fg, first), _changed(bg, first)
    if not bold.any():
        at = np.flatnonzero(new_fg | new_bg)
        return at, table.escapes(fg[at], bg[at], new_fg[at], new_bg[at])
    new_bold = _changed(bold, first)
    new_bold[first] = bold[first]
    at = np.flatnonzero(new_fg | new_bg | new_bold)
    weights = np.where(new_bold[at], _WEIGHTS[bold[at].astype(np.intp)], "")
    colors = table.escapes(fg[at], bg[at], new_fg[at], new_bg[at])
    return at, weights + colors


_WEIGHTS: Objects = np.array(_BOLD, object)


def _attributes(cells: _Cells, first: Flags, look: Look) -> tuple[NDArray[np.int64], Objects]:
    """The same without colours: bold, faint and reverse video."""
    codes = np.array(look.codes, np.uint8)
    faint = (codes[cells.fg] & FAINT) > 0
    reverse = (codes[cells.bg] & REVERSE) > 0
    key = cells.bold * 1 + faint * 2 + reverse * 4
    at = np.flatnonzero(_changed(key, first))
    return at, _ATTRIBUTES[key[at]]


def _attribute_escapes() -> Objects:
    names = ("1", "2", "7")
    sets = [[name for bit, name in enumerate(names) if key >> bit & 1] for key in range(8)]
    return np.array([f"\x1b[{';'.join(['0', *chosen])}m" for chosen in sets], object)


_ATTRIBUTES: Objects = _attribute_escapes()


def _changed(values: NDArray[Any], first: Flags) -> Flags:
    changed = first.copy()
    changed[1:] |= values[1:] != values[:-1]
    return changed


class _Table:
    """Every escape a look can need, prepared: ink and ground, ink alone, ground alone, none."""

    def __init__(self, look: Look) -> None:
        inks, grounds = _parameters(look)
        self._size = len(inks)
        both = [f"\x1b[{ink};{ground}m" for ink in inks for ground in grounds]
        alone = [f"\x1b[{one}m" for one in (*inks, *grounds)]
        self._escapes: Objects = np.array([*both, *alone, ""], object)

    def escapes(self, fg: Ints, bg: Ints, new_fg: Flags, new_bg: Flags) -> Objects:
        size = self._size
        one = np.where(new_fg, size * size + fg, size * size + size + bg)
        chosen = np.where(new_fg & new_bg, fg * size + bg, one)
        chosen = np.where(new_fg | new_bg, chosen, -1)
        found: Objects = self._escapes[chosen]
        return found


@lru_cache(maxsize=8)
def _table(look: Look) -> _Table:
    return _Table(look)


def _parameters(look: Look) -> tuple[list[str], list[str]]:
    """SGR parameters of each colour as ink and as ground."""
    if look.depth is ColorDepth.TRUE:
        colors = [f"{r};{g};{b}" for r, g, b in look.palette]
        return [f"38;2;{c}" for c in colors], [f"48;2;{c}" for c in colors]
    if look.depth is ColorDepth.C256:
        return [f"38;5;{c}" for c in look.codes], [f"48;5;{c}" for c in look.codes]
    low = [c if c < 8 else c + 52 for c in look.codes]
    return [str(30 + c) for c in low], [str(40 + c) for c in low]
