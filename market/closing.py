"""Closing: with which trades bars of a volume, a delta, a range or a brick begin.

Each reads the trades of a log once, stretch by stretch in order of arrival, and says at which of a
stretch bars begin.
"""

from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from market.basis import CutBasis, DeltaBasis, RangeBasis, RenkoBasis, VolumeBasis

Integers = NDArray[np.int64]

_STRETCH = 32
"""Trades that are looked at together first."""
_DENSE = 32
"""Trades a bar up to which the ends of all possible bars are looked for at once."""


class Begun(NamedTuple):
    """Bars that begin in a stretch of trades, oldest first, one a column.

    The first row is the place of the first trade in the stretch; of bricks two more are open and
    close of the brick that was over then.
    """

    bars: Integers
    anew: bool = False
    """Whether there are so many that older ones are left out, here and of what was said before."""


class Closing(Protocol):
    """What tells where bars begin."""

    @property
    def width(self) -> int:
        """Rows of what `read` returns."""
        ...

    def read(self, ticks: Integers, lots: Integers, most: int) -> Begun:
        """Read the next trades, one at least; `most` is how many bars anybody could want."""
        ...


def closing(basis: CutBasis) -> Closing:
    """What tells where bars of a basis begin, from the first trade it reads."""
    match basis:
        case VolumeBasis():
            return _Filled(basis.lots)
        case DeltaBasis():
            return _Netted(basis.lots)
        case RangeBasis():
            return _Widened(basis.ticks)
        case RenkoBasis():
            return _Bricked(basis.ticks)


class _Filled:
    """A bar is over with the trade that fills it; what that has too much is nobody's."""

    width = 1

    def __init__(self, lots: int) -> None:
        self._most = self._held = lots
        """What the newest bar holds: before the first it is as if one were full."""

    def read(self, _: Integers, lots: Integers, most: int) -> Begun:
        full = self._most
        total = np.concatenate(([0], np.cumsum(np.abs(lots))))
        ends = total[1:]
        at, begin, count = 0, -1, len(lots)
        if self._held < full:
            at = int(np.searchsorted(ends, full - self._held)) + 1
        following: list[int] = []
        if _DENSE * int(total[-1]) > full * count:
            # For every trade, should a bar begin with it: the trade that the next begins with.
            following = (np.searchsorted(ends, total[:-1] + full) + 1).tolist()
        places: list[int] = []
        while at < count:
            begin = at
            places.append(at)
            reached = total[at] + full
            at = following[at] if following else int(np.searchsorted(ends, reached)) + 1
        before = self._held if begin < 0 else -int(total[begin])
        self._held = before + int(total[-1])
        return _begun(places)


class _Netted:
    """A bar is over with the trade after which its sides differ by so much."""

    width = 1

    def __init__(self, lots: int) -> None:
        self._full = self._net = lots
        """The delta of the newest bar: before the first it is as if one were over."""

    def read(self, _: Integers, lots: Integers, most: int) -> Begun:
        full, places = self._full, list[int]()
        if abs(self._net) >= full:
            places, self._net = [0], 0
        sums = np.cumsum(lots)
        high, low = full - self._net, -full - self._net
        stretches = np.arange(0, len(sums), _STRETCH)
        tops = np.maximum.reduceat(sums, stretches).tolist()
        bottoms = np.minimum.reduceat(sums, stretches).tolist()
        for at, top, bottom in zip(stretches.tolist(), tops, bottoms, strict=True):
            if low < bottom and top < high:
                continue
            for place, net in enumerate(sums[at : at + _STRETCH].tolist(), start=at + 1):
                if not low < net < high:
                    places.append(place)
                    high, low = net + full, net - full
        self._net = int(sums[-1]) - (high - full)
        if places and places[-1] == len(sums):
            # It begins with the next trade, whenever that comes.
            places.pop()
            self._net = full
        return _begun(places)


