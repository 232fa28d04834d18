"""The benchmark of rebuilding: what it measures, and what it says of its goal."""

import pytest

from tui.bench import rebuild
from tui.bench.measure import Figure
from tui.bench.workload import load
from tui.registry import pane_type
from tui.settings.words import set_all


def test_every_change_is_measured_beside_the_same_reference(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rebuild, "TRADES", 20_000)
    found = rebuild.rebuild(load(None), 1, [])
    assert [figure.name for figure in found] == [f"{c.kind} {c.words}" for c in rebuild.CHANGES]
    assert {(figure.against, figure.goal) for figure in found} == {("numpy bincount", 0.2)}
    assert all(figure.ours > 0 and figure.reference > 0 for figure in found)


@pytest.mark.parametrize("change", rebuild.CHANGES, ids=lambda c: f"{c.kind} {c.words}")
def test_every_change_is_one(change: rebuild.Change) -> None:
    before = set_all(pane_type(change.kind)(), change.before.split())
    assert set_all(before, change.words.split()) != before


def test_a_figure_says_whether_its_goal_is_met() -> None:
    figure = Figure("x", "trades/s", 30.0, 100.0, 0.3, "y", 0.2)
    assert figure.line().endswith("; goal 0.2: met")
    missed = Figure("x", "trades/s", 10.0, 100.0, 0.1, "y", 0.2)
    assert missed.line().endswith("; goal 0.2: MISSED")
