"""Books as the wire spells them: against the plainest model, and against recorded checksums."""

import gzip
import json
from collections.abc import Iterator
from typing import Any, NamedTuple
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.checksum import BITFINEX, BITGET, KRAKEN, OKX, Numbers, Scheme, WireBook
from tests.captures import CAPTURES, needs_captures

Texts = list[tuple[str, str]]


def amount(units: int, places: int) -> str:
    """A decimal as venues write it, trailing zeros and all."""
    return f"{units // 10**places}.{units % 10**places:0{places}}"


PRICES = st.integers(1, 60).map(lambda units: amount(units, 1))
SIZES = st.one_of(st.just(0), st.integers(1, 10**6)).map(lambda units: amount(units, 3))
CHANGES = st.lists(st.tuples(PRICES, SIZES), max_size=30)


def plain_model(messages: list[tuple[Texts, Texts]], depth: int) -> tuple[Texts, Texts]:
    """What stands after the messages: a dictionary a side, sorted and cut after each."""
    sides: tuple[dict[str, str], dict[str, str]] = {}, {}
    for message in messages:
        for side, rows, reverse in zip(sides, message, (True, False), strict=True):
            side.update(rows)
            standing = sorted(
                ((price, size) for price, size in side.items() if float(size)),
                key=lambda level: float(level[0]),
                reverse=reverse,
            )
            side.clear()
            side.update(standing[:depth])
    return list(sides[0].items()), list(sides[1].items())


def plain_text(scheme: Scheme, bids: Texts, asks: Texts) -> str:
    """The text of a checksum, put together as the venues' documents say."""
    bids, asks = bids[: scheme.levels], asks[: scheme.levels]
    if scheme is KRAKEN:
        words = [word for level in asks + bids for word in level]
        return "".join(word.replace(".", "").lstrip("0") for word in words)
    sign = "-" if scheme is BITFINEX else ""
    parts = []
    for place in range(scheme.levels):
        parts += [f"{price}:{size}" for price, size in bids[place : place + 1]]
        parts += [f"{price}:{sign}{size}" for price, size in asks[place : place + 1]]
    return ":".join(parts)


def numbers(rows: Texts) -> Numbers:
    return [(float(price), float(size)) for price, size in rows]


@given(
    st.sampled_from([KRAKEN, OKX, BITFINEX]),
    st.integers(1, 40),
    st.lists(st.tuples(CHANGES, CHANGES), max_size=12),
)
def test_a_book_and_its_checksum_are_the_plain_models_after_every_message(
    scheme: Scheme, depth: int, messages: list[tuple[Texts, Texts]]
) -> None:
    book = WireBook(scheme, depth)
    told: tuple[dict[float, float], dict[float, float]] = {}, {}
    for count, (bids, asks) in enumerate(messages, 1):
        changed = book.change(bids, asks)
        standing = plain_model(messages[:count], depth)
        assert book.checksum() == crc32(plain_text(scheme, *standing).encode())
        assert book.levels() == (numbers(standing[0]), numbers(standing[1]))
        for side, rows, levels in zip(told, changed, book.levels(), strict=True):
            side.update(rows)
            assert {price: size for price, size in side.items() if size} == dict(levels)


@given(CHANGES, CHANGES, CHANGES)
def test_replacing_a_book_forgets_what_was_before(before: Texts, bids: Texts, asks: Texts) -> None:
    book, fresh = WireBook(OKX), WireBook(OKX)
    book.change(before, before)
    assert book.replace(bids, asks) == fresh.change(bids, asks)
    assert (book.levels(), book.checksum()) == (fresh.levels(), fresh.checksum())


@pytest.mark.parametrize("bad", ["", "x", "nan", "inf", "-1", "1e400", "-0.5", "1e16"])
def test_what_is_no_amount_is_refused(bad: str) -> None:
    for row in ((bad, "1"), ("1", bad)):
        with pytest.raises(ValueError, match=r"not a price|convert"):
            WireBook(KRAKEN).change([row], [])
    with pytest.raises(ValueError, match="not a price"):
        WireBook(KRAKEN).change([("0", "1")], [])


def test_a_stated_checksum_may_be_signed_but_not_beyond_32_bits() -> None:
    book = WireBook(OKX)
    book.change([("3366.1", "7")], [("3366.8", "9")])
    stated = crc32(b"3366.1:7:3366.8:9")
    assert book.agrees(stated)
    assert book.agrees(stated - 2**32) == (stated >= 2**31)
    assert not book.agrees(stated + 2**32)
    assert not book.agrees(stated ^ 1)


