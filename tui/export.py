"""Export: a canvas as plain text, terminal text, SVG or PNG, without a terminal."""

import io
import itertools
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape

import numpy as np
from numpy.typing import NDArray

from feeds.errors import ConfigError
from tui.drawing.canvas import CONTINUED, SPACE, Canvas
from tui.drawing.color import Rgb, hex_code
from tui.drawing.encode import encode
from tui.drawing.glyphs import rectangles, shade
from tui.drawing.look import REVERSE

if TYPE_CHECKING:
    from PIL import ImageFont

CELL_WIDTH: Final = 10
CELL_HEIGHT: Final = 20
"""Pixels of a cell in pictures."""

_FONT_SIZE: Final = 16
_FONTS: Final = "DejaVu Sans Mono, Menlo, Consolas, Liberation Mono, monospace"
_NOT_XML: Final = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def text(canvas: Canvas) -> str:
    """The glyphs alone, a line a row; draw with a MONO look, for colours are lost."""
    return "".join(line.rstrip() + "\n" for line in _lines(canvas))


def ansi(canvas: Canvas) -> str:
    """The rows as a terminal shows them, for `cat` and `less -R`."""
    return "".join(row + "\n" for row in encode(canvas))


def svg(canvas: Canvas) -> str:
    """A picture of vectors: grounds and block elements as paths, the rest as text on the grid."""
    width, height = canvas.width * CELL_WIDTH, canvas.height * CELL_HEIGHT
    fg, bg = _colors(canvas)
    ground = canvas.look.palette[canvas.look.background]
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"'
        f' viewBox="0 0 {width} {height}">',
        f'<rect width="{width}" height="{height}" fill="{hex_code(ground)}"/>',
        f'<g transform="scale({CELL_WIDTH} {CELL_HEIGHT})" shape-rendering="crispEdges">',
        *_ground_paths(bg, ground),
        *_block_paths(canvas, fg),
        f'</g><g font-family="{_FONTS}" font-size="{_FONT_SIZE}" xml:space="preserve">',
        *_words(canvas, fg),
        "</g></svg>\n",
    ]
    return "\n".join(parts)


def png(canvas: Canvas) -> bytes:
    """A picture of pixels; needs Pillow, which the extra `tapetop[png]` brings."""
    try:
        from PIL import Image
    except ImportError:
        raise ConfigError(
            "png pictures need Pillow: pip install 'tapetop[png]', or use --format svg"
        ) from None
    image = Image.fromarray(_pixels(canvas))
    target = io.BytesIO()
    image.save(target, "PNG")
    return target.getvalue()


def _lines(canvas: Canvas) -> list[str]:
    rows = canvas.glyph.astype("<u4", copy=False)
    return [row.tobytes().decode("utf-32-le", "replace").replace("\0", "") for row in rows]


def _colors(canvas: Canvas) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Red, green and blue of each cell's ink and ground, as a terminal resolves them."""
    look = canvas.look
    palette = np.array(look.palette, np.uint8)
    fg, bg = palette[canvas.fg], palette[canvas.bg]
    if look.mono:
        # Without colours every ink is the terminal's own; reverse video swaps it with the ground.
        fg[canvas.fg == look.background] = palette[look.text]
        bg[:] = palette[look.background]
        reverse = (np.array(look.codes, np.uint8)[canvas.bg] & REVERSE) > 0
        fg[reverse], bg[reverse] = bg[reverse], fg[reverse]
    return fg, bg


def _ground_paths(bg: NDArray[np.uint8], ground: Rgb) -> Iterator[str]:
    paths: defaultdict[Rgb, list[str]] = defaultdict(list)
    for y, row in enumerate(bg):
        for left, right in _runs(row):
            color = _rgb(row[left])
            if color != ground:
                paths[color].append(_box(left, y, right, y + 1))
    for color, boxes in paths.items():
        yield f'<path fill="{hex_code(color)}" d="{"".join(boxes)}"/>'


def _block_paths(canvas: Canvas, fg: NDArray[np.uint8]) -> Iterator[str]:
    paths: defaultdict[tuple[Rgb, float], list[str]] = defaultdict(list)
    for y, x, glyph in _marks(canvas):
        color, cover = _rgb(fg[y, x]), shade(glyph)
        if cover:
            paths[color, cover].append(_box(x, y, x + 1, y + 1))
        for left, top, right, bottom in rectangles(glyph):
            paths[color, 1.0].append(_box(x + left, y + top, x + right, y + bottom))
    for (color, cover), boxes in paths.items():
        opacity = "" if cover == 1.0 else f' fill-opacity="{cover}"'
        yield f'<path fill="{hex_code(color)}"{opacity} d="{"".join(boxes)}"/>'


def _words(canvas: Canvas, fg: NDArray[np.uint8]) -> Iterator[str]:
    """Runs of text of one colour and weight, each held to its cells."""
    for y, row in enumerate(_word_cells(canvas)):
        for left, right in _runs(np.column_stack((fg[y], canvas.bold[y], row != SPACE))):
            glyphs = row[left:right]
            word = "".join(map(chr, glyphs[glyphs != CONTINUED].tolist()))
            if not word.strip():
                continue
            weight = ' font-weight="bold"' if canvas.bold[y, left] else ""
            yield (
                f'<text x="{left * CELL_WIDTH}" y="{y * CELL_HEIGHT + 15}"'
                f' textLength="{(right - left) * CELL_WIDTH}" lengthAdjust="spacingAndGlyphs"'
                f' fill="{hex_code(_rgb(fg[y, left]))}"{weight}>{_xml(word)}</text>'
            )


