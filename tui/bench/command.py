"""`tapetop bench`: run the benchmarks and print their figures as ratios."""

import platform
from importlib.util import find_spec
from pathlib import Path

import click
import msgspec

from feeds.errors import ConfigError
from tui.bench.measure import Figure
from tui.bench.render import render
from tui.bench.suites import Suite, aggregate, book, decode, pipeline
from tui.bench.workload import load
from tui.registry import nearest

SUITES: dict[str, Suite] = {
    "aggregate": aggregate,
    "book": book,
    "decode": decode,
    "pipeline": pipeline,
    "render": render,
}

COMPARED = "pipeline"
"""The benchmark that runs peers."""
PEERS = ("ccxt", "cryptofeed", "tardis")


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
    default=5,
    show_default=True,
    metavar="N",
    help="Turns; the fastest of each counts.",
)
def command(
    names: tuple[str, ...], as_json: bool, peers: tuple[str, ...], path: Path | None, rounds: int
) -> None:
    """Measure speed as ratios to a reference run beside it.

    NAME is aggregate, book, decode, pipeline or render; all of them without one. A ratio above 1
    means that tapetop does more a second than the reference. Times differ from machine to
    machine and minute to minute: compare ratios.

    \b
    Examples:
      tapetop bench pipeline --peer cryptofeed
      tapetop bench render --json
    """
    for name in names:
        if name not in SUITES:
            known = ", ".join(SUITES)
            raise ConfigError(f'unknown benchmark "{name}"{nearest(name, SUITES)}: {known}')
    _require(peers, names)
    workload = load(path)
    figures = [
        figure
        for name in names or tuple(SUITES)
        for figure in SUITES[name](workload, rounds, list(peers))
    ]
    if as_json:
        report = {
            "workload": workload.label,
            "frames": len(workload.frames),
            "python": platform.python_version(),
            "rounds": rounds,
            "figures": figures,
        }
        click.echo(msgspec.json.format(msgspec.json.encode(report)).decode())
    else:
        click.echo(f"{workload.label}: {len(workload.frames):,} frames, best of {rounds} rounds")
        for figure in figures:
            click.echo(_line(figure))


def _require(peers: tuple[str, ...], names: tuple[str, ...]) -> None:
    """Refuse a peer that is unknown, missing or would not be run, before anything is measured."""
    for name in peers:
        if name not in PEERS:
            known = ", ".join(PEERS)
            raise ConfigError(f'unknown peer "{name}"{nearest(name, PEERS)}: one of {known}')
        if name != "tardis" and find_spec(name) is None:
            raise ConfigError(f"peer {name} is not installed: pip install {name}")
    if peers and names and COMPARED not in names:
        raise ConfigError(
            f"--peer {peers[0]}: peers run in {COMPARED} only: "
            f"tapetop bench {COMPARED} --peer {peers[0]}"
        )


def _line(figure: Figure) -> str:
    return (
        f"{figure.name:24} {figure.ours:>14,.0f} {figure.unit:9} = {figure.ratio:>8.2f} x "
        f"{figure.against} ({figure.reference:,.0f})"
    )
