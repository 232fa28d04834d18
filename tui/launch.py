"""What a run of the monitor is asked to show and how, as read from the command line."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from feeds.notifier import Ways
from market.alerts.rule import Rule
from tui.drawing.look import ColorDepth
from tui.drawing.measure import Measure

if TYPE_CHECKING:
    from tui.desk.keeping import Kept


@dataclass(frozen=True, slots=True)
class LiveMarkets:
    """Watch venues over the network. `endpoints` points a venue at another address."""

    instruments: tuple[str, ...]
    endpoints: Mapping[str, str] = field(default_factory=dict)
    record: Path | None = None
    """A folder in which to record what comes."""
    past: Path | None = None
    """A recording, or a folder of such, with which charts begin."""


@dataclass(frozen=True, slots=True)
class Demo:
    """Watch the simulated market that belongs to a seed, and others beside it."""

    seed: int = 7
    beside: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Recording:
    """Play a recording back. `speed` None is as fast as possible; `start` is a time word."""

    path: Path
    speed: float | None = 1.0
    start: str | None = None


@dataclass(frozen=True, slots=True)
class Attached:
    """Show what another process is recording, in a file or in the newest of a folder."""

    place: Path


Opening: TypeAlias = LiveMarkets | Demo | Recording | Attached
"""Where the events are to come from."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How much the screen may ask of the processor and of the way to the terminal."""

    fps: float = 10.0
    """Frames a second at most."""
    levels: int = 32
    """Colour levels at most."""
    bandwidth: float | None = None
    """Bytes a second; None measures what the way bears."""
    cpu: float = 0.25
    """The share of one core that drawing may take."""
    unfocused: float | None = None
    """Frames a second in a window without the focus; None makes no difference."""
    governor: bool = True
    """Whether frames give way at all."""
    gather: float = 0.008
    """Seconds that a wake-up for network data waits for more; 0 for none."""


@dataclass(frozen=True, slots=True)
class Alerting:
    """The alerts of the command line, where others are kept, and how they are told."""

    rules: tuple[Rule, ...] = ()
    ways: Ways | None = None
    """None leaves that to the file."""
    file: Path | None = None
    """None for a run that neither reads nor writes one."""
    tmux: bool = False
    """Whether the terminal is tmux, which passes on what is wrapped for it."""


@dataclass(frozen=True, slots=True)
class Launch:
    """Everything the screen needs to begin."""

    opening: Opening
    layout: str = "default"
    pane: str | None = None
    """Show this kind alone instead of a layout."""
    theme: str = "dark"
    depth: ColorDepth = ColorDepth.TRUE
    pace: Pace = field(default_factory=Pace)
    stats: Path | None = None
    """Where to write what was drawn, skipped and spent, on exit."""
    trace: Path | None = None
    """Where to write a line for each frame and key."""
    bell: float | None = None
    """The size, in base currency, of orders that ring the bell; None for none."""
    zone: str = "UTC"
    """By whose clock times are told."""
    sizes: Measure = Measure.BASE
    """The currency in which sizes are written at first."""
    kept: "Kept | None" = None
    """The desk to begin with and to keep; None for a run that neither reads nor writes one."""
    alerts: Alerting = field(default_factory=Alerting)
