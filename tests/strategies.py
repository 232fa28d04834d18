"""Drawn markets: trades and book messages in whole ticks and lots, for property tests."""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from hypothesis import strategies as st

from market.events import BookDelta, BookSnapshot, Side, Trade
from market.instrument import Instrument
from market.trades import TradeLog

INSTRUMENT = Instrument("test", "X", tick_size=Decimal("0.1"), lot_size=Decimal("0.001"))


class Drawn(NamedTuple):
    """A trade as the model keeps it; lots are signed."""

    ts: int
    ticks: int
    lots: int


def lots_signed(most: int = 10**9) -> st.SearchStrategy[int]:
    return st.integers(-most, most).filter(bool)


def trades(span: int = 50, ticks: int = 30, size: int = 200) -> st.SearchStrategy[list[Drawn]]:
    """Trades whose times, in units of 1, come late now and then; prices may be below zero."""
    one = st.builds(Drawn, st.integers(0, span), st.integers(-ticks, ticks), lots_signed())
    nearly_sorted = st.lists(one, max_size=size).map(lambda drawn: sorted(drawn)[:])
    return st.one_of(st.lists(one, max_size=size), nearly_sorted)


def log_of(drawn: Sequence[Drawn], log: TradeLog | None = None) -> TradeLog:
    log = log if log is not None else TradeLog()
    for trade in drawn:
        log.append(*trade)
    return log


class Change(NamedTuple):
    """A level's new size, in ticks and lots."""

    ask: bool
    ticks: int
    lots: int


def changes(low: int = 1, high: int = 200_000, size: int = 40) -> st.SearchStrategy[list[Change]]:
    """Level changes, most of them near one price and some far from it."""
    near = (low + high) // 2
    ticks = st.one_of(st.integers(near - 20, near + 20), st.integers(low, high))
    lots = st.one_of(st.just(0), st.integers(1, 10**7))
    return st.lists(st.builds(Change, st.booleans(), ticks, lots), max_size=size)


def price(ticks: int, instrument: Instrument = INSTRUMENT) -> float:
    return float(instrument.price(ticks))


def size(lots: int, instrument: Instrument = INSTRUMENT) -> float:
    return float(instrument.size(lots))


def trade(ts: int, ticks: int, lots: int, name: str = "", id: str = "test:X") -> Trade:
    side = Side.BUY if lots > 0 else Side.SELL
    return Trade(id, ts, ts, name, price(ticks), size(abs(lots)), side)


def delta(
    drawn: Sequence[Change], ts: int | None = None, sequence: int = 1, id: str = "test:X"
) -> BookDelta:
    bids = [(price(c.ticks), size(c.lots)) for c in drawn if not c.ask]
    asks = [(price(c.ticks), size(c.lots)) for c in drawn if c.ask]
    return BookDelta(id, ts, ts or 0, bids, asks, sequence, sequence - 1)


def snapshot(
    drawn: Sequence[Change], ts: int | None = None, sequence: int = 0, id: str = "test:X"
) -> BookSnapshot:
    changed = delta(drawn, ts)
    return BookSnapshot(id, ts, ts or 0, changed.bids, changed.asks, sequence)
