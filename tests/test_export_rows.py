"""What `tapetop export` writes equals what the frames of captures say, read independently."""

import csv
from bisect import bisect_left
from collections.abc import Sequence
from decimal import Decimal
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from market.basis import parse_basis
from tests.captures import CAPTURES, needs_captures
from tests.oracle import export as oracle
from tests.scenes import simulated
from tui.main import run

MINUTE = 60_000_000_000
USDM = "binance_usdm/cf_20210405_120s.jsonl.gz"


def exported(folder: Path, source: str, *words: str) -> list[dict[str, str]]:
    """The rows of a CSV export."""
    path = folder / "out.csv"
    assert run(["export", source, "-o", str(path), "--force", *words]) == 0
    with path.open(newline="", encoding="utf-8") as file:
        return [*csv.DictReader(file)]


@cache
def stated(name: str) -> list[oracle.Print]:
    """The trades of a capture by the oracle."""
    return oracle.prints(CAPTURES / name, name)


@cache
def base(name: str) -> list[oracle.Print]:
    """The same in base currency."""
    with TemporaryDirectory() as folder:
        rows = exported(Path(folder), str(CAPTURES / name), "--what", "instruments")
    about = {row["instrument"]: row for row in rows}
    return [in_base(one, about[one.instrument]) for one in stated(name)]


def in_base(one: oracle.Print, about: dict[str, str]) -> oracle.Print:
    if not about["contract"]:
        return one
    face, lot = Decimal(about["contract"]), Decimal(about["lot"])
    if about["kind"] == "linear":
        return one._replace(size=one.size * face)
    return one._replace(size=oracle.inverse(one.size, face, one.price, lot))


@needs_captures
@pytest.mark.parametrize("name", oracle.READERS)
def test_trades_are_those_of_the_frames(name: str, tmp_path: Path) -> None:
    rows = exported(tmp_path, str(CAPTURES / name))
    assert len(rows) == len(stated(name)) > 10
    for row, said, one in zip(rows, stated(name), base(name), strict=True):
        told = (row["instrument"], int(row["ts_event"]), row["id"], row["side"])
        assert told == (one.instrument, one.ts, one.id, one.side)
        assert (Decimal(row["price"]), Decimal(row["size"])) == (one.price, one.size)
        assert not row["contracts"] or Decimal(row["contracts"]) == said.size


@needs_captures
@pytest.mark.parametrize("name", oracle.READERS)
def test_bars_and_footprints_are_those_of_the_frames(name: str, tmp_path: Path) -> None:
    trades, source = base(name), str(CAPTURES / name)
    rows = exported(tmp_path, source, "--what", "bars")
    wide = exported(tmp_path, source, "--what", "footprint", "--grouping", "7")
    for instrument in {one.instrument for one in trades}:
        own = [one for one in trades if one.instrument == instrument]
        bars = [row for row in rows if row["instrument"] == instrument]
        expected = oracle.bars(own, MINUTE)
        assert [int(bar["start"]) for bar in bars] == list(expected)
        for bar, sums in zip(bars, expected.values(), strict=True):
            assert {key: Decimal(bar[key]) for key in sums} == sums
        cells = [row for row in wide if row["instrument"] == instrument]
        assert {
            (int(cell["start"]), Decimal(cell["price"])): [
                *(Decimal(cell[key]) for key in ("sell", "buy")),
                int(cell["trades"]),
            ]
            for cell in cells
        } == oracle.cells(own, MINUTE, Decimal(cells[0]["height"]))


@needs_captures
def test_tops_are_those_of_the_book_kept_by_hand(tmp_path: Path) -> None:
    rows = exported(tmp_path, str(CAPTURES / USDM), "--what", "top")
    for instrument in {row["instrument"] for row in rows}:
        own = [row for row in rows if row["instrument"] == instrument and row["bid"]]
        told = [tuple(Decimal(row[key]) for key in TOP) for row in own]
        expected = [*oracle.tops(CAPTURES / USDM, instrument.partition(":")[2])]
        assert len(told) > 10
        shared = min(len(told), len(expected))
        assert told[-shared:] == expected[-shared:]
        # The document alone may be a top; changes that waited for it are taken at once.
        assert abs(len(told) - len(expected)) <= 2


