"""Candle layout: where candles and the strips below them are in a pane."""

from functools import lru_cache
from typing import NamedTuple

from tui.candle.strips import Strip
from tui.drawing.area import Area
from tui.pane import Size

_ROOMY = 18
"""Rows from which on there is a second strip."""
_STRIP = 4
"""Rows that each further strip takes."""


class CandleLayout(NamedTuple):
    """Candles at the top and strips below them; a strip may have no rows."""

    chart: Area
    volume: Area
    cvd: Area
    others: tuple[tuple[Strip, Area], ...]


@lru_cache(maxsize=64)
def candle_layout(
    size: Size, width: int, with_volume: bool, with_cvd: bool, others: tuple[Strip, ...]
) -> CandleLayout:
    """What is left out first when space is short: the last strips, the delta, the volume."""
    rows = max(0, size.height - 2)
    more = others[: max(0, rows - _ROOMY) // _STRIP]
    strip = max(3, rows // (6 + len(more)))
    cvd = strip if with_cvd and rows >= _ROOMY else 0
    volume = strip if with_volume and rows >= 12 else 0
    height = rows - cvd - volume - strip * len(more)
    below = 1 + height + volume + cvd
    return CandleLayout(
        Area(0, 1, width, height),
        Area(0, 1 + height, width, volume),
        Area(0, 1 + height + volume, width, cvd),
        tuple(
            (name, Area(0, below + index * strip, width, strip)) for index, name in enumerate(more)
        ),
    )
