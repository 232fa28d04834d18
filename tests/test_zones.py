from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.zones import checked, zone_clock, zone_word

MS = 1_000_000
CITIES = ["America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Europe/Berlin"]


@given(st.integers(86_400_000, 4_000_000_000_000), st.sampled_from(CITIES))
def test_the_clock_is_that_of_the_place_at_any_moment(ms: int, zone: str) -> None:
    there = datetime.fromtimestamp(ms // 1000, UTC).astimezone(ZoneInfo(zone))
    assert zone_clock(zone, "okx", ms * MS) == f"{there:%H:%M:%S}.{ms % 1000:03}"
    assert zone_clock(zone, "okx", ms * MS, millis=False) == f"{there:%H:%M:%S}"


def test_clocks_are_put_forward_at_the_millisecond() -> None:
    turn = round(datetime(2024, 3, 31, 1, tzinfo=UTC).timestamp() * 1e9)
    assert zone_clock("Europe/Berlin", "", turn - MS) == "01:59:59.999"
    assert zone_clock("Europe/Berlin", "", turn) == "03:00:00.000"


def test_a_time_not_known_is_dashes_everywhere() -> None:
    assert zone_clock("Asia/Tokyo", "", 0) == "--:--:--.---"


@pytest.mark.parametrize(("venue", "hour"), [("okx", "08"), ("htx", "08"), ("binance", "00")])
def test_exchange_time_is_that_of_its_daily_bars(venue: str, hour: str) -> None:
    assert zone_clock("exchange", venue, 86_400_000 * MS).startswith(hour)
    assert zone_word("exchange", venue).startswith("exchange time, UTC")


def test_local_time_is_this_machines() -> None:
    now = 1_723_161_255
    there = datetime.fromtimestamp(now, UTC).astimezone()
    assert zone_clock("local", "", now * 1000 * MS, millis=False) == f"{there:%H:%M:%S}"


@pytest.mark.parametrize("word", ["", "..", "/etc/passwd", "Europe/Berln", "a\0b", "x" * 5000])
def test_what_is_no_zone_is_refused(word: str) -> None:
    with pytest.raises(ValueError, match="UTC, local, exchange or a name"):
        checked(word)


def test_common_words_are_taken_in_any_case() -> None:
    assert [checked(word) for word in ("utc", "UTC", "Local", "EXCHANGE")] == [
        "UTC",
        "UTC",
        "local",
        "exchange",
    ]
