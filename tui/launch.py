"""What a run of the monitor is asked to show and how, as read from the command line."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from tui.look import ColorDepth


@dataclass(frozen=True, slots=True)
class LiveMarkets:
    """Watch venues over the network. `endpoints` points a venue at another address."""

    instruments: tuple[str, ...]
    endpoints: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Demo:
    """Watch the simulated market that belongs to a seed."""

    seed: int = 7


@dataclass(frozen=True, slots=True)
class Recording:
    """Play a recording back. `speed` None is as fast as possible; `start` is a time word."""

    path: Path
    speed: float | None = 1.0
    start: str | None = None


Opening: TypeAlias = LiveMarkets | Demo | Recording
"""Where the events are to come from."""


@dataclass(frozen=True, slots=True)
class Launch:
    """Everything the screen needs to begin."""

    opening: Opening
    layout: str = "default"
    pane: str | None = None
    """Show this kind alone instead of a layout."""
    theme: str = "dark"
    depth: ColorDepth = ColorDepth.TRUE
    fps: float = 10.0
    stats: Path | None = None
    """Where to write what was drawn, skipped and spent, on exit."""
