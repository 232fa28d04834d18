"""The alerts command: rules held against a market without a screen, a line for each firing."""

import asyncio
import os
import sys
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable, Sequence
from contextlib import aclosing, suppress
from itertools import chain, islice
from typing import Final

import click

from feeds.alertfile import AlertFile, default_path, load, read_rule
from feeds.errors import ConfigError, Disconnected, FeedError
from feeds.jsonline import json_line
from feeds.line import one_line
from feeds.live import Live, parse_endpoints
from feeds.moment import SECOND, parse_duration
from feeds.needed import needed
from feeds.notifier import Notifier, Ways, parse_ways, row
from feeds.registry import is_live, parse_instrument
from market.alerts.rule import Rule
from market.alerts.subjects import SUBJECTS
from market.alerts.watch import Firing, Watch
from market.events import Event, FeedStatus
from market.markets import Markets
from service import opening
from service.stopping import until_stopped

DAMAGED: Final = 4
"""The exit code when frames of a recording could not be read."""
FAREWELL: Final = 30.0
"""Seconds that firings on their way may take when the market has ended."""
PIECE: Final = 256
"""Events taken before others have a turn."""


class _Alerts(click.Command):
    """The command; its help reads what a rule can say off the table of subjects."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List what a rule can be about."""
        with formatter.section("RULE is [VENUE:SYMBOL] and one of"):
            formatter.write_dl([(each.example, each.means) for each in SUBJECTS.values()])
        formatter.write_paragraph()
        formatter.write_text(
            "Numbers take k and M; sizes are of base currency, or of quote where that word "
            "follows. size and liquidation may end with buy or sell. A rule is told once, or "
            "with again 10s each time it comes true, after a pause of market time."
        )


@click.command("alerts", cls=_Alerts)
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")
@click.option(
    "--alert", "rules", multiple=True, metavar="RULE", help="What to tell of (repeatable)."
)
@click.option("--kept", is_flag=True, help="Also what alerts.toml says: its rules and its ways.")
@click.option(
    "--tell",
    multiple=True,
    metavar="WAY",
    help="Tell also by bell, osc9, osc777 or the address of a webhook (repeatable).",
)
@click.option(
    "--player", default="", metavar="COMMAND", help="Start this, such as 'paplay {file}'."
)
@click.option("--sound", default="", metavar="FILE", help="What {file} of the player stands for.")
@click.option("--duration", metavar="T", help="How much simulated (5m) or live market (no end).")
@click.option(
    "--endpoint",
    "endpoints",
    multiple=True,
    metavar="VENUE=URL",
    help="Reach a venue at another address (repeatable).",
)
def command(
    sources: tuple[str, ...],
    rules: tuple[str, ...],
    kept: bool,
    tell: tuple[str, ...],
    player: str,
    sound: str,
    duration: str | None,
    endpoints: tuple[str, ...],
) -> int:
    """Hold rules against markets and print each firing as a line of JSON.

    SOURCE is VENUE:SYMBOL, which is watched until Ctrl-C or for --duration, sim:SEED, or a
    recording's path, which is read as fast as it can be.

    \b
    Examples:
      tapetop alerts btc.jsonl.gz --alert "size >= 20 again 10s"
      tapetop alerts sim:7 --alert "delta 1m beyond 30 again 1m"
      tapetop alerts binance-usdm:BTCUSDT --alert "price > 65000" --tell https://HOST/PATH
    """
    file = load(default_path()) if kept else AlertFile()
    watch = Watch([*map(_rule, rules), *(alert.rule for alert in file.alerts)])
    if not watch.alerts:
        more = " and alerts.toml has none" if kept else ""
        raise ConfigError(f'no rule is given{more}: --alert "price > 65000"')
    chosen = parse_ways(tell, player, sound or file.sound) if tell or player else file.ways
    if duration is not None and not parse_duration(duration):
        raise ConfigError(f'--duration "{duration}": write more than nothing, such as 30s')
    hearing = Hearing(
        watch, Notifier(chosen or Ways(), _writer(), tmux="TMUX" in os.environ, say=_say)
    )
    code = _listen(hearing, sources, duration, parse_endpoints(endpoints))
    hearing.conclude(", ".join(sources))
    return code


