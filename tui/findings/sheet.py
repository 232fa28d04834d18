"""Event sheet: a list of findings, a line each, in columns fitted to a width and what is shown."""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from market.detectors.found import Finding, Sort, sort_of
from market.instrument import Instrument
from tui.drawing.canvas import Canvas
from tui.drawing.digits import Scale, exact_width, price_scale, size_scale
from tui.drawing.look import Look
from tui.drawing.measure import Measure
from tui.drawing.zones import Zone
from tui.findings.marks import glyph_of, ink_of
from tui.findings.words import evidence, lots_of

_CLOCK = len("12:34:56.789")
_SPELLED = 112
"""Cells from which "possible" is spelled out in every line; else it is a question mark."""
_POSSIBLE = "possible "
_WORDS = max(map(len, Sort))


class EventSheet(NamedTuple):
    """Where the columns of a list stand, and how its numbers are written."""

    instrument: Instrument
    price: Scale
    size: Scale
    time: int
    """Cells of the time of day."""
    spelled: bool
    width: int
    zone: Zone
    measure: Measure

    @classmethod
    def of(
        cls,
        instrument: Instrument,
        width: int,
        shown: Sequence[Finding],
        zone: Zone,
        measure: Measure,
    ) -> "EventSheet":
        """Fit the columns to a width and to what is shown."""
        most = max(abs(lots_of(instrument, one, measure)) for one in shown)
        unit = measure.grid(instrument)
        time = _CLOCK if width >= 60 else _CLOCK - 4 if width >= 44 else 0
        return cls(
            instrument,
            price_scale(instrument, 1, max(one.ticks for one in shown)),
            size_scale(unit, most, min(9, exact_width(unit, most))),
            time,
            width >= _SPELLED,
            width,
            zone,
            measure,
        )

    @property
    def _sort(self) -> int:
        return self.time + 2 if self.time else 1

    @property
    def _price(self) -> int:
        words = _WORDS + (len(_POSSIBLE) if self.spelled else 1)
        return self._sort + 2 + words + 1

    @property
    def _size(self) -> int:
        return self._price + self.price.width + 3

    @property
    def _evidence(self) -> int:
        return self._size + self.size.width + 2

    def draw_heads(self, canvas: Canvas, row: int) -> None:
        """Draw the column heads."""
        dim = canvas.look.dim
        canvas.fill(0, row, canvas.width, 1, canvas.look.panel)
        if self.time:
            canvas.text(1, row, "known at"[: self.time], dim)
        canvas.text(self._sort + 2, row, "what it may be", dim)
        canvas.right(self._price + self.price.width, row, "price", dim)
        canvas.right(self._size + self.size.width, row, "size", dim)
        if self.width - self._evidence >= 12:
            canvas.text(self._evidence, row, "evidence", dim)

    def draw(self, canvas: Canvas, row: int, finding: Finding) -> None:
        """Draw one finding."""
        look, line = canvas.look, _line(self, finding)
        ink = ink_of(finding, look)
        if self.time:
            canvas.text(1, row, line.time, look.dim)
        canvas.text(self._sort, row, glyph_of(finding), ink, bold=True)
        canvas.text(self._sort + 2, row, line.sort, look.text)
        canvas.text(self._price, row, line.price, ink)
        canvas.text(self._size, row, line.size, ink, bold=True)
        canvas.text(self._evidence, row, line.evidence, look.dim)


@lru_cache(maxsize=8)
def drawn_list(sheet: EventSheet, shown: tuple[Finding, ...], height: int, look: Look) -> Canvas:
    """The heads and lines of a list; never to be drawn on. It changes only with what is found."""
    canvas = Canvas(sheet.width, height, look)
    sheet.draw_heads(canvas, 0)
    for row, finding in enumerate(shown, 1):
        sheet.draw(canvas, row, finding)
    return canvas


class _Line(NamedTuple):
    """The texts of one finding."""

    time: str
    sort: str
    price: str
    size: str
    evidence: str


@lru_cache(maxsize=1024)
def _line(sheet: EventSheet, finding: Finding) -> _Line:
    sort = sort_of(finding).value
    arrow = "▲" if finding.lots > 0 else "▼"
    text = sheet.size.text(abs(lots_of(sheet.instrument, finding, sheet.measure)))
    return _Line(
        sheet.zone.clock(finding.ts)[: sheet.time],
        f"{_POSSIBLE}{sort}" if sheet.spelled else f"{sort}?",
        f"{sheet.price.text(finding.ticks):>{sheet.price.width}} {arrow}",
        f"{text:>{sheet.size.width}}",
        _joined(evidence(sheet.instrument, finding, sheet.measure), sheet.width - sheet._evidence),
    )


def _joined(pieces: Sequence[str], room: int) -> str:
    """As many of the pieces as there is room for."""
    text = ""
    for piece in pieces:
        longer = f"{text}, {piece}" if text else piece
        if len(longer) > room:
            break
        text = longer
    return text
