"""Picture age on slow links: the real program under a pseudo-terminal that delivers at a rate.

Each pane alone and each layout runs with the governor and without it; so does a heatmap in which
every column changes at every frame. The terminal at the far end answers after a round trip of
20 ms; a mute one never answers, so that the governor must keep to a budget of bytes.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

import msgspec

from feeds.errors import ConfigError
from tui.bench.age import frame_sizes, picture_ages, summary
from tui.bench.answering import AnsweringTerminal
from tui.bench.asked import Asked, Row
from tui.bench.throttle import Throttle
from tui.bench.watch import WARM_UP, Watched, source, watch
from tui.desk.layouts import layout_names
from tui.registry import PANES, nearest

RATES: Final = (30.0, 100.0, 300.0, 1000.0)
"""Kilobytes a second."""
SIZE: Final = (200, 50)
FPS: Final = 20
SECONDS: Final = 12.0
FIRST: Final = 150.0
"""Kilobytes of the first whole pictures, which no control can make fewer: part of the warm-up."""
GOVERNORS: Final = ("on", "off", "mute")
"""`mute` is on, at a terminal that never answers."""
USUAL: Final = ("on", "off")
FAST: Final = "fast"
"""The heatmap with its shortest columns on a recording at ten times its pace: every column changes
at every frame, which is more than a slow link can bear."""
SPEED: Final = 10
SHORTEST: Final = b"," * 8
_LAYOUT: Final = "layout:"
"""Tells a layout from a pane of the same name."""

GOALS: Final[dict[float, tuple[float, float]]] = {
    30.0: (1000.0, 1000.0),
    100.0: (300.0, 1000.0),
    300.0: (200.0, 400.0),
    1000.0: (200.0, 400.0),
}
"""Milliseconds of age, p50 and most, by rate."""


class Aged(msgspec.Struct, frozen=True):
    """How old the picture was on one link."""

    name: str
    rate: float
    """Kilobytes a second."""
    governor: str
    age_ms_p50: float
    age_ms_p95: float
    age_ms_most: float
    bytes_a_second: float
    frames_a_second: float
    bytes_a_frame: float

    @property
    def goal(self) -> tuple[float, float] | None:
        """What must hold of p50 and most; nothing without a governor or beyond market pace."""
        return None if self.governor == "off" or self.name == FAST else GOALS.get(self.rate)

    def line(self) -> str:
        """Return the figures as one line of text."""
        goal = self.goal
        verdict = ""
        if goal is not None:
            holds = self.age_ms_p50 <= goal[0] and self.age_ms_most <= goal[1]
            words = "met" if holds else "MISSED"
            verdict = f"; goal {goal[0]:.0f} / {goal[1]:.0f}: {words}"
        return (
            f"{self.name:18} {self.rate:5.0f} KB/s, governor {self.governor:4} age p50"
            f" {self.age_ms_p50:6.0f} ms, p95 {self.age_ms_p95:6.0f}, most {self.age_ms_most:6.0f};"
            f" {self.bytes_a_second / 1e3:6.1f} KB/s, {self.frames_a_second:4.1f} frames/s of"
            f" {self.bytes_a_frame / 1e3:.1f} KB{verdict}"
        )


class Run(NamedTuple):
    """One view on one link."""

    name: str
    rate: float
    """Kilobytes a second."""
    governor: str
    words: list[str]
    """What the program is called with."""
    keys: bytes = b""
    """What is typed at the start."""


def link(asked: Asked) -> Iterator[Row]:
    """Every view on every link, with and without the governor side by side."""
    seconds = asked.seconds or SECONDS
    for name, rate, governor, words, keys in runs(asked):
        line, terminal = Throttle(rate * 1e3), AnsweringTerminal(mute=governor == "mute")
        warm_up = WARM_UP + FIRST / rate
        seen = watch(words, SIZE, seconds, line, terminal, keys=keys, warm_up=warm_up)
        yield aged(seen, name, rate, governor)


def runs(asked: Asked) -> Iterator[Run]:
    """What is run, in order."""
    seconds = asked.seconds or SECONDS
    for name in views(asked.only):
        fast = name == FAST
        feed = source(asked.path, seconds, SPEED if fast else 1)
        keys = SHORTEST if fast else b""
        for rate in asked.rates or RATES:
            for governor in asked.governors or USUAL:
                switch = ["--governor", "off" if governor == "off" else "on"]
                words = [*feed, *_view(name), *switch, "--fps", str(FPS)]
                yield Run(name, rate, governor, words, keys)


def views(only: tuple[str, ...]) -> list[str]:
    """The panes and layouts to show, all without a choice; ConfigError for an unknown one."""
    every = [*PANES, FAST, *(f"{_LAYOUT}{name}" for name in layout_names())]
    chosen = [name if name in every else f"{_LAYOUT}{name}" for name in only]
    for name in chosen:
        if name not in every:
            word = name.removeprefix(_LAYOUT)
            raise ConfigError(f'no pane or layout "{word}"{nearest(word, every)}')
    return chosen or every


def aged(seen: Watched, name: str, rate: float, governor: str) -> Aged:
    """What a watched run comes to."""
    ages = summary(picture_ages(seen.lines, seen.line.arrival, seen.start, seen.end))
    sizes = frame_sizes(seen.lines, seen.start, seen.end)
    span = seen.end - seen.start
    return Aged(
        name,
        rate,
        governor,
        *ages,
        bytes_a_second=sum(sizes) / span,
        frames_a_second=len(sizes) / span,
        bytes_a_frame=sum(sizes) / max(1, len(sizes)),
    )


def _view(name: str) -> list[str]:
    if name.startswith(_LAYOUT):
        return ["--layout", name.removeprefix(_LAYOUT)]
    return ["--pane", "heatmap" if name == FAST else name]
