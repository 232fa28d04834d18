"""The export command: what a recording or the simulation holds, as rows for other programs.

Rows are handed on as they come: memory is bounded by what the markets keep and by one group of
rows, whatever the length of the recording.
"""

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path
from typing import NamedTuple

import click

from feeds.errors import ConfigError
from feeds.line import one_line
from feeds.moment import parse_duration, parse_moment
from feeds.recording import require_another
from feeds.registry import is_live
from market.basis import parse_basis
from market.events import Event, FeedStatus, Listing
from market.market import Market
from market.units import units_of
from service import opening
from service.opening import Read
from service.sinks.place import opened
from service.sinks.sink import FORMATS, About, Sink, maker
from service.stopping import end_in_order
from service.tables.bars import BarTable
from service.tables.registry import TABLES
from service.tables.table import Row, Shape, Table, Wish

DAMAGED = 4
"""The exit code when something could not be read."""
BATCH = 4096
"""Rows handed to a sink at once."""
LEAST = 1_000_000
"""Between two books, ns."""
OPTIONS: Mapping[str, str | int] = {"timeframe": "1m", "grouping": 1, "levels": 10, "every": "1s"}
"""What of tables can be chosen, and what is taken by default."""


class Exporter:
    """Events in, rows out: a market and a table for each instrument that there are data of."""

    def __init__(
        self, shape: Shape, wish: Wish, wanted: Sequence[str], listings: Mapping[str, Listing]
    ) -> None:
        self.ids: set[str] = set()
        """Instruments met so far, wanted or not."""
        self.relisted: dict[str, int] = {}
        """Trades that were taken to be in base currency until a listing said otherwise."""
        self._shape, self._wish = shape, wish
        self._wanted, self._listings = frozenset(wanted), dict(listings)
        self._pairs: dict[str, tuple[Market, Table]] = {}

    def take(self, batch: Iterable[Event]) -> Iterator[Row]:
        """The rows that some events bring."""
        for event in batch:
            name = event.instrument
            if isinstance(event, Listing) and name not in self._pairs:
                # What nothing else is said of may be any of those that the venue lists.
                self._listings[name] = event
            elif name:
                yield from self._one(name, event)
            elif isinstance(event, FeedStatus):
                for id in [id for id in self._pairs if id.startswith(f"{event.venue}:")]:
                    yield from self._one(id, event)

    def finish(self) -> Iterator[Row]:
        """The rows that were kept back."""
        for market, table in self._pairs.values():
            yield from table.finish(market)

    @property
    def late(self) -> int:
        """Trades that came too late for their bars."""
        bars = (table for _, table in self._pairs.values() if isinstance(table, BarTable))
        return sum(table.late for table in bars)

    @property
    def gaps(self) -> int:
        """Times that a feed was interrupted."""
        return sum(market.counts.gaps for market, _ in self._pairs.values())

    def _one(self, name: str, event: Event) -> Iterator[Row]:
        self.ids.add(name)
        if self._wanted and name not in self._wanted:
            return
        if name not in self._pairs:
            self._pairs[name] = self._begun(name)
        market, table = self._pairs[name]
        if isinstance(event, Listing) and market.listed is None and units_of(event.listed):
            self.relisted[name] = market.counts.trades
        if self._shape.early:
            yield from table.take(market, event)
            market.apply(event)
        else:
            market.apply(event)
            yield from table.take(market, event)

    def _begun(self, name: str) -> tuple[Market, Table]:
        market = Market(name)
        if name in self._listings:
            market.apply(self._listings[name])
        return market, self._shape.make(self._wish)


class _Export(click.Command):
    """The command; its help lists the tables."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Say what a row of each table is."""
        with formatter.section("Tables"):
            formatter.write_dl([(word, shape.about) for word, shape in TABLES.items()])


