"""The feed of ccxt: lines to the exchanges that are wanted through it, into the hub's outlet."""

import asyncio
from collections.abc import Mapping, Sequence

from feeds.ccxt_line import Course, Line
from feeds.ccxt_names import CCXT, UNRECORDED, parse_name
from feeds.errors import ConfigError


class CcxtFeed:
    """All exchanges through ccxt. Nothing of ccxt is loaded before one is wanted."""

    def __init__(self, course: Course, endpoints: Mapping[str, str], *, tapped: bool) -> None:
        self._course, self._endpoints, self._tapped = course, dict(endpoints), tapped
        self._lines: dict[str, Line] = {}
        self._changed = asyncio.Event()

    def want(self, instruments: Sequence[str], interval: str) -> None:
        """Watch exactly these `ccxt:EXCHANGE:SYMBOL`; ConfigError when one cannot be."""
        symbols: dict[str, list[str]] = {}
        for instrument in instruments:
            if self._tapped:
                raise ConfigError(f"{instrument}: {UNRECORDED}")
            exchange, symbol = parse_name(instrument.partition(":")[2])
            symbols.setdefault(exchange, []).append(symbol)
        for exchange in symbols.keys() - self._lines.keys():
            endpoint = self._endpoints.get(f"{CCXT}:{exchange}")
            self._lines[exchange] = Line(exchange, endpoint, self._course)
        for exchange in list(self._lines):
            self._lines[exchange].want(symbols.get(exchange, []), interval)
            if exchange not in symbols:
                del self._lines[exchange]
        self._changed.set()

    def retry(self) -> None:
        """Try again now wherever a pause is of our own choice."""
        for line in self._lines.values():
            line.hurry()

    async def run(self) -> None:
        """Keep the lines running that are wanted, until it is cancelled."""
        running: dict[Line, asyncio.Task[None]] = {}
        async with asyncio.TaskGroup() as group:
            while True:
                self._changed.clear()
                wanted = set(self._lines.values())
                for line in running.keys() - wanted:
                    running.pop(line).cancel()
                for line in wanted - running.keys():
                    running[line] = group.create_task(line.run())
                await self._changed.wait()
