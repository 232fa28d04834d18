"""Notices and the status rows: plain words in cells, at every size."""

from hypothesis import given
from hypothesis import strategies as st

from market.events import FeedState, FeedStatus
from market.market import Market
from tui.desk.header import Status, age_words, draw_footer, draw_header, rate_words
from tui.dialogs.notice import TIP, Notice, draw_notice, draw_too_small, notice_size, unreachable
from tui.drawing.canvas import Canvas
from tui.keys.table import HINTS
from tui.pane import Size
from tui.themes import load_look

LOOK = load_look()
SECOND = 1_000_000_000

FULL = Status(
    "binance-usdm:BTCUSDT",
    "60177.5",
    1,
    "0.1",
    FeedState.LIVE,
    behind="◂ 2m back",
    age="data 7s old",
    rate="272 msg/s",
    frame="3.1 ms",
    fps="10 fps",
    skipped=3,
    time="14:02:11 UTC",
)


def _text(canvas: Canvas) -> str:
    return "\n".join("".join(chr(g or 32) for g in row) for row in canvas.glyph.tolist())


def _market(state: FeedState, reason: str = "", retry_at: int | None = None) -> Market:
    market = Market("binance:BTCUSDT")
    market.apply(FeedStatus("binance:BTCUSDT", 0, state, reason, retry_at, "binance"))
    return market


def test_a_wide_row_says_everything_and_a_narrow_one_what_matters_most() -> None:
    wide = _text(draw_header(FULL, Size(160, 1), LOOK))
    words = ("60177.5 ▲", "spread 0.1", "LIVE", "2m back", "272 msg/s", "3.1 ms", "dropped 3")
    assert all(word in wide for word in words)
    narrow = _text(draw_header(FULL, Size(44, 1), LOOK))
    assert "LIVE" in narrow
    assert "BTCUSDT" in narrow
    assert "3.1 ms" not in narrow


def test_every_state_is_said_in_words() -> None:
    for state in FeedState:
        row = _text(draw_header(Status("x:Y", state=state), Size(60, 1), LOOK))
        assert state.value in row


@given(st.integers(0, 220), st.integers(0, 3), st.text(max_size=60))
def test_rows_fit_every_width(width: int, height: int, instrument: str) -> None:
    size = Size(width, height)
    for canvas in (
        draw_header(Status(instrument, "1", -1, instrument), size, LOOK),
        draw_footer(HINTS, "", size, LOOK),
        draw_footer(HINTS, instrument, size, LOOK),
        draw_too_small((40, 12), size, LOOK),
    ):
        assert (canvas.width, canvas.height) == size


@given(st.integers(0, 100), st.integers(0, 30), st.lists(st.text(max_size=200), max_size=4))
def test_a_notice_fits_every_size_and_holds_nothing_hostile(
    width: int, height: int, lines: list[str]
) -> None:
    notice = Notice("title", tuple(lines), (("r", "retry"),), serious=True)
    size = notice_size(notice, width, height)
    assert size.width <= width
    assert size.height <= height
    glyphs = set(draw_notice(notice, size, LOOK).glyph.ravel().tolist()) - {0}
    assert all(chr(glyph).isprintable() for glyph in glyphs)


def test_fresh_data_has_no_age_to_tell() -> None:
    assert age_words(SECOND) == ""
    assert age_words(7 * SECOND) == "data 7.0s old"


def test_rates_are_rounded_so_that_they_can_be_read() -> None:
    assert rate_words(0.2) == "0 msg/s"
    assert rate_words(273.4) == "270 msg/s"
    assert rate_words(123_456) == "123k msg/s"


def test_a_market_that_connects_for_the_first_time_needs_no_explanation() -> None:
    assert unreachable("binance:BTCUSDT", None, 0) is None
    assert unreachable("binance:BTCUSDT", _market(FeedState.CONNECTING), 0) is None
    assert unreachable("binance:BTCUSDT", _market(FeedState.LIVE), 0) is None


def test_a_failure_counts_down_to_the_next_try() -> None:
    market = _market(FeedState.CONNECTING, "no route to it", 200 * SECOND)
    for now, words in ((0, "3 min 20 s"), (199, "next try in 1 s"), (250, "trying again now")):
        notice = unreachable("binance:BTCUSDT", market, now * SECOND)
        assert notice is not None
        assert notice.title == "binance cannot be reached"
        assert words in notice.lines[-1]


def test_the_tip_has_three_lines() -> None:
    assert len(TIP.lines) == 3
