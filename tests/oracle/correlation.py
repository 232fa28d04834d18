"""Percent, spread, ratio and correlation of prices from their definitions, in decimals."""

from collections.abc import Iterable
from decimal import Decimal
from itertools import pairwise

from market.events import Kline, Trade

MINUTE = 60_000_000_000


def minute_closes(events: Iterable[object], first: int, stop: int) -> dict[int, Decimal]:
    """The last price up to the end of each minute: of candles before the first trade, of trades."""
    trades: list[Trade] = []
    candles: dict[int, Decimal] = {}
    for event in events:
        if isinstance(event, Trade):
            trades.append(event)
        elif isinstance(event, Kline):
            candles[event.start // MINUTE] = Decimal(repr(event.close))
    began = trades[0].ts_event // MINUTE
    last: dict[int, Decimal] = {n: price for n, price in candles.items() if n < began}
    for trade in sorted(trades, key=lambda trade: trade.ts_event):
        last[trade.ts_event // MINUTE] = Decimal(repr(trade.price))
    found: dict[int, Decimal] = {}
    for number in range(first, stop):
        known = [n for n in last if n <= number]
        if known:
            found[number] = last[max(known)]
    return found


def pearson(one: list[Decimal], other: list[Decimal]) -> Decimal | None:
    """R of the changes of the logarithms; None where either price stood still."""
    x, y = changes(one), changes(other)
    mean_x, mean_y = sum(x, Decimal(0)) / len(x), sum(y, Decimal(0)) / len(y)
    cov = sum(((a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True)), Decimal(0))
    var_x = sum(((a - mean_x) ** 2 for a in x), Decimal(0))
    var_y = sum(((b - mean_y) ** 2 for b in y), Decimal(0))
    return cov / (var_x * var_y).sqrt() if var_x and var_y else None


def changes(prices: list[Decimal]) -> list[Decimal]:
    """Differences of the logarithms of prices that follow one another."""
    logarithms = [price.ln() for price in prices]
    return [after - before for before, after in pairwise(logarithms)]
