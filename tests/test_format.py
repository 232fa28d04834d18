"""Format: numbers are exact or visibly rounded, and foreign text is harmless and bounded."""

import unicodedata
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.instrument import Instrument
from tui.drawing.format import (
    age,
    clock,
    compact,
    compact_size,
    date,
    duration,
    folded,
    price,
    safe_text,
    shortened,
    signed,
    size,
    step,
    text_width,
)

SECOND = 1_000_000_000
steps = st.sampled_from([Decimal(s) for s in ("0.01", "0.5", "0.25", "1", "10", "0.00000001")])
numbers = st.one_of(
    st.floats(-1e16, 1e16, allow_nan=False),
    st.floats(-20000, 20000, allow_nan=False),
    st.integers(-100, 100).map(float),
)


@given(steps, st.integers(-(10**15), 10**15))
def test_prices_and_sizes_are_exact(increment: Decimal, count: int) -> None:
    instrument = Instrument("x", "Y", increment, increment)
    assert Decimal(price(instrument, count)) == count * increment
    assert price(instrument, count) == size(instrument, count)
    digits = price(instrument, count).partition(".")[2]
    assert len(digits) == instrument.price_decimals


def test_prices_line_up_and_steps_are_short() -> None:
    instrument = Instrument("x", "Y", Decimal("0.10"), Decimal("0.001"))
    assert [price(instrument, ticks) for ticks in (642505, 642510, 3)] == [
        "64250.5",
        "64251.0",
        "0.3",
    ]
    assert [step(instrument, ticks) for ticks in (1, 10, 1000)] == ["0.1", "1", "100"]
    assert compact_size(instrument, 1500) == "1.500"
    assert compact_size(instrument, 12_345_678) == "12346"


@given(numbers, st.integers(0, 12))
def test_compact_numbers_fit_and_are_right_to_their_last_digit(value: float, width: int) -> None:
    text = compact(value, width)
    assert len(text) <= width
    if not text or text[0] in "~#":
        return
    scale = {"k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}.get(text[-1], 1.0)
    digits = text.rstrip("kMGT")
    last = scale * 10.0 ** -len(digits.partition(".")[2])
    # Zeros after the point are cut, so half of the last digit shown is the most it can be off.
    assert abs(float(digits) * scale - value) <= last / 2 * (1 + 1e-9)


@pytest.mark.parametrize(
    ("value", "width", "text"),
    [
        (0, 5, "0"),
        (12345, 5, "12345"),
        (12345, 4, "12k"),
        (123456, 5, "123k"),
        (1234567, 5, "1.23M"),
        (999960, 4, "1M"),
        (0.25, 5, "0.25"),
        (0.0004, 5, "~0"),
        (-12345, 4, "-12k"),
        (12345, 2, "##"),
        (1e30, 4, "####"),
    ],
)
def test_compact_numbers_read_well(value: float, width: int, text: str) -> None:
    assert compact(value, width) == text


def test_signs_are_always_shown_but_on_nothing() -> None:
    assert [signed(text) for text in ("12k", "-3", "0.00", "~0")] == ["+12k", "-3", "0.00", "~0"]


def test_durations_and_ages_are_short() -> None:
    texts = [duration(round(s * SECOND)) for s in (0.35, 1, 60, 65, 3600, 3900, 90_000, -2)]
    assert texts == ["350ms", "1s", "1m", "1m 05s", "1h", "1h 05m", "1d 01h", "-2s"]
    ages = [age(round(s * SECOND)) for s in (-1, 0, 0.34, 9.99, 12, 190, 7300, 200_000)]
    assert ages == ["0.0s", "0.0s", "0.3s", "9.9s", "12s", "3m", "2h", "2d"]


@given(st.integers(1, 4_000_000_000 * SECOND))
def test_the_clock_is_utc(ns: int) -> None:
    moment = datetime.fromtimestamp(ns // SECOND, UTC)
    assert clock(ns, millis=False) == moment.strftime("%H:%M:%S")
    assert clock(ns) == f"{moment:%H:%M:%S}.{ns // 1_000_000 % 1000:03}"
    assert date(ns) == moment.strftime("%Y-%m-%d")


def test_an_unknown_time_is_dashes() -> None:
    assert (clock(0), clock(0, millis=False), date(0)) == ("--:--:--.---", "--:--:--", "-" * 10)


@given(st.text(), st.one_of(st.none(), st.integers(0, 40)))
def test_foreign_text_becomes_harmless_and_bounded(text: str, width: int | None) -> None:
    safe = safe_text(text, width)
    assert all(unicodedata.category(mark)[0] != "C" for mark in safe)
    assert all(not unicodedata.combining(mark) for mark in safe)
    assert safe_text(safe, width) == safe
    if width is not None:
        assert text_width(safe) <= width
        assert text_width(shortened(text, width)) <= width


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("BTCUSDT", "BTCUSDT"),
        ("\x1b[2Jcleared", "[2Jcleared"),
        ("a\x9b31mb", "a31mb"),
        ("abc\u202egnp", "abcgnp"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("two\nlines\tand\x7f", "two lines and"),
        ("币安人生USDT", "币安人生USDT"),
        ("e\u0301", "é"),
        ("न\u093f", "न"),
        ("👍🏽", "👍"),
        ("private \ue000", "private ?"),
    ],
)
def test_known_tricks_are_taken_out(text: str, safe: str) -> None:
    assert safe_text(text) == safe


def test_very_long_text_is_made_harmless_too() -> None:
    long = "币\x1b" * 400
    assert safe_text(long) == "币" * 400
    assert text_width(safe_text(long)) == 800
    assert safe_text(long, 5) == "币币"


def test_wide_characters_are_cut_whole() -> None:
    assert safe_text("币安", 3) == "币"
    assert shortened("binance-usdm:BTCUSDT", 9) == "binance-…"
    assert shortened("币安", 3) == "币…"


@given(st.text(st.sampled_from("ab漢 /"), max_size=60), st.integers(2, 12))
def test_folded_text_is_all_there_in_lines_that_fit(text: str, width: int) -> None:
    lines = folded(text, width, 100)
    assert all(0 < text_width(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_a_word_longer_than_a_line_hides_nothing_behind_it() -> None:
    lines = folded("/home/somebody/themes/mine.toml: file exists", 16, 4)
    assert lines == ["/home/somebody/t", "hemes/mine.toml:", "file exists"]
    assert folded("/home/somebody/themes/mine.toml: file exists", 16, 2)[-1].endswith("…")
