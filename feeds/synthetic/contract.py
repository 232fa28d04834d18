"""Contract: what a venue states of a perpetual beside trades and the book, made of these.

Mark and index price, funding, open interest and forced orders. It has dice of its own, so that the
market of a seed is the same with it and without.
"""

from collections.abc import Iterator
from random import Random

from feeds.synthetic.dice import between
from market.events import Event, FundingRate, Liquidation, MarkPrice, OpenInterest, Side

SECOND = 1_000_000_000
FUNDED = 8 * 3600 * SECOND
"""Between two payments of funding, counted from midnight UTC."""
_INTEREST_EVERY = 10 * SECOND
_CASCADE = 4 * SECOND
"""How long after a forced order others of its side are likely."""
_SALT = 0x5EED
_MOST = 50_000
"""The rate at most, 1e-8 a payment."""


class Contract:
    """The contract's state: whole lots, 1/64 ticks, and 1e-8 of its price."""

    __slots__ = ("_bits", "_forced", "_id", "_index", "_interest", "_mark", "_premium", "_swept")

    def __init__(self, instrument: str, seed: int, fair: int) -> None:
        self._id = instrument
        self._bits = Random(seed ^ _SALT).getrandbits
        self._interest = between(self._bits, 60_000_000, 90_000_000)
        self._premium = between(self._bits, -30_000, 30_000)
        self._mark = self._index = 0
        self._forced = 0
        """The side of the last forced sweep, 0 for none."""
        self._swept = 0
        self._price(fair)

    def filled(self, ts: int, sign: int, lots: int, ticks: int, sweep: bool) -> list[Event]:
        """Take note of a taker's order and its average price: what is stated of it, if forced.

        Of four orders one opens positions on both sides, one closes them, and two hand them on.
        Half of the sweeps are forced, and so are some orders of their side soon after.
        """
        bits = self._bits
        way, lot = bits(2), bits(3)
        after = ts - self._swept <= _CASCADE and sign == self._forced
        forced = lot < 4 if sweep else after and not lot
        if sweep and forced:
            self._forced, self._swept = sign, ts
        if forced or way == 1:
            self._interest = max(1_000_000, self._interest - lots)
        elif not way:
            self._interest += lots
        side = Side.BUY if sign > 0 else Side.SELL
        return [Liquidation(self._id, ts, ts, ticks * 0.5, lots / 1000, side)] if forced else []

    def state(self, now: int, fair: int) -> Iterator[Event]:
        """What is stated each second: mark, index and rate, and every tenth open interest."""
        self._premium += between(self._bits, -400, 401) - (self._premium >> 9)
        self._price(fair)
        paid = (now // FUNDED + 1) * FUNDED
        rate = max(-_MOST, min(_MOST, self._premium // 100 * 100))
        yield MarkPrice(self._id, now, now, self._mark / 200, self._index / 200)
        yield FundingRate(self._id, now, now, rate / 10**8, paid)
        if now % _INTEREST_EVERY == 0:
            yield OpenInterest(self._id, now, now, self._interest / 1000)

    def _price(self, fair: int) -> None:
        """Mark follows the fair price, the index lies the premium away; both in 1/100 ticks."""
        fair = fair * 100 >> 6
        self._mark += fair - self._mark if not self._mark else fair - self._mark >> 2
        self._index = self._mark - self._mark * self._premium // 10**8