def test_bitfinex_asks_are_negative_in_the_text() -> None:
    book = WireBook(BITFINEX)
    book.change([("574.61", "0.1439327")], [("574.62", "19.1334")])
    assert book.checksum() == crc32(b"574.61:0.1439327:574.62:-19.1334")


class Message(NamedTuple):
    """One recorded book message."""

    book: str
    whole: bool
    bids: Texts
    asks: Texts
    checksum: int


FILES: dict[str, tuple[Scheme, int | None, int]] = {
    "kraken/v2_btcusd_book10_20230730.jsonl": (KRAKEN, 10, 510),
    "kraken/v2_btcusd_book10_20260824.jsonl": (KRAKEN, 10, 4),
    "okx/cf_20210722.jsonl.gz": (OKX, None, 4372),
    "okx/cf_20220513.jsonl.gz": (OKX, None, 290),
    "bitget/legacy/v1_cf_20220407.jsonl.gz": (BITGET, None, 637),
}
"""Sessions with their scheme, their depth, and the checksums that they hold."""


def recorded(path: str) -> Iterator[Message]:
    file = CAPTURES / path
    data = gzip.decompress(file.read_bytes()) if path.endswith(".gz") else file.read_bytes()
    for line in data.decode().splitlines():
        record = json.loads(line)
        if not record["raw"].startswith("{"):
            continue
        frame = json.loads(record["raw"], parse_float=str, parse_int=str)
        kind = frame.get("action", frame.get("type"))
        if kind not in ("snapshot", "update") or "book" not in str(frame)[:200]:
            continue
        (row,) = frame["data"] if isinstance(frame["data"], list) else [frame["data"]]
        if "checksum" in row:
            name = f"{record['conn']} {frame.get('arg')}"
            bids, asks = ([pair(level) for level in row[side]] for side in ("bids", "asks"))
            yield Message(name, kind == "snapshot", bids, asks, int(row["checksum"]))


def pair(level: Any) -> tuple[str, str]:  # Any: a venue's JSON
    return (level["price"], level["qty"]) if isinstance(level, dict) else (level[0], level[1])


@needs_captures
@pytest.mark.parametrize("path", FILES)
def test_every_recorded_checksum_is_ours(path: str) -> None:
    scheme, depth, expected = FILES[path]
    books, count = dict[str, WireBook](), 0
    for message in recorded(path):
        book = books.setdefault(message.book, WireBook(scheme, depth))
        (book.replace if message.whole else book.change)(message.bids, message.asks)
        assert book.agrees(message.checksum)
        bids, asks = book.levels()
        assert bids[0] < asks[0]
        count += 1
    assert count == expected


@needs_captures
def test_every_flipped_digit_of_a_checked_level_is_detected() -> None:
    """Each digit of each change of the recorded Kraken session, one at a time."""
    scheme, depth, _ = FILES["kraken/v2_btcusd_book10_20230730.jsonl"]
    messages = list(recorded("kraken/v2_btcusd_book10_20230730.jsonl"))[:60]
    flips = 0
    for place, message in enumerate(messages):
        truth = after([*messages[:place], message], scheme, depth)
        for bids, asks in flipped(message):
            try:
                book = after(
                    [*messages[:place], message._replace(bids=bids, asks=asks)], scheme, depth
                )
            except ValueError:
                continue
            # A level that the same message pushes out of the book leaves no trace.
            assert not book.agrees(message.checksum) or book.levels() == truth.levels()
            flips += not book.agrees(message.checksum)
    assert flips > 500


def after(messages: list[Message], scheme: Scheme, depth: int | None) -> WireBook:
    book = WireBook(scheme, depth)
    for message in messages:
        (book.replace if message.whole else book.change)(message.bids, message.asks)
    return book


def flipped(message: Message) -> Iterator[tuple[Texts, Texts]]:
    """The message with one digit of one level one higher."""
    rows = [*message.bids, *message.asks]
    for number, (price, size) in enumerate(rows):
        if price in [other for other, _ in rows[number + 1 :]]:
            continue  # stated again by the same message: what stands is the last
        text = f"{price}:{size}"
        for place, digit in enumerate(text):
            if digit.isdigit():
                other = text[:place] + str((int(digit) + 1) % 10) + text[place + 1 :]
                changed = (*other.split(":"),)
                rest = [*rows[:number], (changed[0], changed[1]), *rows[number + 1 :]]
                yield rest[: len(message.bids)], rest[len(message.bids) :]
