"""Faults: what a bad line or a bad day does to traffic, at random places that a seed decides."""

import random
from collections import Counter
from collections.abc import Mapping

KINDS = (
    "drop",
    "close",
    "stall",
    "duplicate",
    "reorder",
    "garbage",
    "flip",
    "refuse",
    "429",
    "451",
)
"""Of frames: lost; line cut; line silent for good; sent twice; sent after the next one; made
unreadable; with one digit altered, where the venue states a checksum. Of requests: connection or
answer refused with 503; with 429; with 451."""
OF_FRAMES = KINDS[:7]
OF_REQUESTS = {"refuse": 503, "429": 429, "451": 451}


class Faults:
    """Decides what goes wrong. `odds` are per frame or per request; `done` counts the deeds."""

    def __init__(self, odds: Mapping[str, float] | None = None, seed: int = 0) -> None:
        unknown = set(odds or {}) - set(KINDS)
        if unknown:
            raise ValueError(f"unknown fault {min(unknown)!r}: faults: {', '.join(KINDS)}")
        self.odds = dict(odds or {})
        self.active = True
        self.done: Counter[str] = Counter()
        self.random = random.Random(seed)
        self._total = sum(self.odds.get(kind, 0.0) for kind in OF_FRAMES)

    def of_frame(self) -> str:
        """What happens to the next frame, "" for nothing."""
        if not self.active or self.random.random() >= self._total:
            return ""
        kinds = [kind for kind in OF_FRAMES if kind in self.odds]
        kind = self.random.choices(kinds, [self.odds[kind] for kind in kinds])[0]
        self.done[kind] += 1
        return kind

    def of_request(self) -> int:
        """The status that the next request is refused with, 0 for none."""
        for kind, status in OF_REQUESTS.items():
            if self.active and self.random.random() < self.odds.get(kind, 0.0):
                self.done[kind] += 1
                return status
        return 0

    def garbage(self, text: str | bytes) -> str | bytes:
        """Something in place of a frame that nobody can take for one."""
        draw = self.random
        start = text[: draw.randrange(1, len(text) - 1)]
        if isinstance(text, bytes):
            return draw.choice([start, draw.randbytes(draw.randrange(1, 200)), b""])
        wrecks: list[str | bytes] = [
            start,
            draw.randbytes(draw.randrange(1, 200)),
            "",
            "null",
            "[" * 5000,
            '{"stream":"btcusdt@depth","data":{"e":"depthUpdate","E":"soon"}}',
            '{"stream":"btcusdt@trade","data":{"e":"trade","p":"NaN","q":[]}}',
            text.replace('"e":"', '"e":["', 1),
        ]
        return draw.choice(wrecks)
