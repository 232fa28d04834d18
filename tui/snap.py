"""The snap command: one pane drawn without a terminal, or its numbers, printed.

The market comes from a recording, the simulation or, for a while, live; stdout gets the picture
and nothing else, stderr what there is to say about it.
"""

import asyncio
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias, assert_never, get_args

import click

from feeds import replay
from feeds.errors import ConfigError, DamagedRecording, Disconnected, Rejected, system_reason
from feeds.jsonline import json_line
from feeds.line import one_line
from feeds.live import Live, parse_endpoints
from feeds.moment import SECOND, parse_duration, parse_moment
from feeds.recording import require_another
from feeds.registry import is_live, parse_instrument
from feeds.simulate import parse_seed, together
from feeds.synthetic.market import EPOCH
from market.drawings import Drawings
from market.events import Event, FeedStatus, Listing
from market.market import Market
from market.markets import Markets
from tui import export
from tui.drawing.canvas import Canvas
from tui.drawing.look import ColorDepth
from tui.drawing.measure import Measure
from tui.drawing.zones import Zone
from tui.keys.table import PRICED
from tui.pane import GOOD_STATES, Size
from tui.pluginoptions import plugin_options
from tui.registry import PANES, pane_type
from tui.scope import Scope, draw_pane, pane_numbers
from tui.screenoptions import zone_option
from tui.settings.words import defaults_of, set_all
from tui.sketch.file import Book, load_book
from tui.sketch.numbers import with_drawings
from tui.themes import load_look

Format: TypeAlias = Literal["text", "ansi", "svg", "png", "json"]

_SIMULATED = 300 * SECOND
"""How much simulated market there is where nothing else is said."""
_MOST_SIMULATED = 86_400 * SECOND
_LIVE = 10 * SECOND
"""How long a live market is watched where nothing else is said."""
_LARGEST = 1000
_SETTINGS = (
    "grouping is ticks a row, center ticks, timeframe a number with ms, s, m, h, d or t (trades), "
    "until a market time in ns; auto leaves the choice to the pane."
)
DAMAGED = 4
"""The exit code when frames of a recording could not be read."""


class _Extent(NamedTuple):
    """How much of a source is wanted."""

    until: str | None
    """A word for the market time at which to stop."""
    duration: int | None
    """ns of simulated or live market."""


class _Snap(click.Command):
    """The command; its help reads the settings off the panes, which are loaded for that only."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List every pane's settings with their defaults."""
        with formatter.section("Settings for --set, as they are by default"):
            formatter.write_dl([(kind, " ".join(defaults_of(pane_type(kind)))) for kind in PANES])
        formatter.write_paragraph()
        formatter.write_text(_SETTINGS)


