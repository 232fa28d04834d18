"""What the means of single venues allow: where nothing numbers changes, where REST lags behind.

What all venues have in common is tested in test_faults_venues.py.
"""

import pytest

from market.events import FeedState
from tests.captures import needs_captures
from tests.exchange.drive import Drive
from tests.exchange.faults import Faults
from tests.exchange.stretch import Change
from tests.exchange.talk import Talk
from tests.exchange.tongue_bitget import Bitget
from tests.exchange.tongue_bitmex import Bitmex
from tests.exchange.tongue_hyperliquid import Hyperliquid
from tests.exchange.tongue_mexc import Mexc, MexcFutures
from tests.test_faults_venues import FAULTS

pytestmark = needs_captures

SEEDS = range(50)
MANY = 300
"""Things that happen until nearly every level of a simulated book has changed."""


def standing(drive: Drive) -> dict[tuple[str, float], float]:
    """The book as the client has it."""
    return levels(drive.bids, drive.asks)


def levels(bids: dict[float, float], asks: dict[float, float]) -> dict[tuple[str, float], float]:
    found = {("bid", price): size for price, size in bids.items()}
    return found | {("ask", price): size for price, size in asks.items()}


def named(cue: Change) -> set[tuple[str, float]]:
    """The levels that a change is about."""
    bids = {("bid", float(price)) for price, _ in cue.bids}
    return bids | {("ask", float(price)) for price, _ in cue.asks}


@pytest.mark.parametrize("seed", SEEDS)
def test_bitmex_tells_a_lost_level_when_it_is_named_again_and_no_loss_spreads(seed: int) -> None:
    """BitMEX numbers no change: that a level came or went is missed at the next that names it.

    A size that was lost is wrong until the level changes. Nothing else is wrong meanwhile.
    """
    drive = Drive(Bitmex())
    floor = drive.tongue.floor
    for _ in range(5 + seed):
        drive.happen()
    before = levels(*floor.numbers())
    drive.lose()
    after = levels(*floor.numbers())
    lost = {level for level in before | after if before.get(level) != after.get(level)}
    telling = {level for level in lost if level not in before or level not in after}
    for _ in range(300):
        cue = drive.happen()
        if isinstance(cue, Change) and telling & named(cue):
            break
        now = levels(*floor.numbers())
        held = standing(drive)
        assert {level for level in now | held if now.get(level) != held.get(level)} <= lost
        assert drive.resyncs == 0
    else:
        assert not telling or drive.resyncs == 0
        return
    assert drive.resyncs == 1
    drive.wait(3)
    drive.happen()
    assert drive.right


@pytest.mark.parametrize("seed", SEEDS)
def test_after_any_faults_bitmex_is_wrong_only_where_nothing_has_changed_since(seed: int) -> None:
    """A change that was lost unnoticed is made good by the next of its level, or told by it."""
    drive = Drive(Bitmex(), faults=Faults(FAULTS, seed))
    for number in range(40):
        drive.happen()
        if number % 8 == 7:
            drive.wait(1)
    drive.faults.active = False
    drive.wait(20)
    heard = set[tuple[str, float]]()
    for number in range(MANY):
        cue = drive.happen()
        heard |= named(cue) if isinstance(cue, Change) else set()
        if number % 50 == 49:
            drive.wait(120, 5)
    drive.happen()
    assert drive.live
    now, held = levels(*drive.tongue.floor.numbers()), standing(drive)
    assert not heard & {level for level in now | held if now.get(level) != held.get(level)}
    ids = [trade.id for trade in drive.trades]
    assert len(ids) == len(set(ids))
    assert drive.delivered <= set(ids)


@pytest.mark.parametrize("seed", SEEDS)
def test_hyperliquid_is_never_called_live_and_right_with_the_next_book(seed: int) -> None:
    """Each message is the whole book: what is lost is missing until the next, and never known."""
    drive = Drive(Hyperliquid())
    for _ in range(seed):
        drive.happen()
    drive.lose()
    while not isinstance(drive.happen(), Change):
        pass
    assert drive.right
    assert drive.resyncs == 0
    assert drive.states[-1] is FeedState.SNAPSHOT_ONLY
    assert FeedState.LIVE not in drive.states


@pytest.mark.parametrize("seed", SEEDS)
def test_bitgets_checksum_tells_every_flipped_digit_that_its_pointers_do_not(seed: int) -> None:
    """The checksum is of 25 levels a side; of those beyond it says nothing."""
    drive = Drive(Bitget(), faults=Faults(seed=seed))
    for _ in range(seed):
        drive.happen()
    assert drive.right
    assert drive.spoil()
    if not drive.resyncs:
        assert drive.malformed == 1
        while not isinstance(drive.happen(), Change):
            pass
    assert drive.resyncs == 1
    drive.wait(3)
    drive.happen()
    assert drive.right


@pytest.mark.parametrize("venue", [Mexc, MexcFutures])
@pytest.mark.parametrize("seed", range(10))
def test_mexcs_books_of_a_node_that_lags_behind_are_asked_for_again(
    venue: type[Mexc] | type[MexcFutures], seed: int
) -> None:
    tongue = venue(lag=3)
    for _ in range(12 + seed):
        tongue.say(Talk(), tongue.floor.happen())
    drive = Drive(tongue)
    while not isinstance(drive.happen(), Change):
        pass
    assert tongue.nodes.asked == 1
    assert not drive.live
    drive.wait(9, 0.5)
    drive.happen()
    assert tongue.nodes.asked > 1
    assert drive.right
    assert drive.resyncs == 0
