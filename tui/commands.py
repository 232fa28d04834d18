"""The commands that open the screen: live (the default), demo, replay and attach."""

import os
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

import click
from click.core import ParameterSource

from feeds.errors import ConfigError, system_reason
from feeds.line import one_line
from tui.screenoptions import Screen, screen_options

if TYPE_CHECKING:
    from tui.desk.keeping import Kept

_ENDPOINT = click.option(
    "--endpoint",
    "endpoints",
    multiple=True,
    metavar="VENUE=URL",
    help="Reach a venue's WebSocket and REST service at another address (repeatable).",
)


@click.command("live")
@click.argument("instruments", nargs=-1, metavar="[VENUE:SYMBOL]...")
@click.option(
    "--record",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Record what comes into a folder, and begin with what was recorded there.",
)
@click.option(
    "--past",
    type=click.Path(exists=True, path_type=Path),
    metavar="PLACE",
    help="Begin with what a recording of the last hours holds, or those in a folder.",
)
@screen_options
@_ENDPOINT
def live(
    instruments: tuple[str, ...],
    endpoints: tuple[str, ...],
    record: Path | None,
    past: Path | None,
    **screen: Unpack[Screen],
) -> int:
    """Watch VENUE:SYMBOL live; what was watched last when none is named.

    \b
    Examples:
      tapetop binance-usdm:ETHUSDT
      tapetop binance:BTCUSDT binance-usdm:BTCUSDT --layout flow
      tapetop --record ~/tapes    the charts of a restart go on from there
      tapetop --desk left         as this window was left last time
    """
    from feeds.ccxt_names import UNRECORDED, is_ccxt
    from feeds.live import parse_endpoints
    from feeds.registry import DEFAULT_INSTRUMENT, parse_instrument
    from tui.launch import LiveMarkets

    kept = _kept(screen)
    wanted = tuple(dict.fromkeys(instruments))
    for instrument in wanted:
        _refuse_command(instrument)
        parse_instrument(instrument)
        if record is not None and is_ccxt(instrument):
            raise ConfigError(f"{instrument}: {UNRECORDED}")
    if record is not None:
        _require_folder("--record", record)
    addresses = parse_endpoints(endpoints)
    if not wanted:
        wanted, kept = _watched(kept, recorded=record is not None)
    opening = LiveMarkets(wanted or (DEFAULT_INSTRUMENT,), addresses, record, past or record)
    return _show(opening, screen, kept)


@click.command("demo")
@click.option(
    "--seed",
    "seeds",
    type=click.IntRange(0, 10**18 - 1),
    multiple=True,
    default=(7,),
    show_default=True,
    metavar="N",
    help="Same seed, same market; another seed is another market beside it.",
)
@screen_options
def demo(seeds: tuple[int, ...], **screen: Unpack[Screen]) -> int:
    """Watch a simulated market, or several. Needs no network.

    \b
    Examples:
      tapetop demo
      tapetop demo --seed 42 --theme colorblind
      tapetop demo --pane ladder
      tapetop demo --seed 7 --seed 8 --seed 9 --pane comparison
    """
    from tui.launch import Demo

    first, *beside = dict.fromkeys(seeds)
    return _show(Demo(first, tuple(beside)), screen, _kept(screen))


@click.command("replay")
@click.argument("file", type=click.Path(readable=False, path_type=Path))
@click.option(
    "--speed",
    default="1",
    show_default=True,
    metavar="X|max",
    help="Times real time, or max for as fast as it can be read.",
)
@click.option(
    "--from",
    "start",
    metavar="TIME",
    help="Begin here: +30s, +5m, 14:05, 2024-08-08T00:12:00, or unix seconds.",
)
@screen_options
def replay(file: Path, speed: str, start: str | None, **screen: Unpack[Screen]) -> int:
    """Play a recording (.jsonl or .jsonl.gz) back.

    \b
    Examples:
      tapetop replay btc.jsonl.gz
      tapetop replay btc.jsonl.gz --speed 10 --from +2m
    """
    from feeds.moment import parse_moment
    from feeds.replay import probe
    from tui.launch import Recording

    _require_recording(file, screen)
    if start is not None:
        parse_moment(start)
    opening = Recording(file, _speed(speed), start)
    # Damage at the very beginning is said here; the screen would have nothing to show.
    probe(file)
    return _show(opening, screen, _kept(screen))


@click.command("attach")
@click.argument("place", type=click.Path(path_type=Path))
@screen_options
def attach(place: Path, **screen: Unpack[Screen]) -> int:
    """Watch what another tapetop is recording into a file, or into a folder.

    Several terminals show one set of connections so.

    \b
    Examples:
      tapetop --record ~/tapes                 the one that is connected
      tapetop attach ~/tapes --pane ladder     in another terminal, and as many as you like
    """
    from feeds.follow import newest, probe
    from tui.launch import Attached

    path = newest(place)
    _require_recording(path, screen)
    # Damage at the very beginning is said here; the screen would have nothing to show.
    probe(path)
    return _show(Attached(place), screen, _kept(screen))


def _require_recording(path: Path, screen: Screen) -> None:
    """Refuse what is no recording, and what would be written over it."""
    from feeds.recording import require_another

    if not path.is_file():
        reason = "is a directory" if path.is_dir() else "no such file"
        raise ConfigError(f"{path}: {reason}")
    if not os.access(path, os.R_OK):
        raise ConfigError(f"{path}: not readable by you")
    for written in (screen["stats"], screen["trace"]):
        if written is not None:
            require_another(str(path), written)


