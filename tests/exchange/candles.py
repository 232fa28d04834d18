"""Candles: what the trades said so far make of every interval that somebody asked for."""

from dataclasses import dataclass, field
from decimal import Decimal

import msgspec

from tests.exchange.script import Cue

_MINUTE = 60_000
_UNITS = {"s": 1000, "m": _MINUTE, "h": 60 * _MINUTE, "d": 1440 * _MINUTE, "w": 10080 * _MINUTE}
_CADENCE = 250_000_000
"""ns of the session between two pushes of a candle."""


class _Print(msgspec.Struct):
    """A recorded `trade` or `aggTrade`."""

    T: int
    p: Decimal
    q: Decimal
    m: bool


class _PrintFrame(msgspec.Struct):
    data: _Print


_read_print = msgspec.json.Decoder(_PrintFrame).decode


@dataclass(slots=True)
class _Candle:
    start: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal = Decimal(0)
    turnover: Decimal = Decimal(0)
    trades: int = 0
    bought: Decimal = Decimal(0)
    turnover_bought: Decimal = Decimal(0)

    def add(self, trade: _Print) -> None:
        self.high, self.low = max(self.high, trade.p), min(self.low, trade.p)
        self.close = trade.p
        self.volume += trade.q
        self.turnover += trade.p * trade.q
        self.trades += 1
        if not trade.m:
            self.bought += trade.q
            self.turnover_bought += trade.p * trade.q


@dataclass(slots=True)
class _Series:
    """One symbol's candles of one interval."""

    length: int
    candles: dict[int, _Candle] = field(default_factory=dict)
    changed: set[int] = field(default_factory=set)
    """Starts of candles that were not pushed since they changed."""

    def add(self, trade: _Print) -> None:
        start = trade.T - trade.T % self.length
        if start not in self.candles:
            self.candles[start] = _Candle(start, trade.p, trade.p, trade.p, trade.p)
        self.candles[start].add(trade)
        self.changed.add(start)


class Candles:
    """The candles of a session's trades, made as they are said and never ahead of them."""

    def __init__(self) -> None:
        self._prints: dict[str, list[_Print]] = {}
        self._series: dict[tuple[str, str], _Series] = {}
        self._pushed = 0

    def hear(self, cue: Cue) -> None:
        """Take a cue, if it is a trade."""
        symbol, _, kind = cue.stream.partition("@")
        if kind != "trades":
            return
        trade = _read_print(cue.text).data
        self._prints.setdefault(symbol, []).append(trade)
        for (name, _), series in self._series.items():
            if name == symbol:
                series.add(trade)

    def rows(self, symbol: str, interval: str) -> bytes:
        """The REST answer: every candle so far, oldest first."""
        series = self._of(symbol, interval)
        return msgspec.json.encode(
            [_row(series.candles[start], series.length) for start in sorted(series.candles)]
        )

    def due(self, at: int) -> bool:
        """Whether it is time to push again, at a time of the session."""
        return at - self._pushed >= _CADENCE

    def pushes(self, at: int, wanted: set[str]) -> list[tuple[str, str]]:
        """Every candle that changed, as frames of the wanted `symbol@kline_interval` streams."""
        self._pushed = at
        pushes = []
        for stream in sorted(wanted):
            symbol, _, kind = stream.partition("@")
            if kind.startswith("kline_"):
                series = self._of(symbol, kind.removeprefix("kline_"))
                newest = max(series.candles, default=0)
                for start in sorted(series.changed):
                    over = start < newest
                    pushes.append((stream, _frame(stream, series, series.candles[start], over)))
                series.changed.clear()
        return pushes

    def _of(self, symbol: str, interval: str) -> _Series:
        """The series of an interval, made of what was said already when first asked for."""
        key = symbol, interval
        if key not in self._series:
            series = self._series[key] = _Series(int(interval[:-1]) * _UNITS[interval[-1].lower()])
            for trade in self._prints.get(symbol, ()):
                series.add(trade)
        return self._series[key]


def _row(candle: _Candle, length: int) -> list[object]:
    return [
        candle.start,
        *map(_text, (candle.open, candle.high, candle.low, candle.close, candle.volume)),
        candle.start + length - 1,
        _text(candle.turnover),
        candle.trades,
        _text(candle.bought),
        _text(candle.turnover_bought),
        "0",
    ]


def _frame(stream: str, series: _Series, candle: _Candle, over: bool) -> str:
    """A push: {"stream":"btcusdt@kline_1m","data":{"e":"kline","k":{"t":0,"x":false}}}."""
    symbol, _, kind = stream.partition("@")
    names = ("t", "o", "h", "l", "c", "v", "T", "q", "n", "V", "Q", "B")
    bar: dict[str, object] = dict(zip(names, _row(candle, series.length), strict=True))
    bar |= {"s": symbol.upper(), "i": kind.removeprefix("kline_"), "f": 0, "L": 0, "x": over}
    data = {"e": "kline", "E": candle.start + series.length - 1, "s": symbol.upper(), "k": bar}
    return msgspec.json.encode({"stream": stream, "data": data}).decode()


def _text(number: Decimal) -> str:
    return format(number, "f")
