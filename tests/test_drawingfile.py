"""The file of drawings: what is written reads back the same, and mistakes in it are named."""

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from feeds.errors import ConfigError
from market.drawings import Drawing, Level, Line, Moment, Note, Sort
from tests.scenes import SECOND, START
from tui.drawing.format import safe_text
from tui.sketch.file import (
    LONGEST,
    MOST,
    in_order,
    load_book,
    parse_book,
    save_book,
    time_text,
    written,
)

times = st.integers(0, 9 * 10**18 - 1)
prices = st.decimals(-(10**9), 10**9, allow_nan=False, places=9) | st.integers(0, 10**14).map(
    Decimal
)
texts = st.text(max_size=40).map(lambda text: safe_text(text)[:LONGEST])
sorts = st.sampled_from(Sort)
lines = st.builds(
    lambda at, after, price, to, text, sort: Line(at, price, at + after, to, text, sort),
    times.filter(lambda at: at < 8 * 10**18),
    st.integers(1, 10**18),
    prices,
    prices,
    texts,
    sorts,
)
drawings: st.SearchStrategy[Drawing] = st.one_of(
    st.builds(Level, prices, texts, sorts),
    st.builds(Note, times, prices, texts, sorts),
    st.builds(Moment, times, texts, sorts),
    lines,
)
names = st.sampled_from(
    ["sim:7", "binance-usdm:BTCUSDT", "ccxt:kraken:BTC/USD:USD", 'a:"\\\x1b\x7f漢']
)
books = st.dictionaries(names, st.lists(drawings, min_size=1, max_size=6).map(tuple))


@given(books)
@example({"sim:7": (Level(Decimal("1E+3")), Level(Decimal("0.000000000001")))})
def test_what_is_written_reads_back_as_it_was(book: dict[str, tuple[Drawing, ...]]) -> None:
    expected = {name: in_order(items) for name, items in book.items()}
    assert parse_book("drawings.toml", written(book)) == expected
    assert written(expected) == written(book)


@given(times)
def test_every_nanosecond_is_kept(at: int) -> None:
    (found,) = parse_book("x", f'["a:B"]\nmoments = [{{ time = "{time_text(at)}" }}]')["a:B"]
    assert found == Moment(at)


def test_people_may_write_prices_and_times_in_several_ways() -> None:
    text = """
        ["sim:7"]
        levels = [{ price = 60200 }, { price = 60200.10 }, { price = "60200.3", sort = "target" }]
        moments = [
          { time = 1704204000000000000 },
          { time = 2024-01-02T14:00:00Z },
          { time = 2024-01-02T15:00:00+01:00 },
          { time = "2024-01-02 14:00" },
          { time = "2024-01-02T16:30:00.000000001+02:30", text = "open" },
        ]
    """
    assert parse_book("x", text)["sim:7"] == (
        Level(Decimal(60200)),
        Level(Decimal("60200.10")),
        Level(Decimal("60200.3"), sort=Sort.TARGET),
        *[Moment(START)] * 4,
        Moment(START + 1, "open"),
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("levels = 1", "levels: expected a table with levels, lines, moments, notes"),
        ('["a:B"]\nlevel = []', 'a:B: unknown key "level" (did you mean "levels"?)'),
        ('["a:B"]\nlevels = 5', "a:B: levels is a list"),
        ('["a:B"]\nlevels = [5]', "a:B: level 1: expected a table"),
        ('["a:B"]\nlevels = [{}]', "a:B: level 1: price is missing"),
        ('["a:B"]\nlevels = [{price = 1}, {price = "x"}]', 'a:B: level 2: "x" is no price'),
        ('["a:B"]\nlevels = [{price = true}]', '"True" is no price'),
        ('["a:B"]\nlevels = [{price = nan}]', '"NaN" is no price'),
        ('["a:B"]\nlevels = [{price = 1e16}]', '"1E+16" is no price'),
        ('["a:B"]\nlevels = [{price = 1e-30}]', "more than 20 digits"),
        ('["a:B"]\nlevels = [{price = 1, text = 2}]', "text is a string"),
        ('["a:B"]\nlevels = [{price = 1, sort = "suport"}]', 'did you mean "support"'),
        ('["a:B"]\nlevels = [{price = 1, sort = 2}]', 'unknown sort "2"'),
        ('["a:B"]\nlevels = [{price = 1, name = "x"}]', 'unknown key "name"'),
        ('["a:B"]\nnotes = [{price = 1, time = "now"}]', 'a:B: note 1: "now" is no time'),
        ('["a:B"]\nmoments = [{time = -1}]', '"-1" is no time'),
        ('["a:B"]\nmoments = [{time = "2024-13-01T00:00"}]', "is no time"),
        (
            '["a:B"]\nlines = [{time = 5, price = 1, until = 5, to = 2}]',
            "a:B: line 1: a line goes on in time",
        ),
        (f'["a:B"]\nlevels = [{"{price = 1}," * (MOST + 1)}]', f"{MOST} at most"),
        ('["a:B"\nlevels = []', "at line 1"),
        ('["\x1b"]\n', "at line 1"),
        ('["\\u001b[31m"]\nlevels = 5', "drawings.toml: [31m: levels is a list"),
    ],
)
def test_a_mistake_is_named_with_its_place(text: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_book("drawings.toml", text)
    assert str(caught.value).startswith("drawings.toml: ")
    assert said in str(caught.value)
    assert str(caught.value).isprintable()


def test_words_of_the_file_that_a_terminal_would_obey_are_made_fit() -> None:
    text = '["a:B"]\nlevels = [{ price = 1, text = "\\u001b[31m\\u202eEVIL\\n" }]'
    (level,) = parse_book("x", text)["a:B"]
    assert level.text.isprintable()
    assert "EVIL" in level.text


def test_the_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "new" / "drawings.toml"
    book = {"sim:7": (Level(Decimal("1.5"), "a"), Note(SECOND, Decimal(2)))}
    save_book(path, book)
    assert load_book(path) == book
    assert [file.name for file in path.parent.iterdir()] == ["drawings.toml"]
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match=r"drawings\.toml: "):
        save_book(tmp_path / "file" / "drawings.toml", book)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.toml: no such file"):
        load_book(tmp_path / "none.toml")
    (tmp_path / "odd.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match=r"odd\.toml: not UTF-8 text"):
        load_book(tmp_path / "odd.toml")
