"""Heat layout: where the parts of a heatmap go, and what of it is left out when space is short."""

from typing import NamedTuple

from market.instrument import Instrument
from market.market import Market
from tui.drawing.area import Area
from tui.drawing.axis import price_width
from tui.heat.settings import HeatSettings
from tui.pane import Size

_PROFILED = 36
"""Cells of width below which there is no room for a profile."""
_STRIPPED = 20
"""Rows of picture and strips below which there are no strips."""


class HeatLayout(NamedTuple):
    """Where things go: picture, bars of the book right of it, a profile, then the price axis."""

    picture: Area
    book: int
    """Columns of the book's bars."""
    axis: int
    strip: int
    """Rows of traded volume below the picture."""
    delta: int = 0
    """Rows of delta below those."""
    profile: int = 0
    """Columns of the volume profile."""

    @classmethod
    def of(
        cls, instrument: Instrument, market: Market, size: Size, settings: HeatSettings
    ) -> "HeatLayout":
        """Leave out the book's bars first, then the price axis."""
        axis = price_width(instrument, market.last.ticks if market.last else 0)
        asked = settings.profile != "off" and size.width >= _PROFILED
        profile = min(24, max(9, size.width // 8)) if asked else 0
        room = size.width - profile
        book = min(18, max(11, room // 11)) if room >= 56 else 0
        if room - axis < 8:
            axis = 0
        rows = size.height - 2
        strip = max(2, rows // 12) if settings.volume and rows >= _STRIPPED else 0
        delta = 2 if settings.delta and rows >= _STRIPPED else 0
        picture = Area(0, 1, room - axis - book, rows - strip - delta)
        return cls(picture, book, axis, strip, delta, profile)

    @property
    def below(self) -> Area:
        """The strip of volume."""
        picture = self.picture
        return Area(picture.x, picture.bottom, picture.width, self.strip)

    @property
    def deltas(self) -> Area:
        """The strip of delta."""
        above = self.below
        return Area(above.x, above.bottom, above.width, self.delta)

    @property
    def beside(self) -> Area:
        """The volume profile."""
        picture = self.picture
        return Area(picture.right + self.book, picture.y, self.profile, picture.height)
