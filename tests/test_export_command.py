"""The export command: files whole or not at all, gaps said, damage said, words checked."""

import csv
import gzip
import json
import subprocess
from collections.abc import Sequence
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from market.basis import parse_basis
from market.events import BookSnapshot, Event, FeedState, FeedStatus, Listing, Side, Trade
from market.instrument import Instrument, Kind
from service.export import Exporter
from service.sinks.delimited import Delimited
from service.sinks.place import opened
from service.sinks.sink import About
from service.tables.registry import TABLES
from service.tables.table import Row, Wish
from tests.oracle import export as oracle
from tests.scenes import SECOND, START
from tests.test_wrong_input import PROGRAM, ROOT, record
from tui.main import run

NAME = "test:BTCUSDT"


def rows(what: str, events: Sequence[Event], **wish: Any) -> list[dict[str, Any]]:
    """The rows of a table that events make."""
    of = Wish(**{"basis": parse_basis(wish.pop("timeframe", "1m"))} | wish)
    exporter = Exporter(TABLES[what], of, (), {})
    names = [column.name for column in TABLES[what].columns(of)]
    found: list[Row] = [*exporter.take(events), *exporter.finish()]
    return [dict(zip(names, row, strict=True)) for row in found]


def trade(after: float, price: float, size: float, id: str = "") -> Trade:
    ts = START + round(after * SECOND)
    side = Side.BUY if size > 0 else Side.SELL
    return Trade(NAME, ts, ts, id or str(after), price, abs(size), side)


def state(state: FeedState, reason: str = "") -> FeedStatus:
    return FeedStatus(NAME, START, state, reason, venue="test")


def book(after: float, bid: float) -> BookSnapshot:
    ts = START + round(after * SECOND)
    return BookSnapshot(NAME, ts, ts, [(bid, 1.0)], [(bid + 1, 2.0)], 1)


LIVE, LOST = state(FeedState.LIVE), state(FeedState.GAP, "7 is missing")
HOLED: list[Event] = [
    *(LIVE, book(0, 100.0), trade(1, 100.0, 1.0), trade(2, 100.0, 1.0)),
    *(LOST, LIVE, book(130, 90.0), trade(131, 90.0, -1.0), trade(132, 90.0, 1.0)),
]
"""Between the second and the third trade something is missing."""


def test_a_gap_is_said_in_the_row_that_follows_it() -> None:
    assert [row["gap"] for row in rows("trades", HOLED)] == [False, False, True, False]
    assert [row["gap"] for row in rows("bars", HOLED, timeframe="1s")] == [False, True, True, False]
    (gap,) = rows("gaps", HOLED)
    assert (gap["start"], gap["end"]) == (START + 2 * SECOND, START + 2 * SECOND)
    assert gap["reason"] == "7 is missing"


def test_a_book_that_is_not_to_be_believed_is_a_row_of_nothing() -> None:
    held = [*HOLED[:4], LOST, trade(60, 99.0, 1.0), LIVE, book(130, 90.0), trade(132, 90.0, 1.0)]
    tops = rows("top", held)
    assert [row["bid"] for row in tops] == [100, None, 100, 90]
    assert [row["gap"] for row in tops] == [False, True, True, False]
    books = rows("book", held, every=SECOND, levels=1)
    assert [row["time"] - START for row in books][:4] == [
        *(SECOND, 2 * SECOND, 3 * SECOND, 61 * SECOND),
    ]


def test_a_gap_that_goes_on_has_no_end() -> None:
    (gap,) = rows("gaps", [*HOLED[:4], LOST])
    assert (gap["start"], gap["end"]) == (START + 2 * SECOND, None)


def test_bars_of_the_edges_are_not_whole_and_late_trades_find_theirs() -> None:
    events: list[Event] = [trade(30 + 20 * number, 100.0, 1.0) for number in range(12)]
    bars = rows("bars", [*events, trade(100, 105.0, 2.0)])
    assert [bar["whole"] for bar in bars] == [False, True, True, True, False]
    assert (bars[1]["volume"], bars[1]["high"], bars[1]["close"]) == (5, 105, 100)


def test_bars_that_are_over_do_not_wait_for_the_end() -> None:
    exporter = Exporter(TABLES["bars"], Wish(parse_basis("1m")), (), {})
    made = [len([*exporter.take([trade(60 * number, 100.0, 1.0)])]) for number in range(20)]
    assert made == [0] * 6 + [1] * 14
    assert [*exporter.take([trade(0, 100.0, 1.0, "late")])] == []
    assert exporter.late == 1


