"""Ladder words: what a title says of a book, and a line of what it costs to trade to a row."""

from collections.abc import Sequence

from market.book import Level
from market.chase import Chase
from market.cost import Cost
from market.instrument import Instrument
from market.market import Market
from tui.drawing.format import compact, price, size, step
from tui.drawing.zones import Zone
from tui.pane import waiting
from tui.rows import PriceRows

LEVELS = 10
"""Levels of either side that the imbalance is of."""
WORDY = 60
"""Cells from which a title has room for it."""


def spread_words(instrument: Instrument, bid: int, ask: int) -> str:
    """The spread in price and in basis points of the middle (definitions.md 26)."""
    points = (ask - bid) / (ask + bid) * 2e4 if ask + bid else 0.0
    return f"spread {step(instrument, ask - bid)} ({points:.2f} bp)"


def imbalance(bids: Sequence[Level], asks: Sequence[Level]) -> str:
    """Order-book imbalance of the best levels (definitions.md 15), (bids - asks) / both."""
    bid, ask = sum(level.lots for level in bids), sum(level.lots for level in asks)
    share = (bid - ask) / (bid + ask) if bid + ask else 0.0
    return f"imbalance {share:+.0%} top {LEVELS}"


def elsewhere(instrument: Instrument, rows: PriceRows, ticks: int) -> list[str]:
    """Where the price is, if it is not on the ladder."""
    row = rows.row(ticks)
    if not ticks or not rows.count or 0 <= row < rows.count:
        return []
    mark = "▲" if row < 0 else "▼"
    return [f"{mark} {price(instrument, ticks)} off the ladder, c centres"]


def chased(instrument: Instrument, chases: Sequence[Chase | None]) -> list[str]:
    """How often and how far either best price chases the market."""
    words = []
    for chase, name, mark in zip(chases, ("bid", "ask"), "↑↓", strict=True):
        if chase is not None:
            way = step(instrument, abs(chase.now - chase.start))
            words.append(f"{name} chases {mark}{chase.steps}x {way}")
    return words


def cost_words(head: str, instrument: Instrument, cost: Cost | None, doubt: str | None) -> str:
    """What it costs to trade to a row, whose price is in the head."""
    if doubt is not None:
        return f"{head}the book is {doubt}"
    if cost is None:
        return f"{head}nothing rests up to there"
    average = float(cost.average) * float(instrument.tick_size)
    worth = cost.value * instrument.tick_size * instrument.lot_size
    digits = instrument.price_decimals + 1
    said = (
        f"{head}{'buy' if cost.buy else 'sell'} {size(instrument, cost.lots)} "
        f"{instrument.base} · slippage {float(cost.slippage):.2f} bp · "
        f"average {average:.{digits}f} · {compact(worth, 7)} {instrument.quote}"
    )
    return " ".join(said.split())


def unknown(market: Market, until: int | None, zone: Zone) -> str:
    """Say why there is nothing on the ladder."""
    if until is None:
        return waiting(market, "the book")
    blocks = None if market.depth is None else market.depth.finest.blocks
    since = f", only from {zone.clock(blocks[0].start, millis=False)} on" if blocks else ""
    return f"of that time no book was kept{since}"