class Hearing:
    """A run: batches of events in, lines out."""

    def __init__(
        self,
        watch: Watch,
        notifier: Notifier,
        write: Callable[[bytes], object] | None = None,
    ) -> None:
        self.markets = Markets()
        self.fired = 0
        self._watch, self._notifier = watch, notifier
        self._write = write or _print

    @property
    def rules(self) -> Watch:
        """The rules and how they stand."""
        return self._watch

    async def run(self, batches: AsyncGenerator[list[Event]], seconds: float | None = None) -> None:
        """Hear a market to its end, or for a time."""
        ended: list[Exception] = []
        try:
            async with asyncio.TaskGroup() as group:
                telling = group.create_task(self._notifier.run())
                with suppress(TimeoutError):
                    async with asyncio.timeout(seconds), aclosing(batches):
                        async for batch in batches:
                            self._take(batch)
                await self._notifier.drained(FAREWELL)
                telling.cancel()
        except* (FeedError, OSError) as errors:
            ended += [
                error for error in errors.exceptions if isinstance(error, FeedError | OSError)
            ]
        if ended:
            raise ended[0]

    def conclude(self, source: str) -> None:
        """Say what a person should know who waits for a rule that never had a market."""
        for alert in self._watch.alerts:
            name = alert.rule.instrument
            if name and self.markets.get(name) is None:
                _say(f'"{alert.rule.text}": nothing came of {name} from {source}')
        webhook = self._notifier.webhook
        if webhook is not None and webhook.waiting:
            _say(f"webhook: {webhook.waiting:,} alerts were still waiting and are not delivered")

    def _take(self, batch: Iterable[Event]) -> None:
        for firing in self._watch.apply(self.markets, batch):
            self._tell(firing)

    def _tell(self, firing: Firing) -> None:
        self.fired += 1
        self._write(json_line(row(firing)))
        self._notifier.tell(firing)


def _listen(
    hearing: Hearing, sources: Sequence[str], duration: str | None, endpoints: dict[str, str]
) -> int:
    """Hear the sources; the exit code."""
    if all(map(is_live, sources)):
        length = None if duration is None else parse_duration(duration)
        return _listen_live(hearing, sources, length, endpoints)
    read = opening.opened(sources, duration)
    _run(hearing.run(_batches(chain.from_iterable(read.batches(None)))))
    for line in read.complaints():
        _say(line)
    return DAMAGED if read.damaged else 0


def _listen_live(
    hearing: Hearing, sources: Sequence[str], length: int | None, endpoints: dict[str, str]
) -> int:
    for source in sources:
        parse_instrument(source)
    for alert in hearing.rules.alerts:
        if alert.rule.instrument not in ("", *sources):
            raise ConfigError(f'"{alert.rule.text}": {alert.rule.instrument} is not watched here')
    live = Live(list(sources), endpoints)
    live.want_beside(needed(alert.rule for alert in hearing.rules.alerts))
    told = _Told()
    interrupted = False
    try:
        seconds = None if length is None else length / SECOND
        _run(hearing.run(told.through(live.batches()), seconds))
    except KeyboardInterrupt:
        interrupted = True
    markets = hearing.markets
    if any(market.book is not None or len(market.trades) for market in markets):
        return 0
    if interrupted:
        return 130
    raise Disconnected("alerts", f"nothing was received ({told.reasons or 'no answer'})")


class _Told:
    """The states of feeds, each change said once."""

    def __init__(self) -> None:
        self._said: dict[str, str] = {}

    @property
    def reasons(self) -> str:
        """How each stands."""
        return "; ".join(f"{who} {text}" for who, text in self._said.items())

    async def through(self, batches: AsyncGenerator[list[Event]]) -> AsyncGenerator[list[Event]]:
        """The same batches."""
        async with aclosing(batches):
            async for batch in batches:
                for event in batch:
                    if isinstance(event, FeedStatus):
                        self._note(event)
                yield batch

    def _note(self, status: FeedStatus) -> None:
        who = status.instrument or status.venue
        text = f"{status.state}: {status.reason}" if status.reason else str(status.state)
        if self._said.get(who) != text:
            self._said[who] = text
            _say(f"{who} {text}")


async def _batches(events: Iterable[Event]) -> AsyncGenerator[list[Event]]:
    """Events a piece at a time, so that what is told gets on its way."""
    rest = iter(events)
    while batch := list(islice(rest, PIECE)):
        yield batch
        await asyncio.sleep(0)


def _run(work: Coroutine[None, None, None]) -> None:
    """Do the work; to be terminated or hung up on ends it as Ctrl-C does."""
    try:
        asyncio.run(until_stopped(work))
    except asyncio.CancelledError as error:
        raise KeyboardInterrupt from error


def _rule(text: str) -> Rule:
    try:
        return read_rule(text)
    except ConfigError as error:
        raise ConfigError(f'--alert "{text}": {error}') from error


def _writer() -> Callable[[str], None] | None:
    """What writes to the terminal of the one who watches; None where there is none."""
    if not sys.stderr.isatty():
        return None

    def write(sequence: str) -> None:
        sys.stderr.write(sequence)
        sys.stderr.flush()

    return write


def _print(line: bytes) -> None:
    sys.stdout.buffer.write(line)
    sys.stdout.buffer.flush()


def _say(text: str) -> None:
    click.echo(f"tapetop: {one_line(text)}", err=True)
