"""Words for times and durations."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.errors import ConfigError
from feeds.moment import DAY, SECOND, parse_duration, parse_moment

START = 1_723_161_256_299_000_000
"""2024-08-08T23:54:16.299Z"""


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("+30s", START + 30 * SECOND),
        ("+5m", START + 300 * SECOND),
        ("+1h30m", START + 5_400 * SECOND),
        ("+0.5s", START + SECOND // 2),
        ("+250ms", START + SECOND // 4),
        ("23:55", 1_723_161_300 * SECOND),
        ("23:55:10", 1_723_161_310 * SECOND),
        ("23:55:10.25", 1_723_161_310 * SECOND + SECOND // 4),
        ("2024-08-08T23:55:00Z", 1_723_161_300 * SECOND),
        ("2024-08-08T23:55", 1_723_161_300 * SECOND),
        ("2024-08-09 01:55:00+02:00", 1_723_161_300 * SECOND),
        ("1723161300", 1_723_161_300 * SECOND),
        ("1723161300.125", 1_723_161_300 * SECOND + SECOND // 8),
    ],
)
def test_a_time_is_read_in_every_spelling(word: str, expected: int) -> None:
    assert parse_moment(word).at(START) == expected


def test_a_time_of_day_before_the_start_is_that_of_the_next_day() -> None:
    assert parse_moment("00:05").at(START) == 1_723_161_900 * SECOND


def test_the_minute_a_recording_starts_in_is_still_its_own_day() -> None:
    assert parse_moment("23:54").at(START) == START - 16_299_000_000


@pytest.mark.parametrize("word", ["", "soon", "25:00", "12:60", "+5", "+5x", "+", "5m", "-5m"])
def test_what_is_no_time_is_said_with_what_is(word: str) -> None:
    with pytest.raises(ConfigError, match=r"is not a time: expected \+30s"):
        parse_moment(word)


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("30", 30 * SECOND),
        ("2.5", 5 * SECOND // 2),
        ("10m", 600 * SECOND),
        ("1d2h", DAY + 7200 * SECOND),
    ],
)
def test_a_duration_is_read_in_every_spelling(word: str, expected: int) -> None:
    assert parse_duration(word) == expected


@given(st.text(max_size=20))
def test_any_word_is_a_time_or_a_clear_error(word: str) -> None:
    for parse in (parse_moment, parse_duration):
        with suppress(ConfigError):
            parse(word)
