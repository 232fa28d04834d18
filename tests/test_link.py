"""The link tells how old the shown picture is, and never lets frames queue up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.terminal.link import LOSSES, LOST, MEMORY, PATIENCE, Answers, Link


def _answering(way: float = 0.02) -> Link:
    """A link that has answered its first question."""
    link = Link()
    link.sent(0.0, 0.0, 0)
    link.answered(way)
    return link


def test_a_picture_is_as_old_as_the_way_took_to_answer() -> None:
    link = _answering()
    link.sent(1.0, 0.99, 2000)
    shown = link.answered(1.08)
    assert shown is not None
    assert shown.age == pytest.approx(0.09)
    assert shown.transit == pytest.approx(0.05), "beyond the way itself and its jitter"
    assert link.way == pytest.approx(0.02)


def test_the_way_is_the_least_trip_of_the_last_half_minute() -> None:
    link, answers = Link(), list[tuple[float, float]]()
    for number, trip in enumerate([0.05, 0.02, 0.04, 0.09, 0.03, 0.08] * 8):
        sent = 2.5 * number
        link.sent(sent, sent, 1000)
        link.answered(sent + trip)
        answers.append((sent + trip, sent + trip - sent))
        assert link.way == min(t for at, t in answers if at >= sent + trip - MEMORY)


def test_on_a_narrow_way_the_next_frame_waits_for_the_answer() -> None:
    link = _answering()
    link.sent(1.0, 1.0, 30_000)
    link.answered(1.3)
    link.sent(1.3, 1.3, 30_000)
    assert link.blocked(1.35, 0.05)
    link.answered(1.6)
    assert not link.blocked(1.6, 0.05)


def test_on_a_long_way_two_frames_may_be_under_way() -> None:
    link = _answering(0.3)
    link.sent(1.0, 1.0, 900)
    link.answered(1.3)
    link.sent(1.35, 1.35, 900)
    assert not link.blocked(1.4, 0.05)
    link.sent(1.4, 1.4, 900)
    assert link.blocked(1.45, 0.05)


def test_a_terminal_that_never_answers_is_silent_and_holds_nothing_back() -> None:
    link = Link()
    link.sent(0.0, 0.0, 10)
    assert not link.blocked(0.1, 0.05)
    link.blocked(PATIENCE + 0.01, 0.05)
    assert link.answers is Answers.SILENT
    assert not link.blocked(PATIENCE + 0.1, 0.05)
    assert link.age(PATIENCE + 0.1) is None
    assert not link.wants_fence(PATIENCE + 0.1)
    assert link.wants_fence(PATIENCE + 60)


def test_a_silent_terminal_that_answers_after_all_is_believed() -> None:
    link = Link()
    link.sent(0.0, 0.0, 10)
    link.blocked(PATIENCE + 0.01, 0.05)
    link.answered(3.0)
    assert link.answers is Answers.YES
    assert link.wants_fence(3.0)


def test_a_lost_answer_holds_the_picture_for_a_while_and_several_make_it_silent() -> None:
    link = _answering()
    at = 1.0
    for _ in range(LOSSES):
        link.sent(at, at, 10)
        link.sent(at, at, 10)
        assert link.blocked(at + LOST - 0.1, 0.05)
        assert link.blocked(at + LOST + 0.1, 0.05) is False
        at += LOST + 0.2
    assert link.answers is Answers.SILENT


def test_the_age_grows_while_nothing_is_answered() -> None:
    link = _answering()
    link.sent(1.0, 1.0, 10)
    assert link.age(3.5) == pytest.approx(2.5)


@given(st.lists(st.tuples(st.floats(0.001, 0.4), st.booleans()), max_size=60))
def test_no_more_than_two_frames_are_ever_under_way(steps: list[tuple[float, bool]]) -> None:
    link, now, under_way = Link(), 0.0, 0
    for pause, answer in steps:
        now += pause
        if answer and under_way:
            link.answered(now)
            under_way -= 1
        if link.answers is not Answers.SILENT and not link.blocked(now, 0.05):
            link.sent(now, now, 100)
            under_way = link.outstanding
        assert link.outstanding <= 2
        assert 0.0 <= link.busy(now) <= 1.0
