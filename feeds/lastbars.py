"""Last bars: the newest bar of each interval, over when the next has begun. Pure."""

from collections.abc import Sequence

from msgspec.structs import replace

from market.events import Kline


class LastBars:
    """For venues that state a bar again and again, and do not say that it is over."""

    def __init__(self) -> None:
        self._bars: dict[tuple[str, str], Kline] = {}

    def follow(self, bar: Kline, now: int) -> Sequence[Kline]:
        """The bar, after the one before it where that is over by now; none for an older one."""
        key = bar.instrument, bar.interval
        before = self._bars.get(key)
        if before is not None and bar.start < before.start:
            return ()
        self._bars[key] = bar
        if before is None or before.closed or before.start == bar.start:
            return (bar,)
        return (replace(before, ts_recv=now, closed=True), bar)
