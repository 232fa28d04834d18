"""Messages that went wrong on their way, and what an adapter may answer to them."""

import gzip
import json
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any, TypeAlias

from hypothesis import strategies as st

from feeds.errors import FeedError
from feeds.registry import VENUES
from tests.captures import CAPTURES

Json: TypeAlias = Any
"""Any: the JSON of a message."""


def trees(*keys: str) -> st.SearchStrategy[Json]:
    """Any JSON, with names among its own that a venue reads."""
    own = st.text(max_size=6)
    names = own | st.sampled_from(keys) if keys else own
    return st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner),
        max_leaves=12,
    )


JSON = trees()
AMOUNTS = st.sampled_from(["", "0", "-1", "9" * 18, "1e999", "nan", "-0", "253402300800000", "∞"])
"""What is no amount, or hardly one."""


def recorded(*paths: str, longest: int = 1500, most: int = 40) -> list[str]:
    """Some of the shorter messages of recordings, none where there are no recordings."""
    found: list[str] = []
    for path in paths:
        file = CAPTURES / path
        if file.exists():
            data = file.read_bytes()
            lines = (gzip.decompress(data) if path.endswith(".gz") else data).splitlines()
            raws = (json.loads(line).get("raw", "") for line in lines[:2000])
            short = [raw for raw in raws if raw[:1] == "{" and len(raw) <= longest]
            found += short[:: max(1, len(short) // most)]
    return found


@st.composite
def cut(draw: st.DrawFn, valid: Sequence[bytes | str]) -> bytes:
    """A valid message with a stretch of it replaced."""
    whole = draw(st.sampled_from(valid))
    text = whole if isinstance(whole, bytes) else whole.encode()
    start = draw(st.integers(0, len(text)))
    end = draw(st.integers(start, min(len(text), start + 12)))
    middle = draw(st.binary(max_size=8) | JSON.map(json.dumps).map(str.encode))
    return text[:start] + middle + text[end:]


@st.composite
def altered(draw: st.DrawFn, valid: Sequence[str]) -> str:
    """A valid message with one value somewhere in it replaced by any other."""
    tree = inner = json.loads(draw(st.sampled_from(valid)))
    while inner:
        keys = sorted(inner) if isinstance(inner, dict) else range(len(inner))
        key = draw(st.sampled_from(keys))
        deeper = inner[key]
        if not isinstance(deeper, dict | list) or not deeper or draw(st.integers(0, 5)) == 0:
            inner[key] = draw(JSON | AMOUNTS | st.text(max_size=9))
            break
        inner = deeper
    return json.dumps(tree)


def spoilt(valid: Sequence[str], *keys: str) -> st.SearchStrategy[list[bytes | str]]:
    """A few messages in a row: valid, cut, altered, or nothing that any venue sends."""
    one = st.binary() | st.text() | cut(valid) | altered(valid) | trees(*keys).map(json.dumps)
    return st.lists(one | st.sampled_from(valid), max_size=5)


def check(venue: str, payloads: Sequence[bytes | str], path: str, most: float = 1e20) -> None:
    """An adapter states plain facts of whatever comes, none above `most`, or refuses it."""
    adapter, parser = VENUES[venue].adapter(), VENUES[venue].parser()
    for payload in payloads:
        body = payload if isinstance(payload, bytes) else payload.encode(errors="surrogatepass")
        _plain_or_refused(most, adapter.receive, payload, 1)
        _plain_or_refused(most, adapter.receive_body, path, body, 1)
        _plain_or_refused(most, parser.parse, payload, 1)
        _plain_or_refused(most, parser.parse, payload, 1, path)
    assert all(plain(event, most) for event in adapter.tick(2))


def _plain_or_refused(
    most: float, act: Callable[..., Iterable[object]], *arguments: object
) -> None:
    with suppress(FeedError):
        assert all(plain(event, most) for event in act(*arguments))


_NUMBERS = (
    "price size open high low close volume last bid bid_size ask ask_size index quote_volume"
    " base_volume buy_volume"
)
_TIMES = "ts_event start end next_time"


def plain(event: object, most: float = 1e20) -> bool:
    """Whether every number is an amount and every time one of a market."""
    levels = [*getattr(event, "bids", ()), *getattr(event, "asks", ())]
    numbers = [getattr(event, name, None) or 0.0 for name in _NUMBERS.split()]
    numbers += [number for level in levels for number in level]
    times = [getattr(event, name, None) or 0 for name in _TIMES.split()]
    return all(0 <= number <= most for number in numbers) and all(
        0 <= time < 2**63 for time in times
    )
