"""What panes keep from one frame to the next never shows: a fresh process draws the same."""

import sys
from collections.abc import Callable
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from market.events import FeedState
from market.market import Market
from tests.scenes import NAME, START, listed, same, status
from tests.strategies import Change, Drawn, changes, delta, lots_signed, snapshot, trade
from tui.drawing.look import ColorDepth
from tui.pane import Pane, Size
from tui.panes.ladder import Ladder
from tui.panes.tape import TapePane
from tui.themes import load_look

LOOKS = [load_look("dark", depth) for depth in ColorDepth]
MILLISECOND = 1_000_000


class Shot(NamedTuple):
    """What happens before a picture, and how it is taken."""

    prints: list[Drawn]
    levels: list[Change]
    size: Size
    look: int
    timeframe: str
    grouping: int | None
    back: int | None
    """Milliseconds before the newest event at which the picture ends."""


prints = st.lists(
    st.builds(Drawn, st.integers(0, 9_000), st.integers(990, 1_010), lots_signed(10**6)),
    max_size=60,
)
shots = st.builds(
    Shot,
    prints,
    changes(900, 1_100),
    st.sampled_from(
        [Size(52, 28), Size(52, 20), Size(110, 30), Size(30, 9), Size(24, 6), Size(3, 2)]
    ),
    st.integers(0, len(LOOKS) - 1),
    st.sampled_from(["1m", "5s", "20t"]),
    st.sampled_from([None, 1, 5]),
    st.sampled_from([None, None, 1_500]),
)


class Session:
    """A market to which a list of shots happens."""

    def __init__(self) -> None:
        self.market = Market(NAME)
        self._now = START
        listed(self.market, "0.1", "0.001")
        status(self.market, FeedState.LIVE)
        self.market.apply(snapshot([Change(False, 999, 5), Change(True, 1_001, 5)], START, id=NAME))

    def happen(self, shot: Shot) -> int:
        """Apply the events of a shot; return the market time."""
        start = self._now
        for number, print_ in enumerate(sorted(shot.prints)):
            self._now = start + print_.ts * MILLISECOND
            self.market.apply(trade(self._now, print_.ticks, print_.lots, str(number), NAME))
        self.market.apply(delta(shot.levels, self._now, id=NAME))
        return self._now


PANES: dict[str, Callable[..., Pane]] = {"ladder": Ladder, "tape": TapePane}


@pytest.mark.parametrize("kind", PANES)
@settings(max_examples=40)
@given(taken=st.lists(shots, min_size=1, max_size=6), merge=st.booleans())
def test_a_picture_is_the_same_with_and_without_a_past(
    kind: str, taken: list[Shot], merge: bool
) -> None:
    warm = Session()
    for shot in taken:
        now = warm.happen(shot)
        until = None if shot.back is None else now - shot.back * MILLISECOND
        own = {"merge": merge} if kind == "tape" else {}
        pane = PANES[kind](timeframe=shot.timeframe, grouping=shot.grouping, until=until, **own)
        seen = pane.draw(warm.market, shot.size, LOOKS[shot.look])
    fresh = Session()
    for shot in taken:
        fresh.happen(shot)
    forget()
    assert same(seen, pane.draw(fresh.market, shot.size, LOOKS[shot.look]))


def forget() -> None:
    """Clear every cache of functions; what is kept by market goes with the market."""
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] in ("market", "tui"):
            for kept in list(vars(module).values()):
                clear: Callable[[], None] | None = getattr(kept, "cache_clear", None)
                if clear is not None:
                    clear()