TOP = ("bid", "bid_size", "ask", "ask_size")


@needs_captures
def test_levels_and_quotes_are_those_of_the_frames(tmp_path: Path) -> None:
    source = str(CAPTURES / USDM)
    rows = exported(tmp_path, source, "--what", "depth")
    for instrument in {row["instrument"] for row in rows}:
        own = [row for row in rows if row["instrument"] == instrument]
        changed = [row for row in own if row["snapshot"] == "false"]
        assert [
            (row["side"], Decimal(row["price"]), Decimal(row["size"])) for row in changed
        ] == oracle.changes(CAPTURES / USDM, instrument.partition(":")[2])
        assert sum(row["snapshot"] == "true" for row in own) > 1000
    assert [
        (row["instrument"], int(row["sequence"]), *(Decimal(row[key]) for key in TOP))
        for row in exported(tmp_path, source, "--what", "quotes")
    ] == oracle.quotes(CAPTURES / USDM)


@needs_captures
def test_mark_prices_and_open_interest_are_those_of_the_frames(tmp_path: Path) -> None:
    source = CAPTURES / "deribit" / "cf_20210722.jsonl.gz"
    marks, open_ = (
        exported(tmp_path, str(source), "--what", what) for what in ("mark", "interest")
    )
    expected = oracle.tickers(source)
    assert len(expected) > 50
    assert [
        (
            mark["instrument"],
            int(mark["ts_event"]),
            *(Decimal(text) for text in (mark["price"], mark["index"], one["size"])),
        )
        for mark, one in zip(marks, open_, strict=True)
    ] == expected


@pytest.mark.parametrize("word", ["10s", "100t", "40v", "30n", "25r", "20b"])
def test_bars_of_every_basis_are_those_of_panes(word: str, tmp_path: Path) -> None:
    words = ("--duration", "1m", "--what", "bars", "--timeframe", word)
    rows = exported(tmp_path, "sim:7", *words)
    market = simulated(7, 60.0)
    trades, instrument = market.trades, market.instrument
    bars = market.bars(parse_basis(word))
    assert instrument is not None
    expected = bars.keyed(None, 1 << 30)[1]
    assert sum(bar.trades for bar in expected) == trades.end
    assert [numbers(row) for row in rows] == [
        (
            bar.start,
            bar.end,
            *map(instrument.price, (bar.open, bar.high, bar.low, bar.close)),
            *map(instrument.size, (bar.volume, bar.buy, bar.sell)),
            bar.trades,
        )
        for bar in expected
    ]
    assert [row["whole"] for row in rows[:-1]] == ["true"] * (len(rows) - 1)


def numbers(row: dict[str, str]) -> Sequence[Decimal | int]:
    prices = (Decimal(row[key]) for key in ("open", "high", "low", "close"))
    sizes = (Decimal(row[key]) for key in ("volume", "buy", "sell"))
    return int(row["start"]), int(row["end"]), *prices, *sizes, int(row["trades"])


def test_a_book_at_intervals_is_the_top_that_stood_before_each_moment(tmp_path: Path) -> None:
    words = ("--duration", "1m", "--what")
    changes = exported(tmp_path, "sim:7", *words, "top")
    books = exported(tmp_path, "sim:7", *words, "book", "--levels", "3", "--every", "300ms")
    times = [int(row["ts_event"]) for row in changes]
    assert len(books) == 200
    for book in books:
        before = changes[bisect_left(times, int(book["time"])) - 1]
        assert [book[f"{key}_1"] for key in TOP] == [before[key] for key in TOP]
        assert int(book["changed"]) < int(book["time"])
        bids = [Decimal(book[f"bid_{rank}"]) for rank in (1, 2, 3)]
        assert bids == sorted(bids, reverse=True)
