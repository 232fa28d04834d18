"""The tables there are, by the word that asks for them."""

from collections.abc import Callable, Sequence
from functools import partial

from market.events import (
    BookTicker,
    FundingRate,
    Liquidation,
    MarkPrice,
    OpenInterest,
    Trade,
)
from service.tables import stated
from service.tables.bars import BarTable, cells, sums
from service.tables.book import Books, Top
from service.tables.standing import GapTable, InstrumentTable
from service.tables.stated import Candles, Depth, Stated
from service.tables.table import Column, Kind, Shape, Wish, named

_INSTRUMENT = named(Kind.TEXT, "instrument")
_GAP = named(Kind.FLAG, "gap")
_TIMES = named(Kind.TIME, "ts_event", "ts_recv")
_SEQUENCE = named(Kind.COUNT, "sequence")
_SIDE = named(Kind.TEXT, "side")
_SPAN = named(Kind.TIME, "start", "end")
_TOP = named(Kind.DECIMAL, "bid", "bid_size", "ask", "ask_size")
_PRICES = named(Kind.DECIMAL, "open", "high", "low", "close")
_TRADES = named(Kind.COUNT, "trades")
_WHOLE = named(Kind.FLAG, "whole")


def _fixed(*columns: Sequence[Column], gap: bool = True) -> Callable[[Wish], Sequence[Column]]:
    """Columns that no wish changes."""
    found = [*_INSTRUMENT, *(column for part in columns for column in part), *(_GAP if gap else [])]
    return lambda wish: found


def _levels(wish: Wish) -> Sequence[Column]:
    ranks = range(1, wish.levels + 1)
    names = ("bid_{}", "bid_size_{}", "ask_{}", "ask_size_{}")
    levels = [name.format(rank) for rank in ranks for name in names]
    return [
        *_INSTRUMENT,
        *named(Kind.TIME, "time", "changed"),
        *named(Kind.DECIMAL, *levels),
        *_GAP,
    ]


TABLES: dict[str, Shape] = {
    "bars": Shape(
        _fixed(
            _SPAN,
            _PRICES,
            named(Kind.DECIMAL, "volume", "buy", "sell", "delta", "value"),
            _TRADES,
            _WHOLE,
        ),
        partial(BarTable, told=sums),
        "bars of trades, with what was bought and sold",
        ("timeframe",),
    ),
    "book": Shape(
        _levels, Books, "the best levels of the book, at intervals", ("levels", "every"), True
    ),
    "depth": Shape(
        _fixed(
            _TIMES,
            _SEQUENCE,
            named(Kind.FLAG, "snapshot"),
            _SIDE,
            named(Kind.DECIMAL, "price", "size"),
        ),
        Depth,
        "every level of books as the venue states it or its change",
    ),
    "footprint": Shape(
        _fixed(_SPAN, named(Kind.DECIMAL, "price", "height", "sell", "buy"), _TRADES, _WHOLE),
        partial(BarTable, told=cells),
        "what was sold and bought at each price of each bar",
        ("timeframe", "grouping"),
    ),
    "funding": Shape(
        _fixed(_TIMES, named(Kind.DECIMAL, "rate"), named(Kind.TIME, "next_time")),
        partial(Stated, kind=FundingRate, told=stated.funding),
        "funding rates",
    ),
    "gaps": Shape(
        _fixed(_SPAN, named(Kind.TEXT, "reason"), gap=False),
        GapTable,
        "spans of time that the feed did not cover",
    ),
    "instruments": Shape(
        _fixed(
            named(Kind.TEXT, "kind", "base", "quote"),
            named(Kind.DECIMAL, "tick", "lot", "contract"),
            named(Kind.FLAG, "inferred"),
            named(Kind.TIME, "first", "last"),
            named(Kind.COUNT, "trades", "gaps"),
            gap=False,
        ),
        InstrumentTable,
        "what is in the source: tick, lot, contract, times, trades",
    ),
    "interest": Shape(
        _fixed(_TIMES, named(Kind.DECIMAL, "size", "contracts")),
        partial(Stated, kind=OpenInterest, told=stated.interest),
        "open interest",
    ),
    "klines": Shape(
        _fixed(
            named(Kind.TEXT, "interval"),
            _SPAN,
            _PRICES,
            named(Kind.DECIMAL, "volume", "buy", "value"),
            _TRADES,
            named(Kind.FLAG, "closed"),
        ),
        Candles,
        "the venue's own bars",
    ),
    "liquidations": Shape(
        _fixed(_TIMES, named(Kind.DECIMAL, "price", "size", "contracts"), _SIDE),
        partial(Stated, kind=Liquidation, told=stated.liquidation),
        "forced orders",
    ),
    "mark": Shape(
        _fixed(_TIMES, named(Kind.DECIMAL, "price", "index")),
        partial(Stated, kind=MarkPrice, told=stated.mark),
        "mark and index prices",
    ),
    "quotes": Shape(
        _fixed(_TIMES, _SEQUENCE, _TOP),
        partial(Stated, kind=BookTicker, told=stated.quote),
        "best bid and ask as the venue states them beside its book",
    ),
    "top": Shape(
        _fixed(_TIMES, _TOP), Top, "best bid and ask of the verified book, at each change"
    ),
    "trades": Shape(
        _fixed(
            _TIMES,
            named(Kind.TEXT, "id"),
            named(Kind.DECIMAL, "price", "size", "contracts"),
            _SIDE,
        ),
        partial(Stated, kind=Trade, told=stated.trade),
        "every trade",
    ),
}
"""Word to what a row holds; `about` is its line in the help."""
