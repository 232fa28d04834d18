"""The one widget: shows a canvas of cells, and tells the terminal only about cells that changed.

Textual keeps no memory of cells: a widget that repaints is written again whole. So the widget
compares each canvas with the one before it, prepares the escapes of the changed spans in one
pass, and hands Textual strips that already are terminal text. Where something lies over the
widget (a dialog) or a picture of the screen is taken, the same strips give ordinary segments.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from time import perf_counter
from typing import Any, TypeAlias

import numpy as np
from rich.color import Color
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual.color import Color as TextualColor
from textual.filter import LineFilter
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from tui.desk.performance import Cost, Owners
from tui.drawing.canvas import Canvas
from tui.drawing.encode import encode, encode_spans, encode_update
from tui.drawing.look import FAINT, MOST_COLORS, REVERSE, Look
from tui.terminal.damage import Spans, damage

Span: TypeAlias = tuple[int, int, int]
"""Row, first column, column after the last."""


class CellView(Widget):
    """A widget that shows the canvas it was given last; it covers the screen from its corner."""

    ALLOW_SELECT = False
    DEFAULT_CSS = "CellView { width: 100%; height: 100%; }"

    def __init__(self, canvas: Canvas) -> None:
        super().__init__()
        self.canvas = canvas
        self.thrifty = False
        """Whether bytes are worth more than time."""
        self.write_now: Callable[[str], bool] = lambda _: False
        """The short way to the terminal: says whether it could be taken."""
        self.costs: dict[str, Cost] = {}
        """What showing each owner's cells has cost, while that is measured."""
        self._update: tuple[list[Span], str] = ([], "")
        self._strips: list[CellStrip] = []
        self._repaint_whole()

    def show(self, canvas: Canvas, owners: Owners | None = None) -> bool:
        """Show a canvas; say whether it differs from the one on the screen.

        With `owners`, what each of them costs is added to `costs`.
        """
        before, self.canvas = self.canvas, canvas
        if before.glyph.shape != canvas.glyph.shape:
            self._repaint_whole()
            self.refresh()
            return True
        spans = damage(before, canvas)
        if not len(spans.rows):
            return False
        text = self._prepare(spans) if owners is None else self._measured(spans, owners)
        if not self.write_now(text):
            self.refresh(*_regions(spans))
        return True

    def update_text(self, spans: Sequence[Span]) -> str | None:
        """The terminal text of these spans of the screen, if they are what was prepared."""
        prepared, text = self._update
        return text if prepared == spans else None

    def render_lines(self, crop: Region) -> list[Strip]:
        """Give Textual the rows it asks for."""
        # Textual clears these only where it renders the content itself; they would pile up.
        self._dirty_regions.clear()
        rows: list[Strip] = []
        for y in crop.line_range:
            strip = self._strips[y] if y < len(self._strips) else Strip([], 0)
            if strip.cell_length < crop.right:
                strip = strip.extend_cell_length(crop.right, self._ground())
            rows.append(strip.crop(crop.x, crop.right))
        return rows

    def _repaint_whole(self) -> None:
        """Forget every row and prepare them all: another size or other colours."""
        width = self.canvas.width
        self._update = ([], "")
        lines = encode(self.canvas) if width and self.canvas.height else []
        self._strips = [CellStrip(self, y, 0, width, line) for y, line in enumerate(lines)]

    def _prepare(self, spans: Spans) -> str:
        """Encode the changed spans together, and forget the strips of their rows."""
        width = self.canvas.width
        rows, starts, ends = (edges.tolist() for edges in spans)
        text = encode_update(self.canvas, rows, starts, ends, thrifty=self.thrifty)
        self._update = (list(zip(rows, starts, ends, strict=True)), text)
        for y in set(rows):
            self._strips[y] = CellStrip(self, y, 0, width)
        return text

    def _measured(self, spans: Spans, owners: Owners) -> str:
        """The same, encoded owner by owner, so that the figures are what each costs alone."""
        self._prepare(spans)
        texts: list[str] = []
        for owner, parts in _by_owner(spans, owners):
            started = perf_counter()
            edges = [edge.tolist() for edge in parts]
            text = encode_update(self.canvas, *edges, thrifty=self.thrifty)
            cost = self.costs.setdefault(owner, Cost())
            cost.seconds += perf_counter() - started
            cost.bytes += len(text.encode("utf-8", "replace"))
            texts.append(text)
        return "".join(texts)

    def _ground(self) -> Style:
        return _style(self.canvas.look, self.canvas.look.text, self.canvas.look.background, False)


