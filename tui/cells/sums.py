"""Cell sums: the rows of numbers below footprint bars, and what they are chosen from."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final, Literal, NamedTuple, TypeAlias, get_args

from market.instrument import Instrument
from tui.cells.barcells import BarCells
from tui.cells.table import CellScale, CellTable
from tui.drawing.canvas import LOWER_EIGHTHS, Canvas
from tui.drawing.digits import Scale, count_scale, size_scale
from tui.drawing.look import Look
from tui.drawing.measure import Valued
from tui.drawing.timeline import utc
from tui.drawing.zones import Zone

Sum: TypeAlias = Literal["volume", "delta", "delta%", "max", "min", "trades", "cvd"]
SUMS: tuple[Sum, ...] = get_args(Sum)
_NAMES: dict[Sum, str] = {"max": "max Δ", "min": "min Δ", "delta%": "delta %", "cvd": "CVD"}
_ROUGH: Final[tuple[Sum, ...]] = ("volume", "delta")
"""What is worth about as much of a bar of which the venue states no more than the size."""
_LEAST_HEIGHT = 10
"""Rows of a pane from which on there are all of the sums and the times."""
_TELLING = 10
"""Units of the last digit that the largest number of a row has at least, where it is shortened."""
_PRICES = 8
"""Rows that prices and title keep before the sums take one."""


class Foot(NamedTuple):
    """The rows below the prices, from the top down."""

    sums: tuple[Sum, ...]
    times: bool

    @property
    def height(self) -> int:
        """How many rows there are."""
        return len(self.sums) + self.times


@lru_cache(maxsize=64)
def parse_sums(text: str) -> tuple[Sum, ...]:
    """`volume,delta,cvd` as the rows it names; `all` and `none` are words for the obvious."""
    words = [word.strip() for word in text.split(",")]
    if words in (["all"], ["none"]):
        return SUMS if words == ["all"] else ()
    found = tuple(name for word in words for name in SUMS if name == word)
    if len(found) != len(words) or len(set(found)) != len(found):
        raise ValueError(f"sums are all, none or some of {', '.join(SUMS)} with commas between")
    return found


def foot_of(height: int, sums: tuple[Sum, ...]) -> Foot:
    """The rows for which a pane of this height has room: in a low one the delta alone."""
    if height >= _LEAST_HEIGHT:
        return Foot(sums[: height - _PRICES], True)
    return Foot(("delta",) if height >= 4 and "delta" in sums else (), False)


def draw_names(canvas: Canvas, foot: Foot, end: int) -> None:
    """Write what each row is left of the sums."""
    top = canvas.height - foot.height
    canvas.fill(0, top, canvas.width, foot.height, canvas.look.panel)
    names = [_NAMES.get(name, name) for name in foot.sums]
    for offset, name in enumerate(names):
        canvas.right(end, top + offset, name, canvas.look.dim)


def name_zone(canvas: Canvas, foot: Foot, end: int, at: int) -> None:
    """Write left of the times by whose clock they are, as it is called at a time."""
    if foot.times:
        canvas.right(end, canvas.height - 1, canvas.look.zone.word(at), canvas.look.dim)


class SumColumns(NamedTuple):
    """Where the sums of a table of bars stand: `ends` are the cells after each bar's numbers."""

    unit: Instrument
    """What they are written in."""
    width: int
    """Cells of a column."""
    ends: tuple[int, ...]


def draw_sums(
    canvas: Canvas, foot: Foot, at: SumColumns, table: CellTable, scale: CellScale
) -> None:
    """Draw every row of sums below the bars of a table, as bars where numbers find no room."""
    top = canvas.height - foot.height
    for offset, name in enumerate(foot.sums):
        written, most = _scale(name, at, scale), _most(name, scale)
        brief = _says_little(written, most, at.width)
        for bar, volume, delta, end in zip(
            table.bars, table.volumes, table.deltas, at.ends, strict=True
        ):
            value, sure = _value(name, bar, volume, delta)
            if value is None:
                continue
            ink = _ink(canvas.look, name, value, sure)
            if brief:
                _draw_bar(canvas, end, top + offset, value / most, ink, _signed(name))
                continue
            text = _text(name, value, written, sure)
            unseen = bar.cells is None and name in _ROUGH
            if table.worth and (bar.figures.rough if name == "cvd" else unseen):
                text = f"~{text}"
            canvas.right(end, top + offset, text, ink, bold=name == "delta")


