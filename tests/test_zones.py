from datetime import UTC, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.drawing.timeline import DAY, HOUR, MINUTE, SECOND, TimeLabel, even_labels, time_labels
from tui.drawing.zones import Zone, checked, zone_names

MS = 1_000_000
CITIES = ["America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Europe/Berlin"]
ZONES = [*CITIES, "America/St_Johns", "Asia/Kolkata", "Africa/Cairo", "Pacific/Chatham"]
TURNS = [
    datetime(2024, 3, 31, 1, tzinfo=UTC),
    datetime(2024, 10, 27, 1, tzinfo=UTC),
    datetime(2024, 11, 3, 6, tzinfo=UTC),
    datetime(2024, 4, 6, 15, tzinfo=UTC),
    datetime(2024, 10, 5, 15, 30, tzinfo=UTC),
    datetime(2024, 4, 25, 22, tzinfo=UTC),
]
"""When clocks of those zones are put forward or back."""
LENGTHS = [SECOND, 10 * SECOND, MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 4 * HOUR, DAY]

TIMES = st.one_of(
    st.integers(10**9, 4 * 10**9),
    st.builds(
        lambda turn, seconds: round(turn.timestamp()) + seconds,
        st.sampled_from(TURNS),
        st.integers(-200_000, 100_000),
    ),
).map(lambda seconds: seconds * SECOND)


def there(ns: int, zone: str) -> datetime:
    return datetime.fromtimestamp(ns // SECOND, UTC).astimezone(ZoneInfo(zone))


@given(st.integers(86_400_000, 4_000_000_000_000), st.sampled_from(CITIES))
def test_the_clock_is_that_of_the_place_at_any_moment(ms: int, zone: str) -> None:
    moment = there(ms * MS, zone)
    assert Zone(zone).clock(ms * MS) == f"{moment:%H:%M:%S}.{ms % 1000:03}"
    assert Zone(zone).clock(ms * MS, millis=False) == f"{moment:%H:%M:%S}"
    assert Zone(zone).date(ms * MS) == f"{moment:%Y-%m-%d}"


@given(TIMES, st.sampled_from(ZONES))
def test_a_time_that_is_typed_is_found_again(ns: int, zone: str) -> None:
    place = Zone(zone)
    found = place.instant(place.wall(ns))
    assert place.wall(found) == place.wall(ns)
    assert found <= ns  # the earlier one where the clock shows a time twice


def told(label: TimeLabel, starts: list[int], zone: str, step: str) -> bool:
    """Whether a label stands where the time that it names begins."""
    before, start = starts[label.x - 1], starts[label.x]
    # A round time lies on a quarter of an hour or in steps of seconds; look at every one.
    fine = SECOND if start - before <= HOUR else 15 * MINUTE
    first = (before // fine + 1) * fine
    return any(there(at, zone).strftime(step) == label.text for at in range(first, start + 1, fine))


def form(text: str) -> str:
    return "%d %b" if " " in text else "%H:%M:%S" if len(text) == 8 else "%H:%M"


@given(TIMES, st.sampled_from(LENGTHS), st.integers(2, 60), st.sampled_from(ZONES))
def test_labels_are_the_times_of_the_place_where_they_begin(
    start: int, interval: int, count: int, zone: str
) -> None:
    starts = [start // interval * interval + n * interval for n in range(count)]
    labels = even_labels(starts[0], interval, count, Zone(zone))
    assert labels == time_labels(starts, zone=Zone(zone))
    assert all(told(label, starts, zone, form(label.text)) for label in labels)
    assert all(a.x + len(a.text) + 2 <= b.x for a, b in pairwise(labels))


def test_round_times_are_those_of_the_place_and_not_of_utc() -> None:
    noon = round(datetime(2024, 8, 8, 12, tzinfo=UTC).timestamp()) * SECOND
    labels = even_labels(noon, MINUTE, 60, Zone("Asia/Kathmandu"))
    assert [label.text for label in labels] == ["18:00", "18:30"]
    night = even_labels(noon, 10 * MINUTE, 60, Zone("Asia/Tokyo"))
    assert "09 Aug" in [label.text for label in night]


def test_clocks_are_put_forward_at_the_millisecond() -> None:
    turn = round(datetime(2024, 3, 31, 1, tzinfo=UTC).timestamp() * 1e9)
    assert Zone("Europe/Berlin").clock(turn - MS) == "01:59:59.999"
    assert Zone("Europe/Berlin").clock(turn) == "03:00:00.000"
    assert Zone("Europe/Berlin").word(turn - MS) == "CET"
    assert Zone("Europe/Berlin").word(turn) == "CEST"


def test_no_time_is_labelled_that_the_clock_skips() -> None:
    turn = round(datetime(2024, 3, 31, 1, tzinfo=UTC).timestamp() * 1e9)
    labels = time_labels([turn + n * 10 * MINUTE for n in range(-30, 30)], 3, Zone("Europe/Berlin"))
    assert "02:00" not in [label.text for label in labels]
    assert "03:00" in [label.text for label in labels]


def test_a_time_not_known_is_dashes_everywhere() -> None:
    assert Zone("Asia/Tokyo").clock(0) == "--:--:--.---"
    assert Zone("Asia/Tokyo").date(0) == "----------"


@pytest.mark.parametrize(("venue", "hour"), [("okx", "08"), ("htx", "08"), ("binance", "00")])
def test_exchange_time_is_that_of_its_daily_bars(venue: str, hour: str) -> None:
    zone = Zone("exchange").of(venue)
    assert zone.clock(86_400_000 * MS).startswith(hour)
    assert zone.title.startswith("exchange time, UTC")
    assert zone.word(86_400_000 * MS) == ("+08" if hour == "08" else "UTC")


def test_local_time_is_this_machines() -> None:
    now = 1_723_161_255
    moment = datetime.fromtimestamp(now, UTC).astimezone()
    assert Zone("local").clock(now * 1000 * MS, millis=False) == f"{moment:%H:%M:%S}"


def test_every_zone_there_is_has_a_word_that_fits_an_axis() -> None:
    words = {Zone(name).word(1_723_161_255 * SECOND) for name in zone_names()}
    assert all(1 <= len(word) <= 5 and word.isascii() for word in words)
    assert {"UTC", "CEST", "EDT", "IST", "+0545", "+07"} <= words


@pytest.mark.parametrize("word", ["", "..", "/etc/passwd", "Europe/Berln", "a\0b", "x" * 5000])
def test_what_is_no_zone_is_refused(word: str) -> None:
    with pytest.raises(ValueError, match="UTC, local, exchange or a name"):
        checked(word)


@pytest.mark.parametrize("word", ["Europe/Berln", "europe/berlin", "EUROPE/BERLIN"])
def test_a_name_nearly_right_is_told_the_right_one(word: str) -> None:
    with pytest.raises(ValueError, match='did you mean "Europe/Berlin"'):
        checked(word)


def test_common_words_are_taken_in_any_case() -> None:
    assert [checked(word) for word in ("utc", "UTC", "Local", "EXCHANGE")] == [
        "UTC",
        "UTC",
        "local",
        "exchange",
    ]
