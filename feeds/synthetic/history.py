"""Candles from before the opening of a synthetic market."""

from feeds.synthetic.dice import Bits
from market.events import Kline

MINUTE = 60_000_000_000


def minutes(bits: Bits, instrument: str, opening: int, epoch: int, count: int) -> list[Kline]:
    """One-minute candles up to `epoch`, the last of which closes at `opening` ticks."""
    bars: list[tuple[int, int, int, int, int, int]] = []
    close, drift, swing = 0, 0, 40
    for _ in range(count):
        if not bits(5):
            drift, swing = bits(4) - 8, 16 + bits(6)
        path = [close]
        for _ in range(12):
            path.append(path[-1] + ((bits(6) + bits(6) - 63) * swing >> 8) + (drift + bits(3) >> 3))
        bars.append(_candle(bits, path, swing))
        close = path[-1]
    shift, start = opening - close, epoch - count * MINUTE
    return [
        Kline(
            instrument=instrument,
            ts_event=None,
            ts_recv=epoch,
            interval="1m",
            start=start + i * MINUTE,
            end=start + (i + 1) * MINUTE,
            open=(first + shift) * 0.5,
            high=(high + shift) * 0.5,
            low=(low + shift) * 0.5,
            close=(last + shift) * 0.5,
            volume=volume / 1000,
            buy_volume=bought / 1000,
            quote_volume=None,
            trades=volume // 140 + 20,
            closed=True,
        )
        for i, (first, high, low, last, volume, bought) in enumerate(bars)
    ]


def _candle(bits: Bits, path: list[int], swing: int) -> tuple[int, int, int, int, int, int]:
    high, low = max(path) + bits(3), min(path) - bits(3)
    volume = (20_000 + swing * 1_500 + (high - low) * 1_200) * (96 + bits(6)) >> 7
    lean = 128 + max(-90, min(90, (path[-1] - path[0]) * 2)) + bits(4) - 8
    return path[0], high, low, path[-1], volume, volume * lean >> 8
