"""Faults on every venue, without sockets: what is missing is told, nothing wrong believed."""

from itertools import pairwise

import pytest

from feeds.registry import VENUES
from market.events import FeedState
from tests.captures import needs_captures
from tests.exchange.drive import SECOND, Drive
from tests.exchange.faults import Faults
from tests.exchange.registry import TONGUES
from tests.exchange.stretch import Change, Print
from tests.exchange.talk import Proof

pytestmark = needs_captures

SEEDS = range(50)
FAULTS = {
    "drop": 0.06,
    "duplicate": 0.06,
    "reorder": 0.06,
    "garbage": 0.04,
    "flip": 0.04,
    "close": 0.03,
    "stall": 0.02,
}
NOT_YET = frozenset[str]()
"""Venues whose stand-in is still to be made."""


def test_every_venue_has_a_tongue() -> None:
    assert set(TONGUES) == set(VENUES) - NOT_YET
    for name, tongue in TONGUES.items():
        assert tongue().venue == name


@pytest.mark.parametrize("venue", TONGUES)
def test_a_book_and_its_trades_are_followed(venue: str) -> None:
    drive = Drive(TONGUES[venue]())
    drive.wait(2)  # some subscribe at the pace that the venue allows
    for _ in range(120):
        drive.happen()
    assert drive.right
    assert drive.resyncs == drive.malformed == 0
    assert not drive.rejected
    printed = [drive.tongue.ident(one.id) for one in drive.tongue.floor.prints]
    assert [trade.id for trade in drive.trades] == printed


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("venue", TONGUES)
def test_a_change_that_is_lost_is_known_with_the_next_message(venue: str, seed: int) -> None:
    drive = Drive(TONGUES[venue]()).begin()
    for _ in range(seed):
        drive.happen()
    drive.lose()
    while not isinstance(drive.happen(), Change):
        pass
    match drive.tongue.proof:
        case Proof.NUMBER:
            assert drive.resyncs == 1
        case Proof.CHECKSUM | Proof.WHOLE:
            # What was lost may have been said again by what came after.
            assert drive.resyncs == 1 or drive.right
    drive.wait(3)
    for _ in range(10):
        drive.happen()
    assert drive.right or drive.tongue.proof is Proof.ROWS


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    "venue", [name for name, tongue in TONGUES.items() if tongue().proof is Proof.CHECKSUM]
)
def test_a_flipped_digit_in_a_checked_book_is_always_known(venue: str, seed: int) -> None:
    drive = Drive(TONGUES[venue](), faults=Faults(seed=seed))
    for _ in range(seed):
        drive.happen()
    assert drive.right
    assert drive.spoil()
    assert drive.resyncs == 1 or drive.malformed == 1
    drive.wait(3)
    drive.happen()
    assert drive.right


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("venue", TONGUES)
def test_after_any_faults_the_book_is_right_and_no_trade_is_lost(venue: str, seed: int) -> None:
    drive = Drive(TONGUES[venue](), faults=Faults(FAULTS, seed))
    for number in range(40):
        drive.happen()
        if number % 8 == 7:
            drive.wait(1)
    drive.faults.active = False
    drive.wait(20)
    for _ in range(20):
        drive.happen()
    drive.wait(120, 5)
    for _ in range(10):
        drive.happen()
    assert drive.right or drive.tongue.proof is Proof.ROWS
    ids = [trade.id for trade in drive.trades]
    assert len(ids) == len(set(ids))
    assert drive.delivered <= set(ids)


@pytest.mark.parametrize("venue", TONGUES)
def test_a_symbol_that_is_not_there_is_told_and_the_other_comes(venue: str) -> None:
    tongue = TONGUES[venue]()
    drive = Drive(tongue, tongue.symbol, tongue.unknown)
    drive.wait(2)
    for _ in range(20):
        drive.happen()
    told = [*drive.reasons.get(f"{venue}:{tongue.unknown}", []), *drive.rejected]
    assert any(told)
    assert drive.right
    assert FeedState.GAP not in drive.states


@pytest.mark.parametrize("venue", TONGUES)
def test_a_silent_connection_is_kept(venue: str) -> None:
    drive = Drive(TONGUES[venue]()).begin()
    begun = drive.now
    drive.wait(300, beat=True)
    for wire in drive.wires:
        assert wire.talk.owed == 0
        if drive.tongue.patience is not None:
            times = [begun, *(at for at in wire.wrote_at if at > begun), drive.now]
            silences = [later - sooner for sooner, later in pairwise(times)]
            assert max(silences) < drive.tongue.patience
    assert drive.connects == len(drive.wires)
    assert drive.now - begun == 300 * SECOND
    while not isinstance(drive.happen(), Print):
        pass
    assert drive.right