@click.command("snap", cls=_Snap)
@click.argument("pane")
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")
@click.option("--size", default="80x24", show_default=True, metavar="WxH", help="In cells.")
@click.option(
    "--at",
    "until",
    default="end",
    metavar="TIME|end",
    help="Stop the market there: +30s, 14:05, 2024-08-08T00:12:00, or unix seconds.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(get_args(Format)),
    default="text",
    show_default=True,
    help="json gives exact numbers: prices and sizes as decimal strings, times in ns.",
)
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="KEY=VALUE",
    help="A setting of the pane, such as timeframe=1h or grouping=10 (ticks); repeatable.",
)
@zone_option
@click.option("--theme", default="dark", show_default=True, metavar="NAME", help="Colours.")
@click.option(
    "--depth",
    type=click.Choice([depth.value for depth in ColorDepth]),
    help="How many colours; truecolor by default, mono for text.",
)
@click.option(
    "--sizes",
    type=click.Choice([measure.value for measure in Measure]),
    default="base",
    show_default=True,
    help="The currency in which a picture's sizes are written.",
)
@click.option("--instrument", metavar="VENUE:SYMBOL", help="Which one, where there are several.")
@click.option(
    "--drawings",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Levels, notes and lines to show, as the screen keeps them.",
)
@click.option("--duration", metavar="T", help="How much simulated (5m) or live market (10s).")
@click.option(
    "--endpoint",
    "endpoints",
    multiple=True,
    metavar="VENUE=URL",
    help="Reach a venue at another address (repeatable).",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write there instead of to stdout.",
)
@plugin_options
def command(
    pane: str,
    sources: tuple[str, ...],
    size: str,
    until: str,
    form: Format,
    settings: tuple[str, ...],
    zone: str,
    theme: str,
    depth: str | None,
    sizes: str,
    instrument: str | None,
    drawings: Path | None,
    duration: str | None,
    endpoints: tuple[str, ...],
    output: Path | None,
) -> int:
    """Draw one PANE of SOURCE without a terminal, or print its numbers as JSON.

    PANE is one of the kinds below. SOURCE is a recording's path, sim:SEED for the simulated
    market, or VENUE:SYMBOL, which is watched live for --duration.
    Several simulated or several live markets can be named; comparison and tickers show them all.

    \b
    Examples:
      tapetop snap footprint sim:7 --size 120x40 --format ansi
      tapetop snap heatmap btc.jsonl.gz --at +2m --size 200x50 --format png -o depth.png
      tapetop snap candles btc.jsonl.gz --format json --set timeframe=5m
      tapetop snap ladder binance:BTCUSDT --duration 5s --set grouping=100
      tapetop snap comparison sim:7 sim:8 sim:9 --size 120x40
    """
    # Whatever can be wrong with the words is said before a market is read or a venue called.
    settled = set_all(pane_type(pane)(), settings)
    cells = parse_size(size)
    sketched = None if drawings is None else _drawn(settled.kind, drawings)
    colors = ColorDepth(depth or (ColorDepth.MONO if form == "text" else ColorDepth.TRUE))
    look = load_look(theme, colors, measure=Measure(sizes)).timed(Zone(zone))
    if form == "png" and output is None and sys.stdout.isatty():
        raise ConfigError("png is no text for a terminal: name a file with -o")
    extent = _Extent(
        None if until == "end" else until, parse_duration(duration) if duration else None
    )
    markets = Markets()
    player = replay.Player(Path(sources[0]))
    damage = _fill(markets, sources, extent, parse_endpoints(endpoints), player)
    market = choose(markets, instrument, ", ".join(sources))
    if sketched is not None:
        market.drawings = Drawings(sketched.get(market.id, ()))
        if market.id not in sketched:
            known = ", ".join(sketched) or "nothing"
            _say(f"{drawings} holds no drawings of {market.id}, but of {known}")
    scope = Scope(market, tuple(markets))
    if market.status.state not in GOOD_STATES:
        reason = f": {market.status.reason}" if market.status.reason else ""
        _say(f"{market.id} is {market.status.state}{reason}")
    if form == "json":
        content = json_line(with_drawings(pane_numbers(settled, scope, cells), market))
    else:
        content = _picture(draw_pane(settled, scope, cells, look), form)
    _write(content, output, sources if drawings is None else (*sources, str(drawings)))
    code = _report(player)
    if damage is not None:
        raise damage
    return code


def parse_size(text: str) -> Size:
    """`120x40` as a size in cells."""
    match = re.fullmatch(r"([0-9]{1,4})[xX]([0-9]{1,4})", text)
    size = Size(int(match[1]), int(match[2])) if match else Size(0, 0)
    if not (1 <= size.width <= _LARGEST and 1 <= size.height <= _LARGEST):
        raise ConfigError(
            f'"{text}" is not a size: expected WIDTHxHEIGHT in cells, such as 120x40, '
            f"{_LARGEST}x{_LARGEST} at most"
        )
    return size


def _drawn(kind: str, path: Path) -> Book:
    """The drawings of a file; a pane without prices shows none."""
    if kind not in PRICED:
        raise ConfigError(f"--drawings: {kind} shows none; panes that do: {', '.join(PRICED)}")
    return load_book(path)


def choose(markets: Markets, instrument: str | None, source: str) -> Market:
    """The market asked for, or the first that has data."""
    if instrument is not None:
        found = markets.get(instrument)
        if found is None:
            known = ", ".join(markets.ids) or "none"
            raise ConfigError(f"{source} holds no {instrument}; instruments: {known}")
        return found
    known_markets = [market for name in markets.ids if (market := markets.get(name)) is not None]
    for market in known_markets:
        if len(market.trades) or market.book is not None:
            return market
    if not known_markets:
        raise ConfigError(f"{source} holds no market data up to there")
    return known_markets[0]