def draw_times(
    canvas: Canvas, at: SumColumns, bars: Sequence[BarCells], minutes: bool, ago: int
) -> None:
    """Draw where bars begin; `~` is a bar that was not wholly seen, bright the forming one.

    The last of them is so many bars ago.
    """
    look, row = canvas.look, canvas.height - 1
    length = 5 if minutes else 8
    every = -(-(length + 2) // at.width)
    for index, (bar, end) in enumerate(zip(bars, at.ends, strict=True)):
        place = ago + len(bars) - 1 - index
        if place % every == 0:
            text = _time(bar.bar.start, canvas.look.zone)[:length]
            forming = place == 0
            ink = look.warn if bar.partial else look.accent if forming else look.dim
            text = f"~{text}" if bar.partial else text
            canvas.right(end, row, text, ink, bold=forming)


def _scale(name: Sum, at: SumColumns, scale: CellScale) -> Scale | None:
    """How the numbers of a row are written."""
    room = max(1, min(9, at.width - 1))
    # Of values few digits are read, and some are marked as rough.
    told = max(1, min(7, at.width - 2)) if isinstance(at.unit, Valued) else room
    match name:
        case "volume":
            return size_scale(at.unit, scale.volume, told)
        case "delta%":
            return None
        case "trades":
            return count_scale(scale.prints, room)
        case "cvd":
            return size_scale(at.unit, scale.cvd, told, signed=True)
    return size_scale(at.unit, scale.delta, told, signed=True)


def _most(name: Sum, scale: CellScale) -> int:
    """The largest number of a row, without its sign."""
    match name:
        case "volume":
            most = scale.volume
        case "delta%":
            most = 100
        case "trades":
            most = scale.prints
        case "cvd":
            most = scale.cvd
        case _:
            most = scale.delta
    return max(1, most)


def _says_little(scale: Scale | None, most: int, width: int) -> bool:
    """Whether numbers so written are all about nothing: `0k` beside `1k`."""
    if scale is None:
        return width <= len("100%")
    return bool(scale.suffix) and round(most * scale.factor) < _TELLING


def _signed(name: Sum) -> bool:
    return name not in ("volume", "trades")


def _value(name: Sum, bar: BarCells, volume: int, delta: int) -> tuple[float | None, bool]:
    """A number below a bar, and whether nothing is missing in it; None where it is not known."""
    figures = bar.figures
    # A venue's candle may not say who the aggressors were.
    sided = bar.cells is not None or bar.bar.split
    values: dict[Sum, float | None] = {
        "volume": volume,
        "delta": delta if sided else None,
        "delta%": bar.share if sided else None,
        "max": figures.most,
        "min": figures.least,
        "trades": bar.bar.trades or (None if bar.bar.volume else 0),
        "cvd": figures.cvd,
    }
    return values[name], figures.sure if name == "cvd" else not bar.partial


def _ink(look: Look, name: Sum, value: float, sure: bool) -> int:
    """The colour of a number, dim where it is only of what was seen."""
    if not sure:
        return look.dim
    if not _signed(name):
        return look.text
    return look.buy if value > 0 else look.sell if value < 0 else look.dim


def _text(name: Sum, value: float, scale: Scale | None, sure: bool) -> str:
    text = f"{value + 0.0:+.0f}%" if scale is None else scale.text(int(value), _signed(name))
    return text if sure or name != "cvd" else f"?{text}"


def _draw_bar(canvas: Canvas, end: int, row: int, share: float, ink: int, signed: bool) -> None:
    """Draw a share as the height of a cell, with its sign where no colour tells it."""
    height = min(8, max(int(share != 0), round(8 * abs(share))))
    canvas.right(end, row, chr(LOWER_EIGHTHS[height]), ink)
    if signed and canvas.look.mono and share:
        canvas.right(end - 1, row, "+" if share > 0 else "-", ink)


@lru_cache(maxsize=256)
def _time(start: int, zone: Zone) -> str:
    return utc(zone.wall(start)).strftime("%H:%M:%S")