@given(
    st.lists(
        st.tuples(st.integers(0, 290_000), st.integers(1, 400), st.integers(-50, 50)), min_size=1
    )
)
@settings(max_examples=60)
def test_bars_of_any_trades_are_those_of_the_definition(prints: list[tuple[int, int, int]]) -> None:
    of = [
        trade(at / 1000, ticks / 4, lots / 8, str(n)) for n, (at, ticks, lots) in enumerate(prints)
    ]
    bars = rows("bars", of, timeframe="10s")
    said = [
        oracle.Print(NAME, t.ts_event, t.id, Decimal(t.price), Decimal(t.size), str(t.side))
        for t in of
        if t.size
    ]
    expected = oracle.bars(said, 10 * SECOND)
    assert [bar["start"] for bar in bars] == list(expected)
    for bar, sums in zip(bars, expected.values(), strict=True):
        assert {key: bar[key] for key in sums} == sums


@pytest.mark.parametrize("word", ["3t", "5v", "10r", "4n"])
def test_no_trade_is_lost_when_the_grid_becomes_finer_in_the_middle(word: str) -> None:
    steps = [trade(n, 100.0 + n % 7, 1.0 - 2 * (n % 3 == 0)) for n in range(5000)]
    fine = [trade(5000 + n, 100.5 + n % 5, 0.5) for n in range(50)]
    bars = rows("bars", [*steps, *fine], timeframe=word)
    assert sum(bar["trades"] for bar in bars) == 5050
    assert sum(bar["volume"] for bar in bars) == 5025
    assert all(bar["end"] >= bar["start"] for bar in bars)


def test_contracts_before_their_listing_count_as_it_says() -> None:
    listed = Instrument("test", "BTCUSDT", Decimal("0.5"), Decimal(1), "BTC", "USD", Kind.INVERSE)
    inverse = Listing(NAME, START, replaced(listed, Decimal(100)))
    exporter = Exporter(TABLES["trades"], Wish(parse_basis("1m")), (), {NAME: inverse})
    (row,) = exporter.take([trade(1, 50_000.0, 25.0)])
    assert row[5:7] == (Decimal("0.05"), Decimal(25))
    assert exporter.relisted == {}


def test_a_listing_that_comes_too_late_is_told() -> None:
    listed = Instrument("test", "BTCUSDT", Decimal("0.5"), Decimal(1), "BTC", "USD", Kind.INVERSE)
    inverse = Listing(NAME, START, replaced(listed, Decimal(100)))
    exporter = Exporter(TABLES["trades"], Wish(parse_basis("1m")), (), {})
    told = [*exporter.take([trade(1, 50_000.0, 25.0), inverse, trade(2, 50_000.0, 25.0)])]
    assert [row[5:7] for row in told] == [(25, None), (Decimal("0.05"), 25)]
    assert exporter.relisted == {NAME: 1}


def replaced(of: Instrument, contract: Decimal) -> Instrument:
    return Instrument(
        of.venue, of.symbol, of.tick_size, of.lot_size, of.base, of.quote, of.kind, contract
    )


def test_a_span_leaves_out_what_is_before_and_after() -> None:
    of = rows("trades", HOLED, start=START + 2 * SECOND, end=START + 131 * SECOND)
    assert [row["ts_event"] - START for row in of] == [2 * SECOND]
    bars = rows("bars", HOLED, start=START + 2 * SECOND)
    assert [bar["trades"] for bar in bars] == [1, 2]
    assert bars[0]["whole"] is False


def test_what_a_terminal_would_obey_is_escaped() -> None:
    file = BytesIO()
    sink = Delimited(file, About("gaps", TABLES["gaps"].columns(Wish(parse_basis("1m"))), False))
    sink.write([("a\x1b]0;b", 1, None, 'x,"y')])
    sink.close()
    assert file.getvalue().splitlines()[1] == b'a\\u001b]0;b,1,,"x,""y"'


def test_json_lines_and_gzip_hold_what_csv_does(tmp_path: Path) -> None:
    out = {form: tmp_path / f"x.{form}" for form in ("csv", "csv.gz", "jsonl", "jsonl.gz")}
    for path in out.values():
        assert run(["export", "sim:7", "--duration", "5s", "-o", str(path)]) == 0
    assert gzip.decompress(out["csv.gz"].read_bytes()) == out["csv"].read_bytes()
    assert gzip.decompress(out["jsonl.gz"].read_bytes()) == out["jsonl"].read_bytes()
    with out["csv"].open(newline="") as file:
        table = [*csv.DictReader(file)]
    objects = [json.loads(line) for line in out["jsonl"].read_text().splitlines()]
    assert len(table) > 50
    for row, told in zip(table, objects, strict=True):
        assert told["contracts"] is None
        assert told["gap"] is False
        assert told["ts_event"] == int(row["ts_event"])
        assert [told[key] for key in ("price", "size", "id")] == [
            row[key] for key in ("price", "size", "id")
        ]


