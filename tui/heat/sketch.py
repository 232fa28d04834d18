"""Heat sketch: where the prices and times of a heatmap are, for drawings and the ruler on it."""

from functools import lru_cache, partial

from market.drawings import Point
from market.market import Market
from tui.drawing.area import Area
from tui.drawing.measure import Measure
from tui.heat.cross import Cross
from tui.heat.grid import HeatGrid, Stretch
from tui.heat.layout import HeatLayout
from tui.sketch.ruler import Ruler
from tui.sketch.sheet import Sheet, Times


def heat_sheet(grid: HeatGrid, layout: HeatLayout) -> Sheet:
    """The picture with its axes."""
    picture, stretch = layout.picture, grid.stretch
    axis = Area(layout.beside.right, picture.y, layout.axis, picture.height)
    times = Times(partial(_x, stretch), partial(_cells, stretch), grid.axis)
    return Sheet(picture, grid.axis.cell, axis, times=times, halves=True)


def ruler_of(
    market: Market,
    grid: HeatGrid,
    begin: Cross | None,
    end: Cross | None,
    measure: Measure = Measure.BASE,
) -> Ruler | None:
    """The ruler from where it was laid to the crosshair, or to the newest column's last price."""
    if begin is None:
        return None
    interval = grid.stretch.interval
    if end is None:
        end = Cross(grid.stretch.last * interval, grid.last or begin.ticks)
    valued = measure is not Measure.BASE
    return Ruler.over(market, interval, Point(*begin), Point(*end), valued)


def ends_of(grid: HeatGrid, ruler: Ruler) -> tuple[int | None, int | None]:
    """The columns of a ruler's ends from the picture's left; None where one is out of sight."""
    one, other = (_x(grid.stretch, point.at) for point in (ruler.begin, ruler.end))
    return one, other


def _x(stretch: Stretch, at: int) -> int | None:
    column = at // stretch.interval
    end = stretch.last if stretch.sweep else stretch.first + stretch.width - 1
    return stretch.x(column) if stretch.first <= column <= end else None


@lru_cache(maxsize=8)
def _cells(stretch: Stretch) -> tuple[int | None, ...]:
    """The time at which the column of each cell begins."""
    cells: list[int | None] = [None] * stretch.width
    for place, start in enumerate(stretch.starts):
        cells[stretch.x(stretch.first + place)] = start
    return tuple(cells)
