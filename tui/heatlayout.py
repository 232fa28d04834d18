"""Heat layout: where the parts of a heatmap go, and what of it is left out when space is short."""

from typing import NamedTuple

from market.instrument import Instrument
from market.market import Market
from tui.area import Area
from tui.axis import price_width
from tui.pane import Size


class HeatLayout(NamedTuple):
    """Where things go: picture, bars of the book right of it, then the price axis."""

    picture: Area
    book: int
    """Columns of the book's bars."""
    axis: int
    strip: int
    """Rows of traded volume below the picture."""

    @classmethod
    def of(cls, instrument: Instrument, market: Market, size: Size, volume: bool) -> "HeatLayout":
        """Leave out the book's bars first, then the price axis."""
        axis = price_width(instrument, market.last.ticks if market.last else 0)
        book = min(18, max(11, size.width // 11)) if size.width >= 56 else 0
        if size.width - axis < 8:
            axis = 0
        rows = size.height - 2
        strip = max(2, rows // 12) if volume and rows >= 20 else 0
        picture = Area(0, 1, size.width - axis - book, rows - strip)
        return cls(picture, book, axis, strip)

    @property
    def below(self) -> Area:
        """The strip of volume."""
        picture = self.picture
        return Area(picture.x, picture.bottom, picture.width, self.strip)
