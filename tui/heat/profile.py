"""Heat profile: what traded at each price beside a heatmap, its point of control and value area."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from market.instrument import Instrument, plain
from market.market import Market
from market.profile import ALWAYS, Profile, Span, profile_within
from tui.drawing.area import Area
from tui.drawing.canvas import LEFT_EIGHTHS, Canvas
from tui.drawing.columns import bar_rows, eighths
from tui.drawing.timeline import DAY
from tui.drawing.zones import UTC_ZONE, Zone
from tui.heat.grid import HALVES, HeatGrid
from tui.heat.scale import round_up
from tui.heat.settings import HeatSettings

Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]
Inks = NDArray[np.uint8]

_NAMED = 9
"""Columns from which the levels are named at the right."""
_NAME = 4
"""Cells of a name: an arrow or a line, and three letters."""


class HeatProfile(NamedTuple):
    """A profile by the rows of a picture, and which trades it is made of."""

    profile: Profile
    words: str
    """For the title."""
    name: str
    """In short, with a ~ where trades are missing."""

    @classmethod
    def of(
        cls, market: Market, grid: HeatGrid, settings: HeatSettings, zone: Zone = UTC_ZONE
    ) -> "HeatProfile | None":
        """The profile that is asked for, of the trades the log still holds; None for none.

        `visible` is the columns in sight, `window` so long up to the newest, `session` the day
        since 00:00 UTC. None reaches beyond the newest column.
        """
        if settings.profile == "off":
            return None
        span = _span(grid, settings)
        profile = profile_within(market.trades, grid.group, span)
        name = settings.window if settings.profile == "window" else settings.profile
        caveats = _caveats(market, span, grid.stretch.end, zone)
        words = ", ".join([f"profile {name}", *caveats])
        return cls(profile, words, f"~{name}" if caveats else name)

    def numbers(self, instrument: Instrument) -> dict[str, object]:
        """Prices that traded, what was sold and bought there, and the levels."""
        profile = self.profile
        area, poc = profile.value_area(), profile.poc
        levels = {} if area is None or poc is None else {"poc": poc, "val": area[0], "vah": area[1]}
        return {
            "prices": [plain(instrument.price(ticks)) for ticks in profile.prices.tolist()],
            "sold": [plain(instrument.size(lots)) for lots in profile.sell.tolist()],
            "bought": [plain(instrument.size(lots)) for lots in profile.buy.tolist()],
            **{name: plain(instrument.price(ticks)) for name, ticks in levels.items()},
        }


def _span(grid: HeatGrid, settings: HeatSettings) -> Span:
    columns = grid.stretch
    match settings.profile:
        case "visible":
            # Free columns belong to it: a span keeps its place while its length stays the same.
            return Span(columns.start, columns.start + columns.width * columns.interval)
        case "window":
            return Span(columns.end - settings.span, columns.end)
    start = (columns.end - 1) // DAY * DAY
    return Span(start, ALWAYS if grid.live else columns.end)


def _caveats(market: Market, span: Span, end: int, zone: Zone) -> list[str]:
    """What is missing of the trades that it should be made of."""
    words: list[str] = []
    oldest = market.trades.since(market.trades.first).ts[:1].tolist()
    if oldest and oldest[0] > span.start:
        words.append(f"from {zone.clock(oldest[0], millis=False)}")
    if any(
        gap.start < min(span.end, end) and (gap.end is None or gap.end > span.start)
        for gap in market.gaps
    ):
        words.append("trades missing")
    return words


def draw_profile(canvas: Canvas, area: Area, grid: HeatGrid, shown: HeatProfile) -> None:
    """Draw a bar a text row, sold then bought, dimmed outside the value area; name its levels.

    Point of control and value area are those of price rows, like the rows of the picture.
    """
    look, profile = canvas.look, shown.profile
    canvas.fill(*area, look.panel)
    sold, bought = (_folded(side) for side in _rows(grid, profile))
    named = area.width >= _NAMED
    bars = Area(area.x + 1, area.y, area.width - 2 - _NAME * named, area.height)
    levels = _levels(grid, profile)
    valued = np.zeros(area.height, np.bool_)
    if levels:
        valued[max(0, levels["VAH"]) : max(0, levels["VAL"] + 1)] = True
    most = round_up(int((sold + bought).max(initial=0)))
    whole = eighths(sold + bought, most, bars.width)
    bar_rows(canvas, *bars[:3], whole, _inks(valued, look.buy, look.buy_bar))
    if not look.mono:
        low = whole * sold // np.maximum(sold + bought, 1)
        _lay(canvas, bars, low, _inks(valued, look.sell, look.sell_bar))
    canvas.text(bars.x, area.y, shown.name[: area.width - 1], look.dim)
    if named:
        _name(canvas, area, valued, levels)


def _rows(grid: HeatGrid, profile: Profile) -> tuple[Integers, Integers]:
    """Sold and bought lots of the price rows of a grid, lowest first."""
    return profile.rows(grid.axis.low // grid.group, grid.axis.cells * HALVES)


def _folded(lots: Integers) -> Integers:
    """Lots of price rows by text row from the top."""
    folded: Integers = lots.reshape(-1, HALVES).sum(axis=1)[::-1]
    return folded


def _levels(grid: HeatGrid, profile: Profile) -> dict[str, int]:
    """The text rows of the levels, which may be out of sight, the most telling one last."""
    area, poc = profile.value_area(), profile.poc
    if area is None or poc is None:
        return {}
    cell = grid.axis.cell
    return {"VAH": cell(area[1]), "VAL": cell(area[0]), "POC": cell(poc)}


def _inks(valued: Flags, ink: int, dim: int) -> Inks:
    return np.where(valued, np.uint8(ink), np.uint8(dim))


def _lay(canvas: Canvas, area: Area, lengths: Integers, inks: Inks) -> None:
    """Lay shorter bars over those that are there, whose ink becomes the ground at their ends."""
    filled = np.clip(lengths[:, None] - 8 * np.arange(area.width), 0, 8)
    rows, at = np.nonzero(filled)
    places = rows + area.y, at + area.x
    whole = canvas.glyph[places] == LEFT_EIGHTHS[8]
    canvas.bg[places] = np.where(whole, canvas.fg[places], canvas.bg[places])
    canvas.glyph[places] = LEFT_EIGHTHS[filled[rows, at]]
    canvas.fg[places] = inks[rows]


def _name(canvas: Canvas, area: Area, valued: Flags, levels: dict[str, int]) -> None:
    """Write the names of levels into their rows, with an arrow at the edge they are beyond."""
    look, x = canvas.look, area.right - _NAME
    for row in np.flatnonzero(valued).tolist():
        canvas.mark(x, area.y + row, "│", look.faint)
    for name, row in levels.items():
        arrow = "▲" if row < 0 else "▼" if row >= area.height else "◂" if name == "POC" else "│"
        y = area.y + min(max(0, row), area.height - 1)
        ink = look.poc if name == "POC" else look.text
        canvas.text(x, y, f"{arrow}{name}", ink, look.panel, bold=name == "POC")
