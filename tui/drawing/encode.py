"""Encoder: canvas rows as terminal text, all rows of a frame in one vectorised pass.

Only what changes is written (delta SGR), and an ink under blanks changes nothing. Each row or span
stands alone, from a terminal without attributes back to one; those of an update follow each other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from tui.drawing.canvas import CONTINUED, SPACE, Canvas
from tui.drawing.escapes import SAME, escapes
from tui.drawing.halves import exchanged
from tui.drawing.look import FAINT, REVERSE, Look

_RESET = "\x1b[0m"

Flags = NDArray[np.bool_]
Places = NDArray[np.intp]
Edges: TypeAlias = Sequence[int] | Places
"""Rows or columns of spans, as a list or as damage gives them."""


def encode(canvas: Canvas) -> list[str]:
    """Every row as text with colours, as wide as the canvas."""
    if not canvas.width or not canvas.height:
        return [""] * canvas.height
    starts = np.arange(0, canvas.width * canvas.height, canvas.width)
    return _alone(_Cells.of(canvas), starts, canvas.look)


def encode_spans(canvas: Canvas, rows: Edges, lefts: Edges, rights: Edges) -> list[str]:
    """One text for each span of cells `lefts[i]` up to `rights[i]` of `rows[i]`."""
    left = np.asarray(lefts, np.intp)
    lengths = np.maximum(np.asarray(rights, np.intp) - left, 0)
    kept = np.flatnonzero(lengths)
    texts = [""] * len(lengths)
    if len(kept):
        corners = np.asarray(rows, np.intp)[kept] * canvas.width + left[kept]
        cells, starts = _gathered(canvas, corners, lengths[kept])
        for place, text in zip(kept.tolist(), _alone(cells, starts, canvas.look), strict=True):
            texts[place] = text
    return texts


def encode_update(
    canvas: Canvas, rows: Edges, lefts: Edges, rights: Edges, *, thrifty: bool = True
) -> str:
    """All spans, none empty, as one text that moves the cursor to each.

    A span goes on in the colours of the one before it, which spares half the bytes of many small
    ones; a quarter of the rest is spared by writing those of one colour together. `thrifty` spends
    an eighth more time on up to a tenth fewer bytes.
    """
    row, left = np.asarray(rows, np.intp), np.asarray(lefts, np.intp)
    if not len(row):
        return ""
    lengths = np.asarray(rights, np.intp) - left
    corners = row * canvas.width + left
    if lengths.sum() < _SHORT * len(row):
        order = _by_color(canvas, corners)
        row, left, lengths, corners = row[order], left[order], lengths[order], corners[order]
    cells, starts = _gathered(canvas, corners, lengths)
    pieces, edges = _pieces(cells, starts, starts[:1], canvas.look, thrifty)
    moves = _moves(row.tolist(), left.tolist())
    for place, move in zip(edges.searchsorted(starts).tolist(), moves, strict=True):
        pieces[2 * place] = move + pieces[2 * place]
    pieces.append(_RESET)
    return _narrowed(["".join(pieces)], cells)[0]


_SHORT = 10
"""Cells a span, on average, below which the order of the spans is worth a thought."""


def _by_color(canvas: Canvas, corners: Places) -> Places:
    """The order of spans by the colours they begin in."""
    colors = canvas.bg.ravel()[corners].astype(np.intp) << 8 | canvas.fg.ravel()[corners]
    return colors.argsort(kind="stable")


def _moves(rows: list[int], lefts: list[int]) -> list[str]:
    """Cursor moves, each to a column by its number.

    By a distance would be shorter still, and wrong for the rest of the row where a terminal draws
    some mark wider than we think.
    """
    along = _along(1 << max(lefts).bit_length())
    return [
        along[x] if y == row else f"\x1b[{y + 1};{x + 1}H"
        for row, y, x in zip([-1, *rows[:-1]], rows, lefts, strict=True)
    ]


@lru_cache(maxsize=16)
def _along(width: int) -> list[str]:
    """The move to each column of the row the cursor is in."""
    return [f"\x1b[{x + 1}G" for x in range(width)]


def _gathered(canvas: Canvas, corners: Places, lengths: Places) -> tuple["_Cells", Places]:
    """The cells of spans in a line, and where each span starts in it."""
    starts = np.cumsum(lengths) - lengths
    where = np.repeat(corners - starts, lengths)
    where += np.arange(len(where))
    cells = _Cells.of(canvas).at(where)
    if not canvas.glyph.all():
        _blank_halves(canvas, cells, corners, starts, lengths)
    return cells, starts


def _blank_halves(
    canvas: Canvas, cells: "_Cells", corners: Places, starts: Places, lengths: Places
) -> None:
    """A span cannot show half of a wide character it begins or ends in."""
    cells.glyph[starts[cells.glyph[starts] == CONTINUED]] = SPACE
    after = corners + lengths
    inside = after % canvas.width != 0
    cut = inside & (canvas.glyph.ravel()[np.where(inside, after, 0)] == CONTINUED)
    cells.glyph[(starts + lengths - 1)[cut]] = SPACE


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

    def at(self, where: Places) -> "_Cells":
        return _Cells(self.glyph[where], self.fg[where], self.bg[where], self.bold[where])


def _alone(cells: _Cells, starts: Places, look: Look) -> list[str]:
    """The text of each run of cells, none of which knows what was written before it."""
    pieces, edges = _pieces(cells, starts, starts, look)
    cuts = [*(2 * edges.searchsorted(starts)).tolist(), len(pieces)]
    texts = ["".join(pieces[begin:end]) + _RESET for begin, end in pairwise(cuts)]
    return _narrowed(texts, cells)


def _narrowed(texts: list[str], cells: _Cells) -> list[str]:
    """The texts without the cells that wide characters cover."""
    return texts if cells.glyph.all() else [text.replace("\0", "") for text in texts]


def _pieces(
    cells: _Cells, starts: Places, fresh: Places, look: Look, thrifty: bool = True
) -> tuple[list[str], Places]:
    """Escapes and texts in turn, and the places where the escapes stand.

    There is one at each start. At the `fresh` ones nothing is known of the terminal but that it
    has no attributes.
    """
    if thrifty and not look.mono:
        glyph, ink, ground = exchanged(cells.glyph, cells.fg, cells.bg, cells.bold)
        cells = _Cells(glyph, ink, ground, cells.bold)
    marks, edges, said = (_attributes if look.mono else _colors)(cells, starts, fresh, look)
    pieces = [""] * (2 * len(said))
    pieces[0::2] = said
    pieces[1::2] = _texts(cells.glyph, marks, edges)
    return pieces, edges


_CUT = 1
"""A character no canvas holds."""


def _texts(glyph: NDArray[np.uint32], marks: Flags, edges: Places) -> list[str]:
    """The text from each edge up to the next: cut by the library, which is faster than slicing."""
    spread = np.empty(len(glyph) + len(edges), "<u4")
    places = np.cumsum(marks, dtype=np.intp)
    places += np.arange(len(glyph))
    spread[places] = glyph
    spread[edges + np.arange(len(edges))] = _CUT
    return spread.tobytes().decode("utf-32-le", "replace").split(chr(_CUT))[1:]


def _colors(
    cells: _Cells, starts: Places, fresh: Places, look: Look
) -> tuple[Flags, Places, list[str]]:
    """Where something is said (as flags and as places), and the escapes to write there."""
    marks = _changed(cells.bg, fresh)
    ground = np.where(marks, cells.bg, np.uint8(SAME))
    # A blank shows no ink: it keeps the one before, so that it forces no change.
    inked = np.flatnonzero(cells.glyph != SPACE)
    begun = inked.searchsorted(fresh)
    begun = begun[begun < len(inked)]
    shown = cells.fg[inked]
    changed = _changed(shown, begun)
    ink = np.full(len(marks), SAME, np.uint8)
    ink[inked[changed]] = shown[changed]
    marks[inked[changed]] = True
    marks[starts] = True
    heavy = cells.bold[inked]
    weighed = _changed(heavy, begun)
    # Nothing is bold where nothing is known.
    weighed[begun] = heavy[begun]
    marks[inked[weighed]] = True
    edges = np.flatnonzero(marks)
    said = escapes(look).change(ink[edges], ground[edges])
    numbers = edges.searchsorted(inked[weighed]).tolist()
    for number, bold in zip(numbers, heavy[weighed].tolist(), strict=True):
        weight = "1" if bold else "22"
        said[number] = f"\x1b[{weight};{said[number][2:]}" if said[number] else f"\x1b[{weight}m"
    return marks, edges, said


def _attributes(
    cells: _Cells, starts: Places, fresh: Places, look: Look
) -> tuple[Flags, Places, list[str]]:
    """The same without colours: bold, faint and reverse video."""
    codes = np.array(look.codes, np.uint8)
    faint = (codes[cells.fg] & FAINT) > 0
    reverse = (codes[cells.bg] & REVERSE) > 0
    key = cells.bold * 1 + faint * 2 + reverse * 4
    marks = _changed(key, fresh)
    said = np.where(marks, _ATTRIBUTES[key], "")
    marks[starts] = True
    edges = np.flatnonzero(marks)
    return marks, edges, list(said[edges].tolist())


def _attribute_escapes() -> NDArray[Any]:
    # numpy has no type for arrays of str objects.
    names = ("1", "2", "7")
    sets = [[name for bit, name in enumerate(names) if key >> bit & 1] for key in range(8)]
    return np.array([f"\x1b[{';'.join(['0', *chosen])}m" for chosen in sets], object)


_ATTRIBUTES = _attribute_escapes()


def _changed(values: NDArray[Any], fresh: Places) -> Flags:
    changed = np.empty(len(values), np.bool_)
    np.not_equal(values[1:], values[:-1], out=changed[1:])
    changed[fresh] = True
    return changed
