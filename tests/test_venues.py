"""What is said of venues is what the program works with: the matrix, and the page made of it."""

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from msgspec import json

from feeds.adapter import Channel
from feeds.capability import Check
from feeds.registry import VENUES
from feeds.venue import Venue
from service.venues import WRITE, command, page, section
from tui.main import run

ROOT = Path(__file__).resolve().parents[1]
ROWS = [pytest.param(venue, id=venue.name) for venue in VENUES.values()]


def printed(*words: str) -> str:
    """What the command prints."""
    done = CliRunner().invoke(command, words, standalone_mode=False)
    assert done.exception is None, done.exception
    return done.stdout


def test_the_page_is_what_the_command_prints() -> None:
    written = (ROOT / "docs" / "venues.md").read_text()
    assert written == printed("--format", "markdown"), f"make it anew: {WRITE}"
    assert written == page(list(VENUES.values()))


@pytest.mark.parametrize("venue", ROWS)
def test_every_venue_has_a_line_a_section_and_the_channels_it_carries(venue: Venue) -> None:
    lines = page([venue]).splitlines()
    (channels,) = [line for line in lines if line.startswith(f"| {venue.name} |")][:1]
    assert f"## `{venue.name}`" in lines
    told = channels.count("| yes ")
    assert told == len(venue.paths) - (Channel.BOOK in venue.paths) + venue.capability.interest
    for note in venue.capability.notes:
        assert f"- {note}" in lines


@pytest.mark.parametrize("venue", ROWS)
def test_every_venue_says_how_its_book_is_verified_and_where_its_lists_are(venue: Venue) -> None:
    known = venue.capability
    assert known.checks
    assert known.cadence
    assert known.book
    assert known.trades
    assert known.bars > 0
    assert venue.lists.instruments
    assert venue.popular


@pytest.mark.parametrize("venue", ROWS)
def test_what_is_stated_of_a_venue_agrees_with_its_channels(venue: Venue) -> None:
    known = venue.capability
    if known.liquidations:
        assert Channel.LIQUIDATIONS in venue.paths
    if known.interest:
        assert Channel.MARK_PRICE in venue.paths
    if Check.SNAPSHOTS in known.checks:
        assert known.checks == (Check.SNAPSHOTS,)


def test_one_venue_is_shown_in_full() -> None:
    text = printed("bybit-linear")
    assert text.startswith("bybit-linear\n")
    assert "sequence" in text
    assert "wss://stream.bybit.com" in text
    assert "SOL and XRP" in text
    assert section(VENUES["bybit-linear"]) == printed("bybit-linear", "--format", "markdown")


def test_json_states_every_venue() -> None:
    rows = json.decode(printed("--json"))
    assert [row["venue"] for row in rows] == list(VENUES)
    assert json.decode(printed("okx", "--format", "json")) == rows[list(VENUES).index("okx")]


def test_a_wrong_name_is_answered_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["venues", "bybit-liner"]) == 2
    assert 'did you mean "bybit-linear"?' in capsys.readouterr().err


def test_the_command_loads_neither_the_screen_nor_a_socket_library() -> None:
    code = (
        "import sys; from service.venues import command\n"
        "command(['--json'], standalone_mode=False)\n"
        "assert not {'textual', 'rich', 'aiohttp'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
