"""The history command: what a venue keeps of its past, into a file that replays."""

import asyncio
import random
import re
import sys
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Protocol

import click
import msgspec
from platformdirs import user_cache_path

from feeds.errors import ConfigError, FeedError, Rejected
from feeds.history import Kept, Page, Past
from feeds.history_archive import Archive, require
from feeds.history_rest import Historian, listing
from feeds.history_rows import find_series
from feeds.jsonline import json_line
from feeds.line import one_line
from feeds.live import parse_endpoints
from feeds.moment import DAY, SECOND, parse_moment
from feeds.recording import Recorder
from feeds.registry import find_venue, parse_instrument
from feeds.rest import Budget, Rest
from feeds.timing import Timing
from feeds.transport import Network
from feeds.venue import Venue
from service.stopping import until_stopped

EVERY = 5.0
"""Seconds between two lines of progress."""
INCOMPLETE = 4
"""The exit code where rows are missing."""


class Summary(msgspec.Struct):
    """What was written, as `--json` prints it."""

    instrument: str
    channel: str
    source: str
    start: int
    end: int
    file: str
    rows: int = 0
    first: int | None = None
    last: int | None = None
    requests: int = 0
    missing: int = 0
    """Numbers that no row had."""
    complete: bool = True
    """Whether the venue still had all of the span."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked for on the command line."""

    venue: Venue
    kept: Kept
    past: Past
    output: Path
    archive: bool
    endpoint: str | None
    force: bool


@click.command("history")
@click.argument("instrument", metavar="VENUE:SYMBOL")
@click.option("--from", "start", required=True, metavar="TIME", help="Begin here, UTC.")
@click.option(
    "--to", "end", required=True, metavar="TIME", help="End before this: also +2h after --from."
)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Where to: .jsonl or .jsonl.gz; by default named after the instrument and --from.",
)
@click.option(
    "--channel",
    type=click.Choice([str(kept) for kept in Kept]),
    default="trades",
    show_default=True,
    help="What of the past.",
)
@click.option(
    "--source",
    type=click.Choice(("rest", "archive")),
    default="rest",
    show_default=True,
    help="Page by page, or whole days of Binance's archive.",
)
@click.option("--force", is_flag=True, help="Replace the file if it is there.")
@click.option(
    "--endpoint",
    "endpoints",
    multiple=True,
    metavar="VENUE=URL",
    help="Reach a venue's documents at another address.",
)
@click.option("--json", "as_json", is_flag=True, help="Print what was written as one object.")
def command(
    instrument: str,
    start: str,
    end: str,
    output: Path | None,
    channel: str,
    source: str,
    force: bool,
    endpoints: tuple[str, ...],
    as_json: bool,
) -> int:
    """Fetch past trades of a venue into a file that replays.

    \b
    Examples:
      tapetop history binance:BTCUSDT --from 2024-08-08T14:00 --to +1h -o btc.jsonl.gz
      tapetop history binance-usdm:BTCUSDT --from 2024-08-08 --to 2024-08-09 --source archive
      tapetop history okx:BTC-USDT-SWAP --channel open-interest --from 2026-11-20 --to +1d
      tapetop snap footprint btc.jsonl.gz --set timeframe=5m
    """
    name, symbol = parse_instrument(instrument)
    kept = Kept(channel)
    addresses = parse_endpoints(endpoints)
    past = _past(symbol, start, end)
    if source == "archive":
        require(name)
        if kept is not Kept.TRADES:
            raise ConfigError("--source archive holds trades; --source rest has open interest")
    else:
        find_series(name, kept)
    path = output or Path(_file_name(name, past, kept))
    archived = source == "archive"
    wish = Wish(find_venue(name), kept, past, path, archived, addresses.get(name), force)
    summary = Summary(instrument, channel, source, past.start, past.end, str(path))
    return _conclude(summary, fetch(wish, summary, _say), as_json)


def fetch(wish: Wish, summary: Summary, say: Callable[[str], None]) -> FeedError | OSError | None:
    """Write the wish's file and fill in the summary; return what ended it before its end."""
    trouble: FeedError | OSError | None = None
    with Recorder(wish.output, overwrite=wish.force) as recorder:
        try:
            asyncio.run(until_stopped(_write(wish, summary, recorder, say)))
        except FeedError as error:
            trouble = error
        except asyncio.CancelledError:
            # To be terminated is to be interrupted: the file is closed and holds what there is.
            raise KeyboardInterrupt from None
        finally:
            if not summary.rows:
                wish.output.unlink(missing_ok=True)
    return recorder.failure or trouble


