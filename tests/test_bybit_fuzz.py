"""Whatever bytes come, Bybit's adapter states plain facts or raises an error of its own."""

import json
from collections.abc import Callable, Iterable
from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from feeds.errors import FeedError
from feeds.registry import VENUES
from tests.bybit import DAY, MARKETS, answer, book, candle, day, forced, message, trade
from tests.captures import CAPTURES


def _recorded() -> list[str]:
    """Frames and bodies as they were recorded, the shorter ones."""
    found = []
    for path in sorted(CAPTURES.glob("bybit/*.jsonl")):
        rows = (json.loads(line) for line in path.read_text().splitlines())
        found += [row["raw"] for row in rows if len(row["raw"]) < 2000]
    return found


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["topic", "data", "type", "ts", "s", "b", "a", "u", "op", "result"])
            | st.text(max_size=6),
            inner,
        )
    ),
    max_leaves=12,
)
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


@st.composite
def spoilt(draw: st.DrawFn) -> bytes:
    """A valid frame with a stretch of it replaced."""
    text = draw(st.sampled_from(VALID)).encode()
    start = draw(st.integers(0, len(text)))
    end = draw(st.integers(start, min(len(text), start + 12)))
    return text[:start] + draw(st.binary(max_size=8)) + text[end:]


@st.composite
def altered(draw: st.DrawFn) -> str:
    """A valid frame with one value of its payload, or of a row of it, replaced by any JSON."""
    tree = json.loads(draw(st.sampled_from(VALID)))
    inner = tree
    while isinstance(inner, dict | list) and inner and draw(st.booleans()):
        keys = sorted(inner) if isinstance(inner, dict) else range(len(inner))
        key = draw(st.sampled_from(keys))
        if not isinstance(inner[key], dict | list):
            break
        inner = inner[key]
    if inner:
        keys = sorted(inner) if isinstance(inner, dict) else range(len(inner))
        inner[draw(st.sampled_from(keys))] = draw(JSON)
    return json.dumps(tree)


@given(
    st.sampled_from(MARKETS),
    st.lists(st.binary() | st.text() | spoilt() | altered() | JSON.map(json.dumps), max_size=5),
    st.sampled_from(PATHS),
)
def test_whatever_comes_the_adapter_answers_or_raises_its_own_errors(
    venue: str, payloads: list[bytes | str], path: str
) -> None:
    adapter, parser = VENUES[venue].adapter(), VENUES[venue].parser()
    for payload in payloads:
        encoded = payload if isinstance(payload, bytes) else payload.encode(errors="surrogatepass")
        _plain_or_refused(adapter.receive, payload, 1)
        _plain_or_refused(adapter.receive_body, path, encoded, 1)
        _plain_or_refused(parser.parse, payload, 1)
        _plain_or_refused(parser.parse, payload, 1, path)
    list(adapter.tick(2))


def _plain_or_refused(act: Callable[..., Iterable[object]], *arguments: object) -> None:
    with suppress(FeedError):
        assert all(_finite(event) for event in act(*arguments))


def _finite(event: object) -> bool:
    levels = [*getattr(event, "bids", ()), *getattr(event, "asks", ())]
    names = ("price", "size", "open", "last", "bid", "ask_size", "volume", "low")
    numbers = [getattr(event, name, 1.0) for name in names]
    return all(
        0 <= number <= 1e20 for number in [*numbers, *(n for level in levels for n in level)]
    )
