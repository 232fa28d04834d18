"""Bollinger's bands, RSI and MACD from their definitions (34 to 36), bar by bar, in decimals."""

from collections.abc import Sequence
from decimal import Decimal, localcontext

DIGITS = 50
Known = list[Decimal | None]


def bollinger(closes: Sequence[Decimal], count: int) -> list[tuple[Decimal, Decimal] | None]:
    """Mean and deviation of a population of each close and those before it."""
    found: list[tuple[Decimal, Decimal] | None] = []
    with localcontext(prec=DIGITS):
        for at in range(len(closes)):
            window = closes[max(0, at + 1 - count) : at + 1]
            if len(window) < count:
                found.append(None)
                continue
            mean = sum(window, Decimal(0)) / count
            variance = sum(((close - mean) ** 2 for close in window), Decimal(0)) / count
            found.append((mean, variance.sqrt()))
    return found


def rsi(closes: Sequence[Decimal], count: int) -> Known:
    """100 - 100 / (1 + RS) by Wilder's worksheet: RS is the mean rise over the mean fall."""
    found: Known = []
    up = down = Decimal(0)
    with localcontext(prec=DIGITS):
        for at, close in enumerate(closes):
            change = close - closes[at - 1] if at else Decimal(0)
            rise, fall = max(change, Decimal(0)), max(-change, Decimal(0))
            if at <= count:
                up, down = up + rise / count, down + fall / count
            else:
                up = (up * (count - 1) + rise) / count
                down = (down * (count - 1) + fall) / count
            if at < count or not (up or down):
                found.append(None)
            elif not down:
                found.append(Decimal(100))
            else:
                found.append(100 - 100 / (1 + up / down))
    return found


def exponential(values: Sequence[Decimal | None], count: int) -> Known:
    """The mean of the first `count` known values, and from there on 2 / (count + 1) of each."""
    found: Known = []
    known: list[Decimal] = []
    with localcontext(prec=DIGITS):
        for value in values:
            if value is None:
                found.append(None)
                continue
            known.append(value)
            before = found[-1] if found else None
            if len(known) < count:
                found.append(None)
            elif before is None:
                found.append(sum(known, Decimal(0)) / count)
            else:
                found.append(before + (value - before) * 2 / (count + 1))
    return found


def macd(closes: Sequence[Decimal], fast: int, slow: int, signal: int) -> tuple[Known, Known]:
    """The difference of two exponential averages, and the exponential average of that."""
    pairs = zip(exponential(closes, fast), exponential(closes, slow), strict=True)
    with localcontext(prec=DIGITS):
        lines: Known = [None if a is None or b is None else a - b for a, b in pairs]
    return lines, exponential(lines, signal)
