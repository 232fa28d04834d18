"""Heat sketch: where the prices and times of a heatmap are, for what people draw on it."""

from functools import lru_cache, partial

from tui.drawing.area import Area
from tui.heat.grid import HeatGrid, Stretch
from tui.heat.layout import HeatLayout
from tui.sketch.sheet import Sheet, Times


def heat_sheet(grid: HeatGrid, layout: HeatLayout) -> Sheet:
    """The picture with its axes."""
    picture, stretch = layout.picture, grid.stretch
    axis = Area(layout.beside.right, picture.y, layout.axis, picture.height)
    times = Times(partial(_x, stretch), partial(_cells, stretch), grid.axis)
    return Sheet(picture, grid.axis.cell, axis, times=times, halves=True)


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
