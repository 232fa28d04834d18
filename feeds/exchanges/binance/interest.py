"""Interest: open interest of futures, which no stream carries and so is asked for now and then."""

from collections.abc import Iterator, Sequence
from urllib.parse import quote

from feeds.adapter import Channel, Fetch, Subscription

PAUSE = 30_000_000_000
"""ns between two questions; the venue reckons it anew every few seconds, at a weight of one."""


class Interest:
    """The questions of one connection: one a symbol whose mark price it carries."""

    def __init__(self, api: str) -> None:
        self._api = api
        self._paths: Sequence[str] = ()
        self._due = 0

    def open(self, wanted: Sequence[Subscription], now: int) -> Iterator[Fetch]:
        """Ask for the symbols of a fresh connection."""
        self._paths = [
            f"{self._api}/openInterest?symbol={quote(item.symbol)}"
            for item in wanted
            if item.channel is Channel.MARK_PRICE
        ]
        self._due = now
        return self.tick(now)

    def tick(self, now: int) -> Iterator[Fetch]:
        """Ask again when it is time."""
        if now >= self._due:
            self._due = now + PAUSE
            for path in self._paths:
                yield Fetch(path, path, 1)
