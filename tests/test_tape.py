from hypothesis import given
from hypothesis import strategies as st

from market.events import Side
from market.tape import IDS_KEPT, Print, Tape
from market.trades import TradeLog
from tests.strategies import Drawn, trades


def taped(drawn: list[Drawn], capacity: int = 1 << 20) -> Tape:
    log = TradeLog(capacity)
    tape = Tape(log)
    for number, trade in enumerate(drawn):
        log.append(*trade)
        tape.ids.append(str(number))
    return tape


@given(trades(), st.integers(-1, 250))
def test_the_tape_is_the_trades_backwards(drawn: list[Drawn], count: int) -> None:
    expected = [
        Print(t.ts, t.ticks, abs(t.lots), Side.BUY if t.lots > 0 else Side.SELL, str(number))
        for number, t in enumerate(drawn)
    ][::-1]
    assert taped(drawn).last(count) == expected[: max(count, 0)]


def test_ids_are_kept_for_the_newest_prints_only() -> None:
    prints = taped([Drawn(n, 1, 1) for n in range(IDS_KEPT + 10)]).last(IDS_KEPT + 10)
    assert [p.id for p in prints[:IDS_KEPT]] == [str(n) for n in range(IDS_KEPT + 9, 9, -1)]
    assert [p.id for p in prints[IDS_KEPT:]] == [""] * 10


def test_a_log_shorter_than_the_ids_kept_still_matches_them() -> None:
    prints = taped([Drawn(n, n, 1) for n in range(20)], capacity=8).last(100)
    assert all(int(p.id) == p.ts for p in prints)
