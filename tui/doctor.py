"""The doctor: looks at the terminal, tmux, the venues and the paths, and says what to change."""

import asyncio
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from email.utils import parsedate_to_datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final, NamedTuple

import click
from platformdirs import (
    user_cache_path,
    user_config_path,
    user_pictures_path,
    user_state_path,
)

from feeds.errors import ConfigError
from feeds.line import printable
from feeds.proxy import Proxies
from feeds.registry import VENUES
from feeds.rest import refusal
from feeds.transport import Network, Response, Transport, Unreachable
from feeds.venue import Venue
from feeds.version import __version__
from tui import pluginoptions
from tui.drawing.format import safe_text
from tui.drawing.look import ColorDepth
from tui.terminal.cursor import measure_width
from tui.terminal.terminal import UNUSABLE, color_depth

SMALL: Final = (80, 24)
SAMPLE: Final = "▀▄█▏▌░▒▓─│●▲▼"
"""Glyphs the panes are drawn with; each must take one cell."""
TMUX_LINES: Final = (
    'set -g default-terminal "tmux-256color"',
    'set -as terminal-features ",*:RGB"',
    "set -sg escape-time 10",
)
SKEW: Final = 2.0
"""Seconds our clock may differ from a venue's before countdowns and ages mislead."""


class Finding(NamedTuple):
    """Something looked at: how it is, and the exact lines that would mend it."""

    subject: str
    good: bool
    text: str
    remedy: Sequence[str] = ()


class Tmux(NamedTuple):
    """What tmux says of itself."""

    version: str
    default_terminal: str
    features: str
    """Of the client's terminal, as tmux found them."""
    escape_time: str
    passthrough: str = ""


@click.command("doctor")
@click.option("--offline", is_flag=True, help="Do not ask the venues.")
def command(offline: bool) -> int:
    """Check terminal, tmux, paths and venues, and say what to change.

    Exits with 3 when venues were asked and none answered.

    \b
    Examples:
      tapetop doctor
      tapetop doctor --offline
    """
    _print(terminal(os.environ, shutil.get_terminal_size(), _is_terminal()))
    # A terminal that cannot place text would print the question for the cursor's place.
    placed = os.environ.get("TERM", "").lower() not in UNUSABLE
    _print([glyphs(measure_width(SAMPLE) if placed else None)])
    if os.environ.get("TMUX"):
        _print(tmux(_ask_tmux()))
    _print(paths())
    _print([proxy(os.environ), packages()])
    if offline:
        return 0
    venues = asyncio.run(_ask_venues(Network()))
    _print(venues)
    return 0 if any(finding.good for finding in venues) else 3


def terminal(environ: Mapping[str, str], size: tuple[int, int], is_terminal: bool) -> list[Finding]:
    """What the terminal says of itself."""
    term = environ.get("TERM", "")
    if not is_terminal:
        return [Finding("terminal", False, "standard input or output is redirected")]
    if term.lower() in UNUSABLE:
        remedy = ["export TERM=xterm-256color"]
        return [Finding("terminal", False, f'TERM="{term}" cannot place text', remedy)]
    found = [Finding("terminal", True, f"TERM={term}"), _colors(environ)]
    width, height = size
    large = width >= SMALL[0] and height >= SMALL[1]
    text = f"{width}x{height}" + ("" if large else ": 80x24 shows three panes, 120x40 all")
    return [*found, Finding("size", large, text)]


def glyphs(width: int | None) -> Finding:
    """Whether the drawing glyphs take one cell each, as measured by the cursor."""
    if (sys.stdout.encoding or "").lower().replace("-", "") != "utf8":
        remedy = ["export LANG=C.UTF-8"]
        return Finding("glyphs", False, f"output is {sys.stdout.encoding}, not UTF-8", remedy)
    if width is None:
        return Finding("glyphs", True, f"{SAMPLE}  (not measured: the terminal did not answer)")
    if width == len(SAMPLE):
        return Finding("glyphs", True, f"{SAMPLE}  one cell each")
    return Finding(
        "glyphs",
        False,
        f"{SAMPLE}  take {width} cells instead of {len(SAMPLE)}",
        ["turn off 'ambiguous characters are double width' in the terminal's settings"],
    )


def tmux(found: Tmux | None) -> list[Finding]:
    """What to change in tmux, as lines for ~/.tmux.conf."""
    if found is None:
        return [Finding("tmux", False, "inside tmux, but it does not answer")]
    default, features, escape = TMUX_LINES
    findings = [Finding("tmux", True, found.version)]
    terminal_good = re.match(r"(tmux|screen)-256color", found.default_terminal) is not None
    findings.append(
        Finding(
            "tmux colours",
            terminal_good,
            f"default-terminal {found.default_terminal or 'unknown'}",
            [] if terminal_good else [default],
        )
    )
    rgb = "RGB" in found.features
    text = "passes truecolor on" if rgb else "reduces truecolor to 256 colours"
    findings.append(Finding("tmux truecolor", rgb, text, [] if rgb else [features]))
    slow = found.escape_time.isdigit() and int(found.escape_time) > 50
    text = f"Esc waits {found.escape_time} ms"
    findings.append(Finding("tmux escape", not slow, text, [escape] if slow else []))
    kept = found.passthrough == "off"
    text = "stay within tmux: set -g allow-passthrough on" if kept else "are passed on"
    # Nothing is wrong with that until somebody wants them.
    findings.append(Finding("tmux alerts", True, f"notifications of the desktop {text}"))
    return findings


