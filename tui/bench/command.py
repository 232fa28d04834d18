"""`tapetop bench`: run the benchmarks and print their figures as ratios."""

import platform
from collections.abc import Sequence
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import click
import msgspec

from feeds.errors import ConfigError
from tui.bench.asked import Asked, Bench, Row
from tui.bench.link import GOVERNORS, RATES, link
from tui.bench.load import load
from tui.bench.rebuild import rebuild
from tui.bench.render import render
from tui.bench.soak import soak
from tui.bench.suites import Suite, book, decode, pipeline
from tui.bench.workload import Workload
from tui.bench.workload import load as load_workload
from tui.registry import nearest

ROUNDS = 5
"""Turns of the quick benchmarks."""


def _quick(suite: Suite) -> Bench:
    """A benchmark of a suite that feeds the workload turn by turn with its references."""
    return lambda asked: suite(asked.workload(), asked.rounds or ROUNDS, list(asked.peers))


SUITES: dict[str, Bench] = {
    "aggregate": _quick(rebuild),
    "book": _quick(book),
    "decode": _quick(decode),
    "link": link,
    "load": load,
    "pipeline": _quick(pipeline),
    "render": render,
    "soak": soak,
}

LONG = frozenset({"link", "load", "soak"})
"""Benchmarks that take minutes: they run when they are named, and not when none is."""
COMPARED = ("pipeline", "load")
"""The benchmarks that run peers."""
PEERS = ("ccxt", "cryptofeed", "tardis")


def _rates(_ctx: click.Context, _param: click.Parameter, word: str | None) -> tuple[float, ...]:
    """Read kilobytes a second, separated by commas."""
    try:
        rates = tuple(float(part) for part in word.split(",")) if word else ()
    except ValueError:
        rates = (0.0,)
    if any(not 1 <= rate <= 1e6 for rate in rates):
        raise ConfigError(f'--rates "{word}": write kilobytes a second such as 30,100')
    return rates


@click.command("bench")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
@click.option(
    "--peer",
    "peers",
    multiple=True,
    metavar="cryptofeed|ccxt|tardis",
    help="Also run this library on the same messages (repeatable; it must be importable).",
)
@click.option(
    "--file",
    "path",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A recorded Binance session. Default: the project's capture if present, else simulated.",
)
@click.option(
    "--rounds",
    type=click.IntRange(min=1),
    metavar="N",
    help=f"Turns; the fastest of each counts. Default: {ROUNDS}.",
)
@click.option(
    "--seconds",
    type=click.FloatRange(min=0.1),
    metavar="N",
    help="How long each run is measured.",
)
@click.option(
    "--rates",
    callback=_rates,
    metavar="KB,...",
    help=f"link: kilobytes a second. Default: {','.join(f'{rate:g}' for rate in RATES)}.",
)
@click.option(
    "--governor",
    "governors",
    type=click.Choice(GOVERNORS),
    multiple=True,
    help="link: only so (repeatable); mute is a terminal that never answers. Default: on and off.",
)
@click.option(
    "--hours",
    type=click.FloatRange(min=0.01),
    default=24.0,
    show_default=True,
    metavar="N",
    help="soak: market time.",
)
@click.option(
    "--only",
    multiple=True,
    metavar="WHAT",
    help="render: only this row; link: only this pane or layout; load: only this run (repeatable).",
)
def command(
    names: tuple[str, ...],
    as_json: bool,
    peers: tuple[str, ...],
    path: Path | None,
    rounds: int | None,
    seconds: float | None,
    rates: tuple[float, ...],
    governors: tuple[str, ...],
    hours: float,
    only: tuple[str, ...],
) -> None:
    """Measure speed as ratios to a reference run beside it.

    NAME is aggregate, book, decode, pipeline or render; all of them without one. link, load and
    soak take minutes and run only when they are named. A ratio above 1 means that tapetop does
    more a second than the reference. Times differ from machine to machine and minute to minute:
    compare ratios.

    \b
    Examples:
      tapetop bench pipeline --peer cryptofeed
      tapetop bench render --json
      tapetop bench soak --hours 24
      tapetop bench load --peer cryptofeed
      tapetop bench link --rates 100 --only heatmap --only default
    """
    for name in names:
        if name not in SUITES:
            known = ", ".join(SUITES)
            raise ConfigError(f'unknown benchmark "{name}"{nearest(name, SUITES)}: {known}')
    _require(peers, names)
    workload = lru_cache(maxsize=1)(lambda: load_workload(path))
    asked = Asked(workload, path, rounds, peers, seconds, hours, rates, only, governors)
    chosen = names or tuple(name for name in SUITES if name not in LONG)
    rows = (row for name in chosen for row in SUITES[name](asked))
    if as_json:
        figures = list(rows)
        read = workload() if workload.cache_info().currsize else None
        click.echo(_json(figures, rounds, read))
    else:
        for row in rows:
            click.echo(row.line())


def _json(figures: Sequence[Row], rounds: int | None, read: Workload | None) -> str:
    report = {
        "workload": read.label if read else None,
        "frames": len(read.frames) if read else 0,
        "python": platform.python_version(),
        "rounds": rounds or ROUNDS,
        "figures": figures,
    }
    return msgspec.json.format(msgspec.json.encode(report)).decode()


def _require(peers: tuple[str, ...], names: tuple[str, ...]) -> None:
    """Refuse a peer that is unknown, missing or would not be run, before anything is measured."""
    for name in peers:
        if name not in PEERS:
            known = ", ".join(PEERS)
            raise ConfigError(f'unknown peer "{name}"{nearest(name, PEERS)}: one of {known}')
        if name != "tardis" and find_spec(name) is None:
            raise ConfigError(f"peer {name} is not installed: pip install {name}")
    if peers and names and not set(names) & set(COMPARED):
        raise ConfigError(
            f"--peer {peers[0]}: peers run in {' and '.join(COMPARED)} only: "
            f"tapetop bench {COMPARED[0]} --peer {peers[0]}"
        )