def _kept(screen: Screen) -> "Kept | None":
    """The desk to begin with, where one is wanted, and which options win over it."""
    if screen["fresh"]:
        return None
    from tui.desk.keeping import MAIN, load

    context = click.get_current_context()
    told = ("layout", "pane", "theme", "zone", "sizes", "instruments")
    sources = {name: context.get_parameter_source(name) for name in told}
    given = [name for name, source in sources.items() if source is ParameterSource.COMMANDLINE]
    kept = load(screen["desk"] or screen["pane"] or MAIN, frozenset(given))
    _tell(kept.said)
    return kept


def _tell(lines: Iterable[str]) -> None:
    """Say what was kept and cannot be taken up: it stops nothing."""
    for line in lines:
        click.echo(f"tapetop: {one_line(line)}", err=True)


def _watched(kept: "Kept | None", *, recorded: bool) -> "tuple[tuple[str, ...], Kept | None]":
    """The instruments watched last, but those that cannot be watched now."""
    from feeds.ccxt_names import is_ccxt
    from feeds.registry import parse_instrument

    if kept is None:
        return (), None
    wanted, said = list[str](), list[str]()
    for instrument in kept.state.live.watched:
        try:
            parse_instrument(instrument)
        except ConfigError as error:
            said.append(f"{kept.path}: {error}")
            continue
        if recorded and is_ccxt(instrument):
            said.append(f"{kept.path}: {instrument} cannot be recorded and is left out")
        else:
            wanted.append(instrument)
    _tell(said)
    return tuple(dict.fromkeys(wanted)), kept._replace(said=(*kept.said, *said))


def _show(opening: Any, screen: Screen, kept: "Kept | None") -> int:
    """Check what can be checked before the screen is taken, then take it."""
    # Not at the top: Textual, numpy and the rest would slow `tapetop --help` down five times.
    from tui.alertoptions import alerting
    from tui.desk.layouts import load_layout
    from tui.drawing.look import ColorDepth
    from tui.drawing.measure import Measure
    from tui.launch import Launch, Pace
    from tui.registry import pane_type
    from tui.terminal.terminal import color_depth, require
    from tui.themes import load_look

    pane = screen["pane"]
    depth = ColorDepth(screen["depth"]) if screen["depth"] else color_depth(os.environ)
    load_look(screen["theme"], depth)
    load_layout(screen["layout"])
    if pane is not None:
        pane_type(pane)
    for option in ("stats", "trace"):
        if (path := screen[option]) is not None:
            _require_writable(f"--{option}", path)
    alerts = alerting(opening, screen["alerts"], screen["tell"], screen["player"], screen["sound"])
    require(os.environ)
    _tell_textual(depth)
    pace = Pace(
        fps=float(screen["fps"]),
        levels=int(screen["levels"]),
        bandwidth=screen["bandwidth"],
        cpu=screen["cpu"] / 100,
        unfocused=screen["unfocused_fps"],
        governor=screen["governor"] == "on",
        gather=screen["coalesce"] / 1e3,
    )
    launch = Launch(
        opening,
        screen["layout"],
        pane,
        screen["theme"],
        depth,
        pace,
        screen["stats"],
        screen["trace"],
        screen["bell"],
        screen["zone"],
        Measure(screen["sizes"]),
        kept,
        alerts=alerts,
    )
    from tui.app import run

    return run(launch)


def _require_writable(option: str, path: Path) -> None:
    """Refuse at the start what could not be written at the end."""
    folder = path.absolute().parent
    if not folder.is_dir():
        raise ConfigError(f"{option} {path}: no such folder")
    if not os.access(path if path.exists() else folder, os.W_OK):
        raise ConfigError(f"{option} {path}: not writable by you")


def _require_folder(option: str, path: Path) -> None:
    """Make a folder, or refuse at the start what could not be written into later."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"{option} {path}: {system_reason(error)}") from error
    if not os.access(path, os.W_OK):
        raise ConfigError(f"{option} {path}: not writable by you")


def _tell_textual(depth: Any) -> None:
    """Make the library's own dialogs use the colours we decided on; it reads these at import."""
    systems = {"truecolor": "truecolor", "256": "256", "16": "standard", "mono": "standard"}
    os.environ["TEXTUAL_COLOR_SYSTEM"] = systems[depth]
    if depth == "mono":
        os.environ["NO_COLOR"] = "1"
    else:
        os.environ.pop("NO_COLOR", None)


def _speed(word: str) -> float | None:
    if word == "max":
        return None
    try:
        speed = float(word)
    except ValueError:
        speed = 0.0
    if not 0 < speed < 1e6:
        raise ConfigError(f'--speed "{word}": write a number above 0 such as 10, or max')
    return speed


def _refuse_command(word: str) -> None:
    """Say so where a command's name comes after options or other arguments."""
    ctx = click.get_current_context().find_root()
    program = ctx.command
    if isinstance(program, click.Group) and word in program.list_commands(ctx):
        raise ConfigError(f'"{word}" is a command and comes first: tapetop {word} ...')
    if isinstance(program, click.Group) and ":" not in word:
        near = get_close_matches(word, program.list_commands(ctx), n=1, cutoff=0.6)
        if near:
            raise ConfigError(
                f'"{word}" is neither a command (did you mean "{near[0]}"?) nor VENUE:SYMBOL'
            )
