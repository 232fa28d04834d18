"""Interest: open contracts as last stated, and as a venue tells of the past, in base currency.

A venue's history comes after the first live statement as often as before it, and before anybody
said what a contract is worth. So what is older than the newest statement, or was old when it came,
is put into the log at its own time, and is kept as stated until its worth is known. Contracts of
inverse instruments then count at the close of the venue's candle that holds their time, and are
shown from when there is one.
"""

from collections.abc import Callable

from market.events import Kline, OpenInterest
from market.happenings import Series
from market.units import Units

KEPT = 2000
"""Statements of the past that are kept as stated: more than any one answer holds."""
OLD = 60_000_000_000
"""ns after which a statement that comes is one of the past, and not worth what it is now."""

Close = Callable[[int], float | None]
"""The price at a time of the past; None where no candle of the venue tells it."""


class Interest:
    """The open interest of one instrument.

    `log` is where it is noted in base currency, `contracts` where it is as the venue states it.
    """

    def __init__(self, log: Series, contracts: Series) -> None:
        self._log, self._contracts = log, contracts
        self._newest: OpenInterest | None = None
        self._past: dict[int, OpenInterest] = {}
        """By time, as stated, in order of arrival."""
        self._waiting: dict[int, OpenInterest] = {}
        """Of these, those for which no price is known yet."""

    def now(self, units: Units | None, price: float | None) -> OpenInterest | None:
        """What was stated last, worth what it is at this price."""
        newest = self._newest
        return newest if newest is None or units is None else units.interest(newest, price)

    def take(
        self, stated: OpenInterest, units: Units | None, price: float | None, close: Close
    ) -> None:
        """Take a statement in the venue's unit."""
        newest = self._newest is None or stated.ts_event >= self._newest.ts_event
        if newest:
            self._newest = stated
        if newest and stated.ts_recv - stated.ts_event <= OLD:
            self._contracts.add(stated.ts_event, stated.size)
            known = self.now(units, price)
            if known is not None:
                self._log.add(known.ts_event, known.size)
            return
        if stated.ts_event in self._past:
            return
        self._past[stated.ts_event] = stated
        self._contracts.recall(stated.ts_event, stated.size)
        if len(self._past) > KEPT:
            first = next(iter(self._past))
            del self._past[first]
            self._waiting.pop(first, None)
        self._recall(stated, units, close(stated.ts_event))

    def priced(self, kline: Kline, units: Units | None) -> None:
        """Learn a price of the past."""
        if not self._waiting:
            return
        span = range(kline.start + 1, kline.end + 1)
        for at in [at for at in self._waiting if at in span]:
            self._recall(self._waiting.pop(at), units, kline.close)

    def restate(self, units: Units, close: Close) -> None:
        """Note the past anew, now that it is known what a contract is worth."""
        self._waiting.clear()
        for stated in self._past.values():
            self._recall(stated, units, close(stated.ts_event))

    def _recall(self, stated: OpenInterest, units: Units | None, price: float | None) -> None:
        known = stated if units is None else units.interest(stated, price)
        if known is None:
            self._waiting[stated.ts_event] = stated
        else:
            self._log.recall(known.ts_event, known.size)
