"""What a run under load comes to, from times of the test's own."""

from itertools import accumulate
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from feeds.errors import ConfigError
from tests.captures import CAPTURES, needs_captures
from tests.exchange.tls import can_make
from tui.bench import load as bench
from tui.bench import standin
from tui.bench.asked import Asked
from tui.bench.followers import Reached
from tui.bench.load import Compared, Withstood, load
from tui.bench.loaded import key_latencies, lags, recovery, spread
from tui.bench.workload import Workload
from tui.terminal.trace import Line

BIG = CAPTURES / "binance_usdm/btcusdt_20240808.jsonl.gz"
MS = 1_000_000


def asked(**options: object) -> Asked:
    """The options of a run that reads no workload."""
    return Asked(lambda: Workload("", b"", []), **options)  # type: ignore[arg-type]  # by name


def frame(drawn: int, written: int) -> Line:
    return Line(drawn + MS, "frame", written, 0, drawn)


def test_the_lag_of_a_message_is_from_saying_it_to_the_batch_that_applied_it() -> None:
    said = [Reached(10, 2, 0), Reached(20, 3, 1)]
    applied = [Reached(15, 1, 0), Reached(24, 3, 0), Reached(30, 3, 1)]
    late = lags(said, applied)
    assert late.said.tolist() == [10, 10, 20, 20]
    assert late.late.tolist() == [14, 14, 4, 10]
    assert late.between(0, 20).tolist() == [14, 14]


def test_changes_that_are_older_than_the_book_have_no_part_in_it() -> None:
    late = lags([Reached(10, 0, 3), Reached(20, 0, 5)], [Reached(21, 0, 1), Reached(26, 0, 2)])
    assert late.said[-2:].tolist() == [20, 20]
    assert late.late[-2:].tolist() == [6, 6]


def test_what_was_never_applied_has_no_lag() -> None:
    assert lags([Reached(10, 4, 0)], [Reached(12, 3, 0)]).late.tolist() == []
    assert lags([], []).late.tolist() == []


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=20),
    st.lists(st.integers(0, 30), min_size=1, max_size=20),
)
def test_all_of_a_turn_are_applied_with_the_last_of_them(
    turns: list[tuple[int, int]], batches: list[int]
) -> None:
    times = accumulate(gap for gap, _ in turns)
    counts = accumulate(number for _, number in turns)
    said = [Reached(at, count, 0) for at, count in zip(times, counts, strict=True)]
    applied = [Reached(1000 + n, count, 0) for n, count in enumerate(accumulate(batches))]
    expected = []
    for row, (_, number) in zip(said, turns, strict=True):
        batch = next((batch for batch in applied if batch.trades >= row.trades), None)
        expected += [batch.at - row.at] * number if batch is not None else []
    assert lags(said, applied).late.tolist() == expected


def test_recovery_is_the_time_until_nothing_is_late_any_more() -> None:
    said = [Reached(at * MS, at + 1, 0) for at in range(100)]
    applied = [Reached((at + (60 if at < 40 else 5)) * MS, at + 1, 0) for at in range(100)]
    late = lags(said, applied)
    assert recovery(late, 10 * MS, 50 * MS) == pytest.approx(0.029)
    assert recovery(late, 90 * MS, 50 * MS) == 0.0


def test_a_key_is_shown_by_the_first_picture_taken_after_it_was_handled() -> None:
    lines = [
        frame(1 * MS, 100),
        Line(5 * MS, "key", 100, 0, key="tab"),
        frame(4 * MS, 200),
        Line(7 * MS, "key", 200, 0, key="f12"),
        frame(8 * MS, 300),
        Line(9 * MS, "key", 300, 0, key="tab"),
        Line(20 * MS, "same", 300, 0),
    ]
    arrivals = {100: 0.002, 200: 0.006, 300: 0.012}
    pressed = [3 * MS, 6 * MS, 10 * MS]
    shown = key_latencies(pressed, lines, "tab", arrivals.__getitem__)
    assert shown == [9 * MS, 14 * MS, 10 * MS]


def test_a_spread_is_in_milliseconds_and_zero_of_nothing() -> None:
    assert tuple(spread([MS, 3 * MS])) == pytest.approx((2.0, 2.98, 3.0))
    assert spread([]) == (0.0, 0.0, 0.0)


def test_a_run_says_what_it_found_and_whether_that_is_enough() -> None:
    run = Withstood(
        name="20000",
        messages=1_201_600,
        messages_a_second=20_000.0,
        keys=200,
        key_ms_p50=20.0,
        key_ms_p99=90.0,
        key_ms_most=120.0,
        lag_ms_p50=10.0,
        lag_ms_p99=200.0,
        lag_ms_most=400.0,
        after_ms_most=20.0,
        recovery_seconds=0.5,
        frames_a_second=20.0,
        frame_ms_p99=9.0,
        interval_ms_p99=60.0,
        processor_percent=50.0,
        trades_said=1000,
        trades_applied=1000,
    )
    assert run.holds
    assert "0 of 1,000 trades lost" in run.line()
    assert run.line().endswith("met")
    for worse in ({"trades_applied": 999}, {"key_ms_p99": 101.0}, {"lag_ms_p99": 251.0}):
        assert not replace(run, **worse).holds
    assert replace(run, recovery_seconds=1.1).line().endswith("MISSED")
    assert Compared("tenfold", "feed", "cryptofeed", 0.5, 0.5).holds


def test_what_cannot_be_run_is_refused_before_anything_is_started(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(bench, "require_stand_in", lambda: None)
    for options, words in (
        ({"path": tmp_path / "none"}, "needs a recorded Binance USD-M session"),
        ({"path": tmp_path, "only": ("2000",)}, 'no "2000"'),
        ({"path": tmp_path, "peers": ("ccxt",)}, "compares with cryptofeed alone"),
    ):
        with pytest.raises(ConfigError, match=words):
            next(iter(load(asked(**options))))


def test_an_installed_program_says_that_this_needs_a_checkout(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(standin, "_SERVER", tmp_path / "nowhere.py")
    with pytest.raises(ConfigError, match="bench load needs a checkout"):
        next(iter(load(asked())))


@pytest.mark.slow
@needs_captures
@pytest.mark.skipif(not can_make(), reason="openssl, which makes the certificate, is not installed")
@pytest.mark.parametrize("follower", ["market", "app"])
def test_what_is_served_at_ten_times_its_pace_is_taken_whole(follower: str) -> None:
    spent = bench.spend("tenfold", follower, BIG, 1.0)
    assert spent.trades_taken == spent.trades_said > 0
    assert spent.messages > spent.trades_said
