"""The script command: a Python file of the user's, called with what happens in a market.

The same feeds that draw pictures, live, recorded or simulated, without a screen.
"""

import asyncio
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import aclosing, suppress
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from types import ModuleType
from typing import Protocol

import click

from feeds import userfile
from feeds.errors import ConfigError, Disconnected, Rejected
from feeds.line import one_line
from feeds.live import Live, parse_endpoints
from feeds.moment import SECOND, parse_duration, parse_moment
from feeds.registry import is_live, parse_instrument
from market.events import Event, FeedStatus
from market.market import Market
from market.markets import Markets
from service import opening
from service.stopping import until_stopped

DAMAGED, INTERRUPTED = 4, 130
"""Exit codes: something could not be read; Ctrl-C before the end."""
_ARGUMENTS = "tapetop arguments of a script"


class Script(Protocol):
    """What a file may define: functions of these names, at least one of the last two."""

    def on_start(self, arguments: Sequence[str]) -> None:
        """Before anything else, with what stands behind `--` on the command line."""
        ...

    def on_events(self, market: Market, events: Sequence[Event]) -> None:
        """Events of one instrument that came together, in order; the market has taken them."""
        ...

    def on_end(self, markets: Markets) -> None:
        """After the last event, also where the program was interrupted."""
        ...


class _Script(click.Command):
    """The command; what stands behind `--` belongs to the script."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Keep the script's own arguments apart."""
        at = args.index("--") if "--" in args else len(args)
        ctx.meta[_ARGUMENTS] = args[at + 1 :]
        return super().parse_args(ctx, args[:at])


@click.command("script", cls=_Script)
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE.py")
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE... [-- ARGUMENT...]")
@click.option("--from", "start", metavar="TIME", help="Begin to call here; what was is known.")
@click.option("--to", "end", metavar="TIME", help="End before this.")
@click.option("--duration", metavar="T", help="How much simulated (5m) or live market.")
@click.option(
    "--endpoint",
    "endpoints",
    multiple=True,
    metavar="VENUE=URL",
    help="Reach a venue at another address (repeatable).",
)
@click.pass_context
def command(
    ctx: click.Context,
    file: Path,
    sources: tuple[str, ...],
    start: str | None,
    end: str | None,
    duration: str | None,
    endpoints: tuple[str, ...],
) -> int:
    """Run FILE.py on a market's events, without a screen.

    SOURCE is a recording, sim:SEED, or VENUE:SYMBOL live, until --duration or Ctrl-C; several
    simulated or live ones can be named. The file defines on_events(market, events), called with
    the events that came together, or on_end(markets), or both. It runs with all your rights.

    \b
    Examples:
      tapetop script watch.py sim:7 --duration 10m
      tapetop script watch.py btc.jsonl.gz --from +5m -- 50 loud
      tapetop script watch.py binance-usdm:BTCUSDT bybit-linear:BTCUSDT
    """
    first, last = (parse_moment(word) if word is not None else None for word in (start, end))
    live = all(map(is_live, sources))
    if live and (first is not None or last is not None):
        raise ConfigError(f"{sources[0]} is live: --from and --to are for recordings")
    addresses = parse_endpoints(endpoints)
    if live:
        seconds = _seconds(duration)
        for source in sources:
            parse_instrument(source)
        caller = Caller(_defined(file))
        caller.start(ctx.meta[_ARGUMENTS])
        return _watch(caller, Live(list(sources), endpoints=addresses), seconds)
    read = opening.opened(sources, duration)
    begin, stop = opening.span(read.first, first, last)
    caller = Caller(_defined(file), begin, stop)
    caller.start(ctx.meta[_ARGUMENTS])
    return _read(caller, read, stop)


class Caller:
    """Batches in, calls of a script's functions out."""

    def __init__(self, module: ModuleType, start: int = 0, end: int | None = None) -> None:
        self.markets = Markets()
        self._start, self._end = start, end
        self._on_start: Callable[[Sequence[str]], None] | None
        self._on_events: Callable[[Market, Sequence[Event]], None] | None
        self._on_end: Callable[[Markets], None] | None
        self._on_start = getattr(module, "on_start", None)
        self._on_events = getattr(module, "on_events", None)
        self._on_end = getattr(module, "on_end", None)

    def start(self, arguments: Sequence[str]) -> None:
        """Hand over the script's own arguments."""
        if self._on_start is not None:
            self._on_start(arguments)

    def take(self, batch: Sequence[Event]) -> None:
        """Let the markets take each run of events of one instrument, and tell of it."""
        for name, run in groupby(batch, key=attrgetter("instrument")):
            events = [event for event in run if not self._over(event)]
            self.markets.apply(events)
            for market in self._concerned(name, events):
                if self._on_events is not None and market.clock >= self._start:
                    self._on_events(market, events)

    def finish(self) -> None:
        """Tell that it is over."""
        if self._on_end is not None:
            self._on_end(self.markets)

    def _over(self, event: Event) -> bool:
        time: int | None = getattr(event, "ts_event", None)
        return self._end is not None and time is not None and time >= self._end

    def _concerned(self, name: str, events: Sequence[Event]) -> Iterator[Market]:
        """The market of an instrument, or all of a venue that says something of itself."""
        market = self.markets.get(name)
        if market is not None and events:
            yield market
        venues = {event.venue for event in events if isinstance(event, FeedStatus)}
        if not name:
            yield from [market for market in self.markets if market.venue in venues]


def _defined(file: Path) -> ModuleType:
    """The file as a module, which defines something to call."""
    if not file.is_file():
        raise ConfigError(f"{file}: {'is a directory' if file.is_dir() else 'no such file'}")
    module = userfile.run(file)
    if not any(callable(getattr(module, name, None)) for name in ("on_events", "on_end")):
        raise ConfigError(
            f"{file}: it defines neither on_events(market, events) nor on_end(markets)"
        )
    return module


def _read(caller: Caller, read: opening.Read, end: int | None) -> int:
    """Go through a recording or the simulation; the exit code."""
    code = 0
    try:
        for batch in read.batches(end):
            caller.take(batch)
    except KeyboardInterrupt:
        code = INTERRUPTED
    caller.finish()
    for line in read.complaints():
        _say(f"tapetop: {line}")
    return code or (DAMAGED if read.damaged else 0)


def _watch(caller: Caller, live: Live, seconds: float | None) -> int:
    """Follow live markets until they are stopped; an error says why nothing came."""
    # To be stopped is how this ends where no time is set.
    with suppress(KeyboardInterrupt, asyncio.CancelledError):
        asyncio.run(until_stopped(_follow(caller, live, seconds)))
    caller.finish()
    markets = caller.markets
    if any(market.book is not None or len(market.trades) for market in markets):
        return 0
    instrument = live.instruments[0]
    market = markets.get(instrument)
    reason = market.status.reason if market is not None else ""
    if live.counts.rejected:
        raise Rejected(instrument, reason or live.counts.complaint)
    raise Disconnected(instrument, reason or "no data came")


async def _follow(caller: Caller, live: Live, seconds: float | None) -> None:
    limit = asyncio.timeout(seconds)
    try:
        async with limit, aclosing(live.batches()) as batches:
            async for batch in batches:
                caller.take(batch)
    except TimeoutError:
        if not limit.expired():
            raise  # It is the script's own.


def _seconds(duration: str | None) -> float | None:
    if duration is None:
        return None
    length = parse_duration(duration)
    if not length:
        raise ConfigError(f'--duration "{duration}": write more than nothing, such as 30s')
    return length / SECOND


def _say(text: str) -> None:
    click.echo(one_line(text), file=sys.stderr)
