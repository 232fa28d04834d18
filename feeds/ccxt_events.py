"""What ccxt states, in our words: its trades, books, bars and markets as events. Pure.

Sizes of contracts are counted in contracts, as everywhere, and the listing says what one is worth.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from feeds.ccxt_names import CCXT
from feeds.errors import MalformedFrame, Rejected
from market.events import BookSnapshot, Kline, Levels, Listing, Side, Trade
from market.instrument import Instrument, Kind

DEPTH = 500
"""Levels a side that are taken of a book: ccxt states it whole with every change."""
MS = 1_000_000
_MOST = 1e15
_DECIMAL_PLACES, _TICK_SIZE = 2, 4
"""How a ccxt class counts precision: digits after the point, or steps."""

Stated = Mapping[str, Any]
"""A structure of ccxt's, of which nothing is promised."""


def instrument_id(exchange: str, symbol: str) -> str:
    """The id of a symbol, as it is typed on the command line."""
    return f"{CCXT}:{exchange}:{symbol}"


def trade_of(name: str, stated: Stated, now: int) -> Trade:
    """A print; MalformedFrame where it states no side, price or size."""
    side, ident = stated.get("side"), stated.get("id")
    if side not in ("buy", "sell"):
        raise MalformedFrame(name, f"a trade without a side: {str(side)[:20]}")
    time = _time(name, stated.get("timestamp"))
    price, size = _number(name, stated.get("price")), _number(name, stated.get("amount"))
    if not price:
        raise MalformedFrame(name, "a trade without a price")
    event = now if time is None else time
    return Trade(name, event, now, "" if ident is None else str(ident), price, size, Side(side))


def book_of(name: str, stated: Stated, now: int) -> BookSnapshot:
    """A whole book."""
    time = _time(name, stated.get("timestamp"))
    bids, asks = (_levels(name, stated.get(side)) for side in ("bids", "asks"))
    return BookSnapshot(name, time, now, bids, asks, None)


def bars_of(
    name: str, interval: str, seconds: int, rows: Sequence[Sequence[Any]], now: int
) -> list[Kline]:
    """Bars; the last may still be forming."""
    found = []
    for row in rows:
        if len(row) < 6:
            raise MalformedFrame(name, "a bar has six columns")
        start = _time(name, row[0])
        if start is None:
            raise MalformedFrame(name, "a bar without a time")
        end = start + seconds * 1_000_000_000
        first, high, low, last, volume = (_number(name, value) for value in row[1:6])
        if not low:
            continue
        prices, unknown = (first, high, low, last), (None, None, None)
        bar = (start, end, *prices, volume, *unknown, end <= now)
        found.append(Kline(name, None, now, interval, *bar))
    return found


def listing_of(exchange: str, market: Stated, mode: object, now: int) -> Listing | None:
    """A market's grids; None where ccxt does not state them.

    Rejected where sizes are in contracts and what those are worth cannot be said for that.
    """
    symbol, precision = str(market["symbol"]), market.get("precision") or {}
    tick, lot = (_step(precision.get(what), mode) for what in ("price", "amount"))
    contract, kind = _contract(market), _kind(market)
    counted = kind is Kind.INVERSE or contract is not None
    if tick is None or lot is None or (kind is Kind.INVERSE and contract is None):
        if counted:
            name = instrument_id(exchange, symbol)
            raise Rejected(name, "ccxt does not state what its contracts are worth")
        return None
    base, quote = str(market.get("base") or ""), str(market.get("quote") or "")
    listed = Instrument(CCXT, f"{exchange}:{symbol}", tick, lot, base, quote, kind, contract)
    return Listing(listed.id, now, listed)


def _contract(market: Stated) -> Decimal | None:
    """What a contract is worth, None where sizes are base currency already."""
    if not market.get("contract"):
        return None
    worth = _decimal(market.get("contractSize"))
    return None if worth == 1 and _kind(market) is Kind.LINEAR else worth


def _kind(market: Stated) -> Kind:
    if not market.get("contract"):
        return Kind.SPOT
    return Kind.INVERSE if market.get("inverse") else Kind.LINEAR


def _step(stated: object, mode: object) -> Decimal | None:
    number = _decimal(stated)
    if mode == _TICK_SIZE:
        return number
    if mode == _DECIMAL_PLACES and number is not None and number <= 18:
        return Decimal(1).scaleb(-int(number))
    return Decimal(1) if mode == _DECIMAL_PLACES and stated == 0 else None


def _decimal(stated: object) -> Decimal | None:
    """A number above 0 that a grid may have, None for anything else."""
    try:
        number = Decimal(str(stated))
    except InvalidOperation:
        return None
    return (
        number.normalize() if number.is_finite() and Decimal("1e-18") <= number <= 10**15 else None
    )


def _levels(name: str, rows: object) -> Levels:
    if not isinstance(rows, Sequence):
        raise MalformedFrame(name, "a book without its sides")
    return [_level(name, row) for row in rows[:DEPTH]]


def _level(name: str, row: object) -> tuple[float, float]:
    if not isinstance(row, Sequence) or len(row) < 2:
        raise MalformedFrame(name, "a level without price and size")
    price = _number(name, row[0])
    if not price:
        raise MalformedFrame(name, "a level without a price")
    return price, _number(name, row[1])


def _number(name: str, stated: object) -> float:
    try:
        number = float(stated)  # type: ignore[arg-type]  # whatever it is
    except (TypeError, ValueError) as error:
        raise MalformedFrame(name, f"{str(stated)[:40]} is no number") from error
    if not 0 <= number <= _MOST:
        raise MalformedFrame(name, f"{str(stated)[:40]} is no price or size")
    return number


def _time(name: str, stated: object) -> int | None:
    """A time in ns of milliseconds; None where none is stated."""
    if stated is None:
        return None
    if not isinstance(stated, int | float) or not 0 < stated < 9e12:
        raise MalformedFrame(name, f"{str(stated)[:40]} is no time in milliseconds")
    return int(stated * 1000) * 1000