def paths() -> list[Finding]:
    """Where our files are, and whether they could be written."""
    places = {
        "themes": user_config_path("tapetop") / "themes",
        "layouts": user_config_path("tapetop") / "layouts.toml",
        "plugins": pluginoptions.folder(),
        "drawings": user_config_path("tapetop") / "drawings.toml",
        "alerts": user_config_path("tapetop") / "alerts.toml",
        "state": user_state_path("tapetop"),
        "cache": user_cache_path("tapetop"),
        "pictures": user_pictures_path(),
    }
    return [Finding(name, _writable(path), str(path), ()) for name, path in places.items()]


def proxy(environ: Mapping[str, str]) -> Finding:
    """How venues are reached by what the environment says."""
    try:
        found = Proxies(environ).of("https://venue.invalid")
    except ConfigError as error:
        return Finding("proxy", False, str(error))
    if found is None:
        return Finding("proxy", True, "none")
    text = safe_text(f"{found.kind} {found.name}")
    if found.socks and _version("aiohttp-socks") == "missing":
        return Finding("proxy", False, text, ["pip install 'tapetop[socks]'"])
    return Finding("proxy", True, text)


def packages() -> Finding:
    """The versions a report of a fault should name."""
    names = ("textual", "numpy", "aiohttp", "msgspec")
    python = ".".join(map(str, sys.version_info[:3]))
    known = [f"{name} {_version(name)}" for name in names]
    return Finding("versions", True, f"tapetop {__version__}, python {python}, {', '.join(known)}")


def venue(row: Venue, answer: Response | Unreachable, seconds: float, now: float) -> Finding:
    """How a venue's REST service answered; any answer but a refusal is a good one."""
    subject = row.name
    if isinstance(answer, Unreachable):
        return Finding(subject, False, safe_text(str(answer)))
    if answer.status in (403, 418, 429, 451):
        return Finding(subject, False, refusal(row.name, answer.status))
    text = f"{row.rest} answers in {seconds * 1e3:.0f} ms"
    skew = _skew(answer.headers.get("date", ""), now)
    if skew is not None and abs(skew) > SKEW:
        text += f", but our clock is {skew:+.0f} s off its"
        return Finding(subject, True, text, ["set the clock, for example: timedatectl set-ntp on"])
    return Finding(subject, True, text)


def _colors(environ: Mapping[str, str]) -> Finding:
    depth = color_depth(environ)
    text = f"{depth} (COLORTERM={environ.get('COLORTERM', '')})"
    if depth is ColorDepth.MONO:
        return Finding("colours", True, "none: NO_COLOR is set")
    if depth is ColorDepth.TRUE:
        return Finding("colours", True, text)
    remedy = "export COLORTERM=truecolor   # if the terminal can: most since 2015 can"
    return Finding("colours", depth is ColorDepth.C256, text, [remedy])


async def _ask_venues(transport: Transport) -> list[Finding]:
    """Ask all venues at once."""
    try:
        return list(await asyncio.gather(*(_ask(row, transport) for row in VENUES.values())))
    finally:
        await transport.close()


async def _ask(row: Venue, transport: Transport) -> Finding:
    started = time.monotonic()
    answer: Response | Unreachable
    try:
        answer = await transport.get(row.rest + "/")
    except Unreachable as error:
        answer = error
    return venue(row, answer, time.monotonic() - started, time.time())


def _skew(date: str, now: float) -> float | None:
    try:
        return now - parsedate_to_datetime(date).timestamp()
    except ValueError:
        return None


def _ask_tmux() -> Tmux | None:
    """Ask the tmux we run in."""
    shown = _run("tmux", "display-message", "-p", "#{version}|#{client_termfeatures}")
    if shown is None:
        return None
    number, _, features = shown.partition("|")
    default = _run("tmux", "show-options", "-gv", "default-terminal") or ""
    escape = _run("tmux", "show-options", "-sv", "escape-time") or ""
    passthrough = _run("tmux", "show-options", "-gv", "allow-passthrough") or ""
    return Tmux(f"tmux {number}", default, features, escape, passthrough)


def _run(*words: str) -> str | None:
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=2, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return safe_text(done.stdout.rstrip("\n"))


def _is_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


def _writable(path: Path) -> bool:
    """Whether a file could be written there, in folders that may not exist yet."""
    while not path.exists() and path != path.parent:
        path = path.parent
    return os.access(path, os.W_OK)


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "missing"


def _print(findings: Sequence[Finding]) -> None:
    for subject, good, text, remedy in findings:
        mark = click.style("ok ", fg="green") if good else click.style("!! ", fg="yellow")
        click.echo(f"{mark} {subject:15} {printable(text)}")
        for line in remedy:
            click.echo(f"{'':19} {click.style(printable(line), bold=True)}")
