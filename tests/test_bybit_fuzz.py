"""Whatever bytes come, Bybit's adapter states plain facts or raises an error of its own."""

import json

from hypothesis import given
from hypothesis import strategies as st

from tests.bybit import DAY, MARKETS, answer, book, candle, day, forced, message, trade
from tests.captures import CAPTURES
from tests.spoiling import check, spoilt


def _recorded() -> list[str]:
    """Frames and bodies as they were recorded, the shorter ones."""
    found = []
    for path in sorted(CAPTURES.glob("bybit/*.jsonl")):
        rows = (json.loads(line) for line in path.read_text().splitlines())
        found += [row["raw"] for row in rows if len(row["raw"]) < 2000]
    return found


VALID = [
    trade("a"),
    book("snapshot", 5),
    book("delta", 6),
    book("snapshot", 6, topic="orderbook.1.BTCUSDT"),
    day("snapshot", **DAY, markPrice="1", fundingRate="0", openInterest="3", volume24h="2"),
    candle(),
    forced("Buy"),
    message("kline.M.X", []),
    answer("1", "no"),
    *_recorded(),
]
PATHS = [
    "",
    "/",
    "/v5/market/kline?category=linear&symbol=X&interval=1",
    "/v5/market/instruments-info?category=linear&symbol=X",
    "/v5/market/instruments-info?category=linear&limit=1000",
    "/v5/market/orderbook?symbol=X",
    "/v5/market/recent-trade",
]


@given(
    st.sampled_from(MARKETS),
    spoilt(VALID, "topic", "data", "type", "ts", "s", "b", "a", "u", "op", "result"),
    st.sampled_from(PATHS),
)
def test_whatever_comes_the_adapter_answers_or_raises_its_own_errors(
    venue: str, payloads: list[bytes | str], path: str
) -> None:
    check(venue, payloads, path)