@pytest.mark.parametrize("what", ["trades", "bars", "book"])
def test_parquet_holds_what_csv_does(what: str, tmp_path: Path) -> None:
    parquet: Any = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed")
    plain, packed, floats = (tmp_path / name for name in ("x.csv", "x.parquet", "f.parquet"))
    common = ["export", "sim:7", "--duration", "61s", "--what", what, "-o"]
    assert run([*common, str(plain)]) == run([*common, str(packed)]) == 0
    assert run([*common, str(floats), "--floats"]) == 0
    with plain.open(newline="") as file:
        expected = [*csv.DictReader(file)]
    table = parquet.read_table(packed)
    assert table.num_rows == len(expected) > 1
    assert table.schema.metadata[b"what"] == what.encode()
    for name in table.column_names:
        column = table[name]
        if str(column.type).startswith("timestamp"):
            column = column.cast("int64")
        values = column.to_pylist()
        texts = [row[name] for row in expected]
        if str(column.type).startswith("decimal"):
            assert values == [Decimal(text) if text else None for text in texts]
            assert parquet.read_table(floats)[name].to_pylist() == [
                float(text) if text else None for text in texts
            ]
        else:
            assert ["" if v is None else str(v).lower() for v in values] == texts


def test_a_missing_library_is_one_line_with_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    assert run(["export", "sim:7", "-o", str(tmp_path / "x.parquet")]) == 2
    assert "pip install 'tapetop[parquet]'" in capsys.readouterr().err
    assert [*tmp_path.iterdir()] == []


def test_of_a_damaged_recording_all_that_can_be_read_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, out = tmp_path / "cut.jsonl", tmp_path / "x.csv"
    source.write_text("".join(map(record, range(5))) + "garbage\n")
    assert run(["export", str(source), "-o", str(out)]) == 4
    assert len(out.read_text().splitlines()) == 6
    assert "line 6" in capsys.readouterr().err
    source.write_text("garbage\n")
    assert run(["export", str(source), "-o", str(out), "--force"]) == 4
    assert len(out.read_text().splitlines()) == 6, "what was there stays"
    assert {path.name for path in tmp_path.iterdir()} == {"cut.jsonl", "x.csv"}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("sim:7 -o {}/x.txt", "name it .csv, .jsonl or .parquet"),
        ("sim:7 -o - --format parquet", "parquet goes to a file"),
        ("sim:7 -o {}/x.csv --floats", "--floats is for parquet"),
        ("sim:7 -o {}/x.csv --levels 3", "--levels is for book, not for trades"),
        ("sim:7 -o {}/x.csv --what bars --timeframe 1x", '"1x" is not a timeframe'),
        ("sim:7 -o {}/x.csv --what book --every 0", "1ms is the least"),
        ("sim:7 -o {}/x.csv --from +2m --to +1m", "is not after --from"),
        ("sim:7 -o {}/x.csv --duration 2d", "a day at most"),
        ("sim:7 -o {}/x.csv --instrument sim:8", "holds no sim:8; instruments: sim:7"),
        ("sim:7 -o {}/no/x.csv", "no such file or directory"),
        ("binance:BTCUSDT -o {}/x.csv", "is live: tapetop record"),
        ("{}/nothing -o {}/x.csv", "nothing: no such file"),
        ("sim:7 -o {}/old.csv", "exists already; --force replaces it"),
        ("{}/old.csv -o {}/old.csv", "is what is read: name another file to write to"),
    ],
)
def test_wrong_words_are_one_line_and_leave_nothing(
    words: str, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = tmp_path / "old.csv"
    old.write_text(record(0))
    assert run(["export", *words.replace("{}", str(tmp_path)).split()]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert says in err
    assert [*tmp_path.iterdir()] == [old]


def test_standard_output_has_the_rows_alone(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert run(["export", "sim:7", "--duration", "1m", "-o", "-", "--what", "bars"]) == 0
    out, err = capfdbinary.readouterr()
    assert [line.split(b",")[0] for line in out.splitlines()] == [b"instrument", b"sim:7"]
    assert err == b"1 row of bars: standard output\n"


def test_what_is_interrupted_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("before")

    def interrupted() -> None:
        with opened(path, force=True, compress=False) as file:
            file.write(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert path.read_text() == "before"
    assert [*tmp_path.iterdir()] == [path]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full is Linux's full disk")
@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_a_full_disk_is_one_line(form: str) -> None:
    words = ["export", "sim:7", "-o", "-", "--format", form]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*PROGRAM, *words], cwd=ROOT, stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert done.returncode == 1
    assert done.stderr == b"tapetop: cannot write the output: no space left on device\n"
