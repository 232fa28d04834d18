"""The default layout at its own pace: how much of a core it takes and how much it writes."""

from pathlib import Path
from typing import Final

import msgspec

from tui.bench.age import frame_sizes
from tui.bench.watch import Watched, source, watch

SIZE: Final = (200, 50)
FPS: Final = 20
SECONDS: Final = 20.0
MOST_PERCENT: Final = 15.0
MOST_MEAN: Final = 8192
MOST_BYTES: Final = 45 * 1024


class Paced(msgspec.Struct, frozen=True):
    """What the real program took at its own pace."""

    name: str
    size: str
    fps: int
    frames: int
    percent_of_core: float
    bytes: float
    """A frame on average."""
    most_bytes: int
    bytes_a_second: float
    frame_ms_p50: float
    frame_ms_p95: float
    frame_ms_p99: float
    still_bytes: int | None
    """Written while the picture did not change."""
    startup_ms: float | None

    @property
    def holds(self) -> bool:
        """Whether the goals are met."""
        slim = self.bytes <= MOST_MEAN and self.most_bytes <= MOST_BYTES and not self.still_bytes
        return slim and self.percent_of_core <= MOST_PERCENT

    def line(self) -> str:
        """Return the figures as one line of text."""
        return (
            f"{self.name + ' ' + self.size:24} {self.percent_of_core:.1f} % of a core at"
            f" {self.fps} fps, {self.frames} frames, {self.bytes / 1e3:.1f} KB a frame, most"
            f" {self.most_bytes / 1e3:.1f} KB, {self.still_bytes} bytes when nothing changes;"
            f" frame {self.frame_ms_p50:.1f} ms, p95 {self.frame_ms_p95:.1f}, p99"
            f" {self.frame_ms_p99:.1f}; first frame {self.startup_ms or 0:.0f} ms;"
            f" goal 15 %, 8 KiB, 45 KiB, 0: {'met' if self.holds else 'MISSED'}"
        )


def paced(path: Path | None, seconds: float | None) -> Paced:
    """Run the default layout on a recording, or on the simulated market."""
    length = seconds or SECONDS
    words = [*source(path, length), "--fps", str(FPS), "--layout", "default"]
    return figures(watch(words, SIZE, length, pause=True), "default layout")


def figures(seen: Watched, name: str) -> Paced:
    """What a watched run comes to."""
    sizes = frame_sizes(seen.lines, seen.start, seen.end)
    span = seen.end - seen.start
    stats = seen.stats
    return Paced(
        name=name,
        size=f"{stats['width']}x{stats['height']}",
        fps=round(stats["fps"]),
        frames=len(sizes),
        percent_of_core=seen.processor / span * 100,
        bytes=sum(sizes) / max(1, len(sizes)),
        most_bytes=max(sizes, default=0),
        bytes_a_second=sum(sizes) / span,
        frame_ms_p50=stats["frame_ms_p50"],
        frame_ms_p95=stats["frame_ms_p95"],
        frame_ms_p99=stats["frame_ms_p99"],
        still_bytes=seen.still_bytes,
        startup_ms=stats["startup_ms"],
    )