class _Widened:
    """A bar is over before the trade with which its prices would span more than so much."""

    width = 1

    def __init__(self, ticks: int) -> None:
        self._most = ticks
        self._span: tuple[int, int] | None = None
        """The lowest and highest price of the newest bar."""

    def read(self, ticks: Integers, _: Integers, most: int) -> Begun:
        span, places = self._most, list[int]()
        if self._span is None:
            places, self._span = [0], (int(ticks[0]),) * 2
        low, high = self._span
        # Most trades are at the price of the one before, and change nothing; most stretches of
        # the others stay within the range.
        fresh = np.flatnonzero(np.concatenate(([True], ticks[1:] != ticks[:-1])))
        prices, stretches = ticks[fresh], np.arange(0, len(fresh), _STRETCH)
        highest = np.maximum.reduceat(prices, stretches).tolist()
        lowest = np.minimum.reduceat(prices, stretches).tolist()
        at_all, changes = fresh.tolist(), prices.tolist()
        for at, top, bottom in zip(stretches.tolist(), highest, lowest, strict=True):
            above, below = max(high, top), min(low, bottom)
            if above - below <= span:
                high, low = above, below
                continue
            part = slice(at, at + _STRETCH)
            for place, price in zip(at_all[part], changes[part], strict=True):
                if price > high:
                    high = price
                elif price < low:
                    low = price
                else:
                    continue
                if high - low > span:
                    places.append(place)
                    low = high = price
        self._span = low, high
        return _begun(places)


class _Bricked:
    """A brick is over with each line of the grid that is reached in the direction of the last.

    Lines are multiples of the brick. The price steps from line to line; between two it is still
    at the one from which it came. A step the other way only leads back to where the last brick
    began, so it is the second of them that makes a brick: two against the direction in all.
    """

    width = 3

    def __init__(self, ticks: int) -> None:
        self._ticks = ticks
        self._at: int | None = None
        """Where the price is: twice a line, or one more between it and the next."""
        self._line = 0
        """The line reached last."""
        self._sign = 0
        """The direction of the last step; 0 before the first."""

    def read(self, ticks: Integers, _: Integers, most: int) -> Begun:
        changed = np.flatnonzero(np.concatenate(([True], ticks[1:] != ticks[:-1])))
        prices = ticks[changed]
        lines = prices // self._ticks
        at = 2 * lines + (prices > lines * self._ticks)
        first = np.empty((3, 0), np.int64)
        if self._at is None:
            self._at, self._line = int(at[0]), int(at[0]) >> 1
            first = np.array([[0], [self._line], [self._line]])
        before = np.concatenate(([self._at], at[:-1]))
        self._at = int(at[-1])
        fresh = np.flatnonzero(at != before)
        at, before = at[fresh], before[fresh]
        bars = self._steps(changed[fresh], (at + (at < before)) >> 1, most)
        anew = bars.shape[1] == most
        bars = bars if anew else np.concatenate((first, bars), axis=1)
        bars[1:] *= self._ticks
        return Begun(bars, anew)

    def _steps(self, places: Integers, lines: Integers, most: int) -> Integers:
        """The newest bricks that are over as the price is at these lines by these trades."""
        leaps = np.diff(lines, prepend=self._line)
        moved = np.flatnonzero(leaps)
        if not len(moved):
            return np.empty((3, 0), np.int64)
        places, lines, leaps = places[moved], lines[moved], leaps[moved]
        signs = np.sign(leaps)
        turned = signs != np.concatenate(([self._sign or signs[0]], signs[:-1]))
        ends = np.cumsum(np.abs(leaps) - turned)
        self._line, self._sign = int(lines[-1]), int(signs[-1])
        brick = np.arange(max(0, int(ends[-1]) - most), int(ends[-1]))
        leap = np.searchsorted(ends, brick, side="right")
        closes = lines[leap] - signs[leap] * (ends[leap] - 1 - brick)
        return np.stack((places[leap], closes - signs[leap], closes))


def _begun(places: list[int]) -> Begun:
    return Begun(np.array(places, np.int64)[None])