def _word_cells(canvas: Canvas) -> NDArray[np.uint32]:
    """The glyphs a font draws; block elements and rules are blank here."""
    cells = canvas.glyph.copy()
    for glyph in np.unique(cells).tolist():
        if rectangles(chr(glyph)) or shade(chr(glyph)):
            cells[cells == glyph] = SPACE
    return cells


def _marks(canvas: Canvas) -> Iterator[tuple[int, int, str]]:
    rows, columns = np.nonzero((canvas.glyph != SPACE) & (canvas.glyph != CONTINUED))
    glyphs = canvas.glyph[rows, columns].tolist()
    for y, x, glyph in zip(rows.tolist(), columns.tolist(), glyphs, strict=True):
        yield y, x, chr(glyph)


def _runs(row: NDArray[np.generic]) -> Iterator[tuple[int, int]]:
    """Spans of equal neighbours along the first axis."""
    if len(row):
        changes = np.flatnonzero((row[1:] != row[:-1]).any(axis=1)) + 1
        edges = [0, *changes.tolist(), len(row)]
        yield from itertools.pairwise(edges)


def _box(left: float, top: float, right: float, bottom: float) -> str:
    width, height = right - left, bottom - top
    return f"M{left:.6g} {top:.6g}h{width:.6g}v{height:.6g}h{-width:.6g}z"


def _rgb(color: NDArray[np.uint8]) -> Rgb:
    red, green, blue = color.tolist()
    return red, green, blue


def _xml(word: str) -> str:
    return escape(_NOT_XML.sub("?", word))


def _pixels(canvas: Canvas) -> NDArray[np.uint8]:
    """The whole picture [height, width, 3]; each glyph is blended into all its cells at once."""
    if not canvas.width or not canvas.height:
        return np.zeros((1, 1, 3), np.uint8)
    fg, bg = _colors(canvas)
    shape = (canvas.height, canvas.width, CELL_HEIGHT, CELL_WIDTH, 3)
    cells = np.broadcast_to(bg[:, :, None, None, :], shape).copy()
    for glyph in np.unique(canvas.glyph).tolist():
        for bold in (False, True):
            rows, columns = np.nonzero((canvas.glyph == glyph) & (canvas.bold == bold))
            if len(rows) and glyph not in (SPACE, CONTINUED):
                cover, ink = _cover(chr(glyph), bold), fg[rows, columns]
                _blend(cells, rows, columns, ink, cover[:, :CELL_WIDTH])
                # What a wide glyph has over goes into the cell it continues in.
                inside = columns + 1 < canvas.width
                rows, columns, ink = rows[inside], columns[inside] + 1, ink[inside]
                wide = canvas.glyph[rows, columns] == CONTINUED
                _blend(cells, rows[wide], columns[wide], ink[wide], cover[:, CELL_WIDTH:])
    height, width = canvas.height * CELL_HEIGHT, canvas.width * CELL_WIDTH
    return np.ascontiguousarray(cells.swapaxes(1, 2).reshape(height, width, 3))


def _blend(
    cells: NDArray[np.uint8],
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    ink: NDArray[np.uint8],
    cover: NDArray[np.float64],
) -> None:
    mask = cover[None, :, :, None]
    mixed = cells[rows, columns] * (1 - mask) + ink[:, None, None, :] * mask
    cells[rows, columns] = np.rint(mixed).astype(np.uint8)


@lru_cache(maxsize=1024)
def _cover(glyph: str, bold: bool) -> NDArray[np.float64]:
    """How much of each pixel a glyph inks, two cells wide for the wide ones."""
    mask = np.full((CELL_HEIGHT, 2 * CELL_WIDTH), shade(glyph))
    boxes = rectangles(glyph)
    for left, top, right, bottom in boxes:
        # A rule is at least one pixel thick.
        x, y = round(left * CELL_WIDTH), round(top * CELL_HEIGHT)
        x_end, y_end = round(right * CELL_WIDTH), round(bottom * CELL_HEIGHT)
        mask[y : max(y + 1, y_end), x : max(x + 1, x_end)] = 1.0
    if boxes or shade(glyph):
        return mask
    from PIL import Image, ImageDraw

    image = Image.new("L", (2 * CELL_WIDTH, CELL_HEIGHT))
    ImageDraw.Draw(image).text((0, 15), glyph, fill=255, font=_font(bold), anchor="ls")
    return np.asarray(image, np.float64) / 255.0


@lru_cache(maxsize=2)
def _font(bold: bool) -> "ImageFont.FreeTypeFont | ImageFont.ImageFont":
    from PIL import ImageFont

    name = "DejaVuSansMono-Bold.ttf" if bold else "DejaVuSansMono.ttf"
    try:
        return ImageFont.truetype(name, _FONT_SIZE)
    except OSError:
        return ImageFont.load_default(_FONT_SIZE)
