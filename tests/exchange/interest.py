"""Past open interest of the stand-ins: as Binance once told it, at times before a floor opened."""

from functools import cache

import msgspec

from feeds.recording import records
from tests.captures import CAPTURES

STEP = 300_000
"""ms between two points."""


def past_interest(epoch: int) -> list[tuple[int, str]]:
    """Times in ms and sizes, oldest first, the newest before a time in ns."""
    last, sizes = epoch // 1_000_000 // STEP * STEP - STEP, _sizes()
    first = last - (len(sizes) - 1) * STEP
    return [(first + number * STEP, size) for number, size in enumerate(sizes)]


@cache
def _sizes() -> tuple[str, ...]:
    """The points of the first recorded answer."""
    for record in records(CAPTURES / "binance_usdm/samples.jsonl.gz"):
        if "openInterestHist" in record.url:
            rows = msgspec.json.decode(record.payload, type=list[dict[str, str | int]])
            return tuple(str(row["sumOpenInterest"]) for row in rows)
    raise AssertionError("no answer was recorded")
