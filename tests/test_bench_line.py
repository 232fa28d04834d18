"""The line between a program and its terminal: when bytes arrive, and what is answered."""

from hypothesis import given
from hypothesis import strategies as st

from tui.bench.answering import AnsweringTerminal
from tui.bench.throttle import Throttle


def test_bytes_arrive_at_the_rate_of_the_line_and_later_by_the_way() -> None:
    line = Throttle(rate=1000.0, way=0.5)
    line.accept(b"a" * 2000, now=10.0)
    assert line.deliver(10.5) == b""
    assert len(line.deliver(11.5)) == 1000
    assert len(line.deliver(12.5)) == 1000
    assert line.deliver(99.0) == b""
    assert line.arrival(1000) == 11.5
    assert line.arrival(2001) == float("inf")


def test_what_comes_while_the_line_is_busy_waits_behind_what_was_before() -> None:
    line = Throttle(rate=1000.0, way=0.0)
    line.accept(b"a" * 1000, now=0.0)
    line.accept(b"b" * 1000, now=0.5)
    line.accept(b"c" * 1000, now=9.0)
    assert (line.arrival(1000), line.arrival(2000), line.arrival(3000)) == (1.0, 2.0, 10.0)
    assert line.deliver(9.5) == b"a" * 1000 + b"b" * 1000 + b"c" * 500


def test_a_full_line_takes_no_more_until_something_has_left() -> None:
    line = Throttle(rate=100.0, way=0.0, capacity=300)
    line.accept(b"x" * 300, now=0.0)
    assert line.room(0.0) == 0
    assert line.room(1.0) == 100
    line.deliver(1.0)
    assert line.rest() == b"x" * 200
    assert line.room(1.0) == 300


@given(
    st.lists(st.tuples(st.integers(0, 40), st.integers(1, 50)), max_size=20),
    st.integers(0, 500),
)
def test_the_line_is_a_queue_that_sends_one_byte_a_tick(
    gifts: list[tuple[int, int]], looked: int
) -> None:
    line = Throttle(rate=1.0, way=3.0, capacity=10**9)
    now, free, arrivals = 0, 0, list[int]()
    for pause, size in gifts:
        now += pause
        line.accept(bytes(size), float(now))
        for _ in range(size):
            free = max(now, free) + 1
            arrivals.append(free + 3)
    assert [line.arrival(n + 1) for n in range(len(arrivals))] == arrivals
    assert len(line.deliver(float(looked))) == sum(at <= looked for at in arrivals) or looked < now


def test_the_terminal_answers_questions_however_they_are_cut() -> None:
    asked = b"\x1b[?2026$p\x1b[?2048$p\x1b[12;34Hprice\x1b[6n\x1b[38;2;1;2;3mx\x1b[5n\x1b[c"
    answers = [b"\x1b[?2026;2$y", b"\x1b[?2048;0$y", b"\x1b[12;34R", b"\x1b[0n", b"\x1b[?62;22c"]
    assert AnsweringTerminal().take(asked) == answers
    for size in (1, 2, 3, 7):
        terminal = AnsweringTerminal()
        pieces = [asked[at : at + size] for at in range(0, len(asked), size)]
        assert [answer for piece in pieces for answer in terminal.take(piece)] == answers


def test_a_mute_terminal_owes_nothing() -> None:
    assert AnsweringTerminal(mute=True).take(b"\x1b[6n\x1b[c") == []
