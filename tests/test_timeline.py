"""Time labels of columns that are evenly spaced, and of those that a sweep has wrapped round."""

from hypothesis import given
from hypothesis import strategies as st

from tui.drawing.timeline import SECOND, TimeLabel, even_labels, swept, time_labels

columns = st.tuples(
    st.integers(0, 4 * 10**9).map(lambda second: second * SECOND // 10),
    st.sampled_from([SECOND // 10, SECOND, 5 * SECOND, 7 * SECOND, 60 * SECOND, 86_400 * SECOND]),
    st.integers(0, 250),
)


@given(columns)
def test_labels_of_even_columns_are_those_found_by_looking_at_each(
    drawn: tuple[int, int, int],
) -> None:
    begin, interval, count = drawn
    start = begin // interval * interval
    starts = [start + n * interval for n in range(count)]
    assert even_labels(start, interval, count) == time_labels(starts)


@given(columns, st.integers(1, 250), st.integers(0, 10**6))
def test_a_sweeps_labels_stand_under_their_columns_and_never_touch(
    drawn: tuple[int, int, int], width: int, number: int
) -> None:
    begin, interval, count = drawn
    start = begin // interval * interval
    labels = even_labels(start, interval, min(count, width))
    placed = swept(labels, number % width, width)
    assert {(label.x, label.text) for label in placed} <= {
        ((number + label.x) % width, label.text) for label in labels
    }
    taken = list[int]()
    for x, text in placed:
        fits = x + len(text) < width
        taken += range(x, x + len(text) + 1) if fits else range(x - len(text), x + 1)
    assert len(taken) == len(set(taken))
    assert not taken or (min(taken) >= 0 and max(taken) < width)


def test_where_a_new_label_meets_an_old_one_the_new_one_stays() -> None:
    old, new = TimeLabel(2, "14:00:00"), TimeLabel(27, "14:00:30")
    assert swept([old, new], 10, 30) == [TimeLabel(7, "14:00:30")]
    assert swept([TimeLabel(14, "14:00:00"), new], 3, 30) == [
        TimeLabel(0, "14:00:30"),
        TimeLabel(17, "14:00:00"),
    ]
