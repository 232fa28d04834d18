"""Price rows: which price group each row of a ladder or footprint holds.

A picture whose rows slide with every trade cannot be read, so rows stay where they are until the
price nears an edge and then move by a step. Where they are follows from the trades alone, by
walking a stretch of them whose start stays put: no memory of the last frame, hence the same
market and size always give the same rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from market.bars import Bar
from market.instrument import Instrument
from market.market import Market
from tui.axis import nice_grouping
from tui.pane import trades_end

BLOCK = 4096
"""The walk begins at a multiple of this many trades, one to two blocks back."""
_FILL = 0.6
"""Share of the rows that the movement of a typical minute may take."""
_USUAL = 0.0005
"""The movement of a minute that is assumed before one was seen, as a fraction of the price."""


@dataclass(frozen=True, slots=True)
class PriceRows:
    """`count` rows of `group` ticks each; the lowest covers group index `bottom`."""

    group: int
    bottom: int
    count: int

    @property
    def low(self) -> int:
        """The low edge of the lowest row, in ticks."""
        return self.bottom * self.group

    def row(self, ticks: int) -> int:
        """The row of a price counted from the top; outside 0..count-1 when not covered."""
        return self.bottom + self.count - 1 - ticks // self.group

    def edges(self) -> list[int]:
        """Low edges in ticks, from the top row down."""
        top = self.bottom + self.count
        return [index * self.group for index in range(top - 1, self.bottom - 1, -1)]


def centred(center: int, group: int, count: int) -> PriceRows:
    """Rows with a price in the middle."""
    return PriceRows(group, center // group - count // 2, count)


def settled(path: Sequence[int], group: int, count: int) -> PriceRows:
    """Rows at the end of a walk along prices, moved only when the price neared an edge."""
    margin = count // 4
    step = max(1, count // 8)
    bottom = low = high = 0
    for ticks in path:
        index = ticks // group
        if not low <= index < high:
            bottom = (index - count // 2 + step // 2) // step * step
            low, high = bottom + margin, bottom + count - margin
    return PriceRows(group, bottom, count)


def fitted(low: int, high: int, group: int, count: int) -> PriceRows:
    """Rows that cover a range of prices, its middle in the middle as far as steps allow."""
    step = max(1, count // 8)
    first, last = low // group, high // group
    bottom = ((first + last) // 2 - count // 2 + step // 2) // step * step
    return PriceRows(group, max(min(bottom, first), last - count + 1), count)


def price_path(market: Market, until: int | None) -> list[int]:
    """Prices of the last trades up to a time, from a start that moves only once a block."""
    end = trades_end(market, until)
    path: list[int] = market.trades.between((end // BLOCK - 1) * BLOCK, end).ticks.tolist()
    return path or _touch(market)


def typical_grouping(bars: Sequence[Bar], count: int, instrument: Instrument, price: int) -> int:
    """A round grouping at which the median movement of these bars fills most rows.

    Where there are none yet, a movement that is usual for a price (in ticks) stands for it.
    """
    ranges = sorted(bar.high - bar.low for bar in bars)
    usual = ranges[len(ranges) // 2] if ranges else price * _USUAL
    return nice_grouping(usual / _FILL / max(1, count), instrument.tick_size)


def _touch(market: Market) -> list[int]:
    """The middle of the book, for a market that has not traded yet."""
    book = market.book
    if book is None or book.best_bid is None or book.best_ask is None:
        return []
    return [(book.best_bid + book.best_ask) // 2]
