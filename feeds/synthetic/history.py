"""Candles from before the opening of a synthetic market."""

from typing import NamedTuple

from feeds.synthetic.dice import Bits, between
from market.events import Kline

MINUTE = 60_000_000_000
MOVES = 24
"""Price changes drawn for each candle."""


class _Candle(NamedTuple):
    first: int
    high: int
    low: int
    last: int
    volume: int
    bought: int


def minutes(bits: Bits, instrument: str, opening: int, epoch: int, count: int) -> list[Kline]:
    """One-minute candles up to `epoch`, the last of which closes at `opening` ticks."""
    candles = _candles(bits, count)
    shift, start = opening - candles[-1].last, epoch - count * MINUTE
    return [
        Kline(
            instrument=instrument,
            ts_event=None,
            ts_recv=epoch,
            interval="1m",
            start=start + i * MINUTE,
            end=start + (i + 1) * MINUTE,
            open=(candle.first + shift) * 0.5,
            high=(candle.high + shift) * 0.5,
            low=(candle.low + shift) * 0.5,
            close=(candle.last + shift) * 0.5,
            volume=candle.volume / 1000,
            buy_volume=candle.bought / 1000,
            quote_volume=None,
            trades=candle.volume // 240 + 1,
            closed=True,
        )
        for i, candle in enumerate(candles)
    ]


def _candles(bits: Bits, count: int) -> list[_Candle]:
    """A walk with waves and spells of excitement, in ticks from where it began."""
    candles: list[_Candle] = []
    position, wave, swing = 0, 0, 40
    for _ in range(count):
        if not bits(4):
            wave = between(bits, -9, 10)
        if not bits(4):
            swing = 20 + (bits(6) * bits(6) >> 6)
        excited = swing << (not bits(4))
        path = [position >> 4]
        for _ in range(MOVES):
            noise = (bits(6) + bits(6) - 63) * excited
            position += ((noise + 4) >> 3) + wave
            path.append(position >> 4)
        position -= (position + 64) >> 7
        path.append(position >> 4)
        candles.append(_candle(bits, path))
    return candles


def _candle(bits: Bits, path: list[int]) -> _Candle:
    high, low = max(path), min(path)
    volume = (60_000 + (high - low) * 7_000) * (64 + bits(7)) >> 7
    lean = 128 + max(-60, min(60, path[-1] - path[0])) + bits(5) - 16
    return _Candle(path[0], high, low, path[-1], volume, volume * lean >> 8)
