"""Averages: moving averages of closes, simple and exponential, bar by bar.

Simple over n bars: (c[i-n+1] + ... + c[i]) / n. Exponential: it begins as the simple one of the
first n bars held, and then e[i] = e[i-1] + 2 / (n + 1) (c[i] - e[i-1]). Neither has a value before
the n-th bar. The newest bar counts with the price it has now.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from market.bar import Parted, Run

Values = NDArray[np.float64]

MOST: Final = 3
"""Averages at a time."""
LONGEST: Final = 1000
"""Bars of one."""
NONE: Final = "off"


class Average(NamedTuple):
    """A moving average of so many bars."""

    bars: int
    exponential: bool = False

    @property
    def word(self) -> str:
        """The word it is asked for by."""
        return f"e{self.bars}" if self.exponential else str(self.bars)

    @property
    def name(self) -> str:
        """What it is called on a chart."""
        return f"EMA{self.bars}" if self.exponential else f"MA{self.bars}"


@lru_cache(maxsize=16)
def parse_averages(text: str) -> tuple[Average, ...]:
    """The averages that words such as `20,50,e200` ask for; ValueError where they are none."""
    if text in ("", NONE):
        return ()
    found = list[Average]()
    for word in text.split(","):
        match = re.fullmatch(r"(e?)([0-9]{1,4})", word.strip())
        if match is None or not 2 <= int(match[2]) <= LONGEST:
            raise ValueError(
                f"numbers of bars from 2 to {LONGEST} are accepted, exponential with an e before "
                f"it, such as 20,50,e200; or {NONE}"
            )
        found.append(Average(int(match[2]), bool(match[1])))
    if len(set(found)) > MOST:
        raise ValueError(f"at most {MOST} averages are accepted")
    return tuple(dict.fromkeys(found))


def averages_of(parted: Parted, averages: Sequence[Average]) -> tuple[Values, ...]:
    """Each average at every bar, the newest last, in ticks; NaN where there is none.

    What is over is reckoned once.
    """
    over = _over(parted.run, tuple(averages))
    return tuple(
        np.append(values, _newest(parted, values, average))
        for values, average in zip(over, averages, strict=True)
    )


@lru_cache(maxsize=4)
def _over(run: Run, averages: tuple[Average, ...]) -> tuple[Values, ...]:
    return tuple(_reckoned(run, average) for average in averages)


def _reckoned(run: Run, average: Average) -> Values:
    """An average at the bars that are over."""
    count, values = average.bars, np.full(len(run), np.nan)
    if len(run) < count:
        return values
    if not average.exponential:
        sums = np.concatenate(([0], np.cumsum(run.close)))
        values[count - 1 :] = (sums[count:] - sums[:-count]) / count
        return values
    value, part = float(run.close[:count].mean()), 2 / (count + 1)
    made = [value]
    for close in run.close[count:].tolist():
        value += part * (close - value)
        made.append(value)
    values[count - 1 :] = made
    return values


def _newest(parted: Parted, over: Values, average: Average) -> float:
    """An average at the newest bar."""
    run, close, count = parted.run, parted.newest.close, average.bars
    if len(run) + 1 < count:
        return float("nan")
    if average.exponential and len(run) >= count:
        return float(over[-1] + 2 / (count + 1) * (close - over[-1]))
    return (int(run.close[len(run) + 1 - count :].sum()) + close) / count
