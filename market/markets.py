"""Markets: the market of every instrument seen, and events handed to the right one."""

from collections.abc import Iterable, Iterator

from market.events import Event
from market.market import Market


class Markets:
    """Markets by instrument id, in the order of their first event.

    What is slow to make of them is made at once, or where `stepwise` a little at each look.
    """

    def __init__(self, stepwise: bool = False) -> None:
        self._stepwise = stepwise
        self._markets: dict[str, Market] = {}
        self._dropped: set[str] = set()

    def apply(self, events: Iterable[Event]) -> None:
        """Hand each event to its market; a status without instrument concerns the whole venue."""
        markets = self._markets
        for event in events:
            market = markets.get(event.instrument)
            if market is not None:
                market.apply(event)
            else:
                self._apply_unknown(event)

    def get(self, id: str) -> Market | None:
        """The market of an instrument, None before its first event."""
        return self._markets.get(id)

    def drop(self, id: str) -> None:
        """Forget a market, and take nothing more of its instrument until it is expected again."""
        self._markets.pop(id, None)
        self._dropped.add(id)

    def expect(self, id: str) -> None:
        """Begin a market with the next event of its instrument, though it was dropped."""
        self._dropped.discard(id)

    @property
    def ids(self) -> list[str]:
        """Instruments in the order they were first seen."""
        return list(self._markets)

    def __iter__(self) -> Iterator[Market]:
        return iter(self._markets.values())

    def __len__(self) -> int:
        return len(self._markets)

    def _apply_unknown(self, event: Event) -> None:
        if event.instrument in self._dropped:
            return  # It was on its way when the instrument was dropped.
        if event.instrument:
            market = self._markets[event.instrument] = Market(event.instrument, self._stepwise)
            market.apply(event)
            return
        venue = getattr(event, "venue", "")
        for market in self._markets.values():
            if market.venue == venue:
                market.apply(event)
