"""The commands that open the screen: live (the default), demo and replay."""

import os
import re
from collections.abc import Callable
from difflib import get_close_matches
from functools import reduce
from pathlib import Path
from typing import Any, TypedDict, TypeVar, Unpack

import click

from feeds.errors import ConfigError

# Anything click decorates: a function whose parameters it fills by name.
F = TypeVar("F", bound=Callable[..., Any])

DEPTHS = ("truecolor", "256", "16", "mono")
LEVELS = ("8", "16", "32", "64")
SIZES = ("base", "quote")


class Screen(TypedDict):
    """The options shared by everything that opens the screen."""

    layout: str
    pane: str | None
    fps: int
    theme: str
    depth: str | None
    stats: Path | None
    levels: str
    bandwidth: float | None
    cpu: int
    unfocused_fps: int | None
    governor: str
    coalesce: float
    trace: Path | None
    bell: float | None
    zone: str
    sizes: str


def _bandwidth(_ctx: click.Context, _param: click.Parameter, word: str | None) -> float | None:
    """Read bytes a second such as 100k or 1.5M."""
    if word is None:
        return None
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([kKmM]?)(?:i?[bB](?:/s)?)?", word.strip())
    rate = float(found[1]) * {"": 1, "k": 1e3, "m": 1e6}[found[2].lower()] if found else 0.0
    if not 1e3 <= rate <= 1e9:
        raise ConfigError(f'--bandwidth "{word}": bytes a second such as 30k, 100k or 1.5M')
    return rate


def _zone(_ctx: click.Context, _param: click.Parameter, word: str) -> str:
    """Read a time zone."""
    # Not at the top: who only asks for help needs no zones.
    from tui.drawing.zones import checked

    try:
        return checked(word)
    except ValueError as error:
        raise ConfigError(f'--zone "{word}": {error}') from error


def zone_option(function: F) -> F:
    """Give a command the option of a time zone."""
    return click.option(
        "--zone",
        default="UTC",
        show_default=True,
        callback=_zone,
        metavar="NAME",
        help="Whose clock tells times: UTC, local, exchange, or a name such as Europe/Berlin.",
    )(function)


_SCREEN = (
    click.option("--layout", default="default", metavar="NAME", help="Layout of panes."),
    click.option("--pane", metavar="KIND", help="Show one pane alone (for a tmux split)."),
    click.option(
        "--fps",
        type=click.IntRange(1, 60),
        default=10,
        show_default=True,
        metavar="N",
        help="Frames a second at most.",
    ),
    click.option(
        "--theme", default="dark", metavar="NAME", help="dark, light, colorblind or yours."
    ),
    click.option("--depth", type=click.Choice(DEPTHS), help="Colours; by default the terminal's."),
    click.option(
        "--stats",
        type=click.Path(dir_okay=False, path_type=Path),
        metavar="FILE",
        help="On exit write frame times, bytes, events and start time as JSON.",
    ),
    click.option(
        "--levels",
        type=click.Choice(LEVELS),
        default="32",
        show_default=True,
        help="Colour levels of the heatmap at most; fewer are fewer bytes.",
    ),
    click.option(
        "--bandwidth",
        callback=_bandwidth,
        metavar="BYTES",
        help="Bytes a second the terminal may be sent, such as 100k; by default it is measured.",
    ),
    click.option(
        "--cpu",
        type=click.IntRange(1, 100),
        default=25,
        show_default=True,
        metavar="PERCENT",
        help="Share of one core that drawing may take.",
    ),
    click.option(
        "--unfocused-fps",
        type=click.IntRange(1, 60),
        metavar="N",
        help="Frames a second at most while another window has the focus.",
    ),
    click.option(
        "--coalesce",
        type=click.FloatRange(0, 100),
        default=8.0,
        show_default=True,
        metavar="MS",
        help="Read the network together at most this often; 0 reads every frame as it comes.",
    ),
    click.option(
        "--governor",
        type=click.Choice(("on", "off")),
        default="on",
        show_default=True,
        help="off draws every frame, however old the picture becomes on a slow link.",
    ),
    click.option(
        "--trace",
        type=click.Path(dir_okay=False, path_type=Path),
        metavar="FILE",
        help="Write a line of JSON for each frame, skipped frame and key.",
    ),
    click.option(
        "--bell",
        type=click.FloatRange(0, min_open=True),
        metavar="SIZE",
        help="Ring the terminal's bell when an order of SIZE or more trades.",
    ),
    zone_option,
    click.option(
        "--sizes",
        type=click.Choice(SIZES),
        default="base",
        show_default=True,
        help="The currency in which sizes are written; $ changes it.",
    ),
)

_ENDPOINT = click.option(
    "--endpoint",
    "endpoints",
    multiple=True,
    metavar="VENUE=URL",
    help="Reach a venue's WebSocket and REST service at another address (repeatable).",
)


def _screen_options(function: F) -> F:
    return reduce(lambda decorated, option: option(decorated), reversed(_SCREEN), function)


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
@_screen_options
@_ENDPOINT
def live(
    instruments: tuple[str, ...],
    endpoints: tuple[str, ...],
    record: Path | None,
    past: Path | None,
    **screen: Unpack[Screen],
) -> int:
    """Watch VENUE:SYMBOL live; binance-usdm:BTCUSDT when none is named.

    \b
    Examples:
      tapetop binance-usdm:ETHUSDT
      tapetop binance:BTCUSDT binance-usdm:BTCUSDT --layout flow
      tapetop --record ~/tapes    the charts of a restart go on from there
    """
    from feeds.ccxt_names import UNRECORDED, is_ccxt
    from feeds.live import parse_endpoints
    from feeds.registry import DEFAULT_INSTRUMENT, parse_instrument
    from tui.launch import LiveMarkets

    wanted = tuple(dict.fromkeys(instruments)) or (DEFAULT_INSTRUMENT,)
    for instrument in wanted:
        _refuse_command(instrument)
        parse_instrument(instrument)
        if record is not None and is_ccxt(instrument):
            raise ConfigError(f"{instrument}: {UNRECORDED}")
    if record is not None:
        _require_folder("--record", record)
    addresses = parse_endpoints(endpoints)
    return _show(LiveMarkets(wanted, addresses, record, past or record), screen)


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
@_screen_options
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
    return _show(Demo(first, tuple(beside)), screen)


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
@_screen_options
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

    if not file.is_file():
        reason = "is a directory" if file.is_dir() else "no such file"
        raise ConfigError(f"{file}: {reason}")
    if not os.access(file, os.R_OK):
        raise ConfigError(f"{file}: not readable by you")
    if start is not None:
        parse_moment(start)
    opening = Recording(file, _speed(speed), start)
    # Damage at the very beginning is said here; the screen would have nothing to show.
    probe(file)
    return _show(opening, screen)


def _show(opening: Any, screen: Screen) -> int:
    """Check what can be checked before the screen is taken, then take it."""
    # Not at the top: Textual, numpy and the rest would slow `tapetop --help` down five times.
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
        raise ConfigError(f"{option} {path}: {(error.strerror or str(error)).lower()}") from error
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