async def _write(
    wish: Wish, summary: Summary, recorder: Recorder, say: Callable[[str], None]
) -> None:
    timing = Timing()
    network = Network(timing)
    venue, told = wish.venue, monotonic()
    try:
        walk = _walk(wish, network, timing, say)
        listed = await listing(venue, _rest(wish, network, timing), wish.past, say, time.time_ns())
        if listed is not None:
            recorder(listed.first, "in", "http", venue.rest + listed.path, listed.payload)
        try:
            async with aclosing(walk.pages()) as pages:
                async for page in pages:
                    recorder(page.last, "in", "http", walk.base + page.path, page.payload)
                    if recorder.failure is not None:
                        return
                    _count(summary, page)
                    if monotonic() - told >= EVERY:
                        told = monotonic()
                        say(f"{summary.rows:,} rows up to {_clock(page.last)}")
        finally:
            summary.requests, summary.missing = walk.requests, walk.missing
            summary.complete = walk.complete
    finally:
        await network.close()


class Walk(Protocol):
    """A way over the past, page by page."""

    base: str

    @property
    def requests(self) -> int:
        """Answers so far."""
        ...

    @property
    def missing(self) -> int:
        """Numbers that no row had."""
        ...

    @property
    def complete(self) -> bool:
        """Whether the venue still has all of the span."""
        ...

    def pages(self) -> AsyncGenerator[Page]:
        """Pages from the oldest on."""
        ...


def _walk(wish: Wish, network: Network, timing: Timing, say: Callable[[str], None]) -> Walk:
    venue = wish.venue
    if wish.archive:
        folder = user_cache_path("tapetop") / "archive"
        address = _address(wish, "")
        return Archive(venue.name, wish.past, network, folder, say, timing, address)
    series = find_series(venue.name, wish.kept)
    rest = _rest(wish, network, timing, series.base)
    return Historian(venue, series, wish.past, rest, say, timing, time.time_ns)


def _rest(wish: Wish, network: Network, timing: Timing, base: str = "") -> Rest:
    venue, limits = wish.venue, wish.venue.limits
    budget = Budget(venue.name, limits.weight, limits.weight_header, timing)
    address = _address(wish, base or venue.rest)
    return Rest(address, budget, network, timing, time.time_ns, random.random)


def _address(wish: Wish, usual: str) -> str:
    return usual if wish.endpoint is None else wish.venue.at(wish.endpoint).rest


def _count(summary: Summary, page: Page) -> None:
    summary.rows += page.rows
    summary.first = page.first if summary.first is None else min(summary.first, page.first)
    summary.last = page.last if summary.last is None else max(summary.last, page.last)


def _conclude(summary: Summary, trouble: FeedError | OSError | None, as_json: bool) -> int:
    """Tell what was written and return the exit code; raise what ended it before its end."""
    if summary.rows and as_json:
        click.echo(json_line(summary), nl=False)
    if summary.rows:
        span = f"{_clock(summary.first)} to {_clock(summary.last)}"
        _say(f"{summary.rows:,} rows, {span}: tapetop replay {summary.file}")
    if trouble is not None:
        _hint(summary, trouble)
        raise trouble
    what = f"{summary.instrument}: {summary.channel}"
    if summary.missing:
        _say(f"tapetop: {what}: {summary.missing:,} are missing, their numbers are not there")
    if not summary.complete:
        reach = find_series(summary.instrument.partition(":")[0], Kept(summary.channel)).reach
        _say(f"tapetop: {what} do not reach back to {_clock(summary.start)}: there is {reach}")
    if not summary.rows and summary.complete:
        span = f"from {_clock(summary.start)} to {_clock(summary.end)}"
        raise ConfigError(f"{what}: none {span}")
    return INCOMPLETE if summary.missing or not summary.complete else 0


def _hint(summary: Summary, trouble: FeedError | OSError) -> None:
    """Say how far a venue reaches back where it refuses to."""
    series = find_series(summary.instrument.partition(":")[0], Kept(summary.channel))
    if isinstance(trouble, Rejected) and summary.source == "rest":
        _say(f"{series.venue} has {series.kept} of {series.reach}")


def _past(symbol: str, start: str, end: str) -> Past:
    """The span of two words, of which the second may be told from the first."""
    now = time.time_ns()
    first = parse_moment(start)
    if first.offset is not None:
        raise ConfigError(f'--from "{start}": write a date such as 2024-08-08T14:00, or 14:00')
    begin = first.at(now - now % DAY)
    finish = parse_moment(end).at(begin)
    if begin >= now:
        raise ConfigError(f'--from "{start}": {_clock(begin)} UTC is still to come')
    if finish <= begin:
        raise ConfigError(f'--to "{end}" is not after --from "{start}"')
    return Past(symbol, begin, min(finish, now))


def _file_name(venue: str, past: Past, kept: Kept) -> str:
    symbol = re.sub(r"[^A-Za-z0-9._-]", "-", past.symbol)
    moment = _moment(past.start).strftime("%Y%m%dT%H%M")
    kind = "" if kept is Kept.TRADES else f"-{kept}"
    return f"{venue}-{symbol}{kind}-{moment}.jsonl.gz"


def _moment(time: int) -> datetime:
    return datetime.fromtimestamp(time // SECOND, UTC)


def _clock(time: int | None) -> str:
    return "?" if time is None else _moment(time).strftime("%Y-%m-%dT%H:%M:%S")


def _say(text: str) -> None:
    click.echo(one_line(text), file=sys.stderr)
