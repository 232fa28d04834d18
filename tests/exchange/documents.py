"""Documents: REST bodies made of nothing but what the script has said so far."""

from collections.abc import Iterable
from decimal import Decimal

import msgspec

from tests.exchange.script import Cue, Script, symbols

_MINUTE = 60_000
_UNITS = {"s": 1000, "m": _MINUTE, "h": 60 * _MINUTE, "d": 1440 * _MINUTE, "w": 10080 * _MINUTE}


class _Print(msgspec.Struct):
    """A recorded `trade` or `aggTrade`."""

    T: int
    p: Decimal
    q: Decimal
    m: bool


class _PrintFrame(msgspec.Struct):
    data: _Print


_read_print = msgspec.json.Decoder(_PrintFrame).decode


def klines(said: Iterable[Cue], symbol: str, interval: str) -> bytes:
    """The candles of the trades said so far, oldest first, as the venue writes them."""
    length = int(interval[:-1]) * _UNITS[interval[-1].lower()]
    bars: dict[int, list[_Print]] = {}
    for cue in said:
        if cue.stream == f"{symbol}@trades":
            trade = _read_print(cue.text).data
            bars.setdefault(trade.T - trade.T % length, []).append(trade)
    return msgspec.json.encode([_row(start, length, bars[start]) for start in sorted(bars)])


def _row(start: int, length: int, trades: list[_Print]) -> list[object]:
    prices = [trade.p for trade in trades]
    bought = [trade for trade in trades if not trade.m]
    numbers = [
        *(prices[0], max(prices), min(prices), prices[-1]),
        sum((trade.q for trade in trades), Decimal(0)),
        sum((trade.p * trade.q for trade in trades), Decimal(0)),
        sum((trade.q for trade in bought), Decimal(0)),
        sum((trade.p * trade.q for trade in bought), Decimal(0)),
    ]
    texts = [format(number, "f") for number in numbers]
    return [start, *texts[:5], start + length - 1, texts[5], len(trades), *texts[6:], "0"]


def exchange_info(script: Script) -> bytes:
    """The listing of every symbol of the script, with the grids its opening book lies on."""
    return msgspec.json.encode(
        {"symbols": [_listing(script, name) for name in symbols(script.cues)]}
    )


def _listing(script: Script, symbol: str) -> dict[str, object]:
    book = script.books.get(symbol.lower())
    levels = [*book.bids.items(), *book.asks.items()] if book else []
    quote = next(
        (name for name in ("USDT", "USD", "BTC", "ETH", "EUR") if symbol.endswith(name)), ""
    )
    return {
        "symbol": symbol,
        "status": "TRADING",
        "contractType": "PERPETUAL",
        "baseAsset": symbol.removesuffix(quote),
        "quoteAsset": quote,
        "filters": [
            {"filterType": "PRICE_FILTER", "tickSize": _step(price for price, _ in levels)},
            {"filterType": "LOT_SIZE", "stepSize": _step(size for _, size in levels)},
        ],
    }


def _step(numbers: Iterable[str]) -> str:
    """The coarsest power of ten that all numbers are multiples of."""
    exponents = [Decimal(number).normalize().as_tuple().exponent for number in numbers]
    smallest = min((e for e in exponents if isinstance(e, int)), default=-8)
    return format(Decimal(1).scaleb(min(0, smallest)), "f")