class CellStrip(Strip):
    """A run of one row of a view's canvas; cropping costs nothing, segments are made on demand."""

    __slots__ = ("_parts", "_view", "_x1", "_x2", "_y")

    def __init__(self, view: CellView, y: int, x1: int, x2: int, ansi: str | None = None) -> None:
        # Strip's own caches are never made: everything that would use them is overridden.
        self._view, self._y, self._x1, self._x2 = view, y, x1, x2
        self._cell_length = self._cell_count = x2 - x1
        self._render_cache = ansi
        self._link_ids = None
        self._parts: list[Segment] | None = None

    @property
    def _segments(self) -> list[Segment]:  # type: ignore[override]  # a slot made a property
        if self._parts is None:
            self._parts = _segments(self._view.canvas, self._y, self._x1, self._x2)
        return self._parts

    def render(self, console: Console) -> str:
        """Return the terminal text, prepared or made now."""
        if self._render_cache is None:
            span = ([self._y], [self._x1], [self._x2])
            self._render_cache = encode_spans(self._view.canvas, *span)[0]
        return self._render_cache

    def crop(self, start: int, end: int | None = None) -> Strip:
        """Return a part of the run."""
        start, length = max(0, start), self._x2 - self._x1
        end = length if end is None else min(end, length)
        if start == 0 and end == length:
            return self
        if end <= start:
            return Strip([], 0)
        x1, x2 = self._x1 + start, self._x1 + end
        return CellStrip(self._view, self._y, x1, x2)

    def divide(self, cuts: Iterable[int]) -> Sequence[Strip]:
        """Cut the run at cell positions."""
        parts, start = [], 0
        for cut in cuts:
            if cut <= self._x2 - self._x1:
                parts.append(self.crop(start, cut))
                start = cut
        return parts

    def plain(self) -> Strip:
        """Return an ordinary strip, for everything that restyles what it shows."""
        return Strip(self._segments, self._x2 - self._x1)

    def apply_filter(self, filter: LineFilter, background: TextualColor) -> Strip:
        """Return the strip filtered."""
        return self.plain().apply_filter(filter, background)

    def apply_style(self, style: Style) -> Strip:
        """Return the strip with a style laid over it."""
        return self.plain().apply_style(style)

    def apply_meta(self, meta: dict[str, Any]) -> Strip:
        """Return the strip as it is: cells carry no actions."""
        return self

    def apply_offsets(self, x: int, y: int) -> Strip:
        """Return the strip as it is: cells cannot be selected."""
        return self

    def adjust_cell_length(self, cell_length: int, style: Style | None = None) -> Strip:
        """Return the strip cut or lengthened."""
        if cell_length <= self._x2 - self._x1:
            return self.crop(0, cell_length)
        return self.plain().adjust_cell_length(cell_length, style)

    def extend_cell_length(self, cell_length: int, style: Style | None = None) -> Strip:
        """Return the strip lengthened where it is short."""
        if cell_length <= self._x2 - self._x1:
            return self
        return self.plain().extend_cell_length(cell_length, style)

    def crop_extend(self, start: int, end: int, style: Style | None) -> Strip:
        """Return the strip lengthened and cut."""
        return self.extend_cell_length(end, style).crop(start, end)

    def simplify(self) -> Strip:
        """Return an ordinary strip with neighbours of one style joined."""
        return self.plain().simplify()

    def discard_meta(self) -> Strip:
        """Return an ordinary strip: there is no meta to discard."""
        return self.plain()

    def style_links(self, link_id: str, link_style: Style) -> Strip:
        """Return the strip as it is: cells hold no links."""
        return self


def _by_owner(spans: Spans, owners: Owners) -> list[tuple[str, Spans]]:
    """The spans of each owner, cut where one tile ends and another begins."""
    lengths = spans.ends - spans.starts
    first = np.cumsum(lengths) - lengths
    within = np.arange(int(lengths.sum())) - np.repeat(first, lengths)
    rows, columns = np.repeat(spans.rows, lengths), np.repeat(spans.starts, lengths) + within
    owner = owners.grid[rows, columns]
    cut = np.flatnonzero((within == 0) | np.append(True, owner[1:] != owner[:-1]))
    stop = np.append(cut[1:], len(rows)) - 1
    found: list[tuple[str, Spans]] = []
    for number in np.unique(owner[cut]).tolist():
        own = owner[cut] == number
        parts = Spans(rows[cut][own], columns[cut][own], columns[stop][own] + 1)
        found.append((owners.names[number] if number >= 0 else "ground", parts))
    return found


def _regions(spans: Spans) -> list[Region]:
    rows, starts, ends = (edges.tolist() for edges in spans)
    return [Region(a, y, b - a, 1) for y, a, b in zip(rows, starts, ends, strict=True)]


def _segments(canvas: Canvas, y: int, x1: int, x2: int) -> list[Segment]:
    """The cells of a run as Rich segments, one for each run of a style."""
    if x1 >= x2:
        return []
    part = slice(x1, x2)
    fg, bg, bold = canvas.fg[y, part], canvas.bg[y, part], canvas.bold[y, part]
    key = (fg.astype(np.int32) * MOST_COLORS + bg) * 2 + bold
    cuts = np.flatnonzero(key[1:] != key[:-1]) + 1
    text = canvas.glyph[y, part].astype("<u4").tobytes().decode("utf-32-le")
    edges = [0, *cuts.tolist(), x2 - x1]
    return [
        Segment(
            text[a:b].replace("\0", ""),
            _style(canvas.look, int(fg[a]), int(bg[a]), bool(bold[a])),
        )
        for a, b in pairwise(edges)
    ]


def _style(look: Look, fg: int, bg: int, bold: bool) -> Style:
    """The Rich style of a cell; without colours its attributes alone."""
    if look.mono:
        faint, reverse = look.codes[fg] & FAINT > 0, look.codes[bg] & REVERSE > 0
        return Style(bold=bold, dim=faint, reverse=reverse)
    ink, ground = (Color.from_rgb(*look.palette[index]) for index in (fg, bg))
    return Style(color=ink, bgcolor=ground, bold=bold)
