"""Heat settings: what the kept part of a heatmap is drawn by, and how it words itself."""

from decimal import ROUND_CEILING, Decimal
from typing import Literal, NamedTuple, TypeAlias

from market.instrument import Instrument
from tui.drawing.format import compact
from tui.drawing.timeline import Scroll
from tui.heat.brightness import Contrast

Merge: TypeAlias = Literal["off", "average", "first", "max"]
"""What a run of similar resting sizes is drawn as, or that runs are not made."""
Profiled: TypeAlias = Literal["off", "visible", "window", "session"]
"""The trades that the volume profile beside the picture is made of."""


class HeatSettings(NamedTuple):
    """What a heatmap is drawn by; `interval` is that of `timeframe`, ns."""

    timeframe: str
    interval: int
    scroll: Scroll
    until: int | None
    center: int | None
    grouping: int | None
    contrast: Contrast
    trades: bool
    volume: bool
    delta: bool
    floor: float | None
    ceiling: float | None
    least_order: float
    least_trade: float
    merge: Merge
    merge_percent: int
    profile: Profiled
    window: str
    span: int
    """ns of `window`."""
    legend: bool
    venues: Literal["one", "all"] = "one"

    def words(self, instrument: Instrument) -> list[str]:
        """What is not as usual about the colours, for the title."""
        words: list[str] = []
        if self.contrast != "log":
            words.append(f"{self.contrast} contrast")
        for name, percentile in (("floor", self.floor), ("ceiling", self.ceiling)):
            if percentile is not None:
                words.append(f"{name} p{percentile:g}")
        unit = f" {instrument.base}".rstrip()
        if self.least_order:
            words.append(f"orders from {compact(self.least_order)}{unit}")
        if self.least_trade:
            words.append(f"trades from {compact(self.least_trade)}{unit}")
        if self.merge != "off":
            words.append(f"{self.merge} of sizes within {self.merge_percent}%")
        return words


def least_lots(instrument: Instrument, size: float) -> int:
    """The fewest lots that are at least a size; 0 where the size is none."""
    lots = Decimal(repr(size)) / instrument.lot_size
    return max(0, int(lots.to_integral_value(ROUND_CEILING)))
