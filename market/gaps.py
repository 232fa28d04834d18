"""Gap: a span of market time in which a feed could not be believed."""

from typing import NamedTuple


class Gap(NamedTuple):
    """From `start` to `end` in market time, ns; `end` is None while the gap lasts."""

    start: int
    end: int | None
    reason: str
