"""Oscillators: Bollinger's bands, Wilder's RSI and Appel's MACD of closes, bar by bar.

All count the bars that there are, as moving averages do, and the newest with the price it has now.
None has a value before it has all the bars that it is made of (definitions.md 34 to 36).
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate
from math import sqrt
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from market.averages import LONGEST, NONE, Average, averages_of
from market.bar import Parted, Run

Values = NDArray[np.float64]

USUAL: Final = "on"
"""The word for what their inventors took."""
_NUMBER: Final = re.compile(r"[0-9]{1,4}(\.[0-9]{1,2})?")


class Bollinger(NamedTuple):
    """Bands so many deviations of the last `bars` closes around their mean."""

    bars: int = 20
    deviations: float = 2.0

    @property
    def name(self) -> str:
        """What it is called on a chart."""
        return f"BB {self.bars},{self.deviations:g}"


class Rsi(NamedTuple):
    """Relative strength of so many changes."""

    bars: int = 14


class Macd(NamedTuple):
    """A fast and a slow exponential average, and bars of the signal made of their difference."""

    fast: int = 12
    slow: int = 26
    signal: int = 9


class Oscillators(NamedTuple):
    """Which of them are wanted."""

    bollinger: Bollinger | None = None
    rsi: Rsi | None = None
    macd: Macd | None = None


class Bands(NamedTuple):
    """The mean and one deviation at each bar, the newest last, in ticks; NaN where unknown."""

    middle: Values
    sigma: Values


class MacdLines(NamedTuple):
    """The difference and its signal at each bar, the newest last, in ticks; NaN where unknown."""

    macd: Values
    signal: Values

    @property
    def histogram(self) -> Values:
        """How far the difference is above its signal."""
        return self.macd - self.signal


@lru_cache(maxsize=16)
def parse_oscillators(bollinger: str, rsi: str, macd: str) -> Oscillators:
    """Those that the words of three settings ask for; ValueError where one asks for none."""
    return Oscillators(parse_bollinger(bollinger), parse_rsi(rsi), parse_macd(macd))


def parse_bollinger(text: str) -> Bollinger | None:
    """Bands that words such as `20,2` ask for, None for none; ValueError where they are neither."""
    numbers = _numbers(text, Bollinger())
    if numbers is None:
        return None
    if len(numbers) != 2 or not (_is_length(numbers[0]) and 0 < numbers[1] <= 10):
        raise ValueError(
            f"bars from 2 to {LONGEST} and deviations up to 10 are accepted, such as 20,2; "
            f"{USUAL} or {NONE}"
        )
    return Bollinger(int(numbers[0]), numbers[1])


def parse_rsi(text: str) -> Rsi | None:
    """The RSI that a word such as `14` asks for, None for none; ValueError where it is neither."""
    numbers = _numbers(text, Rsi())
    if numbers is None:
        return None
    if len(numbers) != 1 or not _is_length(numbers[0]):
        raise ValueError(
            f"a number of bars from 2 to {LONGEST} is accepted, such as 14; {USUAL} or {NONE}"
        )
    return Rsi(int(numbers[0]))


def parse_macd(text: str) -> Macd | None:
    """The MACD that words such as `12,26,9` ask for, None for none; ValueError where neither."""
    numbers = _numbers(text, Macd())
    if numbers is None:
        return None
    if len(numbers) != 3 or not all(map(_is_length, numbers)) or numbers[0] >= numbers[1]:
        raise ValueError(
            f"bars of a fast, a slower and a signal average from 2 to {LONGEST} are accepted, such "
            f"as 12,26,9; {USUAL} or {NONE}"
        )
    return Macd(*map(int, numbers))


def bollinger_of(parted: Parted, wanted: Bollinger) -> Bands:
    """The bands at every bar: sigma = sqrt(sum((c - mean)^2) / n), of the population.

    Sums are of whole ticks, so that nothing cancels.
    """
    over = _bands_over(parted.run, wanted.bars)
    closes = [*parted.run.close[1 - wanted.bars :].tolist(), parted.newest.close]
    newest = (np.nan, np.nan)
    if len(closes) == wanted.bars:
        newest = _spread(wanted.bars, sum(closes), sum(close * close for close in closes))
    return Bands(*(np.append(past, now) for past, now in zip(over, newest, strict=True)))


def rsi_of(parted: Parted, wanted: Rsi) -> Values:
    """100 x up / (up + down) at every bar: means of rises and falls, smoothed by Wilder's 1 / n.

    They begin as those of the first n changes. NaN where nothing has moved at all.
    """
    run, newest = parted.run, parted.newest
    over, means = _rsi_over(run, wanted.bars)
    if not len(run):
        return np.full(1, np.nan)
    change = newest.close - int(run.close[-1])
    if means is None and len(run) == wanted.bars:
        changes = [*np.diff(run.close).tolist(), change]
        means = _means(changes)
    elif means is not None:
        means = _smoothed(means, change, wanted.bars)
    return np.append(over, np.nan if means is None else _strength(*means))


def macd_of(parted: Parted, wanted: Macd) -> MacdLines:
    """The fast exponential average less the slow one, and the exponential average of that.

    Each begins as the mean of its first values (definitions.md 33).
    """
    pair = Average(wanted.fast, exponential=True), Average(wanted.slow, exponential=True)
    fast, slow = averages_of(parted, pair)
    macd = fast - slow
    over = _signal_over(parted.run, wanted)
    known = macd[wanted.slow - 1 :]
    newest = np.nan
    if len(known) == wanted.signal:
        newest = float(known.mean())
    elif len(known) > wanted.signal:
        newest = float(over[-1] + 2 / (wanted.signal + 1) * (known[-1] - over[-1]))
    return MacdLines(macd, np.append(over, newest))


def _numbers(text: str, usual: Sequence[float]) -> list[float] | None:
    """The numbers between commas; none at all where a word is none, None where none is wanted."""
    if text in ("", NONE):
        return None
    if text == USUAL:
        return [float(number) for number in usual]
    words = [word.strip() for word in text.split(",")]
    return [float(word) for word in words] if all(map(_NUMBER.fullmatch, words)) else []


def _is_length(number: float) -> bool:
    return 2 <= number <= LONGEST and number == int(number)


@lru_cache(maxsize=4)
def _bands_over(run: Run, count: int) -> tuple[Values, Values]:
    """Mean and deviation at the bars that are over."""
    closes = run.close.tolist()
    sums = [0, *accumulate(closes)]
    squares = [0, *accumulate(close * close for close in closes)]
    middle, sigma = np.full(len(closes), np.nan), np.full(len(closes), np.nan)
    for at in range(count - 1, len(closes)):
        first = at + 1 - count
        middle[at], sigma[at] = _spread(
            count, sums[at + 1] - sums[first], squares[at + 1] - squares[first]
        )
    return middle, sigma


def _spread(count: int, total: int, squares: int) -> tuple[float, float]:
    return total / count, sqrt(count * squares - total * total) / count


@lru_cache(maxsize=4)
def _rsi_over(run: Run, count: int) -> tuple[Values, tuple[float, float] | None]:
    """The RSI at the bars that are over, and the means of rises and falls it ends with."""
    values = np.full(len(run), np.nan)
    if len(run) <= count:
        return values, None
    changes = np.diff(run.close).tolist()
    means = _means(changes[:count])
    made = [_strength(*means)]
    for change in changes[count:]:
        means = _smoothed(means, change, count)
        made.append(_strength(*means))
    values[count:] = made
    return values, means


def _means(changes: Sequence[int]) -> tuple[float, float]:
    rises = sum(change for change in changes if change > 0)
    return rises / len(changes), (rises - sum(changes)) / len(changes)


def _smoothed(means: tuple[float, float], change: int, count: int) -> tuple[float, float]:
    up, down = means
    rise, fall = max(change, 0), max(-change, 0)
    return up + (rise - up) / count, down + (fall - down) / count


def _strength(up: float, down: float) -> float:
    return 100 * up / (up + down) if up + down else float("nan")


@lru_cache(maxsize=4)
def _signal_over(run: Run, wanted: Macd) -> Values:
    """The signal at the bars that are over."""
    values = np.full(len(run), np.nan)
    first = wanted.slow + wanted.signal - 2
    if len(run) <= first:
        return values
    pair = Average(wanted.fast, exponential=True), Average(wanted.slow, exponential=True)
    last = Parted(run, run.bars[-1], int(run.numbers[-1]))
    fast, slow = (column[:-1] for column in averages_of(last, pair))
    known = (fast - slow)[wanted.slow - 1 :].tolist()
    value, part = sum(known[: wanted.signal]) / wanted.signal, 2 / (wanted.signal + 1)
    made = [value]
    for macd in known[wanted.signal :]:
        value += part * (macd - value)
        made.append(value)
    values[first:] = made
    return values
