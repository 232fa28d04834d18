"""Options of every command that opens the screen, as click reads them."""

import re
from collections.abc import Callable
from functools import reduce
from pathlib import Path
from typing import Any, TypedDict, TypeVar

import click

from feeds.errors import ConfigError
from feeds.tomltext import NAME
from tui.pluginoptions import plugin_options

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
    alerts: tuple[str, ...]
    tell: tuple[str, ...]
    player: str
    sound: str
    zone: str
    sizes: str
    desk: str | None
    fresh: bool


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


def _desk(_ctx: click.Context, _param: click.Parameter, word: str | None) -> str | None:
    """Read the name of a desk, which is that of a file."""
    if word is not None and NAME.fullmatch(word) is None:
        raise ConfigError(f'--desk "{word}": up to 20 letters, digits, - and _ are a name')
    return word


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
    click.option(
        "--alert",
        "alerts",
        multiple=True,
        metavar="RULE",
        help='Tell of this, such as "price > 65000" (repeatable; see tapetop alerts --help).',
    ),
    click.option(
        "--tell",
        multiple=True,
        metavar="WAY",
        help="Tell of alerts by bell, osc9, osc777, none or a webhook's address (repeatable).",
    ),
    click.option(
        "--player",
        default="",
        metavar="COMMAND",
        help="Start this for each alert, such as 'paplay {file}'.",
    ),
    click.option(
        "--sound", default="", metavar="FILE", help="What {file} of the player stands for."
    ),
    zone_option,
    click.option(
        "--sizes",
        type=click.Choice(SIZES),
        default="base",
        show_default=True,
        help="The currency in which sizes are written; $ changes it.",
    ),
    click.option(
        "--desk",
        callback=_desk,
        metavar="NAME",
        help="Begin with what was arranged under this name, and keep it; for several windows.",
    ),
    click.option(
        "--fresh",
        is_flag=True,
        help="Begin as if nothing had been kept, and keep nothing.",
    ),
)


def screen_options(function: F) -> F:
    """Give a command all options of the screen, and those of plug-ins."""
    known = plugin_options(function)
    return reduce(lambda decorated, option: option(decorated), reversed(_SCREEN), known)
