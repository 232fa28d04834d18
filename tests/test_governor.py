"""The governor gives way to processor and link step by step, and comes back."""

import pytest

from tui.terminal.governor import EFFORTS, SILENT_BUDGET, Governor
from tui.terminal.link import PATIENCE


class _Wire:
    """A link that carries so many bytes a second, and a screen that sends frames as it may."""

    def __init__(self, governor: Governor, rate: float, way: float = 0.02) -> None:
        self.governor, self.rate, self.way = governor, rate, way
        self.now = 0.0
        self._free = 0.0
        self._due: list[tuple[float, float]] = []
        self.ages: list[float] = []
        self.sent = 0
        self._next = 0.0
        governor.sent(0.0, 0.0, 0, fenced=True)
        self._due.append((way, 0.0))

    def run(self, seconds: float, size: float) -> None:
        """Send frames of a size, smaller with each step down, in steps of a millisecond."""
        end = self.now + seconds
        while self.now < end:
            while self._due and self._due[0][0] <= self.now:
                _, drawn = self._due.pop(0)
                self.governor.answered(self.now)
                self.ages.append(self.now - drawn)
            if self.now >= self._next and self.governor.hold(self.now) is None:
                self._send(size * 0.7**self.governor.step)
                self._next = self.now + self.governor.interval
            self.now += 0.001

    def _send(self, size: float) -> None:
        self.governor.sent(self.now, self.now, round(size), fenced=True)
        self._free = max(self._free, self.now) + size / self.rate
        self._due.append((self._free + self.way, self.now))
        self.sent += 1


def test_a_wide_link_costs_nothing() -> None:
    governor = Governor(20)
    wire = _Wire(governor, 5e6)
    wire.run(10, 5000)
    assert wire.sent == pytest.approx(200, abs=2)
    assert governor.effort == EFFORTS[0]
    assert governor.limited == ""


def test_a_narrow_link_lowers_the_effort_and_the_picture_stays_young() -> None:
    governor = Governor(20)
    wire = _Wire(governor, 30_000)
    wire.run(20, 6000)
    assert governor.effort.sweep
    assert governor.limited == "link"
    late = wire.ages[len(wire.ages) // 2 :]
    assert max(late) < 0.4


def test_the_effort_comes_back_when_the_link_recovers() -> None:
    governor = Governor(20)
    wire = _Wire(governor, 30_000)
    wire.run(20, 6000)
    wire.rate = 5e6
    wire.run(120, 6000)
    assert governor.step == 0


def test_an_effort_that_proved_too_much_is_tried_again_later_and_later() -> None:
    governor = Governor(20)
    wire = _Wire(governor, 60_000)
    steps: list[int] = []
    for _ in range(240):
        wire.run(1, 6000)
        steps.append(governor.step)
    ups = [n for n in range(1, 240) if steps[n] < steps[n - 1]]
    assert len(ups) < 20
    late = [n for n in ups if n > 120]
    assert len(late) <= len(ups) / 2


def test_a_long_way_is_no_narrow_way() -> None:
    governor = Governor(20)
    wire = _Wire(governor, 5e6, way=0.4)
    wire.run(20, 5000)
    assert governor.step == 0


def test_a_budget_set_by_hand_is_kept() -> None:
    governor = Governor(20, bandwidth=50_000)
    wire = _Wire(governor, 5e6)
    spent = 0.0
    before = governor.sent

    def counted(at: float, drawn: float, size: int, *, fenced: bool) -> None:
        nonlocal spent
        spent += size
        before(at, drawn, size, fenced=fenced)

    governor.sent = counted  # type: ignore[method-assign]  # counts what goes through
    wire.run(20, 8000)
    assert spent / 20 <= 50_000 * 1.05
    assert governor.limited == "budget"


def test_a_silent_terminal_gets_a_careful_budget() -> None:
    governor = Governor(20)
    governor.sent(0.0, 0.0, 100, fenced=True)
    governor.hold(PATIENCE + 0.1)
    now, spent = PATIENCE + 0.1, 0
    while now < 21:
        if governor.hold(now) is None:
            governor.sent(now, now, 20_000, fenced=False)
            spent += 20_000
        now += 0.05
    assert spent / 20 <= SILENT_BUDGET * 1.1


def test_drawing_that_costs_more_than_its_share_comes_less_often() -> None:
    governor = Governor(20, share=0.25)
    for frame in range(100):
        governor.drew(frame * 0.05, 0.025)
    assert governor.interval == pytest.approx(0.1)
    assert governor.limited == "cpu"
    assert governor.load(99 * 0.05) == pytest.approx(0.5, abs=0.03)


def test_switched_off_it_holds_nothing_back() -> None:
    governor = Governor(20, on=False)
    governor.drew(0.0, 1.0)
    for frame in range(50):
        governor.sent(frame * 0.05, frame * 0.05, 100_000, fenced=True)
        assert governor.hold(frame * 0.05) is None
    assert governor.interval == pytest.approx(0.05)
    assert governor.effort == EFFORTS[0]


def test_a_window_without_the_focus_is_drawn_less_often_where_that_is_asked_for() -> None:
    governor = Governor(20)
    governor.least_interval = 1.0
    assert governor.interval == 1.0
