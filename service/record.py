"""The record command: live traffic, as it comes over the wire, into a file that replays."""

import asyncio
import sys
from collections.abc import Callable
from contextlib import aclosing, suppress
from pathlib import Path
from time import monotonic

import click

from feeds.cadence import Cadence
from feeds.ccxt_names import UNRECORDED, is_ccxt
from feeds.errors import ConfigError, Disconnected, FeedError, system_reason
from feeds.line import one_line
from feeds.live import Live, parse_endpoints
from feeds.moment import SECOND, parse_duration
from feeds.recording import Recorder
from feeds.registry import parse_instrument
from feeds.source import Source
from market.events import FeedStatus
from service.stopping import until_stopped

EVERY = 5.0
"""Seconds between two lines of progress."""
FLUSH = 0.25
"""Seconds between two looks at the file, so that quiet markets reach the disk too."""


@click.command("record")
@click.argument("instruments", nargs=-1, required=True, metavar="VENUE:SYMBOL...")
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Where to: .jsonl, or .jsonl.gz to have it compressed.",
)
@click.option("--duration", metavar="T", help="Stop after 30s, 10m, 1h30m; else at Ctrl-C.")
@click.option("--force", is_flag=True, help="Replace the file if it is there.")
@click.option(
    "--endpoint",
    "endpoints",
    multiple=True,
    metavar="VENUE=URL",
    help="Reach a venue's WebSocket and REST service at another address (repeatable).",
)
@click.option(
    "--coalesce",
    type=click.FloatRange(0, 100),
    default=0.0,
    show_default=True,
    metavar="MS",
    help="Read the network together at most this often, for less work and coarser times.",
)
def command(
    instruments: tuple[str, ...],
    output: Path,
    duration: str | None,
    force: bool,
    endpoints: tuple[str, ...],
    coalesce: float,
) -> int:
    """Record what venues send, unchanged, to a file that replays.

    \b
    Examples:
      tapetop record binance-usdm:BTCUSDT -o btc.jsonl.gz
      tapetop record binance:BTCUSDT binance-usdm:BTCUSDT -o both.jsonl.gz --duration 10m
      tapetop replay both.jsonl.gz
    """
    for instrument in instruments:
        if is_ccxt(instrument):
            raise ConfigError(f"{instrument}: {UNRECORDED}")
        parse_instrument(instrument)
    addresses = parse_endpoints(endpoints)
    seconds = parse_duration(duration) / SECOND if duration is not None else None
    if seconds == 0:
        raise ConfigError(f'--duration "{duration}": write more than nothing, such as 30s')
    progress = Progress(output, _say)
    with Recorder(output, overwrite=force) as recorder:
        source = Live(instruments, addresses, tap=recorder)
        interrupted = False
        loop = Cadence(coalesce / 1e3).new_loop
        try:
            with asyncio.Runner(loop_factory=loop) as runner:
                runner.run(until_stopped(record(source, recorder, seconds, progress)))
        except (KeyboardInterrupt, asyncio.CancelledError):
            interrupted = True
    return progress.conclude(recorder, interrupted)


async def record(
    source: Source,
    recorder: Recorder,
    seconds: float | None,
    progress: "Progress",
    flush: float = FLUSH,
) -> None:
    """Let a tapped source run for a time, or until the source or the file ends."""
    ended: list[Exception] = []
    try:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds), asyncio.TaskGroup() as group:
                watch = group.create_task(_watch(recorder, progress, flush))
                await _pump(source, progress)
                watch.cancel()
    except* OSError:
        # The file's own trouble: `recorder.failure` has it, and the conclusion tells it.
        pass
    except* FeedError as errors:
        ended = list(errors.exceptions)
    if ended:
        raise ended[0]


async def _pump(source: Source, progress: "Progress") -> None:
    async with aclosing(source.batches()) as batches:
        async for batch in batches:
            for event in batch:
                if isinstance(event, FeedStatus):
                    progress.note(event)


async def _watch(recorder: Recorder, progress: "Progress", flush: float) -> None:
    """Keep the file and the one who waits up to date, until the file cannot be written."""
    due = EVERY
    while True:
        await asyncio.sleep(flush)
        recorder.flush()
        if recorder.failure is not None:
            raise recorder.failure
        due -= flush
        if due <= 0:
            progress.tell(recorder)
            due = EVERY


class Progress:
    """What the one who records is told: states as they change, sizes as they grow, the end."""

    def __init__(self, path: Path, say: Callable[[str], None]) -> None:
        self._path = path
        self._say = say
        self._began = monotonic()
        self._reasons: dict[str, str] = {}

    def note(self, status: FeedStatus) -> None:
        """Tell a change of state once."""
        who = status.instrument or status.venue
        text = f"{status.state}: {status.reason}" if status.reason else str(status.state)
        if self._reasons.get(who) != text:
            self._reasons[who] = text
            self._say(f"{who} {text}")

    def tell(self, recorder: Recorder) -> None:
        """Tell how far the recording is."""
        self._say(f"{_span(monotonic() - self._began)}  {_amount(recorder)}")

    def conclude(self, recorder: Recorder, interrupted: bool) -> int:
        """Tell how it ended and return the exit code; a file with nothing in it is removed."""
        if recorder.failure is not None:
            trouble = system_reason(recorder.failure)
            self._say(f"{self._path}: {trouble}; kept {_amount(recorder)}")
            return 1
        if recorder.records:
            span = _span(monotonic() - self._began)
            self._say(f"recorded {_amount(recorder)} in {span}: tapetop replay {self._path}")
            return 0
        self._path.unlink(missing_ok=True)
        if interrupted:
            self._say("nothing was recorded")
            return 130
        reasons = "; ".join(f"{who} {text}" for who, text in self._reasons.items())
        raise Disconnected("record", f"nothing was received ({reasons or 'no answer'})")


def _say(text: str) -> None:
    click.echo(one_line(text), file=sys.stderr)


def _amount(recorder: Recorder) -> str:
    return f"{recorder.records:,} records, {recorder.bytes / 1e6:,.1f} MB before compression"


def _span(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