@click.command("export", cls=_Export)
@click.argument("source")
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    metavar="OUT",
    help="A file named .csv, .jsonl or .parquet, the first two also .gz; - is standard output.",
)
@click.option(
    "--what",
    type=click.Choice([*TABLES]),
    default="trades",
    show_default=True,
    metavar="TABLE",
    help="What the rows are, a word of those below.",
)
@click.option("--format", "form", type=click.Choice([*FORMATS]), help="By default OUT's ending.")
@click.option("--from", "start", metavar="TIME", help="Leave out what was before.")
@click.option("--to", "end", metavar="TIME", help="End before this.")
@click.option(
    "--instrument",
    "wanted",
    multiple=True,
    metavar="VENUE:SYMBOL",
    help="Only this one (repeatable).",
)
@click.option("--timeframe", metavar="WORD", help="Length of a bar: 5m, 100t, 500v; 1m by default.")
@click.option(
    "--grouping",
    type=click.IntRange(1, 10**6),
    metavar="N",
    help="Ticks in a row of a footprint; 1 by default.",
)
@click.option(
    "--levels",
    type=click.IntRange(1, 1000),
    metavar="N",
    help="Levels of each side of a book; 10 by default.",
)
@click.option("--every", metavar="T", help="Market time between two books; 1s by default.")
@click.option("--duration", metavar="T", help="How much simulated market; 5m by default.")
@click.option("--floats", is_flag=True, help="Write Parquet's decimals as 64-bit floats.")
@click.option("--force", is_flag=True, help="Replace OUT if it is there.")
def command(
    source: str,
    output: Path,
    what: str,
    form: str | None,
    start: str | None,
    end: str | None,
    wanted: tuple[str, ...],
    duration: str | None,
    floats: bool,
    force: bool,
    **chosen: str | int | None,
) -> int:
    """Write what SOURCE holds as rows: CSV, JSON lines or Parquet.

    SOURCE is a recording, a file of tapetop history, or sim:SEED. Numbers are exact, sizes in base
    currency, times in ns since 1970. Every table but gaps and instruments has a column gap: true
    where data are missing between a row and the one before, or within it.

    \b
    Examples:
      tapetop export btc.jsonl.gz -o trades.csv
      tapetop export btc.jsonl.gz -o bars.parquet --what bars --timeframe 5m
      tapetop export btc.jsonl.gz -o book.csv.gz --what book --levels 20 --every 100ms
      tapetop export btc.jsonl.gz -o - --what top --format csv --from +1m --to +2m | head
    """
    place = _place(output, form, floats)
    require_another(source, output)
    first, last = (parse_moment(word) if word is not None else None for word in (start, end))
    settled = _settled(what, chosen)
    read = _source(source, duration)
    begin, stop = opening.span(read.first, first, last)
    wish = replace(settled, start=begin, end=stop)
    about = About(what, TABLES[what].columns(wish), floats)
    exporter = Exporter(TABLES[what], wish, wanted, read.listings)
    end_in_order()
    with opened(place.path, force, place.compress) as file:
        rows = _write(maker(place.form)(file, about), exporter, read.batches(wish.end))
        _require(exporter, wanted, source)
    _say(f"{_many(rows, 'row')} of {what}: {place.path or 'standard output'}")
    return _conclude(exporter, read)


class _Place(NamedTuple):
    path: Path | None
    form: str
    compress: bool


def _place(output: Path, form: str | None, floats: bool) -> _Place:
    """Where to and how, by the name unless it is said."""
    path = None if str(output) == "-" else output
    compress = path is not None and path.suffix == ".gz"
    ending = (path.with_suffix("") if path and compress else output).suffix.removeprefix(".")
    form = form or (ending if path is not None else "csv")
    if form not in FORMATS:
        raise ConfigError(f"{output}: name it .csv, .jsonl or .parquet, or say so with --format")
    if form == "parquet" and (path is None or compress):
        reason = "it is packed already" if compress else "it is no text"
        raise ConfigError(f"{output}: parquet goes to a file named .parquet: {reason}")
    if floats and form != "parquet":
        raise ConfigError("--floats is for parquet: csv and jsonl have decimals as text")
    return _Place(path, form, compress)


def _settled(what: str, chosen: Mapping[str, str | int | None]) -> Wish:
    """What was chosen of a table, which has to know what that is."""
    for option, value in chosen.items():
        if value is not None and option not in TABLES[what].uses:
            tables = " and ".join(word for word, shape in TABLES.items() if option in shape.uses)
            raise ConfigError(f"--{option} is for {tables}, not for {what}")
    told = {option: chosen.get(option) or usual for option, usual in OPTIONS.items()}
    try:
        basis = parse_basis(str(told["timeframe"]))
    except ValueError as error:
        raise ConfigError(f"--timeframe: {error}") from error
    every = parse_duration(str(told["every"]))
    if every < LEAST:
        raise ConfigError(f'--every "{told["every"]}": 1ms is the least')
    return Wish(basis, int(told["grouping"]), int(told["levels"]), every)


def _source(source: str, duration: str | None) -> Read:
    if is_live(source):
        raise ConfigError(f"{source} is live: tapetop record {source} -o FILE, then export that")
    return opening.opened([source], duration)


def _write(sink: Sink, exporter: Exporter, batches: Iterator[Sequence[Event]]) -> int:
    """Write all rows; return how many there were."""
    count = 0
    rows = chain(chain.from_iterable(map(exporter.take, batches)), exporter.finish())
    while group := [*islice(rows, BATCH)]:
        sink.write(group)
        count += len(group)
    sink.close()
    return count


def _require(exporter: Exporter, wanted: Sequence[str], source: str) -> None:
    """Refuse instruments that are not there."""
    for name in wanted:
        if name not in exporter.ids:
            known = ", ".join(sorted(exporter.ids)) or "none"
            raise ConfigError(f"{source} holds no {name}; instruments: {known}")


def _conclude(exporter: Exporter, read: Read) -> int:
    """Say what is to be said of the rows and return the exit code."""
    if exporter.gaps:
        gaps = _many(exporter.gaps, "gap")
        _say(f"{gaps} of the feed: --what gaps has the span, the column gap says where")
    if exporter.late:
        trades = _many(exporter.late, "trade")
        _say(f"{trades} came more than 5 minutes late, in no bar")
    for name, count in exporter.relisted.items():
        before = f"{_many(count, 'trade')} and books before that are in contracts"
        _say(f"{name} is listed late: {before}")
    for line in read.complaints():
        _say(f"tapetop: {line}")
    return DAMAGED if read.damaged else 0


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"


def _say(text: str) -> None:
    click.echo(one_line(text), file=sys.stderr)