def _fill(
    markets: Markets,
    sources: Sequence[str],
    extent: _Extent,
    endpoints: dict[str, str],
    player: replay.Player,
) -> DamagedRecording | None:
    """Apply the events of sources; damage is returned, for what came before it still counts."""
    made = [source.startswith("sim:") for source in sources]
    if all(made):
        markets.apply(_simulated(sources, extent))
        return None
    if not any(made) and all(map(is_live, sources)):
        _watch_live(markets, sources, extent, endpoints)
        return None
    if len(sources) > 1:
        raise ConfigError("several sources are either all simulated or all VENUE:SYMBOL")
    (source,) = sources
    if extent.duration is not None:
        raise ConfigError(f"{source} is a recording: use --at +30s to stop it after a while")
    try:
        markets.apply(replay.events(source, extent.until, player))
    except DamagedRecording as error:
        if not markets.ids:
            raise
        return error
    return None


def _watch_live(
    markets: Markets, instruments: Sequence[str], extent: _Extent, endpoints: dict[str, str]
) -> None:
    for instrument in instruments:
        parse_instrument(instrument)
        if extent.until is not None:
            raise ConfigError(f"{instrument} is live: use --duration, for --at stops a recording")
        if extent.duration == 0:
            raise ConfigError(f"{instrument} is live: --duration must be more than nothing")
    asyncio.run(_watch(markets, instruments, extent.duration or _LIVE, endpoints))


def _report(player: replay.Player) -> int:
    """Say what of a recording could not be read; the exit code that belongs to it."""
    for line in player.complaints():
        _say(line)
    return DAMAGED if player.malformed else 0


def _say(text: str) -> None:
    """Tell a person what is to be said about the picture; stdout has only the picture."""
    click.echo(f"tapetop: {one_line(text)}", err=True)


def _simulated(sources: Sequence[str], extent: _Extent) -> Iterator[Event]:
    """The simulated markets up to a moment or for a duration."""
    seeds = [parse_seed(source) for source in sources]
    length = _SIMULATED if extent.duration is None else extent.duration
    until = EPOCH + length
    if extent.until is not None:
        until = parse_moment(extent.until).at(EPOCH)
        length = until - EPOCH
    if not 0 <= length <= _MOST_SIMULATED:
        raise ConfigError(
            f"{sources[0]} begins 2024-01-02T14:00:00 and is simulated for a day at most"
        )
    # A step of the simulation states what happened in its 100 ms, so the last may reach too far.
    for event in together(seeds, -(-length // (SECOND // 10)) / 10):
        if isinstance(event, FeedStatus | Listing) or (event.ts_event or 0) <= until:
            yield event


async def _watch(
    markets: Markets, instruments: Sequence[str], duration: int, endpoints: dict[str, str]
) -> None:
    """Watch instruments live; an error says why when nothing came of any."""
    live = Live(list(instruments), endpoints=endpoints)
    try:
        async with asyncio.timeout(duration / SECOND), aclosing(live.batches()) as batches:
            async for batch in batches:
                markets.apply(batch)
    except TimeoutError:
        pass
    if any(market.book is not None or len(market.trades) for market in markets):
        return
    market = markets.get(instruments[0])
    reason = market.status.reason if market is not None else ""
    venue, _ = parse_instrument(instruments[0])
    if live.counts.rejected:
        raise Rejected(venue, reason or live.counts.complaint)
    raise Disconnected(venue, reason or f"no data within {duration / SECOND:g} s")


def _picture(canvas: Canvas, form: Literal["text", "ansi", "svg", "png"]) -> bytes:
    match form:
        case "text":
            return export.text(canvas).encode()
        case "ansi":
            return export.ansi(canvas).encode()
        case "svg":
            return export.svg(canvas).encode()
        case "png":
            return export.png(canvas)
        case _:
            assert_never(form)


def _write(content: bytes, output: Path | None, read: Sequence[str]) -> None:
    """Write a picture, over nothing that it was made of."""
    if output is None:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return
    for source in read:
        require_another(source, output)
    try:
        output.write_bytes(content)
    except OSError as error:
        raise ConfigError(f"{output}: {system_reason(error)}") from error
