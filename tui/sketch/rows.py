"""Sketch rows: what people draw, on panes whose rows have their prices beside them."""

from market.market import Market
from tui.drawing.area import Area
from tui.drawing.canvas import Canvas
from tui.rows import PriceRows
from tui.sketch.paint import draw_sketch
from tui.sketch.sheet import Sheet, Times


def draw_on_rows(
    canvas: Canvas,
    market: Market,
    rows: PriceRows,
    top: int,
    axis: tuple[int, int],
    times: Times | None = None,
) -> None:
    """Draw on rows from `top` on; `axis` is where their prices begin and how wide they are.

    Without an axis of time only levels are drawn.
    """
    if market.drawings is None:
        return
    area = Area(0, top, canvas.width, min(rows.count, canvas.height - top))
    left, width = axis
    beside = Area(left, top, width, area.height)
    draw_sketch(canvas, market, Sheet(area, rows.row, beside, group=rows.group, times=times))
